"""What a model hands over to be stored, and gets back: a kind, parameters and arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol, Self

from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class State:
    """Everything a model file holds about one model.

    Attributes
    ----------
    kind : str
        Name of the class in the closed list of `ganglion.storage.models`, such as ``"KMeans"``.
    parameters : dict
        Name to value. A value is None, a bool, an int, a float (NaN and infinity too), a str, a
        NumPy scalar, an array, or a list, tuple or dict of such values; each comes back with its
        own type. Names are Python identifiers.
    arrays : dict
        Name to array: bool, integers of 8 to 64 bits, floats of 16 to 64 bits, or strings (dtype
        object or "U"). They come back C-contiguous and in the machine's byte order.
    """

    kind: str
    parameters: dict[str, Any]
    arrays: dict[str, NDArray[Any]]


class Storable(Protocol):
    """A class that takes part in `save` and `load`, beside its row in the closed list."""

    def _to_state(self) -> State:
        """Return what is needed to build an equal object; must not share what `self` may change."""
        ...

    @classmethod
    def _from_state(cls, state: State) -> Self:
        """Build the object; ValueError, TypeError or KeyError where `state` does not fit."""
        ...
