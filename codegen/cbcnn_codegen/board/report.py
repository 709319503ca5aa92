"""Prints the result of a proof or a benchmark, as JSON and for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cbcnn_codegen.board.counts import Unit, counts_to_json
from cbcnn_codegen.errors import VerificationError

if TYPE_CHECKING:
    from rich.console import Console

    from cbcnn_codegen.board.bench import Bench, Row
    from cbcnn_codegen.board.info import Info
    from cbcnn_codegen.board.prove import Proof


def proof_to_json(info: Info, proof: Proof, unit: Unit | None, port: str) -> dict[str, Any]:
    """The object that `cbcnn-board verify --json` prints."""
    comparison = proof.comparison
    on_board, in_python = proof.accuracies()
    first = comparison.first
    return {
        "images": len(proof.samples),
        "mismatched_images": len(comparison.mismatched),
        "mismatched_bits": comparison.mismatched_bits,
        "compared_bits": comparison.bits,
        "traced_images": proof.traced,
        "first_mismatch": None if first is None else str(first),
        "accuracy_board": on_board,
        "accuracy_python": in_python,
        **({"rejected_images": sum(proof.rejected)} if proof.rejected else {}),
        **counts_to_json(unit, proof.ticks),
        "stack_bytes": proof.stack.model if proof.stack else None,
        "stack_bound_bytes": info.stack_bound or None,
        "stack_deepest_bytes": proof.stack.deepest if proof.stack else None,
        "stack_reserved_bytes": info.stack_bytes,
        "damaged_frames": proof.damaged_frames,
        "board": info.board,
        "port": port,
        "model_sha256": info.model_sha256.hex(),
        "data": proof.samples.description,
        "layers": [
            {
                "name": tally.name,
                "compared_bits": tally.bits,
                "mismatched_bits": tally.mismatched_bits,
                "mismatched_images": len(tally.mismatched),
            }
            for tally in comparison.layers.values()
        ],
    }


def demand_equality(proof: Proof) -> None:
    """Raise unless nothing differs.

    Raises:
        VerificationError: with the first value that differs in the first layer that has one.
    """
    comparison = proof.comparison
    if comparison.first is None:
        return
    raise VerificationError(
        f"the board and the Python model differ, first in {comparison.first.layer!r}",
        found=f"{comparison.first}\n{len(comparison.mismatched)} of {len(proof.samples)} images, "
        f"{comparison.mismatched_bits} of {comparison.bits} bits differ",
        allowed="equal bits",
        suggestion="build and flash the firmware again; otherwise report a defect",
    )


def print_proof(console: Console, info: Info, proof: Proof, unit: Unit | None) -> None:
    """A summary for people."""
    comparison = proof.comparison
    on_board, in_python = proof.accuracies()
    if on_board is not None:
        console.print(f"accuracy        board {on_board:.4%}, Python {in_python:.4%}")
    console.print(f"images          {len(proof.samples):,}, all layers of {proof.traced}")
    if proof.rejected:
        console.print(f"no answer       {sum(proof.rejected):,} of {len(proof.rejected):,} images")
    if unit is not None:
        amounts = unit.summary(proof.ticks)
        console.print(f"{unit.name:15} {amounts['median']:,} for each image, without its transfer")
    if proof.stack is not None:
        console.print(_stack_line(proof.stack.model, info.stack_bound, proof.stack.reserved))
    console.print(
        f"bit mismatches  {comparison.mismatched_bits:,}/{comparison.bits:,}",
        style="bold green" if comparison.first is None else "bold red",
    )


def print_bench(console: Console, bench: Bench) -> None:
    """A table for people."""
    from cbcnn_inputs.terminal import Cells, Column, print_table

    name = bench.unit.name
    predicted = ("predicted", "ratio") if bench.total.predicted else ()
    numbers = (name, "spread", "products", f"{name} per product", *predicted)
    rows = [Cells([row.name, *_cells(row)[: len(numbers)]]) for row in (*bench.rows, bench.total)]
    print_table(console, [Column("layer", "name"), *map(Column, numbers)], rows)
    console.print(f"runs            {bench.runs}")
    console.print(f"predicted by    {bench.prediction}")
    milliseconds = bench.unit.milliseconds(bench.total.middle)
    if milliseconds is not None:
        per_second = 1000 / milliseconds
        console.print(f"latency         {milliseconds:.2f} ms, {per_second:.1f} images a second")
    else:
        console.print("latency         unknown: an emulated board does not keep a real one's time")
    if bench.stack is not None:
        bound = bench.stack_bound or 0
        console.print(_stack_line(bench.stack.model, bound, bench.stack.reserved))


def _cells(row: Row) -> tuple[str, ...]:
    predicted = "" if row.predicted is None else f"{row.predicted:,}"
    ratio = "" if not row.predicted else f"{row.middle / row.predicted:.3f}"
    per_product = f"{row.middle / row.products:.4f}" if row.products else ""
    spread = f"{row.high - row.low:,}"
    return f"{row.middle:,}", spread, f"{row.products:,}", per_product, predicted, ratio


def _stack_line(used: int, bound: int, reserved: int) -> str:
    computed = f", computed bound {bound:,}" if bound else ""
    return f"stack           {used:,} bytes used by the model{computed}, {reserved:,} reserved"
