"""`cbcnn-codegen` from the outside: what it writes, prints and how long it takes."""

from __future__ import annotations

import json
import re
import resource
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cbcnn_codegen.targets import TARGETS
from support.commands import (
    ROOT,
    SIGNS,
    Result,
    all_files,
    assert_clean_error,
    codegen,
    command_line,
    environment,
    parse_json,
)
from support.keras_files import write_h5
from support.small_layers import dense, image, norm
from support.tools import require_tool

MODEL = SIGNS / "model.h5"
JSON_KEYS = {"files", "name", "target", "model_sha256", "flash_bytes", "ram_bytes", "layers"}


def test_json_is_one_object_with_the_documented_keys(tmp_path: Path) -> None:
    result = codegen(MODEL, "--target", "cortex-m4", "-o", tmp_path / "out", "--json")
    assert result.returncode == 0, result.stderr
    value = parse_json(result)
    assert value.keys() >= JSON_KEYS
    assert (value["name"], value["target"]) == ("model", "cortex-m4")
    assert isinstance(value["flash_bytes"], int)
    assert isinstance(value["ram_bytes"], int)
    assert value["layers"][0]["name"] == "conv_1"
    written = {str(path) for path in (tmp_path / "out").iterdir()}
    assert set(value["files"]) == written


def test_the_sizes_say_whether_they_were_measured(tmp_path: Path) -> None:
    require_tool("arm-none-eabi-gcc", "gcc-arm-none-eabi")
    sizes = []
    for option in ("--measure", "--no-measure"):
        out = tmp_path / option
        value = parse_json(codegen(MODEL, "--target", "cortex-m4", "-o", out, option, "--json"))
        sizes.append((value["flash_bytes"], value["ram_bytes"], value["measured_with"]))
    (flash, ram, compiler), (known_flash, known_ram, none) = sizes
    assert flash > known_flash
    assert ram > known_ram
    assert "arm-none-eabi-gcc" in compiler
    assert none is None


def test_the_summary_names_files_memory_layers_and_boards(tmp_path: Path) -> None:
    result = codegen(MODEL, "--target", "cortex-m4", "-o", tmp_path, env=environment(COLUMNS="200"))
    assert result.returncode == 0
    for word in ("model.c", "model.h", "bytes of flash", "bytes of RAM", "conv_3", "fits"):
        assert word in result.stdout
    assert result.stderr == ""


def test_the_same_model_gives_the_same_bytes(tmp_path: Path) -> None:
    for name, seed in (("one", "0"), ("two", "4711")):
        env = environment(PYTHONHASHSEED=seed)
        out = tmp_path / name
        assert codegen(MODEL, "--target", "cortex-m0", "-o", out, env=env).returncode == 0
    names = [path.name for path in sorted((tmp_path / "one").iterdir())]
    assert len(names) >= 4
    for name in names:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_a_sign_that_hangs_on_float_rounding_is_told_everywhere(tmp_path: Path) -> None:
    """Channel 1 has a tie that the order of float operations decides, its neighbours have none."""
    third = np.float32(1 / 3)
    gamma = np.array([1, third, 1], np.float32)
    beta = np.array([0, 1e-9 - float(np.float32(third * np.float32(3))), 0], np.float32)
    mean = np.array([2.5, 3, 0.5], np.float32)
    values: dict[str, Any] = {"gamma": gamma, "beta": beta, "mean": mean, "epsilon": 0.0}
    dense_layer = dense(8, "unit", 3, input_quantizer="ste_sign")
    layers = [image(8), dense_layer, norm(3, **values), dense(3, "head")]
    model = write_h5(tmp_path / "model.h5", layers)
    out = tmp_path / "out"
    result = codegen(model, "--target", "host", "-o", out, "--no-measure")
    assert result.returncode == 0, result.stderr
    assert json.loads((out / "report.json").read_text())["knife_edges"] == {"unit": [1]}
    assert "knife edge unit: the sign of 1 channels (1)" in result.stdout
    edges = (out / "report.md").read_text().partition("## Knife edges")[2].partition("## Boards")[0]
    assert "unit" in edges
    assert "None:" not in edges


def test_options_reach_the_generated_code(tmp_path: Path) -> None:
    options = ["--name", "net", "--scores", "float", "--class-names", "--split-weights"]
    result = codegen(
        MODEL, "--target", "host", "-o", tmp_path, *options, "--project", "make", "--json"
    )
    assert result.returncode == 0, result.stderr
    names = {Path(path).name for path in parse_json(result)["files"]}
    reports = {"report.md", "report.html", "report.json"}
    assert names == {"net.c", "net.h", "net_weights.h", "Makefile", *reports}
    header = (tmp_path / "net.h").read_text()
    assert "typedef float net_score_t;" in header
    assert "net_class_name" in header


