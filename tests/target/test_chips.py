"""AVR and Xtensa: narrow words, an int of 16 bits, tables in flash, exact cycles."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from benchmarks.chip_sizes import STRING_H
from cbcnn_codegen import measure_stack
from cbcnn_codegen.cli import command as codegen
from cbcnn_codegen.errors import BuildError, UsageError
from cbcnn_codegen.locate_firmware import firmware_path
from cbcnn_codegen.verify import emulate
from cbcnn_codegen.verify.chip import EmulatedRun, read_cycles
from cbcnn_codegen.verify.data import prepare_samples
from cbcnn_codegen.verify.expect import expect_reference
from cbcnn_codegen.verify.project import Project
from cbcnn_inputs.datasets import load_images
from support.commands import ROOT
from support.generated import compare_code, generate_code, read_graphs
from support.tools import require_tool

MODELS = ROOT / "examples" / "models"
WITH_LANES = ("bucket", "sliced", "interleaved", "distinct", "quad")


def run_on_chip(project: Project, model: Path, folder: Path) -> list[EmulatedRun]:
    """Both builds of a project in simavr, compared with the reference."""
    require_tool("avr-gcc", "gcc-avr")
    _, lowered = read_graphs(model / "model.h5")
    images = load_images(model / "samples", limit=1).images
    samples = prepare_samples(lowered, images, None, "test images")
    expected = expect_reference(lowered, samples.planes, traced=True)
    runs = list(emulate.run_target(project, [samples], folder))
    for run in runs:
        shown = expected if run.traced else expected.without_layers(slice(None))
        comparison = compare_code(project, run.outputs, shown, samples)
        assert comparison.first is None, f"{run.name}: {comparison.first}"
    return runs


def test_mnist_on_an_arduino_uno_fits_and_computes_the_same(tmp_path: Path) -> None:
    """All of it in 32 KB of flash and 2 KB of RAM, with room for a program around it."""
    model = MODELS / "mnist-small"
    project = generate_code(
        model / "model.h5", tmp_path / "code", "atmega328p", optimize="ram", measure=True
    )
    assert project.flash_bytes.total < 24_000
    assert project.ram_bytes.total < 1_600
    shipped, traced = run_on_chip(project, model, tmp_path)
    assert (shipped.traced, traced.traced) == (False, True)
    assert 20e6 < shipped.cycles[0] < 32e6
    stack = int(shipped.outputs.stack_bytes.max())
    assert project.ram_bytes.stack is not None
    assert 100 < stack <= project.ram_bytes.stack < 300


def test_no_pointer_to_a_table_leaves_program_memory(tmp_path: Path) -> None:
    """Compilers convert them without a word; one warning tells, and so does C of another kind."""
    require_tool("avr-gcc", "gcc-avr")
    sources = sorted(firmware_path("kernels", "portable").glob("*.c"))
    kernels = [
        path
        for path in sources
        if "f32" not in path.name and not any(lane in path.name for lane in WITH_LANES)
    ]
    folders = [firmware_path("kernels", name) for name in ("int16", "narrow", "portable")]
    chosen = {
        path.name: next(folder / path.name for folder in folders if (folder / path.name).is_file())
        for path in kernels
    }
    for folder in reversed(folders):
        for path in folder.glob("*.h"):
            (tmp_path / path.name).write_bytes(path.read_bytes())
    for name, path in chosen.items():
        text = path.read_text(encoding="utf-8")  # NULL is a pointer to RAM, 0 one to anywhere
        (tmp_path / name).write_text(text.replace("NULL, NULL}", "0, 0}"), encoding="utf-8")
    no_space = "-Werror=addr-space-convert"
    flags = ["-mmcu=atmega2560", "-std=gnu99", "-O1", "-Wall", "-Wextra", "-Wshadow", "-Werror"]
    define = ["-DCBCNN_WORD_BITS=8", "-DCBCNN_TABLE=__flash"]
    names = sorted(chosen)
    assert len(names) > 40
    done = subprocess.run(
        ["avr-gcc", *flags, no_space, *define, "-c", *names],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_floats_are_refused_where_they_would_round_otherwise(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="real-valued") as caught:
        generate_code(MODELS / "gtsrb-quicknet-small" / "model.h5", tmp_path / "a", "atmega2560")
    assert "--real-layers int8" in str(caught.value)
    with pytest.raises(UsageError, match="float scores"):
        generate_code(MODELS / "mnist-small" / "model.h5", tmp_path, "atmega2560", scores="float")


def test_copies_of_a_function_have_the_frame_that_the_compiler_states() -> None:
    """The compiler says f.constprop, the program f.constprop.7: not a function of a library."""
    frames = "m.c:1:1:f.constprop\t88\tstatic\nm.c:9:1:g\t31\tstatic\nm.c:12:1:run\t8\tstatic\n"
    listing = (
        "00000000 <run>:\n  0:\t0e 94\tcall\t0x10\t; 0x10 <f.constprop.7>\n"
        "00000010 <f.constprop.7>:\n 10:\t0e 94\tcall\t0x20\t; 0x20 <g>\n"
        " 14:\t0e 94\tcall\t0x30\t; 0x30 <__mulsi3>\n00000020 <g>:\n00000030 <__mulsi3>:\n"
    )
    own, calls = measure_stack._read_listing(frames, listing)
    assert own == {"run": 8, "f.constprop.7": 88, "g": 31, "__mulsi3": 64}
    assert calls["f.constprop.7"] == {"g", "__mulsi3"}
    assert measure_stack._deepest(own, calls) == 8 + 88 + 64


def test_marks_of_the_chip_come_in_pairs() -> None:
    assert read_cycles("1 100\n2 350\n1 400\n2 500\n") == (250, 100)
    with pytest.raises(BuildError, match="pairs"):
        read_cycles("1 100\n1 200\n")


@pytest.mark.parametrize("name", ["mnist-small", "gtsrb"])
def test_the_c_for_any_processor_compiles_for_xtensa(name: str, tmp_path: Path) -> None:
    """Debian's compiler for the ESP8266 has no C library, so `string.h` is the benchmarks'."""
    require_tool("xtensa-lx106-elf-gcc", "gcc-xtensa-lx106")
    project = generate_code(MODELS / name / "model.h5", tmp_path / "code", "portable")
    command: list[str | Path] = [
        "xtensa-lx106-elf-gcc",
        "-isystem",
        STRING_H.parent,
        "-std=c99",
        "-ffreestanding",
        "-Os",
        "-Wall",
        "-Wextra",
    ]
    source = tmp_path / "code" / project.sources[0]
    done = subprocess.run(
        [
            *command,
            "-Wpedantic",
            "-Wconversion",
            "-Werror",
            "-isystem",
            STRING_H.parent,
            "-c",
            source,
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_the_size_of_words_is_chosen_where_there_is_a_choice(tmp_path: Path) -> None:
    model = str(MODELS / "mnist-small" / "model.h5")
    options = ["--no-measure", "--word-bits", "16"]
    made = CliRunner().invoke(
        codegen, [model, "--target", "portable", "-o", str(tmp_path / "a"), *options, "--name", "m"]
    )
    assert made.exit_code == 0, made.output
    assert "#define M_WORD_BITS 16\n" in (tmp_path / "a" / "m.c").read_text()
    refused = CliRunner().invoke(
        codegen, [model, "--target", "cortex-m4", "-o", str(tmp_path / "b"), *options]
    )
    assert isinstance(refused.exception, UsageError)
    assert "portable" in str(refused.exception)
