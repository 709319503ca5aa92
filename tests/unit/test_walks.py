"""What CONTRIBUTING.md says of adding something names files that exist, and all of them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cbcnn_inputs import datasets
from cbcnn_inputs.own_pictures import FOLDER
from cbcnn_trainer import presets

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
PACKAGES = (ROOT / "inputs", ROOT / "trainer", ROOT / "codegen")
FORMATS = ROOT / "inputs" / "cbcnn_inputs" / "model_files"


def named_paths() -> list[str]:
    """Paths in code spans that name no file to be written."""
    found = re.findall(r"`([a-z_.-]+(?:/[a-z0-9_.{},-]+)+/?)`", TEXT)
    return sorted(set(found))


def test_every_file_that_is_named_exists() -> None:
    paths = named_paths()
    assert len(paths) > 20
    inside = ("inputs/cbcnn_inputs", "inputs/cbcnn_inputs/datasets", "codegen/cbcnn_codegen")
    roots = [ROOT, *(ROOT / folder for folder in (*inside, "firmware_templates"))]
    missing = [path for path in paths if not any((root / path).exists() for root in roots)]
    assert not missing


def files_with(text: str) -> list[Path]:
    """The packages' files that hold a text."""
    files = [path for package in PACKAGES for path in package.rglob("*.py")]
    return [path for path in files if text in path.read_text(encoding="utf-8")]


@pytest.mark.parametrize("name", [name for name in datasets.NAMES if name != "signs"])
def test_a_data_set_is_named_where_its_walk_says(name: str) -> None:
    """`signs` is a word of its own elsewhere."""
    named = {path.name for path in files_with(f'"{name}"')}
    assert named <= {"registry.py", "presets.py", "download.py"}


def test_every_data_set_has_a_default_preset() -> None:
    assert presets.DEFAULT_PRESETS.keys() == {*datasets.NAMES, FOLDER}


@pytest.mark.parametrize("kind", ["LegacyWeights", "ArchiveWeights", "KerasArchive", "read_h5"])
def test_no_other_folder_tells_model_formats_apart(kind: str) -> None:
    assert {path.parent for path in files_with(kind)} == {FORMATS}
