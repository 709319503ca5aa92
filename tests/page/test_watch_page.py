"""`cbcnn-board watch`: a page of this machine alone shows what the board answers."""

from __future__ import annotations

import contextlib
import http.client
import io
import json
import os
import re
import select
import signal
import socket
import subprocess
import threading
import time
import tty
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from cbcnn_codegen.board.connect import find_firmware
from cbcnn_codegen.board.emulators.qemu import QemuBoard, machine_of
from cbcnn_codegen.board.watch.run import demand_no_mismatch
from cbcnn_codegen.board.watch.server import PageServer
from cbcnn_codegen.board.watch.state import WatchState
from cbcnn_codegen.boards import find_board
from cbcnn_codegen.errors import UsageError, VerificationError
from support.browser import DESKTOP, PHONE, Browser
from support.commands import (
    ROOT,
    SIGNS,
    assert_clean_error,
    command_line,
    environment,
    run_apart,
)
from support.emulated_boards import firmware

BOARD = "netduinoplus2"
SECONDS = 60
LOADED = "return [...document.images].every(i => i.naturalWidth > 0 && !i.hidden)"
HOSTILE = "<img src=x onerror=alert(1)>"


def wait_for(found: Callable[[], Any], what: str) -> Any:
    """The first true value that comes."""
    limit = time.monotonic() + SECONDS
    while time.monotonic() < limit:
        if value := found():
            return value
        time.sleep(0.05)
    raise AssertionError(f"no {what} in {SECONDS} s")


def arguments(port: str = "emulated", *more: str) -> list[str]:
    folder = str(firmware(BOARD).folder)
    where = ["--board", BOARD, "--port", port, "--data", str(SIGNS / "samples")]
    return ["watch", str(SIGNS / "model.h5"), folder, *where, *more]


@dataclass
class Watch:
    """The command, and where its page is."""

    process: subprocess.Popen[str]
    url: str


@contextlib.contextmanager
def started(port: str) -> Iterator[Watch]:
    """The command, as a user starts it."""
    words = command_line("cbcnn-board", *arguments(port, "--pause", "0.05"))
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    process = subprocess.Popen(words, text=True, env=environment(PYTHONUNBUFFERED="1"), **pipes)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        found = re.match(r"(http://127\.0\.0\.1:\d+/) shows net on Netduino Plus 2", line)
        assert found, line
        yield Watch(process, found[1])
    finally:
        process.kill()
        process.wait()
        for pipe in (process.stdout, process.stderr):
            assert pipe is not None
            pipe.close()


@pytest.fixture(scope="module")
def watching() -> Iterator[Watch]:
    with started("emulated") as watch:
        yield watch


def test_the_page_shows_picture_answer_costs_and_equality_live(
    watching: Watch, browser: Browser
) -> None:
    for width, dark in ((PHONE, True), (DESKTOP, False)):
        browser.open(watching.url, width, dark=dark)
        (first,) = wait_for(lambda: browser.texts("#card.right #answer"), "right answer")
        assert first.startswith("✓ ")
        wait_for(lambda: int(browser.texts("#images")[0].replace(",", "")) > 3, "fourth image")
        assert browser.texts("#mismatched") == ["0"]
        assert re.fullmatch(r"[\d,]+ instructions", browser.texts("#cost")[0])
        assert browser.texts("#latency") == ["unknown"], "an emulated board has no time"
        assert browser.texts("#status") == ["Live from emulated"]
        assert len(browser.texts(".score")) == 3
        assert browser.run("return document.images.length") == 2
        wait_for(lambda: browser.run(LOADED), "picture")
        assert browser.run("return document.documentElement.scrollWidth") <= width
    browser.find("#hold").click()
    held = browser.texts("#answer, #label, #trip")
    before = browser.texts("#images")
    wait_for(lambda: browser.texts("#images") != before, "image behind the held one")
    assert browser.texts("#answer, #label, #trip") == held
    assert browser.messages() == []


def test_the_docs_show_the_page(
    watching: Watch, browser: Browser, request: pytest.FixtureRequest
) -> None:
    """`pytest tests/page --update-golden` takes the picture anew."""
    path = ROOT / "docs" / "images" / "watch.png"
    if request.config.getoption("--update-golden"):
        browser.open(watching.url)
        wait_for(lambda: browser.texts("#card.right"), "right answer")
        browser.find("#hold").click()
        browser.resize(DESKTOP, 760)
        shown = Image.open(io.BytesIO(browser.picture())).convert("RGB").quantize(64)
        shown.save(path, optimize=True)
    with Image.open(path) as picture:
        assert picture.width == DESKTOP
    assert path.stat().st_size < 100_000
    assert "](images/watch.png)" in (ROOT / "docs" / "report.md").read_text(encoding="utf-8")


def test_a_second_page_on_the_same_port_is_refused(watching: Watch) -> None:
    port = watching.url.rpartition(":")[2].strip("/")
    result = run_apart("cbcnn-board", *arguments("emulated", "--page-port", port))
    assert_clean_error(result, 2, f"port {port}", "in use", "leave --page-port out")


def test_ctrl_c_ends_the_command_and_the_page_says_so(watching: Watch, browser: Browser) -> None:
    browser.open(watching.url)
    wait_for(lambda: browser.texts("#card.right"), "answer")
    os.kill(watching.process.pid, signal.SIGINT)
    out, messages = watching.process.communicate(timeout=SECONDS)
    assert watching.process.returncode == 130
    assert re.search(r"^\d+ images, 0 of them not as in Python$", out, re.MULTILINE)
    assert messages.strip() == "interrupted"
    wait_for(lambda: browser.texts("#status")[0].startswith("Ended"), "end on the page")
    browser.messages()


