"""What only sets a training run up starts without TensorFlow."""

from __future__ import annotations

import subprocess
import sys

import pytest

from cbcnn_inputs.installation import install_command

LIGHT = ("presets", "settings", "cli")


def python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("module", LIGHT)
def test_a_light_module_does_not_import_tensorflow(module: str) -> None:
    names = ["tensorflow", "larq", "keras", "tf_keras", "matplotlib"]
    code = f"import sys, cbcnn_trainer.{module}\nassert not set({names}) & set(sys.modules)"
    result = python(code)
    assert result.returncode == 0, result.stderr


def test_without_larq_the_error_says_what_to_install() -> None:
    code = (
        "import sys\nsys.modules.update(dict.fromkeys(('larq', 'tensorflow', 'jax', 'torch')))\n"
        "from cbcnn_trainer.cli import main\nmain(['signs', '-o', '/nowhere/x'])"
    )
    result = python(code)
    assert result.returncode == 8, result.stderr
    assert install_command("train") in result.stderr
    assert "numpy<2" in result.stderr
    assert "Traceback" not in result.stderr
