"""The bar chart of a profile."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from cbcnn_codegen.errors import OutputError, UsageError
from cbcnn_codegen.profile.plot import write_plot
from cbcnn_codegen.profile.result import LayerProfile, Memory, Profile
from support.tools import require_module

LAYERS = (
    LayerProfile("conv_1", "conv_plane_b1", 0, 900, 4000, 5000),
    LayerProfile("scores", "", 0, 0, 1000, 1200),
)
PROFILE = Profile(
    name="small",
    target="cortex-m4",
    compiler="gcc",
    counter="Unicorn",
    timing="a manual",
    image="a picture",
    answer=1,
    layers=LAYERS,
    instructions=5000,
    cycles=6200,
    clock_mhz=100,
    measured_milliseconds=None,
    memory=Memory(1, 2, 3, 0, 4, 5, 5),
)


@pytest.mark.parametrize(("suffix", "start"), [("svg", b"<?xml"), ("png", b"\x89PNG")])
def test_the_plot_is_a_picture_and_always_the_same(
    suffix: str, start: bytes, tmp_path: Path
) -> None:
    require_module("matplotlib", "cbcnn[profile]")
    pictures = [tmp_path / f"{name}.{suffix}" for name in "ab"]
    for picture in pictures:
        write_plot(PROFILE, picture)
        assert picture.read_bytes().startswith(start)
    assert pictures[0].read_bytes() == pictures[1].read_bytes()


def test_a_plot_that_cannot_be_drawn_is_told(tmp_path: Path) -> None:
    require_module("matplotlib", "cbcnn[profile]")
    unknown = replace(PROFILE, layers=(replace(LAYERS[0], instructions=None),))
    with pytest.raises(UsageError, match="nothing to draw"):
        write_plot(unknown, tmp_path / "a.svg")
    with pytest.raises(UsageError, match="kind of file"):
        write_plot(PROFILE, tmp_path / "a.jpg")
    with pytest.raises(OutputError, match="cannot be written"):
        write_plot(PROFILE, tmp_path / "missing" / "a.svg")
