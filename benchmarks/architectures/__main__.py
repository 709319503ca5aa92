"""Build the networks of docs/models.md, measure their C, and write the page.

python -m benchmarks.architectures [NAME...]    all of them, or some
python -m benchmarks.architectures --render     the page anew, of what is stored
"""

from __future__ import annotations

import os
import sys

os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from benchmarks.architectures import store
from benchmarks.architectures.catalogue import ARCHITECTURES, BY_NAME
from benchmarks.architectures.measure import measure
from benchmarks.architectures.report import write_page


def main() -> None:
    """Do what the arguments say."""
    names = sys.argv[1:]
    results = store.read()
    if names != ["--render"]:
        if not set(names) <= BY_NAME.keys():
            sys.exit(f"{__doc__}\nnames: {', '.join(BY_NAME)}")
        for name in names or [network.name for network in ARCHITECTURES]:
            results[name] = found = measure(BY_NAME[name])
            print(f"{name}: {found.refused or f'level {found.level}'}", file=sys.stderr)
        store.write(results.values())
    write_page(results)


if __name__ == "__main__":
    main()
