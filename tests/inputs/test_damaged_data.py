"""A corpus of damaged data: each is read or ends in one clean error, soon, in little memory."""

from __future__ import annotations

import shutil
import time
import tracemalloc
from collections import Counter
from pathlib import Path

import pytest

from cbcnn_inputs.datasets import load_images
from cbcnn_inputs.errors import DataError
from support.hostile import Tried, amount
from support.hostile_data import COUNT, SHAPE, write_hostile

BATCHES = 4
IN_CI = 250
SECONDS = 10
MEMORY_BYTES = 150 << 20
"""Bytes of the longest image file, which is read before it is judged, and some more."""


@pytest.mark.hostile
@pytest.mark.parametrize("batch", range(BATCHES))
def test_damaged_data_is_read_or_ends_in_a_clean_error(
    batch: int, tmp_path: Path, tried: Tried
) -> None:
    outcomes: Counter[str] = Counter()
    count = amount(IN_CI)
    for seed in range(batch * count, (batch + 1) * count):
        folder = tmp_path / "data"
        path = write_hostile(folder, seed)
        tracemalloc.start()
        started = time.monotonic()
        try:
            loaded = load_images(path, seed % 3 or None, SHAPE)
            assert 1 <= len(loaded.images) <= COUNT or seed % 3 == 0, seed
            outcomes["read"] += 1
        except DataError:
            outcomes["refused"] += 1
        finally:
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
        assert time.monotonic() - started < SECONDS, seed
        assert peak < MEMORY_BYTES, seed
        shutil.rmtree(folder)
    assert min(outcomes["read"], outcomes["refused"]) > count // 10, outcomes
    tried("data files", count)
