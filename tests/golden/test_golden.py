"""Generated projects of tiny models, compared byte for byte with the ones beside this file.

A difference shows a reviewer what a change does to the C that users have in their repositories:

    pytest tests/golden --update-golden
    git diff tests/golden

`compressed.h5` has an Image Compression Block, class names, padding with +1, a bias, and negative
gamma on both sides of a pooling. The other models are files of real versions of Larq.
"""

from __future__ import annotations

import difflib
import shutil
from pathlib import Path
from typing import Any

import pytest

from cbcnn_codegen.generation import Request, generate

HERE = Path(__file__).parent
REAL = HERE.parent / "read" / "data" / "tf2.12"
LONGEST_DIFFERENCE = 60

PROJECTS: dict[str, dict[str, Any]] = {
    "compressed": {
        "model": HERE / "compressed.h5",
        "target": "cortex-m0",
        "class_names": True,
        "project": ("make",),
    },
    "sequential": {"model": REAL / "sequential.h5", "target": "cortex-m4"},
    "larq_extras": {
        "model": REAL / "larq_extras.h5",
        "target": "host",
        "scores": "float",
        "split_weights": True,
        "project": ("cmake",),
        "input_type": "int8",
    },
}


@pytest.mark.parametrize("name", PROJECTS)
def test_a_project_is_generated_as_it_was(name: str, request: pytest.FixtureRequest) -> None:
    """Nothing is measured: sizes belong to a compiler, and not to what is generated."""
    files = generate(Request(**PROJECTS[name], name=name, measure=False)).files
    folder = HERE / "projects" / name
    if request.config.getoption("--update-golden"):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for file, text in files.items():
            (folder / file).write_bytes(text.encode())
    assert {path.name for path in folder.iterdir()} == files.keys()
    for file, text in files.items():
        golden = (folder / file).read_bytes().decode()
        if golden != text:
            lines = difflib.unified_diff(
                *(golden.splitlines(), text.splitlines(), "golden", "now"), lineterm="", n=1
            )
            shown = "\n".join([*lines][:LONGEST_DIFFERENCE])
            pytest.fail(f"{name}/{file} differs; see --update-golden\n{shown}")


def test_every_golden_project_is_compared() -> None:
    assert {path.name for path in (HERE / "projects").iterdir()} == PROJECTS.keys()
