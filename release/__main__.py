"""`python -m release FOLDER`: the text of the tag, this version's changes, and example archives."""

from __future__ import annotations

import sys
from pathlib import Path

from release.archives import write_archives
from release.notes import read_notes


def main(folder: Path) -> None:
    """Write all files and say what a person has to do then."""
    notes = read_notes(Path("CHANGELOG.md").read_text(encoding="utf-8"))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "tag.txt").write_text(notes.tag_text, encoding="utf-8")
    (folder / "changes.md").write_text(notes.changes, encoding="utf-8")
    for path in write_archives(folder):
        print(path)
    if not notes.is_final:
        print(f"a rehearsal: CHANGELOG.md says that {notes.version} is not released yet")
    print(f"git tag -a v{notes.version} -F {folder / 'tag.txt'}, then upload the files by hand")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
