"""Segments of images: known answers, laws, real photographs, misuse."""

from __future__ import annotations

import hashlib
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ganglion as gl
from ganglion import DataError, MemoryPlanError, ParameterError
from ganglion._native import available_isas, core, isa, use_isa
from ganglion.applications._smoothing import PottsModel, potts_model, smoothed
from ganglion.applications.colors import lab_from_srgb, lab_planes
from ganglion.applications.drawing import alone, overlay, palette_picture, thick_borders
from ganglion.applications.images import segment_image
from ganglion.applications.superpixels import superpixels
from oracles import superpixels as naive

PHOTOGRAPHS = Path(find_spec("sklearn").origin).parent / "datasets" / "images"


def flag(height=90, width=120, noise=0, seed=0):
    """Three stripes and a disc: four colours, whose pixels are known."""
    truth = np.repeat(np.arange(3), height // 3)[:, None].repeat(width, axis=1)
    y, x = np.indices(truth.shape)
    truth[(y - height / 2) ** 2 + (x - width / 2) ** 2 < (height / 4) ** 2] = 3
    colors = np.array([[200, 30, 30], [240, 240, 240], [20, 40, 160], [250, 200, 20]], np.uint8)
    rng = np.random.default_rng(seed)
    image = colors[truth] + rng.normal(0, noise, (*truth.shape, 3))
    return truth, np.clip(image, 0, 255).astype(np.uint8)


def agreement(labels, truth):
    """The share of pixels in the most frequent true class of their label."""
    table = np.zeros((labels.max() + 1, truth.max() + 1))
    np.add.at(table, (labels.ravel(), truth.ravel()), 1)
    return table.max(axis=1).sum() / truth.size


def test_flat_colours_are_found_to_the_pixel():
    truth, image = flag()
    found = segment_image(image, 4, random_state=0)
    assert agreement(found.labels, truth) == 1
    assert found.explained > 0.999
    sizes = np.bincount(found.labels.ravel())
    assert np.all(np.diff(sizes) <= 0)  # numbered by size
    for segment in found.segments:
        inside = found.labels == segment.label
        assert segment.share == inside.mean()
        assert np.abs(np.array(segment.color) - image[inside].mean(axis=0)).max() <= 1


def test_noise_is_smoothed_away():
    truth, image = flag(noise=40)
    found = segment_image(image, 4, n_superpixels=1000, random_state=0)
    rough = segment_image(image, 4, n_superpixels=1000, smoothing=0, random_state=0)
    assert agreement(found.labels, truth) > 0.99
    assert found.n_regions < rough.n_regions / 2


def test_the_number_is_found_where_it_stands_out():
    _, image = flag(noise=6)
    found = segment_image(image, random_state=0)
    assert len(found.segments) == 4 and found.choice.k == 4


def test_flat_colours_are_segments_when_the_number_is_looked_for():
    rng = np.random.default_rng(0)
    colors = rng.integers(0, 256, (9, 3)).astype(np.uint8)
    truth = np.kron(rng.permutation(9).reshape(3, 3), np.ones((40, 50), int))
    found = segment_image(colors[truth], smoothing=0, random_state=0)
    assert len(found.segments) == 9 and agreement(found.labels, truth) == 1
    assert found.choice is None and found.notes == (
        "its number of colours is 9, and each is a segment",
    )


def test_more_segments_than_colours_are_said_to_divide_what_looks_the_same():
    found = segment_image(np.full((30, 30), 255, np.uint8), 2, random_state=0)
    assert found.notes == ("its number of colours is 1: 2 segments divide what looks the same",)
    assert segment_image(flag()[1], 4, random_state=0).notes == ()


def test_place_divides_what_colour_cannot():
    image = np.full((60, 180, 3), 128, np.uint8)
    image[:, 60:120] = 30
    by_color = segment_image(image, 2, position=0, random_state=0)
    assert by_color.segments[0].n_regions == 2
    by_place = segment_image(image, 3, position=2.0, random_state=0)
    assert [segment.n_regions for segment in by_place.segments] == [1, 1, 1]


def test_variance_of_colours_by_hand():
    # Two black pixels and two white ones in two segments: all of it is between them. In one segment: none.
    image = np.array([[0, 255], [0, 255]], np.uint8)
    assert segment_image(image, 2, position=0, random_state=0).explained == 1
    one = segment_image(image, 1, random_state=0)
    assert one.explained == 0 and one.coherence == 1 and one.n_regions == 1
    assert one.segments[0].lab == (50, 0, 0)


def test_what_is_explained_is_that_of_the_pixels():
    _, image = flag(noise=20)
    found = segment_image(image, 3, random_state=0)
    lab = np.stack(lab_planes(image).all, axis=-1).reshape(-1, 3) / 128
    labels = found.labels.ravel()
    within = sum(((lab[labels == c] - lab[labels == c].mean(axis=0)) ** 2).sum() for c in range(3))
    total = ((lab - lab.mean(axis=0)) ** 2).sum()
    assert found.explained == pytest.approx(1 - within / total, rel=1e-9)


@pytest.mark.parametrize(
    ("shape", "k"), [((1, 1), 1), ((1, 1), None), ((1, 9), 2), ((9, 1), 3), ((2, 2), 4)]
)
def test_small_images(shape, k):
    image = np.arange(shape[0] * shape[1], dtype=np.uint8).reshape(shape) * 20
    found = segment_image(image, k, random_state=0, position=0)
    assert found.labels.shape == shape
    assert k is None or len(found.segments) == k


def test_one_colour_is_one_segment_when_the_number_is_looked_for():
    found = segment_image(np.full((50, 50, 3), 77, np.uint8), position=0, random_state=0)
    assert len(found.segments) == 1 and found.explained == 1


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (np.array([[True, False]]), [[255, 255, 255], [0, 0, 0]]),
        (np.array([[0.0, 0.5, 1.0]]), [[0, 0, 0], [128, 128, 128], [255, 255, 255]]),
        (np.array([[0, 65535]], np.uint16), [[0, 0, 0], [255, 255, 255]]),
        (np.array([[0, 255]]), [[0, 0, 0], [255, 255, 255]]),
        (np.array([[[255, 0, 0, 0], [255, 0, 0, 255]]], np.uint8), [[255, 255, 255], [255, 0, 0]]),
        (np.array([[[7], [9]]], np.uint8), [[7, 7, 7], [9, 9, 9]]),
    ],
)
def test_arrays_of_every_kind_become_pixels(image, expected):
    assert segment_image(image, 1).pixels[0].tolist() == expected


