"""What groups of texts are about: terms by lift, and the documents in the middle of each group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._arrays import Sparse, check_samples_or_sparse, refuse_not_finite
from .._errors import DataError, ParameterError
from ._features import Floats, Integers
from ._labels import Groups, groups_of
from ._words import listed

FEWEST = 2  # documents of a group that must hold a term, where the group has as many
SENTENCE_TERMS = 4


@dataclass(frozen=True)
class TermWeight:
    """How one term of a group compares with all documents.

    Attributes
    ----------
    term : str
        The term.
    lift : float
        share / overall: 3 where the group holds the term three times as often as all documents do.
    count : int
        Documents of the group that hold it.
    share, overall : float
        The share of the group's documents, and of all documents, that hold it.
    score : float
        By what terms are ordered: share log2(lift), the term's part in how the group differs.
    """

    term: str
    lift: float
    count: int
    share: float
    overall: float
    score: float

    @property
    def text(self) -> str:
        """The same in words: "election: in 12 documents, 5.1 times as often as in all"."""
        where = "1 document" if self.count == 1 else f"{self.count:,} documents"
        return f"{self.term}: in {where}, {self.lift:.1f} times as often as in all"


@dataclass(frozen=True)
class TermCard:
    """What one group of texts is about.

    Attributes
    ----------
    label : int
        Its label; of texts and booleans its place in their order.
    name : str
        What it is called: "cluster 0", "noise", or the text as given.
    size : int
        Its documents.
    share : float
        Their part of all documents, 0 to 1.
    terms : tuple of TermWeight
        Terms that tell it from the others, the most telling first.
    central : tuple of int
        Documents nearest to its centre, the nearest first; they count from 0.
    sentence : str
        Its first terms: "about election, vote, party and minister".
    """

    label: int
    name: str
    size: int
    share: float
    terms: tuple[TermWeight, ...]
    central: tuple[int, ...]
    sentence: str


def term_cards(
    weights: Any,
    terms: Sequence[str],
    labels: ArrayLike,
    *,
    n_terms: int = 10,
    n_documents: int = 3,
) -> tuple[TermCard, ...]:
    """Describe groups of texts by the terms that they hold more often than all texts do.

    Parameters
    ----------
    weights : sparse matrix or array-like of shape (n, d)
        Weights of terms in documents, not negative: TF-IDF, counts, or 0 and 1.
    terms : sequence of str, length d
        The terms.
    labels : array-like of int, str or bool, shape (n,)
        A label per document; the integer -1 is noise.
    n_terms : int, default 10
        The most terms of a card.
    n_documents : int, default 3
        The most central documents of a card.

    Returns
    -------
    tuple of TermCard
        One card per label, by rising label.

    Raises
    ------
    DataError
        Terms, labels and weights do not fit each other, or a weight is negative or not finite.
    ParameterError
        A negative number of terms or documents.

    Notes
    -----
    With p_t the share of a group's documents that hold term t and q_t that of all documents, the lift is p_t / q_t and
    terms are ordered by p_t log2(p_t / q_t): a term must be frequent in the group and rarer elsewhere. Lift alone
    would put terms first that occur once. A term that only one document of a group holds is not told, where the group
    has more documents. Ties go to the term that more documents hold, then to the first one. Documents count,
    not occurrences, so a long document weighs no more than a short one. Time and memory O(weights but zeros + k d).

    References
    ----------
    .. [1] S. Brin, R. Motwani, J. D. Ullman, S. Tsur, "Dynamic itemset counting and implication rules for market basket
       data", SIGMOD 1997, doi:10.1145/253260.253325: lift, there called interest.

    Examples
    --------
    >>> from ganglion.explain import term_cards
    >>> held = [[1, 1, 0, 0], [1, 1, 0, 1], [0, 0, 1, 1], [0, 0, 1, 0]]
    >>> cards = term_cards(held, ["vote", "party", "goal", "today"], ["news", "news", "sport", "sport"])
    >>> cards[0].sentence, cards[1].terms[0].text
    ('about vote and party', 'goal: in 2 documents, 2.0 times as often as in all')
    """
    if min(n_terms, n_documents) < 0:
        raise ParameterError(
            f"n_terms and n_documents must be at least 0; got {n_terms} and {n_documents}."
        )
    rows = _rows(weights)
    n, d = rows.shape
    if len(terms) != d:
        raise DataError(
            f"terms must name the {d} columns of the weights; got {len(terms)} terms. Pass the vectorizer's names."
        )
    groups = groups_of(labels, n)
    held = _document_counts(rows, groups)
    central = _central(rows, groups, n_documents)
    overall = held.sum(axis=0) / n
    cards: list[TermCard] = []
    for at in range(groups.k):
        size = int(groups.sizes[at])
        told = _telling(held[at], size, overall, terms, n_terms)
        first = [part.term for part in told[:SENTENCE_TERMS]]
        sentence = (
            f"about {listed(first)}" if first else "no term is more frequent than in all documents"
        )
        cards.append(
            TermCard(
                groups.labels[at], groups.names[at], size, size / n, told, central[at], sentence
            )
        )
    return tuple(cards)


def central_documents(
    weights: Any, labels: ArrayLike, *, n_documents: int = 3
) -> tuple[tuple[int, ...], ...]:
    """Find the documents nearest to the centre of each group, by angle.

    Parameters
    ----------
    weights : sparse matrix or array-like of shape (n, d)
        Weights of terms in documents.
    labels : array-like of int, str or bool, shape (n,)
        A label per document.
    n_documents : int, default 3
        The most documents of a group.

    Returns
    -------
    tuple of tuple of int
        For each label, rising, the documents with the largest cosine to the mean of the group's documents, each brought
        to length 1; the first among equals. A document without any weight comes last.

    Raises
    ------
    DataError
        Labels and weights do not fit each other, or a weight is not finite.
    ParameterError
        A negative number of documents.

    Notes
    -----
    Noise has no centre: its documents are compared with its own mean like those of a group. Time and memory
    O(weights that are not 0 + k d).

    Examples
    --------
    >>> from ganglion.explain import central_documents
    >>> central_documents([[1.0, 0.0], [1.0, 0.2], [1.0, 1.0], [0.0, 1.0]], [0, 0, 0, 1], n_documents=1)
    ((1,), (3,))
    """
    if n_documents < 0:
        raise ParameterError(f"n_documents must be at least 0; got {n_documents}.")
    rows = _rows(weights)
    return _central(rows, groups_of(labels, rows.shape[0]), n_documents)


def _rows(weights: Any) -> Sparse:
    """Return weights as sparse rows without zeros, finite."""
    given = check_samples_or_sparse(weights, name="weights")
    if not isinstance(given, Sparse):
        refuse_not_finite(given, "weights")
        at, columns = np.nonzero(given)
        indptr = np.concatenate(([0], np.cumsum(np.bincount(at, minlength=len(given)))))
        return Sparse(
            given[at, columns],
            indptr.astype(np.int64),
            columns.astype(np.int32),
            (given.shape[0], given.shape[1]),
        )
    return given


def _owners(rows: Sparse) -> Integers:
    """Return the row of each stored value."""
    return np.repeat(np.arange(rows.shape[0]), np.diff(rows.indptr))


def _document_counts(rows: Sparse, groups: Groups) -> Integers:
    """Return how many documents of each group hold each term, (k, d)."""
    if len(rows.values) and rows.values.min() < 0:
        raise DataError(
            f"Weights of terms must not be negative; the smallest is {rows.values.min():g}. Pass counts or TF-IDF."
        )
    d = rows.shape[1]
    there = rows.values > 0
    joint = groups.codes[_owners(rows)[there]] * d + rows.columns[there]
    return np.bincount(joint, minlength=groups.k * d).reshape(groups.k, d).astype(np.int64)


def _telling(
    held: Integers, size: int, overall: Floats, terms: Sequence[str], most: int
) -> tuple[TermWeight, ...]:
    """Return the terms of a group that are more frequent in it than in all documents."""
    share = held / size
    lift = np.divide(share, overall, out=np.zeros(len(share)), where=overall > 0)
    score = share * np.log2(np.maximum(lift, 1.0))
    score[held < min(FEWEST, size)] = 0.0
    candidates = np.flatnonzero(score > 1e-12)
    order = candidates[np.lexsort((candidates, -held[candidates], -score[candidates]))][:most]
    return tuple(
        TermWeight(
            str(terms[at]),
            float(lift[at]),
            int(held[at]),
            float(share[at]),
            float(overall[at]),
            float(score[at]),
        )
        for at in order.tolist()
    )


def _central(rows: Sparse, groups: Groups, most: int) -> tuple[tuple[int, ...], ...]:
    """Return the documents nearest to the mean direction of each group."""
    owner = _owners(rows)
    n, d = rows.shape
    values = rows.values.astype(np.float64)
    largest = np.zeros(n)
    np.maximum.at(largest, owner, np.abs(values))
    values /= np.where(largest > 0, largest, 1.0)[owner]  # squares neither overflow nor vanish
    lengths = np.sqrt(np.bincount(owner, weights=values * values, minlength=n))
    values /= np.where(lengths > 0, lengths, 1.0)[owner]
    place = groups.codes[owner] * d + rows.columns
    centers = np.bincount(place, weights=values, minlength=groups.k * d)
    scores = np.bincount(owner, weights=values * centers[place], minlength=n)
    order = np.lexsort((np.arange(n), -scores, lengths == 0, groups.codes))
    members: list[NDArray[Any]] = np.split(order, np.cumsum(groups.sizes)[:-1])
    return tuple(tuple(own[:most].tolist()) for own in members)
