"""Kneedle: against naive code from the paper, by hand, and for curves that have no knee."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import ganglion as gl
from ganglion.selection import kneedle
from oracles.kneedle import difference_curve, knees


@given(
    heights=st.lists(st.integers(0, 12), min_size=1, max_size=15),
    sensitivity=st.sampled_from([0.0, 0.5, 1.0, 3.0]),
)
def test_it_finds_the_knees_of_the_oracle(heights, sensitivity):
    x = np.arange(1, len(heights) + 1)
    found = kneedle(x, heights, sensitivity=sensitivity)
    assert [x[i] for i in found.indices] == knees(x, heights, sensitivity=sensitivity)
    if len(heights) >= 3:
        assert np.allclose(found.difference, difference_curve(x, heights)[1], atol=1e-12)


def test_by_hand():
    """x in [0, 1]: 0, 1/4, 1/2, 3/4, 1; 1 - y: 0, 0.7, 0.8, 0.9, 1; difference: 0, 0.45, 0.3, 0.15, 0.

    The maximum 0.45 - 1/4 = 0.2 is undercut at 0.15: the knee is x = 2.
    """
    found = kneedle([1, 2, 3, 4, 5], [10, 3, 2, 1, 0])
    assert found.indices == (1,)
    assert np.allclose(found.difference, [0, 0.45, 0.3, 0.15, 0])


def test_a_larger_sensitivity_wants_a_deeper_fall():
    curve = [10, 3, 2, 1, 0]
    assert kneedle(range(5), curve, sensitivity=1.7).indices == (1,)
    assert kneedle(range(5), curve, sensitivity=1.9).indices == ()


def test_a_straight_line_a_flat_one_and_two_points_have_no_knee():
    assert kneedle([1, 2, 3, 4], [4, 3, 2, 1]).indices == ()
    assert kneedle([1, 2, 3, 4], [5, 5, 5, 5]).indices == ()
    assert kneedle([1, 2], [5, 1]).indices == ()
    assert kneedle([], []).indices == ()


def test_a_curve_with_two_bends_has_two_knees():
    curve = np.r_[
        np.linspace(100, 60, 3),
        np.linspace(59, 50, 8),
        np.linspace(30, 10, 3),
        np.linspace(9.5, 8, 8),
    ]
    found = kneedle(np.arange(len(curve)), curve).indices
    assert len(found) == 2


@pytest.mark.parametrize(
    ("x", "y", "sensitivity", "message"),
    [
        ([1, 2, 3], [1, 2], 1.0, r"one y for each x; got the shapes \(3,\) and \(2,\)"),
        ([1, 3, 2], [3, 2, 1], 1.0, "needs ascending x"),
        ([1, 1, 2], [3, 2, 1], 1.0, "needs ascending x"),
        ([1, 2, 3], [3, np.nan, 1], 1.0, "needs finite x and y"),
        ([1, 2, 3], [3, 2, 1], -1.0, r"sensitivity must be 0 or more; got -1\.0"),
        ([1, 2, 3], [3, 2, 1], np.nan, "sensitivity must be 0 or more; got nan"),
    ],
)
def test_what_is_no_curve_is_refused(x, y, sensitivity, message):
    with pytest.raises(gl.ParameterError, match=message):
        kneedle(x, y, sensitivity=sensitivity)
