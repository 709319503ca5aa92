"""Train the networks of docs/results.md, measure them, and write the page.

python -m benchmarks.networks train NAME...      into runs/NAME; needs CBCNN_DATA and hours
python -m benchmarks.networks measure [NAME...]  shipped models, and those in runs/; those with
                                                 floats need CBCNN_DATA
python -m benchmarks.networks measure new        those of them that are not stored as they are
python -m benchmarks.networks render             the page anew, of what is stored
python -m benchmarks.networks list               all names
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.counts import model_digest
from benchmarks.networks import store
from benchmarks.networks.catalogue import MODELS, NETWORKS, Network
from benchmarks.networks.measure import measure
from benchmarks.networks.report import write_page
from benchmarks.trainer import RUNS, train


def main() -> None:
    """Do what the first argument says."""
    verb, names = (sys.argv[1:2] or [""])[0], sys.argv[2:]
    known = {network.name: network for network in NETWORKS}
    if verb == "measure" and names in ([], ["new"]):
        names = [network.name for network in NETWORKS if _is_there(network, new=bool(names))]
        if not names:
            sys.exit("nothing new to measure")
    if verb not in ("train", "measure", "render", "list") or not set(names) <= known.keys():
        sys.exit(__doc__)
    chosen = [known[name] for name in names]
    if verb == "list":
        print("\n".join(network.name for network in NETWORKS))
    elif verb == "train":
        _train(chosen)
    else:
        if verb == "measure":
            _measure(chosen)
        write_page(store.read())


def _is_there(network: Network, *, new: bool) -> bool:
    """Whether its run is complete; if `new`, also whether what is stored is of another model."""
    folder = _folder(network)
    if not (folder / "metrics.json").exists():
        return False
    stored = store.read().get(network.name)
    return not new or stored is None or stored.model_sha256 != model_digest(folder / "model.h5")


def _folder(network: Network) -> Path:
    """Where the model is: in the repository, or in the run that made it."""
    return MODELS / network.name if network.shipped else RUNS / network.name


def _train(chosen: Sequence[Network]) -> None:
    known = {network.name: network for network in NETWORKS}
    for network in chosen:
        arguments = ["--config", str(network.recipe_file), *network.changes]
        for option in ("start_from", "teacher"):
            name = getattr(network, option)
            if name is not None:
                model = _folder(known[name]) / "model.h5"
                arguments += [f"--{option.replace('_', '-')}", str(model)]
        train(network.dataset, arguments, RUNS / network.name)


def _measure(chosen: Sequence[Network]) -> None:
    results = store.read()
    for network in chosen:
        folder = _folder(network)
        results[network.name] = measure(network, folder / "model.h5", folder / "metrics.json")
        print(f"{network.name}: {results[network.name].test_accuracy:.4f}", file=sys.stderr)
        store.write(results.values())


if __name__ == "__main__":
    main()
