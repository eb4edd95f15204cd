"""What a family of metrics makes of a collection: the items, encoded once, and distances between them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from .._native import core

AnyPairs: TypeAlias = "core.Pairs32 | core.Pairs64"
Indices: TypeAlias = NDArray[np.intp]
Parameters: TypeAlias = Mapping[str, Any]


class Content(Protocol):
    """The items of one collection as one family of metrics takes them; never changed after it was made."""

    @property
    def n(self) -> int:
        """How many items there are."""
        ...

    def take(self, indices: Indices, /) -> Self:
        """Return the items of these indices, in this order; the arrays may be shared."""
        ...

    def pairs(
        self,
        other: Self | None,
        metric: str,
        parameters: Parameters,
        dtype: np.dtype[Any] | None,
        /,
    ) -> AnyPairs:
        """Return distances from each item to each of `other`, or of this collection; dtype None keeps the natural."""
        ...

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return what is needed to make an equal content, for model files."""
        ...

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]], /) -> Self:
        """Make the content that `to_arrays` described."""
        ...
