"""Settings of `cbcnn-train` that the loop in JAX lacks."""

from __future__ import annotations

from cbcnn_inputs.errors import UsageError
from cbcnn_trainer.settings import Settings


def demand_known(settings: Settings) -> None:
    """Demand settings that the loop has; who computes convolutions on a processor is none.

    Raises:
        UsageError: one that it lacks.
    """
    wrong = {
        "sign_of_zero -1": settings.architecture.sign_of_zero == -1,
        "exposure": settings.augmentation.exposure > 0,
        "balance": settings.balance > 0,
        "reject": settings.reject > 0,
    }
    found = [name for name, is_wrong in wrong.items() if is_wrong]
    if found:
        raise UsageError(
            "the loop for accelerators lacks a setting",
            found=", ".join(found),
            allowed="the other settings of cbcnn-train",
            suggestion="leave it out, or cbcnn-train",
        )
