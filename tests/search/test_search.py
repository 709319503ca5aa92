"""`cbcnn-search`: from a folder of pictures to networks that fit, and to the best one's C."""

from __future__ import annotations

import json
import re
import shlex
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("larq", reason="needs the [train] extra")
pytest.importorskip("optuna", reason="needs the [search] extra")

from cbcnn_codegen.report import REPORT, Report, decode
from cbcnn_trainer import cli as trainer_cli
from cbcnn_trainer import evaluation, settings
from cbcnn_trainer.evaluate_file import evaluate_file
from cbcnn_trainer.search.cli import main
from cbcnn_trainer.search.run import PICTURE, RESULT
from cbcnn_trainer.search.study import Study
from examples.draw_pictures import write_shapes

BOARD = ["--board", "nucleo-f446re", "--fits", "flash=20K,ram=12K", "--latency", "50ms"]
QUICK = ["--size", "12x12", "--pictures", "compressed", "--epochs", "2", "--family", "blocks"]


def search(*arguments: str | Path) -> int:
    with pytest.raises(SystemExit) as caught:
        main([str(argument) for argument in arguments])
    code = caught.value.code
    return code if isinstance(code, int) else 0


@pytest.fixture(scope="module")
def shapes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_shapes(tmp_path_factory.mktemp("pictures"), 12)


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    path = tmp_path / "recipe.toml"
    path.write_text("epochs = 2\nbatch_size = 12\n")
    return path


