"""Densities of rows under a partition, over all parts of a component."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...._errors import DataError, ParameterError
from .._components.component import Component
from .._rows import Rows, select
from .families import FAMILIES, partition_log_density
from .groups import group_rows

Floats = NDArray[np.float64]


def log_marginal(X: Any, labels: ArrayLike, component: Component) -> float:
    """Return the log density of the rows given their partition, the clusters' parameters integrated out.

    Parameters
    ----------
    X : array-like, data frame or sparse matrix of shape (n_samples, n_features)
        What the component describes.
    labels : array-like of shape (n_samples,)
        The cluster of each row, any integers.
    component : Normal, DiagonalNormal, Multinomial, Bernoulli, Poisson, Categorical, SemiConjugateNormal or Mixed
        Hyperparameters that are None are taken from X.

    Returns
    -------
    float
        ``log p(X | labels)``, all constants included; natural logarithm.

    Raises
    ------
    ParameterError
        When a hyperparameter does not fit the columns of X.
    DataError
        When X holds what the component has no density for, labels are not one integer for each row, or the density does
        not fit into float64.

    Notes
    -----
    ``sum_c log m(X_c)``, where m is the marginal density that the component's page states. It takes O(n d) time, and
    O(n d^2 + k d^3) for `Normal`; under `SemiConjugateNormal` with a rate that is sampled, clusters share that rate and
    the density is an integral over it.

    Examples
    --------
    >>> from ganglion.cluster.bayesian import DiagonalNormal, log_marginal
    >>> component = DiagonalNormal(mean=0.0, kappa=0.1, shape=2.0, rate=1.0)
    >>> X = [[-2.1], [-1.9], [1.8], [2.2]]
    >>> log_marginal(X, [0, 0, 1, 1], component) > log_marginal(X, [0, 0, 0, 0], component)
    True
    """
    check_component(component)
    resolved = component.resolve(X)
    return resolved_log_marginal(resolved.check(X), labels, resolved)


def resolved_log_marginal(rows: Rows, labels: ArrayLike, component: Component) -> float:
    """`log_marginal` of rows that the resolved component has checked."""
    groups = group_rows(labels, rows.shape[0])
    total = 0.0
    with np.errstate(over="ignore", invalid="ignore"):  # refused below, in words
        for columns, part in component.parts(rows.shape[1]):
            total += partition_log_density(part, _own(rows, columns), groups)
    if not np.isfinite(total):
        raise DataError(
            f"The log density of the rows must fit into float64; it came out as {total}. Bring the columns of X to the "
            "scale of the hyperparameters."
        )
    return total


def predictive(new: Rows, rows: Rows, labels: ArrayLike, component: Component) -> Floats:
    """Log densities (m, K + 1) of new rows given the members of each cluster, and, last, of none.

    Rows are checked and the component is resolved. Columns are the clusters, numbered by first appearance in `labels`.
    """
    groups = group_rows(labels, rows.shape[0])
    if new.shape[1] != rows.shape[1]:
        raise DataError(
            f"New rows must have the {rows.shape[1]} columns of X; got {new.shape[1]}. Pass the same columns in the "
            "same order."
        )
    out = np.zeros((new.shape[0], len(groups) + 1))
    with np.errstate(over="ignore", invalid="ignore"):  # refused below, in words
        for columns, part in component.parts(rows.shape[1]):
            family = FAMILIES[part.kind]
            out += family.predictives(part, _own(new, columns), _own(rows, columns), groups)
    if not np.isfinite(out).all():
        row = int(np.argmin(np.isfinite(out).all(axis=1)))
        raise DataError(
            f"The density of each new row must fit into float64; that of row {row} does not: it is too far from all "
            "others. Leave the row out, or mend its values."
        )
    return out


def simulate_rows(
    labels: ArrayLike,
    component: Component,
    rng: np.random.Generator,
    totals: NDArray[np.int64] | None = None,
) -> Floats:
    """Rows (n, d) from a resolved component under a partition: each cluster's parameters from the prior, then its rows.

    `totals` (n,) are those of the rows of counts under Multinomial, which are given and not drawn.
    """
    n = len(np.asarray(labels))
    groups = group_rows(labels, n)
    d = n_columns(component)
    out = np.empty((n, d))
    for columns, part in component.parts(d):
        part = part.with_shared(rng)
        none = Rows(np.zeros((0, len(columns))))
        for c in range(len(groups)):
            members = groups.members(c)
            m: Any = len(members)
            if part.kind == "multinomial":
                m = _totals_of(totals, n)[members]
            drawn = FAMILIES[part.kind].draw(part, m, rng, none, True)
            out[np.ix_(members, np.array(columns))] = drawn
    return out


def sample_rows(
    clusters: NDArray[Any],
    rows: Rows,
    labels: ArrayLike,
    component: Component,
    rng: np.random.Generator,
) -> Floats:
    """One new row (m, d) from the predictive density of each cluster named; their number K names a new one.

    Totals of counts are those of rows drawn at random. Clusters are numbered by first appearance in `labels`.
    """
    groups = group_rows(labels, rows.shape[0])
    out = np.empty((len(clusters), rows.shape[1]))
    for columns, part in component.parts(rows.shape[1]):
        own = _own(rows, columns).dense
        for c in np.unique(clusters):
            at = np.flatnonzero(clusters == c)
            given = own[groups.members(int(c))] if c < len(groups) else own[:0]
            m: Any = len(at)
            if part.kind == "multinomial":
                m = own.sum(axis=1).astype(np.int64)[rng.integers(len(own), size=m)]
            drawn = FAMILIES[part.kind].draw(part, m, rng, Rows(given), False)
            out[np.ix_(at, np.array(columns))] = drawn
    return out


def check_component(component: Any) -> None:
    """A component must be one of the families, with its hyperparameters."""
    if not isinstance(component, Component):
        hint = f"{component.__name__}()" if isinstance(component, type) else "Normal()"
        raise ParameterError(
            f"component must be a Normal, DiagonalNormal, Multinomial, Bernoulli, Poisson, Categorical, "
            f"SemiConjugateNormal or Mixed; got {component!r}. Use {hint}, for example."
        )


def n_columns(component: Component) -> int:
    """How many columns a resolved component describes."""
    parts: Any = getattr(component, "columns", None)
    if parts is not None:
        return sum(len(columns) for columns in parts)
    for name in ("mean", "alpha", "a", "shape"):
        value: Any = getattr(component, name, None)
        if isinstance(value, np.ndarray | tuple):
            return len(value)  # pyright: ignore[reportUnknownArgumentType]
    raise ParameterError(
        f"The hyperparameters must be resolved first; got {component!r}. Call component.resolve(X)."
    )


def _own(rows: Rows, columns: tuple[int, ...]) -> Rows:
    """The part's own columns; the rows themselves where these are all."""
    return rows if columns == tuple(range(rows.shape[1])) else select(rows, columns)


def _totals_of(totals: NDArray[np.int64] | None, n: int) -> NDArray[np.int64]:
    if totals is None or np.shape(totals) != (n,):
        raise ParameterError(
            f"totals must hold the total of each of the {n} rows; got {totals!r}. Multinomial rows have given totals."
        )
    return totals
