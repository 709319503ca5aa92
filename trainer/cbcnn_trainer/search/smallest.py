"""Refuses a search before it begins if nothing fits its limits."""

from __future__ import annotations

from typing import NoReturn

from cbcnn_codegen.errors import DoesNotFitError
from cbcnn_trainer.search.cost import Cost
from cbcnn_trainer.search.plan import Plan
from cbcnn_trainer.search.space import Options


def demand_some_fit(plan: Plan) -> None:
    """Raise unless one of the smallest networks fits.

    Raises:
        DoesNotFitError: names the one that comes closest, and what it needs.
        MissingToolError: the target's compiler is not installed.
    """
    import optuna

    found: list[tuple[float, Cost, Options]] = []
    for point in plan.space.smallest():
        options = plan.space.suggest(optuna.trial.FixedTrial(point))
        network = plan.network(options)
        cost = plan.costs.estimate(network)
        if plan.limits.allow(cost):
            cost = plan.costs.measure(network)
        if plan.limits.allow(cost):
            return
        found.append((max(plan.limits.excess(cost).values()), cost, options))
    closest = min(found, key=lambda one: one[0])[2]
    refuse(plan, closest)


def refuse(plan: Plan, closest: Options) -> NoReturn:
    """Raise the error for limits that no network keeps.

    Args:
        plan: of the search.
        closest: the network that comes closest.
    """
    needs = plan.costs.measure(plan.network(closest))
    lacking = [name for name, more in plan.limits.excess(needs).items() if more > 0]
    raise DoesNotFitError(
        f"no network fits: {', '.join(lacking)}",
        found=f"the smallest network, {describe(closest)}, needs {needs}",
        allowed=str(plan.limits),
        suggestion="a larger --fits or --board, a longer --latency, a smaller --size, or "
        "--optimize size or ram",
    )


def describe(options: Options) -> str:
    """A network in a few words."""
    filters = ",".join(map(str, options["filters"]))
    kind = "blocks"
    if options.get("downsampling") == "real":
        kind = "QuickNet"
    elif any(options.get("residuals", ())):
        kind = "residual"
    units = ",".join(map(str, options.get("units", ())))
    words = [f"{kind} {filters}", *([f"units {units}"] if units else [])]
    if any(options.get("residuals", ())):
        words.append("layers " + ",".join(map(str, options["residuals"])))
    if options["kernel_size"] != 3:
        words.append(f"kernel {options['kernel_size']}")
    if options["pool_size"] != 2:
        words.append(f"pooling {options['pool_size']}")
    if options.get("first_stride", 1) != 1:
        words.append(f"stride {options['first_stride']}")
    if options.get("first_order") == "norm-first":
        words.append("norm first")
    if "size" in options:
        words.append("x".join(map(str, options["size"])))
    if options.get("preprocessing") == "none":
        words.append(str(options["channels"]))
    return ", ".join(words)
