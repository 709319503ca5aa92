"""A report as the strings, pictures and tables of its page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from cbcnn_codegen.evidence import Training
from cbcnn_codegen.page.answers import AnswerCard, class_names, make_card
from cbcnn_codegen.page.arena import draw_arena
from cbcnn_codegen.page.bars import draw_boards, draw_costs
from cbcnn_codegen.page.commands import CommandLine, repeat
from cbcnn_codegen.page.network import KINDS, draw_network
from cbcnn_codegen.page.picture import (
    PageTable,
    Picture,
    count,
    page_table,
    percent,
    short,
)
from cbcnn_codegen.page.training import draw_confusion, draw_curves
from cbcnn_codegen.report import Report
from cbcnn_codegen.report.words import (
    EXACTNESS,
    say_answer,
    say_camera,
    say_compression,
    say_image,
    say_outputs,
    say_scores,
)
from cbcnn_inputs.errors import printable


@dataclass(frozen=True)
class Fact:
    """A number of the page's head, what it counts, and what to know of it."""

    name: str
    value: str
    remark: str


@dataclass(frozen=True)
class LegendItem:
    """A colour of a picture, by its name, and its meaning."""

    style: str
    text: str


@dataclass(frozen=True)
class Figure:
    """A picture with its caption and legend."""

    caption: str
    legend: list[LegendItem]
    picture: Picture


@dataclass(frozen=True)
class FoldedList:
    """Lines that are folded away behind their title."""

    title: str
    lines: list[str]


@dataclass(frozen=True)
class PageSection:
    """A part of the page.

    Attributes:
        style: "beside", tables beside the picture where there is room, or "stacked".
    """

    name: str
    title: str
    style: str
    paragraphs: Sequence[str] = ()
    figures: Sequence[Figure] = ()
    tables: Sequence[PageTable] = ()
    folded: Sequence[FoldedList] = ()
    cards: Sequence[AnswerCard] = ()
    commands: Sequence[CommandLine] = ()


@dataclass(frozen=True)
class PageView:
    """Everything in the template of `report.html`."""

    name: str
    target: str
    version: str
    sha256: str
    lead: str
    facts: list[Fact]
    sections: list[PageSection]


def view_page(report: Report) -> PageView:
    """The page of a report."""
    names, training = class_names(report.class_names, report.classes), report.evidence.training
    image = report.input
    return PageView(
        name=report.name,
        target=report.target,
        version=report.tool_version,
        sha256=report.model_sha256,
        lead=f"A picture of {image.height} x {image.width} x {image.channels} becomes "
        f"{say_answer(report)}, by code in mode {report.options.optimize}.",
        facts=_facts(report),
        sections=[
            _network(report),
            _boards(report),
            *([_answers(report, names)] if report.evidence.answers else []),
            *([] if training is None else [_training(training, names)]),
            _exactness(report),
            _commands(report),
        ],
    )


def _facts(report: Report) -> list[Fact]:
    flash, ram, training = report.flash_bytes, report.ram_bytes, report.evidence.training
    instructions = sum(layer.instructions_estimated for layer in report.layers)
    fitting = sum(board.fits for board in report.fits)
    parts = f"weights {count(flash.weights)}, constants {count(flash.constants)}"
    code = "code not measured" if flash.code is None else f"code {count(flash.code)}"
    stack = "stack not measured" if ram.stack is None else f"stack {count(ram.stack)}"
    accuracy = []
    if training is not None:
        tested = f"of {count(training.test_images)} test images"
        accuracy = [Fact("accuracy", percent(training.test_accuracy), tested)]
    return [
        Fact("flash", f"{count(flash.total)} B", f"{code}, {parts}"),
        Fact("RAM", f"{count(ram.total)} B", f"arena {count(ram.arena)}, {stack}"),
        Fact("time", short(instructions), "instructions for one image, estimated"),
        *accuracy,
        Fact("boards", f"{fitting} of {len(report.fits)}", "have room for it"),
        Fact("exactness", f"level {report.level}", _LEVELS[report.level]),
    ]


_LEVELS: Final = {
    1: "every bit as in Larq",
    2: "float32 in a documented order",
    3: "quantized, exact in itself",
}

_MEANINGS: Final = {
    "signs": "signs, packed",
    "integers": "integers",
    "reals": "floats",
    "image": "image",
    "scratch": "scratch",
}


