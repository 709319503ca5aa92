"""A form in which generated code joins a project of the user."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class ProjectForm:
    """Files beside the C, and nothing else: a form has no code of its own.

    Attributes:
        name: as `--project` has it.
        files: name of a file to its template, inside `firmware_templates/`. A name may have folders
            in front, with `/` between, and `{name}` for the model's. Forms that share a file share
            its template.
        headers: of what the project brings along, in small letters and without `.h`: no model may
            be called so.
    """

    name: str
    files: Mapping[str, str]
    headers: frozenset[str] = frozenset()

    def files_for(self, model: str) -> dict[str, str]:
        """The files of a model of this name: name to template."""
        return {file.format(name=model): template for file, template in self.files.items()}
