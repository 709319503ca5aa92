"""Feature matching: a student whose blocks look where those of its teachers look.

The attention map of a block is the sum of squares over the channels of what it ends in, in front of
the sign or ReLU of the next one, divided by its norm. The loss grows by the squared distance of the
student's and the teachers' mean map, summed over the blocks: Martinez and others, "Training Binary
Neural Networks with Real-to-Binary Convolutions" (2020), after Zagoruyko and Komodakis, "Paying
More Attention to Attention" (2017).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, Final

from cbcnn_inputs.errors import DataError
from cbcnn_trainer.keras2.backend import tf

_OF_BLOCK: Final = re.compile(r"conv_(\d+)(_|$)")

Maps = list[Any]


def blocks_of(model: Any) -> Maps:
    """What each convolution block ends in, symbolic [N, H, W, C], by the names of `models`."""
    ends: dict[int, Any] = {}
    for layer in model.layers:
        found = _OF_BLOCK.match(layer.name)
        if found and len(layer.output.shape) == 4:
            ends[int(found[1])] = layer.output
    return [ends[number] for number in sorted(ends)]


def demand_same_maps(name: str, teacher: Any, student: Any) -> None:
    """Demand that teacher and student have blocks with maps of the same sizes, one for one.

    Args:
        name: of the teacher's file.
        teacher: its Keras model.
        student: a Keras model of the network in training.

    Raises:
        DataError: they have not.
    """
    theirs, ours = (_sizes(model) for model in (teacher, student))
    if theirs != ours:
        shown = [
            ", ".join(f"{height}x{width}" for height, width in sizes) for sizes in (theirs, ours)
        ]
        raise DataError(
            f"{name} has other maps than this network, so features cannot be matched",
            found=f"{len(theirs)} blocks of convolutions with maps {shown[0] or 'none'}",
            allowed=f"{len(ours)} with maps {shown[1]}, of any number of channels",
            suggestion="train the teacher with cbcnn-train and this network's --filters, or more "
            "of each; or leave --feature-matching out",
        )


def _sizes(model: Any) -> list[tuple[int, int]]:
    return [(end.shape[1], end.shape[2]) for end in blocks_of(model)]


def attention(maps: Any) -> Any:
    """Float32 attention maps [N, H * W] of length 1, from maps [N, H, W, C]."""
    squares = tf.reduce_sum(tf.square(tf.cast(maps, tf.float32)), axis=3)
    return tf.math.l2_normalize(tf.reshape(squares, [tf.shape(squares)[0], -1]), axis=1)


def distance(maps: Sequence[Any], wanted: Sequence[Any]) -> Any:
    """Mean over the images of the squared distances, summed over the blocks.

    Args:
        maps: the student's, [N, H, W, C] of each block.
        wanted: attention maps [N, H * W] of each block.
    """
    gaps = [
        tf.reduce_sum(tf.square(attention(own) - other), axis=1)
        for own, other in zip(maps, wanted, strict=True)
    ]
    return tf.reduce_mean(tf.add_n(gaps))


def match_features(student: Any, teachers: Sequence[Any], weight: float) -> Any:
    """A model with the student's layers and weights that trains with the weighted distance too."""
    look = tf.keras.Model(student.inputs, [student.output, *blocks_of(student)])
    guides = [tf.keras.Model(teacher.inputs, blocks_of(teacher)) for teacher in teachers]

    def forward(images: Any) -> Any:
        return look(images, training=True)

    def wanted(images: Any) -> Maps:
        found = [tf.nest.flatten(guide(images, training=False)) for guide in guides]
        of_blocks = zip(*found, strict=True)
        return [tf.add_n([attention(one) for one in maps]) / len(maps) for maps in of_blocks]

    return _Matching(student, forward, wanted, weight)


class _Matching(tf.keras.Model):  # type: ignore[misc]
    """A student; functions hold the other models, so that their layers are not this model's."""

    def __init__(
        self,
        student: Any,
        forward: Callable[[Any], Any],
        wanted: Callable[[Any], Maps],
        weight: float,
    ) -> None:
        super().__init__(student.inputs, student.outputs, name=student.name)
        self._look = forward
        self._wanted = wanted
        self._weight = weight

    def train_step(self, data: Any) -> Any:
        """One step; the loss that is told leaves the distance out, as it does without matching."""
        images, rows = data
        wanted = self._wanted(images)
        with tf.GradientTape() as tape:
            scores, *maps = self._look(images)
            loss = self.compute_loss(images, rows, scores)
            loss += self._weight * distance(maps, wanted)
        self.optimizer.minimize(loss, self.trainable_variables, tape=tape)
        return self.compute_metrics(images, rows, scores, None)
