"""How many groups documents have: how much nearer each is to the others of its group than to the next group.

The silhouette that scikit-learn's users know compares distances between pairs, of which there are n^2, and a centre
that holds the document itself flatters small groups. Here a document is compared with the centre of its group *without
it*, and what documents without topics reach is subtracted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._latent import latent_axes
from ._spherical import group_sums, spherical_groups, unit

Floats = NDArray[np.float64]

MOST_DOCUMENTS = 2_000  # that the choice looks at
N_AXES = 50
N_STARTS = 3
_EVERY = 12  # up to here all numbers are tried, then every second, fourth ...
_PER_GROUP = 4  # documents that a group has on average, at least
_SURE = 3.0  # standard errors by which more than one group must be better than shuffled words ...
_LEAST = 0.02  # ... and by how much: shuffles of one set differ by less
_AS_GOOD = 2.0  # standard errors within which a smaller number is as good as the best


@dataclass(frozen=True)
class GroupChoice:
    """How many groups the documents have, and why.

    Attributes
    ----------
    k : int
        The number, 1 where no more groups are there than in shuffled words.
    reason : str
        Why, in a sentence.
    ks : tuple of int
        The numbers that were tried.
    silhouette, error : tuple of float
        Mean over documents of the held-out silhouette, and its standard error.
    reference : tuple of float
        The same of documents with shuffled words: what no topic gives.
    n_documents : int
        How many documents were looked at.
    """

    k: int
    reason: str
    ks: tuple[int, ...]
    silhouette: tuple[float, ...]
    error: tuple[float, ...]
    reference: tuple[float, ...]
    n_documents: int


def choose_number(rows: Any, most: int, rng: np.random.Generator) -> GroupChoice:
    """Choose the number of groups of documents, from 1 to `most`.

    Parameters
    ----------
    rows : sparse matrix of shape (n, n_terms)
        Rows of length 1.
    most : int
        The largest number that is tried.
    rng : Generator
        Of the sample, the starts and the shuffles.
    """
    n_all = rows.shape[0]
    if n_all > MOST_DOCUMENTS:
        rows = rows[np.sort(rng.choice(n_all, MOST_DOCUMENTS, replace=False))]
    n = rows.shape[0]
    ks = _numbers(min(most, n // _PER_GROUP))
    if not ks:
        reason = f"there are too few documents to look for more than one group ({n})"
        return GroupChoice(1, reason, (), (), (), (), n)
    real = _curve(rows, ks, rng)
    reference, _ = _curve(shuffled(rows, rng), ks, rng)
    return _decided(ks, real, reference, n)


def _numbers(most: int) -> tuple[int, ...]:
    """Return the numbers that are tried: all of the small ones, then about four in each doubling."""
    found: list[int] = []
    k = 2
    while k <= most:
        found.append(k)
        k += 1 if k < _EVERY else max(1, k // 6)
    return tuple(found)


def _decided(
    ks: tuple[int, ...], real: tuple[Floats, Floats], reference: Floats, n: int
) -> GroupChoice:
    """Take the smallest number that is as good as the best, and 1 where shuffled words would give as much."""
    mean, error = real
    gain = float((mean - reference).max())
    best = int(np.argmax(mean))
    chosen = int(np.flatnonzero(mean >= mean[best] - _AS_GOOD * error[best])[0])
    k = ks[chosen]
    if gain < max(_LEAST, _SURE * float(error[best])):
        k = 1
        reason = (
            "documents are no nearer to their group than documents whose words were shuffled "
            f"(by {max(gain, 0.0):.3f} at most): there is one group"
        )
    elif chosen == best:
        reason = (
            f"with {k} groups documents are nearest to the rest of their group, by {mean[best]:.3f}"
        )
    else:
        reason = (
            f"{k} groups are the fewest with which documents are as near to the rest of their group, but for two "
            f"standard errors, as with the best number, {ks[best]}"
        )
    if best == len(ks) - 1 and k > 1:
        reason += "; the curve still rises where it ends, so finer groups are there too"
    curves = (tuple(mean.tolist()), tuple(error.tolist()), tuple(reference.tolist()))
    return GroupChoice(k, reason, ks, *curves, n)


def _curve(rows: Any, ks: tuple[int, ...], rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Return mean and standard error (len(ks),) of the held-out silhouette."""
    latent = unit(latent_axes(rows, N_AXES, rng).coordinates)
    mean, error = np.empty(len(ks)), np.empty(len(ks))
    for at, k in enumerate(ks):
        found = spherical_groups(rows, latent, k, rng, N_STARTS)
        values = held_out_silhouette(rows, found.labels)
        mean[at], error[at] = values.mean(), values.std() / np.sqrt(len(values))
    return mean, error


def held_out_silhouette(rows: Any, labels: NDArray[np.integer[Any]]) -> Floats:
    """Return (b - a) / max(a, b) for each document (n,).

    a is its cosine distance from the rest of its group, b that from the nearest other group.

    With S the sum of a group's rows, a document x of it and the rest S - x: x (S - x) = x S - x x and
    |S - x|^2 = |S|^2 - 2 x S + x x, so that leaving it out costs nothing. Alone in its group a document has 0.
    """
    _, codes = np.unique(labels, return_inverse=True)
    sums = group_sums(rows, codes)
    lengths = np.add.reduce(sums * sums, axis=1)
    products = np.asarray(rows @ sums.T)
    n = len(codes)
    own = products[np.arange(n), codes]
    squares = np.asarray(rows.multiply(rows).sum(axis=1)).ravel()
    rest = lengths[codes] - 2.0 * own + squares
    alone = np.bincount(codes)[codes] == 1
    near = np.divide(own - squares, np.sqrt(np.maximum(rest, 1e-300)), where=~alone, out=np.ones(n))
    if sums.shape[0] == 1:
        return np.zeros(n)
    cosines = products / np.sqrt(np.maximum(lengths, 1e-300))
    cosines[np.arange(n), codes] = -1.0
    a, b = 1.0 - near, 1.0 - cosines.max(axis=1)
    larger = np.maximum(a, b)
    return np.where(alone | (larger <= 0), 0.0, (b - a) / np.where(larger > 0, larger, 1.0))


def shuffled(rows: Any, rng: np.random.Generator) -> Any:
    """Return rows whose terms were dealt anew: as many for each document and of each term as before, without topics.

    A term that a document gets twice counts once, which few do.
    """
    mixed = rows.copy()
    order = rng.permutation(len(mixed.indices))
    mixed.indices, mixed.data = mixed.indices[order], mixed.data[order]
    mixed.has_sorted_indices = mixed.has_canonical_format = False
    mixed.sum_duplicates()
    lengths = np.sqrt(np.asarray(mixed.multiply(mixed).sum(axis=1)).ravel())
    lengths[lengths == 0] = 1.0
    mixed.data = mixed.data / np.repeat(lengths, np.diff(mixed.indptr))
    return mixed
