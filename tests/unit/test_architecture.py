"""The rules that keep the parts apart."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TRAINER = ROOT / "trainer" / "cbcnn_trainer"
CODEGEN = ROOT / "codegen" / "cbcnn_codegen"
INPUTS = ROOT / "inputs" / "cbcnn_inputs"
LAYERS = ROOT / "layers" / "cbcnn_layers"
ORACLE = "cbcnn_trainer.oracle"
"""The live Larq model, asked for by `--against larq` alone."""


def imported_modules(path: Path) -> set[str]:
    """Every module that a file imports, at the top or inside a function."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def python_files(package: Path) -> list[Path]:
    files = sorted(package.rglob("*.py"))
    assert files, f"no files in {package}"
    return files


SEARCH = TRAINER / "search"
"""Stands above trainer and generator; neither of them knows it."""

BELOW_SEARCH = [path for path in python_files(TRAINER) if not path.is_relative_to(SEARCH)]


@pytest.mark.parametrize("path", BELOW_SEARCH, ids=lambda path: path.name)
def test_the_trainer_does_not_know_the_generator_nor_the_search(path: Path) -> None:
    above = ("cbcnn_codegen", "cbcnn_trainer.search")
    assert not [name for name in imported_modules(path) if name.startswith(above)]


@pytest.mark.parametrize("path", python_files(SEARCH), ids=lambda path: path.name)
def test_the_search_names_tensorflow_nowhere(path: Path) -> None:
    """What a network costs is told without it; the trainer imports it where it trains."""
    roots = {name.partition(".")[0] for name in imported_modules(path)}
    assert not roots & {"tensorflow", "tf_keras", "keras", "larq"}


@pytest.mark.parametrize(
    "path", python_files(CODEGEN), ids=lambda path: str(path.relative_to(CODEGEN))
)
def test_the_generator_takes_only_the_live_model_from_the_trainer(path: Path) -> None:
    taken = {name for name in imported_modules(path) if name.startswith("cbcnn_trainer.")}
    assert not taken - {ORACLE}


@pytest.mark.parametrize(
    "path", python_files(INPUTS), ids=lambda path: str(path.relative_to(INPUTS))
)
def test_what_both_share_knows_neither(path: Path) -> None:
    above = ("cbcnn_trainer", "cbcnn_codegen")
    assert not [name for name in imported_modules(path) if name.startswith(above)]


@pytest.mark.parametrize("path", python_files(LAYERS), ids=lambda path: path.name)
def test_the_layers_need_keras_and_numpy_alone(path: Path) -> None:
    roots = {name.partition(".")[0] for name in imported_modules(path)}
    assert roots - sys.stdlib_module_names <= {"cbcnn_layers", "keras", "numpy"}


@pytest.mark.parametrize(
    "path",
    [*python_files(INPUTS), *python_files(TRAINER), *python_files(CODEGEN)],
    ids=lambda path: path.name,
)
def test_only_the_room_of_keras_3_imports_it_and_the_layers(path: Path) -> None:
    """Files of the layers are read without them."""
    roots = {name.partition(".")[0] for name in imported_modules(path)}
    assert path.is_relative_to(TRAINER / "keras3") or not roots & {"cbcnn_layers", "keras"}


WITHOUT_LARQ = [
    path
    for room in ("keras3", "accelerated")
    for path in python_files(TRAINER / room)
    if path.name != "prepare.py"
]


@pytest.mark.parametrize("path", WITHOUT_LARQ, ids=lambda path: path.name)
def test_the_room_of_keras_3_needs_no_tensorflow_and_no_larq(path: Path) -> None:
    needing = ("keras2", "training")
    imported = imported_modules(path)
    assert not [
        name for name in imported for room in needing if name.startswith(f"cbcnn_trainer.{room}")
    ]
    found = {name.partition(".")[0] for name in imported} & {"tensorflow", "tf_keras", "larq"}
    # Who spreads training over devices asks the backend that computes, if that is TensorFlow.
    assert found == ({"tensorflow"} if path == TRAINER / "keras3" / "devices.py" else set())


@pytest.mark.parametrize(
    "path", [*python_files(INPUTS), *python_files(CODEGEN)], ids=lambda path: path.name
)
def test_no_module_outside_the_trainer_names_tensorflow_or_larq(path: Path) -> None:
    roots = {name.partition(".")[0] for name in imported_modules(path)}
    assert not roots & {"tensorflow", "tf_keras", "keras", "larq"}


def test_one_reader_opens_model_files() -> None:
    """Whoever else opens HDF5 or archives writes models or tells faults of data apart."""
    readers = {
        str(path.relative_to(ROOT))
        for package in (INPUTS, TRAINER, CODEGEN)
        for path in python_files(package)
        if imported_modules(path) & {"h5py", "zipfile"}
    }
    reader = "inputs/cbcnn_inputs/model_files"
    assert {name for name in readers if not name.startswith(reader)} <= {
        "inputs/cbcnn_inputs/datasets/archives.py",
        "trainer/cbcnn_trainer/keras3/model_file.py",
        "trainer/cbcnn_trainer/keras2/model_file.py",
    }
    assert f"{reader}/h5_file.py" in readers


KERAS_READS = {
    *(
        "clone_model",
        "load_model",
        "load_weights",
        "model_from_config",
        "model_from_json",
        "model_from_yaml",
    ),
    *("deserialize", "deserialize_keras_object", "saved_model", "enable_unsafe_deserialization"),
    *("get_custom_objects", "custom_object_scope"),
}


CHECKED_FIRST = TRAINER / "keras3" / "rebuild.py"
"""Lets Keras 3 build layers from text, once all names in it are on lists: tests/layers."""


@pytest.mark.parametrize(
    "path",
    [path for path in python_files(TRAINER) if path != CHECKED_FIRST],
    ids=lambda path: path.name,
)
def test_keras_reads_no_model(path: Path) -> None:
    """Layers are made one by one from what was checked, see `loading`."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    named = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    assert not named & KERAS_READS


def test_importing_the_generator_loads_no_tensorflow() -> None:
    modules = [
        ".".join(path.relative_to(package.parent).with_suffix("").parts)
        for package in (INPUTS, CODEGEN)
        for path in python_files(package)
        if path.name != "__main__.py"
    ]
    code = (
        "import importlib, sys\n"
        f"for name in {modules!r}:\n"
        "    importlib.import_module(name.removesuffix('.__init__'))\n"
        "heavy = {'tensorflow', 'tf_keras', 'keras', 'larq', 'matplotlib'} & set(sys.modules)\n"
        "sys.exit(f'loaded {heavy}' if heavy else 0)\n"
    )
    command = [sys.executable, "-c", code]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize("package", [INPUTS, LAYERS, TRAINER, CODEGEN], ids=lambda path: path.name)
def test_no_module_outgrows_one_subject(package: Path) -> None:
    longest = {path: len(path.read_text().splitlines()) for path in python_files(package)}
    assert {str(path): lines for path, lines in longest.items() if lines > 320} == {}
