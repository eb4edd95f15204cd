"""Documents to weighted words: languages, function words left out, TF-IDF by scikit-learn's vectorizer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..._errors import DataError, ParameterError
from ...data.languages import guess_language, stop_words, words_of

Tokens = list[list[str]]

MOST_TERMS = 50_000  # of a vocabulary: the rest is rarer than what groups are made of
_FEW = 20  # documents: below it a term of one document counts, and none is too frequent
_TOO_FREQUENT = 0.5  # share of the documents: what half of them hold does not tell them apart
_SHORTEST, _LONGEST = 2, 60  # letters of a term: what is longer is data, not a word
_TOGETHER = 500  # texts that are read together where none shows its language


@dataclass(frozen=True)
class Weighting:
    """Terms and how rare they are: what turns the words of a document into a row of numbers.

    Attributes
    ----------
    terms : tuple of str
        In alphabetical order; a pair of words has a blank between them.
    idf : ndarray of shape (n_terms,)
        ln((1 + n) / (1 + df)) + 1 with df documents of n that hold the term.
    pairs : bool
        Whether pairs of neighbouring words are terms too.
    languages : tuple of str
        The languages whose function words are left out of documents that name none, the most frequent first.
    """

    terms: tuple[str, ...]
    idf: NDArray[np.float64]
    pairs: bool
    languages: tuple[str, ...]

    def rows(self, texts: Sequence[str]) -> Any:
        """Return the rows (n, n_terms) of texts, sparse, of length 1, or zero where no term is known."""
        tokens = content_words(texts, [guess_language(text) for text in texts], self.languages)
        return self.weigh(with_pairs(tokens) if self.pairs else tokens)

    def weigh(self, tokens: Tokens) -> Any:
        """Return the rows (n, n_terms) of lists of terms: (1 + ln tf) idf, then length 1."""
        vectorizer = _vectorizer(vocabulary={term: at for at, term in enumerate(self.terms)})
        vectorizer.idf_ = self.idf
        return vectorizer.transform(tokens)


def languages_of(texts: Sequence[str]) -> tuple[str | None, ...]:
    """Return the language of each text, None where it does not show."""
    return tuple(guess_language(text) for text in texts)


def main_languages(languages: Sequence[str | None], texts: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the languages that were found, the most frequent first, without slips (2 % of the most frequent).

    Where no text shows one, that of all texts together.
    """
    counts = Counter(language for language in languages if language is not None)
    if not counts:
        together = guess_language("\n".join(text[:200] for text in texts[:_TOGETHER]))
        return () if together is None else (together,)
    most = max(counts.values())
    return tuple(language for language, n in counts.most_common() if n >= 0.02 * most)


def content_words(
    texts: Sequence[str], languages: Sequence[str | None], fallback: Sequence[str]
) -> Tokens:
    """Return the words of each text without the function words of its language.

    A text whose language does not show loses those of the set's most frequent one.
    """
    stops: Mapping[str, frozenset[str]] = {
        language: stop_words([language]) for language in {*languages, *fallback} if language
    }
    default = stops[fallback[0]] if fallback else frozenset[str]()
    found: Tokens = []
    for text, language in zip(texts, languages, strict=True):
        left_out = stops.get(language, default) if language else default
        found.append(
            [
                word
                for word in words_of(text)
                if _SHORTEST <= len(word) <= _LONGEST and word not in left_out
            ]
        )
    return found


def with_pairs(tokens: Tokens) -> Tokens:
    """Return the words of each document and the pairs of neighbours among them."""
    return [
        [*words, *(f"{first} {second}" for first, second in pairwise(words))] for words in tokens
    ]


def learn_weighting(
    tokens: Tokens, *, pairs: bool, languages: tuple[str, ...], min_documents: int | None
) -> tuple[Weighting, Any]:
    """Return the vocabulary of lists of words with the rows (n, n_terms) that they become.

    Raises
    ------
    DataError
        No term is in enough of the documents.
    """
    n = len(tokens)
    least = min_documents if min_documents is not None else (2 if n >= _FEW else 1)
    if least > n:
        raise ParameterError(
            f"min_documents must be at most the number of different documents; got {least} for {n}. Lower it."
        )
    terms = with_pairs(tokens) if pairs else tokens
    vectorizer = _vectorizer(
        min_df=least, max_df=_TOO_FREQUENT if n >= _FEW else 1.0, max_features=MOST_TERMS
    )
    try:
        rows = vectorizer.fit_transform(terms)
    except ValueError as error:  # scikit-learn's words for an empty vocabulary
        n_words = sum(map(len, tokens))
        raise DataError(
            f"Documents need words that at least {least} of them share, beside function words; these {n:,} have "
            f"{n_words:,} words, none of which does. Give longer documents, or lower min_documents."
        ) from error
    names = tuple(vectorizer.get_feature_names_out().tolist())
    return Weighting(names, np.asarray(vectorizer.idf_, np.float64), pairs, languages), rows


def _vectorizer(**options: Any) -> Any:
    """Return scikit-learn's vectorizer for documents that are lists of terms already."""
    from sklearn.feature_extraction.text import (  # pyright: ignore[reportMissingTypeStubs]
        TfidfVectorizer,
    )

    given: dict[str, Any] = {"analyzer": _as_they_are, "sublinear_tf": True, **options}
    return TfidfVectorizer(**given)


def _as_they_are(terms: list[str]) -> list[str]:
    return terms
