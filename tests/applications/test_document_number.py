"""How many groups documents have: the criterion by its definition, and answers where they are known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from ganglion.applications.documents import group_documents
from ganglion.applications.documents._number_of_groups import (
    choose_number,
    held_out_silhouette,
    shuffled,
)
from oracles.documents import held_out_silhouette as naive_silhouette
from oracles.documents import topic_texts


def unit_rows(n, d, seed):
    """Sparse rows of length 1 without zero rows."""
    rng = np.random.default_rng(seed)
    dense = rng.random((n, d)) * (rng.random((n, d)) < 0.5)
    dense[np.arange(n), rng.integers(d, size=n)] += 1.0
    return dense / np.linalg.norm(dense, axis=1, keepdims=True)


@given(st.integers(1, 17), st.integers(1, 4), st.integers(0, 50))
def test_leaving_a_document_out_of_its_centre_is_as_computing_the_centre_without_it(n, k, seed):
    rows = unit_rows(n, 6, seed)
    labels = np.random.default_rng(seed).integers(k, size=n)
    found = held_out_silhouette(sparse.csr_matrix(rows), labels)
    assert found == pytest.approx(naive_silhouette(rows, labels.tolist()), abs=1e-7)


def test_by_hand():
    # Two documents a = (1, 0) in one group and b = (0, 1), c = (0.6, 0.8) in the other. The rest of a's group is its
    # twin: distance 0; b + c = (0.6, 1.8), a's cosine with it 0.6 / sqrt(3.6) = 0.316: (0.684 - 0) / 0.684 = 1.
    # b: own rest c, distance 1 - 0.8 = 0.2; other a, distance 1: 0.8. c: own rest b 0.2, other a 1 - 0.6 = 0.4: 0.5.
    rows = sparse.csr_matrix([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.6, 0.8]])
    assert held_out_silhouette(rows, np.array([0, 0, 1, 1])) == pytest.approx([1.0, 1.0, 0.8, 0.5])


def test_shuffled_words_keep_how_many_terms_a_document_has_and_how_frequent_each_is():
    rows = sparse.csr_matrix(unit_rows(200, 80, 1))
    mixed = shuffled(rows, np.random.default_rng(0))
    lost = rows.nnz - mixed.nnz  # terms that a document was dealt twice
    assert 0 <= lost < 0.35 * rows.nnz
    assert (np.diff(mixed.indptr) <= np.diff(rows.indptr)).all()
    counts = [np.bincount(each.indices, minlength=80) for each in (rows, mixed)]
    assert (counts[1] <= counts[0]).all()
    assert np.asarray(mixed.multiply(mixed).sum(axis=1)).ravel() == pytest.approx(np.ones(200))


@pytest.mark.parametrize(("n", "k", "seed"), [(800, 2, 7), (500, 3, 8), (600, 5, 3), (1500, 8, 1)])
def test_topics_are_counted(n, k, seed):
    texts, _ = topic_texts(n, k, seed, own=0.6)
    found = group_documents(texts, max_clusters=12, random_state=0)
    assert (
        found.n_clusters in {2: {2}, 3: {3}, 5: {5}, 8: {7, 8}}[k]
    )  # the smallest of 8 topics has 2 % of the texts
    assert f"{found.n_clusters} groups" in found.choice.reason


@pytest.mark.parametrize("seed", [4, 5])
def test_words_of_one_source_are_one_group(seed):
    texts, _ = topic_texts(600, 1, seed, own=0.3)
    found = group_documents(texts, max_clusters=8, random_state=0)
    assert found.n_clusters == 1 and (found.labels <= 0).all()
    assert "there is one group" in found.choice.reason


def test_few_documents_are_one_group():
    found = group_documents(["rain and wind", "wind and sun", "sun and sand"], random_state=0)
    assert found.n_clusters == 1 and "too few" in found.choice.reason


def test_the_choice_looks_at_a_sample_of_many_documents():
    texts, _ = topic_texts(2500, 3, 11, own=0.6)
    found = group_documents(texts, max_clusters=5, random_state=0)
    assert (found.n_clusters, found.choice.n_documents) == (3, 2000)
    assert found.choice.ks == (2, 3, 4, 5)


def test_no_numbers_are_tried_beyond_a_quarter_of_the_documents():
    rows = sparse.csr_matrix(unit_rows(30, 12, 2))
    choice = choose_number(rows, 25, np.random.default_rng(0))
    assert choice.ks == (2, 3, 4, 5, 6, 7)