def test_class_names_are_left_out_unless_asked_for(tmp_path: Path) -> None:
    assert codegen(MODEL, "--target", "host", "-o", tmp_path).returncode == 0
    assert "class_name" not in (tmp_path / "model.h").read_text()


def test_the_targets_are_described() -> None:
    lines = codegen("--target", "list").stdout.splitlines()
    (line,) = (line for line in lines if line.startswith("cortex-m4 "))
    for word in (" 32 ", " 1,024K ", " 128K ", "arm-none-eabi-gcc -mcpu=cortex-m4"):
        assert word in line


@pytest.mark.parametrize("target", [target.name for target in TARGETS])
def test_every_target_is_generated_for(target: str, tmp_path: Path) -> None:
    result = codegen(MODEL, "--target", target, "-o", tmp_path, "--no-measure", "--json")
    assert parse_json(result)["target"] == target


def test_a_budget_that_is_kept_changes_nothing(tmp_path: Path) -> None:
    result = codegen(
        MODEL, "--target", "cortex-m4", "-o", tmp_path, "--fits", "flash=1M,ram=100K", "--json"
    )
    assert result.returncode == 0, result.stderr


def test_a_budget_that_is_broken_tells_the_numbers_and_writes_nothing(tmp_path: Path) -> None:
    out = tmp_path / "out"
    result = codegen(MODEL, "--target", "cortex-m4", "-o", out, "--fits", "flash=20K,ram=1K")
    assert_clean_error(result, 5, "flash", "RAM", "20,480", "1,024")
    assert re.search(r"\d\d,\d{3} bytes of flash", result.stderr)
    assert not out.exists()


def test_a_broken_budget_names_the_layers_that_hold_the_memory_and_the_mode_that_fits(
    tmp_path: Path,
) -> None:
    require_tool("arm-none-eabi-gcc", "gcc-arm-none-eabi")
    speed = parse_json(modes_of(tmp_path / "speed", "speed"))
    size = parse_json(modes_of(tmp_path / "size", "size"))
    assert size["flash_bytes"] < speed["flash_bytes"]
    fits = f"flash={size['flash_bytes']}"
    result = modes_of(tmp_path / "out", "speed", "--fits", fits)
    found = (f"{speed['flash_bytes']:,} bytes of flash", "dense_1, dense_b1_b1:", "weights 16,384")
    assert_clean_error(result, 5, *found, "--optimize size, which takes")
    assert f"{size['flash_bytes']:,} bytes of flash" in result.stderr
    assert not (tmp_path / "out").exists()


def test_a_budget_that_no_mode_keeps_says_so(tmp_path: Path) -> None:
    result = modes_of(tmp_path / "out", "balanced", "--fits", "ram=1K")
    assert_clean_error(result, 5, "reads 1,024", "no mode fits", "fewer filters")


def modes_of(folder: Path, optimize: str, *options: str) -> Result:
    """Code of one mode for a Cortex-M4."""
    chosen = ["--optimize", optimize, "--json", *options]
    return codegen(MODEL, "--target", "cortex-m4", "-o", folder, *chosen)


def test_the_mode_its_flags_and_its_reasons_are_in_the_report(tmp_path: Path) -> None:
    result = modes_of(tmp_path, "size", "--project", "make", "--no-measure")
    report = parse_json(result)
    assert report["options"]["optimize"] == "size"
    assert "-Os" in report["compiler_flags"]
    assert "CFLAGS = -Os" in (tmp_path / "Makefile").read_text()
    keys = {"kernel", "instructions", "scratch_bytes", "table_bytes", "code_bytes"}
    for layer in report["layers"]:
        kernels = [candidate["kernel"] for candidate in layer["candidates"]]
        assert layer["kernel"] in kernels
        assert all(candidate.keys() == keys for candidate in layer["candidates"])
        assert layer["reason"] in (tmp_path / "report.md").read_text()


def test_a_mode_that_is_not_known_is_a_usage_error(tmp_path: Path) -> None:
    result = codegen(MODEL, "--target", "host", "-o", tmp_path / "out", "--optimize", "best")
    assert_clean_error(result, 2, "'best'", "balanced")


