"""Random graphs as a user types them: C, interpreter and live Larq beside each other.

Every layer and every function that is read has its turn, beside residual, dense and QuickNet
blocks, in sequences, and in networks without floats; see `tests/support/typed/graphs.py`. C and
interpreter are equal in every bit. Signs and classes of TensorFlow are counted: any that differs
must be a knife edge, proved by the floats on both sides. TensorFlow runs in a process of its own,
because oneDNN's kernels have the order of such networks.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

pytest.importorskip("larq", reason="comparing with live Larq needs the extra [train]")

from support.hostile import BESIDE_LARQ, Tried, amount
from support.tools import require_tool
from support.typed.drawn import wanted

SHARDS = 2
MODELS = 300
TESTS = Path(__file__).parents[1]
_OWN = ("TF_ENABLE_ONEDNN_OPTS",)
"""What conftest.py sets for networks of signs alone."""


@pytest.mark.hostile
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("shard", range(SHARDS))
def test_c_numpy_and_larq_agree_on_graphs_as_they_are_typed(
    shard: int,
    tried: Tried,
    clean_environment: dict[str, str],
) -> None:
    require_tool("gcc", "gcc")
    count = amount(MODELS) // SHARDS
    first = shard * count
    command = [sys.executable, "-m", "support.typed.compare_graphs", f"{first}", f"{first + count}"]
    run = subprocess.run(
        command, env=clean_environment, cwd=TESTS, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr[-8000:]
    printed = json.loads(run.stdout.splitlines()[-1])
    counts = Counter(printed["counts"])
    assert counts["random Larq graphs"] == count
    assert counts["level 2"] > count / 2
    assert counts["several outputs"] > count / 5
    assert counts["a map alone"] > count / 40
    assert counts["their signs"] > 200 * count, "hardly a sign was compared"
    assert not wanted() - {*printed["drawn"]}, "it is read, and no model has it"
    for name in BESIDE_LARQ:
        tried(name, counts[name])


@pytest.fixture
def clean_environment() -> dict[str, str]:
    """The environment without the kernels that other tests take."""
    kept = {name: value for name, value in os.environ.items() if name not in _OWN}
    return {**kept, "PYTHONPATH": str(TESTS)}
