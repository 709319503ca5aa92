"""Single layers of a draft: products, and what may stand between two of them."""

from __future__ import annotations

import math

from support.typed import options
from support.typed.call import Call
from support.typed.state import Draft


def conv(draft: Draft, filters: int, sizes: tuple[int, ...] = (1, 2, 3, 3, 5)) -> None:
    """A binary convolution."""
    geometry, padding = options.window(draft, sizes, 2)
    size, strides = geometry["size"], geometry["strides"]
    shape = {
        **draft.sometimes(0.8 if strides == (1, 1) else 1, strides=options.pair(draft, *strides)),
        **({"padding": padding} if padding == "same" or draft.chance(0.3) else {}),
        **draft.sometimes(0.05, data_format="channels_last"),
        **draft.sometimes(0.05, dilation_rate=1),
    }
    height, width, _ = draft.dimensions
    if draft.zero < 0:
        given = {**shape, **_scaled(draft)}
        draft.add("cbcnn.BinaryConv2D", filters, options.pair(draft, *size), **given)
    else:
        may_pad = padding == "same" and draft.pixels == 1  # a flattened map takes zeros alone
        pad = draft.sometimes(0.5 if may_pad else 0, pad_values=draft.pick([0, 1, -1.0]))
        quantizers = {**options.input_quantizer(draft), **options.kernel(draft)}
        common = {**options.shared(draft), **activation(draft)}
        draft.add(
            "larq.layers.QuantConv2D",
            filters,
            options.pair(draft, *size),
            **shape,
            **pad,
            **quantizers,
            **common,
        )
    rows, columns = (
        options.output_size(*axis, padding)
        for axis in zip((height, width), size, strides, strict=True)
    )
    _made(draft, (rows, columns, filters))


def dense(draft: Draft, units: int, *, last: bool = False) -> None:
    """A binary dense layer; on a map it acts on the channels."""
    if draft.zero < 0:
        draft.add("cbcnn.BinaryDense", units, **_scaled(draft))
    else:
        quantizers = {**options.input_quantizer(draft), **options.kernel(draft)}
        common = {**options.shared(draft), **({} if last else activation(draft))}
        draft.add("larq.layers.QuantDense", units, **quantizers, **common)
    _made(draft, (*draft.dimensions[:-1], units))


def _scaled(draft: Draft) -> dict[str, object]:
    """Options of the CBCNN authors' layers, whose weights are -H and +H."""
    scale = draft.pick([1.0, 1.0, 0.5, "Glorot", 0.3])
    return {**draft.sometimes(0.7, H=scale), **draft.sometimes(0.6, use_bias=draft.chance(0.4))}


def activation(draft: Draft) -> dict[str, object]:
    """The `activation` option of a product in the middle of a network."""
    drawn = draft.rng.random()
    if drawn < 0.08:
        return {"activation": draft.pick([None, "linear"])}
    if drawn < 0.13:
        return {"activation": "relu"}
    return {"activation": options.sign_object(draft)} if drawn < 0.18 else {}


def _made(draft: Draft, dimensions: tuple[int, ...]) -> None:
    draft.dimensions, draft.pixels = dimensions, 1
    last = draft.parts[-1].call.options.get("activation")
    draft.kind = "signs" if isinstance(last, Call) else "sums"


def norm(draft: Draft) -> None:
    """A batch norm over the channels."""
    axis = len(draft.dimensions)
    draft.add(
        "layers.BatchNormalization",
        **draft.sometimes(0.15, axis=draft.pick([-1, axis, [axis]])),
        **draft.sometimes(0.3, momentum=draft.pick([0.9, 0.999])),
        **draft.sometimes(0.3, epsilon=draft.pick([1e-5, 1e-4, 1e-6])),
        **draft.sometimes(0.2, scale=draft.chance(0.2)),
        **draft.sometimes(0.15, center=draft.chance(0.2)),
        **draft.sometimes(0.04, synchronized=True),
        **draft.sometimes(0.05, trainable=False),
    )
    draft.kind = "sums"


def relu(draft: Draft) -> None:
    """max(x, 0) in one of its forms."""
    draft.add(*draft.pick([("layers.ReLU",), ("layers.Activation", "relu")]))


def sign(draft: Draft) -> None:
    """A binarization that is a layer."""
    if draft.zero > 0 and draft.chance(0.5):
        quantizer = options.sign_object(draft)
        draft.add(quantizer.function, **quantizer.options)
    else:
        draft.add("layers.Activation", options.binary_activation(draft))
    draft.kind = "signs"


def pool(draft: Draft) -> None:
    """Max pooling of any size and stride."""
    geometry, padding = options.window(draft, (2, 2, 3, 1), 3)
    size, strides = geometry["size"], geometry["strides"]
    given: dict[str, object] = {}
    if size != (2, 2) or draft.chance(0.5):
        given["pool_size"] = options.pair(draft, *size)
    if strides == size or draft.chance(0.5):
        strides = size
        given |= draft.sometimes(0.3, strides=None)
    else:
        given["strides"] = options.pair(draft, *strides)
    if padding == "same":
        given["padding"] = padding
    height, width, channels = draft.dimensions
    draft.add(draft.pick(["layers.MaxPool2D", "layers.MaxPooling2D"]), **given)
    rows, columns = (
        options.output_size(*axis, padding)
        for axis in zip((height, width), size, strides, strict=True)
    )
    draft.dimensions = (rows, columns, channels)


def global_pool(draft: Draft) -> None:
    """The maximum of a whole map."""
    keep = draft.sometimes(0.5, keepdims=draft.chance(0.7))
    draft.add(draft.pick(["layers.GlobalMaxPool2D", "layers.GlobalMaxPooling2D"]), **keep)
    channels = draft.dimensions[-1]
    draft.dimensions = (1, 1, channels) if keep.get("keepdims") else (channels,)


def flatten(draft: Draft) -> None:
    """Rows, columns and channels become one axis."""
    forms: list[tuple[object, ...]] = [("layers.Flatten",)] * 4
    forms += [("layers.Reshape", (-1,)), ("layers.Reshape", (draft.size,))]
    draft.add(*draft.pick(forms))  # type: ignore[arg-type]
    draft.pixels *= math.prod(draft.dimensions[:2]) if len(draft.dimensions) > 1 else 1
    draft.dimensions = (draft.size,)


def to_map(draft: Draft) -> None:
    """An axis of one channel at the end, or two of one row and column in front."""
    height, width = draft.dimensions if len(draft.dimensions) == 2 else (1, 1)
    channels = draft.size // (height * width)
    wildcard = (height, width, -1)
    draft.add("layers.Reshape", draft.pick([(height, width, channels), wildcard]))
    draft.dimensions = (height, width, channels)


def nothing(draft: Draft) -> None:
    """A layer that does nothing at inference."""
    forms: list[tuple[object, ...]] = [
        ("layers.Dropout", 0.5),
        ("layers.GaussianNoise", 0.1),
        ("layers.GaussianDropout", 0.2),
        ("layers.AlphaDropout", 0.2),
        ("layers.ActivityRegularization", 0.01),
        ("layers.Activation", "linear"),
    ]
    if draft.is_map:
        forms.append(("layers.SpatialDropout2D", 0.3))
    draft.add(*draft.pick(forms))  # type: ignore[arg-type]


def softmax(draft: Draft) -> None:
    """What keeps the order of the scores."""
    draft.add(*draft.pick([("layers.Softmax",), ("layers.Activation", "softmax")]))
