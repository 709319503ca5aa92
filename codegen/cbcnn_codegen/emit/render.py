"""Renders the templates, which only print and decide nothing."""

from __future__ import annotations

from functools import cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from cbcnn_codegen.locate_firmware import firmware_path


@cache
def template_environment() -> Environment:
    """The environment of all templates: it escapes nothing, and an unknown name is an error."""
    return Environment(
        loader=FileSystemLoader(firmware_path()),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 -- C, CMake and Markdown; `emit` checks every name
    )


def render(template: str, **values: Any) -> str:
    """The text of a template, named by its path inside `firmware_templates/`."""
    return template_environment().get_template(template).render(**values)
