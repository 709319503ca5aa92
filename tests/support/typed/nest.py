"""A chain of layers as a model: sequential or functional, some layers in models of their own."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np

from support.typed.call import Call, build, source
from support.typed.state import Dimensions, Part

Style = Literal["sequential", "input_layer", "first", "lazy", "functional"]
"""How a model gets its shape: from `Input`, from `InputLayer`, from its first layer, only when it
is built, or as a functional model, from `Input`."""

NAMES: Final = (
    "a",
    "a/b",
    "b",
    "block1/conv",
    "bn.1",
    "body",
    "class",
    "conv",
    "conv/activation",
    "conv/threshold",
    "conv-2",
    "dense",
    "image",
    "input",
    "input/scale",
    "scores",
    "sign",
)
MAX_DEPTH: Final = 3


@dataclass(frozen=True)
class Net:
    """A model of layers and other models."""

    style: Style
    shape: Dimensions
    children: tuple[Call | Net, ...]
    name: str | None

    def __str__(self) -> str:
        children = [str(child) for child in self.children]
        if self.style == "functional":
            head = f"functional(keras.Input({source(self.shape)})"
        else:
            head = "keras.Sequential("
            if self.style in ("sequential", "input_layer"):
                kind = "keras.Input" if self.style == "sequential" else "layers.InputLayer"
                children.insert(0, f"{kind}({source(self.shape)})")
        listed = textwrap.indent("".join(f"{child},\n" for child in children), "    ")
        comma = ", " if self.style == "functional" else ""
        name = "" if self.name is None else f", name={self.name!r}"
        return f"{head}{comma}[\n{listed}]{name})"

    def build(self, modules: Mapping[str, Any]) -> Any:
        """The Keras model; a lazy one is built where it is the outermost."""
        keras, layers = modules["keras"], modules["layers"]
        children = [
            child.build(modules) if isinstance(child, Net) else build(child, modules)
            for child in self.children
        ]
        if self.style == "functional":
            value = image = keras.Input(self.shape)
            for child in children:
                value = child(value)
            return keras.Model(image, value, name=self.name)
        if self.style == "sequential":
            children.insert(0, keras.Input(self.shape))
        if self.style == "input_layer":
            children.insert(0, layers.InputLayer(self.shape))
        return keras.Sequential(children, name=self.name)


def draw_net(rng: np.random.Generator, parts: Sequence[Part]) -> Net:
    """Layers in a model, with models inside of it now and then."""
    styles: tuple[Style, ...] = ("sequential", "sequential", "functional", "functional")
    styles += ("input_layer", "first", "lazy")
    style = styles[int(rng.integers(len(styles)))]
    depth = int(rng.choice([0, 0, 0, 1, 2, MAX_DEPTH]))
    return _nest(rng, parts, style, depth, None)


def _nest(
    rng: np.random.Generator, parts: Sequence[Part], style: Style, depth: int, name: str | None
) -> Net:
    shape = parts[0].reads
    children: list[Call | Net] = []
    taken: set[str] = set()
    position = 0
    inside = _ranges(rng, len(parts)) if depth else {}
    while position < len(parts):
        given = _name(rng, taken)
        if position in inside:
            inner: Style = ("sequential", "functional", "lazy")[int(rng.integers(3))]
            stop = inside[position]
            children.append(_nest(rng, parts[position:stop], inner, depth - 1, given))
            position = stop
        else:
            call = parts[position].call
            children.append(call if given is None else call.with_option("name", given))
            position += 1
    if style == "first":
        first = children[0]
        if not isinstance(first, Call):
            return Net("sequential", shape, tuple(children), name)
        children[0] = first.with_option("input_shape", shape)
    return Net(style, shape, tuple(children), name)


def _ranges(rng: np.random.Generator, length: int) -> dict[int, int]:
    """Starts and ends of what goes into models of their own."""
    found: dict[int, int] = {}
    start = int(rng.integers(0, 3))
    while start < length:
        stop = min(length, start + int(rng.integers(1, 6)))
        found[start] = stop
        start = stop + int(rng.integers(0, 6))
    return found


def _name(rng: np.random.Generator, taken: set[str]) -> str | None:
    if rng.random() < 0.6:
        return None
    name = NAMES[int(rng.integers(len(NAMES)))]
    if name in taken:
        return None
    taken.add(name)
    return name
