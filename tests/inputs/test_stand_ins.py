"""What people have in the place of a model is named, with the way from there to a model."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import os
import pickle
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest

from cbcnn_inputs.errors import ModelFileError
from cbcnn_inputs.model_files import open_model_file
from support.commands import SIGNS, assert_clean_error, codegen

MODEL = (SIGNS / "model.h5").read_bytes()
ONNX = b"\x08\x06\x12\x07pytorch\x1a\x031.7:\xf3\xe6\x0e"
LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"7" * 64 + b"\nsize 1234567\n"


def npy() -> bytes:
    file = io.BytesIO()
    np.save(file, np.zeros(3))
    return file.getvalue()


def zipped(*names: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in names:
            archive.writestr(name, b"content")
    return file.getvalue()


def tarred() -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("model.h5"))
    return file.getvalue()


def weights_alone() -> bytes:
    file = io.BytesIO()
    with h5py.File(file, "w") as weights:
        weights.create_group("layers/dense/vars")
    return file.getvalue()


FILES: dict[str, tuple[bytes, str, str]] = {
    "a git-LFS pointer": (LFS, "git-LFS", "git lfs pull"),
    "a web page": (b"\n<!DOCTYPE html>\n<html lang=en>", "web page", "download"),
    "a page without a type": (b"<html><head>", "web page", "download"),
    "a storage's answer": (b'<?xml version="1.0"?><Error>', "web page", "download"),
    "gzip": (gzip.compress(MODEL), "gzip", "gunzip < "),
    "bzip2": (bz2.compress(MODEL), "bzip2", "bunzip2 < "),
    "xz": (lzma.compress(MODEL), "xz", "unxz < "),
    "zstd": (b"\x28\xb5\x2f\xfd\x04", "zstd", "unzstd < "),
    "7z": (b"7z\xbc\xaf\x27\x1c", "packed archive", "unpack"),
    "tar": (tarred(), "tar archive", "tar -xf"),
    "TensorFlow Lite": (b"\x1c\0\0\0TFL3", ".tflite", "converted from"),
    "a graph of a SavedModel": (b"\x08\x01\x12\x9a", "SavedModel", "load_model"),
    "ONNX": (ONNX, "ONNX", "converted from"),
    "old PyTorch": (pickle.dumps({}, protocol=2), "PyTorch", "Larq"),
    "PyTorch": (zipped("archive/data.pkl", "archive/version"), "PyTorch", "Larq"),
    "safetensors": (b"\x40\0\0\0\0\0\0\0" + b'{"w":', "weights alone", "Larq"),
    "an array": (npy(), "NumPy array", "model.save("),
    "arrays": (zipped("weights.npy"), "NumPy arrays", "model.save("),
    "a zipped SavedModel": (zipped("m/saved_model.pb"), "SavedModel", "load_model"),
    "a zipped model": (zipped("best/model.h5"), "model file in it", "unpack"),
    "JSON": (json.dumps({"class_name": "Sequential"}).encode(), "architecture", "model.save("),
    "weights alone": (weights_alone(), "weights alone", "load_weights"),
    "nothing": (b"", "empty", "again"),
    "something else": (b"GIF89a", "b'GIF89a'", "model.save("),
}


@pytest.mark.parametrize("what", FILES)
def test_a_file_in_the_place_of_a_model_is_named_with_its_cure(what: str, tmp_path: Path) -> None:
    content, found, cure = FILES[what]
    path = tmp_path / "model.h5"
    path.write_bytes(content)
    with pytest.raises(ModelFileError) as refused:
        open_model_file(path)
    assert found in str(refused.value.found)
    assert cure in str(refused.value.suggestion)


FOLDERS: dict[str, tuple[str, str, str]] = {
    "a SavedModel": ("saved_model.pb", "SavedModel", ".save('model.h5')"),
    "an unpacked archive": ("model.weights.h5", "unpacked .keras", "zip -0"),
    "checkpoints": ("ckpt-1.index", "checkpoints", "model.save("),
    "TensorFlow.js": ("model.json", "TensorFlow.js", "converted from"),
    "models": ("best.keras", ".keras files", "name one"),
    "anything": ("notes.txt", "a folder", "model.save("),
}


@pytest.mark.parametrize("what", FOLDERS)
def test_a_folder_in_the_place_of_a_model_is_named_with_its_cure(what: str, tmp_path: Path) -> None:
    content, found, cure = FOLDERS[what]
    (tmp_path / content).touch()
    with pytest.raises(ModelFileError) as refused:
        open_model_file(tmp_path)
    assert found in str(refused.value.found)
    assert cure in str(refused.value.suggestion)


@pytest.mark.parametrize("make", [lambda path: path.mkdir(), lambda path: path.write_bytes(LFS)])
def test_the_command_says_so_in_one_clean_error(
    make: Callable[[Path], object], tmp_path: Path
) -> None:
    path = tmp_path / "model"
    make(path)
    assert_clean_error(codegen(path, "--target", "host", "-o", tmp_path / "out"), 3, "try")


def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "model.h5")
    with pytest.raises(ModelFileError) as refused:
        open_model_file(tmp_path / "model.h5")
    assert refused.value.found == "a pipe or device"
