"""Model files that want to run code, to be two files, to reach other files or to take all memory.

Each is drawn around one small network that is sound, so that what is refused is refused for what
was done to it. The same seed gives the same file.
"""

from __future__ import annotations

import io
import json
import random
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from support import hostile_archives, hostile_h5, hostile_objects
from support.keras_files import (
    Layer,
    batch_norm,
    input_layer,
    quant_conv,
    quant_dense,
    write_h5,
    write_keras,
)
from support.mutations import CONFIG, MEMBER

SHAPE = (8, 8, 1)
CLASSES = 3


@dataclass(frozen=True)
class Hostile:
    """A file, and what was done to it.

    Attributes:
        content: its bytes.
        what: for messages.
        suffix: that it would have.
    """

    content: bytes
    what: str
    suffix: str


def network() -> list[Layer]:
    """Image, convolution, batch norm, dense layer."""
    values = np.random.default_rng(1)
    return [
        input_layer(*SHAPE, name="image"),
        quant_conv("conv", values.normal(size=(3, 3, 1, 4)), input_quantizer=None),
        batch_norm("norm", 4, beta=values.normal(size=4)),
        Layer("Flatten", "flat", {"data_format": "channels_last"}),
        quant_dense("head", values.normal(size=(144, CLASSES))),
    ]


def sound(suffix: str, rng: random.Random, *, functional: bool = False) -> bytes:
    """The network as it is, in any of the dialects."""
    write = write_h5 if suffix == ".h5" else write_keras
    dialect: Any = rng.choice(["tf2.12", "tf2.13", "keras3"])
    with tempfile.TemporaryDirectory() as folder:
        path = write(Path(folder) / "model", network(), dialect=dialect, functional=functional)
        return path.read_bytes()


def with_config(content: bytes, change: Callable[[dict[str, Any]], None]) -> bytes:
    """The same file with its architecture changed."""
    if content.startswith(b"PK"):
        image = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(image, "w") as new:
            for info in old.infolist():
                member = old.read(info)
                new.writestr(
                    info.filename, _changed(member, change) if info.filename == MEMBER else member
                )
        return image.getvalue()
    image = io.BytesIO(content)
    with h5py.File(image, "r+") as file:
        file.attrs[CONFIG] = _changed(file.attrs[CONFIG].encode(), change)
    return image.getvalue()


def _changed(text: bytes, change: Callable[[dict[str, Any]], None]) -> bytes:
    config = json.loads(text)
    change(config)
    return json.dumps(config).encode()


def draw(seed: int, mark: Path) -> Hostile:
    """A hostile file; its code, if it ran, would make the file `mark`."""
    rng = random.Random(seed)
    suffix = rng.choice([".h5", ".keras"])
    kinds: list[Callable[[random.Random, str, Path], tuple[bytes, str]]] = [
        *(_two_formats, _two_formats),
        *(_layer, _layer, _layer, _object, _object, _object, _option, _option, _value),
        *(_calls, _structure, _archive, _h5, _h5),
    ]
    kind = rng.choice(kinds)
    content, what = kind(rng, suffix, mark)
    return Hostile(content, f"{kind.__name__.strip('_')}: {what}", suffix)


def with_code(suffix: str, rng: random.Random, mark: Path) -> bytes:
    """The network with a layer in it that runs code where Keras loads it."""
    entry = hostile_objects.lambda_layer(mark)
    return with_config(sound(suffix, rng), lambda root: root["config"]["layers"].insert(1, entry))


def _two_formats(rng: random.Random, suffix: str, mark: Path) -> tuple[bytes, str]:
    harmless, evil = (
        sound(suffix, rng),
        with_code(".keras" if suffix == ".h5" else ".h5", rng, mark),
    )
    return hostile_archives.join(rng, *rng.sample([harmless, evil], 2))


def _insert(
    rng: random.Random, suffix: str, entry: dict[str, Any], *, nested: bool = False
) -> bytes:
    """The network with one more layer, in the network or in a model in it."""
    if nested:
        inner = {"name": "inner", "layers": [entry]}
        entry = {"class_name": "Sequential", "name": "inner", "config": inner}

    def change(root: dict[str, Any]) -> None:
        listed = root["config"]["layers"]
        listed.insert(rng.randrange(1, len(listed)), entry)

    return with_config(sound(suffix, rng), change)


def _layer(rng: random.Random, suffix: str, mark: Path) -> tuple[bytes, str]:
    entry = hostile_objects.draw_layer(rng, mark)
    content = _insert(rng, suffix, entry, nested=rng.random() < 0.3)
    return content, f"a layer {json.dumps(entry)[:120]}"


def _object(rng: random.Random, suffix: str, mark: Path) -> tuple[bytes, str]:
    layer, key = rng.choice(hostile_objects.PLACES)
    value = hostile_objects.draw_object(rng, mark)

    def change(root: dict[str, Any]) -> None:
        for entry in root["config"]["layers"]:
            if entry["class_name"] == layer:
                entry["config"][key] = value

    return with_config(sound(suffix, rng), change), f"{layer}.{key}={json.dumps(value)[:120]}"


def _option(rng: random.Random, suffix: str, mark: Path) -> tuple[bytes, str]:
    key = rng.choice(hostile_objects.UNKNOWN_OPTIONS)
    value = hostile_objects.draw_object(rng, mark)
    where = rng.randrange(0, 5)

    def change(root: dict[str, Any]) -> None:
        root["config"]["layers"][where]["config"][key] = value

    return with_config(sound(suffix, rng), change), f"layer {where} with {key}"


def _value(rng: random.Random, suffix: str, mark: Path) -> tuple[bytes, str]:
    layer, key, value = rng.choice(hostile_objects.BOMBS)

    def change(root: dict[str, Any]) -> None:
        for entry in root["config"]["layers"]:
            if entry["class_name"] == layer:
                entry["config"].pop("batch_shape", None)
                entry["config"][key] = value

    return with_config(sound(suffix, rng), change), f"{layer}.{key}={json.dumps(value)[:80]}"


def _calls(rng: random.Random, suffix: str, mark: Path) -> tuple[bytes, str]:
    calls = hostile_objects.draw_calls(rng, mark)
    where = rng.randrange(1, 5)

    def change(root: dict[str, Any]) -> None:
        root["config"]["layers"][where]["inbound_nodes"] = calls

    return with_config(sound(suffix, rng, functional=True), change), json.dumps(calls)[:120]


def _structure(rng: random.Random, suffix: str, mark: Path) -> tuple[bytes, str]:
    what, change = rng.choice(hostile_objects.STRUCTURES)
    return with_config(sound(suffix, rng), change), what


def _archive(rng: random.Random, suffix: str, mark: Path) -> tuple[bytes, str]:
    return hostile_archives.draw(rng, sound(".keras", rng), with_code(".keras", rng, mark))


def _h5(rng: random.Random, suffix: str, mark: Path) -> tuple[bytes, str]:
    content = sound(suffix, rng)
    secret = mark.with_name("secret.h5")
    if suffix == ".h5":
        return hostile_h5.draw(rng, content, secret)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        weights, what = hostile_h5.draw(rng, archive.read("model.weights.h5"), secret)
        members = {name: archive.read(name) for name in archive.namelist()}
    image = io.BytesIO()
    with zipfile.ZipFile(image, "w") as archive:
        for name, member in {**members, "model.weights.h5": weights}.items():
            archive.writestr(name, member)
    return image.getvalue(), what
