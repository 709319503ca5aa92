"""Which numbers occur in a network: the ranges that quantize its real-valued layers."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from cbcnn_codegen import reference
from cbcnn_codegen.calibration import Calibration
from cbcnn_codegen.errors import DataError, UsageError
from cbcnn_codegen.ir import FLOAT32, Graph
from cbcnn_codegen.passes import Ranges, lower, lower_unfused
from cbcnn_codegen.verify.data import Samples, load_samples
from cbcnn_inputs.answers import decide

Floats = npt.NDArray[np.float32]

MOST_IMAGES: Final = 200
"""Images of a calibration; more move the largest magnitudes but little."""

_BATCH: Final = 8


def calibrate(read: Graph, data: Path) -> tuple[Graph, Calibration]:
    """The quantized network, and what quantized it.

    Args:
        read: the network as read.
        data: images, in any form that `cbcnn-verify --data` takes; their labels, if they have any,
            show what quantization costs.

    Raises:
        UsageError: the network has no floats.
        UnsupportedLayerError: it has operations that have no form in integers.
        DataError: no images, images that do not fit, or that leave a value at zero everywhere.
    """
    graph = lower_unfused(read)
    samples = _load(graph, data)
    ranges, floats = _run(graph, samples)
    quantized = lower(read, ranges)
    integers = reference.run(quantized, samples.planes, keep=()).vectors
    classes = answers = np.zeros(0, np.int64)
    off, labels = 0.0, samples.labels
    if graph.has_classes:
        classes, answers = decide(floats[0]), decide(integers[0])
    else:
        off = max(map(_distance, integers, floats))
    calibration = Calibration(
        images=len(samples),
        has_classes=graph.has_classes,
        same_class=int((answers == classes).sum()),
        labelled=labels is not None,
        right=0 if labels is None else int((answers == labels).sum()),
        right_in_floats=0 if labels is None else int((classes == labels).sum()),
        off=off,
        ranges=ranges,
    )
    return quantized, calibration


def _distance(integers: Floats, floats: Floats) -> float:
    """The largest difference relative to the largest value."""
    return float(np.abs(integers - floats).max() / (np.abs(floats).max() or 1.0))


def _load(graph: Graph, data: Path) -> Samples:
    """Images that can say something."""
    if graph.level == 1:
        raise UsageError(
            "--real-layers int8 would have no effect",
            found="a network of signs and integers alone, which has no real-valued layers",
            suggestion="leave it out, with --calibrate: this network is exact without floats",
        )
    samples = _spread(load_samples(data, graph))
    if not len(samples):
        raise DataError("there are no images to calibrate with", found=samples.description)
    if (samples.planes == samples.planes[:1]).all() and len(samples) > 1:
        raise DataError(
            "the images to calibrate with are all alike",
            found=f"{len(samples)} equal images ({samples.description})",
            allowed="images of the kind that the network will see",
            suggestion="part of the images that it was trained on",
        )
    return samples


def _spread(samples: Samples) -> Samples:
    """At most `MOST_IMAGES`, from everywhere: many files hold one class after the other."""
    return samples.part(slice(None, None, -(-len(samples) // MOST_IMAGES) or 1))


def _run(graph: Graph, samples: Samples) -> tuple[Ranges, list[Floats]]:
    """The largest magnitude of each value of floats, and what the network puts out."""
    names = [name for name, of in graph.types.items() if of.element == FLOAT32]
    ranges = dict.fromkeys(names, 0.0)
    outputs = []
    for start in range(0, len(samples), _BATCH):
        trace = reference.run(graph, samples.planes[start : start + _BATCH], keep=names)
        for name in names:
            ranges[name] = max(ranges[name], float(np.abs(trace.maps[name]).max()))
        outputs.append(trace.vectors)
    _demand_ranges(ranges, samples.description)
    return ranges, [np.concatenate(parts) for parts in zip(*outputs, strict=True)]


def _demand_ranges(ranges: Ranges, description: str) -> None:
    empty = [name for name, largest in ranges.items() if not 0 < largest < np.inf]
    if empty:
        raise DataError(
            "the images to calibrate with say nothing of some values",
            found=f"{', '.join(map(repr, empty))}: 0 everywhere ({description})",
            allowed="images for which each value is now and then another number than 0",
            suggestion="part of the images that the network was trained on",
        )
