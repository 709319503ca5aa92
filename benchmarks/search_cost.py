"""Times the cost side of a search: `python -m benchmarks.search_cost [CANDIDATES]`.

Each candidate is drawn by Optuna, built as an untrained graph, lowered and planned for a Cortex-M4,
as `cbcnn-search` does before it compiles anything. Seconds are of this process, so other jobs on
the machine hardly count.
"""

from __future__ import annotations

import sys
import time

from cbcnn_codegen.boards import find_board
from cbcnn_codegen.targets import find_target
from cbcnn_trainer import settings
from cbcnn_trainer.search.cost import Costs, Network
from cbcnn_trainer.search.space import Space


def time_candidates(count: int) -> tuple[float, int]:
    """Seconds of processor time for this many candidates, and how many different ones they were."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    board = find_board("nucleo-f446re")
    costs, space, seen = Costs(find_target(board.target), board.clock.hz), Space(), set()
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    begun = time.process_time()
    for _ in range(count):
        chosen = settings.resolve("gtsrb", space.suggest(study.ask()))
        network = Network(chosen.architecture, (32, 32, 1), 43, chosen.block)
        costs.estimate(network)
        seen.add(network)
    return time.process_time() - begun, len(seen)


def main() -> None:
    """Print the time."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    seconds, different = time_candidates(count)
    print(f"{count:,} candidates, {different:,} different ones: {seconds:.1f} s of one core")


if __name__ == "__main__":
    main()
