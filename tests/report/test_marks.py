"""Marks can be told apart: by shape, by contrast, and by people who see fewer colours."""

from __future__ import annotations

import itertools
import re
from importlib.resources import files

import numpy as np
import pytest

from ganglion.report._marks import N_COLOURS, colour_of, place, shapes

CSS = files("ganglion.report").joinpath("templates", "report.css").read_text(encoding="utf-8")
LIGHT, DARK = CSS.split("prefers-color-scheme: dark", 1)
# Machado, Oliveira and Fernandes 2009, doi:10.1109/TVCG.2009.113, severity 1.0; applied to linear RGB.
SIGHT = {
    "full": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
}


def linear(colour):
    """Linear RGB of #rrggbb (IEC 61966-2-1)."""
    c = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def oklab(rgb):
    """Coordinates in which equal distances look equal (Ottosson 2020)."""
    to_cone = [
        [0.41222147, 0.53633254, 0.05144599],
        [0.21190350, 0.68069955, 0.10739696],
        [0.08830246, 0.28171884, 0.62997870],
    ]
    to_lab = [
        [0.21045426, 0.79361780, -0.00407205],
        [1.97799850, -2.42859220, 0.45059371],
        [0.02590404, 0.78277177, -0.80867577],
    ]
    return to_lab @ np.cbrt(to_cone @ np.clip(rgb, 0, 1))


def contrast(a, b):
    """WCAG 2.2, relative luminance and contrast ratio."""
    light, dark = sorted((linear(c) @ [0.2126, 0.7152, 0.0722] for c in (a, b)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def colours(theme, pattern):
    return re.findall(rf"--{pattern}: (#[0-9a-f]{{6}})", theme.split("}")[0])


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_text_and_marks_stand_out_from_their_ground(theme):
    for ground in colours(theme, "(?:paper|panel)"):
        for ink in colours(theme, "(?:ink|quiet)"):
            assert contrast(ink, ground) >= 4.5
        for mark in colours(theme, r"(?:k\d|accent)"):
            assert contrast(mark, ground) >= 3


@pytest.mark.parametrize("sight", sorted(SIGHT))
@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_the_eight_colours_differ_for_every_kind_of_sight(theme, sight):
    seen = [oklab(SIGHT[sight] @ linear(colour)) for colour in colours(theme, r"k\d")]
    assert len(seen) == N_COLOURS
    # 0.02 is the least difference that is noticed side by side; apart on a page it takes several times that.
    assert min(np.linalg.norm(a - b) for a, b in itertools.combinations(seen, 2)) > 0.08


def test_fifty_six_clusters_have_fifty_six_marks():
    outlines = shapes(4)
    assert len({(colour_of(j), outlines[j % len(outlines)]) for j in range(56)}) == 56


def area(shape):
    """Area of an outline of straight lines, by the shoelace formula."""
    corners, x, y = [(0.0, 0.0)], 0.0, 0.0
    for command, numbers in re.findall(r"([hvl])([^hvlz]*)", shape.outline):
        values = [float(n) for n in re.findall(r"-?\d+(?:\.\d+)?", numbers)]
        pairs = zip(values[::2], values[1::2], strict=True) if command == "l" else [(values[0], 0)]
        for dx, dy in pairs:
            x, y = (x + dx, y + dy) if command != "v" else (x, y + dx)
            corners.append((x, y))
    xs, ys = np.array(corners).T
    return abs(np.dot(xs, np.roll(ys, -1)) - np.dot(ys, np.roll(xs, -1))) / 2


def test_straight_shapes_are_about_as_large_as_the_circle():
    for shape in shapes(20)[1:]:
        assert area(shape) == pytest.approx(np.pi * 400, rel=0.15)


def test_a_path_starts_at_every_point():
    square = shapes(4)[2]
    path = place(square, [(10, 20), (30.04, 0)])
    assert re.findall(r"M([\d.]+)[ ]?(-?[\d.]+)", path) == [("6.4", "16.4"), ("26.5", "-3.6")]
