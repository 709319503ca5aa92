"""JSON of layers and objects that would run code, reach files or take all memory."""

from __future__ import annotations

import base64
import marshal
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

Json = dict[str, Any]

PLACES: tuple[tuple[str, str], ...] = tuple(
    (layer, key)
    for layer, keys in (
        ("QuantConv2D", "activation kernel_quantizer input_quantizer kernel_initializer dtype"),
        ("QuantConv2D", "kernel_regularizer kernel_constraint bias_initializer pad_values"),
        ("BatchNormalization", "gamma_initializer beta_regularizer moving_mean_initializer axis"),
        ("QuantDense", "activation input_quantizer activity_regularizer units use_bias dtype"),
    )
    for key in keys.split()
)

UNKNOWN_OPTIONS = (
    *("function", "node_def", "call", "build", "__class__", "__init__", "_call_fn", "layer"),
    *("custom_objects", "vocabulary", "cell", "get_config", "from_config", "module", "weights"),
    *("input_tensor", "arguments", "fn", "compile", "dynamic", "experimental_autocast"),
)

_DEBUG = (
    "\n\x01w\x12\rDebugIdentity\x1a\x01x*\x18\n\x0btensor_name\x12\t\x12\x07owned:0"
    "*\x07\n\x01T\x12\x020\x01*(\n\ndebug_urls\x12\x1a\n\x18\x12\x16file://"
)


def _code(mark: Path) -> str:
    """A marshalled function that makes the file `mark`, in the form that Keras stores."""
    function = eval(f"lambda x: [open({str(mark)!r}, 'w').close(), x][1]")
    return base64.encodebytes(marshal.dumps(function.__code__)).decode()


def lambda_layer(mark: Path) -> Json:
    """A Lambda layer as Keras 2 writes it; loading it the unsafe way runs its code."""
    config = {
        "name": "evil",
        "trainable": True,
        "dtype": "float32",
        "function": [_code(mark), None, None],
        "function_type": "lambda",
        "module": "__main__",
        "output_shape": None,
        "output_shape_type": "raw",
        "output_shape_module": None,
        "arguments": {},
    }
    return {"class_name": "Lambda", "name": "evil", "config": config}


def _new_lambda(mark: Path) -> Json:
    config = {"code": _code(mark), "defaults": None, "closure": None}
    return {"class_name": "__lambda__", "config": config}


def draw_layer(rng: random.Random, mark: Path) -> Json:
    """A layer that is not on the list of those that only compute, or takes all memory."""
    name, command = "evil", f"touch {mark}"
    raw = {"node_def": _DEBUG + str(mark), "constants": {}}
    write = {"node_def": "\n\x01w\x12\tWriteFile\x1a\x01x\x1a\x01y", "constants": {"0": str(mark)}}
    inner = lambda_layer(mark)
    new = {"function": _new_lambda(mark), "arguments": {}}
    kinds: list[tuple[str, Json]] = [
        *(("TensorFlowOpLayer", raw), ("TensorFlowOpLayer", write), ("Lambda", new)),
        *(("TFOpLambda", {"function": f"{f}"}) for f in ("io.write_file", "py_function", "print")),
        *(("SlicingOpLambda", {"function": "__operators__.getitem"}), ("ClassMethod", {})),
        *(("InstanceMethod", {"cls_symbol": "os"}), ("InstanceProperty", {"attr_name": "x"})),
        *((wrapper, {"layer": inner}) for wrapper in ("TimeDistributed", "Bidirectional")),
        *(("RNN", {"cell": inner}), ("Wrapper", {"layer": inner})),
        *((lookup, {"vocabulary": "/etc/passwd"}) for lookup in ("StringLookup", "IntegerLookup")),
        *(("TextVectorization", {"vocabulary": "/etc/passwd"}), ("Hashing", {"num_bins": 2})),
        *((kind, {"command": command}) for kind in ("os.system", "builtins>exec", "Custom>Dense")),
        *((kind, {"units": 2}) for kind in ("dense", "Dense ", "Dense\0", "keras.layers.Dense")),
        *((kind, inner["config"]) for kind in ("CBCNN>Lambda", "Larq>Lambda", "keras>Lambda")),
        *(("UpSampling2D", {"size": [2**20, 2**20]}), ("ZeroPadding2D", {"padding": 2**20})),
        *(("Dense", {"units": 2**20}), ("Conv2D", {"filters": 2**10, "kernel_size": [2**9, 2**9]})),
        *(("Rescaling", {"scale": [1] * 2**20}), ("Reshape", {"target_shape": [2**20, 2**20]})),
        *((kind, {"layers": []}) for kind in ("MyModel", "keras.Model", "Sequential.", "Layer")),
    ]
    kind, config = rng.choice(kinds)
    entry: Json = {"class_name": kind, "name": name, "config": {"name": name, **config}}
    if rng.random() < 0.5:
        entry["module"] = rng.choice(["keras.layers", "os", "builtins", None, "tensorflow", 3])
    if rng.random() < 0.3:
        entry["registered_name"] = rng.choice([None, kind, "os>system", "Custom>Evil"])
    return lambda_layer(mark) if rng.random() < 0.2 else entry


