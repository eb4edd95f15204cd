"""Documents that say the same: found by their rarest runs of words, as comparing all pairs finds them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ganglion import ParameterError
from ganglion.applications.documents import _near_duplicates, find_duplicates
from ganglion.data.languages import words_of
from oracles.documents import duplicates, jaccard, shingles

WORDS = "amber basin cedar delta ember fjord grove haven inlet jetty".split()


@given(
    st.lists(
        st.lists(st.sampled_from(WORDS[:3]), max_size=5).map(" ".join), min_size=1, max_size=12
    ),
    st.sampled_from([0.1, 0.3, 0.5, 2 / 3, 0.8, 0.9, 1.0]),
)
def test_duplicates_are_those_that_comparing_all_pairs_finds(texts, threshold):
    expected = duplicates([words_of(text) or [text] for text in texts], threshold)
    assert find_duplicates(texts, threshold=threshold).representative.tolist() == expected


@pytest.mark.parametrize("threshold", [0.3, 0.5, 0.75, 0.8, 0.95])
def test_every_pair_from_the_threshold_up_is_found(threshold):
    # Texts between two versions of one: similarities of all sizes, many of them beside the threshold.
    rng = np.random.default_rng(5)
    base = rng.choice([f"w{at}" for at in range(40)], size=(6, 30))
    texts = []
    for _ in range(150):
        words = base[rng.integers(6)].copy()
        changed = rng.random(30) < rng.choice([0.0, 0.03, 0.1, 0.3])
        words[changed] = rng.choice(base[0], size=changed.sum())
        texts.append(" ".join(words[: rng.integers(2, 31)]))
    found = find_duplicates(texts, threshold=threshold)
    lists = [words_of(text) for text in texts]
    assert found.representative.tolist() == duplicates(lists, threshold)
    for at in np.flatnonzero(~found.exact).tolist():
        first = int(found.representative[at])
        assert found.similarity[at] == jaccard(shingles(lists[at]), shingles(lists[first]))
    assert (found.similarity[found.exact] == 1).all() and not found.exact.all()


def test_copies_of_a_near_duplicate_are_near_duplicates_of_the_same_text():
    near = " ".join(f"word{at}" for at in range(100))
    found = find_duplicates([near + " end", near + " other", "other things", near + " Other!"])
    assert found.representative.tolist() == [0, 0, 2, 0]
    assert found.exact.tolist() == [True, False, True, False]
    assert found.similarity.tolist() == [1.0, 98 / 100, 1.0, 98 / 100]


def test_templates_that_are_no_duplicates_are_not_compared(monkeypatch):
    # Half of each letter is its own: similarity 1/3, and the rarest runs of each are nobody else's.
    compared = []
    jaccard_of = _near_duplicates._jaccard
    monkeypatch.setattr(
        _near_duplicates, "_jaccard", lambda a, b: compared.append(1) or jaccard_of(a, b)
    )
    shared = " ".join(f"shared{at}" for at in range(32))
    texts = [shared + "".join(f" own{at}x{of}" for of in range(30)) for at in range(500)]
    assert len(find_duplicates(texts).distinct) == 500
    assert not compared


def test_near_duplicates_of_long_texts_are_those_of_all_pairs():
    rng = np.random.default_rng(3)
    base = [list(rng.choice(WORDS, size=60)) for _ in range(12)]
    texts = []
    for words in base:
        texts.append(" ".join(words))
        for changed in (1, 3, 20):  # each changed word breaks three runs of 58
            copy = list(words)
            for at in rng.choice(60, size=changed, replace=False):
                copy[at] = "other" + str(rng.integers(10**6))
            texts.append(" ".join(copy))
    found = find_duplicates(texts)
    assert found.representative.tolist() == duplicates([words_of(text) for text in texts], 0.8)
    near = np.flatnonzero(~found.exact)
    assert len(near) >= 12
    for at in near.tolist():
        first = int(found.representative[at])
        sets = shingles(words_of(texts[at])), shingles(words_of(texts[first]))
        assert found.similarity[at] == jaccard(*sets) >= 0.8


def test_case_blanks_and_punctuation_do_not_make_a_text_another_one():
    found = find_duplicates(["The end, my friend.", "the  end\nMY friend!", "the end my foe"])
    assert found.representative.tolist() == [0, 0, 2]
    assert found.exact.tolist() == [True, True, True]
    assert found.groups == ((0, 1),) and found.distinct.tolist() == [0, 2]


def test_texts_without_words_are_the_same_only_where_they_are_equal():
    found = find_duplicates(["???", "!!!", "???", ""])
    assert found.representative.tolist() == [0, 1, 0, 3]


def test_ten_thousand_copies_are_one_text():
    found = find_duplicates(
        ["one two three four five"] * 10_000 + ["something else altogether here"]
    )
    assert found.distinct.tolist() == [0, 10_000]
    assert len(found.groups[0]) == 10_000


def test_a_bucket_of_thousands_that_differ_in_a_word_is_compared_with_its_first():
    shared = " ".join(f"word{at}" for at in range(100))
    found = find_duplicates([f"{shared} end{at}" for at in range(3000)])
    assert (found.representative == 0).all()


@pytest.mark.parametrize("threshold", [0, -0.1, 1.1, float("nan")])
def test_a_threshold_that_is_no_share_is_refused(threshold):
    with pytest.raises(ParameterError, match="threshold must be above 0 and at most 1"):
        find_duplicates(["a"], threshold=threshold)
