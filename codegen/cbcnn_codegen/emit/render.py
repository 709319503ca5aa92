"""Renders the templates, which only print and decide nothing."""

from __future__ import annotations

from functools import cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from cbcnn_codegen.locate_firmware import firmware_path


@cache
def template_environment() -> Environment:
    """The environment of all templates; an unknown name is an error.

    It escapes texts in HTML, SVG and the XML of a pack. In C, CMake and Markdown it escapes
    nothing: `emit` checks every name.
    """
    return Environment(
        loader=FileSystemLoader(firmware_path()),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=select_autoescape(("html.jinja", "svg.jinja", "pdsc.jinja"), default=False),
    )


def render(template: str, **values: Any) -> str:
    """The text of a template, named by its path inside `firmware_templates/`."""
    return template_environment().get_template(template).render(**values)