def _network(report: Report) -> PageSection:
    costs, layers = draw_costs(report)
    arena, pieces = draw_arena(report)
    place = report.image_in_arena
    inside = "The caller's image lies outside of it."
    if place is not None:
        inside = f"The caller's image may lie in {say_image(place)}; it is overwritten there."
    made = {KINDS[layer.kind] for layer in report.layers}
    lines = [f"{printable(layer.name)}: {layer.reason}" for layer in report.layers]
    return PageSection(
        "network",
        "Network, costs and memory",
        "stacked",
        [
            "Time runs from top to bottom. Arrows lead the map that a layer makes to those that "
            f"read it. All maps share one arena of {count(report.ram_bytes.arena)} bytes. {inside} "
            "Two maps have the same place only where no layer needs both, or where a kernel writes "
            "over what it reads for the last time."
        ],
        [
            Figure("Layers and what they make", _kinds(made), draw_network(report)),
            Figure(
                "What each layer costs",
                [
                    LegendItem("flash", "flash for its tables"),
                    LegendItem("time", "instructions, estimated"),
                ],
                costs,
            ),
            Figure("Who lies where in memory", _kinds({*made, *_extras(report)}), arena),
        ],
        [layers, pieces],
        [FoldedList("Why each layer has its kernel", lines)],
    )


def _extras(report: Report) -> set[str]:
    """The kinds of what lies in the arena beside the maps."""
    return {"image" if buffer.use == "image" else "scratch" for buffer in report.arena}


def _kinds(kinds: set[str]) -> list[LegendItem]:
    return [LegendItem(f"kind-{kind}", text) for kind, text in _MEANINGS.items() if kind in kinds]


def _boards(report: Report) -> PageSection:
    boards, room = draw_boards(report)
    legend = [
        LegendItem("flash", "flash"),
        LegendItem("ram", "RAM"),
        LegendItem("over", "too little"),
    ]
    return PageSection(
        "boards",
        "Boards",
        "beside",
        [
            f"{count(report.flash_bytes.total)} bytes of flash and {count(report.ram_bytes.total)} "
            f"of RAM, as for {report.target}; code for another processor differs a little. The "
            "caller's image and program come on top."
        ],
        [Figure("The share that the code takes", legend, boards)],
        [room],
    )


def _answers(report: Report, names: list[str]) -> PageSection:
    cards = [make_card(answered, names) for answered in report.evidence.answers]
    known = [one for one in report.evidence.answers if one.label is not None]
    right = sum(one.label == one.answer and not one.is_rejected for one in known)
    counted = f" {right} of {len(known)} are right." if known else ""
    return PageSection(
        "answers",
        "Answers",
        "stacked",
        [f"What the C answers for {len(cards)} pictures, with its best scores.{counted}"],
        cards=cards,
    )


def _training(training: Training, names: list[str]) -> PageSection:
    shown = class_names(names, len(training.confusion))
    curves, epochs = draw_curves(training)
    confusion, classes = draw_confusion(training, shown)
    lines = [LegendItem("train", "training"), LegendItem("validation", "validation")]
    shades = [LegendItem("shade-8", "all images of a class"), LegendItem("shade-1", "few")]
    return PageSection(
        "training",
        "Training",
        "stacked",
        [
            f"cbcnn-train {printable(training.dataset)}, preset {printable(training.preset)}: "
            f"epoch {training.kept_epoch} of {len(training.epochs)} has the weights of this model, "
            f"which gets {percent(training.test_accuracy)} of {count(training.test_images)} test "
            "images right."
        ],
        [
            *(Figure(caption, lines, curve) for caption, curve in curves),
            Figure("True classes down, answers across", shades, confusion),
        ],
        [classes, epochs],
    )


def _exactness(report: Report) -> PageSection:
    edges = report.knife_edges
    rows = [
        ["contract", EXACTNESS[report.level]],
        *([] if report.calibration is None else [["calibration", report.calibration.describe()]]),
        *([["scores", say_scores(report.scores)]] if report.has_classes else []),
        *(["output", said] for said in say_outputs(report)),
        *([] if report.pictures is None else [["pictures of any size", str(report.pictures)]]),
        *([] if report.camera is None else [["camera", say_camera(report.camera)]]),
        ["Image Compression Block", say_compression(report.preprocessing)],
        ["knife edges", _edges(len(edges), sum(map(len, edges.values())))],
        ["compiler", report.measured_with or "not asked, so code and stack are not measured"],
        ["flags", " ".join(report.compiler_flags)],
    ]
    folded = [
        FoldedList(f"Knife edges of {printable(name)}", [f"channels {', '.join(map(str, of))}"])
        for name, of in edges.items()
    ]
    notes = [FoldedList("Notes of the reader", list(map(printable, report.notes)))]
    return PageSection(
        "exactness",
        "Exactness",
        "stacked",
        tables=[page_table("contract", "What the numbers mean", "subject|fact", rows)],
        folded=[*folded, *(notes if report.notes else [])],
    )


def _edges(layers: int, channels: int) -> str:
    if not layers:
        return "none: no sign depends on how float32 rounds"
    return f"the sign of {channels} channels in {layers} layers depends on how float32 rounds"


def _commands(report: Report) -> PageSection:
    return PageSection(
        "commands",
        "Commands",
        "stacked",
        [
            "These repeat this page and what it says. model.h5 stands for the model file with the "
            f"SHA-256 {report.model_sha256}, capital letters for what you have."
        ],
        commands=repeat(report),
    )
