"""Whatever a user names is opened only if it is a regular file, and read only so far."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from cbcnn_inputs.errors import CbcnnError
from cbcnn_inputs.regular import open_regular, read_bytes, read_text

pytestmark = pytest.mark.timeout(60)


def test_a_link_to_a_regular_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("text")
    (tmp_path / "link").symlink_to("file")
    assert read_text(tmp_path / "link") == "text"


def test_what_is_no_regular_file_is_named(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "zero").symlink_to("/dev/zero")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket"))
        for name, kind in [
            *(("fifo", "a named pipe"), ("zero", "a device"), ("socket", "a socket")),
            *((".", "a folder"), ("absent", "No such file"), ("nu\0ll", "null character")),
        ]:
            with pytest.raises(OSError, match=kind):
                open_regular(tmp_path / name)


def test_a_file_that_is_too_long_is_not_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "long"
    path.touch()
    os.truncate(path, 1 << 40)
    with pytest.raises(OSError, match="longer than 5"):
        read_bytes(path, 5)


def read_report(path: Path) -> object:
    from cbcnn_codegen.verify.project import read_project

    path.rename(path.with_name("report.json"))
    return read_project(path.parent)


def read_board(path: Path) -> object:
    from cbcnn_codegen.boards import load_board

    return load_board(path)


def read_settings(path: Path) -> object:
    from cbcnn_trainer.settings import read_toml

    return read_toml(path)


def read_stored_outputs(path: Path) -> object:
    from cbcnn_codegen.verify.stored import load_outputs

    return load_outputs(path, "0")


def read_model(path: Path) -> object:
    from cbcnn_codegen.read import read_model

    return read_model(path)


@pytest.mark.parametrize(
    "read", [read_report, read_board, read_settings, read_stored_outputs, read_model]
)
@pytest.mark.parametrize("endless", [True, False])
def test_no_reader_waits_for_a_pipe_or_reads_a_device(
    tmp_path: Path, read: Callable[[Path], object], endless: bool
) -> None:
    path = tmp_path / "file"
    if endless:
        path.symlink_to("/dev/zero")
    else:
        os.mkfifo(path)
    with pytest.raises(CbcnnError):
        read(path)
