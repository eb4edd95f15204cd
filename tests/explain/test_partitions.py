"""Two partitions compared: by hand, and what holds for any two."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ganglion import DataError
from ganglion.explain.partitions import compare_partitions

pairs = st.integers(1, 14).flatmap(
    lambda n: st.tuples(
        st.lists(st.integers(0, 3), min_size=n, max_size=n),
        st.lists(st.integers(-2, 3), min_size=n, max_size=n),
    )
)


def test_the_same_partition_under_other_names_is_the_same():
    assert compare_partitions([0, 0, 1, 2], [7, 7, -1, 3]).sentence() == "the same partition"


def test_joined_and_divided_clusters_are_named():
    found = compare_partitions([0] * 5 + [1] * 4 + [2] * 3, [0] * 5 + [1] * 2 + [2] * 2 + [0] * 3)
    assert found.joined == ((0, 2),)
    assert found.divided == ((1, (2, 2)),)
    assert found.sentence() == "clusters 0 and 2 are one; cluster 1 falls into 2 and 2 rows"


def test_points_between_clusters_move():
    # One point of cluster 0 is with cluster 1 and one of cluster 1 with cluster 0.
    found = compare_partitions([0, 0, 0, 1, 1, 1], [0, 0, 1, 1, 1, 0])
    assert found.n_moved == 2
    assert found.sentence("penguin") == "2 penguins move"


def test_a_long_sentence_names_six_parts():
    labels = np.repeat(np.arange(20), 4)
    halves = np.arange(80) // 2
    assert compare_partitions(labels, halves).sentence().endswith("; 14 more clusters differ")
    fine = compare_partitions([0] * 20, np.arange(20)).sentence()
    assert fine == "cluster 0 falls into 1, 1, 1, 1, 1, 1 and smaller parts with 14 rows"


@given(pair=pairs)
def test_only_equal_partitions_are_the_same(pair):
    first, second = np.unique(pair[0], return_inverse=True)[1], np.array(pair[1])
    found = compare_partitions(first, second)
    equal = np.array_equal(first[:, None] == first, second[:, None] == second)
    assert (found.sentence() == "the same partition") == equal
    for _, sizes in found.divided:
        assert sum(sizes) + found.n_moved <= len(first)


def test_what_is_no_partition_is_refused():
    with pytest.raises(DataError, match="must be of the same points; got 2 and 3 labels"):
        compare_partitions([0, 1], [0, 1, 2])
    with pytest.raises(DataError, match="other must hold an integer for each point"):
        compare_partitions([0, 1], [0.5, 1])
