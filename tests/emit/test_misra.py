"""The generated C departs from MISRA C:2012 only where docs/misra.md says so and why."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from support.commands import ROOT
from support.generated import generate_code
from support.tools import require_tool

DOCUMENT = ROOT / "docs" / "misra.md"
REAL = ROOT / "tests" / "read" / "data" / "tf2.12"
MODELS = {
    "compressed": (ROOT / "tests" / "golden" / "compressed.h5", "portable", "ram"),
    "sequential": (REAL / "sequential.h5", "cortex-m4", "speed"),
    "nested": (REAL / "nested.h5", "host", "size"),
}
ROW = re.compile(r"^\| (\d+\.\d+) \| (\w) \| .+ \| (.+) \|$", re.MULTILINE)
RULE = re.compile(r"\[misra-c2012-(\d+\.\d+)\]")


def read_deviations() -> dict[str, tuple[str, str]]:
    """Rule to category and reason."""
    rows = re.findall(
        r"^\| (\d+\.\d+) \| (\w) \| .+ \| (.+) \|$", DOCUMENT.read_text(), re.MULTILINE
    )
    return {rule: (category, reason) for rule, category, reason in rows}


def find_departures(*sources: Path) -> set[str]:
    command = ["cppcheck", "--addon=misra", "--std=c99", "--quiet", *map(str, sources)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr[-2000:]
    return set(RULE.findall(result.stderr))


def test_departures_are_those_of_the_documented_list(tmp_path: Path) -> None:
    require_tool("cppcheck", "cppcheck")
    sources = []
    for name, (model, target, optimize) in MODELS.items():
        project = generate_code(model, tmp_path / name, target, name=name, optimize=optimize)
        sources.append(project.folder / project.sources[0])
    found = find_departures(*sources)
    assert "18.4" in found, "the addon has not run"
    assert found - read_deviations().keys() == set()


def test_every_deviation_has_a_category_and_a_reason() -> None:
    deviations = read_deviations()
    assert "7.2" not in deviations
    assert {category for category, _ in deviations.values()} == {"A", "R"}
    assert all(len(reason) > len("none") for _, reason in deviations.values())


def test_a_departure_that_is_not_listed_is_found(tmp_path: Path) -> None:
    require_tool("cppcheck", "cppcheck")
    (tmp_path / "a.c").write_text(
        "unsigned f(void);\nunsigned f(void)\n{\n    return 0x80000000;\n}\n"
    )
    assert "7.2" in find_departures(tmp_path / "a.c")