def get(server: PageServer, path: str, *hosts: str) -> tuple[int, bytes, Any]:
    """The server's answer to a request that says these hosts."""
    place = server.url.removeprefix("http://").strip("/")
    connection = http.client.HTTPConnection(place, timeout=10)
    connection.putrequest("GET", path, skip_host=True)
    for host in hosts:
        connection.putheader("Host", host)
    connection.endheaders()
    answer = connection.getresponse()
    return answer.status, answer.read(), answer.headers


def a_state(**changes: Any) -> WatchState:
    return WatchState(
        {"name": HOSTILE, "title": "board", "port": "emulated", "pause": 0}, **changes
    )


def test_requests_under_foreign_names_are_refused() -> None:
    with PageServer(a_state()) as server:
        place = server.url.removeprefix("http://").strip("/")
        port = place.partition(":")[2]
        for path in ("/", "/state", "/watch.js"):
            for own in (place, f"localhost:{port}"):
                assert get(server, path, own)[0] == 200
            for foreign in (
                "evil.example",
                f"evil.example:{port}",
                "127.0.0.1",
                f"{place}.example",
            ):
                assert get(server, path, foreign)[0] == 403
            assert get(server, path)[0] == 403
            assert get(server, path, place, "evil.example")[0] == 403
        for path in ("/../state", "/watch.css", "/etc/passwd"):
            assert get(server, path, place)[0] == 404


def test_the_page_may_load_from_itself_alone_and_names_stay_text() -> None:
    with PageServer(a_state()) as server:
        place = server.url.removeprefix("http://").strip("/")
        _, page, headers = get(server, "/", place)
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert HOSTILE.encode() not in page
        assert b"&lt;img src=x" in page
        state = json.loads(get(server, "/state", place)[1])
        assert state["board"]["name"] == HOSTILE


def test_a_port_that_may_not_be_used_is_told() -> None:
    with PageServer(a_state()) as server, pytest.raises(UsageError, match="cannot be used"):
        PageServer(a_state(), int(server.url.rpartition(":")[2].strip("/")))


def test_an_open_page_learns_why_nothing_more_comes() -> None:
    state = a_state()
    with PageServer(state) as server:
        place = server.url.removeprefix("http://").strip("/")
        state.ended = "the board is gone"
        assert json.loads(get(server, "/state", place)[1])["ended"] == "the board is gone"
    start = time.monotonic()
    state.end("the board is gone")
    assert time.monotonic() - start < 1.5, "the page has seen it"


def test_mismatches_are_counted_and_end_with_an_error() -> None:
    state = a_state()
    state.add({}, differs=False)
    demand_no_mismatch(state)
    state.add({}, differs=True)
    assert json.loads(state.to_json())["mismatched"] == 1
    with pytest.raises(VerificationError, match="1 of 2 images"):
        demand_no_mismatch(state)


@contextlib.contextmanager
def on_a_tty(board: QemuBoard) -> Iterator[tuple[str, Callable[[], object]]]:
    """A pseudo-terminal to a board, and what unplugs it."""
    ours, theirs = os.openpty()
    tty.setraw(theirs)
    host, port = board.url.removeprefix("socket://").split(":")
    with socket.create_connection((host, int(port))) as line:
        plugged = True
        ends: list[Any] = [ours, line]

        def carry() -> None:
            while plugged:
                for end in select.select(ends, [], [], 0.05)[0]:
                    if end is line:
                        os.write(ours, line.recv(4096))
                    else:
                        line.sendall(os.read(ours, 4096))
            os.close(ours)

        carrier = threading.Thread(target=carry)
        carrier.start()

        def unplug() -> None:
            nonlocal plugged
            plugged = False
            carrier.join()

        try:
            yield os.ttyname(theirs), unplug
        finally:
            unplug()
            os.close(theirs)


@pytest.mark.parametrize("way", ["emulator", "tty"])
def test_a_board_that_goes_away_is_told_on_page_and_terminal(way: str, browser: Browser) -> None:
    board = find_board(BOARD)
    elf = find_firmware(firmware(BOARD).folder, board)
    with contextlib.ExitStack() as stack:
        emulated = stack.enter_context(QemuBoard.start(machine_of(board), elf))
        emulated.run()
        unplug: Callable[[], object] = emulated.end
        port = emulated.url.replace("socket", "emulated", 1)
        if way == "tty":
            port, unplug = stack.enter_context(on_a_tty(emulated))
        watch = stack.enter_context(started(port))
        browser.open(watch.url)
        wait_for(lambda: browser.texts("#card.right"), "answer")
        if way == "emulator":
            emulated.stop()
            silent = "No answer from"
            wait_for(lambda: browser.texts("#status")[0].startswith(silent), "sign of silence")
            assert browser.run("return document.querySelector('#status.alarm') !== null")
        unplug()
        out, messages = watch.process.communicate(timeout=SECONDS)
        result = subprocess.CompletedProcess(watch.url, watch.process.returncode, "", messages)
        assert_clean_error(result, 10, f"the connection to {port} broke", "unplugged")
        assert re.search(r"^\d+ images, 0 of them not as in Python$", out, re.MULTILINE)
        ended = wait_for(
            lambda: [text for text in browser.texts("#status") if text.startswith("Ended: ")],
            "end on the page",
        )
        assert f"the connection to {port} broke" in ended[0]
        browser.messages()


def test_a_port_where_no_board_is_has_one_clear_message(tmp_path: Path) -> None:
    result = run_apart("cbcnn-board", *arguments(str(tmp_path / "ttyACM0")))
    assert_clean_error(result, 10, "ttyACM0", "cannot be opened")
