"""k-means on points few enough for pencil and paper, and the items C1 to C9 of the lectures."""

import numpy as np
import pytest

import ganglion as gl
from ganglion.criteria import scatter
from oracles.kmeans_cases import blobs

# Four points on a line, started from the first two.
#
#   step 1  centres 0, 1       0 -> 0 | 1 4 7 -> 1       WSS 0 + 0 + 9 + 36 = 45
#           means   0, 4       summed squared shift 0 + 9 = 9,  mean over the two centres 4.5
#   step 2  centres 0, 4       0 1 -> 0 | 4 7 -> 4       WSS 0 + 1 + 0 + 9 = 10
#           means   1/2, 11/2  summed squared shift 1/4 + 9/4 = 2.5,  mean 1.25
#   step 3  centres 1/2, 11/2  no label changes          WSS 1/4 + 1/4 + 9/4 + 9/4 = 5
#           the means are the centres: shift 0, stop
#
# The mean of all is 3, so TSS = 9 + 4 + 1 + 16 = 30 and BSS = 2 x 2.5^2 + 2 x 2.5^2 = 25.
LINE = np.array([[0.0], [1.0], [4.0], [7.0]])
LINE_START = LINE[:2]

# Four corners of a 4 x 2 rectangle; the mean is (2, 1), so TSS = 4 x (4 + 1) = 20.
#   left | right: centres (0, 1), (4, 1); every point is 1 away: WSS 4, BSS 4 x 4 = 16
#   low | high:   centres (2, 0), (2, 2); every point is 2 away: WSS 16, BSS 4 x 1 = 4
# Both are fixed points of Lloyd: which one is reached is the start's doing.
CORNERS = np.array([[0.0, 0.0], [0.0, 2.0], [4.0, 0.0], [4.0, 2.0]])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_c3_four_points_on_a_line_take_the_three_steps_of_the_comment(dtype):
    """C3: assign every point to the nearest centre, move each centre to the mean, repeat."""
    run = gl.kmeans(LINE.astype(dtype), 2, init=LINE_START.astype(dtype), tol=0, record=True)
    assert run.labels.tolist() == [0, 0, 1, 1]
    assert run.centers.tolist() == [[0.5], [5.5]]
    assert (run.inertia, run.tss, run.bss) == (5.0, 30.0, 25.0)
    assert (run.n_iter, run.stopped_by, run.converged) == (3, "labels", True)
    history = run.history
    assert np.array(history.centers).ravel().tolist() == [0, 1, 0, 4, 0.5, 5.5]
    assert np.array(history.labels).tolist() == [[0, 1, 1, 1], [0, 0, 1, 1], [0, 0, 1, 1]]
    assert list(history.inertia) == [45, 10, 5]
    assert list(history.shift) == [9, 2.5, 0]
    assert list(history.changed)[1:] == [1, 0]
    assert np.array(history.sizes).tolist() == [[1, 3], [2, 2], [2, 2]]


@pytest.mark.parametrize(
    ("start", "labels", "centers", "inertia", "bss"),
    [
        ([0, 2], [0, 0, 1, 1], [[0, 1], [4, 1]], 4.0, 16.0),
        ([2, 0], [1, 1, 0, 0], [[4, 1], [0, 1]], 4.0, 16.0),
        ([0, 1], [0, 1, 0, 1], [[2, 0], [2, 2]], 16.0, 4.0),
    ],
)
def test_c3_the_start_decides_which_fixed_point_is_reached(start, labels, centers, inertia, bss):
    """C3: the corners of a rectangle, split along the short side or along the long one."""
    run = gl.kmeans(CORNERS, 2, init=CORNERS[start])
    assert run.labels.tolist() == labels
    assert run.centers.tolist() == centers
    assert (run.inertia, run.bss, run.tss) == (inertia, bss, 20.0)


def test_c3_restarts_find_the_better_fixed_point():
    """C3: the best of several starts is kept; the rectangle's best WSS is 4."""
    for seed in range(20):
        assert gl.kmeans(CORNERS, 2, init="random", n_init=30, random_state=seed).inertia == 4.0


