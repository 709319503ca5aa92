"""Model files that want to run code: no command runs any, and each ends in one clean error."""

from __future__ import annotations

import contextlib
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("larq", reason="needs the [train] extra")

from cbcnn_codegen.cli import command as codegen
from cbcnn_inputs.command_line import run_command
from cbcnn_trainer import cli as trainer
from cbcnn_trainer.keras2.backend import tf
from support.hostile import Tried, amount
from support.hostile_h5 import write_secret
from support.hostile_models import CLASSES, SHAPE, draw, sound, with_code

BATCHES = 4
IN_CI = 60
SECONDS = 60
"""Far above what any of them takes on a busy machine."""

RUNS_CODE = ("os.exec", "os.system", "os.posix_spawn", "pickle.find_class", "subprocess.Popen")


class Watch:
    """Notes what Python does that no model file may make it do."""

    def __init__(self) -> None:
        self.forbidden: tuple[Path, ...] = ()
        self.seen: list[str] = []
        sys.addaudithook(self)

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Called by Python for every event, for the rest of the process."""
        if not self.forbidden:
            return
        opened = arguments[0] if event == "open" else None
        outside = isinstance(opened, str) and Path(opened) in self.forbidden
        if event in RUNS_CODE or outside:
            self.seen.append(f"{event} {arguments!r:.200}")


WATCH = Watch()


@pytest.fixture(autouse=True)
def signal_handler() -> Iterator[None]:
    """Put back what the command replaces in its process."""
    handler = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, handler)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    images = np.random.default_rng(0).integers(0, 256, (4, *SHAPE), np.uint8)
    np.savez(tmp_path / "data.npz", images=images, labels=np.arange(4) % CLASSES)
    return tmp_path / "data.npz"


@pytest.fixture
def keras_reads_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """What of Keras takes files, or makes objects of what is in them, is not called."""

    def refuse(*arguments: Any, **options: Any) -> None:
        raise AssertionError(f"Keras was asked to read {arguments!r:.200}")

    for place, names in (
        (tf.keras.models, "load_model model_from_config model_from_json"),
        (tf.keras.Model, "load_weights from_config"),
        (tf.keras.Sequential, "from_config"),
        (tf.keras.layers, "deserialize"),
        (tf.keras.layers.Layer, "from_config"),
        (tf.keras.utils, "deserialize_keras_object get_file"),
        (tf.saved_model, "load"),
        (tf.io, "read_file write_file"),
    ):
        for name in names.split():
            monkeypatch.setattr(place, name, refuse)


def run(main: Any, arguments: Sequence[str]) -> int:
    with pytest.raises(SystemExit) as end:
        main(arguments)
    return int(end.value.code or 0)


def commands(model: Path, data: Path, out: Path) -> dict[str, int]:
    """Exit codes of what opens a model file."""
    generate = [str(model), "--target", "host", "-o", str(out), "--no-measure", "--json"]
    evaluate = ["evaluate", str(model), "--data", str(data), "--json"]
    return {
        "cbcnn-codegen": run(lambda given: run_command(codegen, given), generate),
        "cbcnn-train evaluate": run(trainer.main, evaluate),
    }


@pytest.mark.hostile
@pytest.mark.usefixtures("keras_reads_nothing")
@pytest.mark.parametrize("batch", range(BATCHES))
def test_a_hostile_model_runs_nothing_and_ends_in_one_clean_error(
    batch: int, tmp_path: Path, data: Path, capfd: pytest.CaptureFixture[str], tried: Tried
) -> None:
    mark, out, secret = tmp_path / "mark", tmp_path / "out", tmp_path / "secret.h5"
    write_secret(secret)
    codes: Counter[tuple[str, int]] = Counter()
    for seed in range(batch * amount(IN_CI), (batch + 1) * amount(IN_CI)):
        hostile = draw(seed, mark)
        model = tmp_path / f"model{hostile.suffix}"
        model.write_bytes(hostile.content)
        what = f"{seed}: {hostile.what}"
        started = time.monotonic()
        WATCH.seen, WATCH.forbidden = [], (mark, secret, Path("/etc/passwd"))
        try:
            ended = commands(model, data, out)
        finally:
            WATCH.forbidden = ()
        codes.update(ended.items())
        assert time.monotonic() - started < SECONDS, what
        assert not mark.exists(), what
        assert not WATCH.seen, f"{what}: {WATCH.seen}"
        assert ended["cbcnn-train evaluate"] == 3, what
        assert ended["cbcnn-codegen"] in (0, 3, 4), what
        stderr = capfd.readouterr().err
        assert "Traceback" not in stderr, f"{what}: {stderr}"
        assert stderr.count("error: ") == 2 - (ended["cbcnn-codegen"] == 0), f"{what}: {stderr}"
        assert stderr.replace("\n", "").isprintable(), what
        model.unlink()
    assert {code for name, code in codes if name == "cbcnn-codegen"} == {0, 3, 4}, codes
    tried("hostile models", amount(IN_CI))


@pytest.mark.parametrize("suffix", [".h5", ".keras"])
@pytest.mark.parametrize("seed", range(6))
def test_what_hostile_models_are_made_of_is_sound(
    suffix: str, seed: int, tmp_path: Path, data: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    rng = random.Random(seed)
    model = tmp_path / f"model{suffix}"
    model.write_bytes(sound(suffix, rng, functional=seed % 2 == 0))
    ended = commands(model, data, tmp_path / "out")
    assert set(ended.values()) == {0}, capfd.readouterr().err


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("suffix", [".h5", ".keras"])
def test_their_code_does_run_where_keras_loads_them(suffix: str, tmp_path: Path) -> None:
    mark, model = tmp_path / "mark", tmp_path / f"model{suffix}"
    dialects = (with_code(suffix, random.Random(seed), mark) for seed in range(20))
    model.write_bytes(next(content for content in dialects if b"batch_shape" not in content))
    custom = {"QuantConv2D": tf.keras.layers.Conv2D, "QuantDense": tf.keras.layers.Dense}
    with contextlib.suppress(Exception):  # what comes behind that layer does not matter
        tf.keras.models.load_model(model, custom_objects=custom, compile=False, safe_mode=False)
    assert mark.exists()
