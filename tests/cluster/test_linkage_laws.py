"""Laws of agglomerative clustering, what it refuses, and the same bits everywhere."""

import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ganglion as gl
from ganglion import _native
from interrupting import ends_soon_and_whole
from oracles.linkage import METHODS, REDUCIBLE
from oracles.linkage_cases import cophenetic

BITS = """
import hashlib, sys, numpy as np, ganglion as gl
from ganglion.cluster._linkages.agglomeration import Phases, agglomerate
from ganglion.distances import as_items
rng, digest = np.random.default_rng(0), hashlib.sha256()
for n, d in ((9, 2), (300, 5), (700, 17)):
    for X in (rng.normal(size=(n, d)), rng.integers(0, 3, size=(n, d)).astype(np.float32)):
        for method in ("complete", "average", "weighted", "centroid", "median", "ward", "minimax"):
            digest.update(gl.linkage(X, method).merges.tobytes())
        for method in ("complete", "average", "weighted"):
            for part in agglomerate(as_items(X), method, None, phases=Phases(n * n)):
                digest.update(part.tobytes())
print(digest.hexdigest())
"""


def bits(**environment):
    """The digest of many trees in a fresh process."""
    answer = subprocess.run(
        [sys.executable, "-c", BITS],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert answer.returncode == 0, answer.stderr
    return answer.stdout


def test_the_bits_are_the_same_for_any_number_of_threads_and_on_every_instruction_set():
    expected = bits(GANGLION_NUM_THREADS="1")
    for threads in ("2", "3", "7"):
        assert bits(GANGLION_NUM_THREADS=threads) == expected, threads
    for isa in _native.available_isas():
        assert bits(GANGLION_ISA=isa) == expected, isa


@pytest.mark.parametrize("method", REDUCIBLE)
@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    n=st.integers(1, 40),
    d=st.integers(1, 5),
    whole=st.booleans(),
)
def test_heights_never_fall_where_the_linkage_is_reducible(method, seed, n, d, whole):
    rng = np.random.default_rng(seed)
    X = rng.integers(0, 5, (n, d)).astype(float) if whole else rng.normal(size=(n, d))
    tree = gl.linkage(X, method)
    assert np.all(np.diff(tree.heights) >= 0)
    assert tree.n_leaves == n


# Minimax is left out: a radius is the distance between two items, and one such distance can be that of several unions.
@pytest.mark.parametrize("method", [m for m in METHODS if m != "minimax"])
@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), n=st.integers(2, 40))
def test_permuting_the_rows_and_scaling_them_changes_names_and_units_only(method, seed, n):
    rng = np.random.default_rng(seed)
    X, order = rng.normal(size=(n, 3)), rng.permutation(n)
    i, j = np.triu_indices(n, 1)
    square = np.zeros((n, n))
    square[i, j] = cophenetic(gl.linkage(X, method).merges)
    square += square.T
    found = cophenetic(gl.linkage(X[order] * 4, method).merges)
    np.testing.assert_allclose(found, 4 * square[np.ix_(order, order)][i, j], rtol=1e-9)


@pytest.mark.parametrize("method", ["average", "centroid", "ward"])
def test_a_whole_weight_is_so_many_equal_samples(method):
    rng = np.random.default_rng(3)
    X, w = rng.normal(size=(30, 2)), rng.integers(1, 5, 30)
    weighted = gl.linkage(X, method, sample_weight=w).heights
    repeated = gl.linkage(np.repeat(X, w, axis=0), method).heights
    np.testing.assert_allclose(np.sort(repeated)[-29:], np.sort(weighted), rtol=1e-10)
    assert np.allclose(np.sort(repeated)[:-29], 0, atol=1e-7)
    of_distances = gl.linkage(
        gl.distances.pairwise(X), method, metric="precomputed", sample_weight=w
    )
    np.testing.assert_allclose(of_distances.heights, weighted, rtol=1e-10)


@pytest.mark.parametrize("method", METHODS)
def test_equal_samples_join_at_height_zero(method):
    assert gl.linkage(np.ones((10, 3)), method).heights.tolist() == [0.0] * 9
    assert gl.linkage(np.ones((1, 3)), method).merges.shape == (0, 4)


