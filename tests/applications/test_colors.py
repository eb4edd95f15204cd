"""Colours: CIELAB by definition, by hand, on every instruction set; back again; names."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

import ganglion
from ganglion import DataError
from ganglion._native import available_isas, isa, use_isa
from ganglion.applications.colors import (
    color_name,
    hex_color,
    lab_from_srgb,
    lab_planes,
    srgb_from_lab,
)
from oracles import superpixels as naive

# scikit-image's rgb2lab of the corners of the cube; tables of CIELAB under D65 agree to 0.01.
CORNERS = {
    (255, 255, 255): (100.0, 0.0, 0.0),
    (0, 0, 0): (0.0, 0.0, 0.0),
    (255, 0, 0): (53.2408, 80.0925, 67.2032),
    (0, 255, 0): (87.7347, -86.1827, 83.1793),
    (0, 0, 255): (32.2970, 79.1875, -107.8602),
    (255, 255, 0): (97.1393, -21.5537, 94.4780),
    (0, 255, 255): (91.1132, -48.0875, -14.1312),
    (255, 0, 255): (60.3242, 98.2343, -60.8249),
}


@pytest.mark.parametrize("color", sorted(CORNERS))
def test_the_corners_of_the_cube_are_where_the_tables_have_them(color):
    # White is (0.950456, 1, 1.088754) here, (0.95047, 1, 1.08883) there: 7e-5 of it moves b* by 200 / 3 * 7e-5.
    assert np.allclose(lab_from_srgb(color), CORNERS[color], rtol=0, atol=0.02)
    assert np.allclose(lab_from_srgb(color), naive.lab(color), rtol=0, atol=1e-11)


def test_black_and_the_straight_part_by_hand():
    # 10 / 255 = 0.0392 < 0.04045: light 0.0392157 / 12.92 = 0.00303527, below (6 / 29)^3 = 0.00885645, so
    # f = 0.00303527 * 841 / 108 + 4 / 29 = 0.161567 and L* = 116 f - 16 = 2.741748.
    assert lab_from_srgb([10, 10, 10]).round(5).tolist() == pytest.approx([2.74175, 0, 0], abs=1e-5)


def test_planes_are_the_definition_rounded():
    pixels = np.random.default_rng(0).integers(0, 256, (60, 67, 3)).astype(np.uint8)
    exact = lab_from_srgb(pixels) * 128
    for plane, values in zip(lab_planes(pixels).all, np.moveaxis(exact, -1, 0), strict=True):
        # Rounding is 1/2; float32 adds some 2^-24 for each operation on two values near 1, times 500 * 128.
        assert np.max(np.abs(plane - values)) < 0.5 + 500 * 128 * 2**-23


def test_greys_have_no_colour():
    greys = np.repeat(np.arange(256, dtype=np.uint8), 3).reshape(1, 256, 3)
    planes = lab_planes(greys)
    assert not planes.green_red.any() and not planes.blue_yellow.any()
    assert np.all(np.diff(planes.lightness[0]) > 0)
    assert planes.lightness[0, [0, 255]].tolist() == [0, 12800]


@pytest.mark.parametrize("n", [1, 7, 8, 9, 15, 16, 17, 63, 64, 65, 1000])
def test_awkward_sizes_are_their_pixels_one_by_one(n):
    pixels = np.random.default_rng(n).integers(0, 256, (1, n, 3)).astype(np.uint8)
    whole = lab_planes(pixels)
    for at in {0, n // 2, n - 1}:
        one = lab_planes(pixels[:, at : at + 1])
        assert [int(plane[0, at]) for plane in whole.all] == [int(plane[0, 0]) for plane in one.all]


def test_every_instruction_set_and_number_of_threads_gives_the_same_bits():
    pixels = np.random.default_rng(3).integers(0, 256, (300, 401, 3)).astype(np.uint8)
    before, threads, found = isa(), ganglion.get_num_threads(), set()
    try:
        for name in available_isas():
            for count in (1, 2, 3, 7):
                use_isa(name)
                ganglion.set_num_threads(count)
                found.add(
                    hashlib.sha256(
                        b"".join(p.tobytes() for p in lab_planes(pixels).all)
                    ).hexdigest()
                )
    finally:
        use_isa(before)
        ganglion.set_num_threads(threads)
    assert len(found) == 1


def test_colours_come_back():
    pixels = np.random.default_rng(4).integers(0, 256, (500, 3))
    assert np.array_equal(srgb_from_lab(lab_from_srgb(pixels)), pixels)


def test_what_no_screen_shows_is_cut_at_its_ends():
    assert srgb_from_lab([50, 200, 0]).tolist()[1] == 0
    assert srgb_from_lab([120, 0, 0]).tolist() == [255, 255, 255]


@pytest.mark.parametrize("bad", [[1, 2], [0, 0, 256], [0, -1, 0], [np.nan, 0, 0]])
def test_what_is_no_colour_is_refused(bad):
    with pytest.raises(DataError, match="Colours must be"):
        lab_from_srgb(bad)


@pytest.mark.parametrize(
    ("color", "name"),
    [
        ((0, 0, 0), "black"),
        ((255, 255, 255), "white"),
        ((128, 128, 128), "grey"),
        ((200, 30, 30), "red"),
        ((255, 140, 0), "orange"),
        ((101, 67, 33), "dark brown"),
        ((255, 230, 0), "yellow"),
        ((34, 139, 34), "green"),
        ((0, 100, 0), "dark green"),
        ((64, 224, 208), "light turquoise"),
        ((30, 90, 200), "blue"),
        ((135, 206, 235), "light blue"),
        ((128, 0, 128), "dark purple"),
        ((255, 105, 180), "pink"),
    ],
)
def test_names_are_what_people_call_colours(color, name):
    assert color_name(lab_from_srgb(color)) == name


def test_a_colour_is_written_as_on_a_web_page():
    assert hex_color((0, 10, 255)) == "#000aff"
