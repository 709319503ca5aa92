"""What other systems lack: files are written and read, and work is shared out, without it."""

from __future__ import annotations

import os
import platform
import sys
from pathlib import Path
from typing import Any

import pytest

from cbcnn_inputs import systems
from cbcnn_inputs.claims import hold
from cbcnn_inputs.files import write_whole
from cbcnn_inputs.model_files.isolation import run_isolated
from cbcnn_inputs.systems import program_file, shared_library, usable_processors
from cbcnn_inputs.together import replace_together
from support.other_systems import pretend_windows


@pytest.fixture
def windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """This system without what Windows does not have."""
    pretend_windows(monkeypatch)


def content(folder: Path) -> dict[str, bytes]:
    paths = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


@pytest.mark.usefixtures("windows")
def test_files_are_replaced_together(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    for text in (b"1", b"2"):
        files = {"net.c": text, "src/net.h": text}
        replace_together(folder, {**files, "old.c": text})
        replace_together(folder, files, ["old.c"])
        assert content(tmp_path) == {f"out/{name}": text for name in files}


@pytest.mark.usefixtures("windows")
def test_a_file_is_written_whole(tmp_path: Path) -> None:
    for text in (b"1", b"2"):
        write_whole(tmp_path / "metrics.json", text)
        assert content(tmp_path) == {"metrics.json": text}


@pytest.mark.usefixtures("windows")
def test_work_is_done_in_this_process_and_for_all_processors() -> None:
    assert run_isolated(lambda: b"done", 1) == b"done"
    assert usable_processors() == os.cpu_count()


@pytest.mark.usefixtures("windows")
def test_one_run_alone_holds_a_lock_and_others_are_told_whose_it_is(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    for _ in range(2):
        with hold(path) as first, hold(path) as second:
            assert first is None
            assert second == f"process {os.getpid()} on {platform.node()}"
        assert not path.exists()


@pytest.mark.usefixtures("windows")
def test_programs_and_libraries_have_the_names_and_flags_of_windows() -> None:
    assert program_file("harness") == "harness.exe"
    assert shared_library() == (".dll", ("-shared",))


@pytest.mark.parametrize(
    ("system", "suffix", "flag"), [("linux", ".so", "-fPIC"), ("darwin", ".dylib", "-dynamiclib")]
)
def test_libraries_have_the_names_and_flags_of_their_system(
    system: str, suffix: str, flag: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", system)
    assert program_file("harness") == "harness"
    assert shared_library().suffix == suffix
    assert flag in shared_library().flags


@pytest.mark.usefixtures("windows")
def test_the_generator_writes_a_folder_and_reads_it(tmp_path: Path) -> None:
    from cbcnn_codegen.verify.project import find_edited_files, read_project
    from cbcnn_codegen.verify.run import Verifier
    from support.user_projects import write_net

    for forms in ("cmake,arduino", "make"):
        project = read_project(write_net(tmp_path, forms, "host"))
        assert not find_edited_files(project)
    assert not (project.folder / "src").exists()
    jobs = Verifier.__dataclass_fields__["jobs"].default_factory
    assert callable(jobs)
    assert jobs() == os.cpu_count()


def test_a_folder_that_may_not_be_read_is_no_windows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(PermissionError):
        systems.open_folder(tmp_path)
