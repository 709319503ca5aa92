"""Limits beyond which a model file counts as damaged or hostile.

The reader compares every size that a file declares with one of these before it takes memory. They
are far above what any microcontroller holds, and far below what hurts a small machine.
"""

from __future__ import annotations

from typing import Final

MAX_FILE_BYTES: Final = 1 << 28
"""Bytes of the file, and of the weights inside a `.keras` archive."""

MAX_JSON_BYTES: Final = 1 << 24
"""Bytes of the architecture, of the metadata and of any other text."""

MAX_ARCHIVE_MEMBERS: Final = 4096

MAX_VALUES: Final = 1 << 25
"""Values of one weight array or one activation map."""

MAX_DIMENSION: Final = 1 << 20
"""Length of one axis: rows, columns, channels, filters, units."""

MAX_LAYERS: Final = 4096

MAX_NESTED_MODELS: Final = 8

MAX_OBJECTS: Final = 1 << 16
"""Groups and datasets of one HDF5 file."""

MAX_DEPTH: Final = 64
"""Nesting of groups."""

MAX_CHUNKS: Final = 1 << 16
"""Chunks of one HDF5 dataset."""

MAX_NAME_LENGTH: Final = 256

MAX_QUOTED_LENGTH: Final = 160
"""Characters of a value from the file that a message repeats."""


def quote(value: object) -> str:
    """A value of the file as a message shows it: printable and short."""
    try:
        text = repr(value)
    except RecursionError:
        text = f"a {type(value).__name__} of many in each other"
    if len(text) > MAX_QUOTED_LENGTH:
        return text[: MAX_QUOTED_LENGTH - 3] + "..."
    return text
