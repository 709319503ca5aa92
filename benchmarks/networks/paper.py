"""What Qi et al. (2023) report: tables 1 to 3, whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Reported:
    """A row of the paper's tables.

    Attributes:
        millions: of parameters; None where the paper gives none.
        ours: the name of our network of the same kind, whose measurements stand beside it.
    """

    title: str
    accuracy: float
    millions: float | None = None
    ours: str | None = None


PAPER: Final[dict[str, tuple[Reported, ...]]] = {
    "gtsrb": (
        Reported("HOG + SVM", 0.776),
        Reported("LBP + SVM", 0.711),
        Reported("LBP + RF", 0.697),
        Reported("PI + LDA + SVM", 0.823),
        Reported("LDA + RF", 0.823),
        Reported("Faster R-CNN", 0.918),
        Reported("Multiscale CNN", 0.954),
        Reported("MobileNet", 0.8815),
        Reported("ShuffleNet", 0.8899),
        Reported("EffNet", 0.9179),
        Reported("Multicolumn", 0.9946, 90),
        Reported("Weighted multiconvolutional", 0.9959, 75.3),
        Reported("DCR, bitwise", 0.9286, 0.83, "gtsrb-dcr"),
        Reported("CBCNN, bitwise", 0.9294, 0.59, "gtsrb"),
    ),
    "fashion-mnist": (
        Reported("ResNeXt-8-64 + random erasing", 0.962, 34.4),
        Reported("ResNet-110 + random erasing", 0.959, 1.7),
        Reported("VGG8B", 0.9547, 7.3),
        Reported("DeepCaps", 0.9446, 7.2),
        Reported("WRN-28-10 + random erasing", 0.963, 36.5),
        Reported("DARTS (2nd order) + cutout + random erasing", 0.9657, 2.6),
        Reported("Fine-tuning DARTS", 0.9691, 3.2),
        Reported("NeuPDE", 0.924, 0.4),
        Reported("CBCNN, bitwise", 0.9286, 0.48, "fashion-mnist"),
    ),
    "mnist": (
        Reported("SOPCNN", 0.9983, 1.4),
        Reported("No routing needed", 0.9987, 1.5),
        Reported("Efficient-CapsNet", 0.9984, 0.16),
        Reported("BNN, Torch7", 0.986, None, "mnist-bnn-mlp"),
        Reported("BNN, Theano", 0.9904),
        Reported("CBCNN, bitwise", 0.9932, 0.48, "mnist"),
    ),
}
"""By data set, in the paper's order."""
