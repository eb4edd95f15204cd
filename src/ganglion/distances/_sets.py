"""Sets: the gate from collections of anything hashable to numbered elements, and their distances."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Self, cast

import numpy as np
from numpy.typing import NDArray

from .._errors import DataError
from .._native import core
from ._content import AnyPairs, Indices, Parameters
from ._ragged import Offsets, check_offsets, offsets_of, take_items

Universe = tuple[Hashable, ...]
# A pair costs its common elements by inverted lists, or all words of its universe, about 0.2
# nanoseconds each.
_WORD_COST = 0.2
_COMMON_COST = 0.7


@dataclass(frozen=True, eq=False)
class Sets:
    """Sets of numbered elements.

    `ids` (total,) holds the numbers of each set's elements, ascending within a set; `offsets` (n + 1,) where each set
    begins; `universe` the elements in the order of their numbers.
    """

    ids: NDArray[np.int32]
    offsets: Offsets
    universe: Universe

    @property
    def n(self) -> int:
        """How many sets there are."""
        return len(self.offsets) - 1

    def sets(self) -> list[frozenset[Hashable]]:
        """The sets as Python has them."""
        ids, offsets = self.ids.tolist(), self.offsets.tolist()
        return [
            frozenset(self.universe[at] for at in ids[begin:end])
            for begin, end in pairwise(offsets)
        ]

    def take(self, indices: Indices) -> Self:
        """Return the sets of these indices."""
        return type(self)(*take_items(self.ids, self.offsets, indices), self.universe)

    def pairs(
        self,
        other: Sets | None,
        metric: str,
        parameters: Parameters,
        dtype: np.dtype[Any] | None,
    ) -> AnyPairs:
        """Return the distances from each set to each of `other`, computed when they are asked for."""
        theirs, size = (None, len(self.universe)) if other is None else _numbered(self, other)
        single = dtype == np.float32
        if _is_dense(self, other, size):
            make = core.word_pairs32 if single else core.word_pairs64
            y = None if theirs is None or other is None else _words(theirs, other.offsets, size)
            return make(_words(self.ids, self.offsets, size), y, metric, size)
        make = core.set_pairs32 if single else core.set_pairs64
        return make(
            self.ids,
            self.offsets,
            theirs,
            None if other is None else other.offsets,
            size,
            metric,
        )

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return numbers, offsets and elements; the elements must be texts or whole numbers, all of one kind."""
        kinds = {type(element) for element in self.universe}
        if kinds - {str} and kinds - {int}:
            named = ", ".join(sorted(kind.__name__ for kind in kinds))
            raise DataError(
                f"A model file holds sets of texts or of whole numbers; these hold {named}. "
                "Turn the elements into texts before fitting."
            )
        elements = np.array(self.universe, dtype=np.int64 if kinds == {int} else object)
        return {"ids": self.ids, "offsets": self.offsets, "elements": elements}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Self:
        """Make the sets again that `to_arrays` described."""
        ids, elements = arrays["ids"], cast("list[Hashable]", arrays["elements"].tolist())
        offsets = check_offsets(arrays["offsets"], len(ids))
        if ids.ndim != 1 or ids.dtype.kind not in "iu":
            raise ValueError("ids must be integers (total,)")
        if len(ids) and not 0 <= int(ids.min()) <= int(ids.max()) < len(elements):
            raise ValueError(f"ids must lie between 0 and {len(elements) - 1}")
        rises = np.diff(ids.astype(np.int64))
        within = np.ones(len(rises), dtype=bool)
        ends = offsets[1:-1] - 1  # between two sets anything goes
        within[ends[(ends >= 0) & (ends < len(rises))]] = False
        if bool(np.any(rises[within] <= 0)) or len(set(elements)) < len(elements):
            raise ValueError("ids must rise within a set, and elements differ")
        return cls(np.ascontiguousarray(ids, dtype=np.int32), offsets, tuple(elements))


