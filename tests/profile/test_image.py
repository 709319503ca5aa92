"""The image of a profile is one that the network takes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cbcnn_codegen.errors import DataError, UsageError
from cbcnn_codegen.profile.image import choose_image, choose_images
from cbcnn_codegen.verify.data import Source, load_samples
from cbcnn_codegen.verify.project import Project
from support.commands import SIGNS
from support.generated import generate_code, read_graphs

SAMPLES = SIGNS / "samples"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    folder = tmp_path_factory.mktemp("signs") / "code"
    return generate_code(SIGNS / "model.h5", folder, "cortex-m4", name="signs")


def test_a_chosen_image_is_the_plane_that_verification_uses(project: Project) -> None:
    _, lowered = read_graphs(SIGNS / "model.h5")
    expected = load_samples(SAMPLES, lowered, 6).planes[5:6]
    found = choose_image(project, SAMPLES, 5)
    assert found.source is Source.PLANES
    np.testing.assert_array_equal(found.planes, expected)
    np.testing.assert_array_equal(found.images, expected)


def test_the_made_up_picture_fits_and_is_always_the_same(project: Project) -> None:
    first, second = (choose_image(project, None, 0) for _ in range(2))
    assert first.planes.shape == (1, *project.input.shape)
    assert first.planes.dtype == np.dtype(project.input.dtype)
    assert len(np.unique(first.planes)) > 20
    np.testing.assert_array_equal(first.planes, second.planes)


def test_several_images_are_the_single_ones(project: Project) -> None:
    images = choose_images(project, SAMPLES, 3)
    assert [image.description for image in images] == [f"image {i} of samples" for i in range(3)]
    for index, image in enumerate(images):
        np.testing.assert_array_equal(image.planes, choose_image(project, SAMPLES, index).planes)
    assert len(choose_images(project, SAMPLES, 100_000)) == 20


def test_an_image_that_is_not_there_is_told(project: Project) -> None:
    with pytest.raises(UsageError, match="no image 100000"):
        choose_image(project, SAMPLES, 100_000)


def test_images_of_another_size_are_refused(project: Project, tmp_path: Path) -> None:
    np.savez(tmp_path / "images.npz", images=np.zeros((1, 5, 5, 3), np.uint8))
    with pytest.raises(DataError, match="do not fit"):
        choose_image(project, tmp_path / "images.npz", 0)
