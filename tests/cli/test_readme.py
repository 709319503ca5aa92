"""What the README shows of `make demo`, `demo-board` and `demo-uno` is what they print.

`--update-golden` writes the lines of today into the README; a line of … stands for any lines, and
one that ends in … for its beginning.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from support.commands import ROOT
from support.demos import run_demo
from support.emulated_boards import require_emulator
from support.tools import require_tool

README = ROOT / "README.md"
ELISION = "…"
INDENT = "    "
SHOWN = {"demo": "signs for cortex-m4", "demo-board": "flashed ", "demo-uno": "starting  "}
"""How the block of a command's output begins."""


def shown(target: str) -> list[str]:
    """The lines of the README's block, as they stand there."""
    lines = README.read_text(encoding="utf-8").splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith(INDENT + SHOWN[target]))
    end = next(i for i in range(start, len(lines)) if not lines[i].startswith(INDENT))
    return lines[start:end]


def printed(target: str, folder: Path) -> list[str]:
    """What `make` prints for a target in this environment, which is set up already."""
    variable = target.upper().replace("-", "_")
    settled = ("c-compiler", "board-tools", "uno-tools")
    lines = run_demo(target, settled, **{variable: folder})
    return [line.replace(str(folder), f"build/{target}") for line in lines]


def find(line: str, lines: list[str], start: int) -> int:
    """Where a shown line stands among the printed ones, at `start` or later; -1 for nowhere."""
    for position in range(start, len(lines)):
        actual = lines[position].rstrip()
        if actual == line or (line.endswith(ELISION) and actual.startswith(line[:-1].rstrip())):
            return position
    return -1


def compare(block: list[str], lines: list[str]) -> None:
    """Fail unless the block is what was printed, but for what it leaves out."""
    position, may_skip = 0, True
    for line in (shown_line.removeprefix(INDENT).rstrip() for shown_line in block):
        if line == ELISION:
            may_skip = True
            continue
        found = find(line, lines, position)
        assert found >= 0, f"the README shows a line that is not printed: {line!r}"
        assert may_skip or found == position, f"lines before {line!r} are missing"
        position, may_skip = found + 1, False


def key(line: str) -> list[str]:
    """The words of a line that stay when its numbers change."""
    words = line.split()
    return words[1:4] if words[:1] and words[0][0].isdigit() else words[:1]


def renew(block: list[str], lines: list[str]) -> list[str]:
    """The block with today's lines: each shown line is found again by its first words."""
    renewed = []
    for line in block:
        same = [actual.rstrip() for actual in lines if key(actual) == key(line)]
        if line.strip() == ELISION or not same:
            renewed.append(line)
        elif line.endswith(ELISION):
            items = ", ".join(same[0].split(", ")[: line.count(", ")])
            renewed.append(f"{INDENT}{items}, {ELISION}")
        else:
            renewed.append(INDENT + same[0])
    return renewed


@pytest.mark.parametrize("target", SHOWN)
def test_the_readme_shows_what_the_command_prints(
    target: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    for command in ("make", "gcc", "arm-none-eabi-gcc"):
        require_tool(command, command)
    if target == "demo-board":
        require_emulator()
    lines = printed(target, tmp_path / "out")
    if request.config.getoption("--update-golden"):
        block = shown(target)
        text = README.read_text(encoding="utf-8")
        text = text.replace("\n".join(block), "\n".join(renew(block, lines)))
        README.write_text(text, encoding="utf-8")
    compare(shown(target), lines)


def test_a_changed_number_and_a_missing_line_are_noticed() -> None:
    lines = ["one 1", "two 2", "three 3, more, and more"]
    compare([f"{INDENT}one 1", f"{INDENT}{ELISION}", f"{INDENT}three 3, {ELISION}"], lines)
    assert renew([f"{INDENT}one 7", f"{INDENT}three, {ELISION}"], lines)[0] == f"{INDENT}one 1"
    for wrong in (["one 2"], ["one 1", "three 3, more, and more"], ["two 2", "one 1"]):
        with pytest.raises(AssertionError, match=re.escape(wrong[-1].split()[0])):
            compare([INDENT + line for line in wrong], lines)
