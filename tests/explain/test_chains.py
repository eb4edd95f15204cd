"""Clusters followed through a chain: by hand, and by laws that hold for any partitions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from ganglion import DataError
from ganglion.explain.chains import follow_clusters

chains = st.tuples(st.integers(1, 7), st.integers(1, 12)).flatmap(
    lambda shape: arrays(np.int64, shape, elements=st.integers(-2, 4))
)


def told(story):
    return [(e.step, e.kind, e.cluster, e.other, e.size) for e in story.events]


def test_a_cluster_that_splits_keeps_its_number_on_the_larger_part():
    story = follow_clusters([[0, 0, 0, 0, 0], [8, 8, 3, 3, 3]])
    assert story.labels[1].tolist() == [1, 1, 0, 0, 0]
    assert told(story) == [(1, "split", 1, 0, 2)]


def test_of_two_that_merge_the_larger_goes_on():
    story = follow_clusters([[0, 0, 1, 1, 1], [0, 0, 0, 0, 0]])
    assert story.labels[1].tolist() == [1] * 5
    assert told(story) == [(1, "merge", 0, 1, 2)]


def test_a_cluster_of_points_from_several_is_born_and_one_that_scatters_ends():
    # One point each of 0, 1 and 2 makes a cluster: no half of it comes from one.
    story = follow_clusters([[0, 0, 0, 1, 1, 1, 2, 2, 2], [0, 0, 7, 1, 1, 7, 2, 2, 7]])
    assert told(story) == [(1, "birth", 3, -1, 3)]
    back = follow_clusters(np.flip(story.labels, axis=0))
    assert [(event.kind, event.other) for event in back.events] == [("end", -1)]


def test_numbers_are_never_given_twice():
    # The pair splits off, returns, and splits off again: a new cluster.
    story = follow_clusters([[0, 0, 0, 0], [0, 0, 0, 1], [0, 0, 0, 0], [0, 0, 0, 1]])
    assert story.labels[:, 3].tolist() == [0, 1, 0, 2]
    assert story.n_clusters == 3


@given(partitions=chains)
def test_following_changes_names_only(partitions):
    story = follow_clusters(partitions)
    for own, followed in zip(partitions, story.labels, strict=True):
        together = own[:, None] == own
        assert np.array_equal(followed[:, None] == followed, together)


@given(partitions=chains)
def test_clusters_live_once_and_events_tell_all_of_it(partitions):
    story = follow_clusters(partitions)
    there = story.sizes() > 0
    births = np.diff(there.astype(int), axis=0, prepend=there[:1].astype(int))
    assert (np.abs(np.diff(there.astype(int), axis=0)).sum(axis=0) <= 2).all()
    began = [(e.step, e.cluster) for e in story.events if e.kind in ("split", "birth")]
    ended = [(e.step, e.cluster) for e in story.events if e.kind in ("merge", "end")]
    assert sorted(began) == sorted(
        zip(*map(np.ndarray.tolist, np.nonzero(births > 0)), strict=True)
    )
    assert sorted(ended) == sorted(
        zip(*map(np.ndarray.tolist, np.nonzero(births < 0)), strict=True)
    )


def test_clusters_have_the_numbers_of_the_partition_at_the_end():
    story = follow_clusters(
        [[0, 0, 0, 0, 0], [0, 0, 1, 1, 1], [1, 1, 0, 0, 2]], ending=[1, 1, 0, 0, 0]
    )
    assert story.labels.tolist() == [[0, 0, 0, 0, 0], [1, 1, 0, 0, 0], [1, 1, 0, 0, 2]]
    assert told(story) == [(1, "split", 1, 0, 2), (2, "split", 2, 0, 1)]
    with pytest.raises(DataError, match=r"ending must hold a label 0, 1, ... for each of the 5"):
        follow_clusters([[0, 0, 0, 0, 0]], ending=[0])


@given(partitions=chains)
def test_a_partition_that_stays_has_no_events(partitions):
    twice = np.repeat(partitions[:1], 3, axis=0)
    assert follow_clusters(twice).events == ()


def test_what_is_no_chain_is_refused():
    with pytest.raises(DataError, match=r"partitions must be integers of shape \(n_steps, n\)"):
        follow_clusters([0, 1])
    with pytest.raises(DataError, match=r"got shape .* of float64"):
        follow_clusters([[0.5, 1.0]])
