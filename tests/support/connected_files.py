"""Files of functional models whose layers read each other in any way."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import h5py

from support.keras_files import Layer, write_h5


def connected(
    path: Path,
    layers: Sequence[Layer],
    sources: Mapping[str, Sequence[str]],
    inputs: Sequence[str],
    outputs: Sequence[str],
) -> Path:
    """A functional model whose layers read what `sources` says, or the layer before."""
    write_h5(path, layers, functional=True)
    with h5py.File(path, "r+") as file:
        model = json.loads(file.attrs["model_config"])
        for entry in model["config"]["layers"]:
            if entry["name"] in sources:
                reads = [[source, 0, 0, {}] for source in sources[entry["name"]]]
                entry["inbound_nodes"] = [reads] if reads else []
        model["config"]["input_layers"] = [[name, 0, 0] for name in inputs]
        model["config"]["output_layers"] = [[name, 0, 0] for name in outputs]
        file.attrs["model_config"] = json.dumps(model)
    return path


def call(path: Path, name: str, first: str, **arguments: object) -> None:
    """Let a layer of a file be called as Keras writes the call of a TensorFlow function."""
    with h5py.File(path, "r+") as file:
        model = json.loads(file.attrs["model_config"])
        (entry,) = (of for of in model["config"]["layers"] if of["name"] == name)
        entry["inbound_nodes"] = [[first, 0, 0, {**arguments, "name": None}]]
        file.attrs["model_config"] = json.dumps(model)
