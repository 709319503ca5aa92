"""`cbcnn-verify` from the outside: it agrees with good code and catches every edit of it."""

from __future__ import annotations

import json
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from cbcnn_inputs.installation import install_command
from support.commands import (
    ROOT,
    SIGNS,
    all_files,
    assert_clean_error,
    codegen,
    command_line,
    environment,
    fake_program,
    parse_json,
    verify,
    without_programs,
)
from support.tools import require_tool

MODEL = SIGNS / "model.h5"
SAMPLES = SIGNS / "samples"
JSON_KEYS = {
    "images",
    "mismatched_images",
    "mismatched_bits",
    "accuracy_c",
    "accuracy_python",
    "against",
    "layers",
    "builds",
}


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    require_tool("gcc", "gcc")
    folder = tmp_path_factory.mktemp("generated") / "signs"
    result = codegen(
        MODEL, "--target", "cortex-m4", "-o", folder, "--name", "signs", "--no-measure"
    )
    assert result.returncode == 0, result.stderr
    return folder


@pytest.fixture
def code(generated: Path, tmp_path: Path) -> Path:
    """A copy of the generated code that a test may damage."""
    return Path(shutil.copytree(generated, tmp_path / "code"))


def edit(folder: Path, change: Callable[[str], str], name: str = "signs.c") -> None:
    text = (folder / name).read_text()
    changed = change(text)
    assert changed != text, "the edit did nothing"
    (folder / name).write_text(changed)


def change_table(table: str, position: int, change: Callable[[int], int]) -> Callable[[str], str]:
    """An edit of one number of a table of the generated C."""

    def apply(text: str) -> str:
        start = text.index("{", text.index(f"signs_{table}[]"))
        number = re.compile(r"-?(?:0x[0-9a-f]+|\d+)")
        match = [*number.finditer(text, start, text.index("};", start))][position]
        old = match[0]
        new = change(int(old, 0))
        shown = f"0x{new:0{len(old) - 2}x}" if old.startswith("0x") else str(new)
        return text[: match.start()] + shown + text[match.end() :]

    return apply


def test_good_code_agrees_in_every_build(generated: Path) -> None:
    require_tool("clang", "clang")
    result = verify(MODEL, generated, "--data", SAMPLES, "--json")
    assert result.returncode == 0, result.stderr
    value = parse_json(result)
    assert value.keys() >= JSON_KEYS
    assert (value["images"], value["mismatched_images"], value["mismatched_bits"]) == (20, 0, 0)
    assert value["accuracy_c"] == value["accuracy_python"] >= 0.9
    assert value["against"] == "reference"
    names = [build["name"] for build in value["builds"]]
    for word in ("-O0", "-O2", "-O3", "-Os", "gcc sanitizers", "g++", "clang -O2", "RGB565"):
        assert any(word in name for name in names), names
    assert {"clang sanitizers", "clang++ -O2, C++17"} < set(names), value["builds_left_out"]
    assert value["builds_left_out"] == {}
    assert [layer["name"] for layer in value["layers"]] == [
        "image compression",
        *("conv_1", "conv_2", "conv_3", "dense_1", "dense_2"),
        *("scores", "class"),
    ]
    assert all(layer["compared_bits"] > 0 for layer in value["layers"])


def test_good_code_agrees_with_the_live_larq_model(generated: Path) -> None:
    pytest.importorskip("larq", reason="needs the extra [train]")
    result = verify(
        *(MODEL, generated, "--data", SAMPLES, "--limit", "6"),
        *("--against", "larq", "--builds", "quick", "--json"),
    )
    assert result.returncode == 0, result.stderr
    value = parse_json(result)
    assert (value["against"], value["images"], value["mismatched_bits"]) == ("larq", 6, 0)
    assert value["comparisons"]["larq"]["compared_bits"] > 100_000
    assert value["not_shown_by_python_model"] == []


def test_the_summary_tells_the_mismatches_and_the_accuracies(generated: Path) -> None:
    result = verify(MODEL, generated, "--data", SAMPLES, "--builds", "quick")
    assert result.returncode == 0, result.stderr
    assert re.search(r"bit mismatches  0/[\d,]{7,}", result.stdout)
    assert "accuracy" in result.stdout
    assert result.stderr == ""


