"""Functions of single numbers, in every form in which people write them; `{}` is the value."""

from __future__ import annotations

from support.typed.program import Program, Value

LAYERS = (
    "layers.ReLU()({})",
    "layers.ReLU(6.0)({})",
    "layers.ReLU(threshold=0.5)({})",
    "layers.ReLU(max_value=4.0, negative_slope=0.1)({})",
    "layers.LeakyReLU(0.1)({})",
    "layers.PReLU(shared_axes=[1, 2], alpha_initializer='he_normal')({})",
    "layers.PReLU(alpha_initializer='he_normal')({})",
    "layers.ThresholdedReLU(0.4)({})",
    "layers.ELU()({})",
    "layers.ELU(0.5)({})",
    "layers.Softmax()({})",
    "larq.quantizers.DoReFa(k_bit=3)({})",
    "larq.quantizers.NoOp(precision=1)({})",
    "larq.quantizers.SteHeaviside()({})",
    "larq.quantizers.SteTern()({})",
    "layers.Activation(larq.quantizers.SteTern(threshold_value=0.2))({})",
)
ACTIVATIONS = tuple(
    f"layers.Activation('{name}')({{}})"
    for name in (
        *("relu", "relu6", "hard_tanh", "tanh", "sigmoid", "hard_sigmoid", "swish"),
        *("elu", "selu", "softmax", "linear"),
    )
)
FUNCTIONS = (
    "tf.nn.relu({})",
    "tf.nn.relu6({})",
    "tf.nn.elu({})",
    "tf.nn.selu({})",
    "tf.nn.silu({})",
    "tf.nn.leaky_relu({}, alpha=0.1)",
    "tf.nn.sigmoid({})",
    "tf.sigmoid({})",
    "tf.nn.softmax({})",
    "tf.nn.tanh({})",
    "tf.tanh({})",
    "tf.abs({})",
    "tf.negative({})",
    "tf.sign({})",
    "tf.clip_by_value({}, -0.5, 1.0)",
    "tf.maximum({}, 0.1)",
    "tf.minimum({}, 0.1)",
    "{} * 0.75",
    "tf.multiply({}, 1.5)",
    "{} + 0.25",
    "tf.add({}, -0.25)",
    "{} - 0.5",
    "tf.subtract(0.5, {})",
    "{} / 2.0",
    "tf.divide({}, 3.0)",
    "tf.identity({})",
    "tf.stop_gradient({})",
    "tf.cast({}, 'float32')",
)
OWN = (
    "own.MyScale()({})",
    "own.MyBias()({})",
    "layers.Activation(own.my_clip)({})",
)
NORMS = (
    "layers.LayerNormalization(axis=-1)({})",
    "layers.LayerNormalization(epsilon=1e-5, scale=False)({})",
    "layers.experimental.SyncBatchNormalization()({})",
)
NOTHING = (
    "layers.ActivityRegularization(0.01)({})",
    "layers.AlphaDropout(0.2)({})",
    "layers.Dropout(0.5)({})",
    "layers.GaussianDropout(0.2)({})",
    "layers.GaussianNoise(0.1)({})",
    "layers.Identity()({})",
    "layers.SpatialDropout2D(0.3)({})",
)
_SEVERAL = 3
CURVES = (
    "layers.Activation('gelu')({})",
    "layers.Activation('softplus')({})",
    "layers.Activation('softsign')({})",
    "tf.nn.gelu({})",
    "tf.nn.softplus({})",
    "tf.nn.softsign({})",
    "tf.math.log_sigmoid({})",
    "tf.exp(tf.minimum({}, 1.0))",
)
"""Rare ones, which every eighth model of those with floats has at its end."""
FORMS = (*LAYERS, *ACTIVATIONS, *FUNCTIONS, *OWN, *NORMS, *NOTHING)


def apply(program: Program, value: Value, form: str) -> Value:
    """A form of a function, of all numbers of a value.

    Numbers that are normalised by their own mean are several: one alone is rounding errors.
    """
    if "LayerNormalization" in form and value.channels < _SEVERAL:
        form = "layers.BatchNormalization()({})"
    return program.join(form.format(value), value.size)


def any_function(program: Program, value: Value) -> Value:
    """One of the functions that people put between layers."""
    return apply(program, value, program.pick((*LAYERS[:7], *ACTIVATIONS[:6], *FUNCTIONS[:5])))
