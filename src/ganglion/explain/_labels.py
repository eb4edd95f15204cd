"""The gate for labels of any kind: integers with -1 for noise, texts, booleans; one number for each row comes out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._errors import DataError

NOISE = -1


@dataclass(frozen=True, eq=False)
class Groups:
    """Rows by their labels.

    Attributes
    ----------
    labels : tuple of int
        The number of each group, rising: integers as given; of texts and booleans their places in order.
    names : tuple of str
        What each group is called: "cluster 0", "noise", or the text as given.
    codes : ndarray of shape (n,)
        The place of each row's label in `labels`.
    sizes : ndarray of shape (k,)
        Rows of each.
    noise : int
        The place of the noise in `labels`; -1 where there is none.
    """

    labels: tuple[int, ...]
    names: tuple[str, ...]
    codes: NDArray[np.int64]
    sizes: NDArray[np.int64]
    noise: int

    @property
    def k(self) -> int:
        """Number of groups, the noise among them."""
        return len(self.labels)

    @property
    def clusters(self) -> NDArray[np.int64]:
        """The places of all groups but the noise."""
        return np.array([at for at in range(self.k) if at != self.noise], dtype=np.int64)


def groups_of(labels: ArrayLike, n_rows: int) -> Groups:
    """Return the groups that labels (n_rows,) tell, or the error that they do not fit."""
    given: NDArray[Any] = np.asarray(labels)
    if n_rows == 0 and given.size == 0:
        raise DataError("labels must be of at least one row; got none. Pass rows with labels.")
    texts = given.dtype.kind in "OUT" and given.ndim == 1
    if texts and len(given) == n_rows:
        return _named(_as_texts(given))
    if given.ndim != 1 or len(given) != n_rows or given.dtype.kind not in "iub":
        raise DataError(
            f"labels must be one integer for each of the {n_rows} rows; got shape {given.shape} of {given.dtype}. "
            "Pass the labels of the same rows (integers, texts or booleans)."
        )
    if given.dtype.kind == "b":
        return _named(given.astype(str))
    distinct, codes, sizes = np.unique(given, return_inverse=True, return_counts=True)
    numbers = tuple(int(label) for label in distinct)
    noise = numbers.index(NOISE) if NOISE in numbers else -1
    names = tuple("noise" if label == NOISE else f"cluster {label}" for label in numbers)
    return Groups(numbers, names, codes.astype(np.int64), sizes.astype(np.int64), noise)


def _as_texts(given: NDArray[Any]) -> NDArray[Any]:
    """Return labels as an array of texts; anything else among them is an error with its row."""
    cells: list[Any] = given.tolist()
    for row, cell in enumerate(cells):
        if not isinstance(cell, str):
            raise DataError(
                f"labels must be integers or texts, one kind for all rows; row {row} holds {cell!r}. Leave rows "
                "without a label out, or give them one."
            )
    return given


def _named(texts: NDArray[Any]) -> Groups:
    """Return the groups of texts, in the order of their code points."""
    cells: list[str] = texts.tolist()
    names = sorted(set(cells))
    place = {name: at for at, name in enumerate(names)}
    codes = np.fromiter((place[cell] for cell in cells), dtype=np.int64, count=len(cells))
    sizes = np.bincount(codes, minlength=len(names)).astype(np.int64)
    return Groups(tuple(range(len(names))), tuple(names), codes, sizes, -1)
