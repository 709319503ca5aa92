"""Small model files, written and read in one step."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cbcnn_codegen.errors import UnsupportedLayerError
from cbcnn_codegen.read import ReadResult, read_model
from support.keras_files import Layer, write_h5

Read = Callable[..., ReadResult]
Refusal = Callable[..., str]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Write layers as a file and read it; options of `write_h5` and `read_model` may be mixed."""

    def write_and_read(*layers: Layer, **options: Any) -> ReadResult:
        reading = {key: options.pop(key) for key in ("input_type", "rescale") if key in options}
        return read_model(write_h5(tmp_path / "model.h5", layers, **options), **reading)

    return write_and_read


@pytest.fixture
def refusal(read: Read) -> Refusal:
    """The message with which a model is refused as unsupported."""

    def write_and_refuse(*layers: Layer, **options: Any) -> str:
        with pytest.raises(UnsupportedLayerError) as refused:
            read(*layers, **options)
        return str(refused.value)

    return write_and_refuse
