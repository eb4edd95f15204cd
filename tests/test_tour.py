"""The library in one readable file: what it does, in the order in which one would ask for it."""

import numpy as np
import pytest

import ganglion as gl


@pytest.fixture(scope="module")
def leaves():
    """Leaves of three kinds of tree, fifty of each: length and width in centimetres."""
    rng = np.random.default_rng(0)
    leaves = np.array([[1.5, 0.25], [4.3, 1.3], [2.0, 4.0]])
    return np.vstack([leaf + rng.normal(0, [0.25, 0.1], size=(50, 2)) for leaf in leaves])


def test_kmeans_finds_groups(leaves):
    run = gl.kmeans(leaves, 3, random_state=0)
    assert run.centers.shape == (3, 2)
    assert sorted(np.bincount(run.labels).tolist()) == [50, 50, 50]
    assert run.stopped_by in ("labels", "tol")


def test_its_scatter_adds_up(leaves):
    run = gl.kmeans(leaves, 3, random_state=0)
    assert run.inertia + run.bss == pytest.approx(run.tss, rel=1e-10)
    parts = gl.criteria.scatter(leaves, run.labels)
    assert parts.wss == pytest.approx(run.inertia, rel=1e-6)


def test_it_shows_its_work(leaves):
    history = gl.kmeans(leaves, 3, init=leaves[:3], record=True).history
    assert np.array_equal(history.centers[0], leaves[:3])
    assert list(history.inertia) == sorted(history.inertia, reverse=True)


def test_it_starts_where_it_is_told(leaves):
    start, rows = gl.kmeans_plusplus(leaves, 3, random_state=0)
    assert np.array_equal(start, leaves[rows])
    assert gl.kmeans(leaves, 3, init=start).n_iter < 10


def test_one_seed_gives_one_answer_whatever_the_threads(leaves):
    before = gl.get_num_threads()
    answers = set()
    for threads in (1, 2, 5):
        gl.set_num_threads(threads)
        answers.add(gl.kmeans(leaves, 3, random_state=7).centers.tobytes())
    gl.set_num_threads(before)
    assert len(answers) == 1


def test_a_weight_of_two_is_the_row_twice(leaves):
    weight = np.where(np.arange(150) < 50, 2, 1)
    weighted = gl.kmeans(leaves, 3, init=leaves[[0, 50, 100]], sample_weight=weight)
    repeated = gl.kmeans(np.vstack([leaves[:50], leaves]), 3, init=leaves[[0, 50, 100]])
    assert np.allclose(weighted.centers, repeated.centers, rtol=1e-12)


def test_directions_are_clustered_with_the_cosine(leaves):
    run = gl.kmeans(leaves, 2, metric="cosine", random_state=0)
    assert np.allclose(np.linalg.norm(run.centers, axis=1), 1)


def test_the_estimator_is_scikit_learns(leaves):
    model = gl.KMeans(n_clusters=3, random_state=0).fit(leaves)
    assert np.array_equal(model.labels_, model.predict(leaves))
    assert model.cluster_centers_.shape == (3, 2)
    assert model.get_params()["n_clusters"] == 3


def test_data_may_come_in_batches(leaves):
    model = gl.MiniBatchKMeans(n_clusters=3, random_state=0)
    order = np.random.default_rng(0).permutation(150)
    for rows in np.array_split(order, 5):
        model.partial_fit(leaves[rows])
    assert sorted(np.bincount(model.predict(leaves)).tolist()) == [50, 50, 50]


def test_the_number_of_clusters_is_read_off_the_elbow(leaves):
    """C6: K fixed by the user, or determined from the data on a criterion."""
    choice = gl.choose_k(leaves, k=range(1, 9), rules=["elbow"], random_state=0)
    assert choice.k == choice.votes["elbow"] == 3
    assert choice.reason


def test_a_model_goes_into_a_file_and_comes_back(leaves, tmp_path):
    model = gl.KMeans(n_clusters=3, random_state=0).fit(leaves)
    gl.save(model, tmp_path / "leaves.gl")
    again = gl.load(tmp_path / "leaves.gl")
    assert np.array_equal(again.predict(leaves), model.labels_)


def test_what_cannot_be_answered_is_refused_with_the_place_and_the_remedy(leaves):
    spoilt = leaves.copy()
    spoilt[17, 1] = np.nan
    with pytest.raises(gl.DataError, match=r"NaN.*row 17.*column"):
        gl.kmeans(spoilt, 3)
    with pytest.raises(gl.ParameterError, match=r"n_clusters.*200.*150"):
        gl.kmeans(leaves, 200)
