"""The loop of a training on an accelerator: an epoch is one call of a compiled function.

All images are on the device, as bytes. `lax.scan` runs the steps of an epoch: it picks a batch,
changes it, and descends. Nothing returns to the processor but the weights and two numbers.

Sums stay exact where they are: products of signs and 8-bit integers have at most 8 significant
bits, so bfloat16 and the 10 bits that a tensor core takes of float32 hold them, and sums are
collected in float32. Of scores that bfloat16 rounds the validation knows nothing: it computes in
float32, in the network that is saved.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, Final, NamedTuple

import jax
import numpy as np
from jax import numpy as jnp

from cbcnn_trainer.accelerated.job import Job
from cbcnn_trainer.accelerated.network import Variables, descend, scores_of, values_of
from cbcnn_trainer.keras3 import changes

Array = Any


class OnDevice(NamedTuple):
    """What lies on the device all the time.

    Attributes:
        planes: bytes of all images to train on.
        labels: their labels.
        opinions: the teacher's targets, if they were looked up beforehand.
        teacher: trained and measured arrays of a teacher that is asked, or empty lists.
    """

    planes: Array
    labels: Array
    opinions: Array
    teacher: tuple[list[Array], list[Array]]


Epoch = Callable[[Variables, Array, Array, OnDevice], tuple[Variables, Array]]

_AT_ONCE: Final = 1000
"""Images that are validated at once."""


@dataclass(frozen=True)
class Networks:
    """The Keras 3 models of a training.

    Attributes:
        model: trained, in the precision of the recipe.
        judge: the same of float32, which is validated and saved.
        teacher: or None; where it was asked beforehand, too.
    """

    model: Any
    judge: Any
    teacher: Any = None


@dataclass
class Loop:
    """A training, compiled for the device that JAX has."""

    job: Job
    networks: Networks

    def run_epoch(self, weights: Variables, epoch: int, seed: int) -> tuple[Variables, list[float]]:
        """The weights after an epoch, its loss, and its share of right answers."""
        recipe = self.job.recipe
        key = jax.random.fold_in(jax.random.key(seed), epoch)
        rates = jnp.asarray(self.job.rates[epoch])
        weights, told = self._compiled(weights, key, rates, self._given)
        if recipe.weight_average:
            weights = weights._replace(trained=[jnp.array(value) for value in weights.average])
        return weights, [float(value) for value in told]

    @cached_property
    def _given(self) -> OnDevice:
        teacher, job = self.networks.teacher, self.job
        asked = ([], []) if teacher is None else values_of(teacher)
        planes, labels, opinions = map(jnp.asarray, (job.planes, job.labels, job.opinions))
        return OnDevice(planes, labels, opinions, asked)

    @cached_property
    def _compiled(self) -> Epoch:
        recipe = self.job.recipe
        steps, size = self.job.rates.shape[1], recipe.batch_size

        def step(
            given: OnDevice, weights: Variables, drawn: tuple[Array, Array, Array]
        ) -> tuple[Variables, Array]:
            numbers, key, rate = drawn
            images, rows = self._batch(key, numbers, given)
            loss = partial(self._loss, weights.measured, images, rows)
            (value, (measured, right)), gradients = jax.value_and_grad(loss, has_aux=True)(
                weights.trained
            )
            weights = descend(
                self.networks.model,
                weights._replace(measured=measured),
                gradients,
                *(rate, recipe.beta_2, recipe.weight_average),
            )
            return weights, jnp.stack([value, right])

        def epoch(
            weights: Variables, key: Array, rates: Array, given: OnDevice
        ) -> tuple[Variables, Array]:
            order_key, step_key = jax.random.split(key)
            order = jax.random.permutation(order_key, len(given.planes))[: steps * size]
            drawn = (order.reshape(steps, size), jax.random.split(step_key, steps), rates)
            weights, told = jax.lax.scan(partial(step, given), weights, drawn)
            return weights, told.mean(axis=0)

        compiled: Epoch = jax.jit(epoch, donate_argnums=0)
        return compiled

    def _batch(self, key: Array, numbers: Array, given: OnDevice) -> tuple[Array, Array]:
        """Changed images and their target rows."""
        recipe, limits = self.job.recipe, self.job.recipe.changes
        images, labels = given.planes[numbers].astype(jnp.float32), given.labels[numbers]
        drawn = itertools.count()

        def seeds() -> Array:
            return jax.random.fold_in(key, next(drawn))

        levels = changes.levels_of(self.job.planes.dtype)
        images, labels, turned = changes.reverse(seeds, images, labels, recipe.mirrors)
        images = changes.move(seeds, images, limits)
        images = changes.change_levels(seeds, images, limits, levels)
        rows = self.rows(labels)
        if recipe.distillation:
            opinion = self._opinion(images, numbers, turned, given)
            rows = (1 - recipe.distillation) * rows + recipe.distillation * opinion
        return changes.mix(seeds, images, rows, limits)

    def _opinion(self, images: Array, numbers: Array, turned: Array, given: OnDevice) -> Array:
        """The teacher's targets, looked up or asked for."""
        if given.opinions.size:
            return given.opinions[turned.astype(jnp.int32), numbers].astype(jnp.float32)
        teacher = self.networks.teacher
        scores, _ = scores_of(teacher, *given.teacher, images, training=False)
        return jax.nn.softmax(scores / self.job.recipe.temperature)

    def rows(self, labels: Array) -> Array:
        """Target rows: one-hot, or -1 and +1 for the hinge."""
        rows = jax.nn.one_hot(labels, self.networks.judge.output_shape[-1])
        return rows if self.job.recipe.loss == "cross-entropy" else 2 * rows - 1

    def losses(self, scores: Array, rows: Array) -> Array:
        """The loss of each image."""
        recipe, classes = self.job.recipe, rows.shape[1]
        if recipe.loss != "cross-entropy":
            return jnp.square(jnp.maximum(1 - rows * scores, 0)).mean(axis=1)
        smoothed = rows * (1 - recipe.label_smoothing) + recipe.label_smoothing / classes
        return -(smoothed * jax.nn.log_softmax(scores)).sum(axis=1)

    def _loss(
        self, measured: list[Array], images: Array, rows: Array, trained: list[Array]
    ) -> tuple[Array, tuple[list[Array], Array]]:
        scores, after = scores_of(self.networks.model, trained, measured, images, training=True)
        right = (scores.argmax(axis=1) == rows.argmax(axis=1)).mean()
        return self.losses(scores, rows).mean(), (after, right)

    def validate(self, weights: Variables) -> tuple[float, float]:
        """Loss and share of right answers on the images that are held out."""
        losses, right = [], []
        for start in range(0, len(self.job.held_out), _AT_ONCE):
            part = slice(start, start + _AT_ONCE)
            planes, labels = self.job.held_out[part], self.job.held_out_labels[part]
            found = self._judged(weights.trained, weights.measured, planes, labels)
            losses.append(np.asarray(found[0]))
            right.append(np.asarray(found[1]))
        return float(np.concatenate(losses).mean()), float(np.concatenate(right).mean())

    @cached_property
    def _judged(self) -> Callable[..., tuple[Array, Array]]:
        def judge(
            trained: list[Array], measured: list[Array], planes: Array, labels: Array
        ) -> tuple[Array, Array]:
            images = planes.astype(jnp.float32)
            scores, _ = scores_of(self.networks.judge, trained, measured, images, training=False)
            return self.losses(scores, self.rows(labels)), scores.argmax(axis=1) == labels

        compiled: Callable[..., tuple[Array, Array]] = jax.jit(judge)
        return compiled