@pytest.fixture
def tested(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Numbers of images of every evaluation of a finished model."""
    seen: list[int] = []
    evaluate = evaluation.evaluate

    def watched(framework: Any, model: Any, planes: Any, labels: Any) -> Any:
        seen.append(len(labels))
        return evaluate(framework, model, planes, labels)

    monkeypatch.setattr("cbcnn_trainer.finish.evaluate", watched)
    return seen


def test_an_interrupted_search_goes_on_and_ends_in_c_for_the_best(
    shapes: Path,
    recipe: Path,
    tested: list[int],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = tmp_path / "out"
    given: list[str | Path] = [
        "--data",
        shapes,
        *BOARD,
        *QUICK,
        "--config",
        recipe,
        "--trials",
        "3",
        "-o",
        out,
    ]
    told: list[tuple[int, int]] = []
    report = Study.report

    def interrupted(self: Study, number: int, epoch: int, accuracy: float) -> bool:
        goes_on = report(self, number, epoch, accuracy)
        told.append((number, epoch))
        if len(told) == 1:
            raise KeyboardInterrupt
        return goes_on

    monkeypatch.setattr(Study, "report", interrupted)
    assert search(*given) == 130
    assert "--resume" in capsys.readouterr().err
    assert search(*given) == 7
    assert "already holds a search" in capsys.readouterr().err
    assert not tested
    assert search(*given, "--resume", "--best", "--json") == 0
    found = json.loads(capsys.readouterr().out)

    first = told[0][0]
    assert told[:3] == [(first, 1), (first, 1), (first, 2)]  # its first epoch was not repeated
    assert found["networks"]["begun"] == 3
    assert json.loads((out / RESULT).read_text())["front"] == found["front"]
    assert (out / PICTURE).read_bytes().startswith(b"\x89PNG")
    assert not list((out / "candidates").rglob("*.npz"))
    assert found["front"]
    for point in found["front"]:
        assert point["flash_bytes"] <= 20 * 1024
        assert point["ram_bytes"] <= 12 * 1024
        assert point["latency_ms"] <= 50
        assert point["measured_with"].startswith("arm-none-eabi-gcc")
        assert trains(point["command"]) == point["settings"] | {
            "filters": tuple(point["settings"]["filters"]),
            "units": tuple(point["settings"]["units"]),
            "residuals": tuple(point["settings"]["residuals"]),
            "size": (12, 12),
        }
    best = found["best"]
    chosen = max(found["front"], key=lambda point: point["validation_accuracy"])
    assert best["number"] == chosen["number"]
    assert len(tested) == 1  # the test part counts once, for the chosen network
    made = decode(Report, (Path(best["code"]) / REPORT).read_text())
    assert best["flash_bytes"] == made.flash_bytes.total <= 20 * 1024
    assert best["finalists"] == [
        {"number": best["number"], "validation_accuracy": best["validation_accuracy"]}
    ]
    again = evaluate_file(Path(best["model"]), shapes, None)
    assert again["accuracy"] == best["test_accuracy"]


@pytest.mark.complete
@pytest.mark.skipif(find_spec("ray") is None, reason="needs the [search-ray] extra")
def test_a_search_on_ray_ends_in_c_for_the_best(
    shapes: Path, recipe: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    given: list[str | Path] = ["--data", shapes, *BOARD, *QUICK, "--config", recipe, "-o", out]
    assert search(*given, "--trials", "3", "--ray", "local", "--best", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["networks"]["begun"] == 3
    assert found["networks"]["failed"] == 0
    again = evaluate_file(Path(found["best"]["model"]), shapes, None)
    assert again["accuracy"] == found["best"]["test_accuracy"]
    assert (Path(found["best"]["code"]) / REPORT).is_file()


def trains(command: str) -> dict[str, Any]:
    """The settings of the network that a command trains, as `cbcnn-train` understands it."""
    program, dataset, *words = shlex.split(command)
    assert program == "cbcnn-train"
    context = trainer_cli.command.commands[dataset].make_context(dataset, words)
    given = {name: value for name, value in context.params.items() if name in settings.SETTINGS}
    values = settings.resolve(dataset, given).values()
    wanted = (
        *("filters", "units", "residuals", "kernel_size", "pool_size", "first_stride", "size"),
        *("first_order", "residual_relu", "downsampling", "ending", "channels", "preprocessing"),
    )
    return {name: values[name] for name in wanted}


@pytest.mark.parametrize(
    ("limit", "lacking", "needs"),
    [
        (["--fits", "flash=2K"], "flash", "2,048 bytes of flash"),
        (["--fits", "ram=200"], "ram", "200 bytes of RAM"),
        (["--latency", "0.1ms"], "latency", "0.1 ms"),
        (["--fits", "flash=2K,ram=200"], "flash, ram", "2,048 bytes of flash, 200 bytes of RAM"),
    ],
)
def test_nothing_fits_and_the_smallest_network_is_named_with_what_it_needs(
    limit: list[str],
    lacking: str,
    needs: str,
    shapes: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    given: list[str | Path] = ["--data", shapes, *QUICK, "--target", "cortex-m4", *limit]
    assert search(*given, "-o", tmp_path / "out") == 5
    told = capsys.readouterr().err
    assert f"no network fits: {lacking}\n" in told
    assert re.search(
        r"the smallest network, blocks 8.*, needs [\d,]+ bytes of flash, [\d,]+ bytes of RAM", told
    )
    assert re.search(rf"allowed +{needs}\n", told)


def test_a_folder_without_classes_to_tell_apart_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pictures = tmp_path / "pictures"
    (pictures / "cat").mkdir(parents=True)
    given: list[str | Path] = ["--data", pictures, *BOARD, "-o", tmp_path / "out"]
    assert search(*given) == 6
    Image.fromarray(np.zeros((9, 9), np.uint8)).save(pictures / "cat" / "a.png")
    capsys.readouterr()
    assert search(*given) == 6
    assert "a single class" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([], "a search needs a processor"),
        (["--target", "cortex-m4"], "a search needs a limit"),
        (["--board", "bluepill", "--target", "cortex-m4"], "contradict each other"),
        (["--board", "mps3-an547", "--latency", "50ms"], "cycles are known"),
        (["--board", "bluepill", "--latency", "50"], "--latency cannot be read"),
        (["--board", "bluepill", "--time", "0s"], "--time cannot be read"),
        (["--board", "bluepill", "--fits", "64K"], "--fits cannot be read"),
        (["--board", "nowhere"], "unknown board"),
        (["--board", "bluepill", "--dataset", "signs", "--size", "9x9"], "would have no effect"),
    ],
)
def test_wrong_usage_is_one_message(
    options: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert search("--data", tmp_path, *options, "-o", out) == 2
    assert message in capsys.readouterr().err
    assert not out.exists()


def test_a_recipe_does_not_decide_what_the_search_decides(
    shapes: Path, recipe: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recipe.write_text("filters = [8]\n")
    given: list[str | Path] = ["--data", shapes, *BOARD, "--config", recipe, "-o", tmp_path / "out"]
    assert search(*given) == 2
    assert "sets what the search decides" in capsys.readouterr().err


def test_a_missing_package_is_named_with_the_extra_that_brings_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for package, extra in (("optuna", "[search]"), ("ray", "[search-ray]")):
        monkeypatch.setattr(
            "importlib.util.find_spec", lambda name, lacks=package: None if name == lacks else name
        )
        given: list[str | Path] = ["--data", tmp_path, *BOARD, "--ray", "auto"]
        assert search(*given, "-o", tmp_path / "out") == 8
        assert extra in capsys.readouterr().err
