"""The process that speaks with Ray, and what a worker of Ray does.

Ray ends the process that uses it if the cluster goes away, or waits without an end. So it has one
of its own: `serve` runs there, knows nothing of the study, and can be lost. It takes `Order`s from
a pipe, hands each to Ray as a task, which Ray begins again elsewhere if a worker or a machine dies,
and sends an `Answer` for each. A `Beat` tells now and then that the cluster is there.
"""

from __future__ import annotations

import os
import signal
import socket
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final, TypeAlias

from cbcnn_inputs.errors import CbcnnError, OutputError
from cbcnn_trainer.search.candidate import Report
from cbcnn_trainer.search.plan import Job

LOCAL: Final = "local"
LOG: Final = "ray.log"
_ATTEMPTS_AGAIN: Final = 3
"""How often a part of a training is begun again after its process or machine died."""

_BEAT_SECONDS: Final = 1.0
_CONNECT_SECONDS: Final = 5.0

_SETTINGS: Final = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    "RAY_gcs_rpc_server_reconnect_timeout_s": "20",
}
_ONE_CORE: Final = {
    **{"TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1"},
    **{"TF_CPP_MIN_LOG_LEVEL": "3", "TF_USE_LEGACY_KERAS": "1"},
}

Train: TypeAlias = Callable[[Job, Report], None]
Epochs: TypeAlias = list[tuple[int, float]]
"""Numbers of finished epochs, and the best validation accuracy after each."""


@dataclass(frozen=True)
class Order:
    """Train a candidate up to an epoch, from where its checkpoint is."""

    train: Train
    job: Job
    until: int


@dataclass(frozen=True)
class Beat:
    """The cluster is there and has so many processors."""

    processors: int


@dataclass(frozen=True)
class Refusal:
    """There is no cluster at the address."""

    reason: str


@dataclass(frozen=True)
class Loss:
    """What became of a part whose workers died again and again."""

    reason: str


@dataclass(frozen=True)
class Fault:
    """A worker ended in an error that is none of the project's own."""

    reason: str


@dataclass(frozen=True)
class Answer:
    """What became of the order for candidate `number`."""

    number: int
    outcome: Epochs | Loss | Fault | CbcnnError


def serve(address: str, log: Path, pipe: Connection) -> None:
    """Hand orders to the cluster until the other end of the pipe is closed.

    Args:
        address: of the cluster, HOST:PORT or `auto`; `local` for one on this machine.
        log: file for what Ray prints.
        pipe: orders come in, beats and answers go out.
    """
    _write_to(log)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever gave the orders hears of Ctrl-C
    os.environ.update({**_SETTINGS, **os.environ})
    try:
        _connect(address)
    except (ConnectionError, RuntimeError, ValueError, OSError) as error:
        pipe.send(Refusal(f"{type(error).__name__}: {error}"[:300]))
        return
    try:
        _hand_on(pipe)
    except (EOFError, BrokenPipeError):
        pass  # nobody waits for answers any more
    finally:
        import ray

        ray.shutdown()


def _write_to(log: Path) -> None:
    """Send whatever this process and Ray's own code print to a file."""
    with log.open("ab") as file:
        for stream in (1, 2):
            os.dup2(file.fileno(), stream)


def _connect(address: str) -> None:
    host, colon, port = address.rpartition(":")
    if colon and port.isdecimal():  # Ray itself would ask for a long time
        socket.create_connection((host, int(port)), timeout=_CONNECT_SECONDS).close()
    import ray

    quiet: dict[str, Any] = {"log_to_driver": False, "logging_level": "ERROR"}
    if address == LOCAL:
        alone: dict[str, Any] = {"include_dashboard": False, "_node_ip_address": "127.0.0.1"}
        ray.init(address=LOCAL, **alone, **quiet)
    else:
        ray.init(address=address, **quiet)


def _hand_on(pipe: Connection) -> None:
    import ray

    task = ray.remote(num_cpus=1, max_retries=_ATTEMPTS_AGAIN)(train_part)
    running: dict[Any, int] = {}
    beaten = -_BEAT_SECONDS
    while True:
        if time.monotonic() - beaten >= _BEAT_SECONDS:
            beaten = time.monotonic()
            if processors := int(ray.cluster_resources().get("CPU", 0)):
                pipe.send(Beat(processors))
        while pipe.poll(0 if running else _BEAT_SECONDS):
            order: Order = pipe.recv()
            running[task.remote(order)] = order.job.number
        if running:
            done, _ = ray.wait(list(running), timeout=_BEAT_SECONDS / 5)
            for reference in done:
                pipe.send(Answer(running.pop(reference), _outcome(reference)))


def _outcome(reference: Any) -> Any:
    import ray

    try:
        return ray.get(reference)
    except ray.exceptions.RayTaskError as error:
        traceback.print_exception(error)
        return Fault(str(error.cause or error).strip().splitlines()[-1][:300])
    except ray.exceptions.RayError as error:
        return Loss(f"{type(error).__name__}: {error}"[:300])


def train_part(order: Order) -> Epochs | CbcnnError:
    """What a worker does: train up to the epoch, and say what came of each."""
    os.environ.update(_ONE_CORE)
    job, told = order.job, []
    if not Path(job.folder).is_dir():
        return OutputError(
            f"{job.folder} is not there on {socket.gethostname()}",
            allowed="one folder of the search that all machines see under the same path",
            suggestion="-o in a shared folder",
        )

    def report(epoch: int, accuracy: float) -> bool:
        told.append((epoch, accuracy))
        return epoch < order.until

    try:
        order.train(job, report)
    except CbcnnError as error:
        return error
    return told
