"""The line search: both conditions from any first length, and nothing but the start where no step lowers the loss."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from ganglion.nn._wolfe import CURVATURE, DECREASE, Line, Trial, strong_wolfe


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 10**6), st.floats(1e-4, 1e4))
def test_the_line_search_ends_in_the_wolfe_conditions_from_any_first_length(seed, length):
    rng = np.random.default_rng(seed)
    high = rng.uniform(0.1, 5)  # a wave on a parabola: many minima

    def wavy(x):
        return float((x[0] - 2) ** 2 + high * np.sin(3 * x[0])), 2 * (x - 2) + 3 * high * np.cos(
            3 * x
        )

    point = np.array([rng.uniform(-6, 6)])
    f, g = wavy(point)
    line = Line(wavy, point, -g, 60)
    slope = -float(g @ g)
    found = strong_wolfe(line, Trial(0.0, f, slope, point, g), length)
    assert found.loss <= f + DECREASE * found.length * slope
    assert abs(found.slope) <= -CURVATURE * slope
    assert line.n_evaluations < 60


def searched(evaluate, length, most=25):
    point = np.zeros(1)
    loss, gradient = evaluate(point)
    line = Line(evaluate, point, -gradient, most)
    start = Trial(0.0, loss, -float(gradient @ gradient), point, gradient)
    return strong_wolfe(line, start, length), start, line.n_evaluations


def parabola(x):
    return float((x[0] - 3) ** 2), 2 * (x - 3)


def test_the_cubic_through_a_parabola_finds_its_minimum_at_once():
    # From 0 along 6 the minimum is at length 1/2; length 1 is as high as the start, and the cubic is the parabola.
    found, _, n_evaluations = searched(parabola, 1.0)
    assert n_evaluations == 2
    np.testing.assert_allclose(found.point, [3.0], atol=1e-12)


def test_a_first_length_that_is_too_short_grows_at_most_tenfold():
    found, _, n_evaluations = searched(parabola, 1e-4)
    assert found.loss < 9 and n_evaluations <= 5


def test_where_the_loss_does_not_keep_what_the_slope_promises_the_start_comes_back():
    found, start, n_evaluations = searched(lambda x: (1.0, np.ones(1)), 1.0)
    assert found is start and n_evaluations <= 25


def test_a_search_that_runs_out_of_evaluations_gives_the_best_it_saw():
    found, start, n_evaluations = searched(parabola, 1e-9, most=3)
    assert n_evaluations == 3 and found.loss < start.loss
