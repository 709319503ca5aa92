"""How fast `cbcnn-train` trains, beside the same network in a plain Keras fit.

    python -m benchmarks.training [IMAGES]     prints the table of docs/training.md; takes minutes

Both train the paper's GTSRB network of Larq layers, in batches of 128 32x32 planes that are
shifted, turned and zoomed by the same limits: plain Keras with its preprocessing layers inside
`tf.data`, as its guide to data augmentation shows. Rounds alternate, so that whatever else the
machine does slows all of them; the first round, with its tracing, is not counted. Processor time
is that of all threads; other work disturbs it less than the rates. Where the processor emulates
bfloat16, that row is left out.

`cbcnn-train` asks TensorFlow for oneDNN's kernels, and so does this program for all rows;
TF_ENABLE_ONEDNN_OPTS=0 in front of the command measures without them.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from typing import Any, Final

import numpy as np

from benchmarks.tables import table
from cbcnn_trainer import parts
from cbcnn_trainer.keras2 import batches, models
from cbcnn_trainer.keras2.backend import tf
from cbcnn_trainer.keras2.precision import slowdown
from cbcnn_trainer.presets import PRESETS, Augmentation
from cbcnn_trainer.settings import Convolution, Precision

_IMAGES: Final = 6400
BATCH: Final = 128
ROUNDS: Final = 5
LIMITS: Final = Augmentation(shift=0.1, rotation=10.0, zoom=0.15)
_CLASSES: Final = 43


def main() -> None:
    """Measure, then print the table."""
    images = int(sys.argv[1]) if len(sys.argv) > 1 else _IMAGES
    random = np.random.default_rng(0)
    planes = random.integers(-128, 128, (images, 32, 32, 1), dtype=np.int8)
    labels = random.integers(0, _CLASSES, images)
    rows = parts.targets(labels, _CLASSES, "cross-entropy")
    ways = {
        "plain Keras fit, float32": _plain_keras(planes, rows),
        "`cbcnn-train`, float32": _ours(planes, rows),
        "`cbcnn-train --convolution fused`": _ours(planes, rows, convolution="fused"),
        "its input pipeline alone": _pipeline(planes, rows),
    }
    if slowdown("bfloat16") < 1:
        ways["`cbcnn-train --precision bfloat16`"] = _ours(planes, rows, precision="bfloat16")
    times: dict[str, list[float]] = {name: [] for name in ways}
    processor: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(ROUNDS + 1):
        for name, run in ways.items():
            begun, used = time.perf_counter(), time.process_time()
            run(number)
            times[name].append(time.perf_counter() - begun)
            processor[name].append(time.process_time() - used)
            print(f"round {number}, {name}: {times[name][-1]:.1f} s", file=sys.stderr)
    rates = {name: [images / seconds for seconds in found[1:]] for name, found in times.items()}
    plain = statistics.median(next(iter(rates.values())))
    cells = [
        [
            name,
            f"{statistics.median(found):,.0f}",
            f"{min(found):,.0f} to {max(found):,.0f}",
            f"{statistics.median(found) / plain:.1f}",
            f"{1000 * statistics.median(processor[name][1:]) / images:.2f}",
        ]
        for name, found in rates.items()
    ]
    heads = ["", "images per second", "of five rounds", "times plain Keras"]
    print(table([*heads, "processor ms per image"], cells))


def _plain_keras(planes: Any, rows: Any) -> Callable[[int], None]:
    """What a user would write: Keras's random layers in front, `compile` and `fit`."""
    augment = tf.keras.Sequential(
        [
            tf.keras.layers.RandomTranslation(LIMITS.shift, LIMITS.shift, "nearest"),
            tf.keras.layers.RandomRotation(LIMITS.rotation / 360, "nearest"),
            tf.keras.layers.RandomZoom(LIMITS.zoom, fill_mode="nearest"),
        ]
    )
    source = tf.data.Dataset.from_tensor_slices((planes.astype(np.float32), rows))
    source = source.shuffle(len(planes)).batch(BATCH)
    source = source.map(
        lambda images, row: (augment(images, training=True), row),
        num_parallel_calls=tf.data.AUTOTUNE,
    ).prefetch(tf.data.AUTOTUNE)
    model = _compiled()

    def run(_: int) -> None:
        model.fit(source, verbose=0)

    return run


def _ours(
    planes: Any,
    rows: Any,
    precision: Precision = "float32",
    convolution: Convolution = "tensorflow",
) -> Callable[[int], None]:
    """An epoch as `cbcnn_trainer.epochs` runs it."""
    model = _compiled(precision, convolution)
    held = tf.constant(planes), tf.constant(rows)

    def run(epoch: int) -> None:
        model.fit(_batches(*held, epoch), verbose=0)

    return run


def _pipeline(planes: Any, rows: Any) -> Callable[[int], None]:
    """The same batches, made and thrown away."""
    held = tf.constant(planes), tf.constant(rows)

    def run(epoch: int) -> None:
        for _ in _batches(*held, epoch):
            pass

    return run


def _batches(planes: Any, rows: Any, epoch: int) -> Any:
    return batches.training(planes, rows, batches.Order(BATCH, 0), limits=LIMITS, epoch=epoch)


def _compiled(precision: Precision = "float32", convolution: Convolution = "tensorflow") -> Any:
    architecture, shape = PRESETS["cbcnn-gtsrb"].architecture, (32, 32, 1)
    model = models.build_model(architecture, shape, _CLASSES, precision, convolution)
    loss = tf.keras.losses.CategoricalCrossentropy(from_logits=True)
    model.compile(tf.keras.optimizers.Adam(0.01), loss=loss, metrics=["accuracy"])
    return model


if __name__ == "__main__":
    main()
