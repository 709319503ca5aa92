"""Generation from Python: one function with the options of `cbcnn-codegen`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cbcnn_codegen.generation import Generated, Request
from cbcnn_codegen.generation import generate as generate_request
from cbcnn_codegen.memory import parse_budget
from cbcnn_codegen.projects import parse_forms
from cbcnn_inputs.frames import Camera
from cbcnn_inputs.scaling import parse_rescale


def generate(
    model: str | Path,
    *,
    target: str,
    fits: str | None = None,
    rescale: str | tuple[float, float] | None = None,
    camera: str | None = None,
    project: str | None = None,
    **options: Any,
) -> Generated:
    """C of a trained model; writes nothing: `.write(folder)` does, and `.report` tells the costs.

    Args:
        model: a .h5 or .keras file.
        target: as `cbcnn-codegen --target list` shows them.
        fits: memory that must suffice, such as `flash=64K,ram=12K`.
        rescale: how training scaled images in front of the model, as for `--rescale`.
        camera: frames that the C makes images of, such as `640x480:rgb565-le`.
        project: forms of a project whose files are written too, such as `cmake`.
        options: fields of `generation.Request`: `name`, `optimize`, `scores`, `class_names`, …

    Raises:
        CbcnnError: as `generation.generate`.
        TypeError: an option that there is none.
    """
    return generate_request(
        Request(
            model=Path(model),
            target=target,
            budget=None if fits is None else parse_budget(fits),
            rescale=_scaling(rescale),
            project=() if project is None else parse_forms(project),
            camera=None if camera is None else Camera.parse(camera),
            **options,
        )
    )


def _scaling(rescale: str | tuple[float, float] | None) -> tuple[float, float] | None:
    if rescale is None or isinstance(rescale, tuple):
        return rescale
    scale, offset = parse_rescale(rescale)
    return scale, offset
