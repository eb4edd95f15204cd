"""Segments that can label next month's customers: scale, centres and names, without a single customer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Self, cast

import numpy as np
from numpy.typing import NDArray

from .._arrays import Labels
from .._errors import ParameterError
from ..cluster.prediction import nearest_centers
from ..storage.state import State
from ._customer_features import NAMES, Habits, logarithms
from ._customer_returns import ReturnCurves

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class CustomerModel:
    """Segments of customers, as they were found in one file.

    Attributes
    ----------
    middle, spread : ndarray of shape (3,), float64
        What is taken off the logarithms of recency, frequency and basket, and what they are divided by; infinity where
        all customers were alike.
    centers : ndarray of shape (k, 3), float64
        The segments' centres.
    sizes : ndarray of shape (k,), int64
        How many customers each had.
    names : tuple of str
        Their names.
    curves : ReturnCurves
        How long customers stayed away.
    columns : dict of str to str
        The column of each role.
    source : str
        Name of the file.
    settings : dict of str to object
        How the segments were found: seed, starts, day, horizon.
    """

    middle: Floats
    spread: Floats
    centers: Floats
    sizes: NDArray[np.int64]
    names: tuple[str, ...]
    curves: ReturnCurves
    columns: dict[str, str]
    source: str
    settings: dict[str, Any] = field(default_factory=dict[str, Any])

    def __post_init__(self) -> None:
        k, d = len(self.centers), len(NAMES)
        shapes = (self.centers.shape, self.sizes.shape, self.middle.shape, self.spread.shape)
        if shapes != ((k, d), (k,), (d,), (d,)) or len(self.names) != k or k == 0:
            raise ParameterError(
                f"Segments need centres (k, {d}), sizes and names of k, a middle and a spread of {d}; got "
                f"{', '.join(map(str, shapes))} and {len(self.names)} names. Pass those of one run."
            )
        if not np.isfinite(self.centers).all() or not (self.spread > 0).all():
            raise ParameterError(
                "centers must be finite and spread positive; got others. Pass those of one run."
            )

    def points(self, habits: Habits) -> Floats:
        """Return customers as points, shape (n, 3).

        Parameters
        ----------
        habits : Habits
            What they did.

        Returns
        -------
        ndarray of shape (n, 3), float64
            Their logarithms on the scale of the segments.
        """
        return (logarithms(habits) - self.middle) / self.spread

    def assign(self, habits: Habits) -> Labels:
        """Label customers with the segment whose centre is nearest.

        Parameters
        ----------
        habits : Habits
            What they did.

        Returns
        -------
        ndarray of shape (n,), int32
            The segments; the lowest wins a tie.
        """
        return nearest_centers(self.points(habits), self.centers)

    def _to_state(self) -> State:
        """The numbers as arrays, everything else as parameters."""
        parameters = {
            "columns": self.columns,
            "names": list(self.names),
            "settings": self.settings,
            "source": self.source,
        }
        arrays: dict[str, NDArray[Any]] = {
            "centers": self.centers,
            "middle": self.middle,
            "sizes": self.sizes,
            "spread": self.spread,
            "curve_days": self.curves.days,
            "curve_starts": self.curves.starts,
            "curve_survival": self.curves.survival,
        }
        return State("CustomerModel", parameters, arrays)

    @classmethod
    def _from_state(cls, state: State) -> Self:
        """The same record; what does not fit is an error that `load` turns into one about the file."""
        found, arrays = state.parameters, state.arrays
        _check_types(arrays)
        names, columns = found["names"], found["columns"]
        texts = [*names, *columns, *columns.values(), found["source"]]
        if not all(isinstance(text, str) for text in texts):
            raise TypeError("names, columns and source must be strings")
        if not isinstance(found["settings"], dict):
            raise TypeError("settings must be a dict")
        return cls(
            middle=arrays["middle"],
            spread=arrays["spread"],
            centers=arrays["centers"],
            sizes=arrays["sizes"],
            names=tuple(names),
            curves=_checked_curves(arrays),
            columns=cast("dict[str, str]", columns),
            source=found["source"],
            settings=cast("dict[str, Any]", found["settings"]),
        )


_TYPES = {
    "centers": np.float64,
    "middle": np.float64,
    "spread": np.float64,
    "sizes": np.int64,
    "curve_days": np.int64,
    "curve_starts": np.int64,
    "curve_survival": np.float64,
}


def _check_types(arrays: dict[str, NDArray[Any]]) -> None:
    """Every array has the type that the record promises."""
    wrong = [name for name, dtype in _TYPES.items() if arrays[name].dtype != dtype]
    if wrong:
        raise TypeError(f"{wrong[0]} has type {arrays[wrong[0]].dtype}")


def _checked_curves(arrays: dict[str, NDArray[Any]]) -> ReturnCurves:
    """The curves, whose strata must cover them in order."""
    days, starts, survival = (arrays[f"curve_{name}"] for name in ("days", "starts", "survival"))
    if len(starts) < 2 or starts[0] != 0 or starts[-1] != len(days) or (np.diff(starts) < 0).any():
        raise ValueError("the strata of the curves do not fit")
    if (
        days.ndim != 1
        or survival.shape != days.shape
        or not ((survival >= 0) & (survival <= 1)).all()
    ):
        raise ValueError("the curves are no curves")
    return ReturnCurves(days, survival, starts)
