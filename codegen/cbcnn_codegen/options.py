"""The user's choices about the generated C."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, get_args

from cbcnn_codegen.names import check_name
from cbcnn_codegen.projects import headers_beside
from cbcnn_inputs.frames import Camera
from cbcnn_inputs.own_pictures.fit import Fit

ScoreType = Literal["integer", "float"]
Optimize = Literal["speed", "balanced", "ram", "size"]
"""The scarcest resource: instructions, instructions within a memory bound, RAM, or flash."""

MODES: Final[tuple[Optimize, ...]] = get_args(Optimize)


@dataclass(frozen=True)
class Options:
    """How to generate one model.

    Attributes:
        name: prefix of every symbol and of the file names; see `names.check_name`.
        scores: integer scores in fixed point, or float logits.
        class_names: whether the class names become part of the C.
        split_weights: whether the tables go to a file of their own.
        project: also write the files of these forms; see `projects`.
        optimize: the aim in choosing kernels, memory and compiler flags.
        camera: the frames that the C makes images of; None for none.
        fit: how, of a model that does not say it; None takes `crop`.
    """

    name: str
    scores: ScoreType = "integer"
    class_names: bool = False
    split_weights: bool = False
    project: tuple[str, ...] = ()
    optimize: Optimize = "balanced"
    camera: Camera | None = None
    fit: Fit | None = None

    def __post_init__(self) -> None:
        check_name(self.name, headers_beside(self.project))
