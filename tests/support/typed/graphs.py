"""Functional models with branches as people type them, most with floats, filled as trained."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

import numpy as np
import numpy.typing as npt

from cbcnn_codegen.options import MODES
from support.typed import blocks, exact, functions, products, sequences, shapes
from support.typed.program import Program, Value

RESCALE = (1 / 128, -1.0)
PREAMBLE = """\
import larq, tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers
from support.typed import own
"""
OWN: Final = (
    "my_sign=sign",
    "my_magnitude=magnitude_aware_sign",
    "my_clip=clip:0:2",
    "MyScale=scale",
    "MyBias=bias",
)
"""What `--custom` says of the things in `own.py`."""
EXACT: Final = (0, 5)
SEQUENCE: Final = 3
OTHERS: Final = tuple(of for of in range(10) if of not in (*EXACT, SEQUENCE))
"""What seeds draw, by their last digit: no floats, a sequence, and blocks with floats."""

MAPS: Final = 7
"""Of so many models with other outputs one puts out a map, and nothing else."""

T = TypeVar("T")


@dataclass(frozen=True)
class TypedGraph:
    """A drawn model: `program` makes `model`, the same for the same seed."""

    seed: int
    program: str
    size: tuple[int, ...]
    suffix: str
    code: dict[str, Any]

    def __str__(self) -> str:
        return f"# seed {self.seed}, {self.suffix}, {self.code}\n{PREAMBLE}\n{self.program}"

    def images(self, count: int) -> npt.NDArray[np.uint8]:
        """Noise, soft gradients and both extremes."""
        rng = np.random.default_rng(self.seed)
        images = rng.integers(0, 256, (count, *self.size), np.uint8)
        images[0], images[1] = 0, 255
        images[2] = np.linspace(0, 255, images[2].size).reshape(self.size)
        return images


def draw_graph(seed: int) -> TypedGraph:
    """The model of a seed; needs no TensorFlow.

    Of five seeds one draws a network without floats, of ten one a network of sequences. Every other
    model holds forms that are the seed's turn, so that none is left to chance.
    """
    program = Program(np.random.default_rng(seed + 1_000_000))
    height, width = (int(size) for size in program.rng.integers(4, 10, 2))
    map_size = (height, width, program.pick([1, 3, 3, 4]))
    size: tuple[int, ...] = map_size
    if seed % 10 == SEQUENCE:
        steps, channels = size = (height + width, map_size[-1])
        made = (1, steps, channels)
        image = Value(program.line(f"keras.Input({size})", "image"), made, "image")
        forced = _turn(seed // 10, sequences.FORMS, 3)
        scores = sequences.network(program, image, forced)
    else:
        image = Value(program.line(f"keras.Input({size})", "image"), map_size, "image")
        is_exact = seed % 10 in EXACT
        scores = (
            exact.network(program, image, seed // 5)
            if is_exact
            else _scores(program, image, _rank(seed))
        )
    program.lines.append(f"model = keras.Model({image}, {_outputs(program, scores, seed)})")
    text = "\n".join(program.lines)
    return TypedGraph(
        seed,
        text,
        size,
        ".h5" if "..." in text else program.pick([".h5", ".keras"]),  # Keras cannot save dots
        {
            "target": program.pick(["host", "cortex-m4", "cortex-m4", "cortex-m0"]),
            "optimize": program.pick([*MODES, "balanced", "speed"]),
            "split_weights": program.chance(0.1),
            "custom": tuple(of for of in OWN if f"own.{of.partition('=')[0]}" in text),
        },
    )


def _outputs(program: Program, scores: str, seed: int) -> str:
    """The scores, and of every third model values on the way to them, perhaps one of them twice.

    Of some the last map is all that they put out. They are drawn apart from the
    network, which is the same with and without them.
    """
    rng = np.random.default_rng(seed + 2_000_000)
    if seed % 3 or not program.values:
        return scores
    values = [str(value) for value in program.values]
    if seed % MAPS == 0:
        return values[-1]
    wanted = [values[int(of)] for of in rng.integers(len(values), size=rng.integers(1, 4))]
    wanted.insert(int(rng.integers(len(wanted) + 1)), scores)
    return f"[{', '.join(wanted)}]"


def _turn(index: int, forms: Sequence[T], count: int) -> tuple[T, ...]:
    """So many forms, one after the other with growing indices."""
    return tuple(forms[(index * count + of) % len(forms)] for of in range(count))


def _rank(seed: int) -> int:
    """How many of those seeds come before this one."""
    return seed // 10 * len(OTHERS) + OTHERS.index(seed % 10)


def _scores(program: Program, image: Value, rank: int) -> str:
    """A block and, before and behind it, the forms whose turn it is."""
    if program.chance(0.15):
        image = program.join(f"layers.Rescaling(0.5, 0.25)({image})", image.size, "image")
    value = _stem(program, image)
    (function,) = _turn(rank, functions.FORMS, 1)
    (shape,) = _turn(rank, shapes.FORMS, 1)
    steps: list[blocks.Block] = [
        lambda program, value: functions.apply(program, value, function),
        shape,
        *_turn(rank, products.FORMS, 1),
    ]
    program.rng.shuffle(steps)  # type: ignore[arg-type]
    steps.insert(int(program.rng.integers(1, 4)), program.pick(blocks.BLOCKS))
    for step in steps:
        value = step(program, value)
    if rank % len(functions.CURVES) == 0:
        (curve,) = _turn(rank // len(functions.CURVES), functions.CURVES, 1)
        value = functions.apply(program, value, curve)
    return _head(program, value)


def _stem(program: Program, image: Value) -> Value:
    filters, stride = program.pick(blocks.FILTERS), program.pick([1, 1, 2])
    if program.chance(0.2):
        options = {"kernel_quantizer": "ste_sign", "padding": "same", "use_bias": False}
        made = (*image.size[:2], filters)
        value = program.apply("larq.layers.QuantConv2D", (filters, 3), options, image, made)
    else:
        value = blocks.real_conv(program, image, filters, stride)
    for step in ([blocks.norm] * program.chance(0.8)) + ([blocks.function] * program.chance(0.3)):
        value = step(program, value)
    return value


def _head(program: Program, value: Value) -> str:
    """Scores: an average, a maximum or all of the map, and a dense layer."""
    if program.chance(0.2):
        value = blocks.function(program, value)
    is_binary = program.chance(0.3)
    if is_binary:
        value = blocks.norm(program, value)
    form = program.pick(["GlobalAveragePooling2D", "GlobalAvgPool2D", "GlobalMaxPool2D", "Flatten"])
    flat = program.line(f"layers.{form}()({value})")
    units, softmax = program.pick([1, 2, 5, 10]), ""
    if program.chance(0.2) and units > 1:
        softmax = ", activation='softmax'"
    if is_binary:
        quantizers = "input_quantizer='ste_sign', kernel_quantizer='ste_sign'"
        flat = program.line(f"larq.layers.QuantDense({units}, {quantizers})({flat})")
        return program.line(f"layers.BatchNormalization()({flat})")
    if program.chance(0.3):
        flat = program.line(f"layers.Dense({program.pick([4, 9])}, activation='relu')({flat})")
    return program.line(f"layers.Dense({units}{softmax})({flat})")


def build_graph(typed: TypedGraph) -> Any:
    """The Keras model: random weights, batch norms as after training, then some hard ones."""
    from cbcnn_trainer.keras2.backend import larq, tf
    from support.typed import own

    tf.keras.backend.clear_session()
    tf.keras.utils.set_random_seed(typed.seed)
    scope = {"larq": larq, "tf": tf, "keras": tf.keras, "layers": tf.keras.layers, "own": own}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        run = tf.autograph.experimental.do_not_convert(exec)
        run(typed.program, scope)  # what the test drew
    model: Any = scope["model"]
    _fill(model, typed)
    return model


def _fill(model: Any, typed: TypedGraph) -> None:
    rng = np.random.default_rng(typed.seed)
    norms = [of for of in model.submodules if type(of).__name__ == "BatchNormalization"]
    for variable in model.trainable_variables:
        values = variable.numpy()
        special = rng.random(values.shape)
        values[special < 0.03] = 0
        values[(special > 0.03) & (special < 0.05)] = -0.0
        if "bias" in variable.name or "beta" in variable.name:
            values = rng.normal(0, 0.3, values.shape).astype(np.float32)
        if "gamma" in variable.name:
            values = rng.normal(0.5, 1, values.shape).astype(np.float32)
            values[rng.random(values.shape) < 0.05] = 0
        variable.assign(values)
    kept = [of.momentum for of in norms]
    for of in norms:
        of.momentum = 0.0
    images = typed.images(16).astype(np.float32) * np.float32(RESCALE[0]) + np.float32(RESCALE[1])
    model(images, training=True)
    for of, momentum in zip(norms, kept, strict=True):
        of.momentum = momentum


def save_graph(typed: TypedGraph, model: Any, folder: Path) -> Path:
    """Write the model file with Keras itself."""
    path = folder / f"model{typed.suffix}"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.save(path)
    return path
