"""Programs of others are run in one place, which bounds, ends and explains them."""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path

import pytest

from cbcnn_codegen.errors import BuildError, FlashError, MissingToolError
from cbcnn_codegen.tools import Processes, RunningTool, find_tool, run_tool
from support.commands import ROOT


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


FOREVER = "import time; print('on', flush=True); time.sleep(60)"


def test_one_module_starts_programs() -> None:
    codegen = ROOT / "codegen" / "cbcnn_codegen"
    starts = [
        path.relative_to(codegen).as_posix()
        for path in codegen.rglob("*.py")
        if "subprocess" in path.read_text(encoding="utf-8")
    ]
    assert starts == ["tools.py"]


def test_a_program_gets_its_input_and_gives_code_output_and_messages() -> None:
    code = "import sys; print(sys.stdin.read()[::-1]); print('hm', file=sys.stderr); sys.exit(3)"
    finished = run_tool(python(code), seconds=20, data=b"abc")
    assert (finished.code, finished.text.strip(), finished.messages.strip()) == (3, "cba", "hm")


def test_output_that_is_no_text_is_no_reason_to_fail() -> None:
    code = "import sys; sys.stdout.buffer.write(b'\\xff'); sys.stderr.buffer.write(b'\\xff')"
    finished = run_tool(python(code), seconds=20)
    assert finished.text == finished.messages == "\ufffd"


def test_a_program_that_does_not_end_is_an_error_with_its_name() -> None:
    start = time.monotonic()
    with pytest.raises(BuildError, match=rf"{Path(sys.executable).name} did not end in 1 s"):
        run_tool(python(FOREVER), seconds=1)
    with pytest.raises(FlashError, match="slow"):
        run_tool(python(FOREVER), seconds=1, endless=FlashError("slow"))
    with pytest.raises(FlashError, match="slow"):
        Processes().follow(python(FOREVER), seconds=1, endless=FlashError("slow"))
    assert time.monotonic() - start < 30


def test_a_program_that_is_not_there_or_cannot_be_started_is_a_missing_tool(tmp_path: Path) -> None:
    with pytest.raises(MissingToolError, match="apt-get install nothing-of-the-kind"):
        find_tool("nothing-of-the-kind", "nothing-of-the-kind")
    broken = tmp_path / "broken"
    broken.write_bytes(b"\x7fELF of another machine")
    for allowed in (0o755, 0o644):
        broken.chmod(allowed)
        with pytest.raises(MissingToolError, match="broken cannot be started") as caught:
            run_tool([broken], seconds=20)
        assert str(broken) in str(caught.value)
        with pytest.raises(MissingToolError), (tmp_path / "said").open("wb") as said:
            RunningTool([broken], said, ())


def test_lines_are_followed_as_they_come_and_kept() -> None:
    code = (
        "import sys; print(1); sys.stdout.flush(); print(2, file=sys.stderr, flush=True); print(3)"
    )
    lines: list[str] = []
    finished = Processes().follow(python(code), seconds=20, line=lines.append)
    assert lines == ["1\n", "2\n", "3\n"]
    assert finished.text == "".join(lines)


def test_whatever_runs_ends_when_a_command_is_interrupted() -> None:
    processes, ended = Processes(), threading.Event()

    def run() -> None:
        with pytest.raises(KeyboardInterrupt):
            processes.run(python(FOREVER), seconds=60)
        ended.set()

    thread = threading.Thread(target=run)
    thread.start()
    while not processes._running:
        time.sleep(0.01)
    processes.stop()
    thread.join(20)
    assert ended.is_set()
    with pytest.raises(KeyboardInterrupt):
        processes.run(python(""), seconds=20)


def test_a_tool_beside_the_command_is_ended(tmp_path: Path) -> None:
    with (tmp_path / "said").open("wb") as said:
        tool = RunningTool(python(FOREVER), said, ())
        assert tool.wait(0.1) is None
        tool.end(20)
        assert tool.wait(0) == -15
