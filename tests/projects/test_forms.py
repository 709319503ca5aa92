"""Every form of `--project` is a room of its own, and all of them share one folder."""

from __future__ import annotations

import ast
import importlib
import sys
from pathlib import Path
from typing import Any

import pytest

from cbcnn_codegen import projects
from cbcnn_codegen.emit.project import HOMEPAGE
from cbcnn_codegen.emit.write import _is_marked
from cbcnn_codegen.errors import OutputError
from cbcnn_codegen.projects import FORMS
from cbcnn_codegen.verify.project import find_edited_files, read_project
from support.commands import ROOT
from support.user_projects import write_net

toml: Any = importlib.import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")
ALL = ",".join(form.name for form in FORMS)


def content(folder: Path) -> dict[str, str]:
    paths = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_text() for path in paths}


def test_all_forms_stand_beside_each_other_and_beside_the_c(tmp_path: Path) -> None:
    net = write_net(tmp_path, ALL, "host")
    files = content(net)
    expected = {file for form in FORMS for file in form.files_for("net")}
    assert files.keys() == {*expected, "net.c", "net.h", "report.json", "report.md", "report.html"}
    project = read_project(net)
    assert project.sources == ("net.c",)
    assert not find_edited_files(project)
    assert all(_is_marked(text.encode()) for name, text in files.items() if name != "report.json")


def test_a_file_of_two_forms_is_the_same_file() -> None:
    templates: dict[str, set[str]] = {}
    for form in FORMS:
        for file, template in form.files.items():
            templates.setdefault(file.lower(), set()).add(template)
    assert [file for file, found in templates.items() if len(found) > 1] == []


def test_files_of_a_form_that_is_left_away_go_with_their_folders(tmp_path: Path) -> None:
    net = write_net(tmp_path, ALL, "host")
    (net / "src" / "net.h").write_text("mine\n")
    (net / "zephyr" / "notes.txt").write_text("mine\n")
    write_net(tmp_path, "cmake", "host")
    assert {path.relative_to(net).as_posix() for path in net.rglob("*")} == {
        *("CMakeLists.txt", "net.c", "net.h", "report.json", "report.md", "report.html"),
        *("src", "src/net.h", "zephyr", "zephyr/notes.txt"),
    }


def test_an_edited_file_in_a_folder_is_not_lost(tmp_path: Path) -> None:
    net = write_net(tmp_path, "arduino", "host")
    sketch = net / "examples" / "Classify" / "Classify.ino"
    sketch.write_text("mine\n")
    before = content(net)
    with pytest.raises(OutputError, match=r"examples/Classify/Classify\.ino"):
        write_net(tmp_path, "arduino", "host")
    assert content(net) == before


def test_no_file_is_written_through_a_link_to_another_folder(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / "net").mkdir()
    (tmp_path / "net" / "src").symlink_to(elsewhere)
    with pytest.raises(OutputError, match="in the way"):
        write_net(tmp_path, "arduino", "host")
    assert not list(elsewhere.iterdir())


def test_manifests_name_the_homepage_of_the_package() -> None:
    project = toml.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["urls"]["Homepage"] == HOMEPAGE


def test_a_form_is_a_manifest_and_no_code() -> None:
    """A form's file assigns values: no function, no class, no condition."""
    for path in Path(projects.__file__).parent.glob("*.py"):
        body = ast.parse(path.read_text(encoding="utf-8")).body
        if path.stem not in {"__init__", "form"}:
            allowed = (ast.Expr, ast.Import, ast.ImportFrom, ast.Assign, ast.AnnAssign)
            assert all(isinstance(statement, allowed) for statement in body), path
