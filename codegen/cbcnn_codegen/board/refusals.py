"""Why a board did not give what it was asked for."""

from __future__ import annotations

from cbcnn_codegen.board.frames import Packet
from cbcnn_codegen.board.protocol import command_name, describe_status
from cbcnn_codegen.errors import BoardError


class SilenceError(BoardError):
    """No valid answer came."""


class RestartedError(BoardError):
    """The board restarted while it was asked; what it was told before is lost."""


class FaultError(BoardError):
    """The board's program broke off with a fault, and the board restarted."""


class StatusError(BoardError):
    """The board answered that it cannot."""

    def __init__(self, command: int, answer: Packet, suggestion: str | None = None) -> None:
        super().__init__(
            f"the board refuses {command_name(command)}",
            found=describe_status(answer.status),
            suggestion=suggestion,
        )
        self.status = answer.status
        self.payload = answer.payload