@pytest.mark.parametrize("init", ["random", "k-means++", "k-means||"])
def test_c3_centres_are_started_at_random_or_by_kmeans_plusplus(init):
    """C3: the centres of the first step are rows of X, and all different."""
    X = blobs(50, 3)
    starts = set()
    for seed in range(10):
        run = gl.kmeans(X, 4, init=init, random_state=seed, record=True)
        start = np.array(run.history.centers[0])
        starts.add(start.tobytes())
        if init != "k-means||":  # which weighs its oversampled rows and clusters them again
            rows = (start[:, None, :] == X[None, :, :]).all(axis=2)
            assert rows.any(axis=1).all() and len(set(rows.argmax(axis=1))) == 4
    assert len(starts) > 1


@pytest.mark.parametrize(
    ("max_iter", "labels", "centers", "inertia"),
    [(1, [0, 0, 1, 1], [[0], [4]], 10.0), (2, [0, 0, 1, 1], [[0.5], [5.5]], 5.0)],
)
def test_c4_it_stops_after_the_given_number_of_iterations(max_iter, labels, centers, inertia):
    """C4: the labels belong to the centres of the last move, and nothing claims to have converged."""
    run = gl.kmeans(LINE, 2, init=LINE_START, tol=0, max_iter=max_iter)
    assert (run.n_iter, run.stopped_by, run.converged) == (max_iter, "max_iter", False)
    assert run.labels.tolist() == labels
    assert run.centers.tolist() == centers
    assert run.inertia == inertia


@pytest.mark.parametrize(
    ("epsilon", "n_iter", "stopped_by"),
    [
        (4.5, 1, "epsilon"),
        (4.4999, 2, "epsilon"),
        (1.25, 2, "epsilon"),
        (1.2499, 3, "labels"),
        (0, 3, "labels"),
    ],
)
def test_c4_it_stops_when_the_mean_squared_shift_is_at_most_epsilon(epsilon, n_iter, stopped_by):
    """C4: 1/K sum_j ||m_j(t+1) - m_j(t)||^2 <= epsilon, the boundary included."""
    run = gl.kmeans(LINE, 2, init=LINE_START, tol=0, epsilon=epsilon)
    assert (run.n_iter, run.stopped_by) == (n_iter, stopped_by)


@pytest.mark.parametrize(
    ("tol", "n_iter", "stopped_by"),
    # The variance of the one column is 30 / 4 = 7.5: tol x 7.5 against 9, 2.5 and 0. The product
    # 1.2 x 7.5 is 9 in float64 too, and the boundary is included.
    [
        (1.3, 1, "tol"),
        (1.2, 1, "tol"),
        (1.1, 2, "tol"),
        (0.34, 2, "tol"),
        (0.32, 3, "labels"),
        (0, 3, "labels"),
    ],
)
def test_c4_tol_is_relative_to_the_mean_variance_of_the_columns(tol, n_iter, stopped_by):
    """C4: the summed squared shift against tol x mean variance, as in scikit-learn."""
    run = gl.kmeans(LINE, 2, init=LINE_START, tol=tol)
    assert (run.n_iter, run.stopped_by) == (n_iter, stopped_by)


def test_c4_the_first_rule_that_holds_stops():
    """C4: with both rules given, the earlier one is named."""
    assert gl.kmeans(LINE, 2, init=LINE_START, tol=0, epsilon=4.5, max_iter=1).n_iter == 1
    run = gl.kmeans(LINE, 2, init=LINE_START, tol=0.34, epsilon=4.5)
    assert (run.n_iter, run.stopped_by) == (1, "epsilon")


@pytest.mark.parametrize(
    ("labels", "bss", "wss"),
    [([0, 0, 1, 1], 16, 4), ([0, 1, 0, 1], 4, 16), ([0, 0, 0, 0], 0, 20), ([3, 2, 1, 0], 20, 0)],
)
def test_c5_the_total_scatter_is_the_same_for_every_partition(labels, bss, wss):
    """C5: TSS = sum ||x_i - mean||^2 = BSS + WSS, whatever the partition."""
    parts = scatter(CORNERS, labels)
    assert (parts.tss, parts.bss, parts.wss) == (20, bss, wss)


def test_c5_lowering_wss_raises_bss_by_the_same_amount():
    """C5: along the steps WSS falls, and TSS - WSS about the means rises."""
    X = blobs(300, 3)
    history = gl.kmeans(X, 5, init=X[:5], tol=0, record=True).history
    parts = [scatter(X, labels) for labels in history.labels]
    tss, bss, wss = np.array([(p.tss, p.bss, p.wss) for p in parts]).T
    assert np.allclose(tss, tss[0], rtol=1e-12)
    assert np.allclose(bss + wss, tss, rtol=1e-12)
    assert (np.diff(wss) <= 0).all() and (np.diff(bss) >= 0).all() and wss[-1] < wss[0]


