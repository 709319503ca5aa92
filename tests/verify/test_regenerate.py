"""A folder passes only if it holds what its model generates, also where no build here sees it."""

from __future__ import annotations

import hashlib
import itertools
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cbcnn_codegen.errors import UsageError, VerificationError
from cbcnn_codegen.generation import Request, generate
from cbcnn_codegen.options import MODES
from cbcnn_codegen.passes import lower
from cbcnn_codegen.read import read_model
from cbcnn_codegen.verify.project import read_project
from cbcnn_codegen.verify.regenerate import demand_generated, demand_version, find_differences
from support.commands import SIGNS, assert_clean_error, verify
from support.tools import require_tool

MODEL = SIGNS / "model.h5"


def write_code(folder: Path, **options: Any) -> Path:
    request = Request(MODEL, options.pop("target", "cortex-m4"), "signs", **options)
    generate(request).write(folder)
    return folder


def differences(folder: Path) -> list[str]:
    project = read_project(folder)
    read = read_model(MODEL, input_type=project.options.input_type, rescale=project.options.rescale)
    return [str(one) for one in find_differences(project, read, lower(read.graph))]


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    require_tool("arm-none-eabi-gcc", "gcc-arm-none-eabi")
    folder = tmp_path_factory.mktemp("generated") / "signs"
    return write_code(folder, project=("make",), split_weights=True)


@pytest.fixture
def code(generated: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(generated, tmp_path / "code"))


def edit(folder: Path, name: str, change: Callable[[str], str]) -> None:
    """Change a file, and its hash in the report."""
    text = (folder / name).read_text()
    assert change(text) != text
    (folder / name).write_text(change(text))
    report = json.loads((folder / "report.json").read_text())
    for entry in report["files"]:
        if entry["name"] == name:
            entry["sha256"] = hashlib.sha256(change(text).encode()).hexdigest()
    (folder / "report.json").write_text(json.dumps(report, indent=1) + "\n")


@pytest.mark.parametrize(
    ("optimize", "scores", "names", "split", "project"),
    [
        (mode, scores, names, split, project)
        for (mode, project), (scores, names, split) in zip(
            itertools.product(MODES, ((), ("cmake",), ("cmake", "make"))),
            itertools.cycle(itertools.product(("integer", "float"), (False, True), (False, True))),
            strict=False,
        )
    ],
)
def test_code_of_all_options_is_generated_again(
    tmp_path: Path, optimize: str, scores: str, names: bool, split: bool, project: tuple[str, ...]
) -> None:
    for target, measure in (("host", False), ("cortex-m0", True)):
        folder = write_code(
            tmp_path / target,
            target=target,
            optimize=optimize,
            scores=scores,
            class_names=names,
            split_weights=split,
            project=project,
            measure=measure,
        )
        assert differences(folder) == []


def test_code_is_generated_again_as_it_was_told_to_read_the_model(tmp_path: Path) -> None:
    folder = write_code(tmp_path / "out", input_type="int8", measure=False)
    assert differences(folder) == []


GUARDED = "\n#if defined(__arm__)\n#undef SIGNS_CLASSES\n#define SIGNS_CLASSES 3\n#endif\n"


@pytest.mark.parametrize(
    "name",
    ["signs.c", "signs.h", "signs_weights.h", "Makefile", "report.md", "report.html"],
)
def test_an_edit_of_any_file_is_found_though_its_hash_was_adjusted(name: str, code: Path) -> None:
    edit(code, name, lambda text: text.replace("signs", "sings", 1))
    assert any(difference.startswith(f"{name}, line ") for difference in differences(code))


def test_a_file_that_is_gone_is_found(code: Path) -> None:
    (code / "Makefile").unlink()
    assert differences(code) == ["Makefile"]


@pytest.mark.parametrize(("key", "value"), [("arena", 100), ("stack", -5), ("static", 1)])
def test_a_doctored_report_is_found(code: Path, key: str, value: object) -> None:
    report = json.loads((code / "report.json").read_text())
    report["ram_bytes"][key] = value
    (code / "report.json").write_text(json.dumps(report, indent=1) + "\n")
    assert differences(code)


@pytest.mark.parametrize(("key", "value"), [("stack", "much"), ("static", None)])
def test_a_size_that_is_no_number_is_told(code: Path, key: str, value: object) -> None:
    report = json.loads((code / "report.json").read_text())
    report["ram_bytes"][key] = value
    (code / "report.json").write_text(json.dumps(report, indent=1) + "\n")
    with pytest.raises(UsageError, match=key):
        differences(code)


def test_an_option_that_there_is_not_is_told(code: Path) -> None:
    report = json.loads((code / "report.json").read_text())
    report["options"]["scores"] = ["integer"]
    (code / "report.json").write_text(json.dumps(report, indent=1) + "\n")
    with pytest.raises(UsageError, match="scores"):
        differences(code)


def test_code_of_another_version_is_not_compared(code: Path) -> None:
    report = json.loads((code / "report.json").read_text())
    report["tool_version"] = "0.0.1"
    (code / "report.json").write_text(json.dumps(report, indent=1) + "\n")
    with pytest.raises(UsageError, match=r"another version.*\n.*0\.0\.1"):
        demand_version(read_project(code), MODEL)
    result = verify(MODEL, code, "--data", SIGNS / "samples")
    assert_clean_error(result, 2, "another version", "cbcnn-codegen")


def test_the_error_names_the_first_line_that_differs(code: Path) -> None:
    edit(code, "signs.c", lambda text: text + GUARDED)
    project = read_project(code)
    read = read_model(MODEL)
    found = find_differences(project, read, lower(read.graph))
    with pytest.raises(VerificationError, match=r"signs\.c, line \d+") as caught:
        demand_generated(code, found)
    assert caught.value.exit_code == 1


def test_code_that_differs_for_the_target_alone_does_not_pass(code: Path) -> None:
    """Every build on this machine computes the right bits."""
    edit(code, "signs.c", lambda text: text + GUARDED)
    result = verify(MODEL, code, "--data", SIGNS / "samples", "--builds", "quick")
    assert result.returncode == 1
    assert "bit mismatches  0/" in result.stdout
    assert "does not hold what the model generates: signs.c" in result.stderr
