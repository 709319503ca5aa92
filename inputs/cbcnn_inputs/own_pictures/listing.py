"""Finds the pictures of a folder or a list, with their classes, groups and parts.

Three forms are taken: folders of classes, perhaps inside `train`, `val` and `test`; a CSV or JSON
lines file with a path and a label for each picture; and one npz file with arrays.
"""

from __future__ import annotations

import csv
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Literal, get_args

from cbcnn_inputs import regular
from cbcnn_inputs.errors import DataError
from cbcnn_inputs.own_pictures.decode import OTHER_SUFFIXES, SUFFIXES

Part = Literal["train", "val", "test"]

FORMS: Final = (
    "a folder with a folder of pictures for each class, perhaps inside train, val and test; a CSV "
    "or JSON lines file with `path` and `label`; or an npz with `images` and `labels`"
)
LISTS: Final = ("labels.csv", "labels.jsonl")
"""Names of a list inside a folder; it counts instead of the folder's own structure."""

_JSON_SUFFIXES: Final = (".jsonl", ".ndjson", ".json")
_SEPARATORS: Final = (",", ";", "\t")
"""Of the cells of a table; spreadsheets write each of them, depending on the country."""

_PART_FOLDERS: Final[Mapping[str, Part]] = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("val", "valid", "validation", "dev"), "val"),
    **dict.fromkeys(("test", "testing"), "test"),
}
_COLUMNS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("path", "filename", "file", "image"), "path"),
    **dict.fromkeys(("label", "class"), "label"),
    **{"group": "group", "split": "split"},
}


@dataclass(frozen=True)
class Entry:
    """One picture that was found.

    Attributes:
        path: of the file.
        name: of the picture, for messages: its path below the folder.
        label: name of its class, or None.
        group: pictures of one group stay in one part; None if it belongs to none.
        part: that it was put into, or None.
    """

    path: Path
    name: str
    label: str | None
    group: str | None = None
    part: Part | None = None


def find_pictures(
    source: Path, group_by: str | None = None, *, labelled: bool = True
) -> tuple[Entry, ...]:
    """All pictures of a folder or a list, in the order of their names or of the list.

    Args:
        source: a folder, or a file with a list.
        group_by: a regular expression; its first group (or all of it) found in a picture's name
            says what group it belongs to.
        labelled: whether every picture needs a class.

    Raises:
        DataError: nothing there, no pictures, a list that cannot be read, or an expression that is
            none or matches no name.
    """
    if not os.path.lexists(source):
        raise DataError(f"there is no file or folder {source}", allowed=FORMS)
    if source.is_dir():
        found = _in_folder(source, labelled)
    elif source.suffix.lower() in SUFFIXES:
        found = [Entry(source, source.name, None)]
    else:
        found = list(_in_list(source))
    if not found:
        raise DataError(
            f"{source} holds no pictures",
            found=_what_is_there(source),
            allowed=f"{FORMS}; pictures are {', '.join(SUFFIXES)}",
        )
    return tuple(found if group_by is None else grouped(found, group_by))


def part_named(text: str) -> Part | None:
    """The part that a folder or a cell names; None for any other text."""
    return _PART_FOLDERS.get(text.strip().lower())


def class_names_of(labels: Iterable[str]) -> tuple[str, ...]:
    """Distinct class names in order: of numbers by value, else of letters with numbers by value."""
    return tuple(sorted(set(labels), key=_natural))


def _natural(text: str) -> list[tuple[int, int, str]]:
    pieces = re.split(r"(\d+)", text)
    keyed = [(0, int(p), "") if p.isdecimal() else (1, 0, p.casefold()) for p in pieces if p]
    return [*keyed, (2, 0, text)]


def _in_folder(folder: Path, labelled: bool) -> list[Entry]:
    for name in LISTS:
        if os.path.lexists(folder / name):
            return list(_in_list(folder / name))
    parts = _part_folders(folder)
    if "train" not in parts.values():
        return _in_classes(folder, folder, None, labelled)
    others = [child.name for child in _children(folder) if child.is_dir() and child not in parts]
    if others:
        raise DataError(
            f"{folder} holds parts and classes side by side",
            found=", ".join(others[:5]) + f" beside {', '.join(child.name for child in parts)}",
            allowed="classes inside train, val and test, or classes alone",
        )
    return [
        entry
        for child, part in parts.items()
        for entry in _in_classes(child, folder, part, labelled)
    ]


def _part_folders(folder: Path) -> dict[Path, Part]:
    named = {child: part_named(child.name) for child in _children(folder) if child.is_dir()}
    return {child: part for child, part in named.items() if part is not None}


def _in_classes(folder: Path, root: Path, part: Part | None, labelled: bool) -> list[Entry]:
    """Pictures below folders of classes; the uppermost folder is the class."""
    found, loose = [], []
    for path in _walk(folder):
        inner = path.relative_to(folder).parts
        name = path.relative_to(root).as_posix()
        if len(inner) == 1:
            loose.append(name)
        found.append(Entry(path, name, inner[0] if len(inner) > 1 else None, part=part))
    if loose and labelled:
        raise DataError(
            f"pictures in {folder} have no class",
            found=f"{len(loose)} beside the folders: {', '.join(loose[:5])}",
            allowed="a folder for each class, named after it, or a list labels.csv",
            suggestion="move them into the folder of their class",
        )
    return found


