"""The architectures and training recipes that have a name. No TensorFlow here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Literal

from cbcnn_inputs.errors import DataError

Scale = float | Literal["Glorot"]
Order = Literal["pool-first", "norm-first"]
ActivationGradient = Literal["ste-sign", "approx-sign", "swish-sign"]


@dataclass(frozen=True)
class Architecture:
    """The shape of a binarized network, without input size and number of classes.

    Attributes:
        filters: output channels of each Binary Block 1; empty for a network without convolutions.
        units: outputs of each Binary Block 2 before the last, which has one per class.
        kernel_size: height and width of every kernel.
        pool_size: height and width of every max pooling window, also its stride; 1 for none.
        first_order: whether the first block pools before its batch norm, as all others do.
        binary: whether weights and what goes from block to block are signs. False builds the same
            blocks of real values, with ReLU.
        binary_kernels: False keeps the weights real, within -1 and +1, while signs still go from
            block to block: the first of two stages, whose weights the second one starts from.
        sign_of_zero: +1 builds it of Larq's layers, -1 of the CBCNN authors' kind.
        kernel_scale: the paper's H; other than 1 only with a sign of zero of -1.
        activation_gradient: which of Larq's quantizers binarizes activations. They compute the
            same sign and differ in the gradient that they pass on.
        norm_momentum: share of its past that a batch norm's running mean and variance keep with
            each batch.
    """

    filters: tuple[int, ...] = (128, 128, 128, 128)
    units: tuple[int, ...] = (256,)
    kernel_size: int = 3
    pool_size: int = 2
    first_order: Order = "pool-first"
    binary: bool = True
    binary_kernels: bool = True
    sign_of_zero: Literal[1, -1] = 1
    kernel_scale: Scale = 1.0
    activation_gradient: ActivationGradient = "ste-sign"
    norm_momentum: float = 0.9


@dataclass(frozen=True)
class Augmentation:
    """The largest random changes of a training image.

    Attributes:
        shift: fraction of the side, in both directions.
        rotation: degrees, to both sides.
        zoom: fraction by which the image grows or shrinks.
        brightness: fraction of the range of levels that is added to all pixels or taken away.
        contrast: fraction by which the distances from the middle level grow or shrink.
        blur: how far the image may go towards its 5x5 binomial mean; 1 is all the way. As often
            it is sharpened instead, by up to half as much.
        noise: standard deviation of independent noise, as a fraction of the range of levels.
        cutout: side of one square that is put to the middle level, as a fraction of the side; it
            may lie partly outside.
    """

    shift: float = 0.0
    rotation: float = 0.0
    zoom: float = 0.0
    brightness: float = 0.0
    contrast: float = 0.0
    blur: float = 0.0
    noise: float = 0.0
    cutout: float = 0.0

    @property
    def moves(self) -> bool:
        """Whether pixels change their place."""
        return bool(self.shift or self.rotation or self.zoom)

    @property
    def changes(self) -> bool:
        """Whether images change at all."""
        return self.moves or self.changes_levels

    @property
    def changes_levels(self) -> bool:
        """Whether pixels change their level where they are."""
        return bool(self.brightness or self.contrast or self.blur or self.noise or self.cutout)


@dataclass(frozen=True)
class Preset:
    """An architecture with the recipe that trains it."""

    architecture: Architecture
    batch_size: int
    epochs: int
    augmentation: Augmentation = field(default_factory=Augmentation)
    learning_rate: float = 1e-3
    final_learning_rate: float = 1e-4


_ROAD: Final = Augmentation(shift=0.1, rotation=15.0, zoom=0.2)

PRESETS: Final[Mapping[str, Preset]] = MappingProxyType(
    {
        # The paper's networks, 0.59 M parameters at 32x32x1 and 43 classes, 0.48 M at 28x28x1 and
        # 10, with its batch sizes and epochs.
        "cbcnn-gtsrb": Preset(Architecture(), batch_size=200, epochs=1000, augmentation=_ROAD),
        "cbcnn-mnist": Preset(Architecture(), batch_size=50, epochs=500),
        "cbcnn-fashion-mnist": Preset(
            Architecture(first_order="norm-first"), batch_size=50, epochs=500
        ),
        # The paper's predecessor: three blocks leave a 4x4 map, so the dense layer is larger.
        "dcr": Preset(
            Architecture(filters=(128, 128, 128)), batch_size=200, epochs=1000, augmentation=_ROAD
        ),
        # The paper's reference [3]: three hidden layers; 2048 units as in its Torch7 version.
        "bnn-mlp": Preset(
            Architecture(filters=(), units=(2048, 2048, 2048)), batch_size=100, epochs=1000
        ),
        # The same with a fifth of the weights: under 16 KB packed, for any data set.
        "cbcnn-small": Preset(
            Architecture(filters=(32, 64, 64, 64), units=(64,)), batch_size=100, epochs=100
        ),
        # Small enough for a Cortex-M0: 24 KB of packed weights.
        "cbcnn-signs": Preset(
            Architecture(filters=(32, 64, 64), units=(128,)),
            batch_size=50,
            epochs=20,
            learning_rate=3e-3,
            augmentation=Augmentation(shift=0.05),
        ),
    }
)

DEFAULT_PRESETS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "gtsrb": "cbcnn-gtsrb",
        "mnist": "cbcnn-mnist",
        "fashion-mnist": "cbcnn-fashion-mnist",
        "signs": "cbcnn-signs",
    }
)


def find(name: str) -> Preset:
    """The preset called `name`.

    Raises:
        DataError: there is none.
    """
    if name not in PRESETS:
        raise DataError(f"there is no preset {name}", found=name, allowed=", ".join(PRESETS))
    return PRESETS[name]
