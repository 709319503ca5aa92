"""Header, Python and docs/protocol.md give the same numbers the same names."""

from __future__ import annotations

import re
from enum import IntEnum

import pytest

from cbcnn_codegen.board.protocol import Command, Decision, Event, Format, Status
from cbcnn_codegen.locate_firmware import firmware_path
from support.commands import ROOT

HEADER = firmware_path("firmware", "protocol.h").read_text(encoding="utf-8")
PAGE = (ROOT / "docs" / "protocol.md").read_text(encoding="utf-8")


def in_header(prefix: str) -> dict[str, int]:
    found = re.findall(rf"\b{prefix}_(\w+) = (0x[0-9a-f]+|\d+)", HEADER)
    return {name: int(value, 0) for name, value in found}


@pytest.mark.parametrize("kind", [Command, Event, Status, Format, Decision])
def test_the_header_and_python_agree(kind: type[IntEnum]) -> None:
    assert in_header(kind.__name__.upper()) == {member.name: int(member) for member in kind}


def words(name: str) -> str:
    return name.lower().replace("_", " ")


def test_the_page_lists_every_command() -> None:
    titles = {
        int(number, 16): name for number, name in re.findall(r"^### (0x\w\w) (.+)$", PAGE, re.M)
    }
    assert {value: words(title) for value, title in titles.items()} == {
        int(command): words(command.name).replace("self test", "self-test") for command in Command
    }


def test_the_page_lists_every_status_and_event() -> None:
    table = PAGE.split("### Status\n")[1].split("\n### ")[0]
    statuses = {int(n): name for n, name in re.findall(r"^\| (\d+) \| ([\w ]+) \|", table, re.M)}
    for status in Status:
        assert statuses[int(status)].lower() == words(status.name)
    events = {int(n, 16): name for n, name in re.findall(r"^\| (0xf\w) \| (\w+) \|", PAGE, re.M)}
    assert events == {int(event): words(event.name) for event in Event}
