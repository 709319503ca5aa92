"""Names of generated code: free in C, in C++, on every file system and in our own programs."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cbcnn_codegen.errors import UsageError
from cbcnn_codegen.locate_firmware import firmware_path
from cbcnn_codegen.names import LONGEST_NAME, check_name, name_from_stem
from cbcnn_codegen.options import Options
from cbcnn_codegen.targets import TARGETS, Target
from support.commands import ROOT, SIGNS, assert_clean_error, codegen, verify
from support.generated import generate_code
from support.tools import require_tool, unavailable

HEADERS = """
    assert complex ctype errno fenv float inttypes iso646 limits locale math setjmp signal stdalign
    stdarg stdatomic stdbool stddef stdint stdio stdlib stdnoreturn string tgmath threads time uchar
    wchar wctype unistd pthread poll strings cmsis_gcc core_cm4 arm_math stm32f4xx_hal immintrin
    main Math STDINT
    """
DEVICES = "con prn aux nul com1 com9 lpt1 CON Nul"
KEYWORDS = "while restrict class char16_t nullptr co_await typeof xor"
RESERVED = "my__net net_ _net __net"
OURS = "harness io_stdio io_semihosting time_run all clean"
TAKEN = " ".join((HEADERS, DEVICES, KEYWORDS, RESERVED, OURS)).split()
_FREE = "model signs net_2 Net gtsrb network image arena test str arm_pose stm32_net NULL INT8_MAX"
FREE = _FREE.split()


@pytest.mark.parametrize("name", TAKEN)
def test_a_taken_name_is_refused_as_an_option_and_prefixed_as_a_file(name: str) -> None:
    with pytest.raises(UsageError, match="name of the generated code"):
        check_name(name)
    found = name_from_stem(name)
    assert found != name
    check_name(found)


@pytest.mark.parametrize("name", FREE)
def test_a_free_name_stays(name: str) -> None:
    check_name(name)
    assert name_from_stem(name) == name.lower()


def test_headers_of_an_arduino_are_taken_in_its_projects_alone(tmp_path: Path) -> None:
    cores = Path("/usr/share/arduino/hardware/arduino/avr")
    if not cores.is_dir():
        unavailable("Debian's arduino-core-avr is not installed")
    headers = [*(cores / "cores" / "arduino").glob("*.h"), *cores.glob("libraries/*/src/*.h")]
    for stem in {path.stem for path in headers} - {"Arduino", "new"}:
        Options(stem)
        Options(stem, project=("cmake", "make"))
        for form in ("arduino", "platformio"):
            with pytest.raises(UsageError, match="name of the generated code"):
                Options(stem, project=("cmake", form))
    (tmp_path / "Server.h5").write_bytes((SIGNS / "model.h5").read_bytes())
    for form, name in (("cmake", "server"), ("arduino", "model_server")):
        project = generate_code(tmp_path / "Server.h5", tmp_path / form, project=(form,))
        assert project.name == name


def test_the_error_says_whose_name_it_is(tmp_path: Path) -> None:
    arguments: list[str | Path] = [
        SIGNS / "model.h5",
        "--target",
        "host",
        "--no-measure",
        "-o",
        tmp_path / "out",
    ]
    assert_clean_error(codegen(*arguments, "--name", "math"), 2, "math.h", "hide", "--name")
    assert_clean_error(codegen(*arguments, "--name", "COM1"), 2, "Windows", "--name")
    assert_clean_error(codegen(*arguments, "--name", "x" * 25), 2, "25 characters", "24")
    assert not (tmp_path / "out").exists()


def test_a_model_file_with_a_taken_name_is_generated_under_another(tmp_path: Path) -> None:
    model = tmp_path / "string.h5"
    model.write_bytes((SIGNS / "model.h5").read_bytes())
    project = generate_code(model, tmp_path / "out")
    assert (project.name, project.header) == ("model_string", "model_string.h")


@given(st.text(max_size=60) | st.sampled_from([*TAKEN, *FREE]))
def test_every_file_gets_a_name_that_is_taken_as_an_option(stem: str) -> None:
    check_name(name_from_stem(stem))


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_no_header_of_the_compiler_can_be_hidden(target: Target) -> None:
    """On this machine, those beside gcc's own belong to whoever installed them."""
    require_tool(target.compiler[0], target.toolchain.packages)
    command = [
        *target.compiler,
        *target.flags,
        *target.library_flags,
        "-E",
        "-v",
        "-xc",
        "/dev/null",
    ]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    listed = told.split("search starts here:")[-1].split("End of search")[0].split()
    folders = [Path(line) for line in listed if "gcc" in line or target.emulator is not None]
    stems = {path.stem for folder in folders for path in folder.glob("*.h")}
    assert "stdint" in stems
    usable = re.compile(rf"[A-Za-z][A-Za-z0-9_]{{0,{LONGEST_NAME - 1}}}")
    assert [stem for stem in sorted(stems) if usable.fullmatch(stem) and is_free(stem)] == []


def is_free(name: str) -> bool:
    try:
        check_name(name)
    except UsageError:
        return False
    return True


def test_no_free_name_meets_a_macro_or_file_of_the_programs_around_it(tmp_path: Path) -> None:
    """With `cbcnn_harness`, the model's header would have the include guard of the harness's."""
    generate_code(SIGNS / "model.h5", tmp_path, name="net", optimize="ram", class_names=True)
    macros = re.findall(r"#define NET(_\w+)", (tmp_path / "net.h").read_text(encoding="utf-8"))
    sources = [*firmware_path("harness").glob("*.[ch]"), *firmware_path("profile").glob("time*.c")]
    taken = {path.stem for path in sources if path.suffix == ".c"}
    for path in sources:
        for own in re.findall(r"#define (\w+)", path.read_text(encoding="utf-8")):
            taken |= {own.removesuffix(end).lower() for end in macros if own.endswith(end)}
    assert "cbcnn_harness" in taken
    assert [name for name in sorted(taken) if is_free(name)] == []


@pytest.mark.parametrize("name", ["NULL", "INT8_MAX", "image", "test"])
def test_code_that_is_called_like_a_macro_can_be_verified(name: str, tmp_path: Path) -> None:
    require_tool("gcc", "gcc")
    model = ROOT / "examples" / "models" / "mnist-small" / "model.h5"
    assert codegen(model, "--target", "host", "-o", tmp_path, "--name", name).returncode == 0
    samples = ROOT / "examples" / "models" / "mnist" / "samples"
    result = verify(model, tmp_path, "--data", samples, "--builds", "quick", "--limit", "2")
    assert result.returncode == 0, result.stderr
