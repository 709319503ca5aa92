"""Training runs of a second that do not spend two thirds of it on drawing."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from cbcnn_trainer import plots
from cbcnn_trainer.outputs import PICTURES, Outputs

_PIXEL = cv2.imencode(".png", np.zeros((1, 1), np.uint8))[1].tobytes()


@pytest.fixture(autouse=True)
def no_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every picture is one pixel, but for runs in a fixture of a module, which come first."""

    def draw_all(outputs: Outputs, *_: object) -> dict[Path, bytes]:
        return {outputs.picture(name): _PIXEL for name in PICTURES}

    monkeypatch.setattr(plots, "draw_all", draw_all)
