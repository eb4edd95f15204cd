"""The elbow rule against Kneedle from the paper, and Kneedle itself against paper and pencil."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ganglion as gl
from ganglion.selection import kneedle
from oracles import kneedle as oracle
from oracles.kmeans_cases import blobs

# Costs 16, 4, 2, 1, 0 at k = 1 .. 5. In the unit square x is 0, 1/4, 1/2, 3/4, 1 and the falling
# curve turned round is 0, 12/16, 14/16, 15/16, 1; minus x: 0, 1/2, 3/8, 3/16, 0. The only local
# maximum is 1/2 at k = 2; its threshold is 1/2 - 1/4 (the mean step) = 1/4, and 3/16 at k = 4 is
# below that: the knee is at k = 2. With sensitivity 3 the threshold is -1/4: no knee.
COSTS = [16.0, 4.0, 2.0, 1.0, 0.0]


def test_kneedle_by_hand_finds_the_bend_of_five_points():
    assert oracle.knees([1, 2, 3, 4, 5], COSTS) == [2]
    assert oracle.elbow([1, 2, 3, 4, 5], COSTS, sensitivity=3.0) is None


@pytest.mark.parametrize("costs", [[4.0, 3.0, 2.0, 1.0], [5.0, 5.0, 5.0], [3.0, 1.0], [7.0]])
def test_kneedle_finds_nothing_where_nothing_bends(costs):
    assert oracle.knees(range(len(costs)), costs) == []


@given(
    heights=st.lists(st.integers(0, 1000), min_size=1, max_size=20),
    sensitivity=st.sampled_from([0.0, 0.5, 1.0, 2.0]),
)
@settings(max_examples=300, deadline=None)
def test_our_kneedle_is_the_papers_on_any_curve(heights, sensitivity):
    x = np.arange(1, len(heights) + 1)
    found = [int(x[i]) for i in kneedle(x, heights, sensitivity=sensitivity).indices]
    assert found == oracle.knees(x.tolist(), heights, sensitivity=sensitivity)


@given(steps=st.lists(st.integers(1, 10**6), min_size=2, max_size=20))
@settings(max_examples=300, deadline=None)
def test_our_kneedle_is_the_papers_on_falling_convex_curves(steps):
    costs = np.cumsum([0, *sorted(steps)])[::-1]  # ever smaller steps down to zero
    x = np.arange(len(costs)) ** 2  # and positions that are not evenly spaced
    found = [int(x[i]) for i in kneedle(x, costs).indices]
    assert found == oracle.knees(x.tolist(), costs)


@pytest.mark.parametrize("groups", [2, 3, 4, 5, 8])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_c6_the_elbow_finds_the_number_of_groups_that_stand_apart(groups, seed):
    """C6: the number of clusters determined from the data by the elbow method."""
    X = blobs(300, 4, groups=groups, seed=seed, spread=0.2)
    choice = gl.choose_k(X, k=range(1, 13), rules=["elbow"], random_state=0)
    assert list(choice.table["k"]) == list(range(1, 13))
    assert choice.k == choice.votes["elbow"] == groups
    assert (np.diff(choice.table["wss"]) <= 0).all()


def test_c6_data_whose_curve_does_not_bend_get_no_answer():
    """C6: rows of a simplex: each further cluster takes the same amount off the WSS."""
    X = np.repeat(np.eye(12), 5, axis=0)
    choice = gl.choose_k(X, k=range(1, 13), rules=["elbow"], random_state=0)
    assert choice.k is None and choice.votes == {"elbow": None}
    assert choice.reason
