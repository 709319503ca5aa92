"""Every operation is one file that holds all of it."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from cbcnn_codegen import ops
from cbcnn_codegen.ir import (
    FLOAT32,
    SIGNS,
    Element,
    Monotone,
    Operation,
    Shape,
    ValueType,
    integers,
)
from cbcnn_codegen.ops import all_operations
from cbcnn_codegen.ops.add import Add
from cbcnn_codegen.ops.affine import Affine
from cbcnn_codegen.ops.batch_norm import BatchNorm
from cbcnn_codegen.ops.concatenate import Concatenate
from cbcnn_codegen.ops.divide import Divide
from cbcnn_codegen.ops.maximum import Maximum
from cbcnn_codegen.ops.multiply import Multiply
from cbcnn_codegen.ops.quantized_add import QuantizedAdd
from cbcnn_codegen.ops.quantized_concatenate import QuantizedConcatenate
from cbcnn_codegen.ops.quantized_multiply import QuantizedMultiply
from cbcnn_codegen.ops.sign import Sign

PAIRS = (
    Add,
    Concatenate,
    Maximum,
    Multiply,
    QuantizedAdd,
    QuantizedConcatenate,
    QuantizedMultiply,
)
SHAPE = Shape(5, 4, 3)
ELEMENTS = (SIGNS, integers(-255, 255), FLOAT32)


def snake_case(name: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")


def values(element: Element, random: np.random.Generator) -> NDArray[Any]:
    if element.kind == "float32":
        return random.normal(0, 9, (6, *SHAPE)).astype(np.float32)
    choices = np.arange(element.low, element.high + 1, element.step)
    return random.choice(choices, (6, *SHAPE)).astype(element.dtype)


def test_every_file_of_the_folder_is_an_operation_of_its_name() -> None:
    found = all_operations()
    files = {path.stem for path in Path(ops.__file__).parent.glob("*.py")} - {"__init__"}
    assert found.keys() == files
    assert all(snake_case(of.__name__) == name for name, of in found.items())


@pytest.mark.parametrize("name", all_operations())
def test_one_file_of_the_tool_defines_an_operation(name: str) -> None:
    """Layers of the trainer may have the same name: model files have it, too."""
    definition = re.compile(rf"^class {all_operations()[name].__name__}\b", re.MULTILINE)
    root = Path(ops.__file__).parents[2]
    files = [path for package in (root, root.parent / "inputs") for path in package.rglob("*.py")]
    found = [path.name for path in files if definition.search(path.read_text(encoding="utf-8"))]
    assert found == [f"{name}.py"]


@pytest.mark.parametrize("element", ELEMENTS, ids=str)
@pytest.mark.parametrize("kind", all_operations().values(), ids=lambda kind: kind.__name__)
def test_what_an_operation_draws_computes_what_its_type_rule_says(
    kind: type[Operation], element: Element
) -> None:
    count = 2 if kind in PAIRS else 1
    read = [ValueType(element, SHAPE)] * count
    computed = 0
    for seed in range(30):
        random = np.random.default_rng(seed)
        try:
            op = kind.draw("drawn", random, *read)
            made = op.infer(*read)
        except ValueError:
            continue  # it does not read such values
        op.check()
        result = op.compute(*(values(element, random) for _ in range(count)))
        assert (result.dtype, result.shape[1:]) == (made.element.dtype, made.shape), str(op)
        if made.element.kind != "float32":
            assert (result >= made.element.low).all(), str(op)
            assert (result <= made.element.high).all(), str(op)
            assert ((result - made.element.low) % made.element.step == 0).all(), str(op)
        computed += 1
    assert computed in (0, 30)
    assert computed or element != SIGNS, f"{kind.__name__} reads nothing"


def test_a_function_is_named_in_its_own_file_and_where_it_is_read_alone() -> None:
    """Beside what sums are worth, means, batch norms, and the sign at the end of a chain."""
    package = Path(ops.__file__).parents[1]
    for name, kind in all_operations().items():
        if not issubclass(kind, Monotone) or kind in (Affine, BatchNorm, Divide, Sign):
            continue
        word = re.compile(rf"\b{kind.__name__}\b")
        users = {
            path.relative_to(package).parent.as_posix()
            for path in package.rglob("*.py")
            if path.name != f"{name}.py" and word.search(path.read_text(encoding="utf-8"))
        }
        assert users <= {"ops", "read/layers", "kernels"}, name


def test_no_pass_and_no_interpreter_decides_by_a_chain_of_operations() -> None:
    package = Path(ops.__file__).parents[1]
    for path in [*package.glob("passes/*.py"), package / "reference.py"]:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        assert not [node for node in ast.walk(tree) if isinstance(node, ast.Match)], path
    interpreter = (package / "reference.py").read_text(encoding="utf-8")
    assert "cbcnn_codegen.ops" not in interpreter


def test_the_graph_knows_no_operation() -> None:
    for path in (Path(ops.__file__).parents[1] / "ir").glob("*.py"):
        assert "cbcnn_codegen.ops" not in path.read_text(encoding="utf-8"), path