def draw_object(rng: random.Random, mark: Path) -> Any:
    """What no option may be: the name of code, code itself, or nonsense."""
    command = f"touch {mark}"
    named = {"class_name": "function", "registered_name": "function", "module": "builtins"}
    return rng.choice(
        [
            {"module": "os", "class_name": "system", "config": command},
            {"module": "subprocess", "class_name": "Popen", "config": {"args": command}},
            {"module": "builtins", "class_name": "exec", "config": f"open({str(mark)!r}, 'w')"},
            *({**named, "config": name} for name in ("exec", "os.system", "eval", "__import__")),
            {"module": "keras.utils", "class_name": "get_file", "config": {"origin": "file:///"}},
            {"module": "tensorflow.io", "class_name": "write_file", "config": {"filename": "x"}},
            {"class_name": "SteSign", "registered_name": "os>system", "config": {}},
            {"class_name": "SteSign", "config": {"clip_value": _new_lambda(mark)}},
            {"class_name": "SteSign", "config": {"function": command}},
            {"class_name": "ReLU", "config": {"max_value": [command]}},
            {"class_name": "GlorotUniform", "config": {"seed": _new_lambda(mark)}},
            {"class_name": "L2", "config": {"l2": {"class_name": "__numpy__", "config": {}}}},
            {"class_name": ["SteSign"], "config": {}},
            {"class_name": "__typespec__", "spec_name": "os.system", "config": command},
            *(_new_lambda(mark), lambda_layer(mark), {"config": command}, [_new_lambda(mark)]),
            *("os.system", "builtins.exec", "lambda x: x", "tf.io.write_file", "Custom>ste_sign"),
            *([command], [[[]]], {"class_name": ""}, {"class_name": "relu\0"}),
        ]
    )


_NO_EPSILON: tuple[Any, ...] = (float("nan"), float("inf"), "0", [])
_NO_FORMAT: tuple[Any, ...] = ("channels", {}, 7)
BOMBS: tuple[tuple[str, str, Any], ...] = (
    *(("QuantConv2D", "filters", size) for size in (2**20, 2**40, 10**30, -1, 0, True, 1.5)),
    *(("QuantConv2D", "kernel_size", size) for size in ([10**6, 10**6], 2**20, [3], [[3]], "3")),
    *(("QuantConv2D", "strides", size) for size in ([0, 0], -1, [2**40, 1])),
    *(("QuantConv2D", "groups", size) for size in (0, 3, 2**40)),
    *(("QuantDense", "units", size) for size in (2**20, 2**31, 10**400, None)),
    *(("InputLayer", "batch_input_shape", shape) for shape in ([None, 2**20, 2**20, 8], [None], 1)),
    ("InputLayer", "batch_input_shape", [None, -8, 8, 1]),
    *(("BatchNormalization", "epsilon", value) for value in _NO_EPSILON),
    *(("BatchNormalization", "axis", value) for value in (10**9, [10**9], {"0": 1}, "-1")),
    *(("Flatten", "data_format", value) for value in _NO_FORMAT),
    *(
        ("QuantConv2D", "name", value)
        for value in ("x" * 10**6, "", 3, "../../x\0y", "\x1b[31mred")
    ),
)
"""A layer, its option, and a value that no memory holds, or that means nothing."""


