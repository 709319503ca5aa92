"""The generated C as a stranger's compiler, linker and formatter see it."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cbcnn_codegen.emit import emit_sources
from cbcnn_codegen.ir import Graph
from cbcnn_codegen.options import Options
from cbcnn_codegen.origin import Origin
from cbcnn_codegen.passes import lower
from cbcnn_codegen.plan import make_plan
from cbcnn_codegen.read import read_model
from cbcnn_codegen.targets import TARGETS, Target, find_target
from cbcnn_codegen.verify.build import WARNINGS
from cbcnn_inputs.frames import Camera
from support.commands import ROOT, SIGNS
from support.graphs import graphs
from support.tools import require_tool

MNIST = ROOT / "examples" / "models" / "mnist"

API = {"classify", "run"}
COMPRESSION = {"compress_rgb888", "compress_rgb565", "compress_grey"}
CAMERA = {"camera_line", "camera_frame"}
NAMES = {"class_name"}

LIBRARY = re.compile(
    r"mem(cmp|cpy|set|move)|__(aeabi_)?u?[il]?(div|mul|mod|ashl|lshr|ashr)\w*"
    r"|__(add|sub|cmp|neg)[ds]i[23]\w*|__do_copy_data|__(prologue_saves|epilogue_restores)__"
    r"|__tablejump2?__|__riscv_(save|restore)_\d+"
)
"""What code without floats may call: memory functions and integer helpers of the compiler."""


def run(*command: str | Path, folder: Path) -> str:
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr[:2000]
    return result.stdout


def write_sources(graph: Graph, target: Target, folder: Path, **options: Any) -> None:
    """Write the C files of a float-level graph."""
    plan = make_plan(lower(graph), target, Options(**options))
    for name, text in emit_sources(plan, Origin("0" * 64, (), None, None)).items():
        (folder / name).write_text(text, encoding="utf-8")


def symbols(target: Target, folder: Path, name: str) -> dict[str, str]:
    """Every symbol of the compiled model and the letter that `nm` gives it."""
    require_tool(target.compiler[0], target.compiler[0])
    flags = [*target.flags, *target.optimise, *target.library_flags, f"-std={target.standard}"]
    flags += [*WARNINGS, *target.unheeded]
    run(*target.compiler, *flags, "-c", f"{name}.c", "-o", "model.o", folder=folder)
    nm = target.tool("nm")
    lines = run(nm, "model.o", folder=folder).splitlines()
    found = {line.split()[-1]: line.split()[-2] for line in lines}
    return {name: kind for name, kind in found.items() if kind != "a"}  # names of registers


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_nothing_but_the_api_is_exported_and_nothing_is_written(
    target: Target, tmp_path: Path
) -> None:
    write_sources(
        read_model(SIGNS / "model.h5").graph,
        *(target, tmp_path),
        name="signs",
        class_names=True,
        split_weights=True,
        camera=Camera(161, 121, "uyvy-limited"),
    )
    found = symbols(target, tmp_path, "signs")
    exported = {name for name, kind in found.items() if kind.isupper() and kind != "U"}
    assert exported == {f"signs_{name}" for name in API | COMPRESSION | NAMES | CAMERA}
    # On this machine, where code moves when it is loaded, pointers to names are relocated once.
    constant = "tTrRU" if target.sizes_of == "program" else "tTrRUd"
    assert {name: kind for name, kind in found.items() if kind not in constant} == {}
    called = {name for name, kind in found.items() if kind == "U"}
    assert all(LIBRARY.fullmatch(name) for name in called), called


@pytest.mark.parametrize("scores", ["integer", "float"])
def test_a_model_without_image_compression_exports_two_functions(
    scores: str, tmp_path: Path
) -> None:
    graph = read_model(MNIST / "model.h5").graph
    write_sources(graph, find_target("cortex-m0"), tmp_path, name="mnist", scores=scores)
    found = symbols(find_target("cortex-m0"), tmp_path, "mnist")
    exported = {name for name, kind in found.items() if kind.isupper() and kind != "U"}
    assert exported == {f"mnist_{name}" for name in API}


def test_every_macro_and_type_of_the_header_has_the_prefix(tmp_path: Path) -> None:
    require_tool("gcc", "gcc")
    graph = read_model(SIGNS / "model.h5").graph
    write_sources(graph, find_target("host"), tmp_path, name="signs", class_names=True)
    (tmp_path / "empty.c").write_text("#include <stddef.h>\n#include <stdint.h>\n")
    (tmp_path / "user.c").write_text('#include "signs.h"\n')
    macros = [
        {
            line.split()[1].partition("(")[0]
            for line in run("gcc", "-dM", "-E", name, folder=tmp_path).splitlines()
        }
        for name in ("empty.c", "user.c")
    ]
    added = macros[1] - macros[0]
    assert {"SIGNS_CLASSES", "SIGNS_ARENA_BYTES", "SIGNS_VERSION", "SIGNS_MODEL_SHA256"} < added
    assert all(name.startswith("SIGNS_") for name in added), added
    header = (tmp_path / "signs.h").read_text()
    declared = re.findall(r"^(?:size_t|void|const char \*|typedef \w+) ?(\w+)", header, re.M)
    assert len(declared) == 1 + len(API | COMPRESSION | NAMES)
    assert all(name.startswith("signs_") for name in declared), declared
    assert set(re.findall(r"#include <(.*)>", header)) == {"stddef.h", "stdint.h"}


USER = """
#include "mnist.h"
#include "signs.h"
#include <string.h>
alignas(SIGNS_ARENA_ALIGNMENT) static unsigned char arena[SIGNS_ARENA_BYTES + MNIST_ARENA_BYTES];
static std::int8_t plane[SIGNS_IMAGE_BYTES];
static std::uint8_t image[MNIST_IMAGE_BYTES], rgb[3 * SIGNS_IMAGE_BYTES];
int main()
{
    mnist_score_t scores[MNIST_CLASSES];
    signs_compress_rgb888(rgb, plane, arena);
    const char *name = signs_class_name(signs_classify(plane, arena));
    if (name == nullptr || signs_class_name(SIGNS_CLASSES) != nullptr) {
        return 1;
    }
    return mnist_run(image, scores, arena) == mnist_classify(image, arena) ? 0 : 2;
}
"""


def test_two_models_live_in_one_cpp_program(tmp_path: Path) -> None:
    """The C compiled as C, the user's own file as C++, as in most firmware."""
    require_tool("g++", "g++")
    host = find_target("host")
    signs, mnist = (read_model(folder / "model.h5").graph for folder in (SIGNS, MNIST))
    write_sources(signs, host, tmp_path, name="signs", class_names=True)
    write_sources(mnist, host, tmp_path, name="mnist", scores="float", split_weights=True)
    (tmp_path / "main.cpp").write_text(f"#include <cstdint>\n{USER}")
    for name in ("signs", "mnist"):
        run("gcc", "-std=c99", "-O1", *WARNINGS, "-c", f"{name}.c", folder=tmp_path)
    flags = ("-std=c++17", "-O1", *WARNINGS)
    run("g++", *flags, "main.cpp", "signs.o", "mnist.o", "-o", "main", folder=tmp_path)
    run("./main", folder=tmp_path)


