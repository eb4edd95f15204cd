"""Documents that are there more than once: equal to the letter but for case and punctuation, or nearly so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from ..._errors import ParameterError
from ...data.languages import words_of

Integers = NDArray[np.int64]
Hashes = NDArray[np.uint64]

SHINGLE = 3  # words
N_BANDS, ROWS = (
    32,
    4,
)  # a pair of Jaccard similarity s becomes a candidate with 1 - (1 - s^4)^32: 0.8 -> 1 - 5e-8
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MOST_IN_A_BUCKET = 200  # beyond it each is compared with the first only


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
    Candidates come from 128 minima of hashes in 32 bands of 4; a pair with similarity s is one with probability
    1 - (1 - s^4)^32 (0.8: all but 5 in 10^8; 0.5: 0.87), and every candidate is then compared exactly, so that no pair
    below the threshold is called a duplicate. A near duplicate belongs to the earliest document that it is like and
    that is none itself; duplicates of duplicates are not chained. The hashes are fixed: the same texts give the same
    answer. Time O(128 w) for w words in all, memory O(w).

    References
    ----------
    .. [1] A. Z. Broder, "On the resemblance and containment of documents", Compression and Complexity of Sequences,
       1997, doi:10.1109/SEQUEN.1997.666900: the minima; bands: J. Leskovec, A. Rajaraman and J. Ullman, "Mining of
       massive datasets", 2014, section 3.4.

    Examples
    --------
    >>> from ganglion.applications.documents import find_duplicates
    >>> found = find_duplicates(["One two three four.", "one, two, three: FOUR", "Something else altogether"])
    >>> found.representative.tolist(), found.groups
    ([0, 0, 2], ((0, 1),))
    """
    if not 0 < threshold <= 1:
        raise ParameterError(
            f"threshold must be above 0 and at most 1; got {threshold!r}. 0.8 finds reprints."
        )
    n = len(texts)
    representative = np.arange(n, dtype=np.int64)
    similarity = np.ones(n)
    first_of: dict[bytes, int] = {}
    shingles: list[Hashes] = []
    distinct: list[int] = []
    for at, text in enumerate(texts):
        words = words_of(text)
        key = blake2b("\x00".join(words or [text]).encode("utf-8", "surrogatepass"), digest_size=16)
        first = first_of.setdefault(key.digest(), at)
        representative[at] = first
        if first == at:
            distinct.append(at)
            shingles.append(_shingles(words))
    exact = np.ones(n, dtype=np.bool_)
    if threshold < 1:
        for later, earlier, shared in _near(shingles, threshold):
            at, first = distinct[later], distinct[earlier]
            mine = representative == at
            representative[mine], similarity[mine], exact[mine] = first, shared, False
    return Duplicates(representative, exact, similarity)


def _shingles(words: Sequence[str]) -> Hashes:
    """Return the distinct hashes (s,) of three words in a row; of all words together where there are fewer."""
    if not words:
        return np.empty(0, dtype=np.uint64)
    codes = np.array([_code(word) for word in words], dtype=np.uint64)
    length = min(SHINGLE, len(codes))
    mixed = np.zeros(len(codes) - length + 1, dtype=np.uint64)
    for step in range(length):
        mixed = _mix(mixed ^ codes[step : step + len(mixed)])
    return np.unique(mixed)


_CODES: dict[str, int] = {}


def _code(word: str) -> int:
    """Return 64 bits of a word, the same in every process; kept, for words come again."""
    found = _CODES.get(word)
    if found is None:
        if len(_CODES) > 1_000_000:
            _CODES.clear()
        digest = blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest()
        found = _CODES[word] = int.from_bytes(digest, "little")
    return found


def _mix(values: Hashes) -> Hashes:
    """Mix 64 bits (splitmix64's finaliser)."""
    values = values + _GOLDEN
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def _near(shingles: list[Hashes], threshold: float) -> list[tuple[int, int, float]]:
    """Return (later, earlier, similarity) for documents that are like an earlier one which stands for itself."""
    taken: set[int] = set()
    found: list[tuple[int, int, float]] = []
    for earlier, later in sorted(_candidates(shingles)):
        if later in taken or earlier in taken:
            continue
        shared = _jaccard(shingles[earlier], shingles[later])
        if shared >= threshold:
            taken.add(later)
            found.append((later, earlier, shared))
    return found


def _candidates(shingles: list[Hashes]) -> set[tuple[int, int]]:
    """Return pairs that agree in all minima of a band."""
    full = [at for at, each in enumerate(shingles) if len(each)]
    if len(full) < 2:
        return set()
    starts = np.cumsum([0] + [len(shingles[at]) for at in full[:-1]])
    pool = np.concatenate([shingles[at] for at in full])
    pairs: set[tuple[int, int]] = set()
    for band in range(N_BANDS):
        key = np.zeros(len(full), dtype=np.uint64)
        for row in range(ROWS):
            salt = _mix(np.array([band * ROWS + row + 1], dtype=np.uint64))
            key = _mix(key ^ np.minimum.reduceat(_mix(pool ^ salt), starts))
        order = np.argsort(key, kind="stable")
        edges = np.flatnonzero(np.diff(key[order])) + 1
        for bucket in np.split(order, edges):
            if len(bucket) > 1:
                pairs |= _pairs_of([full[at] for at in sorted(bucket.tolist())])
    return pairs


def _pairs_of(bucket: list[int]) -> set[tuple[int, int]]:
    """Return the pairs of a bucket; where it is large, those with its first."""
    heads = bucket if len(bucket) <= _MOST_IN_A_BUCKET else bucket[:1]
    return {(a, b) for a in heads for b in bucket if a < b}


def _jaccard(a: Hashes, b: Hashes) -> float:
    both = len(np.intersect1d(a, b, assume_unique=True))
    return both / (len(a) + len(b) - both)