def draw_calls(rng: random.Random, mark: Path) -> Any:
    """Calls of a layer that do not lead anywhere, or carry more than tensors."""
    evil = _new_lambda(mark)
    return rng.choice(
        [
            [[["nobody", 0, 0, {}]]],
            [[["head", 0, 0, {}]]],
            [[["image", 7, 0, {}]], [["image", 0, 9, {}]]],
            [[["image", 0, 0, {"training": evil}]]],
            [[["image", 0, 0, {"mask": ["image", 0, 0]}]]],
            [[["_CONSTANT_VALUE", -1, evil, {}]]],
            [{"args": [evil], "kwargs": {}}],
            [{"args": ["image"], "kwargs": {"x": evil}}],
            *([], [[]], [None], "image", {"image": 0}, [[["image", "0", 0]]]),
            [[["image", 0, 0, {}]]] * 5000,
        ]
    )


def _deep(root: Json) -> None:
    value: Any = []
    for _ in range(900):
        value = [value]
    root["config"]["layers"][1]["config"]["activation"] = value


def _nest(root: Json) -> None:
    layers = root["config"]["layers"]
    for depth in range(60):
        inner = {"name": f"m{depth}", "layers": layers}
        layers = [{"class_name": "Sequential", "name": f"m{depth}", "config": inner}]
    root["config"]["layers"] = layers


def _double(root: Json) -> None:
    """Models that call another one often, which calls another one often."""
    flat = {"class_name": "Flatten", "name": "flat", "config": {"name": "flat"}}
    start = {"batch_input_shape": [None, 8, 8, 1], "dtype": "float32", "name": "image"}
    image = {"class_name": "InputLayer", "name": "image", "config": start, "inbound_nodes": []}
    inner, count = {**flat, "class_name": "Activation"}, 40
    inner["config"] = {"name": "flat", "activation": "relu"}
    for level in range(6):
        own = int(level > 0)  # a nested model has had a call of its own
        numbers = range(own, count + own)
        calls = [[["image", 0, 0, {}]], *([["flat", number, 0, {}]] for number in numbers)]
        config = {
            "name": "flat",
            "layers": [image, {**inner, "inbound_nodes": calls}],
            "input_layers": [["image", 0, 0]],
            "output_layers": [["flat", count + own, 0]],
        }
        inner = {"class_name": "Functional", "name": "flat", "config": config}
    root.update(class_name="Functional", config=inner["config"])


def _repeat(root: Json) -> None:
    layers = root["config"]["layers"]
    layers += [{**layers[3], "config": {"name": f"f{i}"}} for i in range(5000)]


def _replace(key: str, value: Any) -> Callable[[Json], None]:
    def change(root: Json) -> None:
        root[key] = value

    return change


STRUCTURES: tuple[tuple[str, Callable[[Json], None]], ...] = (
    ("lists in lists", _deep),
    ("models in models", _nest),
    ("thousands of layers", _repeat),
    ("models that call models", _double),
    ("no layers", _replace("config", {"name": "m", "layers": []})),
    ("a text for the options", _replace("config", "os.system")),
    ("a class of its own", _replace("class_name", "Evil")),
    ("no class", _replace("class_name", None)),
    ("a registered class", _replace("registered_name", "os>system")),
    ("a module's class", lambda root: root.update(module="os", class_name="system")),
)
