"""Many texts cut at once: the same words as one by one, whatever signs they hold and wherever batches end."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ganglion.data import _words
from ganglion.data._words import number_words, words_of
from ganglion.data.languages import LONGEST, guess_language, guess_languages
from oracles.sentences import TEXTS

# Signs at which cutting piece by piece could go wrong: blanks of all kinds, apostrophes, scripts without blanks,
# sigmas whose lower case depends on what stands beside them, capitals that become two signs, halves of pairs.
TRICKY = "aB1_'\u2019 \t\n\x1c\x85\u00a0\u2003-.,@:/wW\u4e00\u3042\u0e01\u03a3\u03b1\u0130\u00df\u0301\u200b\ud800é"
PIECES = [
    "http://x.y/z",
    "www.a.b",
    "WWW.a.b",
    "a@b.c",
    "don't",
    "o'clock's",
    "3rd",
    "ΟΔΟΣ",
    "The",
    "the,",
]
texts_of_all_kinds = st.lists(
    st.one_of(
        st.text(TRICKY, max_size=12),
        st.text(max_size=12),
        st.lists(st.sampled_from(PIECES), max_size=4).map(" ".join),
    ),
    max_size=6,
)


def one_by_one(numbered):
    """The words of each text, read back from their numbers."""
    edges = numbered.edges.tolist()
    words = [numbered.words[number] for number in numbered.numbers.tolist()]
    return [words[a:b] for a, b in pairwise(edges)]


@given(texts_of_all_kinds)
def test_words_of_many_texts_are_those_of_each(texts):
    found = number_words(texts)
    expected = [words_of(text) for text in texts]
    assert one_by_one(found) == expected
    assert len(found) == len(texts) and found.sizes.tolist() == [len(words) for words in expected]
    assert list(found.words) == list(dict.fromkeys(word for words in expected for word in words))


@pytest.mark.parametrize(("batch", "most"), [(0, 0), (1, 2), (30, 3), (30, 1000)])
def test_words_do_not_depend_on_where_a_batch_ends_or_pieces_are_forgotten(
    monkeypatch, batch, most
):
    texts = ["", "One two.", "two, three", "", "don't @ a@b.c one", "東京都 two", ""] * 3
    expected = number_words(texts)
    monkeypatch.setattr(_words, "_BATCH", batch)
    monkeypatch.setattr(_words, "_MOST_PIECES", most)
    found = number_words(texts)
    assert found.words == expected.words and one_by_one(found) == one_by_one(expected)


@given(st.lists(st.lists(st.sampled_from("abc"), max_size=4), min_size=1, max_size=6), st.data())
def test_chosen_texts_keep_their_words(lists, data):
    numbered = number_words([" ".join(words) for words in lists])
    places = data.draw(st.lists(st.integers(0, len(lists) - 1), max_size=5))
    chosen = numbered.chosen(np.array(places, dtype=np.int64))
    assert one_by_one(chosen) == [lists[at] for at in places]


def test_no_texts_have_no_words():
    found = number_words([])
    assert (found.words, len(found), len(found.numbers)) == ((), 0, 0)
    assert guess_languages([], found) == ()


def test_languages_of_many_texts_are_those_of_each():
    long = TEXTS["German"] + " " + TEXTS["English"] * (LONGEST // len(TEXTS["English"]) + 1)
    others = [
        "",
        "42",
        "a",
        "and und",
        "the der die und of",
        "日本 and the of",
        "Москва и the",
        "ß µ é",
        long,
    ]
    texts = [*TEXTS.values(), *others, *(" ".join(each.split()[:4]) for each in TEXTS.values())]
    found = guess_languages(texts, number_words(texts))
    assert found == tuple(map(guess_language, texts))
    assert len(set(found)) > 10


@given(
    st.lists(st.lists(st.sampled_from("the of a in und der en de la xyz og".split())).map(" ".join))
)
def test_equal_scores_go_to_the_same_language(texts):
    assert guess_languages(texts, number_words(texts)) == tuple(map(guess_language, texts))
