"""Finds programs and packages of others, starts them, limits their time and ends them.

No other module starts a program. A program that is missing, cannot be started or does not end is an
error with an exit code of its own, and none outlives an interrupted command.
"""

from __future__ import annotations

import contextlib
import importlib
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import IO, Any, Final, NamedTuple

from cbcnn_codegen.errors import BuildError, CbcnnError, MissingToolError
from cbcnn_inputs.installation import install_command
from cbcnn_inputs.systems import inherited

Command = Sequence[str | Path]

_MESSAGE_LINES: Final = 12


def find_tool(command: str, package: str) -> str:
    """Full path of a program.

    Raises:
        MissingToolError: not installed; names the Debian package that has it.
    """
    path = shutil.which(command)
    if path is None:
        raise MissingToolError(
            f"{command} is not installed",
            allowed=f"{command} in one of the folders of PATH",
            suggestion=f"apt-get install {package}",
        )
    return path


def load_package(name: str, purpose: str) -> ModuleType:
    """A module of the extra `profile`.

    Raises:
        MissingToolError: it is not installed.
    """
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise MissingToolError(
            f"the Python package {name.partition('.')[0]} is not installed",
            found=f"it is needed to {purpose}",
            suggestion=install_command("profile"),
        ) from error


class Finished(NamedTuple):
    """How a program ended; a negative code is a signal."""

    code: int
    output: bytes
    messages: str

    @property
    def text(self) -> str:
        """What it printed."""
        return self.output.decode(errors="replace")


class Processes:
    """The programs that are running, started from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[bytes]] = set()
        self._stopped = False

    def run(
        self,
        command: Command,
        *,
        seconds: float,
        data: bytes = b"",
        folder: Path | None = None,
        endless: CbcnnError | None = None,
    ) -> Finished:
        """Run a program to its end.

        Args:
            command: its name or path, and arguments.
            seconds: after which it is killed.
            data: its standard input.
            folder: where it runs; None for the one of this command.
            endless: the error for a program that was killed; None for a general one.

        Raises:
            MissingToolError: it cannot be started.
            CbcnnError: it took longer than `seconds`.
            KeyboardInterrupt: `stop` was called.
        """
        with self._started(command, folder, stderr=subprocess.PIPE) as process:
            try:
                output, messages = process.communicate(data, timeout=seconds)
            except subprocess.TimeoutExpired as error:
                raise endless or _endless_error(command, seconds) from error
        self._demand_going_on()
        return Finished(process.returncode, output, messages.decode(errors="replace"))

    def follow(
        self,
        command: Command,
        *,
        seconds: float,
        line: Callable[[str], None] = lambda _line: None,
        endless: CbcnnError | None = None,
    ) -> Finished:
        """Run a program without input; its output and messages are one, in the order it wrote.

        Args:
            command: its name or path, and arguments.
            seconds: after which it is killed.
            line: is called with every line, as it comes.
            endless: the error for a program that was killed; None for a general one.

        Raises:
            MissingToolError: it cannot be started.
            CbcnnError: it took longer than `seconds`.
            KeyboardInterrupt: `stop` was called.
        """
        lines = []
        late = threading.Event()
        with self._started(command, None, stderr=subprocess.STDOUT) as process:

            def end() -> None:
                late.set()
                process.kill()

            watch = threading.Timer(seconds, end)
            watch.start()
            try:
                assert process.stdin is not None, "it is a pipe"
                assert process.stdout is not None, "it is a pipe"
                process.stdin.close()
                for found in process.stdout:
                    lines.append(found)
                    line(found.decode(errors="replace"))
                process.wait()
            finally:
                watch.cancel()
        self._demand_going_on()
        if late.is_set():
            raise endless or _endless_error(command, seconds)
        return Finished(process.returncode, b"".join(lines), "")

    def stop(self) -> None:
        """Kill all running programs, and let none start any more."""
        with self._lock:
            self._stopped = True
            for process in self._running:
                process.kill()

    @contextlib.contextmanager
    def _started(
        self, command: Command, folder: Path | None, stderr: int
    ) -> Iterator[subprocess.Popen[bytes]]:
        with self._lock:
            self._demand_going_on()
            process = _start(
                command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stderr
            )
            self._running.add(process)
        with process:
            try:
                yield process
            finally:
                with self._lock:
                    self._running.discard(process)
                process.kill()  # does nothing to one that has ended

    def _demand_going_on(self) -> None:
        if self._stopped:
            raise KeyboardInterrupt


class RunningTool:
    """A program that runs beside this one until `end`."""

    def __init__(self, command: Command, messages: IO[bytes], descriptors: Sequence[int]) -> None:
        """Start it; what it prints goes to a file, and it inherits the descriptors.

        Raises:
            MissingToolError: it cannot be started, or not with descriptors on this system.
        """
        self._process = _start(
            command,
            stdin=subprocess.DEVNULL,
            stdout=messages,
            stderr=messages,
            **inherited(descriptors),
        )

    @property
    def process_id(self) -> int:
        """As the system knows it."""
        return self._process.pid

    def wait(self, seconds: float | None = None) -> int | None:
        """Its exit code, once it has ended; None if it has not within so many seconds."""
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def end(self, seconds: float) -> None:
        """Ask it to end, and kill it after so many seconds."""
        self._process.terminate()
        if self.wait(seconds) is None:
            self._process.kill()
            self._process.wait()


run_tool: Final = Processes().run
"""`Processes.run` for whoever has no `Processes` to stop."""


def first_lines(text: str) -> str:
    """The part of a program's messages that shows what is wrong."""
    lines = text.strip().splitlines()
    more = len(lines) - _MESSAGE_LINES
    return "\n".join([*lines[:_MESSAGE_LINES], *([f"({more} more lines)"] if more > 0 else [])])


def _start(command: Command, **options: Any) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(command, **options)
    except OSError as error:
        raise MissingToolError(
            f"{Path(command[0]).name} cannot be started",
            found=f"{command[0]}: {error.strerror or error}",
            suggestion="install it again, or name a folder where programs may run: TMPDIR",
        ) from error


def _endless_error(command: Command, seconds: float) -> BuildError:
    return BuildError(f"{Path(command[0]).name} did not end in {seconds:.0f} s")