@pytest.mark.parametrize("target", ["host", "cortex-m4"])
def test_the_c_in_the_readme_compiles(target: str, tmp_path: Path) -> None:
    found = find_target(target)
    require_tool(found.compiler[0], found.compiler[0])
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```c\n(.*?)```", readme, re.DOTALL)
    graph = read_model(SIGNS / "model.h5").graph
    write_sources(graph, found, tmp_path, name="model", class_names=True)
    prototype = "const char *what_is_it(const uint16_t *camera_frame);\n"
    (tmp_path / "user.c").write_text(f"#include <stdint.h>\n{prototype}{example}")
    flags = ("-std=c99", *found.flags, *found.library_flags, *WARNINGS)
    run(*found.compiler, *flags, "-c", "user.c", "-o", "user.o", folder=tmp_path)


@settings(max_examples=15)
@given(
    graph=graphs(),
    target=st.sampled_from(["host", "cortex-m4"]),
    scores=st.sampled_from(["integer", "float"]),
    split=st.booleans(),
    name=st.sampled_from(["cbcnn", "model"]),
)
def test_the_c_looks_as_clang_format_would_make_it(
    graph: Graph, target: str, scores: str, split: bool, name: str, tmp_path_factory: Any
) -> None:
    """With names as long as the kernels' own prefix: longer ones can make lines wrap."""
    require_tool("clang-format", "clang-format")
    folder = tmp_path_factory.mktemp("sources")
    write_sources(graph, find_target(target), folder, name=name, scores=scores, split_weights=split)
    style = f"--style=file:{ROOT / '.clang-format'}"
    files = sorted(path.name for path in folder.iterdir())
    run("clang-format", style, "--dry-run", "--Werror", *files, folder=folder)
