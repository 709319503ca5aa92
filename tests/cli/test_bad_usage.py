"""Wrong options, folders that cannot be written, interrupts: clean ends without output."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import time
from pathlib import Path

import pytest

from support.commands import (
    SIGNS,
    Result,
    all_files,
    assert_clean_error,
    codegen,
    command_line,
    fake_program,
    without_programs,
)
from support.tools import require_tool

MODEL = SIGNS / "model.h5"


def test_an_unknown_target_lists_the_known_ones(tmp_path: Path) -> None:
    result = codegen(MODEL, "--target", "cortex-m99", "-o", tmp_path / "out")
    assert_clean_error(result, 2, "cortex-m99", "cortex-m0plus", "rv32imac")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--target", "host"],
        [str(MODEL), "--target", "host"],
        [str(MODEL), "--target", "host", "-o", "{out}", "--scores", "double"],
        [str(MODEL), "--target", "host", "-o", "{out}", "--name", "2net"],
        [str(MODEL), "--target", "host", "-o", "{out}", "--name", "while"],
        [str(MODEL), "--target", "host", "-o", "{out}", "--name", ""],
        [str(MODEL), "--target", "host", "-o", "{out}", "--fits", "flash=1M", "--no-measure"],
        [str(MODEL), "--target", "host", "-o", "{out}", "--name", "a; rm -rf"],
        [str(MODEL), "--target", "host", "-o", "{out}", "--input", "uint8"],
        [str(MODEL), "--target", "host", "-o", "{out}", "--rescale", "one"],
        [str(MODEL), "--target", "host", "-o", "{out}", "--rescale", "nan,0"],
        [str(MODEL), "--target", "host", "-o", "{out}", "extra"],
    ],
)
def test_wrong_options_are_usage_errors(arguments: list[str], tmp_path: Path) -> None:
    out = tmp_path / "out"
    result = codegen(*(part.replace("{out}", str(out)) for part in arguments))
    assert_clean_error(result, 2)
    assert not out.exists()


def test_an_output_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way\n")
    result = codegen(MODEL, "--target", "host", "-o", tmp_path / "file" / "out", "--no-measure")
    assert_clean_error(result, 7, str(tmp_path / "file"))
    assert all_files(tmp_path) == ["file"]


def run_unprivileged(*arguments: str | Path) -> Result:
    """Run `cbcnn-codegen`; root, who may read and write everywhere, without that privilege."""
    command = command_line("cbcnn-codegen", *arguments)
    if os.geteuid() == 0:
        require_tool("setpriv", "util-linux")
        privileges = "-dac_override,-dac_read_search"
        command = ["setpriv", f"--bounding-set={privileges}", f"--inh-caps={privileges}", *command]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def test_an_output_folder_without_permission_is_told(tmp_path: Path) -> None:
    tmp_path.chmod(0o555)
    try:
        result = run_unprivileged(MODEL, "--target", "host", "-o", tmp_path / "out", "--no-measure")
    finally:
        tmp_path.chmod(0o755)
    assert_clean_error(result, 7, str(tmp_path))
    assert all_files(tmp_path) == []


def test_a_model_file_without_permission_is_told(tmp_path: Path) -> None:
    model = tmp_path / "model.h5"
    model.write_bytes(MODEL.read_bytes())
    model.chmod(0)
    result = run_unprivileged(model, "--target", "host", "-o", tmp_path / "out", "--no-measure")
    assert_clean_error(result, 3, str(model))
    assert not (tmp_path / "out").exists()


def test_a_budget_is_not_called_kept_when_nobody_can_tell(tmp_path: Path) -> None:
    require_tool("gcc", "gcc")
    arguments: list[str | Path] = [
        MODEL,
        "--target",
        "host",
        "-o",
        tmp_path / "out",
        "--fits",
        "flash=1M",
    ]
    assert_clean_error(codegen(*arguments, env=without_programs("gcc")), 8, "fits", "gcc")
    assert not (tmp_path / "out").exists()


def test_a_full_disk_leaves_nothing_behind(tmp_path: Path) -> None:
    """A limit on the size of files stands for the disk: the C is longer, the header is not."""
    code = command_line("cbcnn-codegen", MODEL, "--target", "host", "-o", tmp_path / "out")
    limits = (20_000, 20_000)
    result: Result = subprocess.run(
        [*code, "--no-measure"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, limits),
    )
    assert_clean_error(result, 7, str(tmp_path / "out"))
    assert all_files(tmp_path) == []


def test_a_full_disk_leaves_earlier_output_as_it_was(tmp_path: Path) -> None:
    arguments: list[str | Path] = [MODEL, "--target", "host", "-o", tmp_path, "--no-measure"]
    assert codegen(*arguments).returncode == 0
    before = {name: (tmp_path / name).read_bytes() for name in all_files(tmp_path)}
    result: Result = subprocess.run(
        command_line("cbcnn-codegen", *arguments, "--scores", "float"),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000)),
    )
    assert_clean_error(result, 7)
    assert {name: (tmp_path / name).read_bytes() for name in all_files(tmp_path)} == before


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_run_leaves_nothing_behind(
    number: signal.Signals, code: int, tmp_path: Path
) -> None:
    """A compiler that never ends holds the command at a known place."""
    ready = tmp_path / "ready"
    env = fake_program(tmp_path / "bin", "gcc", f"touch {ready}\nexec sleep 60")
    out = tmp_path / "out"
    arguments = command_line("cbcnn-codegen", MODEL, "--target", "host", "-o", out, "--json")
    with subprocess.Popen(
        arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env
    ) as process:
        for _ in range(600):
            if ready.exists():
                break
            time.sleep(0.05)
        assert ready.exists()
        process.send_signal(number)
        stdout, stderr = process.communicate(timeout=30)
    assert process.returncode == code
    assert stdout == ""
    assert stderr.strip() in ("interrupted", "terminated")
    assert not out.exists()
