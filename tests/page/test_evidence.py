"""What a page shows beside the code: the training's record, answers, and commands to repeat it."""

from __future__ import annotations

import hashlib
import json
import shlex
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cbcnn_codegen.answer_pictures import SHOWN, as_png, choose
from cbcnn_codegen.cli import command
from cbcnn_codegen.emit.render import render
from cbcnn_codegen.errors import DataError
from cbcnn_codegen.find_training import find_training
from cbcnn_codegen.generation import Generated, Request, generate
from cbcnn_codegen.page import view_page
from cbcnn_codegen.page.network import place_lanes
from cbcnn_codegen.page.picture import fitted, short
from cbcnn_inputs.frames import Camera
from support.commands import ROOT, SIGNS

MODEL = SIGNS / "model.h5"
SMALL = ROOT / "tests" / "golden" / "compressed.h5"
UNMEASURED = {"measure": False}
DIGEST = hashlib.sha256(MODEL.read_bytes()).hexdigest()


def write_record(folder: Path, change: Callable[[dict[str, Any]], object], log: str | None) -> Path:
    """The shipped model's record beside a model of another name, as `-o signs.h5` writes it."""
    metrics = json.loads((SIGNS / "metrics.json").read_text())
    change(metrics)
    (folder / "signs.metrics.json").write_text(json.dumps(metrics))
    (folder / "signs.log.csv").write_text(log or (SIGNS / "log.csv").read_text())
    return folder / "signs.h5"


def test_a_record_lies_beside_its_model_with_or_without_its_stem(tmp_path: Path) -> None:
    beside, nothing = find_training(write_record(tmp_path, lambda _: None, None), DIGEST)
    assert (beside, nothing) == find_training(MODEL, DIGEST)
    assert beside is not None


def test_the_record_of_another_model_is_passed_over(tmp_path: Path) -> None:
    model = write_record(tmp_path, lambda metrics: metrics.update(model_sha256="0" * 64), None)
    assert find_training(model, DIGEST) == (None, ())
    (tmp_path / "signs.metrics.json").write_text("[" * 100_000)
    assert find_training(model, DIGEST) == (None, ())


@pytest.mark.parametrize(
    ("change", "log"),
    [
        (lambda metrics: metrics.pop("confusion"), None),
        (lambda metrics: metrics["confusion"].pop(), None),
        (lambda metrics: metrics["confusion"][0].__setitem__(0, -1), None),
        (lambda metrics: metrics.update(settings=[]), None),
        (lambda metrics: metrics.update(test_accuracy=1.5), None),
        (lambda metrics: metrics.update(epoch="1"), None),
        (lambda _: None, "epoch,loss\n1,0.5\n"),
        (lambda _: None, "epoch,loss,accuracy,val_loss,val_accuracy\n"),
        (lambda _: None, "epoch,loss,accuracy,val_loss,val_accuracy\n1,nan,0,0,0\n"),
        (lambda _: None, "epoch,loss,accuracy,val_loss,val_accuracy\n1\n"),
    ],
)
def test_a_damaged_record_is_told_and_stops_nothing(
    change: Callable[[dict[str, Any]], object], log: str | None, tmp_path: Path
) -> None:
    training, notes = find_training(write_record(tmp_path, change, log), DIGEST)
    assert training is None
    (note,) = notes
    assert note.startswith("signs.metrics.json and signs.log.csv cannot be read")


def test_shipped_models_have_records_of_their_own() -> None:
    for model in sorted(ROOT.glob("examples/models/*/model.h5")):
        digest = hashlib.sha256(model.read_bytes()).hexdigest()
        training, notes = find_training(model, digest)
        assert training is not None, model
        assert notes == ()


@given(st.lists(st.integers(0, 20), min_size=1, max_size=60))
def test_shown_pictures_are_of_as_many_classes_as_there_are(labels: list[int]) -> None:
    chosen = choose(np.array(labels, np.int64), len(labels))
    assert len(chosen) == min(SHOWN, len(labels))
    assert chosen.tolist() == sorted(set(chosen.tolist()))
    kinds = {labels[place] for place in chosen}
    assert len(kinds) == min(SHOWN, len(set(labels)))
    assert all(labels.index(kind) in chosen for kind in kinds)


