"""A user's own pictures: how they are found, decoded, scaled and divided."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import asdict, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from cbcnn_inputs.datasets import load_images
from cbcnn_inputs.errors import DataError, ModelFileError, UsageError
from cbcnn_inputs.metadata import ModelMetadata
from cbcnn_inputs.own_pictures import PictureFit, alike
from cbcnn_inputs.own_pictures.collect import collect
from cbcnn_inputs.own_pictures.decode import decode
from cbcnn_inputs.own_pictures.divide import set_aside
from cbcnn_inputs.own_pictures.fit import Division
from cbcnn_inputs.own_pictures.known import Known
from cbcnn_inputs.own_pictures.listing import class_names_of, find_pictures
from cbcnn_inputs.own_pictures.load import load_own_pictures
from cbcnn_inputs.own_pictures.scale import fitted, scale
from examples.draw_pictures import SHAPES, write_shapes

FIT = PictureFit(16, 12, "crop", "rgb")


@pytest.fixture(scope="module")
def shapes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_shapes(tmp_path_factory.mktemp("pictures"), 20)


def exact(picture: np.ndarray[Any, Any], height: int, width: int) -> np.ndarray[Any, Any]:
    """Scaling by its definition, in fractions, pixel by pixel."""

    def weights(before: int, after: int, index: int) -> list[Fraction]:
        if after <= before:
            low, high = Fraction(index * before, after), Fraction((index + 1) * before, after)
            return [
                max(Fraction(0), min(high, Fraction(j + 1)) - max(low, Fraction(j)))
                * Fraction(after, before)
                for j in range(before)
            ]
        middle = Fraction(2 * index + 1, 2) * Fraction(before, after) - Fraction(1, 2)
        middle = min(max(middle, Fraction(0)), Fraction(before - 1))
        left, part = int(middle), middle - int(middle)
        found = [Fraction(0)] * before
        found[left] += 1 - part
        found[min(left + 1, before - 1)] += part
        return found

    result = np.empty((height, width), np.uint8)
    for row in range(height):
        down = weights(picture.shape[0], height, row)
        for column in range(width):
            across = weights(picture.shape[1], width, column)
            total = sum(
                a * b * int(picture[y, x])
                for y, a in enumerate(down)
                if a
                for x, b in enumerate(across)
                if b
            )
            result[row, column] = int(total + Fraction(1, 2))
    return result


@given(st.tuples(*[st.integers(1, 9)] * 4), st.integers(0, 2**32 - 1))
def test_a_scaled_pixel_is_the_exact_mean_rounded_half_up(
    sizes: tuple[int, int, int, int], seed: int
) -> None:
    h, w, height, width = sizes
    picture = np.random.default_rng(seed).integers(0, 256, (h, w)).astype(np.uint8)
    np.testing.assert_array_equal(scale(picture, height, width), exact(picture, height, width))


def test_colours_are_scaled_one_by_one_and_a_size_of_its_own_changes_nothing() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (7, 9, 3)).astype(np.uint8)
    np.testing.assert_array_equal(scale(picture, 7, 9), picture)
    for channel in range(3):
        np.testing.assert_array_equal(
            scale(picture, 4, 12)[..., channel], scale(picture[..., channel], 4, 12)
        )


def test_fits_keep_the_middle_the_whole_or_the_proportions() -> None:
    picture = np.zeros((10, 30), np.uint8)
    picture[:, 10:20] = 200
    crop = fitted(picture, PictureFit(10, 10, "crop", "grey"))
    assert (crop == 200).all()
    pad = fitted(picture, PictureFit(30, 30, "pad", "grey"))
    assert (pad[:10] == 0).all()
    np.testing.assert_array_equal(pad[10:20], picture)
    assert (pad[20:] == 0).all()
    stretch = fitted(picture, PictureFit(3, 5, "stretch", "grey"))
    assert stretch.tolist() == [[0, 200, 0]] * 5
    assert fitted(picture, FIT).shape == (12, 16, 3)


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda: Image.new("1", (2, 1), 1), [[255, 255]]),
        (lambda: Image.new("L", (2, 1), 7), [[7, 7]]),
        (lambda: Image.new("RGB", (1, 1), (1, 2, 3)), [[[1, 2, 3]]]),
        (lambda: Image.new("RGBA", (1, 1), (10, 20, 30, 0)), [[[255, 255, 255]]]),
        (lambda: Image.new("RGBA", (1, 1), (10, 20, 30, 255)), [[[10, 20, 30]]]),
        (lambda: Image.new("LA", (1, 1), (9, 255)), [[9]]),
        (lambda: Image.fromarray(np.array([[0x1234, 0xFFFF]], np.uint16)), [[0x12, 0xFF]]),
        (lambda: Image.new("P", (1, 1), 0), [[[0, 0, 0]]]),
    ],
)
def test_pictures_of_every_kind_are_decoded(
    make: Callable[[], Image.Image], expected: list[Any], tmp_path: Path
) -> None:
    make().save(tmp_path / "picture.png")
    assert decode(tmp_path / "picture.png").tolist() == expected


@pytest.mark.parametrize("suffix", ["jpg", "bmp", "webp", "ppm"])
def test_every_format_is_decoded(suffix: str, tmp_path: Path) -> None:
    Image.new("RGB", (3, 2), (200, 100, 50)).save(tmp_path / f"a.{suffix}")
    decoded = decode(tmp_path / f"a.{suffix}")
    assert decoded.shape == (2, 3, 3)
    assert np.abs(decoded.astype(int) - (200, 100, 50)).max() <= 8


def test_a_picture_is_turned_as_its_exif_tag_says(tmp_path: Path) -> None:
    picture = Image.new("RGB", (2, 4), (0, 0, 0))
    exif = picture.getexif()
    exif[0x0112] = 6
    picture.save(tmp_path / "turned.jpg", exif=exif)
    assert decode(tmp_path / "turned.jpg").shape == (2, 4, 3)


def test_classes_are_the_uppermost_folders_in_natural_order(tmp_path: Path) -> None:
    content = bytes(cv2.imencode(".png", np.zeros((2, 2), np.uint8))[1])
    for name in ("10/deep/er/a.png", "9/a.png", "2/b.PNG", ".hidden/c.png", "2/notes.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    found = find_pictures(tmp_path)
    assert class_names_of(entry.label or "" for entry in found) == ("2", "9", "10")
    assert [entry.name for entry in found] == ["2/b.PNG", "9/a.png", "10/deep/er/a.png"]


def test_parts_are_read_from_folders_and_lists(shapes: Path, tmp_path: Path) -> None:
    paths = sorted(path for path in shapes.rglob("*") if path.is_file())[:6]
    for part, name in (("train", "a"), ("Validation", "a"), ("test", "b")):
        (tmp_path / part / name).mkdir(parents=True)
        (tmp_path / part / name / "x.jpg").write_bytes(paths[0].read_bytes())
    assert {(e.label, e.part) for e in find_pictures(tmp_path)} == {
        *(("a", "train"), ("a", "val"), ("b", "test"))
    }
    table = tmp_path / "list.csv"
    table.write_text(f"label,File,group,split\nred,{paths[0]},g1,\nblue,{paths[1]},,TEST\n")
    (red, blue) = find_pictures(table)
    assert (red.label, red.group, red.part) == ("red", "g1", None)
    assert (blue.label, blue.group, blue.part) == ("blue", None, "test")
    lines = tmp_path / "list.jsonl"
    lines.write_text(json.dumps({"path": str(paths[0]), "label": 3, "split": "valid"}) + "\n\n")
    (three,) = find_pictures(lines)
    assert (three.label, three.part, three.path) == ("3", "val", paths[0])


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.csv", "path\nx.png\n"),
        ("a.csv", "x.png,1,,sometimes\n"),
        ("a.jsonl", "[1, 2]\n"),
        ("a.jsonl", "{\n"),
        ("a.jsonl", '{"path": "x.png"}\n'),
        ("a.jsonl", '{"path": "x.png", "label": [1]}\n'),
        ("a.jsonl", ""),
    ],
)
def test_a_list_that_is_none_is_one_error(name: str, text: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(DataError) as caught:
        find_pictures(tmp_path / name)
    assert caught.value.allowed


def test_groups_are_never_torn_and_every_class_is_on_both_sides() -> None:
    random = np.random.default_rng(3)
    for _ in range(50):
        groups = random.integers(0, 40, 200).tolist()
        labels = random.integers(0, 4, 200)
        stay, away = set_aside(labels, groups, 0.2, int(random.integers(1000)))
        assert sorted([*stay, *away]) == list(range(200))
        assert not {groups[i] for i in stay} & {groups[i] for i in away}
        assert set(labels[stay]) == set(labels[away]) == set(range(4))
        assert 0.1 <= len(away) / 200 <= 0.45


def test_frames_of_a_video_stay_in_one_part(shapes: Path) -> None:
    found = load_own_pictures(shapes, FIT, None, Division(group_by=r"(\w+/video\d+)_"))
    names = [entry.name.split("_")[0] for entry in found.collected.entries]
    videos = [{names[index] for index in part} for part in found.parts.values()]
    assert all(not one & other for one in videos for other in videos if one is not other)
    assert found.dataset.class_names == SHAPES
    assert sum(map(len, found.parts.values())) == 60


def test_copies_stay_in_one_part_and_are_reported_where_parts_are_given(
    shapes: Path, tmp_path: Path
) -> None:
    for index, path in enumerate(sorted(shapes.rglob("*.*"))):
        for copy in range(2):
            target = tmp_path / "all" / path.parent.name / f"{index}_{copy}{path.suffix}"
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
    found = load_own_pictures(tmp_path / "all", FIT, None, Division())
    parts = {i: part for part, indices in found.parts.items() for i in indices}
    assert all(len({parts[i] for i in group}) == 1 for group in alike.same(found.collected.digests))
    assert not found.warnings
    for part in ("train", "test"):
        (tmp_path / "given" / part).mkdir(parents=True)
        for name in SHAPES:
            (tmp_path / "given" / part / name).symlink_to(shapes / name)
    with pytest.raises(DataError, match="holds no pictures"):
        find_pictures(tmp_path / "given")  # links to folders are not followed
    for part in ("train", "test"):
        write_shapes(tmp_path / "copied" / part, 4, seed=5)
    found = load_own_pictures(tmp_path / "copied", FIT, None, Division())
    assert any("in several parts" in warning for warning in found.warnings)


def test_nearly_equal_pictures_are_found(shapes: Path) -> None:
    picture = decode(next(shapes.rglob("*.png")))
    noisy = np.clip(
        picture.astype(int) + np.random.default_rng(0).integers(-3, 4, picture.shape), 0, 255
    ).astype(np.uint8)
    other = decode(next(shapes.rglob("*.jpg")))
    hashes = [alike.difference_hash(one) for one in (picture, other, noisy)]
    assert list(alike.nearly_same(hashes)) == [(0, 2)]


def test_unreadable_pictures_are_listed_and_left_out_only_on_request(tmp_path: Path) -> None:
    write_shapes(tmp_path, 6)
    broken = tmp_path / "circle" / "broken.png"
    broken.write_bytes(b"no picture")
    with pytest.raises(DataError, match="1 of 19 pictures") as caught:
        collect(tmp_path, FIT)
    assert "circle/broken.png: no picture in a known format" in str(caught.value)
    assert "--skip-bad" in str(caught.value)
    found = load_own_pictures(tmp_path, FIT, None, Division(), skip_bad=True)
    assert len(found.collected) == 18
    assert any("broken.png is left out" in warning for warning in found.warnings)


@pytest.mark.parametrize(
    ("pictures", "match"),
    [
        ({}, "holds no pictures"),
        ({"a": 5}, "a single class"),
        ({"a": 5, "b": 1}, "class b has too few"),
        ({"a": 5, "b": 2}, "class b has too few(.|\n)*found +b: 2 pictures\n"),
        ({"a": 1, "b": 5, "c": 2}, "2 classes have too few(.|\n)*a: 1 pictures\n +c: 2 pictures\n"),
    ],
)
def test_a_folder_that_cannot_be_divided_is_one_error(
    pictures: dict[str, int], match: str, tmp_path: Path
) -> None:
    random = np.random.default_rng(0)
    for name, count in pictures.items():
        (tmp_path / name).mkdir()
        for index in range(count):
            picture = random.integers(0, 256, (9, 9)).astype(np.uint8)
            cv2.imwrite(str(tmp_path / name / f"{index}.png"), picture)
    with pytest.raises(DataError) as caught:
        load_own_pictures(tmp_path, FIT, None, Division())
    assert re.search(match, str(caught.value)), str(caught.value)
    assert caught.value.allowed


def test_folders_that_hold_no_picture_are_told(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    with pytest.raises(DataError, match="holds no pictures") as caught:
        find_pictures(tmp_path)
    assert caught.value.found == "folders a"
    write_shapes(tmp_path, 4)
    found = load_own_pictures(tmp_path, FIT, None, Division())
    assert "folders without pictures are no classes: a" in found.warnings
    for part in ("train", "test"):
        write_shapes(tmp_path / "parts" / part, 4, seed=len(part))
    (tmp_path / "parts" / "test" / "hexagon" / "deeper").mkdir(parents=True)
    found = load_own_pictures(tmp_path / "parts", FIT, None, Division())
    assert "folders without pictures are no classes: test/hexagon" in found.warnings


def test_a_picture_in_a_format_that_is_not_read_is_no_less_lost_than_a_damaged_one(
    tmp_path: Path,
) -> None:
    write_shapes(tmp_path, 4)
    for suffix in ("gif", "tiff"):
        Image.new("RGB", (9, 9)).save(tmp_path / "square" / f"one.{suffix}")
    (tmp_path / "square" / "notes.txt").write_text("no picture")
    with pytest.raises(DataError, match="2 of 14 pictures") as caught:
        load_own_pictures(tmp_path, FIT, None, Division())
    assert "square/one.gif: no picture in a known format (PNG," in str(caught.value)


def test_hundreds_of_damaged_pictures_do_not_bury_the_other_warnings(tmp_path: Path) -> None:
    write_shapes(tmp_path, 4)
    for index in range(50):
        (tmp_path / "circle" / f"{index}.png").write_bytes(b"")
    found = load_own_pictures(tmp_path, FIT, None, Division(), skip_bad=True)
    assert len(found.warnings) == 21
    assert "30 more pictures that cannot be read are left out" in found.warnings


def test_a_group_that_a_list_puts_into_several_parts_is_told(shapes: Path, tmp_path: Path) -> None:
    table = tmp_path / "list.csv"
    lines = ["path,label,group,split"]
    for index, path in enumerate(sorted(shapes.rglob("*.*"))):
        part = ("train", "val", "test")[index % 3]
        group = "shared" if index < 2 else part
        lines.append(f"{path},{path.parent.name},{group},{part}")
    table.write_text("\n".join(lines))
    (warning,) = load_own_pictures(table, FIT, None, Division()).warnings
    assert warning.startswith("1 groups are in several parts")
    assert warning.endswith(": shared")


def test_tables_of_spreadsheets_of_any_country_are_read(shapes: Path, tmp_path: Path) -> None:
    paths = [path.relative_to(shapes) for path in sorted(shapes.rglob("*.*"))[:3]]
    for name, separator, mark, slash in (
        *(("comma.csv", ",", "\ufeff", "/"), ("semicolon.csv", ";", "", "/")),
        *(("tab.tsv", "\t", "", "/"), ("windows.csv", ";", "\ufeff", "\\")),
    ):
        rows = [("File", "Class"), *((str(path).replace("/", slash), "red") for path in paths)]
        text = mark + "".join(separator.join(row) + "\r\n" for row in rows)
        (shapes / name).write_text(text, encoding="utf-8")
        found = find_pictures(shapes / name)
        (shapes / name).unlink()
        assert [entry.path for entry in found] == [shapes / path for path in paths], name
        assert {entry.label for entry in found} == {"red"}


def test_pictures_beside_the_class_folders_are_an_error(tmp_path: Path) -> None:
    write_shapes(tmp_path, 3)
    cv2.imwrite(str(tmp_path / "lost.png"), np.zeros((4, 4), np.uint8))
    with pytest.raises(DataError, match="have no class") as caught:
        find_pictures(tmp_path)
    assert "lost.png" in str(caught.value)


def test_an_archive_of_arrays_is_taken(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    path = tmp_path / "own.npz"
    arrays = {"images": random.integers(0, 256, (30, 20, 24, 3)).astype(np.uint8)}
    labels = np.arange(30) % 3
    np.savez(path, labels=labels, class_names=np.array(SHAPES), **arrays)
    found = load_own_pictures(path, FIT, None, Division())
    assert found.dataset.class_names == SHAPES
    assert found.dataset.train.images.shape[1:] == (12, 16, 3)
    loaded = load_images(path, 5, (12, 16, 1), Known(FIT, SHAPES))
    assert loaded.images.shape == (5, 12, 16, 3)
    assert loaded.labels is not None
    assert loaded.labels.tolist() == labels[:5].tolist()
    np.savez(path, labels=labels + 1, class_names=np.array(SHAPES), **arrays)
    with pytest.raises(DataError, match="class names"):
        load_own_pictures(path, FIT, None, Division())


def test_data_for_a_model_take_its_preparation_and_its_class_names(shapes: Path) -> None:
    loaded = load_images(shapes, None, (12, 16, 1), Known(FIT, SHAPES))
    assert loaded.images.shape == (60, 12, 16, 3)
    assert loaded.labels is not None
    assert np.bincount(loaded.labels).tolist() == [20, 20, 20]
    one = next(shapes.rglob("*.png"))
    np.testing.assert_array_equal(
        load_images(one, known=Known(FIT, SHAPES)).images[0], fitted(decode(one), FIT)
    )
    with pytest.raises(DataError, match="does not know") as caught:
        load_images(shapes, known=Known(FIT, ("circle", "square")))
    assert "triangle" in str(caught.value)


def test_a_model_s_data_leave_out_what_cannot_be_read_only_on_request(tmp_path: Path) -> None:
    write_shapes(tmp_path, 3)
    (tmp_path / "square" / "torn.png").write_bytes(b"")
    with pytest.raises(DataError, match="1 of 10 pictures"):
        load_images(tmp_path, known=Known(FIT, SHAPES))
    loaded = load_images(tmp_path, known=Known(FIT, SHAPES), skip_bad=True)
    assert (len(loaded.images), [bad.name for bad in loaded.bad]) == (9, ["square/torn.png"])
    with pytest.raises(UsageError, match="--skip-bad would have no effect"):
        load_images(tmp_path, skip_bad=True)


def test_a_number_that_no_class_has_is_an_unknown_label() -> None:
    with pytest.raises(DataError, match="does not know") as caught:
        Known().numbers(["3", "9" * 30], "a list")
    assert "9" * 30 in str(caught.value)


def test_a_folder_of_class_names_labels_images_of_the_model_s_size(tmp_path: Path) -> None:
    for name in SHAPES:
        (tmp_path / name).mkdir()
        cv2.imwrite(str(tmp_path / name / "a.png"), np.zeros((8, 8), np.uint8))
    loaded = load_images(tmp_path, known=Known(None, SHAPES))
    assert loaded.labels is not None
    assert loaded.labels.tolist() == [0, 1, 2]


def test_only_the_test_part_of_known_pictures_counts(shapes: Path, tmp_path: Path) -> None:
    found = load_own_pictures(shapes, FIT, None, Division(group_by=r"video(\d+)"))
    known = Known(FIT, SHAPES, found.dataset.division)
    again = load_images(shapes, None, None, known)
    np.testing.assert_array_equal(again.images, found.dataset.test.images)
    assert "test pictures" in again.description
    for division in (
        replace(found.dataset.division or Division(), group_by=None),  # other groups
        replace(found.dataset.division or Division(), group_by="(nowhere)"),
    ):
        assert len(load_images(shapes, None, None, Known(FIT, SHAPES, division)).images) == 60
    other = write_shapes(tmp_path, 4, seed=9)
    assert len(load_images(other, None, None, known).images) == 12


def test_metadata_keep_preparation_and_division() -> None:
    facts = ModelMetadata("uint8", pictures=FIT, division=Division(0.1, 0.2, "(x)", 3, "ab"))
    assert ModelMetadata.from_json(facts.to_json()) == facts
    assert "pictures" not in ModelMetadata("uint8").to_json()
    for name, value in (
        ("pictures", {**asdict(FIT), "fit": "squeeze"}),
        ("pictures", {**asdict(FIT), "width": 0}),
        ("pictures", {**asdict(FIT), "depth": 1}),
        ("pictures", [1]),
        ("division", {**asdict(Division()), "seed": "0"}),
        ("division", None),
        ("rejection", {"rate": 0.1}),
        ("rejection", {"rate": 0.1, "lead": float("nan")}),
    ):
        raw = json.loads(facts.to_json())
        raw[name] = value
        with pytest.raises(ModelFileError, match="metadata"):
            ModelMetadata.from_json(json.dumps(raw))
