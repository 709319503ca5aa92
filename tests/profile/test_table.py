"""A profile in the terminal."""

from __future__ import annotations

import io
from dataclasses import replace

from rich.console import Console

from cbcnn_codegen.profile.table import print_profile
from support.profiles import PROFILE


def test_names_from_a_model_cannot_steer_the_terminal() -> None:
    first, *others = PROFILE.layers
    layers = (replace(first, name="\x1b[2J[bold]conv"), *others)
    text = io.StringIO()
    print_profile(replace(PROFILE, layers=layers), Console(file=text, width=120))
    assert "\x1b" not in text.getvalue()
    assert "\\x1b[2J[bold]conv" in text.getvalue()
