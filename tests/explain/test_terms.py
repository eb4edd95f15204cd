"""Terms by lift and central documents: by hand, against their definitions, and on news that people know."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ganglion as gl
from ganglion._errors import DataError, ParameterError
from ganglion.explain import central_documents, term_cards
from oracles import explaining as naive

held_terms = st.lists(
    st.tuples(*[st.integers(0, 3)] * 4, st.integers(-1, 2)), min_size=1, max_size=20
)


def test_lift_by_hand():
    # "vote" is in 2 of 2 and in 2 of 4 documents: lift 2, score 1 log2(2) = 1; "today" in 1 of 2 and 2 of 4: lift 1
    held = [[3, 1, 0], [1, 0, 0], [0, 1, 2], [0, 0, 1]]
    news, sport = term_cards(held, ["vote", "today", "goal"], ["news", "news", "sport", "sport"])
    assert [(t.term, t.lift, t.count, t.share, t.overall, t.score) for t in news.terms] == [
        ("vote", 2.0, 2, 1.0, 0.5, 1.0)
    ]
    assert (news.name, news.sentence, sport.sentence) == ("news", "about vote", "about goal")
    assert (news.size, news.share) == (2, 0.5)


def test_a_term_of_one_document_is_told_of_a_group_of_one():
    held = [[1, 0, 1], [1, 0, 0], [0, 1, 0]]
    first, second = term_cards(held, ["a", "b", "c"], [0, 0, 1])
    assert [t.term for t in first.terms] == ["a"]
    assert [t.term for t in second.terms] == ["b"]


def test_central_documents_by_hand():
    # directions (1, 0), (0.6, 0.8), (0, 1): their sum is (1.6, 1.8), with which the second has the largest cosine
    X = [[2.0, 0.0], [3.0, 4.0], [0.0, 9.0], [0.0, 0.0]]
    assert central_documents(X, [0, 0, 0, 0], n_documents=4) == ((1, 2, 0, 3),)
    assert central_documents(X, [0, 1, 0, 1], n_documents=1) == ((0,), (1,))


def test_length_does_not_make_a_document_central():
    X = np.array([[1.0, 1.0], [1.0, 1.2], [1000.0, 0.0]])
    assert central_documents(X, [0, 0, 0], n_documents=1) == central_documents(
        X / np.linalg.norm(X, axis=1)[:, None], [0, 0, 0], n_documents=1
    )
    assert central_documents(X * 1e200, [0, 0, 0]) == central_documents(X * 1e-200, [0, 0, 0])


@given(rows=held_terms)
@settings(max_examples=120, deadline=None)
def test_scores_agree_with_the_definition(rows):
    held = [list(map(float, row[:4])) for row in rows]
    labels = [row[4] for row in rows]
    for card in term_cards(held, list("abcd"), labels):
        scores = {}
        for at, term in enumerate("abcd"):
            ratio, score = naive.term_score(held, labels, card.label, at)
            count = sum(
                h[at] > 0 and own == card.label for h, own in zip(held, labels, strict=True)
            )
            if score > 1e-9 and count >= min(2, card.size):
                scores[term] = (ratio, score)
        assert {t.term for t in card.terms} == set(scores)
        for t in card.terms:
            assert (t.lift, t.score) == pytest.approx(scores[t.term])
        assert [t.score for t in card.terms] == sorted((t.score for t in card.terms), reverse=True)
        members = [row for row, own in enumerate(labels) if own == card.label]
        assert set(card.central) <= set(members)
        assert len(card.central) == min(3, len(members))


def test_sparse_weights_are_those_of_the_array():
    sparse = pytest.importorskip("scipy.sparse")
    rng = np.random.default_rng(2)
    dense = rng.random((60, 30)) * (rng.random((60, 30)) < 0.2)
    labels = rng.integers(0, 4, 60)
    names = [f"t{at}" for at in range(30)]
    assert term_cards(sparse.csr_array(dense), names, labels) == term_cards(dense, names, labels)
    kept = sparse.csr_array(dense)
    kept.data[::3] = 0.0  # zeros that are stored
    thin = kept.toarray()
    assert term_cards(kept, names, labels) == term_cards(thin, names, labels)


@pytest.mark.parametrize(
    ("weights", "terms", "labels", "options", "error", "message"),
    [
        (
            [[1.0]],
            ["a", "b"],
            [0],
            {},
            DataError,
            "terms must name the 1 columns of the weights; got 2 terms",
        ),
        ([[-1.0]], ["a"], [0], {}, DataError, "must not be negative; the smallest is -1"),
        ([[np.nan]], ["a"], [0], {}, DataError, "weights must be finite"),
        ([[1.0]], ["a"], [0, 1], {}, DataError, "one integer for each of the 1 rows"),
        (
            [[1.0]],
            ["a"],
            [0],
            {"n_terms": -1},
            ParameterError,
            "n_terms and n_documents must be at least 0",
        ),
    ],
)
def test_what_does_not_fit_is_refused(weights, terms, labels, options, error, message):
    with pytest.raises(error, match=message):
        term_cards(weights, terms, labels, **options)


def test_a_negative_number_of_documents_is_refused():
    with pytest.raises(ParameterError, match="n_documents must be at least 0; got -1"):
        central_documents([[1.0]], [0], n_documents=-1)


def test_groups_of_real_news_are_told_by_words_that_belong_together():
    spec = importlib.util.find_spec("gensim")
    if spec is None or not spec.submodule_search_locations:
        if os.environ.get("GANGLION_REQUIRE_PEERS") == "1":
            pytest.fail("gensim must be there: it holds the news")
        pytest.skip("gensim, which holds the news, is not there")
    path = Path(spec.submodule_search_locations[0]) / "test" / "test_data" / "lee_background.cor"
    texts = path.read_text(encoding="utf-8").splitlines()
    vectorizer = pytest.importorskip("sklearn.feature_extraction.text").TfidfVectorizer(
        stop_words="english", min_df=3, sublinear_tf=True
    )
    weights = vectorizer.fit_transform(texts)
    run = gl.kmeans(weights, 8, metric="cosine", n_init=5, random_state=0)
    cards = term_cards(weights, vectorizer.get_feature_names_out(), run.labels)
    words = [{t.term for t in card.terms} for card in cards]
    assert any({"palestinian", "israeli"} <= group for group in words)
    assert any({"afghanistan", "taliban"} & group for group in words)
    for card in cards:
        assert all(t.lift > 1 and t.count >= 2 for t in card.terms)
        assert (run.labels[list(card.central)] == card.label).all()