def test_c5_weights_enter_all_three_sums():
    """C5: weights 1, 1, 3, 3 on the line 0, 1, 4, 7.

    The mean is (0 + 1 + 12 + 21) / 8 = 4.25; the parts {0, 1} and {4, 7} have means 0.5 and 5.5.
    WSS = 2 x 1/4 + 6 x 9/4 = 14; BSS = 2 x 3.75^2 + 6 x 1.25^2 = 37.5; TSS = 51.5.
    """
    weight = [1, 1, 3, 3]
    parts = scatter(LINE, [0, 0, 1, 1], sample_weight=weight)
    assert (parts.wss, parts.bss, parts.tss) == (14.0, 37.5, 51.5)
    run = gl.kmeans(LINE, 2, init=LINE_START, tol=0, sample_weight=weight)
    assert (run.inertia, run.bss, run.tss) == (14.0, 37.5, 51.5)


def test_c1_points_without_labels_come_into_groups_alike_within_and_unlike_across():
    """C1: in many dimensions, every point is nearer to all of its own group than to any other."""
    rng = np.random.default_rng(0)
    truth = rng.integers(4, size=200)
    X = 100.0 * np.eye(50)[truth] + rng.normal(size=(200, 50))
    run = gl.kmeans(X, 4, n_init=5, random_state=0)
    distance = np.linalg.norm(X[:, None] - X[None], axis=2)
    together = run.labels[:, None] == run.labels[None]
    assert distance[together].max() < distance[~together].min()
    assert np.array_equal(together, truth[:, None] == truth[None])


def test_c7_the_better_partition_is_more_compact_and_more_isolated():
    """C7: cohesion is a small WSS, separation a large BSS; of the two fixed points one has both."""
    good, bad = (gl.kmeans(CORNERS, 2, init=CORNERS[start]) for start in ([0, 2], [0, 1]))
    assert good.inertia < bad.inertia and good.bss > bad.bss


def test_c9_all_clusters_come_at_once_disjoint_and_cover_every_point():
    """C9: a partition: k parts, none empty, every point in exactly one."""
    X = blobs(100, 5)
    labels = gl.kmeans(X, 6, random_state=0).labels
    assert set(labels.tolist()) == set(range(6)) and labels.shape == (100,)


def test_greedy_kmeans_plusplus_takes_the_candidate_with_the_lowest_potential():
    """One point far away holds nearly all of the potential, so it is nearly always drawn and kept.

    After a first centre among 0, 1, 2 the point 1000 carries at least 998^2 / (998^2 + 5) of the
    draws; every other candidate leaves it uncovered. So k = 2 always covers both ends.
    """
    X = np.array([[0.0], [1.0], [2.0], [1000.0]])
    for seed in range(50):
        centers, indices = gl.kmeans_plusplus(X, 2, random_state=seed)
        assert 3 in indices.tolist() and indices.dtype == np.int64
        assert np.array_equal(centers, X[indices])


def test_cosine_kmeans_groups_by_direction_and_not_by_length():
    """Along the axes: (1, 0), (9, 0) and (0, 2), (0, 0.1); lengths do not matter."""
    X = np.array([[1.0, 0.0], [0.0, 2.0], [9.0, 0.0], [0.0, 0.1]])
    run = gl.kmeans(X, 2, init=X[:2], metric="cosine")
    assert run.labels.tolist() == [0, 1, 0, 1]
    assert run.centers.tolist() == [[1, 0], [0, 1]]
    assert run.inertia == 0.0


def test_three_points_started_far_off_each_get_a_cluster_of_their_own():
    """The start 4, 0, 1 leaves a cluster empty; the answer with k = n is every point for itself."""
    X = np.array([[1.0], [2.0], [3.0]])
    run = gl.kmeans(X, 3, init=[[4.0], [0.0], [1.0]], max_iter=10, tol=0)
    assert sorted(run.labels.tolist()) == [0, 1, 2]
    assert np.array_equal(run.centers[run.labels], X)
    assert run.inertia == 0.0
