"""Components for counts: whole rows of them, or column by column."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

from .._rows import Rows, check_rows, check_whole, refuse_missing
from .component import ALLOW, Component, check_dense
from .hyperparameters import Numbers, broadcast, check_flag, freeze_numbers
from .moments import counts_of


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Multinomial(Component):
    """Rows of counts, such as documents: multinomial, with a Dirichlet prior on the shares of the columns.

    Parameters
    ----------
    alpha : float or array-like of shape (d,), optional
        Dirichlet parameters, positive; by default d times the share of each column in the data, counted with one more
        in each, so that their mean is 1.

    Attributes
    ----------
    alpha : float, ndarray or None
        As given, checked; of shape (d,) after `resolve`.

    Notes
    -----
    With N_v the counts of a cluster in column v, N their sum and A the sum of alpha,

        log m = sum_i log(x_i! / prod_v x_iv!) + log Gamma(A) - log Gamma(A + N)
                + sum_v [log Gamma(alpha_v + N_v) - log Gamma(alpha_v)].

    The multinomial coefficient of each row is part of the density, its total is given. An empty row has the density 1
    in every cluster. Sparse rows stay sparse: a row costs what it holds. Missing cells are refused, since a total
    without them is unknown.

    References
    ----------
    .. [1] R. E. Madsen, D. Kauchak, C. Elkan, "Modeling word burstiness using the Dirichlet distribution", ICML 2005,
       equation 2. DOI 10.1145/1102351.1102420.

    Examples
    --------
    >>> from ganglion.cluster.bayesian import Multinomial
    >>> Multinomial().resolve([[3, 0], [2, 1]]).alpha.tolist()
    [1.5, 0.5]
    """

    kind: ClassVar[str] = "multinomial"
    alpha: Numbers = None

    def __post_init__(self) -> None:
        value = freeze_numbers("Multinomial", "alpha", self.alpha, positive=True)
        object.__setattr__(self, "alpha", value)

    def check(self, X: Any) -> Rows:
        """Return rows of counts, sparse ones as they are.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Whole numbers, not negative.

        Returns
        -------
        Rows
            The counts as float64.

        Raises
        ------
        DataError
            When a value is missing, infinite, negative or not whole.
        """
        rows = check_rows(X, sparse=True)
        refuse_missing(rows, "The total of such a row is unknown: drop it or fill the counts in.")
        check_whole(rows, "Multinomial needs counts, whole numbers from 0 to 2^53")
        return rows

    def resolve(self, X: Any) -> Self:
        """Return the component with a number for each column: alpha of shape (d,).

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            The rows to be clustered.

        Returns
        -------
        Multinomial
            With every hyperparameter in numbers.

        Raises
        ------
        ParameterError
            When alpha does not fit the columns of X.
        DataError
            When X holds what is no count.
        """
        rows = self.check(X)
        d = rows.shape[1]
        alpha = self.alpha
        if alpha is None:
            sums = counts_of(rows)[0]
            alpha = d * (sums + 1) / (sums.sum() + d)
        return replace(self, alpha=broadcast("Multinomial", "alpha", alpha, d))


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Poisson(Component):
    """Columns of counts, each Poisson, independent within a cluster: gamma priors on their means.

    Parameters
    ----------
    shape : float or array-like of shape (d,), optional
        Positive; by default 1, an exponential prior.
    rate : float or array-like of shape (d,), optional
        Positive; by default ``shape`` divided by the mean of the column, counted with half a row that holds 1 more.
    allow_missing : bool, default=False
        Whether cells may be NaN. They are integrated out, which is exact: a missing cell adds nothing to its column.

    Attributes
    ----------
    shape, rate : float, ndarray or None
        As given, checked; of shape (d,) after `resolve`.
    allow_missing : bool
        As given.

    Notes
    -----
    With S the sum of the n cells of a cluster in a column,

        log m = shape log rate - log Gamma(shape) + log Gamma(shape + S) - (shape + S) log(rate + n) - sum_i log x_i!,

    summed over the columns. The predictive density is negative binomial.

    References
    ----------
    .. [1] A. Gelman et al., "Bayesian data analysis", 3rd edition, CRC 2013, section 2.6. DOI 10.1201/b16018.

    Examples
    --------
    >>> from ganglion.cluster.bayesian import Poisson
    >>> Poisson().resolve([[3], [1], [0], [0]]).rate.tolist()
    [1.0]
    """

    kind: ClassVar[str] = "poisson"
    shape: Numbers = None
    rate: Numbers = None
    allow_missing: bool = False

    def __post_init__(self) -> None:
        check_flag("Poisson", "allow_missing", self.allow_missing)
        for name in ("shape", "rate"):
            value = freeze_numbers("Poisson", name, getattr(self, name), positive=True)
            object.__setattr__(self, name, value)

    def check(self, X: Any) -> Rows:
        """Return rows of counts, finite except for missing cells where they are allowed.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Whole numbers, not negative.

        Returns
        -------
        Rows
            The counts as float64, NaN where a cell is missing.

        Raises
        ------
        DataError
            When a value is infinite, negative, not whole, or missing without `allow_missing`.
        """
        rows = check_dense(X, allow_missing=self.allow_missing, advice=ALLOW)
        check_whole(rows, "Poisson needs counts, whole numbers from 0 to 2^53")
        return rows

    def resolve(self, X: Any) -> Self:
        """Return the component with a number for each column: shape and rate of shape (d,).

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            The rows to be clustered.

        Returns
        -------
        Poisson
            With every hyperparameter in numbers.

        Raises
        ------
        ParameterError
            When a hyperparameter does not fit the columns of X.
        DataError
            When X holds what is no count.
        """
        rows = self.check(X)
        d = rows.shape[1]
        shape = broadcast("Poisson", "shape", 1.0 if self.shape is None else self.shape, d)
        rate = self.rate
        if rate is None:
            sums, cells = counts_of(rows)
            rate = shape * (cells + 0.5) / (sums + 0.5)
        return replace(self, shape=shape, rate=broadcast("Poisson", "rate", rate, d))
