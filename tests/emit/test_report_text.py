"""The readable report: texts are whole, and names from a model file are shown as they are."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from cbcnn_codegen.emit.text import markdown_text
from cbcnn_codegen.targets import TARGETS, Target
from cbcnn_inputs.errors import printable
from support.commands import SIGNS
from support.generated import generate_code
from support.keras_files import write_h5
from support.small_layers import activation, conv, dense, flatten, image

LONG = "a_layer/with_a_rather_long_name_" * 3 + "*_<b>|`"


def shown(markdown: str) -> str:
    """What a reader of the rendered text sees."""
    rendered = MarkdownIt("commonmark").enable("table").render(markdown)
    return html.unescape(re.sub(r"<[^>]*>", "", rendered)).strip()


@given(st.text("aB1 _*<>&|`[]()\\#!~é\x1b'\"", max_size=40))
def test_text_is_shown_as_it_is(text: str) -> None:
    words = " ".join(text.split())
    assert shown(f"- 'x': {markdown_text(words)}.") == f"'x': {printable(words)}."
    table = f"| a | b |\n| --- | --- |\n| 1{markdown_text(words)}2 | 3 |"
    assert f"1{printable(words)}2" in shown(table)


@pytest.mark.parametrize("scale", [1 / 127.5, 0.3, 1 / 255])
def test_a_note_is_in_the_report_from_its_first_word_to_its_last(
    scale: float, tmp_path: Path
) -> None:
    layers = [image(), conv(name=LONG), flatten(), dense(36), activation("softmax", "the_end")]
    model = write_h5(tmp_path / "model.h5", layers)
    generate_code(model, tmp_path / "code", rescale=(scale, 0.0))
    notes = json.loads((tmp_path / "code/report.json").read_text())["notes"]
    text = (tmp_path / "code/report.md").read_text(encoding="utf-8")
    assert len(notes) >= 3
    assert any(" * 0." in note for note in notes)
    listed = [shown(line) for line in text.partition("## Notes")[2].splitlines()]
    for note in notes:
        assert note in listed
    assert LONG in shown(text.partition("## Layers")[2])


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_a_report_names_its_own_target_and_no_other(target: Target, tmp_path: Path) -> None:
    """Boards, which may have another one, are rows of a table."""
    generate_code(SIGNS / "model.h5", tmp_path / "code", target.name, name="signs")
    lines = (tmp_path / "code/report.md").read_text(encoding="utf-8").splitlines()
    text = "\n".join(line for line in lines if not line.startswith("|"))
    assert f"estimated for {target.name}:" in text
    others = {other.name for other in TARGETS} - {target.name}
    named = re.findall(r"[\w-]+", text.lower().replace(f"-mcpu={target.name}", ""))
    assert not others & set(named)
