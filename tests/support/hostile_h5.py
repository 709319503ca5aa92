"""HDF5 files whose arrays are elsewhere, not there, or without end."""

from __future__ import annotations

import io
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np

SECRET = 0.8125
"""What every value of the file beside the model is."""


def write_secret(path: Path) -> None:
    """A file beside the model, with a dataset that fits every weight of 3x3x1x4."""
    with h5py.File(path, "w") as file:
        file["kernel"] = np.full((3, 3, 1, 4), SECRET, np.float32)


def draw(rng: random.Random, content: bytes, secret: Path) -> tuple[bytes, str]:
    """The same file with the kernel of its first convolution replaced."""
    what = rng.choice(list(_KINDS))
    image = io.BytesIO(content)
    with h5py.File(image, "r+", libver="latest" if rng.random() < 0.2 else None) as file:
        path = find_kernel(file)
        group, name = file[path].parent, path.rsplit("/", 1)[1]
        values = file[path][()]
        del group[name]
        _KINDS[what](group, name, values, secret)
    return image.getvalue(), what


def find_kernel(file: h5py.File) -> str:
    """Where the kernel of the first convolution is, in either format."""
    found: list[str] = []

    def visit(path: str, item: Any) -> None:
        if isinstance(item, h5py.Dataset) and item.shape == (3, 3, 1, 4):
            found.append(path)

    file.visititems(visit)
    return found[0]


def _external_link(group: Any, name: str, values: Any, secret: Path) -> None:
    group[name] = h5py.ExternalLink(str(secret), "/kernel")


def _soft_link(group: Any, name: str, values: Any, secret: Path) -> None:
    group.file["elsewhere"] = values
    group[name] = h5py.SoftLink("/elsewhere")


def _dangling(group: Any, name: str, values: Any, secret: Path) -> None:
    group[name] = h5py.SoftLink("/nowhere")


def _virtual(group: Any, name: str, values: Any, secret: Path) -> None:
    layout = h5py.VirtualLayout(values.shape, np.float32)
    layout[...] = h5py.VirtualSource(str(secret), "kernel", values.shape)
    group.create_virtual_dataset(name, layout)


def _external_storage(group: Any, name: str, values: Any, secret: Path) -> None:
    group.create_dataset(name, values.shape, "f4", external=[(str(secret), 0, values.nbytes)])


def _no_values(group: Any, name: str, values: Any, secret: Path) -> None:
    group.create_dataset(name, values.shape, "f4")


def _huge(group: Any, name: str, values: Any, secret: Path) -> None:
    group.create_dataset(name, (2**20, 2**20, 2**10), "f4", chunks=(64, 64, 64))


def _bomb(group: Any, name: str, values: Any, secret: Path) -> None:
    group.create_dataset(name, (2**13, 2**13), "f4", chunks=(2**10, 2**10), compression="gzip")
    group[name][:1024, :1024] = 0


def _text(group: Any, name: str, values: Any, secret: Path) -> None:
    group[name] = np.full(values.shape, b"os.system")


def _references(group: Any, name: str, values: Any, secret: Path) -> None:
    group.create_dataset(name, values.shape, h5py.ref_dtype)


def _compound(group: Any, name: str, values: Any, secret: Path) -> None:
    group[name] = np.zeros(values.shape, np.dtype([("a", "f4"), ("b", "S8")]))


def _circle(group: Any, name: str, values: Any, secret: Path) -> None:
    group[name] = group


def _not_finite(group: Any, name: str, values: Any, secret: Path) -> None:
    group[name] = np.full(values.shape, np.nan, np.float32)


def _other_shape(group: Any, name: str, values: Any, secret: Path) -> None:
    group[name] = values.reshape(-1)


_KINDS: dict[str, Callable[[Any, str, Any, Path], None]] = {
    "an external link": _external_link,
    "a soft link": _soft_link,
    "a link to nothing": _dangling,
    "a virtual dataset": _virtual,
    "values in another file": _external_storage,
    "no values": _no_values,
    "a dataset without end": _huge,
    "a compressed bomb": _bomb,
    "text for numbers": _text,
    "references for numbers": _references,
    "records for numbers": _compound,
    "a group in itself": _circle,
    "NaN": _not_finite,
    "another shape": _other_shape,
}
