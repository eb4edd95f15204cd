"""A component for tables whose columns differ in kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from numbers import Integral
from typing import Any, ClassVar, Self, cast

import numpy as np

from ...._errors import DataError, ParameterError
from .._rows import Rows, check_rows, select
from .component import Component, Part
from .hyperparameters import check_flag


@dataclass(frozen=True, eq=False, repr=False)
class Mixed(Component):
    """Columns of several kinds side by side, independent of each other within a cluster.

    Parameters
    ----------
    columns : dict of columns to component
        A column is its index or, in a data frame, its name; several are a tuple or a range. Each column of X belongs to
        exactly one component.
    allow_missing : bool, default=False
        Whether cells may be NaN in every component whose columns are independent; they are integrated out exactly. A
        component can also allow it for its own columns.

    Attributes
    ----------
    columns : dict of tuple to component
        As given, each key a tuple; indices after `resolve`.
    allow_missing : bool
        As given.

    Notes
    -----
    The density of a cluster is the product of its components' densities.

    Examples
    --------
    >>> from ganglion.cluster.bayesian import Categorical, Mixed, Normal
    >>> component = Mixed({(0, 1): Normal(), 2: Categorical(alpha=1.0)})
    >>> component.resolve([[0.1, 2.0, 0], [0.3, 1.0, 2]]).columns[(2,)]
    Categorical(alpha=([1, 1, 1],))
    """

    kind: ClassVar[str] = "mixed"
    columns: Mapping[Any, Component] = field(default_factory=dict[Any, Component])
    allow_missing: bool = False

    def __post_init__(self) -> None:
        check_flag("Mixed", "allow_missing", self.allow_missing)
        given = cast("Any", self.columns)
        if not isinstance(given, Mapping) or not given:
            raise ParameterError(
                f"Mixed needs a dict from columns to components, such as {{(0, 1): Normal(), 2: Categorical()}}; "
                f"got {given!r}."
            )
        frozen: dict[tuple[int | str, ...], Component] = {}
        for key, component in cast("Mapping[Any, Any]", given).items():
            if not isinstance(component, Component) or isinstance(component, Mixed):
                raise ParameterError(
                    f"Mixed needs one family for each of its keys; got {component!r} for {key!r}. Use Normal, "
                    "DiagonalNormal, Multinomial, Bernoulli, Poisson, Categorical or SemiConjugateNormal."
                )
            if self.allow_missing and hasattr(component, "allow_missing"):
                component = replace(cast("Any", component), allow_missing=True)
            frozen[_names_of(key)] = component
        every = [name for key in frozen for name in key]
        twice = next((name for name in every if every.count(name) > 1), None)
        if twice is not None:
            raise ParameterError(
                f"Mixed needs each column in one component; column {twice!r} is in two. Leave it out of one of them."
            )
        object.__setattr__(self, "columns", frozen)

    def parts(self, d: int) -> list[Part]:
        """Return which columns belong to which family, in the order in which they were given.

        Parameters
        ----------
        d : int
            The number of columns of X.

        Returns
        -------
        list of (columns, component)
            The densities of the parts multiply.

        Raises
        ------
        ParameterError
            When a column has a name still, is not there, or belongs to no component.
        """
        return self._placed(Rows(np.empty((0, d))))

    def check(self, X: Any) -> Rows:
        """Return rows that each component has checked for its own columns.

        Parameters
        ----------
        X : array-like or data frame of shape (n_samples, n_features)
            Numbers, counts and codes.

        Returns
        -------
        Rows
            The values as float64, NaN where a cell is missing.

        Raises
        ------
        ParameterError
            When the columns of X are not those of the components.
        DataError
            When X holds what a component has no density for.
        """
        rows = check_rows(X)
        for columns, component in self._placed(rows):
            component.check(select(rows, columns))
        return rows

    def resolve(self, X: Any) -> Self:
        """Return the component with all hyperparameters in numbers, and indices for names.

        Parameters
        ----------
        X : array-like or data frame of shape (n_samples, n_features)
            The rows to be clustered.

        Returns
        -------
        Mixed
            With every component resolved on its own columns.

        Raises
        ------
        ParameterError
            When the columns of X are not those of the components, or a hyperparameter does not fit.
        DataError
            When X holds what a component has no density for, or no value can be taken from it.
        """
        rows = check_rows(X)
        resolved = {
            columns: component.resolve(select(rows, columns))
            for columns, component in self._placed(rows)
        }
        return replace(self, columns=resolved)

    def to_state(self) -> dict[str, Any]:
        """Return the component as plain values: what a model file holds of it.

        Returns
        -------
        dict of str to object
            Columns and states of the components, as lists side by side.
        """
        return {
            "kind": self.kind,
            "allow_missing": self.allow_missing,
            "keys": [list(key) for key in self.columns],
            "components": [component.to_state() for component in self.columns.values()],
        }

    def _placed(self, rows: Rows) -> list[Part]:
        """The parts by index; every column in exactly one of them."""
        d = rows.shape[1]
        parts = [
            Part(tuple(_index(name, rows) for name in key), component)
            for key, component in self.columns.items()
        ]
        taken = [column for part in parts for column in part.columns]
        if len(set(taken)) < len(taken):
            twice = next(column for column in taken if taken.count(column) > 1)
            raise ParameterError(
                f"Mixed needs each column in one component; {rows.column(twice)} is in two. "
                "Leave it out of one of them."
            )
        left = [rows.column(column) for column in range(d) if column not in set(taken)]
        if left:
            raise ParameterError(
                f"Mixed needs a component for every column of X; there is none for {', '.join(left[:5])}"
                f"{f' and {len(left) - 5} more' if len(left) > 5 else ''}. Name one, or leave the column out of X."
            )
        return parts


def _names_of(key: Any) -> tuple[int | str, ...]:
    """A key of `columns` as a tuple of indices or names."""
    names: list[Any] = list(key) if isinstance(key, tuple | list | range) else [key]  # pyright: ignore[reportUnknownArgumentType]
    has_flags = any(isinstance(name, bool) for name in names)
    if names and not has_flags and all(isinstance(name, str | Integral) for name in names):
        return tuple(name if isinstance(name, str) else int(name) for name in names)
    raise ParameterError(
        f"Mixed needs columns as an index, a name, or a tuple of them; got the key {key!r}."
    )


def _index(name: int | str, rows: Rows) -> int:
    """Where a column stands."""
    d = rows.shape[1]
    if isinstance(name, int):
        if not 0 <= name < d:
            raise ParameterError(f"Mixed names column {name}, but X has the columns 0 to {d - 1}.")
        return name
    if rows.names is None:
        raise ParameterError(
            f"Mixed names the column {name!r}, but X has no names. Pass a data frame, or name columns by their index."
        )
    if name not in rows.names:
        raise DataError(
            f"Mixed names the column {name!r}, but X has {', '.join(map(repr, rows.names))}."
        )
    return list(rows.names).index(name)
