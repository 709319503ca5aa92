"""The walk of a newcomer: the commands of the README and of docs/walk.md, as they are printed.

In CI the README's are run with a search of one network. `make walk` installs an environment of its
own and runs the commands of both pages unchanged, but that `watch` ends after a while.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path

import click
import pytest

from cbcnn_codegen import cli as codegen_cli
from cbcnn_codegen.board import cli as board_cli
from cbcnn_codegen.verify import cli as verify_cli
from cbcnn_trainer import cli as train_cli
from cbcnn_trainer.search import cli as search_cli
from support.commands import ROOT, environment
from support.emulated_boards import require_emulator

README, STEPS = ROOT / "README.md", ROOT / "docs" / "walk.md"
MOST_SECONDS = 15 * 60
PROGRAMS: dict[str, click.Command] = {
    "cbcnn-train": train_cli.command,
    "cbcnn-search": search_cli.command,
    "cbcnn-codegen": codegen_cli.command,
    "cbcnn-verify": verify_cli.command,
    "cbcnn-board": board_cli.command,
}


def printed(page: Path) -> list[str]:
    """The commands of a page; of the README, those of its first screen."""
    text = page.read_text(encoding="utf-8")
    if page == README:
        text = text.partition("\n## ")[0]
    return re.findall(r"^ {4}(\S.*)$", text, re.MULTILINE)


def parse(program: click.Command, words: list[str]) -> None:
    """Let click read a command line, without running it."""
    name = program.name or ""
    context = program.make_context(name, words)
    if isinstance(program, click.Group):
        _, inner, rest = program.resolve_command(context, words)
        assert inner is not None
        parse(inner, rest)


@pytest.mark.parametrize("page", [README, STEPS], ids=lambda page: page.name)
def test_every_printed_command_is_one_that_there_is(page: Path) -> None:
    commands = printed(page)
    assert len(commands) >= 6
    for line in commands:
        program, *words = shlex.split(line)
        if program in PROGRAMS:
            parse(PROGRAMS[program], words)


def run(line: str, folder: Path, programs: Path) -> str:
    """What a command prints in a folder, with an environment's programs before all others."""
    start = time.monotonic()
    path = f"{programs}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-c", line],
        cwd=folder,
        env=environment(PATH=path),
        capture_output=True,
        text=True,
        check=False,
        timeout=MOST_SECONDS,
    )
    assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
    print(f"{time.monotonic() - start:6.1f} s  {line}")
    return done.stdout


def watched(text: str) -> int:
    """Images that a board was watched with, if all were answered as in Python."""
    found = re.search(r"^(\d+) images, 0 of them not as in Python$", text, re.MULTILINE)
    assert found is not None, text
    return int(found[1])


def test_the_first_screen_leads_from_a_folder_of_pictures_to_a_watched_board(
    tmp_path: Path,
) -> None:
    pytest.importorskip("larq", reason="needs the [train] extra")
    require_emulator()
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    (tmp_path / "quick.toml").write_text("epochs = 1\n")
    quick = "--trials 1 --epochs 1 --family blocks --size 24x24 --pictures compressed"
    quick += " --train-images 30 --config quick.toml"
    more = {"cbcnn-search": quick, "cbcnn-board watch": "--seconds 2"}
    texts = {}
    for line in printed(README):
        if line.startswith(("sudo ", "python3 -m venv")):
            continue
        start = next((start for start in more if line.startswith(start)), None)
        short = line if start is None else f"{line} {more[start]}"
        texts[line] = run(short, tmp_path, Path(sys.executable).parent)
    assert "300 pictures in pictures" in next(iter(texts.values()))
    assert watched(list(texts.values())[-1]) > 0


@pytest.mark.timeout(2 * MOST_SECONDS)
@pytest.mark.complete
def test_a_newcomer_is_there_in_a_quarter_of_an_hour(tmp_path: Path) -> None:
    require_emulator()
    tracked = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for name in tracked.stdout.split("\0"):
        if (ROOT / name).is_file():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, tmp_path / name)
    start = time.monotonic()
    texts = []
    for line in printed(README) + printed(STEPS):
        if not line.startswith("sudo "):
            ended = f"{line} --seconds 10" if line.startswith("cbcnn-board watch") else line
            texts.append(run(ended, tmp_path, tmp_path / ".venv" / "bin"))
    seconds = time.monotonic() - start
    print(f"{seconds:6.1f} s  in all")
    assert max(watched(text) for text in texts if "not as in Python" in text) > 5
    assert seconds < MOST_SECONDS
