"""What a model file may name, so that Keras 3 can build its layers and run no code of it.

Keras finds classes by the names in a file, in its own modules, in any module that the file names,
and among the classes that are registered. Here every name has to be on a list, wherever it is in
the file, and every module too; all of these compute a fixed function of their input and arrays.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from cbcnn_inputs.errors import ModelFileError
from cbcnn_inputs.model_files.limits import quote


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


LAYERS: Final = _words(
    """
    Activation ActivityRegularization Add AlphaDropout Average AveragePooling1D
    AveragePooling2D BatchNormalization Concatenate Conv1D Conv1DTranspose Conv2D
    Conv2DTranspose Cropping1D Cropping2D Dense DepthwiseConv1D DepthwiseConv2D Dropout ELU
    Flatten Functional GaussianDropout GaussianNoise GlobalAveragePooling1D
    GlobalAveragePooling2D GlobalMaxPooling1D GlobalMaxPooling2D Identity InputLayer
    LayerNormalization LeakyReLU MaxPooling1D MaxPooling2D Maximum Minimum Model Multiply
    PReLU Permute QuantConv2D QuantDense QuantDepthwiseConv2D QuantSeparableConv2D ReLU
    RepeatVector Rescaling Reshape SeparableConv1D SeparableConv2D Sequential Softmax
    SpatialDropout1D SpatialDropout2D Subtract UpSampling1D UpSampling2D ZeroPadding1D
    ZeroPadding2D
    """
)
OBJECTS: Final = _words(
    """
    ApproxSign DoReFa DoReFaQuantizer MagnitudeAwareSign NoOp NoOpQuantizer SteHeaviside
    SteSign SteTern SwishSign approx_sign dorefa_quantizer magnitude_aware_sign
    ste_heaviside ste_sign ste_tern swish_sign Constant GlorotNormal GlorotUniform HeNormal
    HeUniform Identity IdentityInitializer LecunNormal LecunUniform Ones Orthogonal
    OrthogonalInitializer RandomNormal RandomUniform TruncatedNormal VarianceScaling Zeros
    L1 L1L2 L2 OrthogonalRegularizer MaxNorm MinMaxNorm NonNeg UnitNorm WeightClip
    weight_clip DTypePolicy __ellipsis__ __keras_tensor__ __tuple__
    """
)
FUNCTIONS: Final = _words(
    """
    celu elu exponential gelu glu hard_sigmoid hard_silu hard_swish hard_tanh leaky_relu
    linear log_sigmoid log_softmax mish relu relu6 selu sigmoid silu softmax softplus
    softsign sparse_plus squareplus swish tanh tanh_shrink
    """
)
MODULES: Final = _words(
    """
    builtins cbcnn_layers cbcnn_layers.constraints cbcnn_layers.layers
    cbcnn_layers.quantizers keras keras.activations keras.constraints keras.dtype_policies
    keras.initializers keras.layers keras.models keras.regularizers
    keras.src.models.functional keras.src.models.sequential
    """
)

_OF_LARQ: Final = _words("larq.constraints larq.layers larq.quantizers")
"""Modules of Larq, whose classes `cbcnn_layers` registers under their plain names."""

_FUNCTION: Final = "function"
_CODE: Final = ("compile_config",)
"""What says how a model was trained; it may name losses and metrics of anybody's."""


def demand_allowed(architecture: Any, file: str) -> Any:
    """The architecture without what only training needs, once all that it names is on the lists.

    Args:
        architecture: the JSON of a model.
        file: its name, for messages.

    Raises:
        ModelFileError: something in it is not.
    """
    translated = _translated(architecture)
    for entry in _objects(translated):
        for name, known in _names(entry):
            if name not in known:
                raise ModelFileError(
                    f"{file} holds an object that needs code to load",
                    found=f"{quote(name)} in {quote(_place(entry))}",
                    allowed="layers and quantizers of Keras 3 and of cbcnn_layers that say what "
                    "they compute",
                    suggestion="replace it by one of these, or --against reference",
                )
    return translated


def _objects(value: Any) -> Iterator[Mapping[str, Any]]:
    """Whatever Keras would make something of, at any depth, the outer ones first."""
    if isinstance(value, Mapping):
        if any(key in value for key in ("class_name", "registered_name", "module")):
            yield value
        for inner in value.values():
            yield from _objects(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _objects(inner)


def _names(entry: Mapping[str, Any]) -> Iterator[tuple[Any, frozenset[str]]]:
    """Every name of an entry by which Keras may look for something, and what it may be."""
    kind, registered = entry.get("class_name"), entry.get("registered_name")
    if kind == _FUNCTION:
        yield entry.get("config"), FUNCTIONS
    else:
        yield _plain(kind), LAYERS | OBJECTS
    if registered not in (None, _FUNCTION):
        yield _plain(registered), LAYERS | OBJECTS | FUNCTIONS
    if entry.get("module") is not None:
        yield entry["module"], MODULES


def _plain(name: Any) -> Any:
    """A name without a package that this tool knows."""
    if not isinstance(name, str):
        return quote(name)
    package, separator, plain = name.partition(">")
    return plain if separator and package in ("cbcnn_layers", "Larq") else name


def _place(entry: Mapping[str, Any]) -> Any:
    config = entry.get("config")
    named = config.get("name") if isinstance(config, Mapping) else None
    return named or entry.get("name") or entry.get("class_name")


def _translated(value: Any) -> Any:
    """The same without what only training needs, and with this package's classes for Larq's."""
    if isinstance(value, list):
        return [_translated(inner) for inner in value]
    if not isinstance(value, Mapping):
        return value
    if value.get("class_name") == "Policy" and isinstance(value.get("config"), Mapping):
        return value["config"].get("name")  # Keras 3 has no such class, but knows the names
    kept = {key: _translated(inner) for key, inner in value.items() if key not in _CODE}
    named = (value.get("class_name"), value.get("registered_name"))
    is_larq = any(isinstance(name, str) and name.startswith("Larq>") for name in named)
    if is_larq or value.get("module") in _OF_LARQ:
        plain = _plain(value.get("class_name"))
        kept.update(class_name=plain, registered_name=plain, module=None)
    return kept
