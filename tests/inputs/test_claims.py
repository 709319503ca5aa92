"""A lock ends with the process that holds it, however it ends."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cbcnn_inputs import claims
from cbcnn_inputs.files import write_whole

HOLD = """
import sys, time
from pathlib import Path
from cbcnn_inputs import claims
with claims.hold(Path(sys.argv[1])) as holder:
    print("held" if holder is None else holder, flush=True)
    time.sleep(600)
"""


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that holds the lock."""
    command = [sys.executable, "-c", HOLD, str(tmp_path / "lock")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_one_process_holds_a_lock_and_the_others_learn_which(
    holder: subprocess.Popen[str], tmp_path: Path
) -> None:
    for _ in range(2):
        with claims.hold(tmp_path / "lock") as other:
            assert other is not None
            assert f"process {holder.pid}" in other
    assert (tmp_path / "lock").exists()


def test_a_lock_of_a_killed_process_is_free(holder: subprocess.Popen[str], tmp_path: Path) -> None:
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    assert (tmp_path / "lock").exists()
    with claims.hold(tmp_path / "lock") as other:
        assert other is None
    assert not (tmp_path / "lock").exists()


def test_a_lock_is_free_again_after_its_block(tmp_path: Path) -> None:
    for _ in range(3):
        with claims.hold(tmp_path / "lock") as other:
            assert other is None
            with claims.hold(tmp_path / "lock") as inner:
                assert inner is not None
    assert not list(tmp_path.iterdir())


def test_what_a_killed_process_had_begun_to_write_is_removed_and_what_a_living_one_has_is_not(
    tmp_path: Path,
) -> None:
    for name in ("killed", "living"):
        (tmp_path / f".file.cbcnn-{name}").mkdir()
        (tmp_path / f".file.cbcnn-{name}" / "new").write_text("half")
    with claims.alone(tmp_path / ".file.cbcnn-living"):
        write_whole(tmp_path / "file", b"whole")
    assert {path.name for path in tmp_path.iterdir()} == {"file", ".file.cbcnn-living"}
    assert (tmp_path / "file").read_text() == "whole"


def test_a_written_file_has_the_rights_of_a_usual_one(tmp_path: Path) -> None:
    (tmp_path / "usual").touch()
    write_whole(tmp_path / "file", b"text")
    assert (tmp_path / "file").stat().st_mode == (tmp_path / "usual").stat().st_mode
