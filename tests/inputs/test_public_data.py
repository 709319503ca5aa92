"""The complete public data sets, where the environment variable CBCNN_DATA says they are."""

from __future__ import annotations

import os
from pathlib import Path

import cv2
import numpy as np
import pytest

from cbcnn_inputs import datasets, preprocessing
from cbcnn_inputs.metadata import ImageCompression

FOLDER = os.environ.get("CBCNN_DATA")
if FOLDER is None and os.environ.get("CI"):
    pytest.fail("CBCNN_DATA must name the data sets in continuous integration", pytrace=False)
pytestmark = pytest.mark.skipif(FOLDER is None, reason="CBCNN_DATA does not name the data sets")


@pytest.mark.parametrize(
    ("name", "shape", "sizes"),
    [
        ("mnist", (28, 28), (60_000, 10_000)),
        ("fashion-mnist", (28, 28), (60_000, 10_000)),
        ("gtsrb", (32, 32, 3), (39_209, 12_630)),
    ],
)
def test_a_public_data_set_is_complete(
    name: str, shape: tuple[int, ...], sizes: tuple[int, int]
) -> None:
    dataset = datasets.load(name, Path(FOLDER or ""))
    inner, outer = dataset.train, dataset.validation
    assert (len(inner.labels) + len(outer.labels), len(dataset.test.labels)) == sizes
    for part in (inner, outer, dataset.test):
        assert part.images.shape[1:] == shape
        assert set(part.labels) == set(range(len(dataset.class_names)))
    assert 0.08 < len(outer.labels) / sizes[0] < 0.12


def test_the_block_equals_opencv_on_every_gtsrb_test_image() -> None:
    images = datasets.load_images(Path(FOLDER or "") / "gtsrb").images
    block = ImageCompression(luma=True, equalise=True, standardise_scale=None)
    found = preprocessing.apply(block, images)
    for plane, image in zip(found, images, strict=True):
        grey = cv2.equalizeHist(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY))
        np.testing.assert_array_equal(plane[..., 0], grey)