def as_sets(X: Any, *, name: str = "X", like: Sets | None = None) -> Sets:
    """Return the sets of a list of sets, frozensets or lists of hashable elements, as numbers.

    Elements are numbered in the order in which they first occur (those of one Python set: in the order of their
    representation, so that a run repeats); `like` continues the numbering of those sets. An element that a list
    repeats counts once.
    """
    numbers: dict[Hashable, int] = {}
    if like is not None:
        numbers = {element: at for at, element in enumerate(like.universe)}
    lengths: list[int] = []
    ids: list[NDArray[np.int32]] = []
    for at, item in enumerate(_listed(X, name)):
        elements = _elements(item, at, name)
        own = np.array(
            [numbers.setdefault(element, len(numbers)) for element in elements], dtype=np.int32
        )
        ids.append(np.unique(own))
        lengths.append(len(ids[-1]))
    joined = np.concatenate(ids) if ids else np.zeros(0, dtype=np.int32)
    return Sets(joined, offsets_of(lengths), tuple(numbers))


def _listed(X: Any, name: str) -> list[Any]:
    single = isinstance(X, str | bytes | Mapping | set | frozenset) or getattr(X, "ndim", 1) == 0
    if single or not isinstance(X, Iterable):
        found = type(cast(Any, X)).__name__
        raise DataError(
            f"{name} must be a list of sets, in order; got one {found}. Pass [a, b, ...], each a set."
        )
    return list(cast("Iterable[Any]", X))


def _elements(item: Any, at: int, name: str) -> list[Hashable]:
    if item is None or (isinstance(item, float) and item != item):
        raise DataError(
            f"{name} holds a missing set at item {at} ({item!r}). Drop it, or write set() for an empty one."
        )
    if isinstance(item, str | bytes | Mapping) or not isinstance(item, Iterable):
        found = type(cast(Any, item)).__name__
        raise DataError(
            f"{name} must hold sets; item {at} is {item!r}, of type {found}. "
            "Pass a set, or a list of its elements; texts have metrics of their own, such as 'levenshtein'."
        )
    elements = list(cast("Iterable[Any]", item))
    for element in elements:
        if not isinstance(element, Hashable) or element != element:
            raise DataError(
                f"{name} must hold sets of hashable elements; item {at} holds {element!r}, of type "
                f"{type(element).__name__}. Use texts, numbers or tuples that equal themselves."
            )
    if isinstance(item, set | frozenset):
        elements.sort(key=lambda element: (type(element).__name__, repr(element)))
    return elements


def _numbered(x: Sets, y: Sets) -> tuple[NDArray[np.int32], int]:
    """The ids of y in the numbering of x, which is continued, and how many elements that has."""
    shared = min(len(x.universe), len(y.universe))
    if x.universe is y.universe or x.universe[:shared] == y.universe[:shared]:
        return y.ids, max(len(x.universe), len(y.universe))
    numbers = {element: at for at, element in enumerate(x.universe)}
    renamed = np.array(
        [numbers.setdefault(element, len(numbers)) for element in y.universe], dtype=np.int32
    )
    ids = renamed[y.ids]
    sets = np.repeat(np.arange(y.n), np.diff(y.offsets))
    return np.ascontiguousarray(ids[np.lexsort((ids, sets))]), len(numbers)


def _is_dense(x: Sets, y: Sets | None, size: int) -> bool:
    """Whether words of bits are cheaper than inverted lists, by the elements a pair has in common on average."""
    held = np.bincount(x.ids, minlength=size).astype(float)
    theirs = held if y is None else np.bincount(y.ids, minlength=size).astype(float)
    m = x.n if y is None else y.n
    common = float(held @ theirs) / max(1, x.n * m)
    return (size + 63) // 64 * _WORD_COST < _COMMON_COST * common


def _words(ids: NDArray[np.int32], offsets: Offsets, size: int) -> NDArray[np.uint64]:
    """The sets as bits (n, ceil(size / 64))."""
    words = np.zeros((len(offsets) - 1, (size + 63) // 64), dtype=np.uint64)
    sets = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
    np.bitwise_or.at(words, (sets, ids >> 6), np.uint64(1) << (ids & 63).astype(np.uint64))
    return words
