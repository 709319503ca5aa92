"""Let a board classify pictures one after the other, and go on where one of them fails."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from cbcnn_codegen.board.counts import Unit
from cbcnn_codegen.board.device import Device, LostImageError
from cbcnn_codegen.board.info import Info
from cbcnn_codegen.board.protocol import (
    Decision,
    FaultError,
    Format,
    RestartedError,
    SilenceError,
    StatusError,
)
from cbcnn_codegen.errors import BoardError, CbcnnError, DataError
from cbcnn_inputs.own_pictures.known import NOTHING_KNOWN, Known
from cbcnn_inputs.shapes import holds

Array = npt.NDArray[Any]

_SHOWN: Final = 5
"""Names in one message."""

GIVE_UP: Final = 3
"""After so many images in a row without an answer no more are sent."""

_OF_THE_IMAGE: Final = (SilenceError, RestartedError, FaultError, StatusError, LostImageError)
"""Errors that the next image may not meet; the line itself still works."""


@dataclass
class Classifier:
    """Asks a board about one image after the other.

    Attributes:
        device: that answers.
        unit: of its counter.
        tell: gets each answer as soon as it is there: name, class, name of the class and so on.
        warn: gets the name of an image without an answer, and the reason.
        known: how the model's training prepared pictures.
        answers: all of them.
        failures: names of the images without an answer, and why.
    """

    device: Device
    unit: Unit | None
    tell: Callable[[dict[str, Any]], None]
    warn: Callable[[str, CbcnnError], None]
    known: Known = NOTHING_KNOWN
    answers: list[dict[str, Any]] = field(default_factory=list)
    failures: list[tuple[str, CbcnnError]] = field(default_factory=list)
    _names: dict[int, str | None] = field(default_factory=dict)

    def run(self, paths: Sequence[Path], skip: int = 0) -> None:
        """Ask about all images; warn of one that cannot be read or gets no answer, and go on.

        Args:
            paths: files, or folders of PNGs or IDX files, or npz.
            skip: leave out so many images at the start.

        Raises:
            BoardError: the line broke, or several images in a row got no answer; the message says
                how to go on.
        """
        without_answer = 0
        shape = self.device.info.shape
        images = enumerate(_load(paths, shape, self.known, self._fail))
        for index, (name, image) in islice(images, skip, None):
            try:
                self._ask(name, image)
                without_answer = 0
            except DataError as error:
                self._fail(name, error)
            except _OF_THE_IMAGE as error:
                self._fail(name, error)
                without_answer += 1
                if without_answer == GIVE_UP:
                    raise self._stop(error, index + 1 - GIVE_UP) from error
            except BoardError as error:
                raise self._stop(error, index) from error

    def demand_all(self) -> None:
        """Raise unless every image has an answer.

        Raises:
            DataError: some could not be read, or did not fit.
            BoardError: the board gave no answer to some.
        """
        if not self.failures:
            return
        total = len(self.answers) + len(self.failures)
        names = [name for name, _ in self.failures]
        more = [f"and {len(names) - _SHOWN} more"] if len(names) > _SHOWN else []
        of_data = all(isinstance(error, DataError) for _, error in self.failures)
        raise (DataError if of_data else BoardError)(
            f"{len(names)} of {total} images have no answer",
            found=", ".join([*names[:_SHOWN], *more]),
            suggestion="ask for these again" if not of_data else None,
        )

    def _ask(self, name: str, image: Array) -> None:
        kind, sent = _prepare(self.device.info, name, image)
        answer = self.device.classify(sent, kind)
        if answer.answer not in self._names:
            found = name_classes(self.device, [answer.answer], self.known.class_names)
            self._names |= found
        row: dict[str, Any] = {
            "image": name,
            "class": answer.answer,
            "name": self._names[answer.answer],
            "scores": answer.scores.tolist(),
        }
        if answer.decision is not Decision.ALWAYS:
            row["rejected"] = answer.is_rejected
        if self.unit is not None:
            row[self.unit.name] = round(answer.ticks * self.unit.factor)
        self.answers.append(row)
        self.tell(row)

    def _fail(self, name: str, error: CbcnnError) -> None:
        self.failures.append((name, error))
        self.warn(name, error)

    def _stop(self, error: CbcnnError, index: int) -> BoardError:
        """The error that ends a run before its end."""
        return BoardError(
            f"no more images are sent; {len(self.answers)} answers came",
            found=f"{error.what}\n{error.found or ''}".strip(),
            suggestion=f"when the board answers again: the same command with --skip {index}",
        )


def _load(
    paths: Sequence[Path],
    shape: tuple[int, int, int],
    known: Known,
    fail: Callable[[str, CbcnnError], None],
) -> Iterator[tuple[str, Array]]:
    """Images with their names, in order; tells `fail` of a path that cannot be read."""
    from cbcnn_inputs.datasets import load_images

    for path in paths:
        try:
            loaded = load_images(path, None, shape, known, skip_bad=known.fit is not None)
        except DataError as error:
            fail(str(path), error)
            continue
        for bad in loaded.bad:
            name = str(path / bad.name if path.is_dir() else path)
            fail(name, DataError("it cannot be read", found=bad.reason))
        for index, image in enumerate(loaded.images):
            if not path.is_dir() and len(loaded.images) == 1:
                yield str(path), image
            elif loaded.names is not None:
                yield str(path / loaded.names[index]), image
            else:
                yield f"{path}[{index}]", image


def _prepare(info: Info, name: str, image: Array) -> tuple[Format, Array]:
    """Format and pixels to send. The picture must have the model's size: nothing here scales it."""
    height, width, channels = info.shape
    is_colour = image.ndim == 3 and image.shape[2] == 3
    size = image.shape[:2] == (height, width)
    if size and image.dtype == np.uint8:
        if is_colour and Format.RGB888 in info.formats:
            return Format.RGB888, np.ascontiguousarray(image)
        if image.size == height * width and Format.GREY in info.formats:
            return Format.GREY, np.ascontiguousarray(image)
    if holds(image.shape, info.shape) and str(image.dtype) == info.pixel_type:
        return Format.PLANE, np.ascontiguousarray(image).reshape(info.shape)
    colour = f" or uint8 [{height}, {width}, 3]" if Format.RGB888 in info.formats else ""
    raise DataError(
        f"{name} does not fit the model on the board",
        found=f"{image.dtype} {list(image.shape)}",
        allowed=f"{info.pixel_type} [{height}, {width}, {channels}]{colour}",
        suggestion="scale the picture to that size; --dir DIR with the code does it for a model "
        "that was trained on pictures of any size",
    )


def name_classes(
    device: Device, classes: Iterable[int], known: Sequence[str] = ()
) -> dict[int, str | None]:
    """A name for each class: the firmware's, else that in the model's report; None without one."""

    def name(index: int) -> str | None:
        return device.class_name(index) or (known[index] if index < len(known) else None)

    return {index: name(index) for index in classes}
