"""Documents to weighted words: function words left out, terms counted, TF-IDF by scikit-learn's transformer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..._errors import DataError, ParameterError
from ...data._words import NumberedTexts, number_words
from ...data.languages import guess_language, guess_languages, stop_words

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

MOST_TERMS = 50_000  # of a vocabulary: the rest is rarer than what groups are made of
_FEW = 20  # documents: below it a term of one document counts, and none is too frequent
_TOO_FREQUENT = 0.5  # share of the documents: what half of them hold does not tell them apart
_SHORTEST, _LONGEST = 2, 60  # letters of a term: what is longer is data, not a word
TOGETHER = 500  # texts that are read together where none shows its language


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
        numbered = number_words(texts)
        content = content_words(numbered, guess_languages(texts, numbered), self.languages)
        counts, terms = _counted(content, self.pairs)
        known = {term: at for at, term in enumerate(self.terms)}
        column = np.array([known.get(terms[at], -1) for at in range(len(terms))], dtype=np.int64)
        transformer = _transformer()
        transformer.idf_ = self.idf
        return transformer.transform(_columns(counts, column, len(self.terms)), copy=False)


def main_languages(languages: Sequence[str | None], texts: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the languages that were found, the most frequent first, without slips (2 % of the most frequent).

    Where no text shows one, that of all texts together.
    """
    counts = Counter(language for language in languages if language is not None)
    if not counts:
        together = guess_language("\n".join(text[:200] for text in texts[:TOGETHER]))
        return () if together is None else (together,)
    most = max(counts.values())
    return tuple(language for language, n in counts.most_common() if n >= 0.02 * most)


def content_words(
    numbered: NumberedTexts, languages: Sequence[str | None], fallback: Sequence[str]
) -> NumberedTexts:
    """Return the texts without the function words of their languages, and without words that are too short or long.

    A text whose language does not show loses those of the set's most frequent one.
    """
    words = numbered.words
    place = {word: at for at, word in enumerate(words)}
    listed = list(dict.fromkeys([*fallback[:1], *filter(None, languages), None]))
    lengths = np.fromiter(map(len, words), np.int64, len(words))
    is_kept = np.tile((lengths >= _SHORTEST) & (lengths <= _LONGEST), (len(listed), 1))
    for at, language in enumerate(listed):
        for word in stop_words([language] if language else fallback[:1]):
            if word in place:
                is_kept[at, place[word]] = False
    row = {language: at for at, language in enumerate(listed)}
    row_of = np.array([row[language] for language in languages], dtype=np.int64)
    kept = is_kept[np.repeat(row_of, numbered.sizes), numbered.numbers]
    before = np.concatenate([[0], np.cumsum(kept)])
    return NumberedTexts(words, numbered.numbers[kept], before[numbered.edges])


def learn_weighting(
    content: NumberedTexts, *, pairs: bool, languages: tuple[str, ...], min_documents: int | None
) -> tuple[Weighting, Any]:
    """Return the vocabulary of texts with the rows (n, n_terms) that they become.

    Raises
    ------
    DataError
        No term is in enough of the documents.
    """
    n = len(content)
    least = min_documents if min_documents is not None else (2 if n >= _FEW else 1)
    if least > n:
        raise ParameterError(
            f"min_documents must be at most the number of different documents; got {least} for {n}. Lower it."
        )
    counts, terms = _counted(content, pairs)
    kept = _vocabulary(counts, terms, least, n * _TOO_FREQUENT if n >= _FEW else n)
    if not len(kept):
        raise DataError(
            f"Documents need words that at least {least} of them share, beside function words; these {n:,} have "
            f"{len(content.numbers):,} words, none of which does. Give longer documents, or lower min_documents."
        )
    column = np.full(len(terms), -1, dtype=np.int64)
    column[kept] = np.arange(len(kept))
    transformer = _transformer()
    chosen = _columns(counts, column, len(kept))
    rows = transformer.fit(chosen).transform(chosen, copy=False)
    names = tuple(terms[at] for at in kept.tolist())
    return Weighting(names, np.asarray(transformer.idf_, np.float64), pairs, languages), rows


@dataclass(frozen=True)
class _Terms:
    """Words, then pairs of them: first * len(words) + second. Most pairs are in one text, so they get no string."""

    words: tuple[str, ...]
    pairs: Integers

    def __len__(self) -> int:
        return len(self.words) + len(self.pairs)

    def __getitem__(self, at: int) -> str:
        if at < len(self.words):
            return self.words[at]
        first, second = divmod(int(self.pairs[at - len(self.words)]), len(self.words))
        return f"{self.words[first]} {self.words[second]}"


def _counted(content: NumberedTexts, pairs: bool) -> tuple[Any, _Terms]:
    """Return how often each text has each term, sparse (n, terms), and the terms."""
    numbers, edges = content.numbers.astype(np.int64), content.edges
    found = np.empty(0, dtype=np.int64)
    if pairs:
        # The pairs of each text stand behind its words; the pair across an edge is none.
        has_next = np.ones(len(numbers), dtype=np.bool_)
        has_next[edges[1:][content.sizes > 0] - 1] = False
        at = np.flatnonzero(has_next)
        found, place = np.unique(
            numbers[at] * len(content.words) + numbers[at + 1], return_inverse=True
        )
        before = np.concatenate([[0], np.cumsum(has_next)])[edges]
        numbers = np.insert(
            numbers, np.repeat(edges[1:], np.diff(before)), len(content.words) + place
        )
        edges = edges + before
    terms = _Terms(content.words, found)
    return _sparse(np.ones(len(numbers)), numbers, edges, len(terms)), terms


def _vocabulary(counts: Any, terms: _Terms, least: int, most: float) -> Integers:
    """Return the terms that are in enough texts and in not too many, by their names; the most frequent of too many."""
    held = np.bincount(counts.indices, minlength=len(terms))
    kept = np.flatnonzero((held >= max(least, 1)) & (held <= most)).tolist()
    named = np.array(sorted(kept, key=terms.__getitem__), dtype=np.int64)
    if len(named) <= MOST_TERMS:
        return named
    often = np.bincount(counts.indices, weights=counts.data, minlength=len(terms))[named]
    return named[np.sort(np.argsort(-often, kind="stable")[:MOST_TERMS])]


def _columns(counts: Any, column: Integers, n_columns: int) -> Any:
    """Return the matrix with its columns at new places, without those that have none (-1)."""
    to = column[counts.indices]
    before = np.concatenate([[0], np.cumsum(to >= 0)])
    return _sparse(counts.data[to >= 0], to[to >= 0], before[counts.indptr], n_columns)


def _sparse(data: Floats, indices: Integers, edges: Integers, n_columns: int) -> Any:
    """Return sparse rows whose columns rise; what is there twice in a row is added up."""
    from scipy import sparse  # pyright: ignore[reportMissingTypeStubs]

    width = np.int32 if len(indices) < 2**31 else np.int64
    found = sparse.csr_matrix(
        (data, indices.astype(width), edges.astype(width)), shape=(len(edges) - 1, n_columns)
    )
    found.sum_duplicates()
    return found


def _transformer() -> Any:
    """Return scikit-learn's TF-IDF of counted terms."""
    from sklearn.feature_extraction.text import (  # pyright: ignore[reportMissingTypeStubs]
        TfidfTransformer,
    )

    return TfidfTransformer(sublinear_tf=True)
