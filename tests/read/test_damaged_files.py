"""A corpus of damaged model files: each ends in a result or in one clean error, and in time."""

from __future__ import annotations

import shutil
import signal
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from cbcnn_codegen.cli import command
from cbcnn_inputs.command_line import run_command
from support.commands import SIGNS
from support.hostile import Tried, amount
from support.mutations import mutate

DATA = Path(__file__).parent / "data"
MODELS = [*sorted(DATA.glob("*/*.h5")), *sorted(DATA.glob("*/*.keras")), SIGNS / "model.h5"]
BATCHES = 4
IN_CI = 130
SECONDS = 60
"""Far above what any of them takes on a busy machine; a hang ends after three of processor time."""


@pytest.fixture(autouse=True)
def signal_handler() -> Iterator[None]:
    """Put back what the command replaces in its process."""
    handler = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, handler)


@pytest.mark.hostile
@pytest.mark.parametrize("batch", range(BATCHES))
def test_a_damaged_model_gives_a_result_or_a_clean_error(
    batch: int, tmp_path: Path, capfd: pytest.CaptureFixture[str], tried: Tried
) -> None:
    count = amount(IN_CI)
    codes: Counter[int] = Counter()
    for seed in range(batch * count, (batch + 1) * count):
        original = MODELS[seed % len(MODELS)]
        model, out = tmp_path / "model", tmp_path / "out"
        model.write_bytes(mutate(original, seed))
        arguments = [str(model), "--target", "host", "-o", str(out), "--no-measure", "--json"]
        started = time.monotonic()
        with pytest.raises(SystemExit) as end:
            run_command(command, arguments)
        what = f"mutation {seed} of {original.relative_to(original.parents[2])}"
        assert time.monotonic() - started < SECONDS, what
        stdout, stderr = capfd.readouterr()
        codes[int(end.value.code or 0)] += 1
        if end.value.code == 0:
            assert {path.name for path in out.iterdir()} == {
                *("model.c", "model.h", "report.json", "report.md", "report.html")
            }, what
            shutil.rmtree(out)
            continue
        lines = [line for line in stderr.splitlines() if not line.startswith("warning: ")]
        assert end.value.code in (3, 4), f"{what}: {stderr}"
        assert stdout == "", what
        assert lines[0].startswith("error: "), f"{what}: {stderr}"
        assert all(line.startswith("  ") for line in lines[1:]), f"{what}: {stderr}"
        assert sorted(path.name for path in tmp_path.iterdir()) == ["model"], what
    assert codes.keys() == {0, 3, 4}, f"a corpus of one kind: {codes}"
    tried("hostile models", count)
