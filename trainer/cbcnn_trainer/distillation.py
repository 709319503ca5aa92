"""Targets that a teacher helps to set: a trained network's view of each changed image.

A target row becomes `(1 - share) * row + share * softmax(scores / temperature)`, with the teacher's
scores of the very image that the student sees, shifted and turned as it is. Cross-entropy is linear
in its targets, so this is the sum of two losses as in Hinton, Vinyals and Dean, "Distilling the
Knowledge in a Neural Network" (2015), with the temperature on the teacher's side alone: the
student's batch norm learns the scale of its own scores.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cbcnn_trainer import model_file
from cbcnn_trainer.backend import tf
from cbcnn_trainer.errors import DataError
from cbcnn_trainer.models import Shape
from cbcnn_trainer.settings import Settings


class Teacher:
    """Mixes the scores of a trained model into target rows.

    Args:
        model: Keras model from planes to one score per class.
        share: of the targets that is the teacher's, 0 to 1.
        temperature: divides the scores before the softmax.
    """

    def __init__(self, model: Any, share: float, temperature: float) -> None:
        self._model = model
        self._share = share
        self._temperature = temperature

    def mix(self, images: Any, rows: Any) -> Any:
        """Target rows [N, classes] for float32 planes [N, H, W, C] with the rows `rows`."""
        scores = tf.cast(self._model(images, training=False), tf.float32)
        opinion = tf.nn.softmax(scores / self._temperature)
        return (1 - self._share) * rows + self._share * opinion


def load_teacher(
    settings: Settings, path: Path | None, input_shape: Shape, classes: int
) -> Teacher | None:
    """The teacher that the settings ask for, or None where they ask for none.

    Raises:
        ModelFileError: the file cannot be read.
        DataError: no file, or a model for other images or classes.
    """
    if (path is None) != (settings.distillation == 0):
        raise DataError(
            "a teacher and its share of the targets belong together",
            found=f"teacher {path}, distillation {settings.distillation}",
            suggestion="--teacher MODEL --distillation 0.5",
        )
    if path is None:
        return None
    model = model_file.load(path)
    shapes = (tuple(model.input_shape[1:]), tuple(model.output_shape[1:]))
    facts = model_file.read_metadata(path)
    block = settings.block if facts is None else facts.preprocessing
    if shapes != (tuple(input_shape), (classes,)) or block != settings.block:
        raise DataError(
            f"{path} cannot teach this network",
            found=f"images {shapes[0]}, scores {shapes[1]}, preprocessing {block}",
            allowed=f"images {tuple(input_shape)}, scores {(classes,)}, preprocessing "
            f"{settings.block}",
            suggestion="train it on the same data set with --no-binary",
        )
    return Teacher(_in_precision(model, settings), settings.distillation, settings.temperature)


def _in_precision(model: Any, settings: Settings) -> Any:
    """The model computing as the student does in training; its scores stay float32."""
    if settings.precision == "float32":
        return model
    last = model.layers[-1].name

    def build(layer: Any) -> Any:
        dtype = "float32" if layer.name == last else "mixed_bfloat16"
        return type(layer).from_config({**layer.get_config(), "dtype": dtype})

    faster = tf.keras.models.clone_model(model, clone_function=build)
    faster.set_weights(model.get_weights())
    return faster
