"""The generated C beside the same Larq model under TensorFlow, both on one core of this machine.

Rounds alternate, so that whatever else the machine does slows both. What is compared is processor
time, of all threads of the process; TensorFlow has one thread inside an operation and one between
operations, and the batch size that suits it best. Both get the planes that the Image Compression
Block makes, and both have to find the same classes.
"""

from __future__ import annotations

import platform
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from benchmarks.cases import Case
from benchmarks.counts import make_project, model_digest
from cbcnn_codegen.passes import lower
from cbcnn_codegen.profile.host import build_timer, run_timer
from cbcnn_codegen.profile.run import choose_target
from cbcnn_codegen.read import read_model
from cbcnn_codegen.verify.data import Samples, Source, load_samples

CASE: Final = Case("gtsrb", "host", "speed")
ROUNDS: Final = 5
BATCHES: Final = (1, 8, 32, 128, 512)
_TRIAL_IMAGES: Final = 512


@dataclass(frozen=True)
class HostTiming:
    """What a side-by-side run found; seconds are of processor time, for all images.

    Attributes:
        flags: of the C compiler.
        trials: TensorFlow's milliseconds for an image, by how many it takes at once.
        batch: the fastest of them, which the rounds use.
        code, tensorflow: one for each round.
    """

    model_sha256: str
    images: int
    processor: str
    flags: str
    versions: dict[str, str]
    trials: dict[str, float]
    batch: int
    code: tuple[float, ...]
    tensorflow: tuple[float, ...]

    @property
    def ratio(self) -> float:
        """How many times faster the C is: of the medians."""
        return median(self.tensorflow) / median(self.code)

    @property
    def smallest_ratio(self) -> float:
        """The slowest round of the C against the fastest of TensorFlow."""
        return min(self.tensorflow) / max(self.code)


def measure_host(data: Path, progress: Callable[[str], None]) -> HostTiming:
    """Time both sides over the test images in `data`.

    Raises:
        RuntimeError: they disagree about a class, so that they do not do the same work.
    """
    samples = load_samples(data, lower(read_model(CASE.model_file).graph))
    planes = Samples(Source.PLANES, samples.planes, samples.planes, None, samples.description)
    larq = _Larq(CASE.model_file)
    trials = {batch: larq.try_batch(samples.planes[:_TRIAL_IMAGES], batch) for batch in BATCHES}
    batch = min(BATCHES, key=trials.__getitem__)
    code, tensorflow = [], []
    with tempfile.TemporaryDirectory(prefix="cbcnn-bench-") as folder:
        project = make_project(CASE, Path(folder) / "code")
        target, _ = choose_target(project, None)
        program = build_timer(project, target, Path(folder))
        for number in range(ROUNDS):
            timed = run_timer(program, planes, rounds=1, milliseconds=0)
            code.append(timed.nanoseconds / 1e9)
            seconds, classes = larq.classify(samples.planes, batch)
            tensorflow.append(seconds)
            if list(timed.classes) != classes.tolist():
                raise RuntimeError("the C and TensorFlow find different classes")
            progress(f"host, round {number + 1}: C {code[-1]:.2f} s, TensorFlow {seconds:.2f} s")
    return HostTiming(
        model_sha256=model_digest(CASE.model_file),
        images=len(samples),
        processor=_processor(),
        flags=" ".join((*target.compiler, *target.flags, *target.optimise)),
        versions=_versions(),
        trials={str(size): round(milliseconds, 3) for size, milliseconds in trials.items()},
        batch=batch,
        code=tuple(code),
        tensorflow=tuple(tensorflow),
    )


class _Larq:
    """The Keras model as one compiled graph, on one core."""

    def __init__(self, path: Path) -> None:
        from cbcnn_trainer.keras2 import model_file
        from cbcnn_trainer.keras2.backend import tf

        tf.config.threading.set_intra_op_parallelism_threads(1)
        tf.config.threading.set_inter_op_parallelism_threads(1)
        self._tf = tf
        model = model_file.load(path)
        self._run = tf.function(lambda images: tf.argmax(model(images, training=False), axis=1))

    def classify(self, planes: npt.NDArray[Any], batch: int) -> tuple[float, npt.NDArray[np.int64]]:
        """Seconds of processor time, and the classes; every batch shape has been traced before."""
        batches = [
            self._tf.constant(planes[start : start + batch].astype(np.float32))
            for start in range(0, len(planes), batch)
        ]
        for shape in (batches[0], batches[-1]):
            self._run(shape)
        start = time.process_time()
        classes = [self._run(images).numpy() for images in batches]
        return time.process_time() - start, np.concatenate(classes)

    def try_batch(self, planes: npt.NDArray[Any], batch: int) -> float:
        """Milliseconds for an image, at the better of two rounds."""
        seconds = min(self.classify(planes, batch)[0] for _ in range(2))
        return seconds / len(planes) * 1e3


def _versions() -> dict[str, str]:
    from cbcnn_codegen.measure import compiler_version
    from cbcnn_trainer.keras2.backend import versions

    wanted = ("tensorflow", "tf-keras", "larq", "numpy")
    return {"C compiler": compiler_version("gcc"), **{name: versions()[name] for name in wanted}}


def _processor() -> str:
    """The processor's name as Linux gives it."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.machine()
    names = [line.partition(":")[2].strip() for line in text.splitlines() if "model name" in line]
    return names[0] if names else platform.machine()
