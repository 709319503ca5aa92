"""The base class of the project's errors, and the exit codes of its commands.

Every message has the same four parts, so users can act on it without reading code: what went wrong,
what was found, what is allowed, and what to try.
"""

from __future__ import annotations

from typing import ClassVar


class CbcnnError(Exception):
    """An error that a user can act on. Commands print it and exit with `exit_code`.

    Args:
        what: one sentence that names the thing at fault, a file or a layer.
        found: what was there.
        allowed: what would have been accepted.
        suggestion: what to do about it.
    """

    exit_code: ClassVar[int] = 1

    def __init__(
        self,
        what: str,
        *,
        found: str | None = None,
        allowed: str | None = None,
        suggestion: str | None = None,
    ) -> None:
        super().__init__(what)
        self.what = what
        self.found = found
        self.allowed = allowed
        self.suggestion = suggestion

    def __str__(self) -> str:
        """The message as a command prints it, without the leading `error:`."""
        parts = (("found", self.found), ("allowed", self.allowed), ("try", self.suggestion))
        lines = [self.what]
        for label, text in parts:
            if text is not None:
                indented = text.replace("\n", "\n" + " " * 11)
                lines.append(f"  {label:<8} {indented}")
        return "\n".join(lines)


class UsageError(CbcnnError):
    """A command line that makes no sense: an unknown target, an option without effect."""

    exit_code: ClassVar[int] = 2


class ModelFileError(CbcnnError):
    """A model file cannot be read: damaged, not a model, or with impossible values in it."""

    exit_code: ClassVar[int] = 3


class DataError(CbcnnError):
    """Images or labels cannot be read, or do not fit the model."""

    exit_code: ClassVar[int] = 6


class OutputError(CbcnnError):
    """A result cannot be written at all, or not without losing something."""

    exit_code: ClassVar[int] = 7


class MissingToolError(CbcnnError):
    """A compiler, emulator or Python package that is needed is not installed."""

    exit_code: ClassVar[int] = 8


def printable(text: str) -> str:
    """Text without control characters: names come from files and must not reach a terminal raw."""
    return "".join(
        character if character.isprintable() or character == "\n" else repr(character)[1:-1]
        for character in text
    )
