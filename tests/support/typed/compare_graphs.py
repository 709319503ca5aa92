"""Compares random typed graphs with live Larq in a process of its own, whose kernels are oneDNN's.

    python -m support.typed.compare_graphs FIRST STOP

It prints one JSON object, counts and the names of what was drawn, or the program of the first model
that is wrong.
"""

from __future__ import annotations

import gc
import json
import shutil
import sys
import tempfile
from collections import Counter
from pathlib import Path

from cbcnn_codegen.verify.compare import CLASS
from cbcnn_codegen.verify.edges import find_edges
from cbcnn_codegen.verify.frameworks import import_oracle
from cbcnn_codegen.verify.live import LiveModel
from support.generated import CAREFUL, PLAIN, QUICK
from support.live import compare_sides
from support.typed.drawn import drawn
from support.typed.graphs import RESCALE, TypedGraph, build_graph, draw_graph, save_graph

IMAGES = 4
BUILDS = (CAREFUL, *[PLAIN] * 7, QUICK, *[PLAIN] * 7)
"""In turn: compiling is most of the work, and most of that is what a compiler improves."""


def verify(typed: TypedGraph, folder: Path) -> tuple[dict[str, int], set[str]]:
    """Counts of one model, and what it holds.

    Raises:
        AssertionError: the C and the interpreter differ, or one of them and TensorFlow by more than
            a knife edge.
    """
    path = save_graph(typed, build_graph(typed), folder)
    images = typed.images(IMAGES)
    build = BUILDS[typed.seed % len(BUILDS)]
    sides = compare_sides(
        path, images, folder, build=build, rescale=RESCALE, input_type="uint8", **typed.code
    )
    assert sides.numpy.first is None, f"NumPy: {sides.numpy.first}\n{sides.read.graph}"
    signs = {layer.name for layer in sides.project.layers if layer.kind == "signs"}
    missing = signs - {*sides.live.layers} - {*sides.unobserved}
    assert not missing, f"Larq shows {missing}, and nobody compared them"
    edges = 0
    if sides.live.first is not None:
        model = LiveModel(sides.read, sides.lowered, RESCALE)
        found = find_edges(model, images.reshape(-1, *sides.lowered.input.shape))
        assert found.edges, f"Larq: {sides.live.first}"
        assert found.are_knife_edges, f"Larq: {sides.live.first}\n{found}"
        edges = len(found.edges)
    else:
        assert sides.live.logits.agree, f"Larq: {sides.live.logits}"
    classes = sides.live.layers.get(CLASS)
    counts = {
        "random Larq graphs": 1,
        "level 2": int(sides.lowered.level == 2),
        "their signs": sides.live.sign_bits,
        "signs that differ": sides.live.mismatched_sign_bits,
        "knife edges": edges,
        "several outputs": int(len(sides.project.outputs) > 1),
        "a map alone": int(len(sides.project.outputs) == 1 and not sides.project.has_classes),
        "their classes": IMAGES * sides.project.has_classes,
        "classes that differ": len(classes.mismatched) if classes else 0,
        "logits": sides.live.logits.count,
        "unequal logits": sides.live.logits.unequal,
    }
    return counts, drawn(sides.read.file.architecture, sides.read.graph, sides.lowered)


def main() -> None:
    """Compare the models of the seeds from FIRST to STOP - 1."""
    first, stop = map(int, sys.argv[1:])
    import_oracle(floats=True)
    gc.collect()
    gc.freeze()  # TensorFlow stays until the end
    total: Counter[str] = Counter()
    held: set[str] = set()
    for seed in range(first, stop):
        typed = draw_graph(seed)
        folder = Path(tempfile.mkdtemp(prefix="cbcnn-test-"))
        try:
            counts, names = verify(typed, folder)
            total.update(counts)
            held |= names
        except Exception as error:
            sys.exit(f"{type(error).__name__}: {error}\n\n{typed}")
        finally:
            shutil.rmtree(folder)
    print(json.dumps({"counts": total, "drawn": sorted(held)}))


if __name__ == "__main__":
    main()
