"""Generates C for microcontrollers from binarized networks, and proves that both compute the same.

    from cbcnn_codegen import generate

    generate("model.h5", target=TARGET).write("out")

No part of it imports TensorFlow, but for the comparison with live Larq.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cbcnn_codegen.api import generate

__all__ = ["generate"]


def __getattr__(name: str) -> Any:
    """`generate` and what it needs are imported when it is first asked for."""
    if name == "generate":
        from cbcnn_codegen.api import generate

        return generate
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
