"""A project of a user around generated code, and the commands that they type."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

from cbcnn_codegen.generation import Request, generate
from cbcnn_codegen.projects import parse_forms
from support.commands import ROOT

MODEL = ROOT / "tests" / "golden" / "compressed.h5"

MAIN = """
#include "net.h"
static uint64_t arena[NET_ARENA_BYTES / 8 + 1];
static int8_t plane[NET_IMAGE_BYTES];
int main(void)
{
    return net_classify(plane, arena) < NET_CLASSES ? 0 : 1;
}
"""


def write_net(
    folder: Path, project: str, target: str, *, name: str = "net", **options: Any
) -> Path:
    request = Request(
        model=MODEL,
        target=target,
        name=name,
        project=parse_forms(project),
        measure=False,
        **options,
    )
    generate(request).write(folder / name)
    (folder / "main.c").write_text(MAIN)
    return folder / name


def run(*command: str | Path, folder: Path) -> str:
    """What a command prints; it must succeed without a warning."""
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert result.returncode == 0, (result.stdout + result.stderr)[-2000:]
    assert "warning" not in result.stderr.lower(), result.stderr
    return result.stdout
