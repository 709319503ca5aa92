"""How many instructions an inference takes does not depend on the image."""

from __future__ import annotations

from pathlib import Path

import pytest

from cbcnn_codegen.profile.image import choose_image
from cbcnn_codegen.profile.run import Profiler
from cbcnn_codegen.targets import find_target
from support.commands import ROOT
from support.generated import generate_code
from support.profiled import require_profiler

MODELS = ROOT / "examples" / "models"
CASES = [
    ("gtsrb", "cortex-m4", 6),
    ("gtsrb", "cortex-m0plus", 6),
    ("mnist", "cortex-m4", 6),
    ("mnist", "cortex-m0plus", 6),
    ("signs", "rv32imac", 3),
    ("signs", "rv32imac_zbb", 3),
]
MOST = 1.01


@pytest.mark.parametrize(("model", "target_name", "images"), CASES)
def test_fast_code_takes_as_many_instructions_for_one_image_as_for_another(
    model: str, target_name: str, images: int, tmp_path: Path
) -> None:
    target = find_target(target_name)
    require_profiler(target)
    folder = MODELS / model
    project = generate_code(folder / "model.h5", tmp_path / "code", target_name, optimize="speed")
    samples = [choose_image(project, folder / "samples", index) for index in range(images)]
    profiles = Profiler(project, target, samples[0]).run_each(samples)
    counts = [profile.instructions or 0 for profile in profiles]
    assert 0 < max(counts) <= MOST * min(counts)
