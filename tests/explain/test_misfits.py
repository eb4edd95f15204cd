"""Rows that belong to no cluster well, by hand and by definition; and all of an explanation in one call."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ganglion as gl
from ganglion._errors import DataError, ParameterError
from ganglion.data import design_matrix, example_path, read_table
from ganglion.explain import (
    cluster_stability,
    describe_clusters,
    explain_clusters,
    misfits,
    threshold_tree,
    with_stability,
)
from oracles import explaining as naive

PENGUINS = read_table(example_path("penguins"))

small_rows = st.lists(
    st.tuples(st.integers(-8, 8), st.integers(-8, 8), st.integers(0, 2)), min_size=3, max_size=24
)


def test_the_three_reasons_by_hand():
    # cluster 0: mean 2 (of -2, 0, 2, 4, 6); cluster 1: mean 102, of 98, 100, 102, 104, 106
    X = np.array([-2.0, 0.0, 2.0, 4.0, 6.0, 98.0, 100.0, 102.0, 104.0, 106.0])[:, None]
    labels = np.repeat([0, 1], 5)
    assert len(misfits(X, labels).rows) == 0
    # a row at 104 that is labelled 0 moves that mean to 19; it is 85 from it and 2 from the other one
    found = misfits(np.vstack((X, [[104.0]])), [*labels, 0])
    assert found.margin[10] == pytest.approx((2 - 85) / 85)
    assert [(m.row, m.reason, m.label, m.other) for m in found.first] == [(10, "far", 0, 1)]
    # with five such rows the distances of cluster 0 are spread evenly, and none is beyond the fence
    many = misfits(np.vstack((X, [[104.0]] * 3)), [*labels, 0, 0, 0])
    assert set(many.reasons) >= {"elsewhere"}
    assert many.counts["elsewhere"] == many.reasons.count("elsewhere")


def test_between_two_clusters_by_hand():
    # means 0 and 10; the row at 4.9 is 4.9 from its own mean and 5.1 from the other: margin 0.2 / 5.1
    X = np.array([[4.9], [-4.9], [0.0], [0.0], [10.0], [8.0], [12.0]])
    found = misfits(X, [0, 0, 0, 0, 1, 1, 1])
    assert found.rows.tolist() == [0]
    (only,) = found.first
    assert (only.reason, only.text) == ("between", "about as near to cluster 1 as to cluster 0")
    assert only.margin == pytest.approx(0.2 / 5.1)
    assert len(misfits(X, [0, 0, 0, 0, 1, 1, 1], between=0.03).rows) == 0


def test_distance_is_in_units_of_the_spread():
    # deviations -3, -1, 1, 3: the root of their mean square is sqrt(5)
    found = misfits([[1.0], [3.0], [5.0], [7.0]], [0, 0, 0, 0])
    assert found.distance.tolist() == pytest.approx((np.array([3, 1, 1, 3]) / np.sqrt(5)).tolist())
    assert found.margin.tolist() == [1.0] * 4
    assert found.first == ()


def test_an_outlier_is_far():
    rng = np.random.default_rng(0)
    X = np.vstack((rng.normal(size=(200, 4)), rng.normal(size=(200, 4)) + 8, [[0, 0, 0, 30.0]]))
    found = misfits(X, [0] * 200 + [1] * 200 + [0])
    assert found.first[0].row == 400 and found.first[0].reason == "far"
    assert found.first[0].text.endswith("times the spread of cluster 0 from its centre")
    assert found.counts["far"] <= 2


def test_hardly_any_row_of_a_gaussian_is_far():
    rng = np.random.default_rng(1)
    for d in (1, 2, 10):
        found = misfits(rng.normal(size=(20_000, d)), np.zeros(20_000, int))
        assert found.counts["far"] < 20


def test_noise_is_counted_and_not_told():
    X = [[0.0], [1.0], [2.0], [30.0], [31.0], [32.0], [99.0]]
    found = misfits(X, [0, 0, 0, 1, 1, 1, -1])
    assert found.n_noise == 1
    assert 6 not in found.rows
    # 68 from the mean 31 of cluster 1, whose spread is sqrt(2 / 3)
    assert found.distance[6] == pytest.approx(68 / np.sqrt(2 / 3))
    assert set(found.limits) == {-1, 0, 1}


def test_equal_rows_fit():
    found = misfits([[3.0, 3.0]] * 5, [0, 0, 0, 1, 1])
    assert found.distance.tolist() == [0.0] * 5
    assert set(found.reasons) <= {"between"}


@given(rows=small_rows)
@settings(max_examples=100, deadline=None)
def test_margins_agree_with_the_definition(rows):
    X = [[float(x), float(y)] for x, y, _ in rows]
    labels = [label for *_, label in rows]
    found = misfits(X, labels)
    assert (found.distance >= 0).all() and (np.abs(found.margin) <= 1).all()
    if len(set(labels)) > 1:
        wanted = [naive.margin(X, labels, row) for row in range(len(X))]
        assert found.margin.tolist() == pytest.approx(wanted, abs=1e-9)
    assert len(set(found.rows.tolist())) == len(found.rows) == len(found.reasons)


@pytest.mark.parametrize(
    ("data", "labels", "options", "error", "message"),
    [
        (
            [[1.0], [2.0]],
            [0, 1],
            {"between": 1.5},
            ParameterError,
            "between must be from 0 to 1; got 1.5",
        ),
        (
            [[1.0], [2.0]],
            [0, 1],
            {"n_first": -1},
            ParameterError,
            "n_first must be at least 0; got -1",
        ),
        (
            [[1.0], [2.0]],
            [-1, -1],
            {},
            DataError,
            r"at least one cluster; all rows are noise \(-1\)",
        ),
        ({"g": ["a", "b"]}, [0, 1], {"max_categories": 1}, DataError, "Distances need a column"),
    ],
)
def test_what_has_no_misfits_is_refused(data, labels, options, error, message):
    with pytest.raises(error, match=message):
        misfits(data, labels, **options)


def test_one_call_gives_all_parts():
    matrix = design_matrix(PENGUINS)
    run = gl.kmeans(matrix.X, 4, n_init=5, random_state=0)
    found = explain_clusters(matrix, run.labels)
    assert found.cards == describe_clusters(matrix, run.labels)
    assert found.tree is not None and found.misfits is not None
    assert found.tree.text == threshold_tree(matrix, run.labels).text
    assert found.misfits.rows.tolist() == misfits(matrix, run.labels).rows.tolist()
    assert found.stability is None
    assert found.tree.faith in found.text and found.cards[0].sentence in found.text


def test_stability_comes_with_a_way_to_cluster_again():
    rng = np.random.default_rng(0)
    X = np.vstack((rng.normal(size=(40, 2)), rng.normal(size=(40, 2)) + 9, [[50.0, 50.0]]))
    labels = np.array([0] * 40 + [1] * 40 + [-1])

    def halves(rows):
        return gl.kmeans(rows, 2, random_state=0)

    found = explain_clusters(X, labels, fit=halves, n_resamples=5)
    noise, low, high = found.cards
    assert noise.stability is None
    direct = cluster_stability(X, labels, halves, n_resamples=5, random_state=0)
    assert [low.stability, high.stability] == direct.jaccard.tolist()
    assert with_stability(found.cards, direct) == found.cards
    assert "stability" in found.text


def test_centres_may_be_given():
    X = np.array([[0.0, 0.0], [2.0, 0.0], [4.0, 0.0], [20.0, 0.0], [22.0, 0.0]])
    labels = [0, 0, 0, 1, 1]
    by_means = explain_clusters(X, labels)
    assert by_means.cards[0].typical[0] == 1
    by_medoids = explain_clusters(X, labels, centers=[[4.0, 0.0], [20.0, 0.0]])
    assert by_medoids.cards[0].typical == (2, 1, 0)
    assert by_medoids.misfits.distance.tolist()[2] == 0.0


def test_centres_of_a_matrix_are_in_its_own_scale():
    matrix = design_matrix(PENGUINS, columns=["bill_length_mm", "body_mass_g", "sex", "island"])
    run = gl.kmeans(matrix.X, 3, random_state=0)
    with_centres = explain_clusters(matrix, run.labels, centers=run.centers)
    assert [card.typical for card in with_centres.cards] == [
        card.typical for card in explain_clusters(matrix, run.labels).cards
    ]


def test_all_noise_has_cards_only():
    found = explain_clusters([[1.0], [2.0]], [-1, -1])
    assert (found.tree, found.misfits, found.stability) == (None, None, None)
    assert "noise: 2 rows" in found.text


@pytest.mark.parametrize(
    ("data", "options", "error", "message"),
    [
        (PENGUINS, {"fit": len}, ParameterError, "needs a matrix; got a table"),
        (
            PENGUINS,
            {"centers": [[0.0]]},
            ParameterError,
            "centers belong to an array or a DesignMatrix",
        ),
        (np.zeros((344, 2)), {"centers": [[0.0, 0.0]]}, DataError, r"shape \(3, 2\); got \(1, 2\)"),
        (
            np.zeros((344, 2)),
            {"n_examples": -2},
            ParameterError,
            "n_examples must be at least 0; got -2",
        ),
    ],
)
def test_what_cannot_be_explained_is_refused(data, options, error, message):
    with pytest.raises(error, match=message):
        explain_clusters(data, PENGUINS.column("species").values, **options)