def test_the_input_is_never_written_to():
    _, image = flag(30, 30)
    kept = image.copy()
    image.setflags(write=False)
    segment_image(image, 2, random_state=0)
    segment_image(image[:, ::-1].transpose(1, 0, 2), 2, random_state=0)
    assert np.array_equal(image, kept)


@pytest.mark.parametrize(
    ("image", "what"),
    [
        (np.zeros(5, np.uint8), r"got shape \(5,\)"),
        (np.zeros((0, 5), np.uint8), r"got shape \(0, 5\)"),
        (np.zeros((5, 5, 2), np.uint8), r"got shape \(5, 5, 2\)"),
        (np.full((2, 2), 300), "from 300 to 300"),
        (np.full((2, 2), -1), "from -1 to -1"),
        (np.full((2, 2), 1.5), "from 1.5 to 1.5"),
        (np.full((2, 2), np.nan), "from nan to nan"),
        (np.array([["a", "b"]]), "got <U1"),
        (np.zeros((2, 2), complex), "got complex128"),
    ],
)
def test_what_is_no_image_is_refused(image, what):
    with pytest.raises(DataError, match=what):
        segment_image(image, 1)


@pytest.mark.parametrize(
    ("given", "what"),
    [
        ({"n_clusters": 0}, "n_clusters must be an integer from 1 to 256; got 0"),
        ({"n_clusters": 257}, "n_clusters must be an integer from 1 to 256; got 257"),
        ({"n_clusters": True}, "got True"),
        ({"n_clusters": 2.5}, "got 2.5"),
        ({"max_clusters": 0}, "max_clusters must be"),
        ({"n_superpixels": 0}, "n_superpixels must be"),
        ({"position": -1}, "position must be a number from 0"),
        ({"smoothing": float("nan")}, "smoothing must be a number from 0"),
        ({"compactness": "much"}, "compactness must be a number from 0"),
        ({"n_clusters": 200}, "n_clusters=200 and 100 regions in 100 pixels"),
        ({"random_state": -1}, "random_state must be"),
    ],
)
def test_parameters_out_of_range_are_refused(given, what):
    with pytest.raises(ParameterError, match=what):
        segment_image(np.zeros((10, 10), np.uint8), **given)


def test_too_large_an_image_is_refused_before_the_work():
    with pytest.raises(
        MemoryPlanError, match="Segmenting 500 x 400 = 200,000 pixels in 2,000 superpixels needs"
    ):
        segment_image(np.zeros((400, 500, 3), np.uint8), 2, memory_limit="1MB")


