"""Compares random typed graphs with live Larq in a process of its own, whose kernels are oneDNN's.

    python -m support.typed.compare_graphs FIRST STOP

It prints one JSON object of counts, or the program of the first model that is wrong.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from cbcnn_codegen.verify.edges import find_edges
from cbcnn_codegen.verify.larq import LarqModel, import_oracle
from support.generated import CAREFUL, QUICK
from support.live import compare_sides
from support.typed.graphs import RESCALE, TypedGraph, build_graph, draw_graph, save_graph

IMAGES = 6
CAREFUL_EVERY = 16
"""So many are built without sanitizers for one that is built with them."""


def verify(typed: TypedGraph, folder: Path) -> dict[str, Any]:
    """Counts of one model.

    Raises:
        AssertionError: the C and the interpreter differ, or one of them and TensorFlow by more than
            a knife edge.
    """
    path = save_graph(typed, build_graph(typed), folder)
    images = typed.images(IMAGES)
    build = CAREFUL if typed.seed % CAREFUL_EVERY == 0 else QUICK
    sides = compare_sides(
        path, images, folder, build=build, rescale=RESCALE, input_type="uint8", **typed.code
    )
    assert sides.numpy.first is None, f"NumPy: {sides.numpy.first}\n{sides.read.graph}"
    signs = {layer.name for layer in sides.project.layers if layer.kind == "signs"}
    missing = signs - {*sides.larq.layers} - {*sides.unobserved}
    assert not missing, f"Larq shows {missing}, and nobody compared them"
    edges = 0
    if sides.larq.first is not None:
        model = LarqModel(sides.read, sides.lowered, RESCALE)
        found = find_edges(model, images.reshape(-1, *sides.lowered.input.shape))
        assert found.edges, f"Larq: {sides.larq.first}"
        assert found.are_knife_edges, f"Larq: {sides.larq.first}\n{found}"
        edges = len(found.edges)
    else:
        assert sides.larq.logits.agree, f"Larq: {sides.larq.logits}"
    return {
        "random Larq graphs": 1,
        "level 2": int(sides.lowered.level == 2),
        "their signs": sides.larq.sign_bits,
        "signs that differ": sides.larq.mismatched_sign_bits,
        "knife edges": edges,
        "logits": sides.larq.logits.count,
        "unequal logits": sides.larq.logits.unequal,
    }


def main() -> None:
    """Compare the models of the seeds from FIRST to STOP - 1."""
    first, stop = map(int, sys.argv[1:])
    import_oracle(floats=True)
    total: dict[str, int] = {}
    for seed in range(first, stop):
        typed = draw_graph(seed)
        folder = Path(tempfile.mkdtemp(prefix="cbcnn-test-"))
        try:
            for name, count in verify(typed, folder).items():
                total[name] = total.get(name, 0) + count
        except Exception as error:
            sys.exit(f"{type(error).__name__}: {error}\n\n{typed}")
        finally:
            shutil.rmtree(folder)
    print(json.dumps(total))


if __name__ == "__main__":
    main()
