"""Errors of the generator, and the exit codes that its commands document.

| code | meaning |
| --- | --- |
| 0 | success |
| 1 | the C and the Python model differ |
| 2 | wrong command line |
| 3 | the model file cannot be read |
| 4 | the model has a layer that cannot be generated |
| 5 | the model does not fit the memory that was given |
| 6 | images or labels cannot be read or do not fit the model |
| 7 | the output cannot be written |
| 8 | a compiler, emulator or package is missing |
| 9 | the generated code does not build or does not run |
| 10 | a board does not answer, or answers that it cannot |
| 11 | firmware cannot be written to a board |
| 130 | interrupted |
"""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import indent
from typing import ClassVar, Final

from cbcnn_inputs.errors import (
    CbcnnError,
    DataError,
    MissingToolError,
    ModelFileError,
    OutputError,
    UsageError,
)

__all__ = [
    "BoardError",
    "BuildError",
    "CbcnnError",
    "DataError",
    "DoesNotFitError",
    "FlashError",
    "MissingToolError",
    "ModelFileError",
    "OutputError",
    "UnsupportedLayerError",
    "UsageError",
    "VerificationError",
]


_LONG: Final = 60
"""Characters of an `allowed` text from which on it is not repeated."""


class VerificationError(CbcnnError):
    """The generated C computes something else than the Python model."""

    exit_code: ClassVar[int] = 1


class UnsupportedLayerError(CbcnnError):
    """The model has layers that cannot be generated; the message lists all of them.

    Args:
        what: see `CbcnnError`; omit it if a layer is named.
        layer: the name of the only layer that it is about, quoted.
        parts: found, allowed and suggestion of `CbcnnError`.
    """

    exit_code: ClassVar[int] = 4

    def __init__(self, what: str = "", *, layer: str = "", **parts: str | None) -> None:
        super().__init__(what or f"layer {layer} cannot be generated", **parts)
        self.layer = layer

    @classmethod
    def join(cls, problems: Sequence[UnsupportedLayerError]) -> UnsupportedLayerError:
        """One error with every problem of a model, each once.

        It states what several layers have in common once for all of them, and a long list of
        allowed values once for all that it answers.

        Args:
            problems: at least one; a single one is returned as it is.
        """
        alike: dict[tuple[str | None, ...], list[UnsupportedLayerError]] = {}
        for problem in problems:
            what = "" if problem.layer else problem.what
            key = (what, problem.found, problem.allowed, problem.suggestion)
            alike.setdefault(key, []).append(problem)
        merged = [cls._merge(group) for group in alike.values()]
        if len(merged) == 1:
            return merged[0]
        told: dict[str | None, str] = {}
        for problem in merged:
            if len(problem.allowed or "") > _LONG and problem.allowed in told:
                problem.allowed = f"the same as for {told[problem.allowed]}"
            else:
                told[problem.allowed] = problem.layer or f'"{problem.what}"'
        return cls(
            f"{len(merged)} things in this model cannot be generated\n"
            + "\n".join(indent(str(problem), "  ") for problem in merged)
        )

    @classmethod
    def _merge(cls, alike: Sequence[UnsupportedLayerError]) -> UnsupportedLayerError:
        """One error for layers that have everything but the name in common."""
        first = alike[0]
        *names, last = dict.fromkeys(problem.layer for problem in alike)
        what = f"layers {', '.join(names)} and {last} cannot be generated" if names else first.what
        return cls(
            what,
            layer=first.layer,
            found=first.found,
            allowed=first.allowed,
            suggestion=first.suggestion,
        )


class DoesNotFitError(CbcnnError):
    """The generated model needs more flash or RAM than was allowed."""

    exit_code: ClassVar[int] = 5


class BuildError(CbcnnError):
    """A compiler refused the generated code, or the program built from it failed."""

    exit_code: ClassVar[int] = 9


class BoardError(CbcnnError):
    """A board does not answer, answers that it cannot, or holds another firmware than expected."""

    exit_code: ClassVar[int] = 10


class FlashError(CbcnnError):
    """Firmware cannot be written to a board, or does not read back as it was written."""

    exit_code: ClassVar[int] = 11
