"""How fast `cbcnn-train` trains on each of its backends.

    python -m benchmarks.backends [IMAGES]     prints the table of docs/training.md; takes minutes

Each backend that is installed trains the paper's GTSRB network in a process of its own, in batches
of 128 made-up 32x32 planes that are shifted, turned and zoomed, in float32. The first epoch, which
compiles, is not counted.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from typing import Final

import numpy as np

from benchmarks.tables import table
from cbcnn_inputs.installation import is_installed
from cbcnn_trainer import parts, settings
from cbcnn_trainer.backends import BACKENDS, Material, open_backend

_IMAGES: Final = 2560
_EPOCHS: Final = 3
_CLASSES: Final = 43
_OPTION: Final = "--backend"


def main() -> None:
    """Measure in processes of their own, then print the table; with `--backend`, measure one."""
    arguments = sys.argv[1:]
    images = next((int(text) for text in arguments if text.isdigit()), _IMAGES)
    if _OPTION in arguments:
        print(_rate(arguments[arguments.index(_OPTION) + 1], images))
        return
    rows = []
    for name in filter(is_installed, BACKENDS):
        command = [sys.executable, "-m", "benchmarks.backends", str(images), _OPTION, name]
        told = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        rows.append([f"`{name}`", f"{float(told.stdout):,.0f}"])
    print(table(["backend", "images per second"], rows))


def _rate(name: str, images: int) -> float:
    """Images per second in the epochs after the first one."""
    random = np.random.default_rng(0)
    planes = random.integers(-128, 128, (images, 32, 32, 1), dtype=np.int8)
    labels = random.integers(0, _CLASSES, images)
    chosen = settings.resolve(
        "gtsrb",
        {
            **{"batch_size": 128, "loss": "cross-entropy", "epochs": _EPOCHS + 1},
            **{"shift": 0.1, "rotation": 10.0, "zoom": 0.15, "learning_rate": 0.01},
        },
    )
    part = parts.Part(planes, parts.targets(labels, _CLASSES, chosen.loss), labels)
    training = open_backend(name).begin(chosen, Material(part, None, ()), None)
    training.start([])
    seconds = []
    for epoch in range(_EPOCHS + 1):
        begun = time.perf_counter()
        training.train(epoch, lambda *_: None)
        seconds.append(time.perf_counter() - begun)
    return images / statistics.median(seconds[1:])


if __name__ == "__main__":
    main()
