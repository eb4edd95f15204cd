"""What a group of documents is about: the words that set it apart, its name, the documents in its middle."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

MOST_TERMS = 12
IN_NAME = 3
_STEM = 5  # letters that make two terms the same word in a name: Israel, Israeli


@dataclass(frozen=True)
class GroupTerm:
    """One word of a group.

    Attributes
    ----------
    term : str
        The word, or pair of words.
    count : int
        Documents of the group that hold it.
    share, overall : float
        The same as parts of the group, and of all documents, 0 to 1.
    lift : float
        share / overall: how many times more frequent it is in the group.
    """

    term: str
    count: int
    share: float
    overall: float
    lift: float


def group_terms(
    rows: Any, codes: NDArray[np.integer[Any]], k: int, terms: Sequence[str], most: int = MOST_TERMS
) -> tuple[tuple[GroupTerm, ...], ...]:
    """Return the terms of each group 0 .. k - 1 that say most about it.

    They are ranked by share ln(lift), what a term adds to the divergence of the group's words from all words: a term
    that is in every document of the group and rare elsewhere comes first, one that is in a single document does not.
    This is the idea of class-based TF-IDF (Grootendorst 2022), with documents counted instead of words.
    """
    n, d = rows.shape
    counts = np.zeros((k, d))
    np.add.at(counts, (np.repeat(codes, np.diff(rows.indptr)), rows.indices), 1.0)
    sizes = np.bincount(codes, minlength=k).astype(np.float64)
    overall = counts.sum(axis=0) / n
    share = counts / np.maximum(sizes, 1.0)[:, None]
    lift = share / np.maximum(overall, 1e-300)
    score = np.where(counts > 0, share * np.log(np.maximum(lift, 1e-300)), -np.inf)
    least = np.where(sizes >= 4, 2, 1)[:, None]  # one document is no group
    score = np.where(counts >= least, score, -np.inf)
    found: list[tuple[GroupTerm, ...]] = []
    for group in range(k):
        ranked = np.argsort(-score[group], kind="stable")[:most]
        kept = [at for at in ranked.tolist() if score[group, at] > 0]
        if not kept and k == 1:
            # One group is not set apart from anything: its most frequent words.
            kept = np.argsort(-counts[group], kind="stable")[:most].tolist()
        found.append(
            tuple(
                GroupTerm(
                    str(terms[at]),
                    int(counts[group, at]),
                    float(share[group, at]),
                    float(overall[at]),
                    float(lift[group, at]),
                )
                for at in kept
            )
        )
    return tuple(found)


def name_groups(terms: Sequence[Sequence[GroupTerm]]) -> tuple[str, ...]:
    """Return a name for each group from its first terms; no two groups have the same."""
    names: list[str] = []
    for label, mine in enumerate(terms):
        words: list[str] = []
        name = ""
        for term in mine:
            if any(_is_same_word(term.term, word) for word in words):
                continue
            words.append(term.term)
            name = ", ".join(words)
            if len(words) >= IN_NAME and name not in names:
                break
        names.append(name if name and name not in names else f"{name or 'group'} ({label})")
    return tuple(names)


def _is_same_word(a: str, b: str) -> bool:
    """Whether two terms are forms of one word, or one is a part of the other."""
    if set(a.split()) & set(b.split()):
        return True
    stem = min(len(a), len(b), max(_STEM, min(len(a), len(b)) - 2))
    return stem >= _STEM - 1 and a[:stem] == b[:stem]


def central_documents(
    similarity: Floats,
    labels: NDArray[np.integer[Any]],
    k: int,
    most: int,
    among: NDArray[np.bool_],
) -> tuple[tuple[int, ...], ...]:
    """Return the documents of each group nearest to its centre, of those that stand for themselves."""
    found: list[tuple[int, ...]] = []
    for group in range(k):
        mine = np.flatnonzero((labels == group) & among)
        ranked = np.argsort(-similarity[mine], kind="stable")[:most]
        found.append(tuple(mine[ranked].tolist()))
    return tuple(found)
