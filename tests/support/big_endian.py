"""Builds and runs generated C for PowerPC, whose numbers begin with their highest byte.

The harness writes numbers as the machine has them; here they become those that the rest reads.
"""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from cbcnn_codegen.targets import find_target
from cbcnn_codegen.verify.build import WARNINGS, ModelBuild, harness_sources
from cbcnn_codegen.verify.builds import C99
from cbcnn_codegen.verify.compare import _TYPES
from cbcnn_codegen.verify.data import Samples
from cbcnn_codegen.verify.harness import (
    END_MARK,
    Outputs,
    _layers_type,
    _record_type,
    decode_output,
)
from cbcnn_codegen.verify.project import Project
from support.tools import require_tool

COMPILER = "powerpc-linux-gnu-gcc"
EMULATOR = "qemu-ppc"


def run_big_endian(project: Project, samples: Samples, folder: Path) -> Outputs:
    """Compile the code without a warning, run it over images, every layer traced."""
    require_tool(COMPILER, "gcc-powerpc-linux-gnu")
    require_tool(EMULATOR, "qemu-user")
    target = find_target(project.target, project.word_bits)
    narrow = ["-Wno-conversion"] if project.word_bits < 32 else []
    command = [COMPILER, *C99, *target.optimise, *WARNINGS, *narrow]
    model = ModelBuild("PowerPC", command, project, folder, traced=True)
    program = model.link(harness_sources("io_stdio.c"), ["-static"])
    header = np.array([samples.source, len(samples)], ">u4").tobytes()
    images = samples.images.astype(samples.images.dtype.newbyteorder(">"))
    done = subprocess.run(
        [EMULATOR, program], input=header + images.tobytes(), capture_output=True, check=True
    )
    return decode_output(
        "PowerPC", project, samples, len(samples), _turn(project, samples, done.stdout)
    )


def _turn(project: Project, samples: Samples, data: bytes) -> bytes:
    """What the same program would have written with its lowest bytes first."""
    layers = _layers_type(project)
    full = np.dtype([("layers", layers), ("record", _record_type(project, samples.source))])
    found = np.frombuffer(data, full.newbyteorder(">"), len(samples)).astype(full)
    assert data[found.nbytes :] == END_MARK.to_bytes(4, "big")
    for layer in project.layers:
        values = found["layers"][f"{layer.index}"]["data"]
        values[...] = _turn_values(values, _item_bytes(project, layer.kind))
    return found.tobytes() + END_MARK.to_bytes(4, "little")


def _turn_values(values: npt.NDArray[Any], item_bytes: int) -> npt.NDArray[Any]:
    return values.reshape(len(values), -1, item_bytes)[..., ::-1].reshape(values.shape)


def _item_bytes(project: Project, kind: str) -> int:
    return project.word_bits // 8 if kind == "signs" else np.dtype(_TYPES[kind]).itemsize