def flip_bit(word: int) -> int:
    return word ^ 8


EDITS = {
    "a weight of the first layer": ("weights_0", 2, flip_bit, "conv_1"),
    "a weight of a middle layer": ("weights_2", 40, flip_bit, "conv_3"),
    "a weight of a dense layer": ("weights_3", 11, lambda word: word ^ 0xFFFF, "dense_1"),
    "a weight of the last layer": ("weights_4", 5, flip_bit, "dense_2"),
    "a threshold": ("starts_1", 0, lambda value: value + 400, "conv_2"),
    "a complement": ("complement_2", 1, flip_bit, "conv_3"),
    "a score's offset": ("score_offsets", 2, lambda value: value ^ 1, "scores"),
}


@pytest.mark.parametrize("what", EDITS)
def test_an_edited_number_is_caught_and_its_layer_named(what: str, code: Path) -> None:
    table, position, change, layer = EDITS[what]
    edit(code, change_table(table, position, change))
    result = verify(MODEL, code, "--data", SAMPLES, "--builds", "quick", "--json")
    assert result.returncode == 1, result.stderr
    value = parse_json(result)
    assert value["mismatched_images"] > 0
    assert value["mismatched_bits"] > 0
    assert f"first in '{layer}'" in result.stderr
    assert re.search(r"C [-+]\d+, Python model [-+]\d+", result.stderr)
    assert "signs.c was edited" in result.stderr
    if layer != "scores":
        assert re.search(rf"image \d+, {layer}, row \d+, column \d+, channel \d+", result.stderr)


def test_an_edit_of_the_image_compression_is_caught(code: Path) -> None:
    edit(code, lambda text: text.replace("19235", "19234"))
    result = verify(MODEL, code, "--data", SAMPLES, "--builds", "quick")
    assert result.returncode == 1
    assert "first in 'image compression'" in result.stderr


def test_an_edit_of_the_answer_is_caught(code: Path) -> None:
    """Scores are right, but the last of several largest ones wins."""
    edit(
        code,
        lambda text: re.sub(
            r"(size_t signs_classify\([^{]*\{)", r"\1\n    if (arena != NULL) return 3;", text
        ),
    )
    result = verify(MODEL, code, "--data", SAMPLES, "--builds", "quick")
    assert result.returncode in (1, 9), result.stderr
    assert "class" in result.stderr


def test_a_write_behind_the_arena_is_caught(code: Path) -> None:
    start = "uint8_t *const memory = (uint8_t *)arena;"
    edit(
        code,
        lambda text: text.replace(start, f"{start}\n    memory[SIGNS_ARENA_BYTES] = 1;", 1),
    )
    result = verify(MODEL, code, "--data", SAMPLES, "--builds", "quick")
    assert_clean_error(result, 9, "sanitizers", "heap-buffer-overflow")


def test_code_with_a_warning_is_refused(code: Path) -> None:
    edit(code, lambda text: text + "\nstatic int unused;\n")
    assert_clean_error(
        verify(MODEL, code, "--data", SAMPLES, "--builds", "quick"), 9, "compile", "unused"
    )


def test_code_that_crashes_is_told(code: Path) -> None:
    start = "uint8_t *const memory = (uint8_t *)arena;"
    edit(code, lambda text: text.replace(start, f"{start}\n    __builtin_trap();", 1))
    assert_clean_error(verify(MODEL, code, "--data", SAMPLES), 9, "signal 4")


def test_only_the_first_images_are_used_with_a_limit(generated: Path) -> None:
    result = verify(
        *(MODEL, generated, "--data", SAMPLES, "--limit", "3", "--trace", "2"),
        *("--builds", "quick", "--json"),
    )
    value = parse_json(result)
    assert (value["images"], value["traced_images"]) == (3, 2)


def test_the_emulated_target_agrees(generated: Path) -> None:
    require_tool("qemu-system-arm", "qemu-system-arm")
    require_tool("arm-none-eabi-gcc", "gcc-arm-none-eabi")
    result = verify(
        *(MODEL, generated, "--data", SAMPLES, "--limit", "2"),
        *("--builds", "quick", "--emulate", "--json"),
    )
    assert result.returncode == 0, result.stderr
    value = parse_json(result)
    assert any("mps2-an386" in build["name"] for build in value["builds"])
    assert value["stack_bytes"] > 0


