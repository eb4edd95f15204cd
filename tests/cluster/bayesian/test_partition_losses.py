"""Losses between partitions, similarities and certainties: definitions, laws, by hand, parity."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn import metrics

import ganglion as gl
from ganglion.cluster.bayesian import (
    binder,
    certainty,
    expected_loss,
    similarity,
    variation_of_information,
)
from ganglion.cluster.bayesian._partitions.draws import check_draws
from oracles import bayesian_partitions as oracle


def draws_of(n_draws, n, k, seed=0):
    return np.random.default_rng(seed).integers(k, size=(n_draws, n))


some_draws = hnp.arrays(
    np.int64,
    st.tuples(st.integers(1, 6), st.integers(1, 12)),
    elements=st.integers(-3, 9),
)


@pytest.mark.parametrize("n", [1, 2, 7, 8, 9, 15, 16, 17, 64, 65, 300])
@pytest.mark.parametrize("k", [1, 2, 5, 300])
@pytest.mark.parametrize("a", [1.0, 0.0, 0.4, 2.0])
def test_expected_losses_are_those_of_the_definition(n, k, a):
    draws = draws_of(4, n, k)
    labels = draws_of(1, n, max(1, k - 1), seed=1)[0]
    for loss in ("vi", "binder") if n <= 65 else ("vi",):
        expected = oracle.expected_loss(draws.tolist(), labels.tolist(), loss, a)
        assert expected_loss(draws, labels, loss, a=a) == pytest.approx(expected, abs=1e-12)


@settings(max_examples=80, deadline=None)
@given(some_draws)
def test_similarity_and_certainty_are_those_of_the_definition(draws):
    np.testing.assert_array_equal(similarity(draws), oracle.similarity(draws.tolist()))
    expected = oracle.certainty(draws.tolist(), draws[0].tolist())
    np.testing.assert_allclose(certainty(draws, draws[0]), expected, rtol=1e-13)


@settings(max_examples=80, deadline=None)
@given(some_draws, st.integers(0, 10**6))
def test_losses_know_neither_the_names_of_clusters_nor_the_order_of_items(draws, seed):
    random = np.random.default_rng(seed)
    first, second = draws[0], draws[-1]
    renamed = random.permutation(100)[second + 3] - 50
    order = random.permutation(len(first))
    for loss in (variation_of_information, binder):
        found = loss(first, second)
        assert loss(first, renamed) == found
        assert loss(first[order], second[order]) == pytest.approx(found, abs=1e-13)
        assert loss(second, first) == pytest.approx(found, abs=1e-13)
        assert loss(first, first) == 0
        assert 0 <= found <= (math.log2(len(first)) if loss is not binder else 1) + 1e-12


@settings(max_examples=80, deadline=None)
@given(hnp.arrays(np.int64, st.tuples(st.just(3), st.integers(1, 15)), elements=st.integers(0, 4)))
def test_both_losses_obey_the_triangle_inequality(three):
    a, b, c = three
    for loss in (variation_of_information, binder):
        assert loss(a, c) <= loss(a, b) + loss(b, c) + 1e-12


def test_two_ways_to_halve_four_items_by_hand():
    # Joint cells: 4 of one item. H(joint) = 2 bits, H(each) = 1 bit: VI = 2 * 2 - 1 - 1 = 2 bits = 2 log 2 nats.
    # Each partition has 2 pairs together, none in common: 4 of 6 pairs differ, 8 ordered ones of 16.
    assert variation_of_information([0, 0, 1, 1], [0, 1, 0, 1]) == 2.0
    assert variation_of_information([0, 0, 1, 1], [0, 1, 0, 1], base=math.e) == pytest.approx(
        2 * math.log(2)
    )
    assert binder([0, 0, 1, 1], [0, 1, 0, 1]) == 0.5


def test_one_sided_losses_by_hand():
    # The truth is one cluster of 4, the estimate two of 2: H(estimate | truth) = 1 bit, H(truth | estimate) = 0.
    # L = 2 H(joint) - a H(truth) - (2 - a) H(estimate) = 2 - 0 - (2 - a) = a: what it costs to part.
    for a in (0.0, 0.5, 1.0, 2.0):
        assert expected_loss([[0, 0, 0, 0]], [0, 0, 1, 1], a=a) == pytest.approx(a)
        assert expected_loss([[0, 0, 1, 1]], [0, 0, 0, 0], a=a) == pytest.approx(2 - a)


@pytest.mark.parametrize(("n", "k"), [(50, 3), (1000, 20), (5000, 700)])
def test_losses_agree_with_scikit_learn(n, k):
    first, second = draws_of(2, n, k)
    h = [metrics.mutual_info_score(labels, labels) for labels in (first, second)]
    vi = h[0] + h[1] - 2 * metrics.mutual_info_score(first, second)
    # Each of the entropies is a sum of fewer than n terms of at most 1, rounded.
    assert variation_of_information(first, second, base=math.e) == pytest.approx(
        vi, abs=n * 2.3e-16 * 9
    )
    rand = metrics.rand_score(first, second)
    assert binder(first, second) == pytest.approx((1 - rand) * (n - 1) / n, abs=1e-12)


@pytest.mark.parametrize(
    "dtype",
    [np.uint8, np.int8, np.uint16, np.int32, np.int64, np.uint64, bool, float, ">i4", ">u2"],
)
def test_labels_of_any_integer_type_mean_the_same(dtype):
    draws = draws_of(5, 40, 2)
    given_type = draws.astype(dtype)
    assert expected_loss(given_type, given_type[0]) == expected_loss(draws, draws[0])
    np.testing.assert_array_equal(similarity(given_type), similarity(draws))
    np.testing.assert_array_equal(similarity(given_type.reshape(1, 5, 40)), similarity(draws))


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int32])
def test_numbered_draws_are_taken_as_they_are_and_others_are_not(dtype):
    numbered = np.array([[0, 1, 0, 2], [0, 0, 0, 0]], dtype=dtype)
    assert check_draws(numbered).labels.base is numbered or check_draws(numbered).labels is numbered
    for other in ([[1, 0, 0, 0]], [[0, 2, 1, 0]], [[0, 0, 0, 2]]):
        found = check_draws(np.array(other, dtype=dtype))
        assert found.labels.tolist() == [oracle.canonical(other[0])]
    if dtype == np.int32:
        assert check_draws(np.array([[0, -1, 5]], dtype=dtype)).labels.tolist() == [[0, 1, 2]]


def test_labels_far_apart_and_negative_mean_the_same():
    draws = draws_of(6, 30, 5)
    far = np.array([-(2**40), 7, 2**62, -1, 0])[draws]
    np.testing.assert_array_equal(similarity(far), similarity(draws))
    assert expected_loss(far, far[2]) == expected_loss(draws, draws[2])


@pytest.mark.parametrize("k", [200, 256, 257, 65536, 65537])
def test_numbers_of_clusters_at_the_edges_of_small_integers(k):
    labels = np.concatenate([np.arange(k), [k - 1, 0]])
    draws = np.stack([labels, np.zeros_like(labels)])
    picked = [0, 1, k - 2, k - 1, k, k + 1]
    block = similarity(draws, rows=picked, columns=picked)
    expected = [[1.0 if labels[i] == labels[j] else 0.5 for j in picked] for i in picked]
    np.testing.assert_array_equal(block, expected)


@pytest.mark.parametrize("n_draws", [1, 254, 255, 256, 511, 1000])
def test_counts_do_not_overflow_their_lanes(n_draws):
    draws = np.zeros((n_draws, 3), dtype=np.uint8)
    draws[0, 1] = 1
    together = (n_draws - 1) / n_draws
    assert similarity(draws).tolist() == [
        [1, together, 1],
        [together, 1, together],
        [1, together, 1],
    ]


def test_blocks_are_those_of_the_whole_matrix():
    draws = draws_of(33, 700, 9)
    whole = similarity(draws)
    random = np.random.default_rng(0)
    rows, columns = random.permutation(700)[:600], random.permutation(700)[:65]
    np.testing.assert_array_equal(
        similarity(draws, rows=rows, columns=columns), whole[np.ix_(rows, columns)]
    )
    np.testing.assert_array_equal(similarity(draws, rows=[3]), whole[[3]])
    np.testing.assert_array_equal(whole, whole.T)


def test_certainty_is_one_where_every_draw_has_the_cluster():
    draws = np.array([[0, 0, 1, 2], [0, 0, 1, 1]])
    # The cluster {2}: alone in one draw, half of {2, 3} in the other.
    assert certainty(draws, [5, 5, 0, 1]).tolist() == [1.0, 1.0, 0.75, 0.75]


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: expected_loss([[0, 1]], [0, 1, 1]), gl.DataError, r"labels must be about the same 2 items; got 3"),
        (lambda: expected_loss([0, 1], [0, 1]), gl.DataError, r"draws must have the shape .*got \(2,\)"),
        (lambda: expected_loss([[0, 1]], [[0, 1]]), gl.DataError, "labels must hold one integer for each item"),
        (lambda: expected_loss([[0.5, 1]], [0, 1]), gl.DataError, "draws must hold integers.*float64"),
        (lambda: expected_loss([[np.nan, 1]], [0, 1]), gl.DataError, "draws must hold integers"),
        (lambda: expected_loss([["a", "b"]], [0, 1]), gl.DataError, "draws must hold integers"),
        (lambda: expected_loss([[0, 1], [0]], [0, 1]), gl.DataError, "all rows equally long"),
        (lambda: expected_loss(np.zeros((0, 3), int), [0, 1, 1]), gl.DataError, "at least one partition"),
        (lambda: expected_loss([[0, 1]], [0, 1], "rand"), gl.ParameterError, "'vi' or 'binder'; got 'rand'"),
        (lambda: expected_loss([[0, 1]], [0, 1], base=1), gl.ParameterError, "base.*above 1; got 1"),
        (lambda: expected_loss([[0, 1]], [0, 1], a=2.5), gl.ParameterError, "from 0 to 2; got 2.5"),
        (lambda: variation_of_information([0], [0, 1]), gl.DataError, "second must be about the same 1 items"),
        (lambda: similarity([[0, 1]], rows=[2]), gl.ParameterError, "rows must hold item numbers from 0 to 1; got 2"),
        (lambda: similarity([[0, 1]], columns=[]), gl.ParameterError, "columns must be a list of item numbers"),
        (lambda: similarity([[0] * 99], memory_limit=1000), gl.MemoryPlanError, "similarities of 99 with 99 items"),
    ],
)  # fmt: skip
def test_what_cannot_be_answered_is_refused_by_name(call, error, message):
    with pytest.raises(error, match=message):
        call()
