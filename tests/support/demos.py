"""The demos of the Makefile, without what they set up: it is set up here."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from support.commands import ROOT, environment


def run_demo(target: str, setup: Sequence[str], **variables: str | int | Path) -> list[str]:
    """The lines that `make TARGET` prints.

    Args:
        target: of the Makefile.
        setup: other targets that it counts as done.
        variables: of the Makefile.
    """
    settled = [word for name in ("setup", *setup) for word in ("-o", name)]
    given = {"BIN": Path(sys.executable).parent, **variables}
    arguments = [f"{name}={value}" for name, value in given.items()]
    demo = subprocess.run(
        ["make", "--no-print-directory", *settled, target, *arguments],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=500,
    )
    assert demo.returncode == 0, demo.stderr
    return demo.stdout.splitlines()


def by_first_word(lines: Sequence[str]) -> dict[str, str]:
    """Lines by their first words."""
    return {line.partition(" ")[0]: line for line in lines}
