"""A component without conjugacy: mean and variance have priors of their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...._errors import DataError, ParameterError
from .._rows import Rows
from ..hyperpriors import Gamma
from .component import ColumnMeasurements
from .hyperparameters import Numbers, broadcast, check_flag, freeze_numbers
from .moments import Columns, column_moments, spread

_OWNER = "SemiConjugateNormal"


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class SemiConjugateNormal(ColumnMeasurements):
    """A normal distribution for each column whose mean and variance are independent a priori.

    In each column ``mu ~ N(mean, variance)`` and ``1 / sigma^2 ~ Gamma(shape, rate)``; with ``rate ~ Gamma(g, h)``, one
    rate for all clusters, it is the prior of Richardson and Green.

    Parameters
    ----------
    mean : float or array-like of shape (d,), optional
        By default the middle of the column's range.
    variance : float or array-like of shape (d,), optional
        Of the means of the clusters, positive; by default the square of the column's range.
    shape : float or array-like of shape (d,), optional
        Positive; by default 2.
    rate : float, array-like of shape (d,), Gamma or list of Gamma, optional
        Positive; with a `Gamma`, or one for each column, it is sampled along with the partition. By default
        ``Gamma(shape=0.2, rate=10 / range^2)``.
    allow_missing : bool, default=False
        Whether cells may be NaN. They are integrated out, which is exact: a missing cell adds nothing to its column.

    Attributes
    ----------
    mean, variance, shape : float, ndarray or None
        As given, checked; of shape (d,) after `resolve`.
    rate : float, ndarray, Gamma, tuple of Gamma or None
        As given, checked; of shape (d,) or a tuple of one Gamma for each column after `resolve`.
    allow_missing : bool
        As given.

    Notes
    -----
    The density of a cluster has no closed form. Samplers keep means and variances in their state (Neal's algorithm 8).
    `log_marginal` integrates numerically: the mean in closed form, ``1 / sigma^2`` of each cluster and the rate by the
    trapezoidal rule on their logarithms, which converges faster than any power of the step.

    References
    ----------
    .. [1] S. Richardson, P. J. Green, "On Bayesian analysis of mixtures with an unknown number of components", Journal
       of the Royal Statistical Society B 59, 1997, sections 2.1 and 2.4. DOI 10.1111/1467-9868.00095.
    .. [2] R. M. Neal, "Markov chain sampling methods for Dirichlet process mixture models", Journal of Computational
       and Graphical Statistics 9, 2000, algorithm 8. DOI 10.1080/10618600.2000.10474879.

    Examples
    --------
    >>> from ganglion.cluster.bayesian import SemiConjugateNormal
    >>> SemiConjugateNormal().resolve([[0.0], [3.0], [10.0]])
    SemiConjugateNormal(mean=[5], variance=[100], shape=[2], rate=(Gamma(shape=0.2, rate=0.1),))
    """

    kind: ClassVar[str] = "semi_conjugate_normal"
    mean: Numbers = None
    variance: Numbers = None
    shape: Numbers = None
    rate: float | ArrayLike | Gamma | Sequence[Gamma] | None = None
    allow_missing: bool = False

    def __post_init__(self) -> None:
        check_flag("SemiConjugateNormal", "allow_missing", self.allow_missing)
        object.__setattr__(self, "mean", freeze_numbers(_OWNER, "mean", self.mean))
        for name in ("variance", "shape"):
            value = freeze_numbers(_OWNER, name, getattr(self, name), positive=True)
            object.__setattr__(self, name, value)
        object.__setattr__(self, "rate", _freeze_rate(self.rate))

    @property
    def is_rate_free(self) -> bool:
        """Whether the rate is sampled along with the partition."""
        return self.rate is None or isinstance(self.rate, Gamma | tuple)

    def rate_numbers(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the numbers of the rate's prior, after `resolve`.

        Returns
        -------
        shape, rate : ndarray of shape (d,)
            Zeros where the rate is fixed.
        """
        if isinstance(self.rate, tuple):
            gammas = cast("tuple[Gamma, ...]", self.rate)
            return np.array([each.shape for each in gammas]), np.array(
                [each.rate for each in gammas]
            )
        return np.zeros(np.size(cast("Any", self.rate))), np.zeros(np.size(cast("Any", self.rate)))

    def with_shared(self, rng: np.random.Generator) -> SemiConjugateNormal:
        """Return the component with rates drawn from their prior, after `resolve`.

        Parameters
        ----------
        rng : numpy.random.Generator
            Where the draws come from.

        Returns
        -------
        SemiConjugateNormal
            With a number for each rate.
        """
        if not isinstance(self.rate, tuple):
            return self
        gammas = cast("tuple[Gamma, ...]", self.rate)
        return replace(self, rate=np.array([each.draw(rng) for each in gammas]))

    def to_state(self) -> dict[str, Any]:
        """Return the component as plain values: what a model file holds of it.

        Returns
        -------
        dict of str to object
            A rate that is sampled stands there as the numbers of its Gamma.
        """
        state = super().to_state()
        if isinstance(self.rate, Gamma):
            state["rate"] = {"shape": self.rate.shape, "rate": self.rate.rate}
        elif isinstance(self.rate, tuple):
            shape, rate = self.rate_numbers()
            state["rate"] = {"shape": shape, "rate": rate}
        return state

    def resolve(self, X: Any) -> Self:
        """Return the component with a number, or a Gamma for the rate, for each column.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            The rows to be clustered.

        Returns
        -------
        SemiConjugateNormal
            With every hyperparameter in numbers.

        Raises
        ------
        ParameterError
            When a hyperparameter does not fit the columns of X.
        DataError
            When X holds what the component has no density for, or a column of one value leaves its variance open.
        """
        rows = self.check(X)
        d = rows.shape[1]
        mean, variance, rate = self.mean, self.variance, self.rate
        if mean is None or variance is None or rate is None:
            columns = column_moments(rows)
            _refuse_equal(columns, rows, rate)
            mean = columns.low + (columns.high - columns.low) / 2 if mean is None else mean
            if variance is None or rate is None:
                flat = columns.low == columns.high
                size = spread(columns, rows, "variance= and rate=")
                square = np.where(flat, size, (columns.high - columns.low) ** 2)
                variance = square if variance is None else variance
                if rate is None:
                    rate = tuple(Gamma(shape=0.2, rate=10 / float(each)) for each in square)
        return replace(
            self,
            mean=broadcast(_OWNER, "mean", mean, d),
            variance=broadcast(_OWNER, "variance", variance, d),
            shape=broadcast(_OWNER, "shape", 2.0 if self.shape is None else self.shape, d),
            rate=_broadcast_rate(rate, d),
        )


def _refuse_equal(columns: Columns, rows: Rows, rate: Any) -> None:
    """With a free rate, equal rows would have an infinite density together."""
    if rows.shape[0] > 1 and not isinstance(rate, float | np.ndarray):
        flat = columns.low == columns.high
        if flat.any():
            at = int(np.argmax(flat))
            raise DataError(
                f"X must vary in every column; {rows.column(at)} holds {columns.low[at]:g} in all rows, and a rate "
                "that is sampled would go to 0. Leave the column out, or pass numbers for variance= and rate=."
            )


def _freeze_rate(rate: Any) -> Any:
    if isinstance(rate, Gamma):
        return rate
    if isinstance(rate, list | tuple) and rate:
        columns = tuple(cast("Sequence[Any]", rate))
        if all(isinstance(each, Gamma) for each in columns):
            return columns
        if any(isinstance(each, Gamma) for each in columns):
            raise ParameterError(
                f"{_OWNER}: rate must be numbers, or a Gamma for every column; got {rate!r}. A rate that is nearly "
                "fixed is Gamma(shape=1e6, rate=1e6 / value)."
            )
    return freeze_numbers(_OWNER, "rate", rate, positive=True)


def _broadcast_rate(rate: Any, d: int) -> Any:
    if isinstance(rate, Gamma):
        return (rate,) * d
    if isinstance(rate, tuple):
        columns = cast("tuple[Gamma, ...]", rate)
        if len(columns) != d:
            raise ParameterError(
                f"{_OWNER}: rate must hold one Gamma for each of the {d} columns of X; got {len(columns)}."
            )
        return columns
    return broadcast(_OWNER, "rate", rate, d)
