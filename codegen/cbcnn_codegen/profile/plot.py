"""Draws a profile as a bar chart."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any, Final

from cbcnn_codegen.errors import OutputError, UsageError
from cbcnn_codegen.profile.loops import REST
from cbcnn_codegen.profile.result import LayerProfile, Profile, ratio
from cbcnn_codegen.tools import load_package
from cbcnn_inputs.files import write_whole

SUFFIXES: Final = (".svg", ".png")
COLOURS: Final = {
    "counting": "#33658a",
    "sums": "#86bbd8",
    "decoding": "#f6ae2d",
    "tables": "#f26419",
    "transposition": "#6a994e",
    "patches": "#a7c957",
    "comparison": "#9d4edd",
    "pooling": "#c77dff",
    REST: "#8d99ae",
}
"""Of the parts of a bar, one for each loop of `loops.py`, in their order."""

_LEGEND_COLUMNS: Final = 5
_INCHES_PER_BAR: Final = 0.45


def check_plot(path: Path) -> None:
    """Demand what `write_plot` needs before the work starts.

    Raises:
        UsageError: a kind of picture that cannot be written.
        OutputError: no folder for it.
        MissingToolError: Matplotlib is not installed.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise UsageError(
            "--plot cannot write this kind of file",
            found=repr(path.name),
            allowed="a name that ends in .svg or .png",
        )
    if not path.parent.is_dir():
        raise OutputError(f"{path} cannot be written", found=f"no folder {path.parent}")
    load_package("matplotlib", "draw")


def write_plot(profile: Profile, path: Path) -> None:
    """Draw one bar for each layer, its length the instructions, its parts the loops.

    Equal profiles give equal bytes.

    Raises:
        UsageError: nothing was counted by layer, or a kind of picture that cannot be written.
        OutputError: the file cannot be written.
    """
    check_plot(path)
    if any(layer.instructions is None for layer in profile.layers):
        raise UsageError(
            "there is nothing to draw",
            found=f"no instructions by layer for {profile.target}",
            allowed="the targets that are emulated",
        )
    matplotlib = load_package("matplotlib", "draw")
    figure = draw_profile(profile)
    metadata = {"Date": None} if path.suffix.lower() == ".svg" else {}
    content = io.BytesIO()
    with matplotlib.rc_context({"svg.hashsalt": "cbcnn"}):
        figure.savefig(content, format=path.suffix[1:].lower(), metadata=metadata)
    write_whole(path, content.getvalue())


def draw_profile(profile: Profile) -> Any:
    """A figure of Matplotlib with one bar for each layer, which was counted."""
    figure_module = load_package("matplotlib.figure", "draw")
    height = 1.9 + _INCHES_PER_BAR * len(profile.layers)
    figure = figure_module.Figure(figsize=(8, height), layout="constrained")
    _draw(figure.subplots(), profile)
    return figure


def _draw(axes: Any, profile: Profile) -> None:
    names = [layer.name for layer in profile.layers]
    lengths = [0.0] * len(names)
    for loop, colour in COLOURS.items():
        parts = [_count(layer, loop) / 1e6 for layer in profile.layers]
        if any(parts):
            bars = axes.barh(names, parts, left=lengths, color=colour, label=loop)
            lengths = [done + part for done, part in zip(lengths, parts, strict=True)]
    axes.bar_label(bars, [_label(profile, i) for i in range(len(names))], padding=4, fontsize=8)
    axes.figure.legend(loc="outside lower center", ncols=_LEGEND_COLUMNS, frameon=False, fontsize=8)
    axes.invert_yaxis()
    axes.margins(x=0.45)
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_xlabel("million instructions")
    total = f"{(profile.instructions or 0) / 1e6:.2f} M instructions"
    axes.set_title(f"{profile.name} on {profile.target}: {total}", loc="left")


def _count(layer: LayerProfile, loop: str) -> int:
    """Instructions of a loop; those that no loop is known of are the rest."""
    if loop != REST:
        return layer.loops.get(loop, 0)
    return (layer.instructions or 0) - sum(layer.loops.values()) + layer.loops.get(REST, 0)


def _label(profile: Profile, index: int) -> str:
    layer = profile.layers[index]
    share = ratio(layer.instructions or 0, profile.instructions) or 0.0
    each = ratio(layer.products, layer.instructions)
    return f"{share:.1%}" + ("" if not each else f", {each:.2f} products per instruction")