def test_the_code_of_another_model_is_refused(generated: Path) -> None:
    other = ROOT / "examples" / "models" / "mnist" / "model.h5"
    assert_clean_error(verify(other, generated, "--data", SAMPLES), 2, "another model")


@pytest.mark.parametrize("what", ["no report", "no C", "another schema", "no JSON", "no folder"])
def test_a_folder_that_is_not_generated_code_is_refused(what: str, code: Path) -> None:
    if what == "no folder":
        shutil.rmtree(code)
    elif what == "no C":
        (code / "signs.c").unlink()
    elif what == "no report":
        (code / "report.json").unlink()
    elif what == "no JSON":
        (code / "report.json").write_text("{")
    else:
        edit(code, lambda text: text.replace('"schema": 1', '"schema": 99'), "report.json")
    assert_clean_error(verify(MODEL, code, "--data", SAMPLES), 2, str(code))


@pytest.mark.parametrize("name", ["../signs", "-x", "a b", "signs;true", "/tmp/signs"])
def test_a_report_cannot_name_other_files(name: str, code: Path) -> None:
    report = json.loads((code / "report.json").read_text())
    report["name"] = report["prefix"] = name
    report["files"].append({"name": f"{name}.c", "sha256": ""})
    (code / "report.json").write_text(json.dumps(report))
    assert_clean_error(verify(MODEL, code, "--data", SAMPLES), 2, "report.json")


def test_a_report_that_leaves_a_layer_out_is_refused(code: Path) -> None:
    report = json.loads((code / "report.json").read_text())
    del report["layers"][2]
    (code / "report.json").write_text(json.dumps(report))
    assert_clean_error(verify(MODEL, code, "--data", SAMPLES), 2, "conv_3")


def write_images(path: Path, images: object, labels: object = None) -> Path:
    arrays = {"images": images} | ({} if labels is None else {"labels": labels})
    np.savez(path, **arrays)  # type: ignore[arg-type]
    return path


def test_images_of_the_networks_own_type_are_fed_as_they_are(
    generated: Path, tmp_path: Path
) -> None:
    rng = np.random.default_rng(0)
    planes = rng.integers(-128, 128, (5, 32, 32, 1)).astype(np.int8)
    data = write_images(tmp_path / "planes.npz", planes)
    value = parse_json(verify(MODEL, generated, "--data", data, "--builds", "quick", "--json"))
    assert (value["images"], value["mismatched_bits"], value["accuracy_c"]) == (5, 0, None)
    assert "image compression" not in [layer["name"] for layer in value["layers"]]


def test_grey_images_go_through_the_image_compression_block(
    generated: Path, tmp_path: Path
) -> None:
    rng = np.random.default_rng(1)
    grey = rng.integers(0, 256, (4, 32, 32)).astype(np.uint8)
    data = write_images(tmp_path / "grey.npz", grey, np.arange(4))
    value = parse_json(verify(MODEL, generated, "--data", data, "--builds", "quick", "--json"))
    assert (value["images"], value["mismatched_bits"]) == (4, 0)
    assert value["layers"][0]["name"] == "image compression"


BAD_IMAGES = {
    "wrong size": (np.zeros((2, 16, 16, 3), np.uint8), None),
    "floats": (np.zeros((2, 32, 32, 3), np.float32), None),
    "four channels": (np.zeros((2, 32, 32, 4), np.uint8), None),
    "no images": (np.zeros((0, 32, 32, 3), np.uint8), None),
    "labels that are too large": (np.zeros((2, 32, 32, 3), np.uint8), np.array([0, 16])),
    "fewer labels than images": (np.zeros((2, 32, 32, 3), np.uint8), np.array([0])),
}


@pytest.mark.parametrize("what", BAD_IMAGES)
def test_images_that_do_not_fit_are_refused(what: str, generated: Path, tmp_path: Path) -> None:
    data = write_images(tmp_path / "data.npz", *BAD_IMAGES[what])
    assert_clean_error(verify(MODEL, generated, "--data", data), 6)


