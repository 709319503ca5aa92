"""The bar chart of a profile."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from cbcnn_codegen.errors import OutputError, UsageError
from cbcnn_codegen.profile.plot import draw_profile, write_plot
from cbcnn_codegen.profile.result import LayerProfile
from support.figures import assert_texts_are_free
from support.profiles import PROFILE
from support.tools import require_module


@pytest.mark.parametrize(("suffix", "start"), [("svg", b"<?xml"), ("png", b"\x89PNG")])
def test_the_plot_is_a_picture_and_always_the_same(
    suffix: str, start: bytes, tmp_path: Path
) -> None:
    require_module("matplotlib", "profile")
    pictures = [tmp_path / f"{name}.{suffix}" for name in "ab"]
    for picture in pictures:
        write_plot(PROFILE, picture)
        assert picture.read_bytes().startswith(start)
    assert pictures[0].read_bytes() == pictures[1].read_bytes()


def test_a_plot_that_cannot_be_drawn_is_told(tmp_path: Path) -> None:
    require_module("matplotlib", "profile")
    unknown = replace(PROFILE, layers=(replace(PROFILE.layers[0], instructions=None),))
    with pytest.raises(UsageError, match="nothing to draw"):
        write_plot(unknown, tmp_path / "a.svg")
    with pytest.raises(UsageError, match="kind of file"):
        write_plot(PROFILE, tmp_path / "a.jpg")
    with pytest.raises(OutputError, match="cannot be written"):
        write_plot(PROFILE, tmp_path / "missing" / "a.svg")


def test_the_labels_of_the_plot_can_be_read() -> None:
    require_module("matplotlib", "profile")
    layers = tuple(
        LayerProfile(f"quant_separable_conv2d_{number}", "", 10**9, 0, 7**number, 0)
        for number in range(1, 10)
    )
    total = sum(layer.instructions or 0 for layer in layers)
    assert_texts_are_free(draw_profile(replace(PROFILE, layers=layers, instructions=total)))
