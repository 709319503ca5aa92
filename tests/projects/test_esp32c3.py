"""The example for ESP-IDF: built for RISC-V, and run here, with a stand-in for ESP-IDF."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np

from cbcnn_codegen.generation import Request, generate
from cbcnn_codegen.projects import parse_forms
from cbcnn_inputs.datasets import load_images
from support.commands import ROOT
from support.tools import require_module, require_tool

EXAMPLE = ROOT / "examples" / "esp32c3"
STAND_IN = ROOT / "tests" / "support" / "esp_idf"
MODEL = ROOT / "examples" / "models" / "mnist-small"
STRICT = "-Wall -Wextra -Wpedantic -Wconversion -Werror"


def copy_example(folder: Path, target: str) -> Path:
    """The example with the component that its README says to generate."""
    app = folder / "app"
    shutil.copytree(EXAMPLE, app)
    forms = parse_forms("esp-idf")
    request = Request(
        model=MODEL / "model.h5", target=target, name="model", project=forms, measure=False
    )
    generate(request).write(app / "components" / "model")
    return app


def build(app: Path, flags: str, *options: str) -> None:
    command = ["cmake", *options, f"-DCMAKE_C_FLAGS={flags}", "-B", "build"]
    for part in (command, ["cmake", "--build", "build"]):
        done = subprocess.run(
            part,
            cwd=app,
            env={"PATH": "/usr/bin:/bin", "IDF_PATH": str(STAND_IN)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, (done.stdout + done.stderr)[-2000:]
        assert "warning" not in done.stderr.lower()


def test_the_example_is_built_for_risc_v(tmp_path: Path) -> None:
    require_tool("cmake", "cmake")
    require_tool("riscv64-unknown-elf-gcc", "gcc-riscv64-unknown-elf")
    app = copy_example(tmp_path, "rv32imc")
    cross = ["-DCMAKE_SYSTEM_NAME=Generic", "-DCMAKE_C_COMPILER=riscv64-unknown-elf-gcc"]
    cross += ["-DCMAKE_TRY_COMPILE_TARGET_TYPE=STATIC_LIBRARY"]
    flags = f"-march=rv32imc -mabi=ilp32 --specs=picolibc.specs -std=gnu17 {STRICT}"
    build(app, flags, *cross)
    listed = subprocess.run(
        ["riscv64-unknown-elf-nm", "build/main/lib__idf_main.a"],
        cwd=app,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "T app_main" in listed
    assert "U model_classify" in listed


def test_the_example_answers_every_image_with_its_class(tmp_path: Path) -> None:
    """An image that is cut off is told, too."""
    require_tool("cmake", "cmake")
    app = copy_example(tmp_path, "portable")
    build(app, f"-O1 -std=gnu17 {STRICT}")
    images = load_images(MODEL / "samples", limit=8)
    assert images.labels is not None
    data = images.images.astype(np.uint8).tobytes()
    done = subprocess.run(
        [app / "build" / "classify"], input=data + data[:100], capture_output=True, check=True
    )
    answers = done.stdout.decode().splitlines()
    assert answers == [*(f"class {label}" for label in images.labels), "incomplete"]


def test_the_component_manager_takes_the_manifest_of_the_example(tmp_path: Path) -> None:
    require_module("idf_component_tools", "dev")
    from idf_component_tools.manager import ManifestManager

    shutil.copytree(EXAMPLE / "main", tmp_path / "main")
    manager = ManifestManager(tmp_path / "main", "main", repository=None)
    assert manager.validate().validation_errors == []
    assert manager.load().targets == ["esp32c3"]


def test_the_readme_generates_what_main_requires() -> None:
    text = (EXAMPLE / "README.md").read_text(encoding="utf-8")
    for words in ("--target rv32imc", "--project esp-idf", "--name model", "-o components/model"):
        assert words in text
    assert "REQUIRES model" in (EXAMPLE / "main" / "CMakeLists.txt").read_text(encoding="utf-8")
