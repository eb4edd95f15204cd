"""Superpixels against pixel-by-pixel code, their laws, and the same bits everywhere."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ganglion
from ganglion._native import available_isas, core, isa, use_isa
from ganglion.applications.colors import lab_planes
from ganglion.applications.superpixels import superpixels
from oracles import superpixels as naive

SHAPES = [(1, 1), (1, 40), (40, 1), (7, 9), (16, 17), (23, 31), (30, 64)]


def noisy(shape, seed=0):
    """A few flat patches under noise."""
    rng = np.random.default_rng(seed)
    image = np.zeros((*shape, 3), np.uint8)
    image[:, shape[1] // 2 :] = (180, 60, 30)
    image[shape[0] // 3 :, : shape[1] // 3] = (20, 120, 200)
    return (image + rng.integers(0, 40, image.shape)).astype(np.uint8)


def random_centers(planes, cells, seed):
    rng = np.random.default_rng(seed)
    (height, width), n = planes.shape, cells[0] * cells[1]
    lab = [rng.uniform(-8000, 8000, n) for _ in range(3)]
    return np.stack([*lab, rng.uniform(0, width, n), rng.uniform(0, height, n)], axis=1)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("cells", [(1, 1), (2, 3), (5, 4)])
def test_pixels_choose_as_the_naive_code_does(shape, cells):
    cells = min(cells[0], shape[0]), min(cells[1], shape[1])
    planes = lab_planes(noisy(shape))
    centers = random_centers(planes, cells, seed=shape[0])
    labels, sums = np.empty(shape, np.int32), np.empty((len(centers), 6), np.int64)
    core.pixels_assign(*planes.all, centers, cells, 3.5, labels, sums)
    # Distances of random centres lie apart by far more than float32 rounds.
    expected = np.array(naive.assign(planes.all, centers.tolist(), cells, 3.5))
    assert np.array_equal(labels, expected)
    y, x = np.indices(shape)
    for column, values in enumerate((np.ones(shape), *planes.all, x, y)):
        counted = np.bincount(expected.ravel(), weights=values.ravel(), minlength=len(centers))
        assert np.array_equal(sums[:, column], counted.astype(np.int64))


def test_of_equal_centres_the_first_is_chosen():
    planes = lab_planes(np.zeros((4, 8, 3), np.uint8))
    centers = np.tile([0.0, 0.0, 0.0, 3.5, 1.5], (2, 1))
    labels, sums = np.empty((4, 8), np.int32), np.empty((2, 6), np.int64)
    core.pixels_assign(*planes.all, centers, (1, 2), 1.0, labels, sums)
    assert not labels.any()


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("least", [1, 3, 10])
def test_crumbs_join_as_the_naive_code_joins_them(shape, least):
    planes = lab_planes(noisy(shape))
    labels = np.random.default_rng(least).integers(0, 3, shape).astype(np.int32)
    expected = np.array(naive.connect(planes.all, labels.tolist(), least))
    n = core.pixels_connect(*planes.all, least, False, labels)
    assert np.array_equal(labels, expected) and n == expected.max() + 1


@pytest.mark.parametrize("shape", SHAPES)
def test_borders_and_pieces_are_counted(shape):
    labels = np.random.default_rng(2).integers(0, 4, shape).astype(np.int32)
    pairs, lengths = core.pixels_borders(labels)
    assert dict(zip(map(tuple, pairs.tolist()), lengths.tolist(), strict=True)) == naive.borders(
        labels
    )
    names, sizes = core.pixels_regions(labels)
    pieces = naive.pieces(labels.tolist())
    assert sizes.tolist() == [len(piece) for piece in pieces]
    assert names.tolist() == [int(labels[piece[0]]) for piece in pieces]


def test_a_run_of_several_strips_is_one_piece():
    # Rows are read in strips of 64: a column through all of them stays in one piece, and so does what is around it.
    labels = np.zeros((300, 5), np.int32)
    labels[:, 2] = 7
    names, sizes = core.pixels_regions(labels)
    assert names.tolist() == [0, 7, 0] and sizes.tolist() == [600, 300, 600]


def test_one_step_by_hand():
    # Two cells of 4 x 2 pixels; black, then white from column 3 on. First centres: pixels in the middle of the cells
    # (row 1, columns 1 and 3) or a neighbour of lower gradient. Black pixels are 100 from white in CIELAB, places
    # differ by at most 3 pixels * 10 / 2: pixels go by colour, columns 0-2 to the first and 3 to the second.
    image = np.zeros((2, 4, 3), np.uint8)
    image[:, 3] = 255
    found = superpixels(lab_planes(image), 2)
    assert found.labels.tolist() == [[0, 0, 0, 1]] * 2
    assert found.counts.tolist() == [6, 2]
    assert found.lab.tolist() == [[0, 0, 0], [100, 0, 0]]
    assert found.places.tolist() == [[1, 0.5], [3, 0.5]]
    assert found.pairs.tolist() == [[0, 1]] and found.borders.tolist() == [2]
    assert found.squares == 2 * 100**2


images = st.tuples(
    st.integers(1, 24), st.integers(1, 24), st.integers(0, 2**32 - 1), st.integers(1, 60)
)


@settings(max_examples=60, deadline=None)
@given(images)
def test_superpixels_are_pieces_that_cover_the_image(drawn):
    height, width, seed, n = drawn
    image = np.random.default_rng(seed).integers(0, 256, (height, width, 3)).astype(np.uint8)
    planes = lab_planes(image)
    found = superpixels(planes, n)
    pieces = naive.pieces(found.labels.tolist())
    assert found.counts.tolist() == [
        len(piece) for piece in pieces
    ]  # each in one piece, by first pixels
    assert found.counts.sum() == height * width
    for plane, column in zip(planes.all, found.lab.T, strict=True):
        means = np.bincount(found.labels.ravel(), weights=plane.ravel()) / found.counts
        assert np.allclose(column * 128, means, rtol=1e-12, atol=1e-9)


@settings(max_examples=20, deadline=None)
@given(images)
def test_a_mirrored_image_has_as_good_superpixels(drawn):
    # Ties and the rounding of a grid's columns break the symmetry of labels, not of what flat colours need.
    height, width, seed, n = drawn
    image = noisy((height, width), seed)
    for turned in (image, image[:, ::-1]):
        found = superpixels(lab_planes(np.ascontiguousarray(turned)), n)
        assert found.counts.min() >= 1


def test_flat_patches_are_found_to_the_pixel():
    image = np.zeros((60, 80, 3), np.uint8)
    image[10:45, 17:61] = (250, 200, 10)
    found = superpixels(lab_planes(image), 48)
    for label in range(len(found.counts)):
        assert len(np.unique(image[found.labels == label].reshape(-1, 3), axis=0)) == 1


def test_noise_has_regions_and_not_crumbs():
    image = np.random.default_rng(0).integers(0, 256, (120, 160, 3)).astype(np.uint8)
    found = superpixels(lab_planes(image), 48)
    assert 48 * 0.8 < len(found.counts) < 48 * 1.6
    assert found.counts.min() >= 100  # a quarter of a cell of 400 pixels


def test_as_many_superpixels_as_pixels_are_the_pixels():
    image = noisy((5, 6))
    found = superpixels(lab_planes(image), 30)
    assert np.array_equal(found.labels, np.arange(30).reshape(5, 6))
    assert found.counts.tolist() == [1] * 30 and found.borders.tolist() == [1] * (4 * 6 + 5 * 5)


def test_every_instruction_set_and_number_of_threads_gives_the_same_bits():
    planes = lab_planes(noisy((150, 211), seed=5))
    before, threads, found = isa(), ganglion.get_num_threads(), set()
    try:
        for name in available_isas():
            for count in (1, 2, 3, 7):
                use_isa(name)
                ganglion.set_num_threads(count)
                parts = superpixels(planes, 90)
                data = parts.labels.tobytes() + parts.lab.tobytes() + parts.borders.tobytes()
                found.add(hashlib.sha256(data).hexdigest())
    finally:
        use_isa(before)
        ganglion.set_num_threads(threads)
    assert len(found) == 1
