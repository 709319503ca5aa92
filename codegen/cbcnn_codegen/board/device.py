"""Ask a board that runs a generated model; docs/protocol.md."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import numpy as np
import numpy.typing as npt

from cbcnn_codegen.board.info import parse_info
from cbcnn_codegen.board.link import Link
from cbcnn_codegen.board.protocol import (
    Command,
    Decision,
    Format,
    RestartedError,
    SilenceError,
    Status,
    StatusError,
    decode_text,
)
from cbcnn_codegen.errors import BoardError
from cbcnn_inputs.answers import decide

Array = npt.NDArray[Any]
Result = TypeVar("Result")

_PLANE, _SCORES = 0, 1
_READ_HEAD: Final = 4
_IMAGE_HEAD: Final = 8
_TRANSFERS: Final = 3
_RUNS_AT_A_TIME: Final = 5


@dataclass(frozen=True)
class Answer:
    """A board's result for one image.

    Attributes:
        ticks: of its cycle counter, for the network alone.
        image_crc: of the image as it was sent.
        decision: whether the model rejects the image.
    """

    answer: int
    scores: Array
    ticks: int
    image_crc: int
    decision: Decision = Decision.ALWAYS

    @property
    def is_rejected(self) -> bool:
        """Whether `answer` counts as none."""
        return self.decision is Decision.REJECTED


@dataclass(frozen=True)
class SelfTest:
    """Result of the golden images in flash; `failing` is the first that failed, or None."""

    run: int
    passed: int
    failing: int | None
    expected: int
    computed: int


@dataclass(frozen=True)
class StackUse:
    """Bytes; `model` is what one inference used."""

    reserved: int
    deepest: int
    model: int
    is_guard_intact: bool


class Device:
    """A board that answered.

    Attributes:
        link: to it.
        info: what it said about itself.
    """

    def __init__(self, link: Link) -> None:
        self.link = link
        self._sent: tuple[bytes, Format] | None = None
        self.info = parse_info(link.request(Command.INFO).payload)

    @property
    def _model(self) -> bytes:
        return self.info.model_sha256[:4]

    def classify(self, image: Array, kind: Format) -> Answer:
        """Send an image and let the board compute class and scores.

        Args:
            image: of a shape that `info` names for `kind`; bytes as they are, uint16 for RGB565.
            kind: how the pixels are sent.

        Raises:
            BoardError: it cannot, or keeps losing what it was sent.
        """
        data = image.tobytes()
        crc = zlib.crc32(data)

        def act() -> Answer:
            self._send_image(data, kind)
            request = self._model + struct.pack("<I", crc)
            payload = self._work(Command.CLASSIFY, request)
            answer, decision, ticks, returned, scores_crc = _unpack(
                "<HHIII", payload, Command.CLASSIFY
            )
            if decision not in list(Decision):
                raise _strange(Command.CLASSIFY, payload)
            scores = self._read_all(_SCORES, crc)
            if returned != crc or zlib.crc32(scores) != scores_crc:
                raise LostImageError("image or scores changed on the way")
            return Answer(answer, self._as_scores(scores, answer), ticks, crc, Decision(decision))

        return self._persist(act)

    def plane(self, image_crc: int) -> bytes:
        """The network's input, as the board made it of the last image."""
        self._restore_image()
        return self._read_all(_PLANE, image_crc)

    def layer(self, index: int, image_crc: int) -> bytes:
        """Output of a layer for the last image, as it lies in the board's memory."""
        head = self._model + struct.pack("<IBx", image_crc, index)
        return self._gather(Command.LAYER, head, self.link.patience.compute)

    def self_test(self) -> SelfTest:
        """Let the board classify the golden images in its flash.

        Raises:
            BoardError: it holds none.
        """
        payload = self._work(Command.SELF_TEST, bytes([0, 255]))
        run, passed, failing, expected, computed = _unpack("<BBBxHH", payload, Command.SELF_TEST)
        return SelfTest(run, passed, None if failing == 0xFF else failing, expected, computed)

    def bench(self, runs: int) -> npt.NDArray[np.uint32]:
        """Ticks of `runs` runs: a row each, the whole network first, then every layer."""
        columns = self.info.layers + 1
        room = max((self.info.max_payload - 4) // (4 * columns), 1)
        at_a_time = 1 if self.info.spends_image else min(room, _RUNS_AT_A_TIME)
        rows: list[Array] = []
        while (left := runs - sum(map(len, rows))) > 0:
            self._restore_image()
            request = self._model + struct.pack("<HH", min(left, at_a_time), 0)
            payload = self._work(Command.BENCH, request)
            count, width = _unpack("<HH", payload[:4], Command.BENCH)
            if width != columns or not count or len(payload) != 4 + 4 * count * width:
                raise _strange(Command.BENCH, payload)
            rows.append(np.frombuffer(payload, "<u4", offset=4).reshape(count, width))
        return np.concatenate(rows)

    def stack(self, *, run: bool) -> StackUse:
        """Depth of the stack; `run` lets the model run once on a freshly painted stack."""
        if run:
            self._restore_image()
        payload = self._work(Command.STACK, bytes([run]))
        reserved, deepest, model, intact = _unpack("<IIIBxxx", payload, Command.STACK)
        return StackUse(reserved, deepest, model, bool(intact))

    def reset(self) -> None:
        """Restart the board and wait until it is back."""
        self.link.request(Command.RESET, b"RSET")
        self.link.wait_for_hello()

    def class_name(self, index: int) -> str | None:
        """The name of a class, if the firmware holds names."""
        try:
            answer = self.link.request(Command.CLASS_NAME, struct.pack("<H", index))
        except StatusError as error:
            if error.status in (Status.NOT_SUPPORTED, Status.UNKNOWN_COMMAND):
                return None
            raise
        return decode_text(answer.payload)

    def _work(self, command: Command, request: bytes) -> bytes:
        return self.link.request(command, request, self.link.patience.compute).payload

    def _persist(self, act: Callable[[], Result]) -> Result:
        """Try again, from the image on, when the board lost it or is silent for a while."""
        for _ in range(_TRANSFERS - 1):
            try:
                return act()
            except (LostImageError, RestartedError, SilenceError):
                self.link.synchronise()
            except StatusError as error:
                if error.status not in (Status.WRONG_IMAGE, Status.WRONG_OFFSET):
                    raise
        return act()

    def _restore_image(self) -> None:
        """Send the last image again where a run has left nothing of it."""
        if self.info.spends_image and self._sent is not None:
            self._send_image(*self._sent)

    def _send_image(self, data: bytes, kind: Format) -> None:
        self._sent = data, kind
        room = self.info.max_payload - _IMAGE_HEAD
        part_bytes = room - room % self.info.pixel_bytes(kind)
        offset = 0
        while offset < len(data):
            part = data[offset : offset + part_bytes]
            request = struct.pack("<B3xI", kind, offset) + part
            try:
                payload = self.link.request(Command.IMAGE, request).payload
            except StatusError as error:
                offset = self._find_offset(error, offset, len(data))
                continue
            received, crc = _unpack("<II", payload, Command.IMAGE)
            offset += len(part)
            if received != offset or crc != zlib.crc32(data[:offset]):
                raise LostImageError("the board received another image")

    @staticmethod
    def _find_offset(error: StatusError, offset: int, size: int) -> int:
        """Offset to continue at after `wrong offset`: the part had arrived, its answer had not."""
        if error.status != Status.WRONG_OFFSET or len(error.payload) != 4:
            raise error
        expected = int.from_bytes(error.payload, "little")
        if not offset < expected <= size:
            raise LostImageError("the board lost a part of the image") from error
        return expected

    def _read_all(self, what: int, image_crc: int) -> bytes:
        head = struct.pack("<IBx", image_crc, what)
        return self._gather(Command.READ, head, None)

    def _gather(self, command: Command, head: bytes, seconds: float | None) -> bytes:
        """All bytes of what the board gives in parts."""
        data = b""
        while True:
            request = head + struct.pack("<HI", self.info.max_payload - _READ_HEAD, len(data))
            if command is Command.LAYER:
                self._restore_image()
            payload = self.link.request(command, request, seconds).payload
            (total,) = _unpack("<I", payload[:_READ_HEAD], command)
            data += payload[_READ_HEAD:]
            if len(data) == total:
                return data
            if len(data) > total or len(payload) == _READ_HEAD:
                raise _strange(command, payload)

    def _as_scores(self, data: bytes, answer: int) -> Array:
        """Scores in their type; they must mean the class."""
        if len(data) != self.info.scores * self.info.score_type.itemsize:
            raise _strange(Command.READ, data)
        scores = np.frombuffer(data, self.info.score_type)
        meant = int(decide(scores.reshape(1, -1))[0])
        if meant != answer:
            raise BoardError(
                "the board's class is not that of its scores",
                found=f"class {answer}, while the scores mean class {meant}",
                suggestion="build and flash the firmware again; report a defect if it repeats",
            )
        return scores


class LostImageError(BoardError):
    """An image did not arrive as it was sent; sending it again may help."""


def _unpack(form: str, payload: bytes, command: Command) -> tuple[int, ...]:
    try:
        return struct.unpack(form, payload)
    except struct.error:
        raise _strange(command, payload) from None


def _strange(command: Command, payload: bytes) -> BoardError:
    return BoardError(
        f"the answer to {command.name.lower().replace('_', ' ')} cannot be understood",
        found=f"{len(payload)} bytes: {payload[:16].hex(' ')}",
        suggestion="build and flash the firmware with this version of cbcnn",
    )