@pytest.mark.parametrize("what", ["empty folder", "missing", "text"])
def test_data_that_is_none_is_refused(what: str, generated: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    if what == "empty folder":
        data.mkdir()
    elif what == "text":
        data.write_text("hello")
    assert_clean_error(verify(MODEL, generated, "--data", data), 6, str(data))


def test_a_clang_without_sanitizers_or_no_clang_leaves_its_builds_out_and_says_so(
    generated: Path, tmp_path: Path
) -> None:
    require_tool("clang", "clang")
    real = shutil.which("clang")
    bare = fake_program(
        tmp_path / "bin", "clang", f'case "$*" in *-fsanitize*) exit 1;; esac\nexec {real} "$@"'
    )
    for env, name in ((bare, "clang sanitizers"), (without_programs("clang"), "clang")):
        result = verify(MODEL, generated, "--data", SAMPLES, "--limit", "1", "--json", env=env)
        assert result.returncode == 0, result.stderr
        value = parse_json(result)
        assert value["builds_left_out"].keys() == {name}
        builds = {build["name"] for build in value["builds"]}
        assert "gcc sanitizers" in builds
        assert "clang sanitizers" not in builds
        assert ("clang -O2" in builds) == (name == "clang sanitizers")


def test_a_gcc_without_sanitizers_leaves_its_build_out_and_says_what_to_install(
    generated: Path, tmp_path: Path
) -> None:
    real = shutil.which("gcc")
    env = fake_program(
        tmp_path / "bin", "gcc", f'case "$*" in *-fsanitize*) exit 1;; esac\nexec {real} "$@"'
    )
    result = verify(MODEL, generated, "--data", SAMPLES, "--builds", "quick", env=env)
    assert result.returncode == 0, result.stderr
    assert result.stdout.count("gcc sanitizers: left out") == 1
    assert "libasan" in result.stdout


def test_missing_larq_is_told(generated: Path) -> None:
    arguments = command_line(
        *("cbcnn-verify", MODEL, generated, "--data", SAMPLES, "--against", "larq")
    )
    arguments[2] = f"import sys; sys.modules['larq'] = None; {arguments[2]}"
    result = subprocess.run(arguments, capture_output=True, text=True, timeout=120, check=False)
    assert_clean_error(result, 8, install_command("train"))


def test_a_backend_of_keras_that_there_is_not_is_told(generated: Path) -> None:
    result = verify(
        *(MODEL, generated, "--data", SAMPLES, "--against", "keras"),
        env=environment(KERAS_BACKEND="theano"),
    )
    assert_clean_error(result, 8, "KERAS_BACKEND=theano", "--against reference")


def test_verifying_against_the_reference_imports_no_tensorflow(generated: Path) -> None:
    arguments = command_line(
        *("cbcnn-verify", MODEL, generated, "--data", SAMPLES, "--limit", "2"),
        *("--builds", "quick", "--json"),
    )
    block = "sys.modules.update(dict.fromkeys(('tensorflow', 'larq', 'tf_keras', 'keras')))"
    arguments[2] = f"import sys; {block}; {arguments[2]}"
    result = subprocess.run(arguments, capture_output=True, text=True, timeout=120, check=False)
    assert result.returncode == 0, result.stderr


def test_an_interrupted_verification_leaves_nothing_behind(generated: Path, tmp_path: Path) -> None:
    ready, temporary = tmp_path / "ready", tmp_path / "temporary"
    temporary.mkdir()
    env = fake_program(tmp_path / "bin", "gcc", f"touch {ready}\nexec sleep 60")
    arguments = command_line("cbcnn-verify", MODEL, generated, "--data", SAMPLES, "--json")
    with subprocess.Popen(
        arguments,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**env, "TMPDIR": str(temporary)},
        start_new_session=True,
    ) as process:
        for _ in range(600):
            if ready.exists():
                break
            time.sleep(0.05)
        assert ready.exists()
        started = time.monotonic()
        process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=60)
    assert time.monotonic() - started < 30
    assert process.returncode == 130
    assert stdout == ""
    assert stderr.strip() == "interrupted"
    assert all_files(temporary) == []
