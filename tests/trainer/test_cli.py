"""The command `cbcnn-train` as a user meets it: JSON, exit codes, and what mistakes look like."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

pytest.importorskip("larq", reason="needs the [train] extra")

from cbcnn_trainer import epochs
from cbcnn_trainer.cli import main
from cbcnn_trainer.keras2.backend import tf
from support.commands import SIGNS
from support.folders import forbidden_folder
from support.idx_files import write_idx_folder
from support.other_systems import pretend_windows

QUICK = ["--filters", "4", "--units", "", "--epochs", "1", "--batch-size", "20"]


def run(*arguments: str | Path) -> int:
    with pytest.raises(SystemExit) as caught:
        main([str(argument) for argument in arguments])
    code = caught.value.code
    return code if isinstance(code, int) else 0


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that looks like MNIST with 60 images."""
    folder = tmp_path_factory.mktemp("digits")
    write_idx_folder(folder, zipped=True, count=60)
    return folder


def test_a_shipped_model_is_evaluated_on_windows(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pretend_windows(monkeypatch)
    samples = SIGNS / "samples"
    assert run("evaluate", SIGNS / "model.h5", "--data", samples, "--json") == 0
    assert json.loads(capsys.readouterr().out)["accuracy"] > 0.9


def test_train_then_evaluate_repeats_the_accuracy(
    digits: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = tmp_path / "model.h5"
    assert run("mnist", "--data", digits, "-o", model, *QUICK, "--json") == 0
    metrics = json.loads(capsys.readouterr().out)
    assert run("evaluate", model, "--data", digits, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["images"] == 60
    assert found["accuracy"] == metrics["test_accuracy"]
    assert [row["name"] for row in found["per_class"]] == list("0123456789")
    assert run("evaluate", model, "--data", digits, "--limit", "7") == 0
    assert "of     7  all" in capsys.readouterr().out
    assert run("evaluate", model, "--data", digits, "--corruptions") == 0
    printed = capsys.readouterr().out
    assert "noise 20 levels" in printed
    assert "worst " in printed
    assert run("evaluate", model, "--data", digits, "--corruptions", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert len(found["corruptions"]) == 16
    assert {"corruption", "amount", "unit", "accuracy"} == set(found["corruptions"][0])
    recalls = [row["accuracy"] for row in found["worst"]]
    assert recalls == sorted(row["accuracy"] for row in found["per_class"])[:5]


def test_every_option_of_a_recipe_is_on_the_command_line(
    digits: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "run.toml"
    config.write_text("mirror = true\ncutout = 0.2\nwarmup_epochs = 1\n")
    options = (
        *("--loss", "cross-entropy", "--label-smoothing", "0.1", "--schedule", "cosine"),
        *("--norm-momentum", "0.95", "--activation-gradient", "swish-sign"),
        *("--precision", "bfloat16", "--brightness", "0.1", "--contrast", "0.2"),
        *("--blur", "0.5", "--noise", "0.01", "--no-mirror", "--config", config),
    )
    assert run("mnist", "--data", digits, "-o", tmp_path / "out", *QUICK, *options, "--json") == 0
    found = json.loads(capsys.readouterr().out)["settings"]
    assert (found["loss"], found["label_smoothing"]) == ("cross-entropy", 0.1)
    assert (found["schedule"], found["warmup_epochs"], found["mirror"]) == ("cosine", 1, False)
    assert found["precision"] == "bfloat16"
    assert found["architecture"]["norm_momentum"] == 0.95
    assert found["architecture"]["activation_gradient"] == "swish-sign"
    levels = {"brightness": 0.1, "contrast": 0.2, "blur": 0.5, "noise": 0.01, "cutout": 0.2}
    assert {key: found["augmentation"][key] for key in levels} == levels


def test_a_toml_file_and_the_command_line_are_merged(
    digits: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "run.toml"
    config.write_text("epochs = 2\nfilters = [4]\nunits = []\nseed = 5\n")
    out = tmp_path / "out"
    options: list[str | Path] = ["--config", config, "--epochs", "1", "--format", "keras", "--json"]
    assert run("mnist", "--data", digits, "-o", out, *options) == 0
    found = json.loads(capsys.readouterr().out)["settings"]
    assert (found["epochs"], found["seed"]) == (1, 5)
    assert (out / "model.keras").exists()


def test_samples_are_read_back_with_their_labels(
    tmp_path: Path, digits: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from cbcnn_inputs.datasets import load_images

    out = tmp_path / "samples"
    assert run("samples", "mnist", "--data", digits, "-o", out, "--count", "12") == 0
    loaded, original = load_images(out), load_images(digits, limit=12)
    assert loaded.labels is not None
    assert original.labels is not None
    order = np.lexsort((np.arange(12), original.labels))
    np.testing.assert_array_equal(loaded.images, original.images[order])
    np.testing.assert_array_equal(loaded.labels, original.labels[order])
    assert run("samples", "mnist", "--data", digits, "-o", out) == 7
    assert run("samples", "mnist", "--data", digits, "-o", tmp_path / "x", "--count", "61") == 6
    assert "fewer images" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["cifar"], 2, "no such command"),
        (["mnist"], 2, "missing option"),
        (["mnist", "-o", "{tmp}/o", "--epochs", "many"], 2, "not an integer from 1"),
        (["mnist", "-o", "{tmp}/o", "--filters", "4,x"], 2, "not a list of integers"),
        (["mnist", "-o", "{tmp}/o", "--sign-of-zero", "0"], 2, "not +1 or -1"),
        (["mnist", "-o", "{tmp}/o", "--epochs", "0"], 2, "not an integer from 1"),
        (["mnist", "-o", "{tmp}/o", "--noise", "-0.1"], 2, "not a number from 0 up to 1"),
        (["mnist", "-o", "{tmp}/o", "--config", "{tmp}/absent"], 6, "cannot be read"),
        (["mnist", "-o", "{tmp}/o", "--data", "{tmp}/absent"], 6, "no folder"),
        (["mnist", "-o", "{tmp}/o", "--data", "{tmp}"], 6, "mnist is not in"),
        (["gtsrb", "-o", "{tmp}/o"], 6, "needs its files"),
        (["mnist", "-o", "{tmp}/o", "--strategy", "multi-worker"], 6, "TF_CONFIG"),
        (["evaluate", "{tmp}/absent.h5", "--data", "{tmp}"], 3, "no such file"),
    ],
)
def test_a_mistake_gets_one_message_and_no_output(
    arguments: list[str],
    code: int,
    message: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(*[argument.format(tmp=tmp_path) for argument in arguments]) == code
    captured = capsys.readouterr()
    assert message in captured.err
    assert "Traceback" not in captured.err
    assert captured.out == ""
    assert not list(tmp_path.iterdir())


def test_an_unwritable_folder_is_named(
    digits: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with forbidden_folder(tmp_path) as folder:
        assert run("mnist", "--data", digits, "-o", folder / "out", *QUICK) == 7
    assert "cannot be written" in capsys.readouterr().err


def test_an_output_below_a_file_is_refused_before_training(
    digits: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(epochs, "run", lambda *_: pytest.fail("it trained"))
    (tmp_path / "file").write_text("")
    assert run("mnist", "--data", digits, "-o", tmp_path / "file" / "out", *QUICK) == 7
    assert "cannot be written" in capsys.readouterr().err


def test_a_full_disk_is_reported(
    digits: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert run("mnist", "--data", digits, "-o", tmp_path / "out", *QUICK) == 7
    assert "No space left" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_ctrl_c_keeps_the_checkpoint_and_exits_130(digits: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "cbcnn_trainer.cli", "mnist", "--data", str(digits)]
    command += ["-o", str(tmp_path), *QUICK, "--epochs", "100000"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    while process.poll() is None and not (tmp_path / "checkpoint.npz").exists():
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, message = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "interrupted" in message
    assert "Traceback" not in message
    assert (tmp_path / "checkpoint.npz").exists()
    assert not (tmp_path / "model.h5").exists()


def test_what_an_interruption_leaves_half_built_says_nothing(tmp_path: Path) -> None:
    code = (
        "from cbcnn_trainer import cli\n"
        "class HalfBuilt:\n"
        "    def __del__(self):\n"
        "        raise AttributeError('half built')\n"
        "def interrupt(*_):\n"
        "    held = HalfBuilt()\n"
        "    raise KeyboardInterrupt\n"
        "cli._train = interrupt\n"
        f"cli.main(['signs', '-o', {str(tmp_path)!r}])\n"
    )
    command = [sys.executable, "-c", code]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 130
    assert "interrupted; --resume goes on" in result.stderr
    assert "half built" not in result.stderr


def test_a_download_leaves_standard_output_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    images, labels = np.zeros((40, 28, 28), np.uint8), np.arange(40, dtype=np.uint8) % 10

    def download() -> tuple[tuple[NDArray[Any], NDArray[Any]], ...]:
        print("Downloading data")
        return (images, labels), (images, labels)

    monkeypatch.setattr(tf.keras.datasets.mnist, "load_data", download)
    assert run("mnist", "-o", tmp_path, *QUICK, "--json") == 0
    captured = capsys.readouterr()
    assert json.loads(captured.out)["test_images"] == 40
    assert "Downloading data" in captured.err


def test_a_failed_download_says_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise Exception("URL fetch failure")

    monkeypatch.setattr(tf.keras.datasets.fashion_mnist, "load_data", fail)
    assert run("fashion-mnist", "-o", tmp_path / "out") == 6
    message = capsys.readouterr().err
    assert "URL fetch failure" in message
    assert "--data" in message


def free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("localhost", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def test_two_workers_train_one_model(digits: Path, tmp_path: Path) -> None:
    workers = [f"localhost:{port}" for port in free_ports(2)]
    command = [sys.executable, "-m", "cbcnn_trainer.cli", "mnist", "--data", str(digits)]
    command += ["-o", str(tmp_path), *QUICK, "--strategy", "multi-worker"]
    processes = []
    for index in range(2):
        cluster = {"cluster": {"worker": workers}, "task": {"type": "worker", "index": index}}
        environment = {**os.environ, "TF_CONFIG": json.dumps(cluster)}
        processes.append(subprocess.Popen(command, env=environment))
    assert [process.wait(timeout=240) for process in processes] == [0, 0]
    assert (tmp_path / "model.h5").exists()


def test_evaluation_without_labels_is_refused(
    digits: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = tmp_path / "m.h5"
    assert run("mnist", "--data", digits, "-o", model, *QUICK) == 0
    np.savez(tmp_path / "images.npz", images=np.zeros((2, 28, 28), np.uint8))
    assert run("evaluate", model, "--data", tmp_path / "images.npz") == 6
    assert "no labels" in capsys.readouterr().err
