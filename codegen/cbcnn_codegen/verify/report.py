"""Reports the result of a verification, as JSON and for people."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from cbcnn_codegen.errors import VerificationError
from cbcnn_codegen.verify.compare import CLASS, Comparison, Mismatch
from cbcnn_codegen.verify.frameworks import FRAMEWORKS
from cbcnn_codegen.verify.logits import LARGEST
from cbcnn_codegen.verify.run import Result
from cbcnn_inputs.command_line import escape

if TYPE_CHECKING:
    from rich.console import Console

    from cbcnn_codegen.verify.session import Session


def result_to_json(
    session: Session, result: Result, *, predictions: bool = False
) -> dict[str, Any]:
    """The object that `--json` prints; `predictions` adds the class of each image."""
    project = session.project
    overall = result.overall
    answers = result.answers if predictions else None
    accuracy_c, accuracy_python = accuracies(result)
    accuracy = None if result.answers is None else session.accuracy(result.answers[0])
    first = overall.first
    return {
        "images": len(result.samples),
        "mismatched_images": len(overall.mismatched),
        "mismatched_bits": overall.mismatched_bits,
        "compared_bits": overall.bits,
        "accuracy_c": accuracy_c,
        "accuracy_python": accuracy_python,
        "near_chance": None if accuracy is None else accuracy.is_near_chance,
        "against": session.against,
        "traced_images": result.traced,
        "near_ties": result.near_ties,
        "not_as_generated": [difference.file for difference in session.differences],
        "not_shown_by_python_model": list(session.unobserved),
        "first_mismatch": None if first is None else str(first),
        **_floats_to_json(session, result),
        "layers": _layers_to_json(overall),
        "comparisons": {
            name: _totals_to_json(result.total(name))
            for name in dict.fromkeys(model for model, _ in result.tallies)
        },
        "builds": [
            {
                "name": build.name,
                "images": build.images,
                "traced_images": build.traced,
                "mismatched_images": len(
                    set().union(
                        *(
                            tally.mismatched
                            for (_, name), tally in result.tallies.items()
                            if name == build.name
                        )
                    )
                ),
            }
            for build in result.builds
        ],
        "builds_left_out": dict(result.left_out),
        "stack_bytes": result.stack_bytes,
        "cycles": result.cycles,
        "target": project.target,
        "model_sha256": project.model_sha256,
        "data": result.samples.description,
        **({} if answers is None else {"predictions": answers[0].tolist()}),
    }


def accuracies(result: Result) -> tuple[float | None, float | None]:
    """Fractions of right answers of the C and of the Python model; None without labels."""
    labels = result.samples.labels
    if labels is None or result.answers is None:
        return None, None
    of_c, of_python = (float(np.mean(answers == labels)) for answers in result.answers)
    return of_c, of_python


def demand_equality(
    result: Result,
    knife_edges: Iterable[tuple[str, tuple[int, ...]]] = (),
    explain: Callable[[Collection[int]], str] = lambda _images: "",
) -> None:
    """Raise unless nothing differs, and logits of floats are as near as float32 allows.

    Args:
        result: of the verification.
        knife_edges: layers with the channels whose signs depend on float rounding, for the message.
        explain: says of images why the C and a live model of floats differ.

    Raises:
        VerificationError: with the first value that differs in the first layer that has one.
    """
    overall = result.overall
    if overall.first is None:
        _demand_near(result)
        return
    layer = overall.first.layer
    raise VerificationError(
        f"the C and the Python model differ, first in {layer!r}",
        found=f"{overall.first}\n{len(overall.mismatched)} of {len(result.samples)} images, "
        f"{overall.mismatched_bits} of {overall.bits} bits differ"
        f"{explain(_mismatched_alive(result))}",
        allowed="equal bits",
        suggestion=_advise(overall.first, dict(knife_edges)),
    )


def _demand_near(result: Result) -> None:
    """Demand that the logits of a network of floats are the live model's, but for rounding."""
    logits = result.overall.logits
    if not logits.agree:
        raise VerificationError(
            "the logits of the C are not those of the Python model",
            found=str(logits),
            allowed=f"at most {LARGEST:g} of the largest logit, which orders of float32 explain",
            suggestion="report a defect, with the model",
        )


def _mismatched_alive(result: Result) -> Collection[int]:
    """The images in which the C and the live model differ, though it and the interpreter do not."""
    if result.total("reference").first is not None:
        return ()
    return set().union(*(result.total(framework).mismatched for framework in FRAMEWORKS))


def _advise(first: Mismatch, knife_edges: Mapping[str, tuple[int, ...]]) -> str:
    if len(first.position) == 3 and first.position[2] in knife_edges.get(first.layer, ()):
        return (
            f"channel {first.position[2]} is a knife edge, whose sign depends on how Python "
            "rounds: weights of -1 and +1, or an image scale such as 1/128, have none"
        )
    return "generate the code again if it was edited; otherwise report a defect"


