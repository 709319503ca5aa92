"""Generated files reach a folder whole or not at all, and take nothing of others with them."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import pytest

from cbcnn_codegen.emit import write_project
from cbcnn_codegen.emit.report import GENERATOR, REPORT
from cbcnn_codegen.errors import OutputError


def project(name: str = "net", **texts: str) -> dict[str, str]:
    """The files of a project; keywords are suffixes of further files of it."""
    files = {f"{name}.c": "code\n"} | {
        f"{name}_{key}.h": f"{text}\n" for key, text in texts.items()
    }
    entries = [
        {"name": file, "sha256": hashlib.sha256(text.encode()).hexdigest()}
        for file, text in files.items()
    ]
    return files | {REPORT: json.dumps({"generator": GENERATOR, "name": name, "files": entries})}


def content(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir()}


def test_a_file_that_is_no_longer_generated_is_removed(tmp_path: Path) -> None:
    for files in (project(weights="one"), project(), project(weights="two")):
        write_project(tmp_path, files)
        assert content(tmp_path) == files


def test_an_edited_file_that_is_no_longer_generated_stays(tmp_path: Path) -> None:
    write_project(tmp_path, project(weights="one"))
    (tmp_path / "net_weights.h").write_text("mine\n")
    write_project(tmp_path, project())
    assert content(tmp_path) == project() | {"net_weights.h": "mine\n"}


def test_the_files_of_another_model_in_the_folder_stay(tmp_path: Path) -> None:
    write_project(tmp_path, project("first", weights="one"))
    write_project(tmp_path, project("second"))
    assert {"first.c", "first_weights.h", "second.c"} < content(tmp_path).keys()


def test_a_report_cannot_name_files_of_other_folders_for_removal(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("code\n")
    folder = tmp_path / "out"
    write_project(folder, project())
    report = json.loads((folder / REPORT).read_text())
    entry = report["files"][0] | {"name": "../precious"}
    (folder / REPORT).write_text(json.dumps(report | {"files": [*report["files"], entry]}))
    write_project(folder, project())
    assert (tmp_path / "precious").exists()


@pytest.mark.parametrize("failing", range(8))
def test_a_move_that_fails_leaves_everything_as_it_was(
    failing: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Old files to their refuge, new ones to their places, and one that is stale: six moves."""
    before, moves, replace = project(weights="one"), [], os.replace
    write_project(tmp_path, before)

    def replace_until(source: Path, target: Path) -> None:
        moves.append(target)
        if len(moves) == failing + 1:
            raise KeyboardInterrupt
        replace(source, target)

    monkeypatch.setattr(os, "replace", replace_until)
    after = project(extra="new")
    try:
        write_project(tmp_path, after)
    except KeyboardInterrupt:
        assert content(tmp_path) == before
    else:
        assert failing >= 6
        assert content(tmp_path) == after


def test_a_folder_in_the_way_is_kept_even_by_force(tmp_path: Path) -> None:
    (tmp_path / "net.c").mkdir()
    (tmp_path / "net.c" / "precious").touch()
    with pytest.raises(OutputError, match=r"net\.c"):
        write_project(tmp_path, project(), force=True)
    assert (tmp_path / "net.c" / "precious").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["net.c"]


def test_a_link_is_replaced_by_force_and_what_it_names_is_not(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text("mine\n")
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "net.c").symlink_to("../elsewhere")
    with pytest.raises(OutputError, match="did not write"):
        write_project(folder, project())
    write_project(folder, project(), force=True)
    assert (tmp_path / "elsewhere").read_text() == "mine\n"
    assert not (folder / "net.c").is_symlink()
