"""What a trained network knows, as its run noted it, and what its C costs."""

from __future__ import annotations

import json
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from benchmarks.counts import counted, generate_project, model_digest, profile
from benchmarks.networks import quantized
from benchmarks.networks.catalogue import MODELS, Network
from benchmarks.networks.quantized import Beside, measure_beside
from cbcnn_codegen.options import Optimize
from cbcnn_codegen.profile.image import choose_images
from cbcnn_codegen.profile.result import Profile

TARGET: Final = "cortex-m4"
FASTEST: Final[Optimize] = "speed"
SMALLEST: Final[Optimize] = "size"
LEANEST: Final[Optimize] = "ram"
USUAL: Final[Optimize] = "balanced"


@dataclass(frozen=True)
class Cost:
    """One inference on a Cortex-M4; sizes in bytes.

    Attributes:
        weights: of the flash, the packed weights.
        instructions: exact, of the first sample image.
        cycles: estimated, without wait states.
        first_layer: of the instructions, those of the layer that sees 8-bit pixels.
    """

    flash: int
    weights: int
    ram: int
    instructions: int
    cycles: int
    first_layer: int


@dataclass(frozen=True)
class Measurement:
    """What is known of a network.

    Attributes:
        costs: by mode; empty for real values, which do not become C.
        validation_accuracy: from 0 to 1; None after a run on all images.
        beside: its C in floats beside that in integers; None for a network without floats.
        binary_products: products of a sign with a sign in one inference.
        integer_products: of a sign with a pixel.
    """

    name: str
    model_sha256: str
    seed: int
    epochs: int
    seconds: float
    parameters: int
    validation_accuracy: float | None
    test_accuracy: float
    test_images: int
    binary_products: int
    integer_products: int
    costs: dict[str, Cost]
    beside: Beside | None = None


def measure(network: Network, model: Path, metrics: Path) -> Measurement:
    """Read the metrics of a run and profile the code of its model."""
    facts = json.loads(metrics.read_text(encoding="utf-8"))
    settings = facts["settings"]
    costs: dict[str, Cost] = {}
    beside = None
    binary = integer = 0
    if settings["architecture"].get("binary", True):
        for mode in (FASTEST, USUAL, LEANEST, SMALLEST):
            found = _profile(network, model, mode)
            costs[mode] = _cost(found)
            binary = sum(layer.binary_products for layer in found.layers)
            integer = sum(layer.integer_products for layer in found.layers)
        beside = measure_beside(model, network.dataset, MODELS / network.dataset / "samples")
    return Measurement(
        name=network.name,
        model_sha256=model_digest(model),
        seed=settings["seed"],
        epochs=settings["epochs"],
        seconds=facts["seconds"],
        parameters=facts["trainable_parameters"],
        validation_accuracy=facts["validation_accuracy"],
        test_accuracy=facts["test_accuracy"],
        test_images=facts["test_images"],
        binary_products=binary,
        integer_products=integer,
        costs=costs,
        beside=beside,
    )


def _profile(network: Network, model: Path, mode: Optimize) -> Profile:
    with tempfile.TemporaryDirectory(prefix="cbcnn-networks-") as folder:
        project = generate_project(model, TARGET, mode, Path(folder) / "code", name="network")
        samples = choose_images(project, MODELS / network.dataset / "samples", 1)
        return profile(project, samples[:1])[0]


def _cost(found: Profile) -> Cost:
    assert found.cycles is not None
    first = found.layers[0].instructions
    assert first is not None
    memory = found.memory
    return Cost(memory.flash, memory.weights, memory.ram, counted(found), found.cycles, first)


def to_json(result: Measurement) -> dict[str, Any]:
    """As it stands in `results.json`."""
    return asdict(result)


def from_json(value: dict[str, Any]) -> Measurement:
    """The inverse of `to_json`."""
    costs = {mode: Cost(**cost) for mode, cost in value["costs"].items()}
    beside = value["beside"] and quantized.from_json(value["beside"])
    return Measurement(**{**value, "costs": costs, "beside": beside})
