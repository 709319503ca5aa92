"""One optimizer for each group of a model's weights, under one schedule.

Larq's `CaseOptimizer` does the same for Keras's legacy optimizers, which keep no moving average of
weights, decay none, and make their state only with the first step, so that no checkpoint could be
restored into it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from cbcnn_trainer.keras2.backend import tf


class Group(NamedTuple):
    """Some weights and what trains them.

    Attributes:
        has: whether a variable is one of them; the first group that has it counts.
        optimizer: a Keras optimizer of its own.
        factor: its learning rate as a multiple of the schedule's.
    """

    has: Callable[[Any], bool]
    optimizer: Any
    factor: float = 1.0


class ByGroup(tf.keras.optimizers.Optimizer):  # type: ignore[misc]
    """Trains each variable with the optimizer of its group.

    Averages of the weights, constraints and the count of steps are this optimizer's; only the step
    itself and the decay are the groups'. Setting `learning_rate` sets those of all groups.

    Args:
        rate: learning rate of the schedule.
        groups: the last one has all variables that no other has.
        others: see Keras's `Optimizer`.
    """

    def __init__(self, rate: float, groups: Sequence[Group], **others: Any) -> None:
        super().__init__(name="by_group", **others)
        self._has = [group.has for group in groups]
        self._optimizers = [group.optimizer for group in groups]
        self._factors = [group.factor for group in groups]
        self._trainers: dict[str, Any] = {}
        self._learning_rate = self._build_learning_rate(rate)
        for optimizer in self._optimizers:
            optimizer.iterations = self.iterations
        self.learning_rate = rate

    @property
    def learning_rate(self) -> Any:
        """The schedule's; assign a number to set those of all groups."""
        return self._learning_rate

    @learning_rate.setter
    def learning_rate(self, rate: float) -> None:
        self._learning_rate.assign(rate)
        for optimizer, factor in zip(self._optimizers, self._factors, strict=True):
            optimizer.learning_rate = rate * factor

    @property
    def variables(self) -> list[Any]:
        """All state: of this optimizer, then of each group."""
        return [*self._variables, *(v for one in self._optimizers for v in one.variables)]

    def build(self, var_list: Sequence[Any]) -> None:
        """Make the state of every group."""
        super().build(var_list)
        if getattr(self, "_built", False):
            return
        self._built = True
        parts: list[list[Any]] = [[] for _ in self._optimizers]
        for variable in var_list:
            number = next(index for index, has in enumerate(self._has) if has(variable))
            parts[number].append(variable)
            self._trainers[self._var_key(variable)] = self._optimizers[number]
        for optimizer, part in zip(self._optimizers, parts, strict=True):
            optimizer.build(part)

    def update_step(self, gradient: Any, variable: Any) -> None:
        """One step of the variable's own optimizer."""
        self._trainers[self._var_key(variable)].update_step(gradient, variable)

    def _apply_weight_decay(self, variables: Sequence[Any]) -> None:
        for optimizer in self._optimizers:
            own = [one for one in variables if self._trainers[self._var_key(one)] is optimizer]
            optimizer._apply_weight_decay(own)
