"""Random models as a user types them: C, the NumPy interpreter and live Larq compute the same bits.

Each is drawn from a number, built and saved by Keras and Larq, and read back. A failure prints the
program that makes the model; `tests/support/typed` says what is drawn.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("larq", reason="comparing with live Larq needs the extra [train]")

from cbcnn_trainer.keras2 import model_file
from support.generated import CAREFUL, QUICK
from support.hostile import Tried, amount
from support.live import compare_sides
from support.tools import require_tool
from support.typed.model import Typed, build_model, draw_model, save_model

SHARDS = 5
MODELS = 100
IMAGES = 6
SOFTMAX_ULPS = 4
CAREFUL_EVERY = 16
"""So many are built without sanitizers for one that is built with them."""


@pytest.mark.hostile
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("shard", range(SHARDS))
def test_c_numpy_and_larq_agree_on_models_as_they_are_typed(shard: int, tried: Tried) -> None:
    require_tool("gcc", "gcc")
    count = amount(MODELS) // SHARDS
    bits = 0
    for seed in range(shard * count, (shard + 1) * count):
        typed = draw_model(seed)
        folder = Path(tempfile.mkdtemp(prefix="cbcnn-test-"))
        try:
            bits += verify(typed, folder)
        except Exception as error:
            pytest.fail(f"{type(error).__name__}: {error}\n\n{typed}")
        finally:
            shutil.rmtree(folder)
    assert bits > 1000 * count, "hardly a bit was compared"
    tried("random Larq models", count)


def verify(typed: Typed, folder: Path) -> int:
    """Bits that were compared with Larq; fails when one differs from it or the interpreter."""
    model = build_model(typed)
    path = save_model(typed, model, folder)
    images = typed.images(IMAGES)
    scale, offset = typed.rescale or (1.0, 0.0)
    fed = images.astype(np.float32) * np.float32(scale) + np.float32(offset)
    expected = np.asarray(model(fed, training=False))
    loaded = np.asarray(model_file.load(path)(fed, training=False))
    # TensorFlow's own softmax rounds by where its arrays happen to lie: not the same bits twice.
    np.testing.assert_array_max_ulp(loaded, expected, SOFTMAX_ULPS)
    sides = compare_sides(
        path,
        images,
        folder,
        build=CAREFUL if typed.seed % CAREFUL_EVERY == 0 else QUICK,
        input_type=typed.input_type,
        rescale=typed.rescale,
        **typed.code,
    )
    sides.demand_equality()
    return sides.live.bits
