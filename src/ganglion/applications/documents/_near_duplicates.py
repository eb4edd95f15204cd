"""Near duplicates: pairs of texts whose sets of three words in a row are alike, all of them, without comparing all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ...data._words import NumberedTexts, pieces_at

Integers = NDArray[np.int64]
Hashes = NDArray[np.uint64]

SHINGLE = 3  # words
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MOST_HOLDERS = 200  # of a shingle, whom later texts that hold it are compared with
_SLACK = 1e-9  # of products of a threshold with counts, which are rounded


def near_texts(numbered: NumberedTexts, threshold: float) -> Iterator[tuple[int, int, float]]:
    """Yield (later, earlier, similarity) for texts that are like an earlier one which stands for itself.

    All sets in one order, the rarest shingles first: two of similarity t share one of the first
    |A| - ceil(t |A|) + 1 of each (Chaudhuri, Ganti and Kaushik 2006), and those are shared by few.
    """
    sets = _rarest_first(*_shingles(numbered), threshold)
    index = _Index(threshold)
    edges, alone = sets.edges.tolist(), sets.alone.tolist()
    rarest = _rarest(np.diff(sets.edges), threshold).tolist()
    for later, (start, end) in enumerate(pairwise(edges)):
        mine = sets.shingles[start:end]
        front = mine[alone[later] : rarest[later]].tolist()
        rest = len(mine) - alone[later]
        for earlier in index.candidates(front, rest, len(mine)):
            shared = _jaccard(sets.shingles[edges[earlier] : edges[earlier + 1]], mine)
            if shared >= threshold:
                yield int(sets.texts[later]), int(sets.texts[earlier]), shared
                break
        else:
            index.add(later, front, rest, len(mine))


def _shingles(numbered: NumberedTexts) -> tuple[Hashes, Integers]:
    """Return hashes (s,) of three words in a row, text after text, and their edges (n + 1,).

    Of a text with fewer words it is all of them together. One that comes twice in a text is there twice.
    """
    words, sizes = numbered.numbers.astype(np.uint64), numbered.sizes
    runs = _mix(words)
    places, edges = pieces_at(numbered.edges[:-1], np.maximum(sizes - SHINGLE + 1, sizes > 0))
    found = np.empty(len(places), dtype=np.uint64)
    for length in range(1, SHINGLE + 1):
        if length > 1:
            runs = _mix(runs[:-1] ^ words[length - 1 :])
        mine = np.repeat(np.minimum(sizes, SHINGLE) == length, np.diff(edges))
        found[mine] = runs[places[mine]]
    return found, edges


def _mix(values: Hashes) -> Hashes:
    """Mix 64 bits (splitmix64's finaliser)."""
    values = values + _GOLDEN
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


@dataclass(frozen=True)
class _Sets:
    """Sets of shingles, the rarest first, of texts that may be near to another one.

    Attributes
    ----------
    texts : ndarray of shape (m,)
        Their places, ascending.
    shingles : ndarray of shape (s,)
        The different shingles of each text, one text after the other.
    edges : ndarray of shape (m + 1,)
        Text i has shingles[edges[i] : edges[i + 1]].
    alone : ndarray of shape (m,)
        How many of its first no other text holds.
    """

    texts: Integers
    shingles: Hashes
    edges: Integers
    alone: Integers


def _rarest_first(hashes: Hashes, edges: Integers, threshold: float) -> _Sets:
    """Return the sets of those texts whose rarest shingles are not all their own.

    How rare one is, is how many fall into its bucket of their hashes: at most half as many as there are buckets, so
    that most of what is there once is seen to be.
    """
    bits = max(2 * len(hashes), 2).bit_length()
    bucket = (hashes >> np.uint64(64 - bits)).astype(np.int64)
    often = np.bincount(bucket)[bucket]
    before = np.concatenate([[0], np.cumsum(often == 1)])[edges]
    texts = np.flatnonzero(np.diff(before) < _rarest(np.diff(edges), threshold))
    places, edges = pieces_at(edges[texts], np.diff(edges)[texts])
    text_of = np.repeat(np.arange(len(texts)), np.diff(edges))
    hashes, often = hashes[places], often[places]
    order = np.lexsort((hashes, often, text_of))
    hashes, often, text_of = hashes[order], often[order], text_of[order]
    is_new = np.ones(len(order), dtype=np.bool_)
    is_new[1:] = (hashes[1:] != hashes[:-1]) | (text_of[1:] != text_of[:-1])
    sizes = np.bincount(text_of[is_new], minlength=len(texts))
    alone = np.bincount(text_of[is_new & (often == 1)], minlength=len(texts))
    return _Sets(texts, hashes[is_new], np.concatenate([[0], np.cumsum(sizes)]), alone)


def _rarest(sizes: Integers, threshold: float) -> Integers:
    """Return how many of the first of a set are looked at: a set that is near enough shares one of them."""
    return sizes - np.ceil(threshold * sizes - _SLACK).astype(np.int64) + 1


class _Index:
    """Which texts hold a shingle among their rarest, how many shingles each has from there on, and how many in all."""

    def __init__(self, threshold: float) -> None:
        self.threshold = threshold
        self.holders: dict[int, list[tuple[int, int, int]]] = {}

    def candidates(self, front: list[int], rest: int, size: int) -> list[int]:
        """Return the texts that may be near to one of `size` shingles, ascending.

        The first shingle that two share has nothing in common before it, so they share at most what is from there on.
        """
        found: set[int] = set()
        for left, shingle in enumerate(front, -rest):
            for text, other_left, other_size in self.holders.get(shingle, ()):
                most = min(-left, other_left)
                if most * (1 + self.threshold) >= self.threshold * (size + other_size) - _SLACK:
                    found.add(text)
        return sorted(found)

    def add(self, text: int, front: list[int], rest: int, size: int) -> None:
        """Let later texts be compared with this one."""
        for at, shingle in enumerate(front):
            held_by = self.holders.setdefault(shingle, [])
            if len(held_by) < _MOST_HOLDERS:
                held_by.append((text, rest - at, size))


def _jaccard(a: Hashes, b: Hashes) -> float:
    """Return the part of all shingles of two sets that both hold."""
    together = np.concatenate([a, b])
    together.sort()
    both = int(np.count_nonzero(together[1:] == together[:-1]))
    return both / (len(together) - both)
