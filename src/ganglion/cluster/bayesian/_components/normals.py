"""Components for measurements: the normal distribution, whole or column by column."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from ...._errors import ParameterError
from .._rows import Rows
from .component import FILL_IN, ColumnMeasurements, Component, check_dense
from .hyperparameters import (
    Numbers,
    broadcast,
    broadcast_scale,
    check_flag,
    freeze_number,
    freeze_numbers,
    freeze_scale,
)
from .moments import column_moments, spread

WITHIN = 1 / 8
"""The share of a column's variance that is expected within a cluster, where nothing else is said."""
KAPPA = 0.01
"""How many rows the prior mean is worth (Fraley and Raftery 2007): larger values favour spurious clusters."""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Normal(Component):
    """A normal distribution with any covariance: the normal-inverse-Wishart prior.

    ``Sigma ~ inverse-Wishart(dof, scale)`` and ``mu ~ N(mean, Sigma / kappa)``. What is None comes from the data.

    Parameters
    ----------
    mean : float or array-like of shape (d,), optional
        Where clusters are expected; by default the mean of the data.
    kappa : float, optional
        How many rows the prior mean is worth, positive; by default 0.01.
    dof : float, optional
        Degrees of freedom, above d - 1; by default d + 2, with which ``E[Sigma] = scale``.
    scale : float or array-like of shape (d,) or (d, d), optional
        A number or variances stand for a diagonal matrix. By default ``dof / 8`` times the variances of the data on
        the diagonal, so that the harmonic mean of a variance within clusters is an eighth of it.

    Attributes
    ----------
    mean, kappa, dof, scale : float, ndarray or None
        As given, checked; numbers of full shape after `resolve`.

    Notes
    -----
    With n rows of a cluster, sum s and scatter S round their mean: ``kn = kappa + n``, ``nun = dof + n``,
    ``scale_n = scale + S + kappa n / kn (s/n - mean)(s/n - mean)'``, and

        log m = -nd/2 log pi + log Gamma_d(nun/2) - log Gamma_d(dof/2)
                + dof/2 log|scale| - nun/2 log|scale_n| + d/2 log(kappa/kn).

    The predictive density is a Student-t with ``nun - d + 1`` degrees of freedom. Missing cells are refused: with them
    the integral has no closed form.

    References
    ----------
    .. [1] K. P. Murphy, "Conjugate Bayesian analysis of the Gaussian distribution", 2007, section 9 (NIW).
    .. [2] C. Fraley, A. E. Raftery, "Bayesian regularization for normal mixture estimation and model-based
       clustering", Journal of Classification 24, 2007, section 3 (dof = d + 2, kappa = 0.01).
       DOI 10.1007/s00357-007-0004-5.

    Examples
    --------
    >>> from ganglion.cluster.bayesian import Normal
    >>> Normal(kappa=0.5).resolve([[0.0], [2.0]])
    Normal(mean=[1], kappa=0.5, dof=3, scale=[[0.375]])
    """

    kind: ClassVar[str] = "normal"
    mean: Numbers = None
    kappa: float | None = None
    dof: float | None = None
    scale: Numbers = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "mean", freeze_numbers("Normal", "mean", self.mean))
        object.__setattr__(self, "kappa", freeze_number("Normal", "kappa", self.kappa))
        object.__setattr__(self, "dof", freeze_number("Normal", "dof", self.dof))
        object.__setattr__(self, "scale", freeze_scale("Normal", "scale", self.scale))

    def check(self, X: Any) -> Rows:
        """Return rows of finite numbers.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Measurements.

        Returns
        -------
        Rows
            The values as float64.

        Raises
        ------
        DataError
            When a value is missing or infinite.
        """
        advice = (
            f"Use DiagonalNormal(allow_missing=True), which integrates missing cells out. {FILL_IN}"
        )
        return check_dense(X, allow_missing=False, advice=advice)

    def resolve(self, X: Any) -> Self:
        """Return the component with numbers: mean (d,), kappa, dof, scale (d, d).

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            The rows to be clustered.

        Returns
        -------
        Normal
            With every hyperparameter in numbers.

        Raises
        ------
        ParameterError
            When a hyperparameter does not fit the columns of X, or dof is at most d - 1.
        DataError
            When X is not finite, or a column of one value leaves its scale open.
        """
        rows = self.check(X)
        d = rows.shape[1]
        dof = d + 2.0 if self.dof is None else self.dof
        if dof <= d - 1:
            raise ParameterError(
                f"Normal needs dof > d - 1; got dof={dof:g} and {d} columns. Raise it above {d - 1}, or leave it out "
                f"for d + 2 = {d + 2}."
            )
        mean, scale = self.mean, self.scale
        if mean is None or scale is None:
            columns = column_moments(rows)
            mean = columns.mean if mean is None else mean
            if scale is None:
                scale = dof * WITHIN * spread(columns, rows, "scale=")
        matrix = broadcast_scale("Normal", "scale", scale, d)
        if self.scale is not None:
            _refuse_vanishing(matrix, rows)
        return replace(
            self,
            mean=broadcast("Normal", "mean", mean, d),
            kappa=KAPPA if self.kappa is None else self.kappa,
            dof=dof,
            scale=matrix,
        )


