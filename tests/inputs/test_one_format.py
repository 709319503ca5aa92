"""A file that is two formats at once is refused, whichever half looks harmless."""

from __future__ import annotations

import io
import json
import struct
import warnings
import zipfile
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from cbcnn_inputs.errors import ModelFileError
from cbcnn_inputs.model_files import open_model_file
from support.commands import SIGNS

H5 = (SIGNS / "model.h5").read_bytes()
CONFIG = json.dumps({"class_name": "Sequential", "config": {"name": "m", "layers": []}})


def weights(**options: Any) -> bytes:
    file = io.BytesIO()
    with h5py.File(file, "w", **options) as content:
        content.attrs["model_config"] = CONFIG
        content.create_group("layers")
    return file.getvalue()


def archive(*extra: tuple[str, bytes], comment: bytes = b"") -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as members, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of two members of one name
        members.writestr("metadata.json", "{}")
        members.writestr("config.json", CONFIG)
        members.writestr("model.weights.h5", weights())
        for name, content in extra:
            members.writestr(name, content)
        members.comment = comment
    return file.getvalue()


def h5_that_ends_as_an_archive() -> bytes:
    """The archive is the last dataset of the HDF5 file, so nothing stands behind its end."""
    inner = archive()
    file = io.BytesIO()
    with h5py.File(file, "w") as content:
        content.attrs["model_config"] = CONFIG
        content.create_group("model_weights")
        content.create_dataset("z", data=np.frombuffer(inner, np.uint8))
    image = file.getvalue()
    assert image.endswith(inner), "HDF5 puts the newest data last"
    return image


def archive_in_front_of_h5() -> bytes:
    front = archive()
    assert len(front) < 8192
    return front.ljust(8192, b"\0") + weights()


def archive_around_h5_in_an_extra_field() -> bytes:
    """Bytes that only the header of a member mentions, where HDF5 looks for its start."""
    member = zipfile.ZipInfo("metadata.json")
    member.extra = struct.pack("<HH", 0xCAFE, 4000) + weights().ljust(4000, b"\0")[:4000]
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as members:
        members.writestr(member, "{}")
        members.writestr("config.json", CONFIG)
        members.writestr("model.weights.h5", weights())
    return file.getvalue()


def gap_before_the_directory() -> bytes:
    """The end says where the directory starts, and between the last member and it is a gap."""
    image = archive()
    size, start = struct.unpack_from("<LL", image, len(image) - 10)
    end = image[start + size : -10] + struct.pack("<LLH", size, start + 512, 0)
    return image[:start] + bytes(512) + image[start : start + size] + end


TWO_FORMATS = {
    "an archive behind HDF5": H5 + archive(),
    "an archive with a comment behind HDF5": H5 + archive(comment=b"c" * 500),
    "a byte behind HDF5": H5 + b"\0",
    "new HDF5 with bytes behind it": weights(libver="latest") + b"PK",
    "HDF5 that ends as an archive": h5_that_ends_as_an_archive(),
    "HDF5 behind an archive": archive_in_front_of_h5(),
    "HDF5 in an archive's comment": archive(comment=weights()[:60000]),
    "HDF5 in an extra field": archive_around_h5_in_an_extra_field(),
    "a gap in an archive": gap_before_the_directory(),
    "two archives": archive() + archive(),
    "two members of one name": archive(("config.json", b"{}")),
    "a member that nobody reads": archive(("config.json.bak", weights())),
    "a member outside of the archive": archive(("../config.json", b"{}")),
}


@pytest.mark.parametrize("what", TWO_FORMATS)
def test_what_two_programs_could_read_in_two_ways_is_refused(what: str, tmp_path: Path) -> None:
    path = tmp_path / "model.h5"
    path.write_bytes(TWO_FORMATS[what])
    with pytest.raises(ModelFileError, match=r"from start to end|Keras does not write"):
        open_model_file(path)


@pytest.mark.parametrize("image", [archive(), archive(("assets/", b"")), H5])
def test_what_is_one_format_is_read(image: bytes, tmp_path: Path) -> None:
    path = tmp_path / "model.h5"
    path.write_bytes(image)
    assert open_model_file(path).architecture["class_name"] == "Sequential"


def test_an_archive_of_a_program_that_writes_to_a_pipe_is_read(tmp_path: Path) -> None:
    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as members:
        members.writestr("config.json", CONFIG)
        members.writestr("model.weights.h5", weights())
    (tmp_path / "model.keras").write_bytes(pipe.getvalue())
    assert open_model_file(tmp_path / "model.keras").architecture["class_name"] == "Sequential"


@pytest.mark.parametrize(
    "name",
    ["../x", "/etc/x", "a/../../x", "assets/../x", "assets/../../x", "assets/a/..", "assets\\x"],
)
def test_a_member_that_leaves_its_folder_is_refused(name: str, tmp_path: Path) -> None:
    """Also below the folder that is never opened: another program may unpack it."""
    (tmp_path / "m.keras").write_bytes(archive((name, b"x")))
    with pytest.raises(ModelFileError, match="Keras does not write"):
        open_model_file(tmp_path / "m.keras")
    (tmp_path / "m.keras").write_bytes(archive(("assets/words..txt", b"x")))
    open_model_file(tmp_path / "m.keras")
