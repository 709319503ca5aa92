"""What all commands share: how they end, and how they report what is wrong.

Results go to standard output, everything else to standard error. A mistake of the user produces one
message and a documented exit code, never a traceback; `CBCNN_TRACEBACK=1` asks for one.
"""

from __future__ import annotations

import contextlib
import errno
import io
import json
import os
import signal
import sys
import traceback
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import Any, Final, NoReturn

import click
from click.shell_completion import shell_complete

from cbcnn_inputs.errors import CbcnnError, OutputError, UsageError, printable
from cbcnn_inputs.installation import tool_version

EXIT_DEFECT: Final = 70
EXIT_INTERRUPTED: Final = 130
EXIT_BROKEN_PIPE: Final = 141
EXIT_TERMINATED: Final = 143

TRACEBACK_VARIABLE: Final = "CBCNN_TRACEBACK"


class Terminated(KeyboardInterrupt):
    """SIGTERM arrived; the command removes half-written output as after an interrupt."""


version_option: Final = click.version_option(
    tool_version(), message="%(prog)s %(version)s", help="Show the version and exit."
)


def run_command(
    command: click.Command, arguments: Sequence[str] | None = None, *, hint: str = ""
) -> NoReturn:
    """Run a command line to its end and exit with its code.

    Args:
        command: a click command; it raises `CbcnnError` for what a user can act on.
        arguments: without the program's name; None takes them from `sys.argv`.
        hint: printed after an interruption, says what to do next.
    """
    if not sys.warnoptions:
        warnings.simplefilter("ignore")
    signal.signal(signal.SIGTERM, _terminate)
    if isinstance(sys.stdout, io.TextIOWrapper):
        # Names and paths may hold characters that the terminal's encoding has not.
        sys.stdout.reconfigure(errors="backslashreplace")
    name = _program(command)
    if instruction := os.environ.get(completion_variable(name)):
        sys.exit(shell_complete(command, {}, name, completion_variable(name), instruction))
    code = _exit_code(command, name, sys.argv[1:] if arguments is None else arguments, hint)
    try:
        sys.stdout.flush()
    except (OSError, ValueError) as error:
        code = code or _report_os_error(error)
    if code in (EXIT_BROKEN_PIPE, OutputError.exit_code):
        # What is still in the buffer cannot be written; do not let the interpreter try again.
        with contextlib.suppress(io.UnsupportedOperation):  # of what stands in for a file
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(code)


def completion_variable(name: str) -> str:
    """The environment variable by which a shell asks a program of this name for completions."""
    return f"_{name.replace('-', '_').upper()}_COMPLETE"


def _program(command: click.Command) -> str:
    """What the user typed: `cbcnn-train`, or `cbcnn train`."""
    typed = sys.argv[0]
    return typed if typed.startswith("cbcnn ") else str(command.name)


def print_json(value: Mapping[str, Any]) -> None:
    """The one object that `--json` promises on standard output."""
    print(json.dumps(value, indent=1))


def print_error(error: CbcnnError) -> None:
    """The message of an error with its four parts, on standard error."""
    label = click.style("error:", fg="red", bold=True)
    click.echo(f"{label} {printable(str(error))}", err=True)


def print_warning(text: str) -> None:
    """One line on standard error."""
    click.echo(f"{click.style('warning:', fg='yellow')} {printable(text)}", err=True)


def escape(text: str) -> str:
    """`printable` text that rich prints as it is, brackets included."""
    from rich.markup import escape as escape_markup

    return escape_markup(printable(text))


def _exit_code(command: click.Command, name: str, arguments: Sequence[str], hint: str) -> int:
    try:
        with command.make_context(name, list(arguments)) as context:
            command.invoke(context)
    except CbcnnError as error:
        print_error(error)
        return error.exit_code
    except click.exceptions.Exit as request:
        return request.exit_code
    except click.UsageError as error:
        print_error(_usage_error(error))
        return UsageError.exit_code
    except (KeyboardInterrupt, click.Abort) as interrupt:
        # What TensorFlow was in the middle of building dies half built and complains of that.
        sys.unraisablehook = lambda _: None
        terminated = isinstance(interrupt, Terminated)
        what = "terminated" if terminated else "interrupted"
        click.echo(f"{what}; {hint}" if hint else what, err=True)
        return EXIT_TERMINATED if terminated else EXIT_INTERRUPTED
    except OSError as error:
        return _report_os_error(error)
    except Exception as error:
        return _report_defect(error)
    return 0


def _usage_error(error: click.UsageError) -> UsageError:
    message = error.format_message()
    help_hint = None if error.ctx is None else f"{error.ctx.command_path} --help"
    return UsageError(message[:1].lower() + message[1:].rstrip("."), suggestion=help_hint)


def _report_os_error(error: OSError | ValueError) -> int:
    if isinstance(error, OSError) and error.errno == errno.EPIPE:
        return EXIT_BROKEN_PIPE
    name = getattr(error, "filename", None)
    reason = getattr(error, "strerror", None) or str(error)
    what = "the result cannot be written" if name is None else f"{name} cannot be used"
    print_error(OutputError(what, found=reason))
    return OutputError.exit_code


def _report_defect(error: Exception) -> int:
    """Report something unforeseen: one message, and where to look."""
    if os.environ.get(TRACEBACK_VARIABLE):
        traceback.print_exception(error)
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    if isinstance(error, MemoryError):
        what, suggestion = "there is not enough memory", None
    else:
        what = "this is a defect of cbcnn, not of your input"
        suggestion = f"report it with the output of the same command under {TRACEBACK_VARIABLE}=1"
    text = f"{type(error).__name__}: {error}"[:500]
    print_error(CbcnnError(what, found=f"{text}{place}", suggestion=suggestion))
    return EXIT_DEFECT


def _terminate(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise Terminated
