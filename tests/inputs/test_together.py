"""Files that belong together are replaced in one step, wherever the process is killed."""

from __future__ import annotations

import functools
import os
import random
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from cbcnn_inputs import exchange
from cbcnn_inputs.errors import OutputError
from cbcnn_inputs.together import PENDING, complete, replace_together
from support.hostile import Tried, amount
from support.kills import kill_everywhere

OLD = {"net.c": b"old code", "net.h": b"old header", "net_weights.h": b"old weights"}
NEW = {"net.c": b"new code", "net.h": b"new header", "report.json": b"new"}
STALE = ["net_weights.h"]

Prepare = Callable[[Path], None]


def content(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, hidden ones too."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def nothing(_folder: Path) -> None:
    pass


def empty(folder: Path) -> None:
    folder.mkdir()


def ours_alone(folder: Path) -> None:
    replace_together(folder, OLD)


def a_file_of_the_user(folder: Path) -> None:
    replace_together(folder, OLD)
    (folder / "mine.txt").write_bytes(b"mine")


def a_folder_of_the_user(folder: Path) -> None:
    replace_together(folder, OLD)
    (folder / "mine").mkdir()
    (folder / "mine" / "deep.txt").write_bytes(b"mine")


def through_a_link(folder: Path) -> None:
    replace_together(folder.with_name("elsewhere"), OLD)
    folder.symlink_to("elsewhere")


FOLDERS = [nothing, empty, ours_alone, a_file_of_the_user, a_folder_of_the_user, through_a_link]


def others(folder: Path) -> dict[str, bytes]:
    """What is in a folder and not ours."""
    return {name: text for name, text in content(folder).items() if name.startswith("mine")}


@pytest.mark.hostile
@pytest.mark.parametrize("keep_folder", [False, True])
@pytest.mark.parametrize("prepare", FOLDERS)
def test_a_run_that_is_killed_anywhere_leaves_all_of_the_old_or_all_of_the_new(
    tmp_path: Path, prepare: Prepare, keep_folder: bool, tried: Tried
) -> None:
    root = tmp_path / "root"
    folder = root / "out"

    def start() -> None:
        shutil.rmtree(root, ignore_errors=True)
        root.mkdir()
        prepare(folder)

    def act() -> None:
        replace_together(folder, NEW, STALE, keep_folder=keep_folder)

    start()
    before, mine = content(folder), others(folder)
    after = NEW | mine
    whole = is_exchanged(folder) and not keep_folder
    seen, kills = set(), 0
    for number in kill_everywhere(root, start, act):
        kills = number + 1
        if whole:  # whoever looks, without knowing of us
            assert visible(folder) in (before, after)
        complete(folder)
        state = visible(folder)
        assert state in (before, after)
        seen.add(state == after)
        act()
        assert content(folder) == after
        left = {path.name for path in root.iterdir()} - {"out", "elsewhere"}
        assert not left, "something of the killed run is left"
    assert seen == {False, True}
    tried("kills", kills)


def draw_content(rng: random.Random, prefix: str) -> dict[str, bytes]:
    """A few files of other names and sizes, some of them in folders."""
    suffixes = (".c", ".h", ".md", ".elf", "")
    places = ("", "", "", "board/", "board/deep/")
    return {
        f"{rng.choice(places)}{prefix}{number}{rng.choice(suffixes)}": rng.randbytes(
            rng.choice([0, 1, 100, 5000])
        )
        for number in range(rng.randint(1, 5))
    }


LAYOUTS = 3


@pytest.mark.hostile
def test_any_files_in_any_folder_are_all_old_or_all_new(tmp_path: Path, tried: Tried) -> None:
    kills = 0
    for seed in range(amount(LAYOUTS)):
        rng = random.Random(seed)
        old, mine = draw_content(rng, "net"), draw_content(rng, "mine")
        drawn = draw_content(rng, "other")
        old |= {name: b"old" for name in drawn if rng.random() < 0.5}
        new, keep_folder = draw_content(rng, "net") | drawn, rng.random() < 0.3
        stale = [name for name in old if name not in new and rng.random() < 0.7]
        before = old | mine
        after = {name: text for name, text in before.items() if name not in stale} | new
        root = tmp_path / str(seed)
        kills += kill_all(root, before, after, new, stale, keep_folder)
    tried("kills", kills)


def kill_all(
    root: Path,
    before: dict[str, bytes],
    after: dict[str, bytes],
    new: dict[str, bytes],
    stale: list[str],
    keep_folder: bool,
) -> int:
    """Kill the change from `before` to `after` everywhere; how often."""
    folder, kills = root / "out", 0

    def start() -> None:
        shutil.rmtree(root, ignore_errors=True)
        for name, text in before.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(text)

    def act() -> None:
        replace_together(folder, new, stale, keep_folder=keep_folder)

    for number in kill_everywhere(root, start, act):
        kills = number + 1
        complete(folder)
        assert visible(folder) in (before, after)
        act()
        assert content(folder) == after
    return kills


def is_exchanged(folder: Path) -> bool:
    return not folder.exists() or exchange.is_possible(Path(os.path.realpath(folder)), NEW)


def visible(folder: Path) -> dict[str, bytes]:
    return {name: text for name, text in content(folder).items() if not name.startswith(".cbcnn")}


def test_both_ways_to_write_into_a_folder_that_is_there_are_tried(tmp_path: Path) -> None:
    ways = set()
    for index, prepare in enumerate(FOLDERS):
        prepare(tmp_path / str(index))
        ways.add(is_exchanged(tmp_path / str(index)))
    assert ways == {False, True}


@pytest.mark.parametrize("prepare", FOLDERS[1:])
def test_a_folder_that_is_kept_is_the_same_folder(tmp_path: Path, prepare: Prepare) -> None:
    folder = tmp_path / "out"
    prepare(folder)
    before = folder.stat().st_ino
    replace_together(folder, NEW, keep_folder=True)
    assert folder.stat().st_ino == before


def test_the_folder_that_the_process_is_in_is_the_same_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours_alone(tmp_path / "out")
    monkeypatch.chdir(tmp_path / "out")
    replace_together(Path(), NEW, STALE)
    assert content(Path()) == NEW


def test_rights_of_the_folder_stay(tmp_path: Path) -> None:
    ours_alone(tmp_path / "out")
    (tmp_path / "out").chmod(0o750)
    replace_together(tmp_path / "out", NEW)
    assert (tmp_path / "out").stat().st_mode & 0o777 == 0o750


def test_files_in_folders_get_there_too(tmp_path: Path) -> None:
    inner = {"board/main.c": b"main", "board/deep/x.h": b"x"}
    for text in (b"1", b"2"):
        replace_together(tmp_path / "out", NEW | inner | {"net.c": text})
        assert content(tmp_path / "out") == NEW | inner | {"net.c": text}


@pytest.mark.parametrize("way", ["net.c", "board"])
def test_what_is_in_the_way_is_named_before_anything_changes(tmp_path: Path, way: str) -> None:
    if way == "net.c":
        (tmp_path / "net.c").mkdir()
        (tmp_path / "net.c" / "x").touch()
    else:
        (tmp_path / "board").touch()
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(OutputError, match=way):
        replace_together(tmp_path, NEW | {"board/main.c": b""})
    assert sorted(tmp_path.rglob("*")) == before


def test_an_error_leaves_everything_as_it_was(tmp_path: Path) -> None:
    for index, prepare in enumerate(FOLDERS):
        root = tmp_path / str(index)
        root.mkdir()
        prepare(root / "out")
        before = content(root)
        with pytest.raises(OutputError, match="too long"):
            replace_together(root / "out", {**NEW, "x" * 300: b""})
        assert content(root) == before
        assert (root / "out").exists() == (prepare is not nothing)


def test_a_file_that_comes_while_folders_change_places_is_not_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, call = tmp_path / "out", exchange._system_call()
    if call is None:
        pytest.skip("no such call of the system")
    ours_alone(folder)

    def late(*arguments: object) -> object:
        (folder / "late.txt").write_bytes(b"late")
        return call(*arguments)

    monkeypatch.setattr(exchange, "_system_call", lambda: late)
    replace_together(folder, NEW, STALE)
    assert content(tmp_path) == {f"out/{name}": text for name, text in NEW.items()} | {
        "out/late.txt": b"late"
    }


@pytest.mark.parametrize("prepare", FOLDERS)
def test_of_two_at_once_one_wins_whole(tmp_path: Path, prepare: Prepare) -> None:
    versions = [{name: bytes([version]) for name in NEW} for version in (1, 2)]
    for attempt in range(10):
        folder = tmp_path / str(attempt) / "out"
        folder.parent.mkdir()
        prepare(folder)
        mine = others(folder)
        write = functools.partial(replace_together, folder, remove=STALE)
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(write, versions))
        assert content(folder) in [version | mine for version in versions]


def test_a_decision_that_cannot_be_carried_out_is_told(tmp_path: Path) -> None:
    (tmp_path / PENDING / "put").mkdir(parents=True)
    (tmp_path / PENDING / "put" / "net.c").write_bytes(b"new")
    (tmp_path / "net.c").mkdir()
    (tmp_path / "net.c" / "x").touch()
    with pytest.raises(OutputError, match="interrupted"):
        complete(tmp_path)
    shutil.rmtree(tmp_path / "net.c")
    complete(tmp_path)
    assert content(tmp_path) == {"net.c": b"new"}
