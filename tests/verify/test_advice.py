"""What to do about a mismatch depends on whether float rounding explains it."""

from __future__ import annotations

import numpy as np
import pytest

from cbcnn_codegen.errors import VerificationError
from cbcnn_codegen.verify.compare import Comparison, LayerTally, Mismatch
from cbcnn_codegen.verify.data import Samples, Source
from cbcnn_codegen.verify.report import demand_equality
from cbcnn_codegen.verify.run import Result


def found(channel: int) -> Result:
    planes = np.zeros((3, 1, 1, 1), np.uint8)
    result = Result(Samples(Source.PLANES, planes, planes, None, "zeros"), 3)
    first = Mismatch("conv", 2, (0, 0, channel), "-1", "+1")
    result.tallies["larq", "gcc"] = Comparison({2}, {"conv": LayerTally("conv", 9, 1, {2}, first)})
    return result


@pytest.mark.parametrize(
    ("channel", "edges", "advice"),
    [
        (5, (("conv", (4, 5)),), "channel 5 is a knife edge"),
        (6, (("conv", (4, 5)),), "report a defect"),
        (5, (("other", (5,)),), "report a defect"),
        (5, (), "report a defect"),
    ],
)
def test_a_mismatch_in_a_knife_edge_is_no_defect(
    channel: int, edges: tuple[tuple[str, tuple[int, ...]], ...], advice: str
) -> None:
    with pytest.raises(VerificationError, match=advice):
        demand_equality(found(channel), edges)
