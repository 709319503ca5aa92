"""`--backend`: the same recipe on Keras 3, without TensorFlow and without Larq."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from cbcnn_inputs.installation import install_command
from support.commands import ROOT, environment, run
from support.tools import require_module, require_tool

require_module("jax", "dev")
require_module("keras", "train-keras")

ENVIRONMENT = {
    "KERAS_BACKEND": "jax",
    "JAX_PLATFORMS": "cpu",
    # To compile takes longer than to train here.
    "XLA_FLAGS": "--xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true",
}
TARGET = ("--target", "cortex-m4")
ON_JAX = """
import sys
sys.modules.update(dict.fromkeys(("tensorflow", "larq", "tf_keras")))
import pytest
options = ["-q", "-p", "no:cacheprovider", "--noconftest", "-W", "ignore:os.fork"]
sys.exit(pytest.main([*options, *sys.argv[1:]]))
"""


def test_a_recipe_trains_on_jax_alone_and_its_c_agrees_bit_for_bit(tmp_path: Path) -> None:
    require_tool("gcc", "gcc")
    result = subprocess.run(
        [sys.executable, "-c", ON_JAX, "tests/trainer/train_on_backend.py"],
        env=environment(**ENVIRONMENT, CBCNN_TRAINED=str(tmp_path)),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    made, code = tmp_path / "seed-0", tmp_path / "code"
    assert run("cbcnn-codegen", made / "model.keras", "-o", code, *TARGET).returncode == 0
    told = run("cbcnn-verify", made / "model.keras", code, "--data", made / "data.npz")
    assert told.returncode == 0, told.stdout + told.stderr


def test_a_backend_that_is_not_installed_is_named_with_its_cure() -> None:
    code = (
        "import sys\nsys.modules.update(dict.fromkeys(('tensorflow', 'jax', 'torch')))\n"
        "from cbcnn_trainer.cli import main\n"
        "main(['signs', '--backend', 'jax', '-o', '/nowhere/x'])"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert result.returncode == 8, result.stderr
    assert install_command("train-keras") in result.stderr
    assert "Traceback" not in result.stderr
