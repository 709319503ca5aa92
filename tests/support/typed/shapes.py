"""What moves, pools and joins the numbers of maps, in every form; see `FORMS`."""

from __future__ import annotations

from collections.abc import Callable

from support.typed.program import Program, Size, Value

Form = Callable[[Program, Value], Value]
Resize = Callable[[int, int, int], Size]


def _moved(form: str, resize: Resize, least: Size = (1, 1, 1)) -> Form:
    """A form with the size that it makes; of maps that are too small it makes nothing."""

    def apply(program: Program, value: Value) -> Value:
        if any(size < most for size, most in zip(value.size, least, strict=True)):
            return value
        height, width, channels = value.size
        names = {"x": value, "h": height, "w": width, "c": channels}
        return program.join(form.format(**names), resize(height, width, channels))

    return apply


def _half(size: int) -> int:
    return -(-size // 2)


MOVES = (
    _moved("layers.ZeroPadding2D()({x})", lambda h, w, c: (h + 2, w + 2, c)),
    _moved("layers.ZeroPadding2D(((1, 0), (0, 2)))({x})", lambda h, w, c: (h + 1, w + 2, c)),
    _moved("layers.Cropping2D(1)({x})", lambda h, w, c: (h - 2, w - 2, c), (3, 3, 1)),
    _moved(
        "layers.Cropping2D(((0, 1), (1, 0)))({x})", lambda h, w, c: (h - 1, w - 1, c), (2, 2, 1)
    ),
    _moved("layers.UpSampling2D()({x})", lambda h, w, c: (2 * h, 2 * w, c)),
    _moved("layers.UpSampling2D((1, 3))({x})", lambda h, w, c: (h, 3 * w, c)),
    _moved("layers.Permute((2, 1, 3))({x})", lambda h, w, c: (w, h, c)),
    _moved("layers.Permute((1, 3, 2))({x})", lambda h, w, c: (h, c, w)),
    _moved(
        "layers.Reshape(({h}, {w}, 2 * {c}))(layers.Permute((1, 2, 4, 3))("
        "layers.Reshape(({h}, {w}, 2, {c}))(layers.Concatenate()([{x}, {x}]))))[..., :{c}]",
        lambda h, w, c: (h, w, c),
    ),
    _moved("layers.Reshape(({w}, {h}, {c}))({x})", lambda h, w, c: (w, h, c)),
    _moved("tf.reshape({x}, [-1, {w}, {h}, {c}])", lambda h, w, c: (w, h, c)),
    _moved("tf.transpose({x}, [0, 2, 1, 3])", lambda h, w, c: (w, h, c)),
    _moved("tf.compat.v1.transpose({x}, [0, 3, 2, 1])", lambda h, w, c: (c, w, h)),
    _moved("tf.pad({x}, [[0, 0], [1, 0], [0, 1], [0, 0]])", lambda h, w, c: (h + 1, w + 1, c)),
    _moved(
        "tf.pad({x}, [[0, 0], [1, 1], [0, 0], [0, 2]], constant_values=0.5)",
        lambda h, w, c: (h + 2, w, c + 2),
    ),
    _moved(
        "tf.compat.v1.pad({x}, [[0, 0], [0, 1], [1, 0], [0, 0]])",
        lambda h, w, c: (h + 1, w + 1, c),
    ),
    _moved("{x}[:, ::2, 1:, :]", lambda h, w, c: (_half(h), w - 1, c), (1, 2, 1)),
    _moved("{x}[..., 1:]", lambda h, w, c: (h, w, c - 1), (1, 1, 2)),
    _moved("tf.split({x}, [1, {c} - 1], axis=3)[1]", lambda h, w, c: (h, w, c - 1), (1, 1, 2)),
    _moved(
        "tf.nn.depth_to_space(tf.concat([{x}, {x}, {x}, {x}], -1), 2)",
        lambda h, w, c: (2 * h, 2 * w, c),
    ),
    _moved("tf.expand_dims({x}[:, 0], 1)", lambda _h, w, c: (1, w, c)),
    _moved("tf.expand_dims(tf.squeeze({x}[:, 1:2], 1), 1)", lambda _h, w, c: (1, w, c), (2, 1, 1)),
    _moved(
        "tf.expand_dims(tf.compat.v1.squeeze({x}[:, :, :1], [2]), 2)", lambda h, _w, c: (h, 1, c)
    ),
)
POOLS = (
    _moved("layers.MaxPooling2D()({x})", lambda h, w, c: (h // 2, w // 2, c), (2, 2, 1)),
    _moved("layers.MaxPool2D(3, 1, 'same')({x})", lambda h, w, c: (h, w, c)),
    _moved("layers.AveragePooling2D()({x})", lambda h, w, c: (h // 2, w // 2, c), (2, 2, 1)),
    _moved(
        "layers.AveragePooling2D(2, 1)(larq.quantizers.SteSign()({x}))",
        lambda h, w, c: (h - 1, w - 1, c),
        (2, 2, 1),
    ),
    _moved("layers.AvgPool2D(3, 2, 'same')({x})", lambda h, w, c: (_half(h), _half(w), c)),
    _moved("tf.nn.max_pool2d({x}, 2, 1, 'SAME')", lambda h, w, c: (h, w, c)),
    _moved("tf.nn.avg_pool2d({x}, 2, 2, 'SAME')", lambda h, w, c: (_half(h), _half(w), c)),
    _moved("{x} * layers.GlobalMaxPooling2D(keepdims=True)({x})", lambda h, w, c: (h, w, c)),
    _moved(
        "layers.Multiply()([{x}, layers.GlobalAveragePooling2D(keepdims=True)({x})])",
        lambda h, w, c: (h, w, c),
    ),
    _moved("{x} + tf.reduce_mean({x}, [1, 2], keepdims=True)", lambda h, w, c: (h, w, c)),
    _moved("{x} - tf.reduce_max({x}, axis=[1, 2], keepdims=True)", lambda h, w, c: (h, w, c)),
)
_SAME = tuple(
    _moved(form, lambda h, w, c: (h, w, c))
    for form in (
        "layers.Average()([{x}, layers.ReLU()({x})])",
        "layers.average([{x}, layers.ReLU()({x}), layers.ELU()({x})])",
        "layers.Maximum()([{x}, layers.Conv2D({c}, 1)({x})])",
        "layers.Minimum()([{x}, layers.Conv2D({c}, 1)({x})])",
        "layers.Multiply()([{x}, layers.Conv2D({c}, 1)({x})])",
        "layers.Subtract()([{x}, layers.Conv2D({c}, 1)({x})])",
        "tf.maximum({x}, layers.Conv2D({c}, 1)({x}))",
        "tf.minimum({x}, layers.Conv2D({c}, 1)({x}))",
        "{x} - layers.Conv2D({c}, 1)({x})",
        "{x} * layers.Conv2D({c}, 1)({x})",
        "tf.add_n([{x}, layers.Conv2D({c}, 1)({x}), layers.ReLU()({x})])",
        "layers.Add()([{x}, layers.Conv2D({c}, 1)({x}), layers.ReLU()({x})])",
        "tf.add({x}, layers.Conv2D({c}, 1)({x}))",
    )
)
JOINS = (
    *_SAME,
    _moved("layers.Concatenate(1)([{x}, layers.ReLU()({x})])", lambda h, w, c: (2 * h, w, c)),
    _moved("tf.concat([{x}, layers.ReLU()({x})], 2)", lambda h, w, c: (h, 2 * w, c)),
    _moved("layers.Concatenate()([{x}, layers.ReLU()({x}), {x}])", lambda h, w, c: (h, w, 3 * c)),
)
FORMS = (*MOVES, *POOLS, *JOINS)
