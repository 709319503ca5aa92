"""Take a graph the whole way: model file, generated code, program, comparison."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from cbcnn_codegen.emit import file_names, write_project
from cbcnn_codegen.generation import Request, generate, make_files
from cbcnn_codegen.ir import Graph
from cbcnn_codegen.options import Optimize, Options
from cbcnn_codegen.origin import Origin
from cbcnn_codegen.passes import lower
from cbcnn_codegen.plan import make_plan
from cbcnn_codegen.read import read_model
from cbcnn_codegen.targets import find_target
from cbcnn_codegen.verify.build import compile_project
from cbcnn_codegen.verify.builds import Build
from cbcnn_codegen.verify.compare import Comparison
from cbcnn_codegen.verify.data import Samples, prepare_samples
from cbcnn_codegen.verify.expect import Expectation
from cbcnn_codegen.verify.harness import Outputs, run_program
from cbcnn_codegen.verify.project import Project, read_project

PLAIN = Build("gcc -O0", "gcc", ("-std=c99", "-O0"))
QUICK = Build("gcc -O1", "gcc", ("-std=c99", "-O1"))
CAREFUL = Build(
    "gcc -Og sanitizers",
    "gcc",
    ("-std=c99", "-Og", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"),
)


def generate_code(model: Path, folder: Path, target: str = "host", **options: Any) -> Project:
    """Generate code into `folder` and read its report back; nothing is measured by default."""
    options = {"measure": False, **options}
    generate(Request(model=model, target=target, **options)).write(folder)
    return read_project(folder)


def generate_graph(
    graph: Graph,
    folder: Path,
    target: str = "host",
    optimize: Optimize = "balanced",
    **options: Any,
) -> Project:
    """Generate code of a lowered graph that no model file need hold."""
    chosen = Options(name="net", optimize=optimize, **options)
    plan = make_plan(graph, find_target(target), chosen)
    files, report = make_files(plan, Origin("0" * 64), None)
    write_project(folder, files, family=file_names(report.name), force=False)
    return read_project(folder)


def read_graphs(model: Path, **options: Any) -> tuple[Graph, Graph]:
    """The graph in a model file, as read and lowered."""
    graph = read_model(model, **options).graph
    return graph, lower(graph)


def run_code(
    project: Project, images: npt.NDArray[Any], graph: Graph, build: Build, folder: Path
) -> tuple[Samples, Outputs]:
    """Build the code and run it over images, every layer traced."""
    folder.mkdir(parents=True, exist_ok=True)
    program = compile_project(project, build, folder)
    samples = prepare_samples(graph, images, None, "test images")
    return samples, run_program(build.name, project, program, samples, len(samples))


def compare_code(
    project: Project, outputs: Outputs, expected: Expectation, samples: Samples
) -> Comparison:
    """Count what differs."""
    comparison = Comparison()
    comparison.add(project, outputs, expected, samples.planes, 0)
    return comparison


def varied_images(graph: Graph, count: int) -> npt.NDArray[Any]:
    """Noise, both extremes and soft gradients, of the graph's own input type."""
    rng = np.random.default_rng(count)
    limits = np.iinfo(np.dtype(graph.input.dtype))
    shape = (count, *graph.input.shape)
    images = rng.integers(limits.min, limits.max + 1, shape).astype(graph.input.dtype)
    images[0], images[1] = limits.min, limits.max
    images[2] = np.linspace(limits.min, limits.max, images[2].size).reshape(images[2].shape)
    return images
