"""Arm with 64 bits: what NEON counts, and how `cbcnn-verify` runs the code."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from cbcnn_codegen.locate_firmware import firmware_path
from cbcnn_codegen.options import Optimize
from cbcnn_codegen.profile.cli import command as profile
from cbcnn_codegen.targets import find_target, target_for
from cbcnn_codegen.verify.build import target_compiler
from cbcnn_codegen.verify.cli import command as verify
from support.commands import SIGNS
from support.generated import generate_code
from support.graph_files import graph_to_h5
from target.test_counting_in_registers import network
from target.test_emulated_targets import require_target

AARCH64 = find_target("aarch64")


@pytest.mark.parametrize("optimize", ["speed", "size"])
def test_neon_counts_every_bit(optimize: Optimize, tmp_path: Path) -> None:
    """Of more words than bytes can count the bits of, too."""
    require_target(AARCH64)
    assert AARCH64.linux is not None
    program = tmp_path / "counts"
    for isa in reversed(AARCH64.isas):
        for header in firmware_path("kernels", isa).glob("*.h"):
            (tmp_path / header.name).write_bytes(header.read_bytes())
    source = tmp_path / "neon_counts.c"
    source.write_bytes(Path(__file__).with_name("neon_counts.c").read_bytes())
    compiler = target_compiler(target_for(AARCH64, optimize))
    define = "-DCBCNN_WORD_BITS=64"
    subprocess.run([*compiler, define, "-static", source, "-o", program], check=True)
    done = subprocess.run(
        [AARCH64.linux.program, program], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "")


def test_the_code_is_verified_as_a_program_of_linux(tmp_path: Path) -> None:
    require_target(AARCH64)
    model = tmp_path / "model.h5"
    graph_to_h5(network(33, 5, 1.0, extreme=False), model)
    np.savez(tmp_path / "test.npz", images=np.zeros((1, 11, 13, 1), np.int8), labels=[0])
    generate_code(model, tmp_path / "code", "aarch64")
    options = ["--data", str(tmp_path / "test.npz"), "--builds", "quick", "--emulate"]
    done = CliRunner().invoke(verify, [str(model), str(tmp_path / "code"), *options, "--json"])
    assert done.exit_code == 0, (done.output, done.exception)
    result = json.loads(done.stdout)
    assert result["mismatched_bits"] == 0
    names = [build["name"] for build in result["builds"]]
    assert "aarch64 in qemu-aarch64, separate object" in names
    assert result["stack_bytes"] is None


def test_nothing_counts_the_instructions_of_its_layers(tmp_path: Path) -> None:
    """This machine would be timed otherwise, with code for another one."""
    generate_code(SIGNS / "model.h5", tmp_path / "code", "aarch64")
    done = CliRunner().invoke(profile, [str(tmp_path / "code")])
    assert "nothing counts the instructions" in str(done.exception)