def test_one_seed_gives_one_answer_on_every_instruction_set_and_number_of_threads():
    _, image = flag(150, 240, noise=30)
    before, threads, found = isa(), gl.get_num_threads(), set()
    try:
        for name in available_isas():
            for count in (1, 2, 3, 7):
                use_isa(name)
                gl.set_num_threads(count)
                labels = segment_image(image, 5, n_superpixels=400, random_state=0).labels
                found.add(hashlib.sha256(labels.tobytes()).hexdigest())
    finally:
        use_isa(before)
        gl.set_num_threads(threads)
    assert len(found) == 1


def random_model(n, k, m, seed):
    rng = np.random.default_rng(seed)
    pairs = (
        {tuple(sorted(rng.choice(n, 2, replace=False).tolist())) for _ in range(m)}
        if n > 1
        else set()
    )
    pairs = np.array(sorted(pairs), np.int32).reshape(-1, 2)
    costs = rng.uniform(0, 4, (n, k)).round(1)
    return PottsModel(costs, pairs, rng.uniform(0, 2, len(pairs)).round(1)), rng.integers(
        0, k, n
    ).astype(np.int32)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 12), st.integers(1, 4), st.integers(0, 20), st.integers(0, 2**32 - 1))
def test_sweeps_lower_the_energy_to_where_no_single_change_does(n, k, m, seed):
    model, labels = random_model(n, k, m, seed)
    found = smoothed(model, labels)
    assert model.energy(found) <= model.energy(labels) + 1e-9
    for i in range(n):
        for c in range(k):
            other = found.copy()
            other[i] = c
            assert model.energy(other) >= model.energy(found) - 1e-9


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 12), st.integers(1, 4), st.integers(0, 20), st.integers(0, 2**32 - 1))
def test_a_sweep_is_that_of_the_naive_code(n, k, m, seed):
    # Halves of small whole numbers: sums are exact, so ties are ties on both sides.
    model, labels = random_model(n, k, m, seed)
    costs, weights = np.round(2 * model.costs) / 2, np.round(2 * model.weights) / 2
    expected = naive.potts_sweep(
        costs.tolist(), model.pairs.tolist(), weights.tolist(), labels.tolist()
    )
    both = np.concatenate([model.pairs, model.pairs[:, ::-1]])
    order = np.argsort(both[:, 0], kind="stable")
    indptr = np.concatenate([[0], np.cumsum(np.bincount(both[:, 0], minlength=n))]).astype(np.int64)
    found = labels.copy()
    core.pixels_smooth(
        costs,
        indptr,
        np.ascontiguousarray(both[order, 1]),
        np.concatenate([weights, weights])[order],
        found,
    )
    assert found.tolist() == expected


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (17, 23), (70, 5)])
def test_borders_are_refined_as_the_naive_code_refines_them(shape):
    rng = np.random.default_rng(shape[0])
    planes = lab_planes(rng.integers(0, 256, (*shape, 3)).astype(np.uint8))
    labels = rng.integers(0, 3, shape).astype(np.int32)
    centers = rng.integers(-6000, 6000, (3, 5)).astype(np.float64)
    # Places and costs are whole numbers; no two sums of a cost come as near as float64 rounds.
    costs, still_open = (3.0, 4e6, 1e6), np.ones(shape, np.uint8)
    for _ in range(
        4
    ):  # from the second pass on, the naive code asks all pixels, and the kernel those that may change
        expected, changed = naive.refine(planes.all, centers.tolist(), costs, labels.tolist())
        assert core.pixels_refine(*planes.all, centers, costs, labels, still_open) == changed
        assert labels.tolist() == expected


@pytest.mark.parametrize("least", [1, 4, 12])
def test_crumbs_of_a_segment_join_a_neighbour(least):
    rng = np.random.default_rng(least)
    planes = lab_planes(rng.integers(0, 256, (14, 19, 3)).astype(np.uint8))
    labels = rng.integers(0, 3, (14, 19)).astype(np.int32)
    before = labels.copy()
    regions = np.array(naive.connect(planes.all, labels.tolist(), least))
    core.pixels_connect(*planes.all, least, True, labels)
    for region in range(regions.max() + 1):
        inside = regions == region
        pieces = naive.pieces(np.where(inside, before, -1).tolist())
        pieces = [piece for piece in pieces if inside[piece[0]]]
        largest = max(pieces, key=len)  # the first of equals
        assert set(labels[inside].tolist()) == {int(before[largest[0]])}


