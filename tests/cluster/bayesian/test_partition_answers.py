"""Credible balls and summaries by several partitions: definitions, laws, by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import ganglion as gl
from ganglion.cluster.bayesian import (
    credible_ball,
    expected_loss,
    point_estimate,
    variation_of_information,
    wasabi,
)
from oracles import bayesian_partitions as oracle

some_draws = hnp.arrays(
    np.int64, st.tuples(st.integers(1, 25), st.integers(1, 6)), elements=st.integers(0, 3)
)


def two_modes(n_draws=200, seed=0):
    """Of three draws two are near one partition of 60 items, and one near another."""
    random = np.random.default_rng(seed)
    first, second = np.repeat([0, 1, 2], 20), np.repeat([0, 0, 1, 1, 2, 3], 10)
    center = np.where(np.arange(n_draws)[:, None] % 3 > 0, first, second)
    strays = random.random(center.shape) < 0.05
    return np.where(strays, random.integers(4, size=center.shape), center), first, second


def as_set(partitions):
    return {tuple(row) for row in partitions.tolist()}


@settings(max_examples=150, deadline=None)
@given(some_draws, st.sampled_from([0.05, 0.5, 0.8, 0.95, 1.0]), st.sampled_from(["vi", "binder"]))
def test_the_ball_and_its_bounds_are_those_of_the_definition(draws, level, loss):
    center = draws[0].tolist()
    ball = credible_ball(draws, center, level, loss=loss)
    radius, horizontal, upper, lower = oracle.ball(draws.tolist(), center, level, loss)
    assert ball.radius == pytest.approx(radius, abs=1e-12)
    assert ball.center.tolist() == oracle.canonical(center)
    assert as_set(ball.horizontal) == horizontal
    assert as_set(ball.upper) == upper
    assert as_set(ball.lower) == lower
    for found in (ball.horizontal, ball.upper, ball.lower):
        assert found.dtype == np.int32 and len(as_set(found)) == len(found)


@settings(max_examples=50, deadline=None)
@given(some_draws)
def test_balls_grow_with_their_level(draws):
    balls = [credible_ball(draws, draws[0], level) for level in (0.1, 0.5, 0.9, 1.0)]
    radii = [ball.radius for ball in balls]
    assert radii == sorted(radii)
    assert all(ball.mass >= ball.level - 1e-9 for ball in balls) and balls[-1].mass == 1.0


def test_a_ball_of_four_draws_by_hand():
    # From {01}{2}: the draw {0}{1}{2} is 2/3 bit away (H(012) - H(01,2) = log2 3 - (log2 3 - 2/3)), {012} is
    # H(01,2) = log2 3 - 2/3 = 0.918. Three of four draws are within 2/3.
    draws = [[0, 0, 1], [0, 0, 1], [0, 1, 2], [0, 0, 0]]
    ball = credible_ball(draws, [0, 0, 1], 0.75)
    assert ball.radius == pytest.approx(2 / 3) and ball.mass == 0.75
    assert ball.horizontal.tolist() == ball.lower.tolist() == [[0, 1, 2]]
    assert ball.upper.tolist() == [[0, 0, 1]]
    wide = credible_ball(draws, [0, 0, 1], 0.76)
    assert wide.radius == pytest.approx(np.log2(3) - 2 / 3) and wide.mass == 1.0
    assert wide.upper.tolist() == [[0, 0, 0]]


def test_ties_at_the_rim_are_inside():
    # All three singletons pulled out are equally far, and 0.4 of the draws would be reached by one of them.
    draws = [[0, 0, 0], [0, 0, 1], [0, 1, 0], [1, 0, 0], [0, 1, 1]]
    ball = credible_ball(draws, [0, 0, 0], 0.4)
    assert ball.mass == 1.0 and len(ball.horizontal) == 3


@pytest.mark.parametrize("n_draws", [10, 20, 100, 1000])
def test_a_level_that_is_a_whole_number_of_draws_is_not_rounded_up(n_draws):
    far = round(n_draws * 0.05)
    draws = np.zeros((n_draws, 4), dtype=int)
    draws[:far] = [0, 1, 2, 3]
    if far:
        assert credible_ball(draws, [0] * 4, 1 - far / n_draws).radius == 0.0


def test_draws_that_are_all_the_center_make_a_ball_of_radius_zero():
    ball = credible_ball([[1, 1, 0]] * 7, [0, 0, 5])
    assert ball.radius == 0.0 and ball.mass == 1.0
    for found in (ball.horizontal, ball.upper, ball.lower):
        assert found.tolist() == [[0, 0, 1]]


@pytest.mark.parametrize("level", [0, -0.1, 1.1, "95%", None, True, float("nan")])
def test_a_level_that_is_no_share_is_refused(level):
    with pytest.raises(
        gl.ParameterError, match="level, the share of draws in the ball, must be above 0"
    ):
        credible_ball([[0, 1]], [0, 1], level)


def test_two_modes_are_found_with_their_weights():
    draws, first, second = two_modes()
    found = wasabi(draws, 2, random_state=0)
    assert variation_of_information(found.partitions[0], first) < 0.05
    assert variation_of_information(found.partitions[1], second) < 0.05
    assert found.weights == pytest.approx([2 / 3, 1 / 3], abs=0.02)
    assert wasabi(draws, 1, random_state=0).loss > found.loss + 0.08


def test_one_partition_is_the_point_estimate():
    draws, _, _ = two_modes(60)
    found = wasabi(draws, 1, random_state=0)
    estimate = point_estimate(draws, random_state=0)
    assert found.loss == pytest.approx(expected_loss(draws, estimate), abs=1e-12)
    assert found.weights.tolist() == [1.0] and set(found.assignment) == {0}


@settings(max_examples=25, deadline=None)
@given(some_draws, st.sampled_from(["vi", "binder"]), st.integers(0, 50))
def test_every_draw_has_its_nearest_partition_and_the_numbers_add_up(draws, loss, seed):
    different = len({tuple(oracle.canonical(row)) for row in draws.tolist()})
    found = wasabi(draws, min(3, different), loss=loss, random_state=seed, n_init=1)
    distances = np.array(
        [
            [expected_loss([draw], partition, loss) for draw in draws]
            for partition in found.partitions
        ]
    )
    chosen = distances[found.assignment, np.arange(len(draws))]
    np.testing.assert_allclose(chosen, distances.min(axis=0), atol=1e-12)
    assert found.loss == pytest.approx(chosen.mean(), abs=1e-12)
    counts = np.bincount(found.assignment, minlength=len(found.weights))
    assert found.weights.tolist() == (counts / len(draws)).tolist()
    assert np.all(np.diff(found.weights) <= 0) and found.weights.sum() == pytest.approx(1)
    assert found.weights @ found.within == pytest.approx(found.loss, abs=1e-12)
    assert len(as_set(found.partitions)) == len(found.partitions)


def test_as_many_partitions_as_different_draws_are_those_draws():
    draws = np.array([[0, 0, 1], [0, 1, 1], [0, 0, 1], [0, 1, 2]])
    found = wasabi(draws, 3, random_state=0)
    assert found.loss == 0.0 and as_set(found.partitions) == {(0, 0, 1), (0, 1, 1), (0, 1, 2)}


def test_more_iterations_never_make_it_worse():
    draws, _, _ = two_modes(90, seed=3)
    losses = [wasabi(draws, 3, max_iter=m, n_init=1, random_state=5).loss for m in (1, 2, 3, 20)]
    assert np.all(np.diff(losses) <= 1e-12)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n_summaries": 0}, "n_summaries must be an integer of at least 1; got 0"),
        ({"n_summaries": 3}, "n_summaries must be at most the number of different draws, 2; got 3"),
        ({"n_init": 0}, "n_init must be"),
        ({"max_iter": 1.5}, "max_iter must be"),
        ({"loss": "l2"}, "loss must be 'vi' or 'binder'"),
    ],
)
def test_what_cannot_be_summarised_is_refused_by_name(options, message):
    with pytest.raises(gl.ParameterError, match=message):
        wasabi([[0, 0, 1], [1, 1, 0], [0, 1, 1]], **{"n_summaries": 1, **options})
