"""Tells by numbers how a binarized network learns: four columns of the log.

A weight that never changes its sign does not learn, one at the clip learns only outwards, an
activation outside the straight-through window passes no gradient on, and two filters that find the
same twice waste one.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cbcnn_trainer.kit import Kit

COLUMNS: Final = ("flips", "clipped", "in_window", "twins")
_IMAGES: Final = 250


class Health:
    """Watches the binary layers of one model from epoch to epoch.

    Args:
        kit: whose layers it has.
        model: Keras model in training.
        planes: integer planes [N, H, W, C], of which the first 250 are looked at.
        window: the straight-through gradient passes where an activation is within this distance
            of zero.
    """

    def __init__(self, kit: Kit, model: Any, planes: NDArray[Any], window: float) -> None:
        self._kit = kit
        self._layers = [layer for layer in model.layers if _limit(kit, layer)]
        self._signs = [_signs(layer) for layer in self._layers]
        self._window = window
        self._planes = kit.framework.tensor(planes[:_IMAGES].astype(np.float32))
        read = [layer.input for layer in model.layers if binarizes_input(kit, layer)]
        self._read = kit.keras.Model(model.inputs[0], read) if read else None

    def measure(self) -> dict[str, float]:
        """The columns of the epoch that just ended, 0 where a network has nothing of the kind.

        `flips`: share of the binary weights with another sign than at the last call. `clipped`:
        share of the latent weights at their limit. `in_window`: share of the activations that pass
        a gradient on, each layer counting alike. `twins`: filters of the first binary layer that
        repeat another one or its negation.
        """
        signs = [_signs(layer) for layer in self._layers]
        count = sum(array.size for array in signs)
        changed = sum(
            int((now != then).sum()) for now, then in zip(signs, self._signs, strict=True)
        )
        limits = [_limit(self._kit, layer) for layer in self._layers]
        clipped = sum(
            int((np.abs(layer.kernel.numpy()) >= limit).sum())
            for layer, limit in zip(self._layers, limits, strict=True)
        )
        self._signs = signs
        return {
            "flips": changed / count if count else 0.0,
            "clipped": clipped / count if count else 0.0,
            "in_window": self._in_window(),
            "twins": float(_twins(signs[0])) if signs else 0.0,
        }

    def _in_window(self) -> float:
        if self._read is None:
            return 0.0
        framework = self._kit.framework
        read = framework.flatten(self._read(self._planes, training=False))
        values = [framework.to_numpy(value) for value in read]
        return float(np.mean([np.mean(np.abs(value) <= self._window) for value in values]))


def _limit(kit: Kit, layer: Any) -> float:
    """Where the latent weights of a layer with binary weights are clipped; 0 for other layers."""
    others = kit.other_signs
    if others is not None and isinstance(layer, (others.conv, others.dense)):
        return float(layer.scale)
    return 1.0 if getattr(layer, "kernel_quantizer", None) is not None else 0.0


def binarizes_input(kit: Kit, layer: Any) -> bool:
    """Whether a layer makes signs of what it reads."""
    if getattr(layer, "input_quantizer", None) is not None:
        return True
    signs = kit.other_signs and kit.other_signs.activation
    return signs is not None and getattr(layer, "activation", None) is signs


def _signs(layer: Any) -> NDArray[np.bool_]:
    """Which latent weights are positive."""
    positive: NDArray[np.bool_] = layer.kernel.numpy() > 0
    return positive


def _twins(signs: NDArray[np.bool_]) -> int:
    """How many filters of a kernel [..., F] equal another one, or its negation."""
    filters = signs.reshape(-1, signs.shape[-1]).T
    alike = filters ^ filters[:, :1]  # a filter and its negation become the same
    return len(alike) - len(np.unique(alike, axis=0))