def test_four_points_by_hand():
    # 0, 1 | 5, 7: the pairs join at 1 and 2; between them distances 5, 7, 4, 6.
    X = [[0.0], [1.0], [5.0], [7.0]]
    last = {method: gl.linkage(X, method).heights[-1] for method in METHODS}
    assert last["single"] == 4 and last["complete"] == 7
    assert last["average"] == 5.5 and last["weighted"] == 5.5
    assert last["centroid"] == 5.5 and last["median"] == 5.5
    assert last["ward"] == pytest.approx(5.5 * np.sqrt(2))
    assert last["minimax"] == 5  # 5 is at most 5 away from all others; 1 is 6 away from 7
    assert gl.linkage(X, "minimax").prototypes.tolist() == [0, 2, 2]


def test_sets_and_words_are_clustered_as_they_are():
    tree = gl.linkage(["cat", "cart", "dog", "dig", "cat"], "average", "levenshtein")
    assert tree.merges[0].tolist() == [0, 4, 0, 2]
    assert tree.cut(n_clusters=2).tolist() == [0, 0, 1, 1, 0]


def test_refusals_say_what_would_work():
    X = [[0.0], [1.0]]
    with pytest.raises(gl.ParameterError, match=r'"ward" needs Euclidean.*"cosine".*"average"'):
        gl.linkage(X, "ward", "cosine")
    with pytest.raises(
        gl.ParameterError, match=r'"centroid" needs Euclidean.*a function.*"average"'
    ):
        gl.linkage(X, "centroid", lambda x, y: 1.0)
    with pytest.raises(gl.ParameterError, match=r"method must be one of .*'minimax'.*'wards'"):
        gl.linkage(X, "wards")
    with pytest.raises(gl.DataError, match=r"positive here; got 0 at row 1"):
        gl.linkage(X, sample_weight=[1, 0])
    for method in ("ward", "median"):
        with pytest.raises(gl.DataError, match=r"below 1e\+150; got 1e\+200"):
            gl.linkage([[0.0, 1e200], [1e200, 0.0]], method, "precomputed")
    with pytest.raises(gl.DataError, match="at least 1 sample"):
        gl.linkage(np.empty((0, 2)))
    with pytest.raises(gl.DataError, match=r"connectivity must have shape \(2, 2\).*\(3, 3\)"):
        gl.linkage(X, connectivity=np.ones((3, 3)))
    with pytest.raises(gl.DataError, match="numbers or booleans"):
        gl.linkage(X, connectivity=[["a", "b"], ["c", "d"]])
    with pytest.raises(gl.ParameterError, match=r'"median".*connectivity'):
        gl.linkage(X, "median", connectivity=np.ones((2, 2)))
    with pytest.raises(gl.ParameterError, match='"ward" with connectivity needs vectors'):
        gl.linkage(np.zeros((2, 2)), "ward", "precomputed", connectivity=np.ones((2, 2)))
    with pytest.raises(gl.ParameterError, match="progress must be callable"):
        gl.linkage(X, progress=3)


def test_a_matrix_beyond_the_limit_is_refused_before_it_is_made():
    X = np.random.default_rng(0).normal(size=(500, 2))
    for method in ("minimax", "complete"):
        D = np.abs(X[:, :1] - X[:, :1].T)
        with pytest.raises(gl.MemoryPlanError, match=rf"method=.{method}. on 500 items"):
            gl.linkage(D, method, "precomputed", memory_limit="1MB")
    assert gl.linkage(X, "complete", memory_limit="1MB") == gl.linkage(X, "complete")


def test_parts_of_a_graph_are_joined_with_a_warning():
    X = np.array([[0.0], [1.0], [10.0], [11.0]])
    graph = np.zeros((4, 4))
    graph[0, 1] = graph[2, 3] = 1
    with pytest.warns(gl.GanglionWarning, match="2 parts"):
        tree = gl.linkage(X, "complete", connectivity=graph)
    assert tree.heights.tolist() == [1, 1, 9]  # along the edge from 1 to 10, the only one there is


def test_progress_is_told_the_merges():
    steps = []
    gl.linkage(np.random.default_rng(0).normal(size=(200, 2)), "ward", progress=steps.append)
    assert [s.step for s in steps] == sorted(s.step for s in steps)
    assert steps[-1].step == steps[-1].total == 199


@pytest.mark.parametrize("method", ["complete", "ward", "median"])
def test_an_interrupt_is_obeyed(method):
    ends_soon_and_whole(
        f"""
import time, numpy as np, ganglion as gl
X = np.random.default_rng(0).normal(size=(40000, 40))
try:
    print("ready", flush=True)
    while True:
        gl.linkage(X, {method!r}, memory_limit="400MB")
except KeyboardInterrupt:
    print(time.monotonic(), "whole")
"""
    )
