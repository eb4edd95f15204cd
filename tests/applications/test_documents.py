"""Grouping documents: known topics, weights by their definition, duplicates, odd input, the same bits."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

import ganglion as gl
from ganglion import DataError, MemoryPlanError, ParameterError, group_documents
from ganglion.applications.documents._terms import GroupTerm, name_groups
from ganglion.criteria import adjusted_rand_score
from ganglion.data import documents_from_texts, read_documents
from ganglion.data.languages import stop_words, words_of
from oracles import news
from oracles.documents import held_out_silhouette, term_shares, tf_idf, topic_texts

KITCHEN = [
    "bread and butter on the table",
    "butter melts on warm bread",
    "warm bread from the oven with butter",
    "an oven for bread",
]
WEATHER = [
    "rain and wind over the sea",
    "the wind brings rain",
    "a storm with rain and wind",
    "storm over the sea",
]


@pytest.fixture(scope="module")
def six():
    """1,500 texts on six topics, grouped, with the topics."""
    texts, topics = topic_texts(1500, 6, 20, own=0.6)
    return group_documents(texts, n_clusters=6, random_state=0), topics


def test_topics_are_found(six):
    found, topics = six
    assert adjusted_rand_score(topics, found.labels) > 0.9
    assert [group.label for group in found.groups] == list(range(6))
    sizes = [group.size for group in found.groups]
    assert sizes == sorted(sizes, reverse=True) == np.bincount(found.labels).tolist()


@pytest.mark.parametrize("method", ["ward", "average"])
def test_trees_find_topics_too(method):
    texts, topics = topic_texts(400, 3, 21, own=0.7, length=(20, 40))
    found = group_documents(texts, n_clusters=3, method=method, random_state=0)
    assert adjusted_rand_score(topics, found.labels) > 0.85


def test_rows_are_the_weights_of_the_definition():
    texts, _ = topic_texts(60, 3, 5)
    found = group_documents(texts, n_clusters=2, random_state=0)
    stops = stop_words(["English"])
    lists = [[word for word in words_of(text) if word not in stops] for text in texts]
    terms, rows = tf_idf(lists, least=2, most=0.5)
    assert list(found.model.weighting.terms) == terms
    assert found.model.weighting.rows(texts).toarray() == pytest.approx(rows, abs=1e-12)


def test_rows_of_pairs_are_the_weights_of_the_definition():
    texts, _ = topic_texts(60, 3, 6, own=0.9, n_own=5)
    texts[3] = texts[3].split()[0]  # one word has no neighbour
    model = group_documents(texts, n_clusters=2, pairs=True, random_state=0).model
    stops = stop_words(["English"])
    lists = [[word for word in words_of(text) if word not in stops] for text in texts]
    both = [[*words, *map(" ".join, pairwise(words))] for words in lists]
    terms, rows = tf_idf(both, least=2, most=0.5)
    assert list(model.weighting.terms) == terms and any(" " in term for term in terms)
    assert model.weighting.rows(texts).toarray() == pytest.approx(rows, abs=1e-12)


def test_of_too_many_terms_the_most_frequent_are_kept_and_of_equals_the_first_in_the_alphabet(
    monkeypatch,
):
    monkeypatch.setattr("ganglion.applications.documents._words.MOST_TERMS", 3)
    texts = ["kiwi kiwi lime", "lime pear", "kiwi fig pear", "plum fig pear"]
    # kiwi 3, pear 3, lime 2, fig 2, plum 1
    model = group_documents(texts, n_clusters=1, random_state=0).model
    assert model.weighting.terms == ("fig", "kiwi", "pear")


def test_weights_are_those_of_scikit_learn():
    from sklearn.feature_extraction.text import TfidfVectorizer

    texts = KITCHEN + WEATHER
    model = group_documents(texts, n_clusters=2, random_state=0).model
    peer = TfidfVectorizer(sublinear_tf=True, stop_words=sorted(stop_words(["English"])))
    expected = peer.fit_transform(texts)
    assert list(model.weighting.terms) == peer.get_feature_names_out().tolist()
    assert (model.weighting.rows(texts) != expected).nnz == 0


def test_by_hand():
    found = group_documents(KITCHEN + WEATHER, n_clusters=2, random_state=0)
    assert found.labels.tolist() == [0] * 4 + [1] * 4
    bread = found.groups[0].terms[0]
    # bread is in all four documents of the kitchen and nowhere else: 4 of 4 beside 4 of 8
    assert bread == GroupTerm("bread", 4, 1.0, 0.5, 2.0)
    # share ln(lift): bread 1.0 ln 2, butter 0.75 ln 2; oven and warm 0.5 ln 2 in alphabetical order
    assert [term.term for term in found.groups[0].terms[:4]] == ["bread", "butter", "oven", "warm"]
    assert found.groups[0].name == "bread, butter, oven"
    assert found.groups[0].nearest == 1 and found.groups[0].languages == {"English": 3}
    assert found.n_clusters == 2 and found.choice is None


def test_terms_are_counted_as_documents_that_hold_them(six):
    found, _ = six
    stops = stop_words(["English"])
    known = set(found.model.weighting.terms)
    lists = [
        [word for word in words_of(text) if word not in stops and word in known]
        for text in found.documents.texts
    ]
    labels = found.labels.tolist()
    for group in found.groups:
        for term in group.terms[:3]:
            count, share, overall = term_shares(lists, labels, term.term)[group.label]
            assert (term.count, term.share) == (count, pytest.approx(share))
            assert term.overall == pytest.approx(overall)
            assert term.lift == pytest.approx(share / overall)


def test_central_documents_are_the_most_like_their_groups_direction(six):
    found, _ = six
    for group in found.groups:
        mine = np.flatnonzero(found.labels == group.label)
        best = sorted(mine.tolist(), key=lambda at: (-found.similarity[at], at))[:5]
        assert list(group.central) == best
        assert group.cohesion == pytest.approx(found.similarity[mine].mean())


def test_labels_are_the_nearest_direction_and_margins_the_step_to_the_next(six):
    found, _ = six
    rows = found.model.weighting.rows(found.documents.texts)
    cosines = np.sort(rows @ found.model.centers.T, axis=1)
    assert found.similarity == pytest.approx(cosines[:, -1], abs=1e-12)
    assert found.margin == pytest.approx(cosines[:, -1] - cosines[:, -2], abs=1e-12)


@pytest.mark.parametrize("method", ["kmeans", "ward"])
def test_one_seed_gives_the_same_bits_at_any_number_of_threads(method):
    texts, _ = topic_texts(500, 4, 22)
    found = set()
    try:
        for threads in (1, 2, 3, 7):
            gl.set_num_threads(threads)
            groups = group_documents(texts, method=method, max_clusters=6, random_state=3)
            digest = hashlib.sha256()
            for part in (groups.labels, groups.similarity, groups.latent, groups.places[0]):
                digest.update(np.ascontiguousarray(part).tobytes())
            digest.update(groups.model.centers.tobytes())
            found.add((digest.hexdigest(), groups.choice.silhouette))
    finally:
        gl.set_num_threads(2)
    assert len(found) == 1


def test_silhouettes_are_those_of_the_definition():
    texts, _ = topic_texts(60, 3, 25, own=0.9, length=(15, 25))
    found = group_documents([*texts, texts[7].upper()], n_clusters=3, random_state=0)
    known = np.flatnonzero(found.labels[:60] >= 0)
    rows = found.model.weighting.rows(texts).toarray()[known]
    expected = held_out_silhouette(rows, found.labels[known].tolist())
    assert found.silhouette[known] == pytest.approx(expected, abs=1e-7)
    assert found.silhouette[60] == found.silhouette[7]


def test_a_group_of_what_is_left_over_is_said_to_be_loose():
    texts, _ = topic_texts(300, 3, 26, own=0.9, length=(15, 25))
    rest, _ = topic_texts(100, 1, 27, own=0.0, length=(15, 25))
    found = group_documents([*texts, *rest], n_clusters=4, random_state=0)
    loose = [group for group in found.groups if group.is_loose]
    assert len(loose) == 1 and (found.labels[300:] == loose[0].label).mean() > 0.8
    assert loose[0].silhouette < 0.5 * found.silhouette.mean()


def test_the_order_of_the_documents_does_not_change_which_are_together():
    texts, _ = topic_texts(300, 3, 23, own=0.8, length=(15, 30))
    order = np.random.default_rng(0).permutation(300)
    first = group_documents(texts, n_clusters=3, random_state=0)
    second = group_documents([texts[at] for at in order], n_clusters=3, random_state=0)
    assert adjusted_rand_score(first.labels[order], second.labels) == 1.0


def test_copies_count_once_and_get_the_group_of_the_first():
    texts = KITCHEN + WEATHER + [WEATHER[0].upper() + "!"] * 50
    found = group_documents(texts, n_clusters=2, random_state=0)
    assert len(found.duplicates.distinct) == 8
    assert (found.labels[8:] == found.labels[4]).all()
    once = group_documents(KITCHEN + WEATHER, n_clusters=2, random_state=0)
    assert sorted(map(tuple, found.model.centers)) == sorted(map(tuple, once.model.centers))
    assert found.groups[0].size == 54 and found.groups[0].central[0] < 8
    assert "50 documents say the same as an earlier one (50 word for word, 0 nearly)" in " ".join(
        found.notes
    )


@pytest.mark.parametrize("k", [None, 1])
def test_equal_documents_are_one_group(k):
    found = group_documents(["the same old story"] * 9, n_clusters=k, random_state=0)
    assert found.labels.tolist() == [0] * 9 and found.groups[0].share == 1.0
    with pytest.raises(
        ParameterError, match="n_clusters must be at most the number of documents that differ"
    ):
        group_documents(["the same old story"] * 9, n_clusters=2)


def test_one_document_is_one_group():
    found = group_documents(["just one document about bread"], random_state=0)
    assert found.labels.tolist() == [0] and found.similarity.tolist() == pytest.approx([1.0])
    assert found.groups[0].nearest is None
    assert found.places[0].tolist() == [[0.0, 0.0]]


def test_documents_without_a_shared_word_have_no_group_and_that_is_said():
    texts, _ = topic_texts(200, 2, 24, own=0.7)
    found = group_documents([*texts, "xylophone quagmire", "???"], n_clusters=2, random_state=0)
    assert found.labels[-2:].tolist() == [-1, -1] and found.similarity[-2:].tolist() == [0.0, 0.0]
    assert "2 documents have no word that another document has too" in " ".join(found.notes)
    points, _ = found.places
    assert points[-2:, 1].max() < points[:-2, 1].min()


@pytest.mark.parametrize("texts", [["???", "!!!"], ["the of and", "in to it"], [""]])
def test_documents_without_words_are_an_error(texts):
    with pytest.raises(DataError, match="Documents need words that at least 1 of them share"):
        group_documents(texts)


def test_languages_are_told_and_each_loses_its_own_function_words():
    german = [
        "Der Regen und der Wind über dem Meer sind nicht mehr so stark",
        "Das Meer und der Wind sind nicht still",
    ]
    found = group_documents([*KITCHEN, *WEATHER, *german], n_clusters=2, random_state=0)
    assert found.languages[-2:] == ("German", "German")
    assert not {"der", "und", "the", "and"} & set(found.model.weighting.terms)
    said = " ".join(found.notes)
    assert "English (" in said and "German (2)" in said and "groups follow languages first" in said


def test_pairs_of_words_can_be_terms():
    model = group_documents(KITCHEN + WEATHER, n_clusters=2, pairs=True, random_state=0).model
    assert "warm bread" in model.weighting.terms
    assert model.assign(["warm bread"]).labels.tolist() == [0]


def test_a_text_of_a_million_characters_is_one_document_among_others():
    long = " ".join(WEATHER) + " the sea and the storm" * 50_000
    found = group_documents([*KITCHEN, *WEATHER, long], n_clusters=2, random_state=0)
    assert found.labels[-1] == found.labels[4]


def test_documents_without_a_common_word_are_at_right_angles_and_no_trouble():
    found = group_documents(
        ["emoji text here", "other thing entirely", "third letter"], random_state=0
    )
    assert found.n_clusters == 1
    three = group_documents(
        ["amber basin", "cedar delta", "ember fjord"], n_clusters=3, random_state=0
    )
    assert sorted(three.labels.tolist()) == [0, 1, 2]


def test_a_word_of_a_million_letters_is_no_term():
    found = group_documents(
        [*KITCHEN, *WEATHER, "x" * 1_000_000 + " bread"], n_clusters=2, random_state=0
    )
    assert max(map(len, found.model.weighting.terms)) < 60
    assert found.labels[-1] == found.labels[0]


def test_names_differ():
    same = [GroupTerm("bread", 2, 1.0, 0.5, 2.0)]
    assert name_groups([same, same, []]) == ("bread", "bread (1)", "group (2)")
    israel = [
        GroupTerm(word, 2, 1.0, 0.5, 2.0)
        for word in ("israeli", "israel", "gaza", "west bank", "bank")
    ]
    assert name_groups([israel]) == ("israeli, gaza, west bank",)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"n_clusters": 0}, "n_clusters must be an integer of at least 1; got 0"),
        ({"n_clusters": 2.5}, "n_clusters must be an integer"),
        ({"n_clusters": True}, "n_clusters must be an integer"),
        ({"n_clusters": 9}, "got 9 for 8"),
        ({"max_clusters": 1}, "max_clusters must be an integer of at least 2"),
        ({"min_documents": 0}, "min_documents must be an integer of at least 1"),
        (
            {"min_documents": 9},
            "min_documents must be at most the number of different documents; got 9 for 8",
        ),
        ({"method": "kmeens"}, "method must be one of kmeans, ward, average"),
        ({"duplicates": 0.0}, "threshold must be above 0"),
    ],
)
def test_parameters_out_of_range_are_refused(given, said):
    with pytest.raises(ParameterError, match=said):
        group_documents(KITCHEN + WEATHER, **given)


def test_what_does_not_fit_into_memory_is_refused(monkeypatch):
    monkeypatch.setattr("ganglion._memory.available_memory", lambda: 1000.0)
    with pytest.raises(MemoryPlanError, match="Grouping 8 documents by 11 terms needs"):
        group_documents(KITCHEN + WEATHER, n_clusters=2)


def test_terms_that_are_in_too_few_documents_are_an_error():
    with pytest.raises(DataError, match="at least 5 of them share"):
        group_documents(KITCHEN + WEATHER, n_clusters=2, min_documents=5)


def test_groups_of_the_lee_news_are_about_something():
    found = group_documents(read_documents(news.background()), n_clusters=12, random_state=0)
    assert len(found.duplicates.groups) == 8  # the study's file has eight reports twice
    words = [{term.term for term in group.terms} for group in found.groups]
    for story in (
        {"palestinian", "israeli", "arafat"},
        {"firefighters", "sydney", "winds"},
        {"test", "cricket", "match"},
        {"qaeda", "bin", "laden"},
    ):
        assert any(story <= mine for mine in words), story


def test_groups_of_the_50_news_agree_with_people():
    found = group_documents(read_documents(news.compared()), n_clusters=8, random_state=0)
    judged = news.judged()
    pairs = np.triu_indices(50, 1)
    together = (found.labels[:, None] == found.labels[None, :])[pairs]
    # people rate from 0.2 (unrelated) to 1, and pairs that have nothing to do with each other 0.31 on average
    assert judged[pairs][together].mean() > judged[pairs][~together].mean() + 0.1
    rows = found.model.weighting.rows(found.documents.texts)
    cosines = (rows @ rows.T).toarray()[pairs]
    assert np.corrcoef(cosines, judged[pairs])[0, 1] > 0.45


def test_documents_are_taken_as_they_were_read():
    documents = replace(documents_from_texts(KITCHEN + WEATHER), notes=("a note of the reader",))
    found = group_documents(documents, n_clusters=2, random_state=0)
    assert found.documents is documents and found.notes[0] == "a note of the reader"


def test_what_was_found_is_shown_in_a_line():
    texts = [
        "cats and dogs play",
        "dogs chase cats",
        "stocks fall today",
        "bonds and stocks fall",
    ] * 3
    found = gl.group_documents(texts, n_clusters=2)
    assert repr(found).startswith("<DocumentGroups of 12 documents in 2: ")