@pytest.mark.parametrize("optimize", ["ram", "balanced"])
def test_the_header_has_a_place_for_the_image_in_mode_ram_alone(
    optimize: str, tmp_path: Path
) -> None:
    model = ROOT / "examples" / "models" / "mnist" / "model.h5"
    options = ("--optimize", optimize, "--no-measure", "--json")
    result = codegen(model, "--target", "cortex-m4", "-o", tmp_path, *options)
    place = parse_json(result)["image_in_arena"]
    header = (tmp_path / "model.h").read_text()
    if optimize == "balanced":
        assert (place, "IMAGE_OFFSET" in header) == (None, False)
        return
    assert place["saved_bytes"] > 700
    assert f"#define MODEL_IMAGE_OFFSET {place['offset']}\n" in header
    assert f"#define MODEL_ARENA_WITH_IMAGE_BYTES {place['arena_bytes']}\n" in header


@pytest.mark.parametrize(
    ("name", "ram", "flash"), [("gtsrb", 4608, 80_000), ("mnist", 5000, 66_500)]
)
def test_shipped_models_take_no_more_memory_than_they_should(
    name: str, ram: int, flash: int, tmp_path: Path
) -> None:
    """RAM in mode ram and flash in mode size, both on a Cortex-M4."""
    require_tool("arm-none-eabi-gcc", "gcc-arm-none-eabi")
    model = ROOT / "examples" / "models" / name / "model.h5"
    for mode, key, most in (("ram", "ram_bytes", ram), ("size", "flash_bytes", flash)):
        options = ("--target", "cortex-m4", "--optimize", mode, "--json")
        taken = parse_json(codegen(model, *options, "-o", tmp_path / mode))[key]
        assert taken <= most, mode


@pytest.mark.parametrize(
    "text", ["flash", "flash=", "flash=1G", "rom=1K", "ram=1K,ram=2K", "ram=-1"]
)
def test_a_budget_that_cannot_be_read_is_a_usage_error(text: str, tmp_path: Path) -> None:
    result = codegen(MODEL, "--target", "host", "-o", tmp_path / "out", "--fits", text)
    assert_clean_error(result, 2, "--fits")


def test_our_own_files_are_replaced_and_others_are_not(tmp_path: Path) -> None:
    arguments: list[str | Path] = [MODEL, "--target", "host", "-o", tmp_path, "--no-measure"]
    assert codegen(*arguments).returncode == 0
    assert codegen(*arguments, "--scores", "float").returncode == 0
    (tmp_path / "model.c").write_text("mine\n")
    before = all_files(tmp_path)
    assert_clean_error(codegen(*arguments), 7, "model.c", "--force")
    assert (tmp_path / "model.c").read_text() == "mine\n"
    assert all_files(tmp_path) == before
    assert codegen(*arguments, "--force").returncode == 0
    assert (tmp_path / "model.c").read_text() != "mine\n"


def test_generating_never_imports_tensorflow(tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "from cbcnn_codegen.cli import main\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert not end.code, end.code\n"
        "heavy = {'tensorflow', 'keras', 'tf_keras', 'larq', 'matplotlib', 'cv2'}\n"
        "found = heavy & set(sys.modules)\n"
        "assert not found, found\n"
    )
    arguments = command_line("cbcnn-codegen", MODEL, "--target", "host", "-o", tmp_path)
    arguments[2] = code
    result = subprocess.run(arguments, capture_output=True, text=True, timeout=120, check=False)
    assert result.returncode == 0, result.stderr


def test_the_largest_preset_takes_less_than_two_seconds(tmp_path: Path) -> None:
    """Processor time of the command and its compiler: 1.4 s, a third more on a busy machine."""
    require_tool("arm-none-eabi-gcc", "gcc-arm-none-eabi")
    model = ROOT / "examples" / "models" / "gtsrb" / "model.h5"
    if not model.exists():
        model = ROOT / "examples" / "models" / "mnist" / "model.h5"
    seconds = []
    for attempt in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        result = codegen(model, "--target", "cortex-m4", "-o", tmp_path / str(attempt), "--json")
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert result.returncode == 0
        user, system = after.ru_utime - before.ru_utime, after.ru_stime - before.ru_stime
        seconds.append(user + system)
    assert min(seconds) < 2, seconds


def test_the_report_is_valid_json_without_paths_of_this_machine(tmp_path: Path) -> None:
    assert codegen(MODEL, "--target", "host", "-o", tmp_path).returncode == 0
    text = (tmp_path / "report.json").read_text()
    json.loads(text)
    for path in tmp_path.iterdir():
        assert str(tmp_path) not in path.read_text()
        assert str(ROOT) not in path.read_text()
