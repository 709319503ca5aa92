"""A form in which generated code joins a project of the user."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class ProjectForm:
    """Files beside the C, and nothing else: a form has no code of its own.

    Attributes:
        name: as `--project` has it.
        files: name of a file to its template, inside `firmware_templates/`.
    """

    name: str
    files: Mapping[str, str]
