"""The stored counts of quantized layers keep to CMSIS-NN's, and the page repeats them."""

from __future__ import annotations

import json

from benchmarks.narrow_layers import COUNTED, PEERS
from support.commands import ROOT


def test_no_layer_takes_more_instructions_than_cmsis_nn() -> None:
    counted = json.loads(COUNTED.read_text(encoding="utf-8"))
    assert counted.keys() == {peer.name for peer in PEERS}
    page = (ROOT / "docs" / "kernels.md").read_text(encoding="utf-8")
    for peer in PEERS:
        entry = counted[peer.name]
        assert entry["cmsis_nn"] == peer.instructions
        assert entry["instructions"] <= peer.instructions
        assert f"{entry['instructions']:,} | {peer.instructions:,} |" in page
