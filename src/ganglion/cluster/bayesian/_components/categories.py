"""Components for columns of categories: two of them, or any number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self, cast

import numpy as np
from numpy.typing import ArrayLike

from ...._errors import DataError, ParameterError
from .._rows import Rows, check_whole
from .component import ALLOW, Component, check_dense
from .hyperparameters import Numbers, broadcast, check_flag, freeze_number, freeze_numbers
from .moments import counts_of

_MOST_CATEGORIES = 1 << 20


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Bernoulli(Component):
    """Columns of 0 and 1, independent within a cluster: beta priors on the share of ones.

    Parameters
    ----------
    a, b : float or array-like of shape (d,), optional
        ``p ~ Beta(a, b)``, positive. By default twice the share of ones and of zeros in the column, each counted with
        one more: a prior worth two rows that expects in a cluster what the data have.
    allow_missing : bool, default=False
        Whether cells may be NaN. They are integrated out, which is exact: a missing cell adds nothing to its column.

    Attributes
    ----------
    a, b : float, ndarray or None
        As given, checked; of shape (d,) after `resolve`.
    allow_missing : bool
        As given.

    Notes
    -----
    With s ones among the n cells of a cluster in a column, ``log m = log B(a + s, b + n - s) - log B(a, b)``, summed
    over the columns. The predictive probability of a one is ``(a + s) / (a + b + n)``.

    References
    ----------
    .. [1] A. Gelman et al., "Bayesian data analysis", 3rd edition, CRC 2013, section 2.4. DOI 10.1201/b16018.

    Examples
    --------
    >>> from ganglion.cluster.bayesian import Bernoulli
    >>> Bernoulli().resolve([[1, 0], [1, 0]])
    Bernoulli(a=[1.5, 0.5], b=[0.5, 1.5])
    """

    kind: ClassVar[str] = "bernoulli"
    a: Numbers = None
    b: Numbers = None
    allow_missing: bool = False

    def __post_init__(self) -> None:
        check_flag("Bernoulli", "allow_missing", self.allow_missing)
        for name in ("a", "b"):
            value = freeze_numbers("Bernoulli", name, getattr(self, name), positive=True)
            object.__setattr__(self, name, value)

    def check(self, X: Any) -> Rows:
        """Return rows of 0 and 1, and NaN where missing cells are allowed.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Zeros and ones, or booleans.

        Returns
        -------
        Rows
            The values as float64, NaN where a cell is missing.

        Raises
        ------
        DataError
            When a value is neither 0 nor 1, or missing without `allow_missing`.
        """
        rows = check_dense(X, allow_missing=self.allow_missing, advice=ALLOW)
        check_whole(
            rows,
            "Bernoulli needs 0 and 1",
            most=1.0,
            advice="Use Poisson for counts, Categorical for codes, Normal or DiagonalNormal for measurements.",
        )
        return rows

    def resolve(self, X: Any) -> Self:
        """Return the component with a number for each column: a and b of shape (d,).

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            The rows to be clustered.

        Returns
        -------
        Bernoulli
            With every hyperparameter in numbers.

        Raises
        ------
        ParameterError
            When a hyperparameter does not fit the columns of X.
        DataError
            When X holds anything but 0 and 1.
        """
        rows = self.check(X)
        d = rows.shape[1]
        ones, cells = counts_of(rows)
        share = (ones + 1) / (cells + 2)
        a = 2 * share if self.a is None else self.a
        b = 2 * (1 - share) if self.b is None else self.b
        return replace(
            self, a=broadcast("Bernoulli", "a", a, d), b=broadcast("Bernoulli", "b", b, d)
        )


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Categorical(Component):
    """Columns of codes 0, 1, ..., independent within a cluster: Dirichlet priors on the shares of the categories.

    Parameters
    ----------
    alpha : float or list of array-like, optional
        Dirichlet parameters, positive: one number for every category, where a column has the categories from 0 to its
        largest code; or an array for each column, whose length is the number of its categories. By default the number
        of categories times their shares in the column, each counted with one more, so that their mean is 1.
    allow_missing : bool, default=False
        Whether cells may be NaN. They are integrated out, which is exact: a missing cell adds nothing to its column.

    Attributes
    ----------
    alpha : float, tuple of ndarray or None
        As given, checked; an array for each column after `resolve`.
    allow_missing : bool
        As given.

    Notes
    -----
    With N_v the members of a cluster with category v in a column, N their sum and A the sum of alpha,

        log m = log Gamma(A) - log Gamma(A + N) + sum_v [log Gamma(alpha_v + N_v) - log Gamma(alpha_v)],

    summed over the columns. The predictive probability of v is ``(alpha_v + N_v) / (A + N)``. A column with one
    category has the density 1.

    References
    ----------
    .. [1] A. Gelman et al., "Bayesian data analysis", 3rd edition, CRC 2013, section 3.4. DOI 10.1201/b16018.

    Examples
    --------
    >>> from ganglion.cluster.bayesian import Categorical
    >>> Categorical(alpha=0.5).resolve([[0, 2], [1, 0]])
    Categorical(alpha=([0.5, 0.5], [0.5, 0.5, 0.5]))
    """

    kind: ClassVar[str] = "categorical"
    alpha: float | Sequence[ArrayLike] | None = None
    allow_missing: bool = False

    def __post_init__(self) -> None:
        check_flag("Categorical", "allow_missing", self.allow_missing)
        object.__setattr__(self, "alpha", _freeze_alpha(self.alpha))

    def check(self, X: Any) -> Rows:
        """Return rows of codes, and NaN where missing cells are allowed.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Codes 0, 1, ... in each column; below the length of its alpha where that is given.

        Returns
        -------
        Rows
            The codes as float64, NaN where a cell is missing.

        Raises
        ------
        ParameterError
            When alpha has another number of columns.
        DataError
            When a value is no code, is beyond the categories, or is missing without `allow_missing`.
        """
        rows = check_dense(X, allow_missing=self.allow_missing, advice=ALLOW)
        check_whole(
            rows,
            f"Categorical needs codes, whole numbers from 0 to {_MOST_CATEGORIES - 1}",
            most=_MOST_CATEGORIES - 1.0,
            advice="Number the categories, for example with numpy.unique(column, return_inverse=True)[1].",
        )
        if isinstance(self.alpha, tuple):
            _check_categories(rows, [len(cast("Any", each)) for each in self.alpha])
        return rows

    def resolve(self, X: Any) -> Self:
        """Return the component with numbers: alpha as a tuple of one array for each column.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            The rows to be clustered.

        Returns
        -------
        Categorical
            With every hyperparameter in numbers.

        Raises
        ------
        ParameterError
            When alpha has another number of columns.
        DataError
            When X holds what is no code, or a column without any value leaves its categories open.
        """
        rows = self.check(X)
        if isinstance(self.alpha, tuple):
            return self
        alphas: list[Any] = []
        for j, column in enumerate(rows.dense.T):
            codes = column[~np.isnan(column)].astype(np.int64)
            if not len(codes):
                raise DataError(
                    f"X holds no value in {rows.column(j)}, which leaves its categories open. Leave the column out, or "
                    "pass alpha= with an array for each column."
                )
            counts = np.bincount(codes).astype(np.float64)
            if self.alpha is None:
                alphas.append(len(counts) * (counts + 1) / (counts.sum() + len(counts)))
            else:
                alphas.append(np.full(len(counts), self.alpha))
        return replace(self, alpha=alphas)


def _freeze_alpha(alpha: Any) -> Any:
    """None, a float, or a tuple of one array for each column."""
    owner = "Categorical"
    if alpha is None or isinstance(alpha, float | int | np.floating | np.integer):
        return freeze_number(owner, "alpha", alpha)
    if isinstance(alpha, str) or not isinstance(alpha, Sequence | np.ndarray):
        raise ParameterError(
            f"{owner}: alpha must be a number, or a list with one array for each column; got {alpha!r}."
        )
    columns = cast("Sequence[Any]", alpha)
    frozen = tuple(freeze_numbers(owner, "alpha", each, positive=True) for each in columns)
    if not frozen or any(isinstance(each, float) or each is None for each in frozen):
        raise ParameterError(
            f"{owner}: alpha must be a number, or a list with one array for each column, whose length is the number of "
            f"its categories; got {alpha!r}. For one column: alpha=[{alpha!r}]."
        )
    return frozen


def _check_categories(rows: Rows, lengths: list[int]) -> None:
    """Codes must be below the number of categories of their column."""
    d = rows.shape[1]
    if len(lengths) != d:
        raise ParameterError(
            f"Categorical: alpha must be a list with one array for each of the {d} columns of X; "
            f"got {len(lengths)} arrays."
        )
    with np.errstate(invalid="ignore"):
        beyond = rows.dense >= np.array(lengths, dtype=np.float64)
    if beyond.any():
        row, column = (int(at) for at in np.argwhere(beyond)[0])
        raise DataError(
            f"Categorical knows the codes 0 to {lengths[column] - 1} in {rows.column(column)}; got "
            f"{rows.dense[row, column]:g} at row {row}. Pass alpha= with an entry for every category that may occur."
        )
