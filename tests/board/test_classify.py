"""Many pictures for a board: each answer as it comes, and none is lost when others fail."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from cbcnn_codegen.board.classify import GIVE_UP, Classifier
from cbcnn_codegen.board.device import Device
from cbcnn_codegen.board.frames import Packet
from cbcnn_codegen.board.protocol import Command
from cbcnn_codegen.errors import BoardError, CbcnnError, DataError
from cbcnn_codegen.locate_firmware import firmware_path
from cbcnn_inputs.own_pictures import PictureFit
from cbcnn_inputs.own_pictures.known import Known
from support.commands import board, parse_json
from support.fake_board import QUICK, FakeBoard, Reply, linked, run_fake, scores_of
from support.other_systems import pretend_windows

COUNT = 8
HEIGHT, WIDTH = 28, 25


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """A folder of pictures; the first pixel of each is its number."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    for index in range(COUNT):
        image = np.random.default_rng(index).integers(0, 256, (HEIGHT, WIDTH)).astype(np.uint8)
        image[0, 0] = index
        assert cv2.imwrite(str(folder / f"p{index}.png"), image)
    return folder


def silent_for(*numbers: int) -> FakeBoard:
    """A board that never answers about some pictures."""
    fake = FakeBoard()

    def twist(request: Packet, frames: Reply) -> Reply:
        about = request.command == Command.CLASSIFY and fake.image[0] in numbers
        return [] if about else frames

    fake.twist = twist
    return fake


@contextlib.contextmanager
def asking(fake: FakeBoard) -> Iterator[tuple[Classifier, list[Any]]]:
    """A classifier, and what it tells, in order."""
    events: list[Any] = []
    with linked(fake, QUICK) as link:

        def warn(name: str, error: CbcnnError) -> None:
            events.append((Path(name).name, type(error).__name__))

        yield Classifier(Device(link), None, lambda row: events.append(row["image"]), warn), events


def right_class(path: Path) -> int:
    image = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    assert image is not None
    return int(scores_of(image.tobytes()).argmax())


def test_answers_come_one_by_one_with_the_names_of_their_files(pictures: Path) -> None:
    with asking(FakeBoard()) as (classifier, events):
        classifier.run([pictures])
    assert events == [str(pictures / f"p{index}.png") for index in range(COUNT)]
    for row in classifier.answers:
        assert row["class"] == right_class(Path(row["image"]))
    classifier.demand_all()


def test_a_board_on_a_serial_line_classifies_pictures_on_windows(
    pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pretend_windows(monkeypatch)
    with asking(FakeBoard()) as (classifier, events):
        classifier.run([pictures])
    assert len(events) == COUNT
    classifier.demand_all()


def test_a_picture_without_an_answer_is_told_and_the_next_one_follows(pictures: Path) -> None:
    with asking(silent_for(2, 3, 6)) as (classifier, events):
        classifier.run([pictures])
    names = [event if isinstance(event, tuple) else Path(event).name for event in events]
    silent = {index: (f"p{index}.png", "SilenceError") for index in (2, 3, 6)}
    assert names == [silent.get(index, f"p{index}.png") for index in range(COUNT)]
    with pytest.raises(BoardError, match=r"3 of 8 images[\s\S]*p2\.png"):
        classifier.demand_all()


def test_a_picture_that_cannot_be_read_or_does_not_fit_is_told_too(
    pictures: Path, tmp_path: Path
) -> None:
    (tmp_path / "torn.png").write_bytes((pictures / "p0.png").read_bytes()[:60])
    assert cv2.imwrite(str(tmp_path / "small.png"), np.zeros((4, 4), np.uint8))
    paths = [tmp_path / "torn.png", pictures / "p0.png", tmp_path / "small.png", pictures]
    with asking(FakeBoard()) as (classifier, _):
        classifier.run(paths)
    assert len(classifier.answers) == 1 + COUNT
    with pytest.raises(DataError, match=r"torn\.png, .*small\.png"):
        classifier.demand_all()


def test_of_a_folder_of_pictures_of_any_size_those_that_can_be_read_are_answered(
    tmp_path: Path,
) -> None:
    for index in range(3):
        assert cv2.imwrite(str(tmp_path / f"p{index}.png"), np.zeros((20 + index, 30), np.uint8))
    (tmp_path / "torn.png").write_bytes(b"")
    with asking(FakeBoard()) as (classifier, events):
        classifier.known = Known(PictureFit(WIDTH, HEIGHT, "crop", "grey"))
        classifier.run([tmp_path])
    assert len(classifier.answers) == 3
    assert ("torn.png", "DataError") in events
    with pytest.raises(DataError, match=r"1 of 4 images[\s\S]*torn\.png"):
        classifier.demand_all()


@pytest.mark.parametrize("dead", [0, 4])
def test_a_board_that_fell_silent_is_left_and_the_command_says_how_to_go_on(
    pictures: Path, dead: int
) -> None:
    with asking(silent_for(*range(dead, COUNT))) as (classifier, events):
        with pytest.raises(BoardError, match=rf"{dead} answers came[\s\S]*--skip {dead}$"):
            classifier.run([pictures])
        assert len(classifier.answers) == dead
        assert len(events) == dead + GIVE_UP
    with asking(FakeBoard()) as (again, events):
        again.run([pictures], skip=dead)
    assert [Path(name).name for name in events] == [f"p{i}.png" for i in range(dead, COUNT)]


def test_class_names_are_asked_for_once(pictures: Path) -> None:
    fake = FakeBoard()
    with asking(fake) as (classifier, _):
        classifier.run([pictures, pictures])
    asked = [command for command, _ in fake.requests if command == Command.CLASS_NAME]
    assert len(asked) == len({row["class"] for row in classifier.answers})


def cut_at(number: int) -> Callable[[FakeBoard], FakeBoard]:
    """The line breaks when the picture is asked for."""

    def make(fake: FakeBoard) -> FakeBoard:
        def twist(request: Packet, frames: Reply) -> Reply:
            if request.command == Command.CLASSIFY and fake.image[0] == number:
                raise OSError("cut")
            return frames

        fake.twist = twist
        return fake

    return make


@pytest.fixture
def board_file(tmp_path: Path) -> Path:
    """A board by the name that the one in Python gives itself."""
    path = tmp_path / "fake.toml"
    path.write_text(firmware_path("boards", "netduinoplus2.toml").read_text(encoding="utf-8"))
    return path


def test_the_command_has_printed_its_answers_when_the_line_breaks(
    pictures: Path, board_file: Path
) -> None:
    with run_fake(cut_at(5)(FakeBoard())) as url:
        arguments = ("classify", pictures, "--board", board_file, "--port", url)
        told = board(*arguments)
        assert told.returncode == 10
        assert told.stdout.count(".png") == 5
        assert "--skip 5" in told.stderr
        as_json = board(*arguments, "--json")
        value = parse_json(as_json)
        assert [Path(row["image"]).name for row in value["images"]] == [
            f"p{index}.png" for index in range(5)
        ]
        assert as_json.returncode == 10