def test_without_labels_the_first_pictures_are_shown() -> None:
    assert choose(None, 5).tolist() == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("shape", [(9,), (8, 4), (8, 4, 1), (8, 4, 3), (8, 4, 5), (300, 200, 3)])
@pytest.mark.parametrize("dtype", [np.uint8, np.int8])
def test_any_image_becomes_a_small_picture(shape: tuple[int, ...], dtype: Any) -> None:
    assert len(as_png(np.zeros(shape, dtype))) < 2000


@given(st.data())
def test_maps_pass_each_other_in_lanes_of_their_own(data: st.DataObject) -> None:
    count = data.draw(st.integers(1, 12))
    draw = [st.sets(st.integers(-1, place - 1), min_size=1, max_size=3) for place in range(count)]
    reads = [tuple(sorted(data.draw(one))) for one in draw]
    lanes = place_lanes(reads)
    found = {(lane.maker, reader) for lane in lanes for reader in lane.readers}
    assert found == {(m, at) for at, makers in enumerate(reads) for m in makers if m != at - 1}
    for place, one in enumerate(lanes):
        for other in lanes[:place]:
            apart = one.maker >= other.readers[-1] or other.maker >= one.readers[-1]
            assert apart or one.lane != other.lane


@given(st.integers(0, 2**40))
def test_a_shortened_number_says_how_much_it_is(number: int) -> None:
    text, _, unit = short(number).partition(" ")
    value = float(text.replace(",", "")) * {"": 1, "K": 1e3, "M": 1e6, "G": 1e9}[unit]
    assert value == pytest.approx(number, rel=0.006)


@given(st.text(max_size=40), st.integers(1, 20))
def test_a_name_takes_no_more_room_than_there_is(name: str, letters: int) -> None:
    assert len(fitted(name, letters)) <= letters


def generate_into(folder: Path, **options: Any) -> Generated:
    made = generate(Request(name="net", **{"model": MODEL, **options}))
    made.write(folder)
    return made


@pytest.mark.parametrize(
    "options",
    [
        {"model": SMALL, "target": "cortex-m0", "optimize": "size", "class_names": True},
        {"model": SMALL, "target": "host", "scores": "float", "split_weights": True},
        {"target": "rv32imc", "samples": SIGNS / "samples", "rescale": (0.5, -1.0), **UNMEASURED},
        {"target": "cortex-m4", "input_type": "int8", "project": ("make", "cmake"), **UNMEASURED},
        {"target": "portable", "word_bits": 16, "scores": "float", **UNMEASURED},
        {"target": "host", "camera": Camera(40, 30, "rgb888"), "fit": "pad", **UNMEASURED},
    ],
)
def test_the_first_command_on_a_page_writes_the_same_files_again(
    options: dict[str, Any], tmp_path: Path
) -> None:
    made = generate_into(tmp_path / "one", **options)
    (section,) = [one for one in view_page(made.report).sections if one.name == "commands"]
    program, *words = shlex.split(section.commands[0].text)
    places = {
        "model.h5": options.get("model", MODEL),
        "SAMPLES": SIGNS / "samples",
        "out": tmp_path / "two",
    }
    assert program == "cbcnn-codegen"
    command.main([str(places.get(word, word)) for word in words], standalone_mode=False)
    names = {path.name for path in (tmp_path / "one").iterdir()}
    assert "report.html" in names
    assert {path.name for path in (tmp_path / "two").iterdir()} == names
    for name in names:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_a_page_costs_little_of_the_time_that_code_takes() -> None:
    start = time.perf_counter()
    report = generate(Request(model=MODEL, target="cortex-m4", measure=False)).report
    whole = time.perf_counter() - start
    best = whole
    for _ in range(3):
        start = time.perf_counter()
        render("page/report.html.jinja", page=view_page(report))
        best = min(best, time.perf_counter() - start)
    assert best < 0.2 * whole, f"{best:.3f} of {whole:.3f} s"


def test_samples_that_are_not_there_stop_the_command(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="there is no file or folder"):
        generate_into(tmp_path, target="host", samples=tmp_path / "none", measure=False)
