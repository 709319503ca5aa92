"""Says why layers cannot be generated, and what does the same or nearly the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from cbcnn_codegen.read.chain import Chain
from cbcnn_codegen.read.layer_config import LayerConfig
from cbcnn_inputs.model_files.limits import quote

_REAL: Final = "whose weights are not binary"
_BRANCH: Final = "which joins branches"
_AVERAGE: Final = "whose results are not integers of the next binary layer"
_CODE: Final = "which needs code to load, and a model file's code is never executed"
_OWN_WEIGHTS: Final = "which has weights of its own for every pixel"
_THREE_AXES: Final = "which works along three axes"
_TRAINING: Final = "which changes images in training"
_PREPARES: Final = "which prepares data that are not images"

_CONV: Final = "QuantConv2D with kernel_quantizer='ste_sign'"
_DENSE: Final = "QuantDense with kernel_quantizer='ste_sign'"
_TWO_AXES: Final = "images of two axes and channels, and the layers for them"
_SCORES: Final = "GlobalMaxPool2D, or Flatten and QuantDense"
_OUTSIDE: Final = "do it to the images before the model sees them, and leave it out"

_CURES: Final = (
    (_BRANCH, "Add, Average, Concatenate, Multiply or Subtract", "Dot"),
    (_BRANCH, "two values or more", "Add Average Concatenate Maximum Minimum Multiply Subtract"),
    (_REAL, _DENSE, "EinsumDense"),
    (_OWN_WEIGHTS, "QuantConv1D or Conv1D", "LocallyConnected1D QuantLocallyConnected1D"),
    ("whose windows differ in size", "MaxPool1D", "AdaptiveMaxPooling1D"),
    (_AVERAGE, "AveragePooling1D", "AdaptiveAveragePooling1D"),
    (_THREE_AXES, _TWO_AXES, "Conv3D Conv3DTranspose QuantConv3D QuantConv3DTranspose"),
    (_THREE_AXES, _TWO_AXES, "AdaptiveAveragePooling3D AdaptiveMaxPooling3D AveragePooling3D"),
    (_THREE_AXES, _TWO_AXES, "GlobalAveragePooling3D GlobalMaxPooling3D MaxPooling3D"),
    (_THREE_AXES, _TWO_AXES, "ConvLSTM3D Cropping3D SpatialDropout3D UpSampling3D ZeroPadding3D"),
    (_OWN_WEIGHTS, "QuantConv2D or Conv2D", "LocallyConnected2D QuantLocallyConnected2D"),
    (_AVERAGE, "MaxPool2D", "AdaptiveAveragePooling2D"),
    ("whose windows differ in size", "MaxPool2D", "AdaptiveMaxPooling2D"),
    (
        "whose scale depends on the images",
        "SteSign(), or magnitude_aware_sign as kernel_quantizer",
        "MagnitudeAwareSign",
    ),
    (
        "whose scale depends on the image",
        "BatchNormalization",
        "GroupNormalization RMSNormalization UnitNormalization",
    ),
    ("which scales weights", _CONV, "SpectralNormalization"),
    (
        "which has a scale for each channel",
        "Rescaling with one scale and offset, or BatchNormalization",
        "Normalization",
    ),
    (
        "which remembers what it saw before",
        "QuantConv2D over a window of time, an image of shape (1, n, channels)",
        "AbstractRNNCell Bidirectional ConvLSTM1D ConvLSTM2D GRU GRUCell LSTM LSTMCell RNN "
        "SimpleRNN SimpleRNNCell StackedRNNCells TimeDistributed",
    ),
    (
        "which multiplies values with values",
        "QuantConv2D",
        "AdditiveAttention Attention GroupQueryAttention GroupedQueryAttention MultiHeadAttention",
    ),
    ("which does nothing", "leave it out", "Masking"),
    ("which makes images of another size", _OUTSIDE, "CenterCrop RandomCrop Resizing"),
    (
        _TRAINING,
        "change the data set, and leave it out of the model",
        "AugMix AutoContrast ContrastLimitedAdaptiveHistogramEqualization CutMix Equalization "
        "MaxNumBoundingBoxes MixUp RandAugment RandomBrightness RandomColorDegeneration "
        "RandomColorJitter RandomContrast RandomElasticTransform RandomErasing RandomFlip "
        "RandomGaussianBlur RandomGrayscale RandomHeight RandomHue RandomInvert RandomPerspective "
        "RandomPosterization RandomRotation RandomSaturation RandomSharpness RandomShear "
        "RandomTranslation RandomWidth RandomZoom Solarization",
    ),
    (
        _PREPARES,
        "images of integers, such as spectrograms, made before the model sees them",
        "CategoryEncoding DenseFeatures Discretization Embedding HashedCrossing Hashing "
        "IntegerLookup MelSpectrogram ReversibleEmbedding STFTSpectrogram StringLookup "
        "TextVectorization",
    ),
    (
        _CODE,
        "layers that say what they compute",
        "FlaxLayer JaxLayer Lambda Layer Operation Pipeline SlicingOpLambda TFOpLambda TFSMLayer "
        "TorchModuleWrapper Wrapper",
    ),
)

_REASONS: Final = {name: (reason, cure) for reason, cure, names in _CURES for name in names.split()}
JOINS: Final = frozenset(name for name, (reason, _) in _REASONS.items() if reason == _BRANCH)
"""Layers that read several values."""


def refuse_unknown(layer: LayerConfig, chain: Chain, known: Sequence[str]) -> None:
    """Refuse a layer of a class that no converter takes."""
    reason, cure = _REASONS.get(layer.kind, (None, None))
    if reason is None and ("." in layer.kind or ">" in layer.kind):
        reason, cure = _CODE, "layers of Keras and Larq that do the same"
    found = quote(layer.kind)[1:-1]
    own = layer.name if layer.kind == "Lambda" else layer.kind.rpartition(">")[2]
    if reason is None or layer.kind == "Lambda":
        cure = f"--custom {own}=identity, =scale, =bias or a function, if that is what it does"
    chain.refuse(
        layer.refused(
            f"{found}, {reason}" if reason else f"a layer of the class {found}",
            f"layers of the classes {', '.join(known)}",
            cure or "layers of these classes that do the same",
        )
    )
    chain.lose_track()
