"""Every operation is one file that holds all of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cbcnn_codegen import ops
from cbcnn_codegen.ir import FLOAT32, SIGNS, Element, Operation, Shape, ValueType, integers
from cbcnn_codegen.ops import all_operations

SHAPE = Shape(5, 4, 3)
ELEMENTS = (SIGNS, integers(-255, 255), FLOAT32)


def snake_case(name: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")


def values(element: Element, random: np.random.Generator) -> np.ndarray:
    if element.kind == "float32":
        return random.normal(0, 9, (6, *SHAPE)).astype(np.float32)
    choices = np.arange(element.low, element.high + 1, element.step)
    return random.choice(choices, (6, *SHAPE)).astype(element.dtype)


def test_every_file_of_the_folder_is_an_operation_of_its_name() -> None:
    found = all_operations()
    files = {path.stem for path in Path(ops.__file__).parent.glob("*.py")} - {"__init__"}
    assert found.keys() == files
    assert all(snake_case(of.__name__) == name for name, of in found.items())


@pytest.mark.parametrize("element", ELEMENTS, ids=str)
@pytest.mark.parametrize("kind", all_operations().values(), ids=lambda kind: kind.__name__)
def test_what_an_operation_draws_computes_what_its_type_rule_says(
    kind: type[Operation], element: Element
) -> None:
    count = 2 if kind.obstacle is not None else 1
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
