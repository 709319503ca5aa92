"""From an integer graph to a plan: a kernel for every layer, a place for every buffer."""

from cbcnn_codegen.plan.buffer import Buffer, Lead
from cbcnn_codegen.plan.make import make_plan
from cbcnn_codegen.plan.plan import (
    CameraStep,
    Candidate,
    Plan,
    Products,
    ScoreStep,
    Step,
)

__all__ = [
    "Buffer",
    "CameraStep",
    "Candidate",
    "Lead",
    "Plan",
    "Products",
    "ScoreStep",
    "Step",
    "make_plan",
]
