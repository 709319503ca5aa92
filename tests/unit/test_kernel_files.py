"""A kernel is one Python file beside its C; nothing else has to know it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

from cbcnn_codegen.kernels import known_kernels
from cbcnn_codegen.locate_firmware import firmware_path
from cbcnn_codegen.plan.camera import CameraDemand
from cbcnn_codegen.plan.compression import compression_kernels
from cbcnn_inputs.frames import FORMATS, Camera
from cbcnn_inputs.metadata import ImageCompression
from cbcnn_inputs.own_pictures import PictureFit
from cbcnn_inputs.own_pictures.fit import Channels
from support.commands import ROOT

PYTHON = {
    path: path.read_text(encoding="utf-8")
    for package in ("codegen", "inputs", "trainer", "benchmarks")
    for path in sorted((ROOT / package).rglob("*.py"))
}
FIRMWARE = {
    path: path.read_text(encoding="utf-8")
    for path in sorted(firmware_path().rglob("*"))
    if path.is_file()
}
CONTRACTS = tuple(f"portable/kernels{of}.h" for of in ("", "_f32", "_i32", "_i8"))
C = {path: text for path, text in FIRMWARE.items() if path.parents[1].name == "kernels"}


def files_with(pattern: str, texts: dict[Path, str]) -> list[str]:
    """Files that hold what a regular expression matches, by folder and name."""
    return [
        f"{path.parent.name}/{path.name}"
        for path, text in texts.items()
        if re.search(pattern, text)
    ]


@pytest.mark.parametrize("name", known_kernels())
def test_a_kernel_is_named_in_its_own_files_and_the_header_of_contracts(name: str) -> None:
    assert files_with(rf"\b{name}\b", PYTHON) == [f"kernels/{name}.py"]
    own = [f"{path.parent.name}/{path.name}" for path in C if path.stem == name]
    assert "portable" in {path.parent.name for path in C if path.name == f"{name}.c"}
    named = files_with(rf"\bcbcnn_{name}\b", FIRMWARE)
    (contract,) = sorted({*CONTRACTS} & {*named})
    assert named == sorted([*own, contract])


def test_every_c_file_is_a_kernel_of_a_layer_of_the_image_compression_block_or_of_a_camera() -> (
    None
):
    block = compression_kernels(ImageCompression(luma=True, equalise=True, standardise_scale=64))
    files = {path.stem for path in C if path.suffix == ".c"}
    assert files == {*known_kernels(), *block, *camera_kernels()}


def camera_kernels() -> set[str]:
    """Kernels that some camera needs."""
    demands = (
        CameraDemand(Camera(2, 2, name), PictureFit(channels=channels), "channels")
        for name in FORMATS
        for channels in get_args(Channels)
    )
    return {"scale_line_u8", *(kernel for demand in demands for kernel in demand.decoders)}


def test_no_two_portable_files_define_one_name() -> None:
    """A model may hold any of them in one file."""
    definition = re.compile(r"^static [^;{}()]*?(cbcnn_\w+)\([^;]*?\)\s*\{", re.MULTILINE)
    kind = re.compile(r"^\} (cbcnn_\w+_t);", re.MULTILINE)
    found: dict[str, set[str]] = {}
    for path, text in C.items():
        if path.parent.name == "portable":
            for name in [*definition.findall(text), *kind.findall(text)]:
                found.setdefault(name, set()).add(path.name)
    assert len(found) > 50
    assert {name: files for name, files in found.items() if len(files) > 1} == {}


def test_no_kernel_file_is_longer_than_three_hundred_lines() -> None:
    assert [path.name for path, text in C.items() if text.count("\n") > 300] == []
