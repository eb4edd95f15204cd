"""Medoids, typical and distant members: against a naive search, by hand, with repetitions."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from ganglion import ParameterError
from ganglion.distances import as_items
from ganglion.explain.examples import cluster_examples


@pytest.mark.parametrize("n", [1, 2, 7, 8, 9, 16, 17, 1000])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_medoids_are_those_of_a_naive_search(n, dtype):
    rng = np.random.default_rng(n)
    X = rng.normal(size=(n, 3)).astype(dtype)
    labels = np.arange(n) % min(n, 3)
    counts = rng.integers(1, 5, n)
    D = cdist(X, X)
    for part in cluster_examples(as_items(X), labels, counts=counts):
        who = np.flatnonzero(labels == part.label)
        sums = (D[np.ix_(who, who)] * counts[who]).sum(axis=1)
        assert sums[list(who).index(part.medoid)] == pytest.approx(sums.min(), rel=1e-5)
        away = D[part.medoid, who]
        assert part.mean == pytest.approx(np.average(away, weights=counts[who]), rel=1e-5)
        assert part.largest == pytest.approx(away.max(), rel=1e-5)
        chosen = np.concatenate((part.typical, part.distant))
        assert len(set(chosen.tolist()) | {part.medoid}) == len(chosen) + 1
        assert np.allclose(part.distances, D[part.medoid, chosen], rtol=1e-5)


def test_typical_members_come_nearest_first_and_distant_ones_farthest_first():
    X = np.array([[0.0], [1.0], [2.0], [3.0], [4.0], [5.0], [11.0], [6.0], [-9.0]])
    (part,) = cluster_examples(as_items(X), np.zeros(9, dtype=int), n_typical=3, n_distant=2)
    # Sums of distances are least in the middle of the sorted values: 3.
    assert part.medoid == 3
    assert part.typical.tolist() == [2, 4, 1]
    assert part.distant.tolist() == [8, 6]
    assert part.distances.tolist() == [1, 1, 2, 12, 8]
    assert (part.neighbour, np.isnan(part.gap), part.is_exact) == (None, True, True)


def test_the_nearest_other_cluster_is_named():
    X = [[0.0], [0.5], [4.0], [4.5], [40.0]]
    parts = cluster_examples(as_items(X), [0, 0, 1, 1, 2])
    assert [part.neighbour for part in parts] == [1, 0, 1]
    assert [part.gap for part in parts] == [4.0, 4.0, 36.0]


def test_a_known_medoid_is_kept_and_few_clusters_may_be_asked_for():
    parts = cluster_examples(
        as_items([[0.0], [1.0], [2.0], [9.0]]), [0, 0, 0, 1], medoids=[2, 3], most=1
    )
    assert [part.medoid for part in parts] == [2]


def test_texts_have_examples_too():
    names = ["Main Street", "Main Stret", "Mian Street", "Oak Avenue", "Oak Avenu"]
    first, second = cluster_examples(
        as_items(names, "levenshtein"), [0, 0, 0, 1, 1], counts=[9, 1, 1, 5, 1]
    )
    assert (first.medoid, second.medoid) == (0, 3)
    assert first.distances.tolist() == [1.0, 2.0]


def test_a_large_cluster_is_compared_with_members_that_stand_for_all(monkeypatch):
    monkeypatch.setattr("ganglion.explain.examples.ALL_MEMBERS", 50)
    monkeypatch.setattr("ganglion.explain.examples.REFERENCES", 40)
    X = np.random.default_rng(0).normal(size=(500, 2))
    (part,) = cluster_examples(as_items(X), np.zeros(500, dtype=int))
    assert not part.is_exact
    sums = cdist(X, X).sum(axis=1)
    assert sums[part.medoid] < 1.05 * sums.min()


def test_labels_and_counts_that_do_not_fit_are_refused():
    items = as_items([[0.0], [1.0]])
    with pytest.raises(
        ParameterError, match="labels must hold one integer for each of the 2 items"
    ):
        cluster_examples(items, [0.5, 1.0])
    with pytest.raises(ParameterError, match="counts must hold one number for each of the 2 items"):
        cluster_examples(items, [0, 1], counts=[1])


def test_medoids_and_typical_members_come_from_those_that_may_be():
    items = as_items([[0.0], [1.0], [2.0], [3.0], [4.0]])
    (found,) = cluster_examples(
        items, [0] * 5, among=[True, True, False, True, True], n_typical=2, n_distant=1
    )
    # Sums of distances: 10, 7, 6, 7, 10; of those allowed 1 comes first, and next to it 0 and then 3.
    assert found.medoid == 1
    assert found.typical.tolist() == [0, 3]
    assert found.distant.tolist() == [4]


def test_among_that_does_not_fit_is_refused():
    with pytest.raises(ParameterError, match="True or False for each of the 2 items"):
        cluster_examples(as_items([[0.0], [1.0]]), [0, 1], among=[True])
