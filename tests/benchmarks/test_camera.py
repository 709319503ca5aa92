"""What docs/camera.md says that a frame costs is what is counted."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from benchmarks.camera import count_frame
from cbcnn_inputs.frames import Camera
from support.commands import ROOT
from support.tools import require_tool


def test_the_costs_of_a_frame_in_the_docs_are_those_that_are_counted(tmp_path: Path) -> None:
    require_tool("arm-none-eabi-gcc", "gcc-arm-none-eabi")
    text = (ROOT / "docs" / "camera.md").read_text(encoding="utf-8")
    row = re.search(
        r"^\| 320x240 \| `grey` \| crop \| (\S+) \| \S+ \| (\S+) \|$", text, re.MULTILINE
    )
    assert row is not None
    told = [int(number.replace(",", "")) for number in row.groups()]
    found = count_frame(Camera(320, 240, "grey"), "crop", tmp_path)
    assert [found.instructions, found.cycles] == pytest.approx(told, rel=0.05)
