"""A recipe goes to JAX and comes back as a model: in pieces, and the same as in one go."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from support.commands import ROOT, environment
from support.idx_files import write_idx_folder
from support.tools import require_module

pytest.importorskip("larq", reason="needs the [train] extra")
require_module("jax", "dev")

from benchmarks import accelerator  # noqa: E402
from cbcnn_codegen import reference  # noqa: E402
from cbcnn_codegen.passes import lower  # noqa: E402
from cbcnn_codegen.read import read_model  # noqa: E402
from cbcnn_inputs.answers import decide  # noqa: E402
from cbcnn_inputs.model_files import open_model_file  # noqa: E402
from cbcnn_trainer.accelerated.job import load_job  # noqa: E402
from cbcnn_trainer.keras2 import model_file  # noqa: E402

RECIPE = """
epochs = 2
batch_size = 30
filters = [6, 8]
units = []
train_images = 100
loss = "cross-entropy"
label_smoothing = 0.1
schedule = "cosine"
rate_change = "step"
warmup_epochs = 1
learning_rate = 0.05
shift = 0.05
cutout = 0.2
gradient_window = 1.5
weight_average = 0.9
reestimate_norms = true
validation_fraction = 0.4
"""

PIECES = """
import sys
from pathlib import Path
from shutil import copytree
absent = ("tensorflow", "larq", "tf_keras", "cv2", "click", "PIL", "jinja2", "matplotlib")
sys.modules.update(dict.fromkeys(absent))
from benchmarks.accelerator import main
pieces, whole = sys.argv[1:]
assert main(["train", pieces, "--epochs", "1", "--threads", "1"]) == 0
assert not (Path(pieces) / "model-0.h5").exists()
copytree(pieces, whole)
(Path(whole) / "state-0.npz").unlink()
assert main(["train", whole]) == 0
assert main(["train", pieces]) == 0
import pytest
options = ["-q", "-p", "no:cacheprovider", "--noconftest"]
assert pytest.main([*options, "tests/accelerated/changes_on_device.py"]) == 0
"""


def prepare(folder: Path, **options: str) -> int:
    config = folder.with_suffix(".toml")
    config.write_text(RECIPE + "".join(f"{name} = {value}\n" for name, value in options.items()))
    data = folder.with_suffix(".data")
    write_idx_folder(data, zipped=False, count=170)
    words = ["prepare", "mnist", "--data", str(data), "--config", str(config), "-o", str(folder)]
    return accelerator.main(words)


def test_a_recipe_trains_in_pieces_as_in_one_go_and_the_file_is_as_accurate(tmp_path: Path) -> None:
    pieces, whole = tmp_path / "pieces", tmp_path / "whole"
    assert prepare(pieces) == 0
    result = subprocess.run(
        [sys.executable, "-c", PIECES, str(pieces), str(whole)],
        env=environment(KERAS_BACKEND="jax", JAX_PLATFORMS="cpu"),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    states = [np.load(folder / "state-0.npz") for folder in (pieces, whole)]
    for name in states[0].files:
        if name != "note":
            np.testing.assert_array_equal(states[0][name], states[1][name])
    history = json.loads(states[0]["note"].tobytes())["history"]
    assert [row["epoch"] for row in history] == [1, 2]
    assert history[1]["loss"] != history[0]["loss"]
    assert int(states[0]["step/0"]) == 6

    path, job = pieces / "model-0.h5", load_job(pieces)
    told = float(result.stdout.rpartition("kept, validation ")[2].split()[0])
    planes = np.concatenate([job.held_out, job.planes])
    scores = reference.run(lower(read_model(path).graph), planes, keep=()).scores
    answers = decide(scores.reshape(len(scores), -1))
    live = model_file.load(path)(planes.astype(np.float32), training=False).numpy()
    np.testing.assert_array_equal(answers, decide(live))
    held_out = len(job.held_out)
    right = float((answers[:held_out] == job.held_out_labels).mean())
    assert right == pytest.approx(told, abs=5e-5)
    assert len(np.unique(answers)) > 2, "the network tells nothing apart"
    facts = open_model_file(path).metadata
    assert facts is not None
    assert len(facts.class_names) == live.shape[1]


def test_what_the_loop_lacks_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert prepare(tmp_path / "job", exposure="0.1") == 2
    assert "exposure" in capsys.readouterr().err
    assert accelerator.main(["train", str(tmp_path / "nothing")]) != 0
    assert "prepare" in capsys.readouterr().err
    assert "cbcnn_trainer.accelerated.run" not in sys.modules, "nothing has started JAX"
