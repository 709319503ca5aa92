"""A name means one thing: no two classes share it, those of a single module apart."""

from __future__ import annotations

import ast
from collections import defaultdict

from support.commands import ROOT

PACKAGES = ("inputs", "codegen", "benchmarks")
"""The trainer is left out: some of its layers have the names of operations, in model files too."""


def test_no_two_classes_share_a_name() -> None:
    found: dict[str, list[str]] = defaultdict(list)
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            for node in ast.walk(tree):
                if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                    found[node.name].append(str(path.relative_to(ROOT)))
    assert {name: paths for name, paths in found.items() if len(paths) > 1} == {}
