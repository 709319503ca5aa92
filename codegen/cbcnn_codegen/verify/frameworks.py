"""What live models compute in: Larq in TensorFlow, or Keras 3 on any of its backends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal, get_args

from cbcnn_codegen.errors import MissingToolError
from cbcnn_inputs.installation import Extra, install_command

Framework = Literal["larq", "keras"]
FRAMEWORKS: Final[tuple[Framework, ...]] = get_args(Framework)

_NEEDED: Final[Mapping[Framework, tuple[str, Extra]]] = {
    "larq": ("comparing with Larq needs TensorFlow, tf-keras and Larq", "train"),
    "keras": ("comparing with Keras needs Keras 3 and one of its backends", "train-keras"),
}


def import_oracle(framework: Framework = "larq", *, floats: bool) -> Any:
    """The trainer's module with access to live models.

    Args:
        framework: what they compute in; it is imported.
        floats: of a network that computes real numbers: TensorFlow takes the kernels for it, if
            this process has not imported it yet.

    Raises:
        MissingToolError: the framework cannot be imported.
    """
    what, extra = _NEEDED[framework]
    try:
        from cbcnn_trainer import oracle

        oracle.start(floats=floats, framework=framework)
    except (ImportError, MissingToolError) as error:
        raise MissingToolError(
            what,
            found=getattr(error, "found", None) or str(error),
            allowed=getattr(error, "allowed", None),
            suggestion=f"{getattr(error, 'suggestion', None) or install_command(extra)}\n"
            "or --against reference",
        ) from error
    return oracle
