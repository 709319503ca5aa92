"""From an integer graph to a plan: a kernel for every layer, a place for every buffer."""

from cbcnn_codegen.plan.choose import choose_kernel, fitting_kernels
from cbcnn_codegen.plan.kernels import KERNELS, Kernel
from cbcnn_codegen.plan.make import make_plan
from cbcnn_codegen.plan.steps import (
    Buffer,
    Candidate,
    Field,
    Format,
    Layer,
    Plan,
    Products,
    ScoreStep,
    Step,
    Table,
)

__all__ = [
    "KERNELS",
    "Buffer",
    "Candidate",
    "Field",
    "Format",
    "Kernel",
    "Layer",
    "Plan",
    "Products",
    "ScoreStep",
    "Step",
    "Table",
    "choose_kernel",
    "fitting_kernels",
    "make_plan",
]
