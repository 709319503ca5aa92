"""The sixteen flat signs of the synthetic data set, in the style of the Vienna convention."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

SIDE: Final = 128
_CENTRE: Final = (SIDE // 2, SIDE // 2)
_RED: Final = (200, 20, 30)
_WHITE: Final = (245, 245, 245)
_BLACK: Final = (20, 20, 20)
_BLUE: Final = (20, 70, 180)
_YELLOW: Final = (250, 200, 20)

Face = NDArray[np.uint8]
Colour = tuple[int, int, int]


def draw(label: int) -> tuple[Face, Face]:
    """RGB picture uint8 [128, 128, 3] of one sign and its outline uint8 [128, 128], 0 or 255."""
    _, paint, outline = _SIGNS[label]
    face = np.zeros((SIDE, SIDE, 3), np.uint8)
    paint(face)
    mask = np.zeros((SIDE, SIDE), np.uint8)
    outline(mask)
    return face, mask


def _polygon(points: Sequence[tuple[float, float]]) -> NDArray[np.int32]:
    """Corner points given in hundredths of the side, in pixels."""
    corners: NDArray[np.int32] = np.rint(np.array(points) * SIDE / 100).astype(np.int32)
    return corners


def _regular(corners: int, radius: float, turn: float) -> NDArray[np.int32]:
    angles = np.deg2rad(turn) + np.arange(corners) * 2 * np.pi / corners
    return _polygon([(50 + radius * np.cos(a), 50 + radius * np.sin(a)) for a in angles])


_UP_TRIANGLE: Final = _polygon([(50, 6), (98, 92), (2, 92)])
_DOWN_TRIANGLE: Final = _polygon([(50, 94), (98, 8), (2, 8)])
_OCTAGON: Final = _regular(8, 50, 22.5)
_DIAMOND: Final = _regular(4, 50, 0)


def _disc_outline(mask: Face) -> None:
    cv2.circle(mask, _CENTRE, 62, 255, -1)


def _square_outline(mask: Face) -> None:
    cv2.rectangle(mask, (6, 6), (SIDE - 7, SIDE - 7), 255, -1)


def _polygon_outline(points: NDArray[np.int32]) -> Callable[[Face], None]:
    def paint(mask: Face) -> None:
        cv2.fillPoly(mask, [points], 255)

    return paint


def _disc(face: Face, rim: Colour, inside: Colour) -> None:
    cv2.circle(face, _CENTRE, 64, rim, -1)
    cv2.circle(face, _CENTRE, 46, inside, -1)


def _speed_limit(text: str) -> Callable[[Face], None]:
    def paint(face: Face) -> None:
        _disc(face, _RED, _WHITE)
        _write(face, text, 1.9, _BLACK, 6)

    return paint


def _write(face: Face, text: str, scale: float, colour: Colour, thickness: int) -> None:
    font = cv2.FONT_HERSHEY_SIMPLEX
    (width, height), _ = cv2.getTextSize(text, font, scale, thickness)
    origin = (_CENTRE[0] - width // 2, _CENTRE[1] + height // 2)
    cv2.putText(face, text, origin, font, scale, colour, thickness, cv2.LINE_AA)


def _stop(face: Face) -> None:
    face[:] = _WHITE
    cv2.fillPoly(face, [_regular(8, 46, 22.5)], _RED)
    _write(face, "STOP", 1.15, _WHITE, 5)


def _give_way(face: Face) -> None:
    face[:] = _RED
    cv2.fillPoly(face, [_polygon([(50, 74), (82, 19), (18, 19)])], _WHITE)


def _no_entry(face: Face) -> None:
    face[:] = _RED
    cv2.rectangle(face, (22, 52), (106, 76), _WHITE, -1)


def _no_vehicles(face: Face) -> None:
    _disc(face, _RED, _WHITE)


def _priority_road(face: Face) -> None:
    face[:] = _WHITE
    cv2.fillPoly(face, [_regular(4, 33, 0)], _YELLOW)


def _arrow(points: Sequence[tuple[float, float]]) -> Callable[[Face], None]:
    def paint(face: Face) -> None:
        face[:] = _BLUE
        cv2.fillPoly(face, [_polygon(points)], _WHITE)

    return paint


_UP_ARROW: Final = [(43, 86), (43, 44), (26, 44), (50, 12), (74, 44), (57, 44), (57, 86)]
_LEFT_ARROW: Final = [(86, 57), (44, 57), (44, 74), (12, 50), (44, 26), (44, 43), (86, 43)]
_RIGHT_ARROW: Final = [(100 - x, y) for x, y in _LEFT_ARROW]


def _warning(face: Face) -> None:
    face[:] = _RED
    cv2.fillPoly(face, [_polygon([(50, 26), (82, 83), (18, 83)])], _WHITE)


def _danger(face: Face) -> None:
    _warning(face)
    cv2.line(face, (64, 58), (64, 84), _BLACK, 10)
    cv2.circle(face, (64, 98), 6, _BLACK, -1)


def _crossroads(face: Face) -> None:
    _warning(face)
    cv2.line(face, (48, 66), (80, 102), _BLACK, 8)
    cv2.line(face, (80, 66), (48, 102), _BLACK, 8)


def _parking(face: Face) -> None:
    face[:] = _BLUE
    _write(face, "P", 3.4, _WHITE, 12)


def _end_of_restrictions(face: Face) -> None:
    face[:] = _WHITE
    cv2.circle(face, _CENTRE, 60, _BLACK, 3)
    for offset in (-12, 0, 12):
        cv2.line(face, (24 + offset, 106 + offset), (104 + offset, 22 + offset), _BLACK, 5)


def _pedestrian_crossing(face: Face) -> None:
    face[:] = _BLUE
    cv2.fillPoly(face, [_polygon([(50, 16), (86, 84), (14, 84)])], _WHITE)
    cv2.circle(face, (64, 56), 7, _BLACK, -1)
    cv2.line(face, (64, 62), (64, 82), _BLACK, 8)
    cv2.line(face, (64, 82), (52, 100), _BLACK, 6)
    cv2.line(face, (64, 82), (76, 100), _BLACK, 6)


_SIGNS: Final[tuple[tuple[str, Callable[[Face], None], Callable[[Face], None]], ...]] = (
    ("speed limit 30", _speed_limit("30"), _disc_outline),
    ("speed limit 50", _speed_limit("50"), _disc_outline),
    ("speed limit 80", _speed_limit("80"), _disc_outline),
    ("stop", _stop, _polygon_outline(_OCTAGON)),
    ("give way", _give_way, _polygon_outline(_DOWN_TRIANGLE)),
    ("no entry", _no_entry, _disc_outline),
    ("no vehicles", _no_vehicles, _disc_outline),
    ("priority road", _priority_road, _polygon_outline(_DIAMOND)),
    ("ahead only", _arrow(_UP_ARROW), _disc_outline),
    ("turn left", _arrow(_LEFT_ARROW), _disc_outline),
    ("turn right", _arrow(_RIGHT_ARROW), _disc_outline),
    ("danger", _danger, _polygon_outline(_UP_TRIANGLE)),
    ("crossroads", _crossroads, _polygon_outline(_UP_TRIANGLE)),
    ("parking", _parking, _square_outline),
    ("end of restrictions", _end_of_restrictions, _disc_outline),
    ("pedestrian crossing", _pedestrian_crossing, _square_outline),
)
CLASS_NAMES: Final = tuple(name for name, _, _ in _SIGNS)
