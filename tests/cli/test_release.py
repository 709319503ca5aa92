"""`make release` builds what a person uploads: notes, a tag's text, archives that can be used."""

from __future__ import annotations

import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pytest

from cbcnn_inputs.errors import UsageError
from cbcnn_inputs.installation import tool_version
from release.archives import write_archives
from release.notes import read_notes
from support.commands import ROOT


def test_notes_are_the_first_part_of_the_changelog() -> None:
    version = tool_version()
    text = f"# Changelog\n\n## {version}, 2026-11-27\n\n### Added\n\n- One.\n\n## 0.0.1\n\n- Old.\n"
    notes = read_notes(text)
    assert notes == (version, True, "### Added\n\n- One.\n")
    assert notes.tag_text == f"cbcnn {version}\n\nAdded:\n\n- One.\n"
    assert not read_notes(text.replace("2026-11-27", "not released yet")).is_final
    assert read_notes((ROOT / "CHANGELOG.md").read_text()).version == version


@pytest.mark.parametrize("text", ["# Changelog\n", "## 9.9.9, 2026-11-27\n"])
def test_a_changelog_for_another_version_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="version that is installed"):
        read_notes(text)


def test_the_archives_hold_what_their_descriptions_name_and_are_the_same_each_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    library, pack = write_archives(tmp_path)
    assert pack.name == f"cbcnn.mnist_small.{tool_version()}.pack"
    with zipfile.ZipFile(library) as archive:
        names = {name.partition("/")[2] for name in archive.namelist()}
        assert all(name.startswith("mnist_small/") for name in archive.namelist())
        assert {"library.properties", "src/mnist_small.c", "mnist_small.h"} <= names
    with zipfile.ZipFile(pack) as archive:
        (described,) = (name for name in archive.namelist() if name.endswith(".pdsc"))
        tree = ElementTree.fromstring(archive.read(described))  # noqa: S314 - our own file
        assert {file.attrib["name"] for file in tree.iter("file")} | {described} == set(
            archive.namelist()
        )
    before = [path.read_bytes() for path in (library, pack)]
    assert [path.read_bytes() for path in write_archives(tmp_path)] == before
