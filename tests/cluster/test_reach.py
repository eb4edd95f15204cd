"""How far the rows of clusters lie, in few numbers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ganglion import ParameterError
from ganglion.cluster.reach import LEVELS, checked_reach, limits_of, own_distances, reach_of


def test_distances_by_hand():
    # (3, 4) is 5 from the origin; (1, 1) is its own centre
    X, centers = np.array([[3.0, 4.0], [1.0, 1.0]]), np.array([[0.0, 0.0], [1.0, 1.0]])
    assert own_distances(X, centers, np.array([0, 1], dtype=np.int32)).tolist() == [5.0, 0.0]


@pytest.mark.parametrize("scale", [2.0**-600, 1.0, 2.0**600])
def test_distances_of_any_size_are_those_of_their_definition(scale):
    rng = np.random.default_rng(0)
    X, centers = rng.normal(size=(300, 5)), rng.normal(size=(3, 5))
    labels = rng.integers(3, size=300).astype(np.int32)
    expected = np.sqrt(((X - centers[labels]) ** 2).sum(axis=1))
    found = own_distances(X * scale, centers * scale, labels) / scale
    # d + 2 roundings of relative size 2^-53 under the root, and two outside it
    assert np.abs(found / expected - 1).max() <= 10 * 2.0**-53


def test_a_distance_beyond_the_doubles_is_infinite():
    X = np.array([[1.7e308, 1.7e308]])
    assert own_distances(X, -X, np.array([0], dtype=np.int32)).tolist() == [np.inf]


@given(
    distances=st.lists(st.floats(0, 1e300), min_size=1, max_size=60),
    share=st.floats(0, 0.999),
)
def test_no_more_than_the_share_is_beyond_the_limit(distances, share):
    found = np.array(distances)
    reach = reach_of(found, np.zeros(len(found), dtype=np.int32), 1)
    limit = limits_of(checked_reach(reach, 1), share)[0]
    assert np.count_nonzero(found > limit) <= share * len(found) + 1e-6
    assert limits_of(reach, 0.0)[0] == found.max()


def test_each_cluster_has_its_own_limit_and_an_empty_one_has_none():
    labels = np.repeat(np.array([0, 2], dtype=np.int32), 100)
    reach = reach_of(np.r_[np.arange(1.0, 101), 10 * np.arange(1.0, 101)], labels, 3)
    # 5 of 1 ... 100 are above 95; the levels are whole percents
    assert limits_of(reach, 0.05).tolist() == [95.0, 0.0, 950.0]


@pytest.mark.parametrize("share", [-0.1, 1.0, 2.0, float("nan")])
def test_a_share_that_is_none_is_refused(share):
    with pytest.raises(ParameterError, match="at least 0 and below 1"):
        limits_of(np.zeros((1, len(LEVELS))), share)


def test_what_is_no_reach_is_refused():
    with pytest.raises(ParameterError, match="of shape"):
        checked_reach(np.zeros((2, 3)), 2)
    falling = np.tile(np.arange(len(LEVELS), 0.0, -1.0), (1, 1))
    for wrong in (falling, np.full((1, len(LEVELS)), np.nan), falling * -1):
        with pytest.raises(ParameterError, match="do not fall"):
            checked_reach(wrong, 1)