def _refuse_vanishing(scale: NDArray[np.float64], rows: Rows) -> None:
    """A cluster of fewer rows than columns is as wide as the scale in some direction; rounding must not be wider."""
    variance = column_moments(rows).variance
    unit = np.sqrt(np.where(variance > 0, variance, np.diag(scale)))
    smallest = float(np.linalg.eigvalsh(scale / unit / unit[:, None])[0])
    least = len(scale) * float(np.finfo(np.float64).eps)
    if smallest < least:
        raise ParameterError(
            f"Normal: scale must not vanish beside the data: at least {least:.3g} of the variances of the columns in "
            f"every direction; got {smallest:.3g}. Raise scale, drop columns that are sums of others, or use "
            "DiagonalNormal."
        )


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class DiagonalNormal(ColumnMeasurements):
    """A normal distribution for each column, independent within a cluster: normal-gamma priors.

    In each column ``1 / variance ~ Gamma(shape, rate)`` and ``mu ~ N(mean, variance / kappa)``.

    Parameters
    ----------
    mean : float or array-like of shape (d,), optional
        Where clusters are expected; by default the mean of each column.
    kappa : float or array-like of shape (d,), optional
        How many rows the prior mean is worth, positive; by default 0.01.
    shape : float or array-like of shape (d,), optional
        Positive; by default 3/2, with which ``E[variance] = 2 rate``.
    rate : float or array-like of shape (d,), optional
        Positive; by default ``shape / 8`` times the variance of the column, so that the harmonic mean of the variance
        within clusters is an eighth of it.
    allow_missing : bool, default=False
        Whether cells may be NaN. They are integrated out, which is exact: a missing cell adds nothing to its column.

    Attributes
    ----------
    mean, kappa, shape, rate : float, ndarray or None
        As given, checked; of shape (d,) after `resolve`.
    allow_missing : bool
        As given.

    Notes
    -----
    With the n cells of a cluster that are there in a column: ``kn = kappa + n``, ``an = shape + n/2``,
    ``bn = rate + S/2 + kappa n / (2 kn) (s/n - mean)^2``, and

        log m = -n/2 log 2 pi + 1/2 log(kappa/kn) + log Gamma(an) - log Gamma(shape) + shape log rate - an log bn,

    summed over the columns. The predictive density is a product of Student-t with 2 an degrees of freedom. With one
    column and the defaults it is the same model as `Normal`.

    References
    ----------
    .. [1] K. P. Murphy, "Conjugate Bayesian analysis of the Gaussian distribution", 2007, section 3 (normal-gamma).

    Examples
    --------
    >>> from ganglion.cluster.bayesian import DiagonalNormal
    >>> DiagonalNormal(kappa=0.1).resolve([[0.0, 1.0], [2.0, 5.0]]).rate.tolist()
    [0.1875, 0.75]
    """

    kind: ClassVar[str] = "diagonal_normal"
    mean: Numbers = None
    kappa: Numbers = None
    shape: Numbers = None
    rate: Numbers = None
    allow_missing: bool = False

    def __post_init__(self) -> None:
        check_flag("DiagonalNormal", "allow_missing", self.allow_missing)
        owner = "DiagonalNormal"
        object.__setattr__(self, "mean", freeze_numbers(owner, "mean", self.mean))
        for name in ("kappa", "shape", "rate"):
            value = freeze_numbers(owner, name, getattr(self, name), positive=True)
            object.__setattr__(self, name, value)

    def resolve(self, X: Any) -> Self:
        """Return the component with a number for each column: mean, kappa, shape, rate of shape (d,).

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            The rows to be clustered.

        Returns
        -------
        DiagonalNormal
            With every hyperparameter in numbers.

        Raises
        ------
        ParameterError
            When a hyperparameter does not fit the columns of X.
        DataError
            When X holds what the component has no density for, or a column of one value leaves its rate open.
        """
        owner, rows = "DiagonalNormal", self.check(X)
        d = rows.shape[1]
        shape = broadcast(owner, "shape", 1.5 if self.shape is None else self.shape, d)
        mean, rate = self.mean, self.rate
        if mean is None or rate is None:
            columns = column_moments(rows)
            mean = columns.mean if mean is None else mean
            if rate is None:
                rate = shape * WITHIN * spread(columns, rows, "rate=")
        return replace(
            self,
            mean=broadcast(owner, "mean", mean, d),
            kappa=broadcast(owner, "kappa", KAPPA if self.kappa is None else self.kappa, d),
            shape=shape,
            rate=broadcast(owner, "rate", rate, d),
        )
