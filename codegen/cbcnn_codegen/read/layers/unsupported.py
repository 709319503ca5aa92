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
_ONE_AXIS: Final = "which works along one axis"
_THREE_AXES: Final = "which works along three axes"
_LARGER: Final = "which makes maps larger"
_TRAINING: Final = "which changes images in training"
_PREPARES: Final = "which prepares data that are not images"
_LEVELS: Final = "whose values are more than -1 and +1"

_CONV: Final = "QuantConv2D with kernel_quantizer='ste_sign'"
_DENSE: Final = "QuantDense with kernel_quantizer='ste_sign'"
_CONV_ROW: Final = "an input of shape (1, n, channels), and QuantConv2D with kernel_size=(1, k)"
_POOL_ROW: Final = "an input of shape (1, n, channels), and MaxPool2D with pool_size=(1, k)"
_TWO_AXES: Final = "images of two axes and channels, and the layers for them"
_SCORES: Final = "GlobalMaxPool2D, or Flatten and QuantDense"
_OUTSIDE: Final = "do it to the images before the model sees them, and leave it out"

_CURES: Final = (
    (_BRANCH, "Add, Concatenate or Multiply", "Average Dot Maximum Minimum Subtract"),
    (_BRANCH, "two values or more", "Add Concatenate Multiply"),
    (_REAL, _CONV, "LocallyConnected2D"),
    (_REAL, _DENSE, "EinsumDense"),
    (_REAL, _CONV_ROW, "Conv1D DepthwiseConv1D LocallyConnected1D SeparableConv1D"),
    (_ONE_AXIS, _CONV_ROW, "QuantConv1D QuantLocallyConnected1D QuantSeparableConv1D"),
    (_ONE_AXIS, _POOL_ROW, "MaxPooling1D GlobalMaxPooling1D AdaptiveMaxPooling1D"),
    (_ONE_AXIS, _POOL_ROW, "AveragePooling1D GlobalAveragePooling1D AdaptiveAveragePooling1D"),
    (_ONE_AXIS, "an input of shape (1, n, channels)", "Cropping1D UpSampling1D ZeroPadding1D"),
    (_THREE_AXES, _TWO_AXES, "Conv3D Conv3DTranspose QuantConv3D QuantConv3DTranspose"),
    (_THREE_AXES, _TWO_AXES, "AdaptiveAveragePooling3D AdaptiveMaxPooling3D AveragePooling3D"),
    (_THREE_AXES, _TWO_AXES, "GlobalAveragePooling3D GlobalMaxPooling3D MaxPooling3D"),
    (_THREE_AXES, _TWO_AXES, "ConvLSTM3D Cropping3D SpatialDropout3D UpSampling3D ZeroPadding3D"),
    ("which has weights of its own for every pixel", "QuantConv2D", "QuantLocallyConnected2D"),
    (_LARGER, "a model that ends in scores", "Conv1DTranspose Conv2DTranspose UpSampling2D"),
    (_LARGER, "a model that ends in scores", "QuantConv2DTranspose"),
    (_AVERAGE, "MaxPool2D", "AdaptiveAveragePooling2D"),
    ("whose windows differ in size", "MaxPool2D", "AdaptiveMaxPooling2D"),
    ("which is not the plain max(x, 0)", "ReLU", "ELU ThresholdedReLU"),
    (_LEVELS, "SteSign()", "SteTern"),
    (
        "whose scale depends on the images",
        "SteSign(), or magnitude_aware_sign as kernel_quantizer",
        "MagnitudeAwareSign",
    ),
    (
        "whose scale depends on the image",
        "BatchNormalization",
        "GroupNormalization LayerNormalization RMSNormalization UnitNormalization",
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
    ("which adds zeros of its own", "padding='same' in the convolution", "ZeroPadding2D"),
    ("which cuts a map", "images without that edge", "Cropping2D"),
    ("which moves values", "Flatten, and weights in that order", "Permute RepeatVector"),
    ("which does nothing", "leave it out", "Identity Masking"),
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
    chain.refuse(
        layer.refused(
            f"{found}, {reason}" if reason else f"a layer of the class {found}",
            f"layers of the classes {', '.join(known)}",
            cure or "layers of these classes that do the same",
        )
    )
    chain.lose_track()
