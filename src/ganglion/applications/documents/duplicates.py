"""Documents that are there more than once: equal to the letter but for case and punctuation, or nearly so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from ..._errors import ParameterError
from ...data._words import NumberedTexts, number_words
from ._near_duplicates import near_texts

Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Duplicates:
    """Which documents say the same.

    Attributes
    ----------
    representative : ndarray of shape (n,), int64
        For each document the first one that says the same: itself where it is the first.
    exact : ndarray of shape (n,), bool
        Whether it has the very words of its representative, in their order; True for the representative itself.
    similarity : ndarray of shape (n,), float64
        Jaccard similarity with its representative, of sets of three words in a row; 1 where exact.
    """

    representative: Integers
    exact: NDArray[np.bool_]
    similarity: NDArray[np.float64]

    @property
    def distinct(self) -> Integers:
        """The documents that stand for themselves, ascending."""
        return np.flatnonzero(self.representative == np.arange(len(self.representative)))

    @property
    def groups(self) -> tuple[tuple[int, ...], ...]:
        """The documents that are there more than once, those that say the same together, the largest group first."""
        repeated = self.representative != np.arange(len(self.representative))
        found: dict[int, list[int]] = {}
        for at in np.flatnonzero(repeated).tolist():
            first = int(self.representative[at])
            found.setdefault(first, [first]).append(at)
        return tuple(sorted(map(tuple, found.values()), key=lambda group: (-len(group), group[0])))


def find_duplicates(texts: Sequence[str], *, threshold: float = 0.8) -> Duplicates:
    """Find documents that say the same as an earlier one.

    Parameters
    ----------
    texts : sequence of str
        The documents.
    threshold : float, default=0.8
        Least Jaccard similarity of near duplicates, above 0; 1 looks for equal words only.

    Returns
    -------
    Duplicates
        For each document the first that says the same.

    Raises
    ------
    ParameterError
        The threshold is not above 0 and at most 1.

    Notes
    -----
    Two documents are equal if their words are, in lower case and without punctuation. Of the others the similarity is
    that of their sets of three words in a row (of all their words where there are fewer): \\|A and B\\| / \\|A or B\\|.
    If it is at least t, and all sets are put in one order, then A and B share one of the first
    \\|A\\| - ceil(t \\|A\\|) + 1 of A and of B [1]_, and not too far behind [2]_. With the rarest first, few texts
    share one of these by accident; each pair that does is compared exactly, so that every pair from the threshold up
    is found and none below is called a duplicate. (Only if more than 200 different documents hold one of their rarest
    runs, is a further one compared with the first 200.) A near duplicate belongs to the earliest document that it is
    like and that is none itself; duplicates of duplicates are not chained. Time O(w) for w words in all and O(w log w)
    for those of documents that have near relations, memory O(w).

    References
    ----------
    .. [1] S. Chaudhuri, V. Ganti and R. Kaushik, "A primitive operator for similarity joins in data cleaning",
       International Conference on Data Engineering, 2006, doi:10.1109/ICDE.2006.9, section 3.
    .. [2] C. Xiao, W. Wang, X. Lin, J. X. Yu and G. Wang, "Efficient similarity joins for near-duplicate detection",
       ACM Transactions on Database Systems 36(3), 2011, doi:10.1145/2000824.2000825: positional filtering.

    Examples
    --------
    >>> from ganglion.applications.documents import find_duplicates
    >>> found = find_duplicates(["One two three four.", "one, two, three: FOUR", "Something else altogether"])
    >>> found.representative.tolist(), found.groups
    ([0, 0, 2], ((0, 1),))
    """
    return duplicates_of(texts, number_words(texts), threshold)


def duplicates_of(texts: Sequence[str], numbered: NumberedTexts, threshold: float) -> Duplicates:
    """Find duplicates as `find_duplicates` does, of texts whose words are numbered already.

    Parameters
    ----------
    texts : sequence of str
        The documents.
    numbered : NumberedTexts
        Their words.
    threshold : float
        Least similarity.

    Returns
    -------
    Duplicates
        For each document the first that says the same.

    Raises
    ------
    ParameterError
        The threshold is not above 0 and at most 1.
    """
    if not 0 < threshold <= 1:
        raise ParameterError(
            f"threshold must be above 0 and at most 1; got {threshold!r}. 0.8 finds reprints."
        )
    first = _first_equal(texts, numbered)
    places = np.arange(len(texts))
    target, similarity = places.copy(), np.ones(len(texts))
    if threshold < 1:
        distinct = np.flatnonzero(first == places)
        for later, earlier, shared in near_texts(numbered.chosen(distinct), threshold):
            target[distinct[later]] = distinct[earlier]
            similarity[distinct[later]] = shared
    return Duplicates(target[first], target[first] == first, similarity[first])


def _first_equal(texts: Sequence[str], numbered: NumberedTexts) -> Integers:
    """Return for each text (n,) the first with the same words; of those without words, the first that is equal."""
    found = np.empty(len(texts), dtype=np.int64)
    edges = numbered.edges.tolist()
    first_of: dict[bytes | str, int] = {}
    for at, text in enumerate(texts):
        words = numbered.numbers[edges[at] : edges[at + 1]]
        key = blake2b(words.tobytes(), digest_size=16).digest() if len(words) else text
        found[at] = first_of.setdefault(key, at)
    return found
