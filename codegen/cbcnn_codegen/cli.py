"""The command `cbcnn-codegen`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import click

from cbcnn_codegen.errors import UsageError
from cbcnn_codegen.listing import board_option, json_option, target_option
from cbcnn_codegen.projects import FORMS, parse_forms
from cbcnn_inputs.command_line import print_json, print_warning, run_command, version_option
from cbcnn_inputs.frames import FORMATS, Camera
from cbcnn_inputs.idle_options import Requirement, given_options, refuse_idle
from cbcnn_inputs.own_pictures.fit import Fit
from cbcnn_inputs.scaling import AUTO, Rescale, parse_rescale

if TYPE_CHECKING:
    from cbcnn_codegen.generation import Generated
    from cbcnn_codegen.options import Optimize, ScoreType
    from cbcnn_inputs.find_scaling import Found
    from cbcnn_inputs.metadata import InputType

_PATH = click.Path(path_type=Path, readable=False)


@click.command("cbcnn-codegen", context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("model", type=_PATH, required=False)
@target_option("Processor to generate for.")
@board_option("Board to generate for, its processor and firmware for it in DIR/BOARD.")
@click.option(
    "--word-bits",
    type=click.IntRange(8, 64),
    help="Size of the words that signs are packed in, for targets that leave the choice.",
)
@click.option("-o", "--output", "folder", type=_PATH, metavar="DIR", help="Folder for the files.")
@click.option("--name", help="Prefix of all symbols and files. Default: from the model file.")
@click.option(
    "--scores",
    type=click.Choice(["integer", "float"]),
    default="integer",
    show_default=True,
    help="Exact integers in fixed point, or float logits.",
)
@click.option(
    "--optimize",
    type=click.Choice(["speed", "balanced", "ram", "size"]),
    default="balanced",
    show_default=True,
    help="What matters most: time, time within an eighth of the RAM, RAM, or flash.",
)
@click.option("--class-names/--no-class-names", help="Put the class names into the C.")
@click.option("--split-weights", is_flag=True, help="Put the weights into a file of their own.")
@click.option("--fits", metavar="flash=128K,ram=20K", help="Fail unless the model fits into this.")
@click.option(
    "--project",
    metavar="NAME[,NAME]",
    help=f"Write the files of a project's form too: {', '.join(form.name for form in FORMS)}.",
)
@click.option(
    "--camera",
    metavar="WIDTHxHEIGHT:FORMAT",
    help="Write C too that makes images of a camera's frames as training makes them of pictures; "
    f"FORMAT is {', '.join(FORMATS)}.",
)
@click.option(
    "--fit",
    type=click.Choice(get_args(Fit)),
    help="What becomes of frames of another shape, if the model file does not state it.",
)
@click.option(
    "--input",
    "input_type",
    type=click.Choice(["uint8", "int8"]),
    help="Integer type of the images.",
)
@click.option(
    "--rescale",
    metavar="SCALE,OFFSET|auto",
    help="Scaling of images in training, if the model file does not state it: 1/127.5,-1 or "
    "x/127.5-1 for the image x; auto tries the usual ways on --data.",
)
@click.option(
    "--real-layers",
    type=click.Choice(["float32", "int8"]),
    default="float32",
    show_default=True,
    help="Real-valued layers in float32; or in integers, another network, with --calibrate.",
)
@click.option(
    "--calibrate",
    type=_PATH,
    metavar="DATA",
    help="Images for --real-layers int8, as for cbcnn-verify: which numbers occur.",
)
@click.option(
    "--custom",
    metavar="NAME=MEANING",
    multiple=True,
    help="What a quantizer, function or layer of your own does, as in xnor_weight_scale=sign or "
    "my_layer=identity. May be given several times.",
)
@click.option("--data", type=_PATH, help="Labelled images for --rescale auto, as for cbcnn-verify.")
@click.option(
    "--samples",
    type=_PATH,
    metavar="DATA",
    help="Images, as for cbcnn-verify; report.html shows some with the network's answers.",
)
@click.option(
    "--measure/--no-measure",
    default=True,
    help="Compile with the target's compiler, if it is installed, to measure code and stack.",
)
@click.option("--force", is_flag=True, help="Overwrite files that this tool did not write.")
@json_option
@version_option
def command(
    model: Path | None,
    target: str | None,
    board_name: str | None,
    word_bits: int | None,
    folder: Path | None,
    name: str | None,
    scores: ScoreType,
    optimize: Optimize,
    class_names: bool,
    split_weights: bool,
    fits: str | None,
    project: str | None,
    camera: str | None,
    fit: Fit | None,
    input_type: InputType | None,
    rescale: str | None,
    real_layers: str,
    calibrate: Path | None,
    custom: tuple[str, ...],
    data: Path | None,
    samples: Path | None,
    measure: bool,
    force: bool,
    as_json: bool,
) -> None:
    """Turn the trained network in MODEL (.h5 or .keras) into C for a microcontroller."""
    if target is None:
        target = _target_of(board_name)
    if model is None or folder is None:
        raise UsageError(
            "a model file and an output folder are needed",
            found=f"MODEL {model or 'missing'}, -o {folder or 'missing'}",
            allowed="cbcnn-codegen MODEL --target TARGET -o DIR",
        )
    _refuse_idle(target, rescale, real_layers)
    _demand_images(real_layers, calibrate)
    from cbcnn_codegen.generation import Request, generate
    from cbcnn_codegen.memory import parse_budget

    found = None if rescale != AUTO else _find_rescale(model, data, input_type)
    request = Request(
        model=model,
        target=target,
        word_bits=word_bits,
        name=name,
        scores=scores,
        optimize=optimize,
        class_names=class_names,
        split_weights=split_weights,
        project=() if project is None else parse_forms(project),
        camera=None if camera is None else Camera.parse(camera),
        fit=fit,
        input_type=input_type,
        rescale=_parse_rescale(rescale) if found is None else found.best.rescale,
        calibrate=calibrate,
        samples=samples,
        custom=custom,
        budget=None if fits is None else parse_budget(fits),
        measure=measure,
    )
    generated = generate(request)
    firmware = _write(generated, model, board_name, folder, force=force)
    for note in generated.notes:
        print_warning(note)
    if found is not None:
        click.echo(found.describe(), err=True)
    if as_json:
        print_json(_to_json(generated, folder, firmware, found))
    else:
        from cbcnn_codegen.summary import print_summary

        print_summary(generated, folder)
        if firmware is not None:
            click.echo(f"firmware: {firmware}, built by make there or cbcnn-board build")


def _target_of(board: str | None) -> str:
    if board is None:
        raise UsageError(
            "a processor is needed",
            allowed="--target TARGET, or --board BOARD for that of a board",
            suggestion="--target list and --board list show the names",
        )
    from cbcnn_codegen.boards import find_board

    return find_board(board).target


def _refuse_idle(target: str, rescale: str | None, real_layers: str) -> None:
    """Refuse options that change nothing beside the others that were given."""
    automatic = Requirement("--data", rescale == AUTO, f"--rescale {AUTO}, which tries them")
    quantizes = Requirement("--calibrate", real_layers == "int8", "--real-layers int8")
    given = given_options(click.get_current_context())
    refuse_idle(given, [automatic, quantizes, _needs_choice(target)])


def _demand_images(real_layers: str, calibrate: Path | None) -> None:
    if real_layers == "int8" and calibrate is None:
        raise UsageError(
            "--real-layers int8 needs images",
            found="no --calibrate",
            allowed="--calibrate DATA: images of the kind that the network will see",
            suggestion="some hundred of the images that it was trained on",
        )


def _needs_choice(target: str) -> Requirement:
    from cbcnn_codegen.targets import TARGETS, find_target

    choosy = ", ".join(other.name for other in TARGETS if other.isas_for)
    return Requirement("--word-bits", bool(find_target(target).isas_for), f"--target {choosy}")


def _parse_rescale(text: str | None) -> Rescale | None:
    return None if text is None else parse_rescale(text)


def _find_rescale(model: Path, data: Path | None, input_type: InputType | None) -> Found:
    if data is None:
        raise UsageError(
            f"--rescale {AUTO} needs labelled images",
            found="no --data",
            suggestion="--data with images that the network was tested on",
        )
    from cbcnn_codegen.find_rescale import find_rescale

    return find_rescale(model, data, input_type)


def _write(
    generated: Generated, model: Path, board: str | None, folder: Path, *, force: bool
) -> Path | None:
    """Write the C, for a board with its firmware, whose folder is the result."""
    if board is None:
        generated.write(folder, force=force)
        return None
    from cbcnn_codegen.board.build_command import write_for_board

    return write_for_board(generated, model, board, folder, force=force)


def _to_json(
    generated: Generated, folder: Path, firmware: Path | None, found: Found | None
) -> dict[str, Any]:
    added: dict[str, Any] = {} if firmware is None else {"firmware": str(firmware)}
    if found is not None:
        added["rescale_tried"] = [trial.to_json() for trial in found.trials]
    return {**generated.summary(folder), **added}


def main() -> None:
    """Entry point of the command."""
    run_command(command)


if __name__ == "__main__":
    main()
