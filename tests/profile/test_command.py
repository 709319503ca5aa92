"""`cbcnn-profile` from the outside."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cbcnn_codegen.targets import find_target
from cbcnn_inputs.installation import install_command
from support.commands import (
    SIGNS,
    Result,
    assert_clean_error,
    codegen,
    environment,
    fake_program,
    parse_json,
    profile,
    without_programs,
)
from support.profiled import require_profiler
from support.tools import require_module, require_tool

MODEL = SIGNS / "model.h5"
SAMPLES = SIGNS / "samples"
KEYS = {
    "instructions",
    "cycles_estimated",
    "flash_bytes",
    "ram_bytes",
    "stack_bytes",
    "layers",
}


def generate(target: str, folder: Path) -> Path:
    require_tool("gcc", "gcc")
    result = codegen(MODEL, "--target", target, "-o", folder, "--name", "signs")
    assert result.returncode == 0, result.stderr
    return folder


@pytest.fixture(scope="module")
def code(tmp_path_factory: pytest.TempPathFactory) -> Path:
    require_profiler(find_target("cortex-m4"), qemu=True)
    return generate("cortex-m4", tmp_path_factory.mktemp("m4") / "signs")


@pytest.fixture(scope="module")
def host_code(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return generate("host", tmp_path_factory.mktemp("host") / "signs")


@pytest.fixture(scope="module")
def profiled(code: Path) -> Result:
    result = profile(code, "--data", SAMPLES, "--clock", "100", "--json")
    assert result.returncode == 0, result.stderr
    return result


def test_the_json_has_the_documented_keys(profiled: Result) -> None:
    value = parse_json(profiled)
    assert value.keys() >= KEYS
    for layer in value["layers"]:
        assert layer.keys() >= {"name", "instructions", "products"}
    for key in ("instructions", "products", "cycles_estimated"):
        assert value[key] == sum(layer[key] for layer in value["layers"]), key


def test_milliseconds_are_cycles_at_the_clock(profiled: Result) -> None:
    value = parse_json(profiled)
    assert value["clock_mhz"] == 100
    assert value["milliseconds_estimated"] == pytest.approx(value["cycles_estimated"] / 100e3)


def test_sizes_are_those_of_the_generator(code: Path, profiled: Result, tmp_path: Path) -> None:
    again = codegen(MODEL, "--target", "cortex-m4", "-o", tmp_path, "--name", "signs", "--json")
    generated, value = parse_json(again), parse_json(profiled)
    assert value["flash"] | {"total": value["flash_bytes"]} == generated["flash"]
    assert value["ram"] | {"total": value["ram_bytes"]} == generated["ram"]
    assert 0 < value["stack"]["measured"] <= value["stack_bytes"]


def test_the_counters_give_the_same_json_but_for_their_names(code: Path, profiled: Result) -> None:
    arguments = ("--data", SAMPLES, "--clock", "100", "--json")
    other = parse_json(profile(code, *arguments, "--counter", "qemu"))
    mine = parse_json(profiled)
    assert mine.pop("counter").startswith("Unicorn")
    assert other.pop("counter").startswith("QEMU")
    assert mine == other


def test_the_table_shows_every_number_whole(code: Path, profiled: Result) -> None:
    result = profile(code, "--data", SAMPLES, env=environment(COLUMNS="80"))
    assert result.returncode == 0, result.stderr
    value = parse_json(profiled)
    for layer in value["layers"]:
        assert f"{layer['instructions']:,}" in result.stdout
    assert f"{value['instructions']:,}" in result.stdout
    assert f"{value['ram_bytes']:,}" in result.stdout
    assert "est" in result.stdout
    assert "…" not in result.stdout


def test_another_core_with_the_same_words_gets_a_warning(code: Path) -> None:
    result = profile(code, "--target", "cortex-m3", "--json")
    assert result.returncode == 0, result.stderr
    assert parse_json(result)["target"] == "cortex-m3"
    assert "generated for cortex-m4" in result.stderr


def test_code_with_other_words_is_refused(code: Path, host_code: Path) -> None:
    assert_clean_error(profile(code, "--target", "host"), 2, "32 bits", "cbcnn-codegen")
    assert_clean_error(profile(host_code, "--target", "cortex-m4"), 2, "64 bits")


def test_the_host_is_timed(host_code: Path) -> None:
    result = profile(host_code, "--data", SAMPLES, "--json")
    assert result.returncode == 0, result.stderr
    value = parse_json(result)
    assert value["milliseconds_measured"] > 0
    assert value["cycles_estimated"] is None
    assert (value["instructions"] is None) == value["counter"].startswith("none")
    assert value["stack_bytes"] > 0


def test_cores_without_a_table_have_instructions_alone(code: Path) -> None:
    value = parse_json(profile(code, "--target", "cortex-m55", "--json"))
    assert value["instructions"] > 0
    assert value["cycles_estimated"] is None
    assert value["timing"] is None


def test_a_plot_is_written_beside_the_result(code: Path, tmp_path: Path) -> None:
    require_module("matplotlib", "profile")
    result = profile(code, "--plot", tmp_path / "chart.svg", "--json")
    assert result.returncode == 0, result.stderr
    layers = [layer["name"] for layer in parse_json(result)["layers"]]
    text = (tmp_path / "chart.svg").read_text(encoding="utf-8")
    assert [name for name in layers if f"<!-- {name} -->" not in text] == []


def test_a_plot_that_cannot_be_drawn_is_told(code: Path, host_code: Path, tmp_path: Path) -> None:
    assert_clean_error(profile(code, "--plot", tmp_path / "a.jpg"), 2, ".svg or .png")
    assert_clean_error(profile(code, "--plot", tmp_path / "no" / "a.svg"), 7, "a.svg")
    assert_clean_error(profile(host_code, "--plot", tmp_path / "a.svg"), 2, "have no effect")


def test_what_is_missing_is_named_with_its_package(code: Path) -> None:
    missing = without_programs("arm-none-eabi-gcc")
    assert_clean_error(profile(code, env=missing), 8, "gcc-arm-none-eabi")
    missing = without_programs("qemu-system-arm")
    result = profile(code, "--counter", "qemu", env=missing)
    assert_clean_error(result, 8, "apt-get install qemu-system-arm")
    missing = without_programs("arm-none-eabi-addr2line")
    assert_clean_error(profile(code, env=missing), 8, "binutils-arm-none-eabi")


@pytest.mark.parametrize("package", ["unicorn", "capstone", "elftools"])
def test_a_missing_package_names_the_extra(package: str, code: Path) -> None:
    script = (
        f"import sys; sys.modules[{package!r}] = None\n"
        "from cbcnn_codegen.profile.cli import main; main()"
    )
    result = subprocess.run(
        [sys.executable, "-c", script, str(code)], capture_output=True, text=True, check=False
    )
    assert_clean_error(result, 8, package, install_command("profile"))


def test_an_emulator_that_takes_no_plugin_is_told(code: Path, tmp_path: Path) -> None:
    script = (
        'case "$*" in *--version*) echo "QEMU emulator version 7.2.0";; '
        "*) echo 'invalid option -plugin' >&2; exit 1;; esac"
    )
    broken = fake_program(tmp_path / "bin", "qemu-system-arm", script)
    result = profile(code, "--counter", "qemu", env=broken)
    assert_clean_error(result, 9, "invalid option -plugin")


def test_code_that_does_not_compile_is_told(code: Path, tmp_path: Path) -> None:
    broken = Path(shutil.copytree(code, tmp_path / "broken"))
    with (broken / "signs.c").open("a", encoding="utf-8") as file:
        file.write("int unfinished(\n")
    result = profile(broken)
    assert result.returncode == 9
    assert "signs.c was edited" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_folder_without_code_is_told(tmp_path: Path) -> None:
    assert_clean_error(profile(tmp_path), 2, "not a folder of generated code")
    assert_clean_error(profile(tmp_path, "--clock", "0"), 2, "--clock")


def test_a_core_that_unicorn_lacks_is_told(code: Path) -> None:
    result = profile(code, "--target", "cortex-m55", "--counter", "unicorn")
    assert result.returncode == 2
    assert "--counter qemu" in result.stderr
