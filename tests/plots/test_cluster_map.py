"""The map as it is drawn: a collection for each cluster, discs for the centres, axes with equal units."""

import importlib
import io
import itertools

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_hex
from PIL import Image

import ganglion as gl
from ganglion import plots
from ganglion.explain.plane import principal_plane

mpl.use("Agg")

# The module, not the function that carries its name in the package.
module = importlib.import_module("ganglion.plots.cluster_map")


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


def clouds(k, *, n=60, d=3, seed=0):
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % k
    centers = 10.0 * rng.normal(size=(k, d))
    return centers[labels] + rng.normal(size=(n, d)), labels, centers


def test_each_cluster_is_drawn_where_its_points_lie_in_the_principal_plane():
    X, labels, centers = clouds(3)
    ax = plots.cluster_map(X, labels, centers)
    plane = principal_plane(X)
    for number, collection in enumerate(ax.collections[:3]):
        assert np.allclose(collection.get_offsets(), plane.coordinates[labels == number])
        assert collection.get_label() == f"cluster {number}, 20 points"
    assert np.allclose(ax.collections[3].get_offsets(), plane.project(centers))


def test_centers_carry_the_number_of_their_cluster():
    X, labels, centers = clouds(3)
    ax = plots.cluster_map(X, labels, centers)
    places = principal_plane(X).project(centers)
    assert [text.get_text() for text in ax.texts] == ["0", "1", "2"]
    assert np.allclose([text.get_position() for text in ax.texts], places)


def test_without_centers_only_points_are_drawn():
    X, labels, _ = clouds(3)
    ax = plots.cluster_map(X, labels)
    assert len(ax.collections) == 3 and not ax.texts


def test_any_integers_are_labels():
    X, _, centers = clouds(2)
    ax = plots.cluster_map(X, np.where(np.arange(60) < 59, -1, 70), centers)
    assert [c.get_label() for c in ax.collections[:2]] == [
        "cluster -1, 59 points",
        "cluster 70, 1 point",
    ]
    assert [text.get_text() for text in ax.texts] == ["-1", "70"]


def test_the_axes_name_their_share_of_the_variance_and_have_equal_units():
    ax = plots.cluster_map([[0, 0], [0, 2], [4, 0], [4, 2]], [0, 0, 1, 1])
    assert ax.get_xlabel() == "first principal axis (80 % of the variance)"
    assert ax.get_ylabel() == "second principal axis (20 %)"
    assert ax.get_aspect() == 1.0


def test_twenty_four_clusters_have_different_colours_and_neighbours_different_marks():
    X, labels, _ = clouds(24, n=240)
    ax = plots.cluster_map(X, labels)
    colours = [to_hex(collection.get_facecolor()[0]) for collection in ax.collections]
    marks = [collection.get_paths()[0].vertices.tolist() for collection in ax.collections]
    assert len(set(colours)) == 24
    assert all(one != other for one, other in itertools.pairwise(marks))


def test_the_legend_names_the_clusters_until_they_are_too_many():
    for k, named in ((1, False), (2, True), (20, True), (21, False)):
        X, labels, centers = clouds(k, n=420)
        legend = plots.cluster_map(X, labels, centers).get_legend()
        assert (legend is not None) == named
        if named:
            assert len(legend.get_texts()) == k


def test_of_very_many_points_some_are_drawn_and_the_map_says_how_many(monkeypatch):
    monkeypatch.setattr(module, "MOST_POINTS", 25)
    X, labels, _ = clouds(2)
    ax = plots.cluster_map(X, labels)
    assert sum(len(collection.get_offsets()) for collection in ax.collections) == 20
    assert ax.get_title(loc="right") == "20 of 60 points drawn"
    assert ax.collections[0].get_label() == "cluster 0, 30 points"


@pytest.mark.parametrize("shape", [(1, 1), (6, 1), (6, 4)])
def test_one_feature_and_equal_points_can_be_drawn(shape):
    plots.cluster_map(
        np.ones(shape), np.zeros(shape[0], int), np.ones((1, shape[1]))
    ).figure.canvas.draw()


def test_it_draws_into_the_axes_that_it_is_given():
    X, labels, centers = clouds(2)
    _, (left, right) = plt.subplots(1, 2)
    assert plots.cluster_map(X, labels, centers, ax=right) is right
    assert not left.collections


def test_the_picture_shows_every_cluster():
    X, labels, centers = clouds(4, n=200)
    file = io.BytesIO()
    ax = plots.cluster_map(X, labels, centers)
    for collection in ax.collections:
        collection.set_alpha(1.0)
    ax.figure.savefig(file, format="png", dpi=80)
    pixels = np.asarray(Image.open(file).convert("RGB")).astype(int)
    for collection in ax.collections[:4]:
        colour = (255 * collection.get_facecolor()[0, :3]).round()
        assert np.count_nonzero(np.abs(pixels - colour).sum(axis=2) < 12) > 100


@pytest.mark.parametrize("labels", [[0, 1], [0.0, 1.0, 1.0], ["a", "b", "b"]])
def test_labels_that_are_none_are_refused(labels):
    with pytest.raises(gl.ParameterError, match="one integer for each of the 3 rows of X"):
        plots.cluster_map([[0.0], [1.0], [2.0]], labels)


def test_centers_of_another_width_are_refused():
    with pytest.raises(gl.DataError, match="made from 3 features"):
        plots.cluster_map(*clouds(2)[:2], np.ones((2, 2)))