def print_predictions(console: Console, session: Session, result: Result) -> None:
    """The class that the C gives each image, with its label where there is one."""
    from cbcnn_inputs.terminal import Cells, Column, print_table

    assert result.answers is not None, "a verification that ended has answers"
    names = session.lowered.class_names
    labels = session.samples.labels
    rows = []

    def name(index: int) -> str:
        return names[index] if names else str(index)

    for image, answer in enumerate(result.answers[0].tolist()):
        label = None if labels is None else int(labels[image])
        verdict = "" if label is None else "right" if label == answer else "wrong"
        style = "yellow" if verdict == "wrong" else ""
        said = "" if label is None else name(label)
        rows.append(Cells([f"{image:,}", name(answer), said, verdict], style))
    columns = [Column("image"), *(Column(title, "text") for title in ("class", "label", ""))]
    print_table(console, columns, rows)


def print_result(console: Console, session: Session, result: Result) -> None:
    """Print a summary for people."""
    project, against, unobserved = session.project, session.against, session.unobserved
    from cbcnn_inputs.terminal import Cells, Column, print_table

    overall = result.overall
    rows = [
        Cells(
            [tally.name, f"{tally.bits:,}", f"{tally.mismatched_bits:,}"],
            "red" if tally.mismatched_bits else "",
        )
        for tally in overall.layers.values()
    ]
    columns = [Column("layer", "name"), Column("bits compared"), Column("differ")]
    title = f"{project.name} for {project.target} against {against}"
    print_table(console, columns, rows, title)
    builds = [Cells([build.name, f"{build.images:,}", "images"]) for build in result.builds]
    print_table(console, [Column("", "text"), Column(""), Column("", "text")], builds)
    for name, reason in result.left_out.items():
        console.print(f"{name}: left out, {reason}", style="yellow")
    if unobserved:
        names = escape(", ".join(unobserved))
        console.print(f"{names}: no layer of {against} shows these; compared with the reference")
    if result.near_ties:
        console.print(
            f"{result.near_ties} images: {against}'s own float answer differs from the exact one "
            "by a rounding"
        )
    of_c, of_python = accuracies(result)
    if of_c is not None:
        console.print(f"accuracy        C {of_c:.4%}, {against} {of_python:.4%}")
    _print_floats(console, session, result)
    beside = None if result.answers is None else session.beside_floats(result.answers[0])
    if beside is not None:
        console.print(beside.describe(), soft_wrap=True)
    console.print(f"images          {len(result.samples):,}")
    console.print(
        f"bit mismatches  {overall.mismatched_bits:,}/{overall.bits:,}",
        style="bold green" if overall.first is None else "bold red",
    )


def _print_floats(console: Console, session: Session, result: Result) -> None:
    """Against a Python model of floats: the counts of signs and classes, and how far logits are."""
    total = result.total(session.against)
    if not total.logits.count:
        return
    wrong = len(total.layers[CLASS].mismatched) if CLASS in total.layers else 0
    classes = f" and {wrong:,} of {len(result.samples):,} classes"
    console.print(
        f"level {session.lowered.level}         {total.mismatched_sign_bits:,} of "
        f"{total.sign_bits:,} sign bits{classes if session.lowered.has_classes else ''} differ "
        f"from {session.against}"
    )
    console.print(f"logits          {total.logits}")


def _floats_to_json(session: Session, result: Result) -> dict[str, Any]:
    """What quantization costs, if the network is quantized."""
    beside = None if result.answers is None else session.beside_floats(result.answers[0])
    return {} if beside is None else {"beside_floats": beside._asdict()}


def _layers_to_json(comparison: Comparison) -> list[dict[str, Any]]:
    return [
        {
            "name": tally.name,
            "compared_bits": tally.bits,
            "mismatched_bits": tally.mismatched_bits,
            "mismatched_images": len(tally.mismatched),
        }
        for tally in comparison.layers.values()
    ]


def _totals_to_json(comparison: Comparison) -> dict[str, Any]:
    logits = comparison.logits
    counted = {
        "compared_logits": logits.count,
        "unequal_logits": logits.unequal,
        "logits_ulps": logits.ulps,
        "logits_relative": logits.relative,
    }
    return {
        "compared_sign_bits": comparison.sign_bits,
        "mismatched_sign_bits": comparison.mismatched_sign_bits,
        **(counted if logits.count else {}),
        "compared_bits": comparison.bits,
        "mismatched_bits": comparison.mismatched_bits,
        "mismatched_images": len(comparison.mismatched),
    }
