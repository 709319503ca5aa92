"""A profile that nothing was run for."""

from __future__ import annotations

from cbcnn_codegen.profile.result import LayerProfile, Memory, Profile

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