def _walk(folder: Path) -> Iterator[Path]:
    """Picture files below a folder, by name; hidden files and folders are none.

    Those that nothing here decodes are among them: they are told, not lost in silence.
    """
    for child in _children(folder):
        if child.is_dir():
            if not child.is_symlink():
                yield from _walk(child)
        elif child.suffix.lower() in SUFFIXES + OTHER_SUFFIXES:
            yield child


def folders_without_pictures(source: Path) -> tuple[str, ...]:
    """Names of the folders that would be classes if they held a picture."""
    if not source.is_dir() or any(os.path.lexists(source / name) for name in LISTS):
        return ()
    parts = _part_folders(source)
    roots = list(parts) if "train" in parts.values() else [source]
    folders = [child for root in roots for child in _children(root) if child.is_dir()]
    empty = [child for child in folders if next(_walk(child), None) is None]
    return tuple(child.relative_to(source).as_posix() for child in empty)


def _children(folder: Path) -> list[Path]:
    try:
        children = sorted(folder.iterdir(), key=lambda path: _natural(path.name))
    except OSError as error:
        raise DataError(f"{folder} cannot be read", found=error.strerror) from error
    return [child for child in children if not child.name.startswith((".", "__MACOSX"))]


def _in_list(source: Path) -> Iterator[Entry]:
    """Entries of a CSV or JSON lines file; paths count from its folder."""
    try:
        text = regular.read_text(source)
        is_json = source.suffix.lower() in _JSON_SUFFIXES or text.lstrip()[:1] in ("{", "[")
        rows = list(_json_rows(text) if is_json else _csv_rows(text))
        for number, row in enumerate(rows, 1):
            yield _entry_of(source.parent, row, number)
    except (OSError, UnicodeDecodeError, csv.Error, ValueError, KeyError, TypeError) as error:
        reason = error.strerror if isinstance(error, OSError) else None
        raise DataError(
            f"{source} is no list of pictures",
            found=reason or f"{type(error).__name__}: {error}"[:200],
            allowed="CSV with the columns path and label, perhaps group and split (train, val, "
            "test); or a JSON object with these in each line",
        ) from error


def _csv_rows(text: str) -> Iterator[Mapping[str, Any]]:
    """Rows by the names of their columns, between what separates those of the first line."""
    written = text.splitlines()
    for separator in _SEPARATORS:
        lines = [row for row in csv.reader(written, delimiter=separator) if any(row)]
        header = [_COLUMNS.get(cell.strip().lower()) for cell in lines[0]] if lines else []
        if "path" in header and "label" in header:
            lines = lines[1:]
            break
    else:
        lines = [row for row in csv.reader(written) if any(row)]
        header = ["path", "label", "group", "split"]
    for row in lines:
        if len(row) < 2:
            raise ValueError(f"a line of one cell: {row[0][:60]!r}")
        yield {name: cell for name, cell in zip(header, row, strict=False) if name is not None}


def _json_rows(text: str) -> Iterator[Mapping[str, Any]]:
    for line in text.splitlines():
        if line.strip():
            row = json.loads(line)
            if not isinstance(row, dict):
                raise TypeError(f"a line that is no object: {line[:60]}")
            yield {_COLUMNS.get(str(key).lower(), str(key)): value for key, value in row.items()}


def _entry_of(folder: Path, row: Mapping[str, Any], number: int) -> Entry:
    values = {name: _text(row.get(name), number) for name in ("path", "label", "group", "split")}
    path, label, split = values["path"], values["label"], values["split"]
    if path is None or label is None:
        raise ValueError(f"entry {number} has no {'path' if path is None else 'label'}")
    part = None if split is None else part_named(split)
    if split is not None and part is None:
        raise ValueError(f"entry {number} has the split {split!r}, not {', '.join(get_args(Part))}")
    return Entry(_located(folder, path), path, label, values["group"], part)


def _located(folder: Path, path: str) -> Path:
    """Where a listed picture lies; lists that are written on Windows have backslashes."""
    as_written = folder / path
    is_foreign = "\\" in path and os.sep != "\\" and not os.path.lexists(as_written)
    return folder / path.replace("\\", "/") if is_foreign else as_written


def _text(value: Any, number: int) -> str | None:
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise TypeError(f"entry {number}: {value!r} is no text")
    return str(value).strip()


def grouped(found: Sequence[Entry], group_by: str) -> tuple[Entry, ...]:
    """The same pictures, each with the group that a regular expression finds in its name.

    Raises:
        DataError: the expression is none, or matches no name.
    """
    try:
        pattern = re.compile(group_by)
    except re.error as error:
        raise DataError(
            "--group-by is no regular expression", found=f"{group_by}: {error}"
        ) from error
    entries = []
    for entry in found:
        match = pattern.search(entry.name)
        text = match and (match[1] if pattern.groups else match[0])
        entries.append(replace(entry, group=text or entry.group))
    if all(entry.group is None for entry in entries):
        raise DataError(
            "--group-by matches no picture",
            found=f"{group_by}, in names such as {found[0].name}",
            allowed="an expression whose first parentheses, or all of it, name the group",
        )
    return tuple(entries)


def _what_is_there(source: Path) -> str:
    if not source.is_dir():
        return "a list without entries"
    inside = list(source.rglob("*"))
    files = {path.suffix.lower() or path.name for path in inside if not path.is_dir()}
    folders = {path.name for path in inside if path.is_dir()}
    kinds = (("files", files), ("folders", folders))
    told = [f"{kind} {', '.join(sorted(names)[:8])}" for kind, names in kinds if names]
    return ", ".join(told) or "an empty folder"
