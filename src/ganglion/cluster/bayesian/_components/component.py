"""What every component is: hyperparameters that may come from the data, and the rows it can describe."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import fields
from typing import Any, ClassVar, NamedTuple, Self, cast

import numpy as np

from .._rows import Rows, check_rows, refuse_missing
from .hyperparameters import same_values, shown

FILL_IN = "Drop those rows or fill the values in."


class Component(ABC):
    """What the rows of one cluster are distributed as, with a prior on its parameters.

    See Also
    --------
    log_marginal : the density of rows under a partition, parameters integrated out.
    """

    kind: ClassVar[str]
    """The family's name in stored states and in kernels."""

    @abstractmethod
    def check(self, X: Any) -> Rows:
        """Return the rows of X as this component describes them, or say why it cannot.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Numbers, counts or codes.

        Returns
        -------
        Rows
            The values as float64, and whether a cell is missing.

        Raises
        ------
        DataError
            When X holds what the component has no density for.
        """

    @abstractmethod
    def resolve(self, X: Any) -> Self:
        """Return this component with every hyperparameter in numbers: what was None comes from the data.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            The rows to be clustered.

        Returns
        -------
        Component
            Of the same class. Resolving it again changes nothing.

        Raises
        ------
        ParameterError
            When a hyperparameter does not fit the columns of X.
        DataError
            When X holds what the component has no density for, or no value can be taken from it.
        """

    def parts(self, d: int) -> list[Part]:
        """Return which columns belong to which family: one part, except for `Mixed`.

        Parameters
        ----------
        d : int
            The number of columns of X.

        Returns
        -------
        list of (columns, component)
            The densities of the parts multiply.
        """
        return [Part(tuple(range(d)), self)]

    def to_state(self) -> dict[str, Any]:
        """Return the component as plain values: what a model file holds of it.

        Returns
        -------
        dict of str to object
            The family under ``"kind"``, and each hyperparameter.
        """
        return {"kind": self.kind} | {name: value for name, value, _ in self._fields()}

    def with_shared(self, rng: np.random.Generator) -> Component:
        """Return the component with what all clusters share drawn from its prior; itself where they share nothing.

        Parameters
        ----------
        rng : numpy.random.Generator
            Where the draws come from.

        Returns
        -------
        Component
            Given it, clusters are independent.
        """
        del rng
        return self

    def _fields(self) -> list[tuple[str, Any, Any]]:
        """Name, value and default of each hyperparameter."""
        found = fields(cast("Any", self))
        return [(field.name, getattr(self, field.name), field.default) for field in found]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Component) or type(other) is not type(self):
            return NotImplemented
        pairs = zip(self._fields(), other._fields(), strict=True)
        return all(same_values(mine[1], theirs[1]) for mine, theirs in pairs)

    def __hash__(self) -> int:
        return hash((self.kind, repr(self)))

    def __repr__(self) -> str:
        given = (
            f"{name}={shown(value)}"
            for name, value, default in self._fields()
            if not same_values(value, default)
        )
        return f"{type(self).__name__}({', '.join(given)})"


class Part(NamedTuple):
    """Columns of X, and the family that describes them."""

    columns: tuple[int, ...]
    component: Component


def check_dense(X: Any, *, allow_missing: bool, advice: str = FILL_IN) -> Rows:
    """Dense rows; missing cells only where they are allowed."""
    rows = check_rows(X)
    if not allow_missing:
        refuse_missing(rows, advice)
    return rows


ALLOW = (
    "Pass allow_missing=True to integrate missing cells out, drop those rows or fill the values in."
)


class ColumnMeasurements(Component):
    """Measurements whose columns are independent, so that a missing cell can be integrated out."""

    allow_missing: bool

    def check(self, X: Any) -> Rows:
        """Return rows of numbers, finite except for missing cells where they are allowed.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Measurements.

        Returns
        -------
        Rows
            The values as float64, NaN where a cell is missing.

        Raises
        ------
        DataError
            When a value is infinite, or missing without `allow_missing`.
        """
        return check_dense(X, allow_missing=self.allow_missing, advice=ALLOW)
