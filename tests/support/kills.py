"""Let a function run in a process that is killed before one of the calls that change its folder."""

from __future__ import annotations

import os
import signal
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from cbcnn_inputs import exchange

CHANGES = frozenset(
    (
        *("os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.link", "os.symlink"),
        *("os.chmod", "os.truncate", "open"),
    )
)
"""What Python tells before it calls the system; `open` also for reading, which changes nothing."""


def kill_everywhere(
    root: Path, prepare: Callable[[], None], act: Callable[[], None]
) -> Iterator[int]:
    """Kill `act` before its first change in `root`, its second and so on, until it gets through.

    Args:
        root: changes outside it do not count.
        prepare: makes everything as it is before `act`.
        act: runs in a process of its own.

    Yields:
        The number of the change before which the process was killed.
    """
    number = 0
    while True:
        prepare()
        if not _is_killed(root, act, number):
            assert number > 3, "hardly anything changed"
            return
        yield number
        number += 1


def _is_killed(root: Path, act: Callable[[], None], number: int) -> bool:
    """Whether the process was killed before change `number`; it may have ended before."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # threads of the test runner do not matter to the child
        child = os.fork()
    if child == 0:
        try:
            _die_before(root, number)
            act()
            os._exit(0)
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, "it failed by itself"
    return os.WIFSIGNALED(status)


def _die_before(root: Path, number: int) -> None:
    left = number
    place = os.fsencode(os.path.realpath(root))

    def count(*paths: Any) -> None:
        nonlocal left
        names = [os.fsencode(path) for path in paths if isinstance(path, str | bytes | os.PathLike)]
        if any(os.path.realpath(name).startswith(place) for name in names):
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            left -= 1

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        if event in CHANGES:
            count(*arguments)

    sys.addaudithook(watch)
    call = exchange._system_call()
    if call is not None:

        def watched(*arguments: Any) -> Any:
            count(*arguments)
            return call(*arguments)

        exchange._system_call = lambda: watched  # type: ignore[assignment]
