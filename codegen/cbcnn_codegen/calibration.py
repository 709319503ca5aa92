"""What a calibration found: the ranges that quantize a network, and what that costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Calibration:
    """Ranges, and both networks' answers for the images that the ranges come from.

    Attributes:
        images: how many.
        has_classes: whether the network answers with a class.
        same_class: how many have the same class in the quantized network as in that of floats.
        labelled: whether the images have labels.
        right: how many of them the quantized network gets right; 0 without labels.
        right_in_floats: the same for the network of floats.
        off: of a network without classes the largest difference of a value that it puts out,
            relative to the largest of the output; 0 for others.
        ranges: the largest magnitude of each value of floats.
    """

    images: int
    has_classes: bool
    same_class: int
    labelled: bool
    right: int
    right_in_floats: int
    off: float
    ranges: Mapping[str, float]

    def describe(self) -> str:
        """One sentence for people."""
        if not self.has_classes:
            return (
                f"level 3, quantized, another network than the model: at most {self.off:.2%} "
                f"of the largest value off float32, for {self.images} calibration images"
            )
        same = f"the class is that of the float32 network for {self.same_class} of {self.images}"
        if not self.labelled:
            return f"level 3, quantized, another network than the model: {same} calibration images"
        return (
            f"level 3, quantized, another network than the model: {self.right / self.images:.2%} "
            f"right, {self.right_in_floats / self.images:.2%} in float32; {same} calibration images"
        )
