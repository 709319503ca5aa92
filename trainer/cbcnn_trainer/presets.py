"""Architectures and training recipes with a name. No TensorFlow here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from types import MappingProxyType
from typing import Any, Final, Literal

from cbcnn_trainer.declared import Range, setting

NETWORK: Final = "Network"
TRAINING: Final = "Training"
CHANGES: Final = "Changes of training images"

network = partial(setting, NETWORK)
training = partial(setting, TRAINING)
change = partial(setting, CHANGES)

_COUNT: Final = Range(1)
_SIDE: Final = Range(1, 31)
_SHARE: Final = Range(0, 1)
_RATE: Final = Range(0, 1, above=True)
_BLOCKS: Final = Range(1, 1 << 16)
_LAYERS: Final = Range(0, 64)


@dataclass(frozen=True)
class Architecture:
    """The shape of a binarized network, without input size and number of classes."""

    filters: tuple[int, ...] = network(
        "Output channels of each Binary Block 1; empty for a network without convolutions.",
        (128, 128, 128, 128),
        _BLOCKS,
    )
    units: tuple[int, ...] = network(
        "Outputs of each Binary Block 2 but the last, which has one for each class.",
        (256,),
        _BLOCKS,
    )
    residuals: tuple[int, ...] = network(
        "Residual layers behind each of the --filters: sign, convolution, batch norm, added to "
        "what they read; empty for none anywhere.",
        (),
        _LAYERS,
    )
    shortcuts: bool = network(
        "--no-shortcuts keeps the residual layers but adds nothing, to see what shortcuts are "
        "worth.",
        True,
    )
    residual_relu: bool = network(
        "A ReLU between convolution and batch norm of each residual layer, as QuickNet has it.",
        False,
    )
    downsampling: Literal["binary", "real"] = network(
        "What makes each of the --filters: Binary Block 1; or QuickNet's layers of real values, "
        "which halve the map with a real convolution of 3x3, depthwise 3x3 and 1x1 first, and with "
        "ReLU, max pooling and 1x1 later.",
        "binary",
    )
    ending: Literal["binary", "average"] = network(
        "binary flattens the map in front of Binary Blocks 2; average takes the mean of each "
        "channel and one real dense layer.",
        "binary",
    )
    kernel_size: int = network("Height and width of every kernel.", 3, _SIDE)
    pool_size: int = network("Height, width and stride of every max pooling; 1 for none.", 2, _SIDE)
    first_stride: int = network(
        "Step of the first binary convolution, in rows and columns: 2 leaves a quarter of its map.",
        1,
        Range(1, 4),
    )
    first_order: Literal["pool-first", "norm-first"] = network(
        "Whether the first block pools before its batch norm, as all others do.", "pool-first"
    )
    binary: bool = network(
        "--no-binary builds the same blocks of real values, with ReLU, to compare with or as a "
        "--teacher.",
        True,
    )
    binary_kernels: bool = network(
        "--no-binary-kernels keeps weights real, within -1 and +1, while signs go from block to "
        "block: a first stage that --start-from goes on from.",
        True,
    )
    sign_of_zero: Literal[1, -1] = network(
        "+1 builds Larq's layers, -1 layers like the CBCNN authors'.", 1
    )
    kernel_scale: float | Literal["Glorot"] = network(
        "The paper's H; other than 1 it needs --sign-of-zero -1.", 1.0, Range(0, 1e6, above=True)
    )
    activation_gradient: Literal["ste-sign", "approx-sign", "swish-sign"] = network(
        "Larq's quantizer of activations: all compute the same sign and pass on another gradient.",
        "ste-sign",
    )
    gradient_window: float = network(
        "ste-sign passes the gradient of an activation on within this distance of zero; "
        "Larq's own is 1.",
        1.0,
        Range(0, 100, above=True),
    )
    norm_momentum: float = network(
        "Share of its past that a batch norm's running mean and variance keep with each batch.",
        0.9,
        Range(0, 0.9999),
    )


@dataclass(frozen=True)
class Augmentation:
    """The largest random changes of a training image."""

    shift: float = change("Fraction of the side, in both directions.", 0.0, Range(0, 0.5))
    rotation: float = change("Degrees, to both sides.", 0.0, Range(0, 180))
    zoom: float = change("Fraction by which the image grows or shrinks.", 0.0, Range(0, 0.9))
    brightness: float = change(
        "Fraction of the range of levels that is added to all pixels or taken away.", 0.0, _SHARE
    )
    contrast: float = change(
        "Fraction by which the distances from the middle level grow or shrink.", 0.0, _SHARE
    )
    blur: float = change(
        "How far the image may go towards its 5x5 binomial mean, 1 is all the way; as often it is "
        "sharpened by up to half as much.",
        0.0,
        _SHARE,
    )
    noise: float = change(
        "Standard deviation of independent noise, as a fraction of the range of levels.",
        0.0,
        _SHARE,
    )
    cutout: float = change(
        "Side of one square that is put to the middle level, as a fraction of the side; it may lie "
        "partly outside.",
        0.0,
        _SHARE,
    )
    erasing: float = change(
        "Share of the images that lose a rectangle of 2 to 40 % of their area to random levels "
        "(random erasing): 0.5, say; 0 for none.",
        0.0,
        _SHARE,
    )
    exposure: float = change(
        "Fraction of the range of levels by which pictures get darker or lighter in front of the "
        "Image Compression Block, and by which their contrast changes; what leaves the range is "
        "lost, as in a camera.",
        0.0,
        _SHARE,
    )
    mixup: float = change(
        "Alpha of mixup, which blends an image and its target with another: 0.2, say; 0 for none.",
        0.0,
        Range(0, 10),
    )
    cutmix: float = change(
        "Alpha of CutMix, which puts a square of another image into an image: 1, say; 0 for none.",
        0.0,
        Range(0, 10),
    )

    @property
    def moves(self) -> bool:
        """Whether pixels change their place."""
        return bool(self.shift or self.rotation or self.zoom)

    @property
    def changes(self) -> bool:
        """Whether images change by themselves; mixing them with others is something else."""
        return self.moves or self.changes_levels or bool(self.exposure or self.erasing)

    @property
    def mixes(self) -> bool:
        """Whether images are mixed with others."""
        return bool(self.mixup or self.cutmix)

    @property
    def changes_levels(self) -> bool:
        """Whether pixels change their level where they are."""
        return bool(self.brightness or self.contrast or self.blur or self.noise or self.cutout)


@dataclass(frozen=True)
class Recipe:
    """An architecture and the values that every training needs."""

    architecture: Architecture
    batch_size: int = training("Images in a step.", limits=_COUNT)
    epochs: int = training("Passes over the training images.", limits=_COUNT)
    augmentation: Augmentation = field(default_factory=Augmentation)
    learning_rate: float = training(
        "Learning rate in the first epoch after the warm-up.", 1e-3, _RATE
    )
    final_learning_rate: float = training("Learning rate in the last epoch.", 1e-4, _RATE)


_ROAD: Final = Augmentation(shift=0.1, rotation=15.0, zoom=0.2)

PRESETS: Final[Mapping[str, Recipe]] = MappingProxyType(
    {
        # The paper's networks, 0.59 M parameters at 32x32x1 and 43 classes, 0.48 M at 28x28x1 and
        # 10, with its batch sizes and epochs.
        "cbcnn-gtsrb": Recipe(Architecture(), batch_size=200, epochs=1000, augmentation=_ROAD),
        "cbcnn-mnist": Recipe(Architecture(), batch_size=50, epochs=500),
        "cbcnn-fashion-mnist": Recipe(
            Architecture(first_order="norm-first"), batch_size=50, epochs=500
        ),
        # The paper's predecessor: three blocks leave a 4x4 map, so the dense layer is larger.
        "dcr": Recipe(
            Architecture(filters=(128, 128, 128)), batch_size=200, epochs=1000, augmentation=_ROAD
        ),
        # The paper's reference [3]: three hidden layers; 2048 units as in its Torch7 version.
        "bnn-mlp": Recipe(
            Architecture(filters=(), units=(2048, 2048, 2048)), batch_size=100, epochs=1000
        ),
        # The same with a fifth of the weights: under 16 KB packed, for any data set.
        "cbcnn-small": Recipe(
            Architecture(filters=(32, 64, 64, 64), units=(64,)), batch_size=100, epochs=100
        ),
        # Shortcuts around binary convolutions, in as much flash as cbcnn-small needs.
        "residual-small": Recipe(
            Architecture(filters=(32, 32, 64), units=(), residuals=(0, 2, 1)),
            batch_size=100,
            epochs=100,
        ),
        # Larq Zoo's QuickNet: real-valued stem, transitions and last layer, in the same flash.
        "quicknet-small": Recipe(
            Architecture(
                filters=(16, 32, 32),
                units=(),
                residuals=(1, 1, 1),
                residual_relu=True,
                downsampling="real",
                ending="average",
            ),
            batch_size=100,
            epochs=100,
        ),
        # The same for a few hundred to some ten thousand pictures of one's own: small batches, so
        # that an epoch has enough steps, and changes of the pictures, of which there are few.
        "cbcnn-pictures": Recipe(
            Architecture(filters=(32, 64, 64, 64), units=(64,)),
            batch_size=32,
            epochs=60,
            learning_rate=5e-3,
            augmentation=Augmentation(shift=0.08, rotation=8.0, zoom=0.15),
        ),
        # Small enough for a Cortex-M0: 24 KB of packed weights.
        "cbcnn-signs": Recipe(
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
        "folder": "cbcnn-pictures",
    }
)

FAST_TRAINING: Final[Mapping[str, Any]] = MappingProxyType(
    {
        **{"preset": "cbcnn-small", "epochs": 40, "batch_size": 128},
        **{"loss": "cross-entropy", "label_smoothing": 0.05, "schedule": "cosine"},
        **{"warmup_epochs": 1, "learning_rate": 0.01, "final_learning_rate": 1e-5},
    }
)
"""Settings of every training of a search: the recipe of docs/training.md."""

SEARCH_RECIPES: Final[Mapping[str, Mapping[str, Any]]] = MappingProxyType(
    {
        "folder": {},
        "gtsrb": {**FAST_TRAINING, "shift": 0.07, "rotation": 6.0, "zoom": 0.1, "mirror": True},
    }
)
"""The same for data sets that have one of their own."""
