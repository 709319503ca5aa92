"""`list` in place of a name, and `--version`, of every command that takes them."""

from __future__ import annotations

from importlib.metadata import version

import pytest

from cbcnn_codegen.boards import known_boards
from cbcnn_codegen.targets import TARGETS
from support.commands import ENTRY_POINTS, parse_json, run, run_apart

NAMES = {
    "targets": [target.name for target in TARGETS],
    "boards": [board.name for board in known_boards()],
}
LISTS = [
    ("targets", "cbcnn-codegen --target list"),
    ("targets", "cbcnn-codegen model.h5 -o out --target list"),
    ("targets", "cbcnn-profile --target list"),
    ("boards", "cbcnn-codegen --board list"),
    ("boards", "cbcnn-board build --board list"),
    ("boards", "cbcnn-board flash --board list"),
    ("boards", "cbcnn-board bench out --board list"),
    ("boards", "cbcnn-board emulate --board list"),
]


@pytest.mark.parametrize(("what", "line"), LISTS, ids=[line for _, line in LISTS])
def test_list_shows_every_name_and_asks_for_nothing_else(what: str, line: str) -> None:
    command, *arguments = line.split()
    told = run(command, *arguments)
    assert told.returncode == 0, told.stderr
    title, *rows = told.stdout.splitlines()
    assert title.split()[0] == what.removesuffix("s")
    assert [row.split()[0] for row in rows] == NAMES[what]
    if "emulate" not in arguments:  # which has nothing to say as JSON
        value = parse_json(run(command, *arguments, "--json"))
        assert [row["name"] for row in value[what]] == NAMES[what]


@pytest.mark.parametrize("command", ENTRY_POINTS)
def test_every_command_tells_its_version(command: str) -> None:
    told = run_apart(command, "--version")
    assert told.returncode == 0, told.stderr
    assert told.stdout == f"{command} {version('cbcnn')}\n"
