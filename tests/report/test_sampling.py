"""Which rows and steps are shown: laws that hold for any sizes."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ganglion.report._sampling import sample_rows, sample_steps

sizes = st.lists(st.integers(0, 400), min_size=1, max_size=40).filter(any)


@given(sizes=sizes, n_shown=st.integers(1, 300))
def test_at_most_n_rows_are_shown_each_once_and_in_order(sizes, n_shown):
    labels = np.repeat(np.arange(len(sizes)), sizes)
    rows = sample_rows(labels, n_shown)
    assert len(rows) <= n_shown
    assert np.all(np.diff(rows) > 0)


@given(sizes=sizes)
def test_no_cluster_vanishes_where_there_is_room_for_all(sizes):
    labels = np.repeat(np.arange(len(sizes)), sizes)
    shown = np.bincount(labels[sample_rows(labels, 40)], minlength=len(sizes))
    assert np.all(shown[np.array(sizes) > 0] >= 1)


def test_clusters_keep_their_proportions():
    labels = np.repeat([0, 1, 2], [60_000, 30_000, 10_000])
    shown = np.bincount(labels[sample_rows(labels, 5000)])
    assert np.allclose(shown, [3000, 1500, 500], atol=10)


def test_a_period_in_the_file_does_not_show_in_the_sample():
    labels = np.zeros(100_000, int)
    weekday = sample_rows(labels, 5000) % 7
    assert np.bincount(weekday).min() > 600


def test_few_rows_are_all_shown():
    assert sample_rows(np.zeros(10, int), 10).tolist() == list(range(10))


@given(n_steps=st.integers(1, 2000), n_shown=st.integers(1, 100))
def test_shown_steps_ascend_and_hold_the_last_and_where_there_are_two_the_first(n_steps, n_shown):
    steps = sample_steps(n_steps, n_shown)
    assert len(steps) == min(n_steps, n_shown)
    assert np.all(np.diff(steps) > 0)
    assert steps[-1] == n_steps - 1
    assert steps[0] == 0 or len(steps) == 1


def test_early_steps_are_shown_densely():
    steps = sample_steps(300, 40)
    assert steps[:8].tolist() == list(range(8))
    assert np.diff(steps)[-1] > 20
