"""Batch normalisation at inference."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from cbcnn_codegen.errors import ModelFileError
from cbcnn_codegen.ir import Float32Array
from cbcnn_codegen.ops.batch_norm import BatchNorm
from cbcnn_codegen.ops.layer_norm import LayerNorm
from cbcnn_codegen.read.chain import Chain
from cbcnn_codegen.read.layer_config import LayerConfig
from cbcnn_inputs.model_files.limits import quote


@dataclass
class _Arrays:
    """Reads the arrays of one layer in the order in which Keras numbers them."""

    layer: LayerConfig
    chain: Chain
    channels: int | None
    index: int = 0

    def next(self, name: str) -> Float32Array:
        values = self.chain.weights.read(self.layer, name, self.index, (self.channels,))
        self.index += 1
        self.channels = len(values)
        return values


def convert_batch_norm(layer: LayerConfig, chain: Chain) -> None:
    """A BatchNormalization over the last axis, whatever it leaves out."""
    rank = None if chain.dimensions is None else len(chain.dimensions) + 1
    reads_rows = rank == 3 and not chain.sequences
    if reads_rows or not _normalises_channels(layer, rank):
        chain.refuse(
            layer.refused(
                f"axis={quote(layer.get('axis'))} of {rank or 'unknown'} axes",
                "the last axis of a vector or of a map with channels",
                "axis=-1",
            )
        )
        chain.kind = None
        return
    if layer.get("virtual_batch_size") is not None:
        chain.refuse(layer.refused("virtual_batch_size", "plain batch normalization"))
    channels = None if chain.dimensions is None else chain.dimensions[-1]
    arrays = _Arrays(layer, chain, channels)
    gamma = arrays.next("gamma") if layer.flag("scale", True) else None
    beta = arrays.next("beta") if layer.flag("center", True) else None
    mean, variance = arrays.next("moving_mean"), arrays.next("moving_variance")
    epsilon = layer.number("epsilon", 1e-3)
    _check(layer, variance, epsilon)
    norm = BatchNorm(
        name=layer.name,
        gamma=np.ones_like(mean) if gamma is None else gamma,
        beta=np.zeros_like(mean) if beta is None else beta,
        mean=mean,
        variance=variance,
        epsilon=epsilon,
        fused=rank == 4 and chain.fused_norms and not _is_synchronized(layer),
    )
    chain.emit(norm, "reals")


def convert_layer_norm(layer: LayerConfig, chain: Chain) -> None:
    """A LayerNormalization over the last axis."""
    rank = None if chain.dimensions is None else len(chain.dimensions) + 1
    if (rank == 3 and not chain.sequences) or not _normalises_channels(layer, rank):
        found = f"axis={quote(layer.get('axis'))} of {rank or 'unknown'} axes"
        chain.refuse(layer.refused(found, "the last axis, that of channels", "axis=-1"))
        chain.kind = None
        return
    for key in ("rms_scaling",):
        if layer.get(key):
            chain.refuse(layer.refused(f"{key}={quote(layer.get(key))}", f"{key}=False"))
    if chain.dimensions is None:
        return
    channels = chain.dimensions[-1]
    arrays = _Arrays(layer, chain, channels)
    gamma = arrays.next("gamma") if layer.flag("scale", True) else None
    beta = arrays.next("beta") if layer.flag("center", True) else None
    epsilon = layer.number("epsilon", 1e-3)
    if not epsilon >= np.finfo(np.float32).tiny:
        raise layer.damaged("epsilon", epsilon, "a positive number")
    ones, zeros = np.ones(channels, np.float32), np.zeros(channels, np.float32)
    norm = LayerNorm(
        layer.name, ones if gamma is None else gamma, zeros if beta is None else beta, epsilon
    )
    chain.emit(norm, "reals")


def _normalises_channels(layer: LayerConfig, rank: int | None) -> bool:
    """Whether each channel has its pair of values; Keras writes a number or a list."""
    axis = layer.get("axis", -1)
    if isinstance(axis, list) and len(axis) == 1:
        axis = axis[0]
    if type(axis) is not int:
        return False
    return axis == -1 or rank is None or axis == rank - 1


def _is_synchronized(layer: LayerConfig) -> bool:
    """These are not computed by TensorFlow's fused kernel."""
    marked = layer.get("synchronized") is True or layer.get("fused") is False
    return marked or layer.get("renorm") is True or layer.kind == "SyncBatchNormalization"


def _check(layer: LayerConfig, variance: Float32Array, epsilon: float) -> None:
    """Raise unless every `variance + epsilon` is positive."""
    if epsilon < 0 or (variance < 0).any():
        found = f"a variance of {variance.min()}" if epsilon >= 0 else f"epsilon={epsilon}"
        allowed = "numbers that are not negative"
    elif not ((variance + np.float32(epsilon)) > np.finfo(np.float32).tiny).all():
        found, allowed = "variance + epsilon = 0", "a positive sum"
    else:
        return
    raise ModelFileError(
        f"layer {quote(layer.name)} has an impossible batch normalization",
        found=found,
        allowed=allowed,
        suggestion="train the model again; its moving averages are broken",
    )


LAYERS: Final = {
    "BatchNormalization": convert_batch_norm,
    "LayerNormalization": convert_layer_norm,
    "SyncBatchNormalization": convert_batch_norm,
}
