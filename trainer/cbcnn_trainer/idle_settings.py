"""What each setting of a training run needs to change anything; without it, it is refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from cbcnn_inputs.datasets.registry import NAMES, is_drawn, mirrors
from cbcnn_inputs.idle_options import Requirement, refuse_idle
from cbcnn_inputs.own_pictures import FOLDER

if TYPE_CHECKING:
    from cbcnn_trainer.settings import Settings

_ASKS_FOR_NOTHING: Final[Mapping[str, Any]] = {
    "label_smoothing": 0,
    "distillation": 0,
    "mirror": False,
    "convolution": "tensorflow",
    "first_stride": 1,
    "residuals": (),
    "residual_relu": False,
    "shortcuts": True,
    "downsampling": "binary",
    "real_optimizer": "adam",
    "first_layer_rate": 1,
    "first_layer_scale": 1,
    "sharpen_epochs": 0,
    "feature_matching": 0,
}
"""Values that leave a step out, wherever they are given."""

_OF_OWN_PICTURES: Final = ("--size", "--fit", "--channels", "--test-fraction", "--group-by")
_OF_GROUPS: Final = (
    *("--real-optimizer", "--real-learning-rate", "--first-layer-rate", "--first-layer-scale"),
)


def refuse_idle_settings(settings: Settings, given: Mapping[str, Any]) -> None:
    """Raise if a setting that was asked for does not change this run.

    Args:
        settings: the whole run.
        given: what was asked for, by the names of `settings`.

    Raises:
        UsageError: names every such setting as the option that it is on the command line.
    """
    asked = {
        _option(name, value)
        for name, value in given.items()
        if name not in _ASKS_FOR_NOTHING or value != _ASKS_FOR_NOTHING[name]
    }
    refuse_idle(asked, _requirements(settings))


def _option(name: str, value: Any) -> str:
    return f"--{'no-' if value is False else ''}{name.replace('_', '-')}"


def _requirements(settings: Settings) -> list[Requirement]:
    """Options with an effect that depends on others; all the rest always have one."""
    net, dataset, block = settings.architecture, settings.dataset, settings.block
    entropy = settings.loss == "cross-entropy"
    has_maps, hidden = bool(net.filters), len(net.filters) + len(net.units)
    blocks = has_maps and net.downsampling == "binary"
    pools = blocks and net.pool_size > 1
    mirrored = ", ".join(name for name in NAMES if mirrors(name))
    split = f"a data set that is split; the parts of {dataset} are drawn"
    own = dataset == FOLDER
    own_pictures = f"pictures of your own: cbcnn-train {FOLDER}"
    standardised = block is not None and block.standardise_scale is not None
    signs = net.binary and hidden > 0
    windowed = signs and net.activation_gradient == "ste-sign"
    latent = net.binary and (
        "binary" in (net.ending, net.downsampling if has_maps else "") or any(net.residuals)
    )
    teacher = "--distillation, a teacher's share of the targets"
    return [
        Requirement("--validation-fraction", own or not is_drawn(dataset), split),
        Requirement(
            "--mirror", own or bool(mirrors(dataset)), f"classes with mirror images: {mirrored}"
        ),
        *(Requirement(option, own, own_pictures) for option in _OF_OWN_PICTURES),
        Requirement("--label-smoothing", entropy, "--loss cross-entropy"),
        Requirement("--distillation", entropy, "--loss cross-entropy"),
        Requirement("--temperature", settings.distillation > 0, teacher),
        Requirement("--teacher-view", settings.distillation > 0, teacher),
        Requirement("--feature-matching", has_maps, "--filters"),
        Requirement("--kernel-size", has_maps, "--filters"),
        Requirement("--pool-size", has_maps, "--filters"),
        Requirement("--convolution", blocks, "Binary Blocks 1: --filters, --downsampling binary"),
        Requirement("--first-stride", blocks, "Binary Blocks 1: --filters, --downsampling binary"),
        Requirement("--residuals", has_maps, "--filters"),
        Requirement("--downsampling", has_maps, "--filters"),
        Requirement("--residual-relu", any(net.residuals), "--residuals"),
        Requirement("--no-shortcuts", any(net.residuals), "--residuals"),
        Requirement("--first-order", pools, "--filters and a --pool-size above 1"),
        Requirement("--activation-gradient", signs, "signs between layers"),
        Requirement("--sharpen-epochs", signs, "signs between layers"),
        Requirement(
            "--gradient-window", windowed, "signs between layers, --activation-gradient ste-sign"
        ),
        *(Requirement(option, latent, "binary layers") for option in _OF_GROUPS),
        Requirement("--real-momentum", settings.real_optimizer == "sgd", "--real-optimizer sgd"),
        Requirement("--standardise-scale", standardised, "--preprocessing block"),
    ]
