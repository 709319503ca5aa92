"""`report.html` in a browser: it shows the numbers of `report.json`, on every screen."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from PIL import Image

from cbcnn_codegen.generation import Request, generate
from support.browser import DESKTOP, ENTER, PHONE, TAB, Browser
from support.commands import ROOT, SIGNS
from support.keras_files import write_h5
from support.small_layers import activation, conv, dense, flatten, image

MODELS = ROOT / "examples" / "models"
HOSTILE = "<script>alert(1)</script>\"'&_" * 3


class Page(NamedTuple):
    """A generated page and what `report.json` says."""

    url: str
    report: dict[str, Any]


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Page]:
    """A chain with pictures, a network with shortcuts, and names from a hostile file."""
    folder = tmp_path_factory.mktemp("pages")
    layers = [image(), conv(name=HOSTILE), flatten(), dense(36), activation("softmax", "end")]
    hostile = write_h5(folder / "model.h5", layers)
    wanted: dict[str, dict[str, Any]] = {
        "chain": {"model": SIGNS / "model.h5", "samples": SIGNS / "samples", "optimize": "ram"},
        "shortcuts": {"model": MODELS / "gtsrb-quicknet-small" / "model.h5"},
        "hostile": {"model": hostile},
    }
    made = {}
    for name, options in wanted.items():
        request = Request(target="cortex-m4", name="net", measure=False, **options)
        generate(request).write(folder / name)
        report = json.loads((folder / name / "report.json").read_text())
        made[name] = Page((folder / name / "report.html").as_uri(), report)
    return made


def numbers(rows: list[list[str]], *columns: int) -> list[tuple[int, ...]]:
    return [tuple(int(row[column].replace(",", "")) for column in columns) for row in rows]


@pytest.mark.parametrize("name", ["chain", "shortcuts", "hostile"])
def test_a_page_fits_every_screen_and_complains_of_nothing(
    name: str, pages: dict[str, Page], browser: Browser
) -> None:
    for width in (PHONE, DESKTOP):
        for dark in (False, True):
            browser.open(pages[name].url, width, dark=dark)
            assert browser.run("return document.documentElement.scrollWidth") <= width
            widest = (
                "return Math.max(...[...document.querySelectorAll('svg, img, pre, .facts div')]"
            )
            assert browser.run(f"{widest}.map(e => e.getBoundingClientRect().right))") <= width
            cut = "return [...document.querySelectorAll('.value')].filter("
            assert browser.run(f"{cut}e => e.scrollWidth > e.clientWidth).length") == 0
    assert browser.messages() == []
    assert (
        browser.run(
            "return performance.getEntriesByType('resource').filter("
            "entry => !entry.name.startsWith('data:')).length"
        )
        == 0
    )


@pytest.mark.parametrize("name", ["chain", "shortcuts"])
def test_a_page_shows_the_numbers_of_the_report(
    name: str, pages: dict[str, Page], browser: Browser
) -> None:
    url, report = pages[name]
    browser.open(url)
    layers, flash, ram = report["layers"], report["flash_bytes"], report["ram_bytes"]
    *rows, total = browser.table("layers")
    assert [row[0] for row in rows] == [layer["name"] for layer in layers]
    assert [row[1] for row in rows] == ["x".join(map(str, layer["shape"])) for layer in layers]
    keys = ("weights_bytes", "constants_bytes", "instructions_estimated")
    assert numbers(rows, 4, 5, 6) == [tuple(layer[key] for key in keys) for layer in layers]
    sums = [sum(layer[key] for layer in layers) for key in keys]
    assert numbers([total], 4, 5, 6) == [tuple(sums)]
    pieces = [(one["offset"], one["bytes"]) for one in report["arena"]]
    assert numbers(browser.table("pieces"), 2, 3) == pieces
    room = [(one["flash_left_bytes"], one["ram_left_bytes"]) for one in report["fits"]]
    assert numbers(browser.table("room"), 4, 6) == room
    for fit, (flash_left, ram_left) in zip(report["fits"], room, strict=True):
        assert flash_left == fit["flash_bytes"] - flash["total"]
        assert ram_left == fit["ram_bytes"] - ram["total"]
        assert fit["fits"] == (flash_left >= 0 <= ram_left)
    facts = dict(zip(browser.texts(".facts dt"), browser.texts(".facts .value"), strict=True))
    assert facts["flash"] == f"{flash['total']:,} B"
    assert facts["RAM"] == f"{ram['total']:,} B"
    assert facts["exactness"] == f"level {report['level']}"
    fitting = sum(one["fits"] for one in report["fits"])
    assert facts["boards"] == f"{fitting} of {len(report['fits'])}"
    training = report["evidence"]["training"]
    assert facts["accuracy"] == f"{training['test_accuracy']:.2%}".replace("%", " %")
    assert [int(row[0]) for row in browser.table("epochs")] == [
        one["epoch"] for one in training["epochs"]
    ]
    right = [row[place] for place, row in enumerate(training["confusion"])]
    assert numbers(browser.table("classes"), 1, 2) == [
        (sum(row), own) for row, own in zip(training["confusion"], right, strict=True)
    ]


def test_the_record_beside_a_model_is_that_of_its_training(pages: dict[str, Page]) -> None:
    metrics = json.loads((SIGNS / "metrics.json").read_text())
    training = pages["chain"].report["evidence"]["training"]
    assert training["confusion"] == metrics["confusion"]
    assert training["test_accuracy"] == metrics["test_accuracy"]
    lines = (SIGNS / "log.csv").read_text().splitlines()
    assert len(training["epochs"]) == len(lines) - 1
    assert pages["hostile"].report["evidence"]["training"] is None


def test_boxes_in_the_picture_of_memory_lie_where_the_buffers_lie(
    pages: dict[str, Page], browser: Browser
) -> None:
    for name in ("chain", "shortcuts"):
        url, report = pages[name]
        browser.open(url, PHONE)
        read = (
            "const of = s => [...document.querySelectorAll('.arena-picture ' + s)].map(e => "
            "['x', 'y', 'width', 'height'].map(a => +e.getAttribute(a))); "
            "return [of('.rail'), of('.piece')]"
        )
        (rail,), drawn = browser.run(read)
        whole = max(one["offset"] + one["bytes"] for one in report["arena"])
        row = rail[3] / (len(report["layers"]) + 2)
        assert len(drawn) == len(report["arena"])
        for (x, y, width, height), piece in zip(drawn, report["arena"], strict=True):
            assert (x - rail[0]) / rail[2] == pytest.approx(piece["offset"] / whole, abs=0.01)
            assert width / rail[2] == pytest.approx(piece["bytes"] / whole, abs=0.02)
            assert round(y / row) == piece["first"] + 1
            assert round(height / row) == piece["last"] - piece["first"] + 1


def test_lines_of_the_network_lead_to_every_layer_that_reads_a_map(
    pages: dict[str, Page], browser: Browser
) -> None:
    for name in ("chain", "shortcuts"):
        url, report = pages[name]
        browser.open(url)
        count = "return document.querySelectorAll('.network-picture ' + arguments[0]).length"
        reads = [layer["reads"] for layer in report["layers"]]
        straight = sum(place - 1 in of for place, of in enumerate(reads)) + 1
        aside = [(maker, place) for place, of in enumerate(reads) for maker in of]
        aside = [(maker, place) for maker, place in aside if maker != place - 1]
        assert browser.run(count, ".arrow") == straight
        assert browser.run(count, ".lane") == len(aside) + len({maker for maker, _ in aside})
        assert bool(aside) == (name == "shortcuts")


def test_pictures_are_shown_with_their_answers(pages: dict[str, Page], browser: Browser) -> None:
    url, report = pages["chain"]
    browser.open(url)
    answers, names = report["evidence"]["answers"], report["class_names"]
    verdicts = browser.texts(".card .verdict")
    assert len(answers) == len(verdicts) == 12
    for one, verdict in zip(answers, verdicts, strict=True):
        mark = "✓" if one["label"] == one["answer"] else "✗"
        assert verdict == f"{mark} {names[one['answer']]}"
    best = browser.texts(".card .score:nth-of-type(1) span:last-of-type")
    assert best == [f"{max(one['scores']):.2f}" for one in answers]
    loaded = "return [...document.images].every(i => i.complete && i.naturalWidth === 32)"
    assert browser.run(loaded)
    assert len({one["label"] for one in answers}) == 12


def test_a_page_is_read_aloud_and_used_from_the_keyboard(
    pages: dict[str, Page], browser: Browser
) -> None:
    browser.open(pages["chain"].url, PHONE)
    assert len(browser.texts("h1")) == 1
    for selector in ("svg:not([role=img])", "img:not([alt])", "table:not(:has(caption))"):
        assert browser.texts(selector) == []
    named = "return [...document.querySelectorAll('svg')].every(s => s.getAttribute("
    ids = "'aria-labelledby').split(' ').every(i => document.getElementById(i).textContent))"
    assert browser.run(named + ids)
    assert len(browser.texts("figure")) == len(browser.texts("figcaption"))
    ids = browser.run("return [...document.querySelectorAll('[id]')].map(e => e.id)")
    assert len(ids) == len(set(ids))
    first = browser.press(TAB)
    assert first.get_attribute("class") == "skip"
    assert first.rect["x"] >= 0
    targets = browser.run("return [...document.querySelectorAll('a')].map(a => a.hash.slice(1))")
    assert set(targets) <= set(ids)
    summary = browser.find("summary")
    summary.send_keys(ENTER)
    assert browser.run("return arguments[0].parentElement.open", summary)


def test_everything_is_printed_on_white(pages: dict[str, Page], browser: Browser) -> None:
    browser.open(pages["chain"].url, dark=True)
    dark = browser.run("return getComputedStyle(document.body).backgroundColor")
    browser.command("Emulation.setEmulatedMedia", media="print", features=[])
    white = browser.run("return getComputedStyle(document.body).backgroundColor")
    assert (dark, white) == ("rgb(19, 19, 17)", "rgb(255, 255, 255)")
    height = "return document.querySelector('#pieces').getBoundingClientRect().height"
    assert browser.run(height) > 100


CONTRAST = """
const light = colour => {
  const [r, g, b] = colour.match(/[\\d.]+/g).map(v => v / 255)
    .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const behind = e => {
  for (; e; e = e.parentElement) {
    const colour = getComputedStyle(e).backgroundColor;
    if (colour !== 'rgba(0, 0, 0, 0)') return light(colour);
  }
};
const texts = 'h1, h1 span, h2, p, a, dt, dd, th, td, li, summary, code';
const all = [...document.querySelectorAll(texts)];
return Math.min(...all.map(e => {
  const [a, b] = [light(getComputedStyle(e).color), behind(e)].sort((x, y) => y - x);
  return (a + 0.05) / (b + 0.05);
}));
"""


def test_texts_stand_out_in_light_and_in_dark(pages: dict[str, Page], browser: Browser) -> None:
    """WCAG 2 asks for 4.5."""
    for dark in (False, True):
        browser.open(pages["chain"].url, dark=dark)
        assert browser.run(CONTRAST) >= 4.5


def test_the_readme_shows_a_page(
    pages: dict[str, Page], browser: Browser, request: pytest.FixtureRequest
) -> None:
    """`pytest tests/page --update-golden` takes the picture anew."""
    path = ROOT / "docs" / "images" / "report.png"
    if request.config.getoption("--update-golden"):
        browser.open(pages["shortcuts"].url)
        browser.resize(DESKTOP, 1560)
        shown = Image.open(io.BytesIO(browser.picture())).convert("RGB").quantize(64)
        shown.save(path, optimize=True)
    with Image.open(path) as picture:
        assert picture.width == DESKTOP
    assert path.stat().st_size < 150_000
    assert "](docs/images/report.png)" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_docs_show_answers(
    pages: dict[str, Page], browser: Browser, request: pytest.FixtureRequest
) -> None:
    path = ROOT / "docs" / "images" / "report-answers.png"
    if request.config.getoption("--update-golden"):
        browser.open(pages["chain"].url)
        png = browser.find("#answers-section").screenshot_as_png
        Image.open(io.BytesIO(png)).convert("RGB").quantize(64).save(path, optimize=True)
    assert path.stat().st_size < 100_000
    assert "](images/report-answers.png)" in (ROOT / "docs" / "report.md").read_text("utf-8")


def test_a_page_loads_nothing_and_names_from_a_model_file_stay_text(
    pages: dict[str, Page],
) -> None:
    for url, _ in pages.values():
        text = Path(url.removeprefix("file://")).read_text(encoding="utf-8")
        assert not re.findall(r"<script|javascript:|https?://|\bon\w+=|@import|url\(", text)
        assert set(re.findall(r'(?:src|href)="([^":,]*)', text)) <= {
            "data",
            *re.findall(r'href="(#[^"]*)"', text),
        }
    assert "&lt;script&gt;alert(1)" in Path(pages["hostile"].url.removeprefix("file://")).read_text(
        encoding="utf-8"
    )