def test_a_border_costs_less_where_colours_change():
    image = np.zeros((20, 40, 3), np.uint8)
    image[:, 20:] = 200
    parts = superpixels(lab_planes(image), 32)
    labels = (parts.lab[:, 0] > 50).astype(np.int32)
    model = potts_model(
        parts, parts.lab + np.array([0.1, 0, 0]), np.array([[0.0, 0, 0], [80, 0, 0]]), labels, 1.0
    )
    across = labels[parts.pairs[:, 0]] != labels[parts.pairs[:, 1]]
    per_side = model.weights / parts.borders
    assert per_side[across].max() < per_side[~across].min()


@pytest.mark.parametrize("name", ["china.jpg", "flower.jpg"])
def test_photographs_come_out_in_few_pieces_that_explain_their_colours(name):
    found = segment_image(PHOTOGRAPHS / name, 6, random_state=0)
    assert found.labels.shape == (427, 640) and len(found.segments) == 6
    assert found.explained > 0.8
    assert found.n_regions < 400
    repeated = segment_image(PHOTOGRAPHS / name, 6, random_state=0)
    assert np.array_equal(found.labels, repeated.labels)


def test_the_flower_is_apart_from_its_leaves():
    # The dahlia is a disc of radius 100 or so about (row 215, column 305); the leaves fill the corners.
    found = segment_image(PHOTOGRAPHS / "flower.jpg", 2, random_state=0)
    y, x = np.indices(found.labels.shape)
    flower = (y - 215) ** 2 + (x - 305) ** 2 < 100**2
    leaves = (y < 60) | ((x < 120) & (y < 300))
    inside, outside = found.labels[flower], found.labels[leaves]
    label = np.bincount(inside).argmax()
    assert np.mean(inside == label) > 0.95 and np.mean(outside != label) > 0.99


def test_borders_are_drawn_where_labels_change():
    truth, image = flag(30, 40)
    found = segment_image(image, 4, random_state=0)
    border = thick_borders(found.labels)
    expected = np.zeros(truth.shape, bool)
    for y in range(30):
        for x in range(40):
            near = [(y + 1, x), (y - 1, x), (y, x + 1), (y, x - 1)]
            expected[y, x] = any(
                0 <= p < 30 and 0 <= q < 40 and found.labels[p, q] != found.labels[y, x]
                for p, q in near
            )
    assert np.array_equal(border, expected)
    drawn = overlay(found)
    assert np.array_equal(drawn[~border], image[~border])
    assert set(np.unique(drawn[border])) <= {0, 255}
    assert overlay(found, 20).shape == (15, 20, 3)


@pytest.mark.parametrize("thickness", [1, 2, 3, 7, 50])
def test_thick_borders_are_within_their_thickness(thickness):
    labels = np.zeros((9, 20), np.int32)
    labels[:, 8:] = 1
    columns = np.flatnonzero(thick_borders(labels, thickness)[4])
    assert columns.tolist() == list(range(max(0, 8 - thickness), min(20, 8 + thickness)))


def test_a_segment_alone_is_as_it_is_and_the_rest_is_grey():
    _, image = flag(30, 40)
    found = segment_image(image, 4, random_state=0)
    for segment in found.segments:
        inside, shown = found.mask(segment.label), alone(found, segment.label)
        assert np.array_equal(shown[inside], image[inside])
        rest = shown[~inside]
        assert np.all(rest == rest[:, :1])
        assert rest.max() <= 55 if segment.lab[0] > 62 else rest.min() >= 200


def test_the_palette_is_as_wide_as_the_shares():
    _, image = flag(30, 40)
    found = segment_image(image, 4, random_state=0)
    row = palette_picture(found, 1000, 1)[0]
    for segment in found.segments:
        share = np.mean(np.all(row == segment.color, axis=1))
        assert share == pytest.approx(segment.share, abs=0.001)


def test_names_are_of_the_mean_colours():
    found = segment_image(flag()[1], 4, random_state=0)
    assert {segment.name for segment in found.segments} == {"red", "white", "dark blue", "yellow"}
    for segment in found.segments:
        assert np.allclose(segment.lab, lab_from_srgb(segment.color), atol=1)


def test_what_was_found_is_shown_in_a_line():
    image = np.zeros((4, 6, 3), np.uint8)
    image[:, :2] = 255
    assert repr(gl.segment_image(image, 2)).startswith("<Segmentation of 6 x 4 pixels in 2: ")
