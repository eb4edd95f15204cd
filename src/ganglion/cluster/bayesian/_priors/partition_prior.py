"""What all priors over partitions are to samplers: a table, hyperparameters that may move, a log probability."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...._errors import ParameterError
from .._special import log_rising_of
from ..hyperpriors import Beta, Gamma, Hyperprior
from .updates import slice_update

Values = Mapping[str, float]


@dataclass(frozen=True)
class PriorTable:
    """What a sampler needs of a prior: log p(partition) = log_v[t] + sum over its t clusters of w(size).

    ``w(m) = log Gamma(m + shift) - log Gamma(1 + shift)``, which is 0 for a cluster of one point.

    Attributes
    ----------
    shift : float
        A point joins a cluster of m others in proportion to ``m + shift``, and a new one to
        ``exp(log_v[t + 1] - log_v[t])``, with t clusters of the other points.
    log_v : ndarray of shape (t_max + 1,)
        -inf where that many clusters are impossible; ``log_v[0]`` equals ``log_v[1]``: a first cluster is certain.
    """

    shift: float
    log_v: NDArray[np.float64]


@dataclass(frozen=True)
class SizeCounts:
    """The sizes of a partition's clusters: each above 1 and how often it occurs, how many clusters and points."""

    size: tuple[int, ...]
    count: tuple[int, ...]
    t: int
    n: int

    @classmethod
    def of(cls, sizes: NDArray[np.int64]) -> Self:
        """The sizes of the clusters (t,), counted."""
        size, count = np.unique(sizes[sizes > 1], return_counts=True)  # w(1) = 0
        return cls(tuple(size.tolist()), tuple(count.tolist()), sizes.size, int(sizes.sum()))


class PartitionPrior(ABC):
    """A distribution over the partitions of n points under which the points are exchangeable.

    All three are of Gibbs type: ``p = v_n(t) prod_c w(n_c)``, with t clusters of sizes n_1 .. n_t.
    """

    @property
    def free(self) -> dict[str, Hyperprior]:
        """The hyperparameters that have a distribution instead of a value."""
        given = {name: getattr(self, name) for name in self._names}
        return {name: value for name, value in given.items() if isinstance(value, Gamma | Beta)}

    def start(self) -> dict[str, float]:
        """Return a first value for each hyperparameter in `free`.

        Returns
        -------
        dict
            Name to the mean of its distribution, or a value nearby that is allowed beside the others.
        """
        return self._start({name: hyperprior.mean for name, hyperprior in self.free.items()})

    def draw(self, rng: np.random.Generator) -> dict[str, float]:
        """Draw a value for each hyperparameter in `free` from its distribution.

        Parameters
        ----------
        rng : Generator
            Where the randomness comes from.

        Returns
        -------
        dict
            Name to value.
        """
        while True:
            values = {name: hyperprior.draw(rng) for name, hyperprior in self.free.items()}
            if self._supports(self._complete(values)):
                return values

    def log_density(self, values: Values) -> float:
        """Return the log density of values of the hyperparameters in `free`.

        Parameters
        ----------
        values : dict
            A value for each.

        Returns
        -------
        float
            0 where none is free; -inf where the values are not allowed. Of two that restrict each other (a discount
            must be above minus a negative concentration), up to a constant.
        """
        return self._log_density(self._complete(values))

    def table(self, n: int, values: Values | None = None, t_max: int | None = None) -> PriorTable:
        """Return the prior over partitions of n points as samplers read it.

        Parameters
        ----------
        n : int
            How many points.
        values : dict, optional
            Values of the hyperparameters in `free`.
        t_max : int, optional
            Up to how many clusters; n by default. A finite mixture takes O(t_max (n + t_max)) for a function.

        Returns
        -------
        PriorTable
            Shift and log v_n(t).
        """
        values = self._checked(values)
        t_max = max(n if t_max is None else min(t_max, n), 1)
        log_v = self._tabulate(n, values, 1, t_max)
        return PriorTable(self._shift(values), np.concatenate([log_v[:1], log_v]))

    def log_probability(self, sizes: ArrayLike, values: Values | None = None) -> float:
        """Return the log probability of one partition with clusters of these sizes.

        Parameters
        ----------
        sizes : array-like of shape (t,)
            How many points each cluster has, at least 1.
        values : dict, optional
            Values of the hyperparameters in `free`.

        Returns
        -------
        float
            -inf where the partition is impossible.
        """
        sizes = np.asarray(sizes, dtype=np.int64)
        values = self._checked(values)
        return self._log_probability(SizeCounts.of(sizes), values)

    def n_clusters_probability(self, n: int, values: Values | None = None) -> NDArray[np.float64]:
        """Return the probabilities of t = 0, 1 .. n clusters among n points.

        Parameters
        ----------
        n : int
            How many points.
        values : dict, optional
            Values of the hyperparameters in `free`.

        Returns
        -------
        ndarray of shape (n + 1,)
            They sum to 1. Time O(n^2).
        """
        table = self.table(n, values)
        t = np.arange(n + 1)
        log_ways = np.full(
            n + 1, -np.inf
        )  # log of the sum of prod_c w(n_c) over the partitions in t clusters
        log_ways[1] = 0.0
        for m in range(1, n):
            with np.errstate(divide="ignore"):
                joined = log_ways + np.log(np.maximum(m + table.shift * t, 0))
            joined[1:] = np.logaddexp(joined[1:], log_ways[:-1])
            log_ways = joined
        return np.where(t > 0, np.exp(table.log_v + log_ways), 0.0)

    def update(
        self, values: Values, sizes: ArrayLike, n: int, rng: np.random.Generator
    ) -> dict[str, float]:
        """Return new values of the hyperparameters in `free`, by a step that leaves their posterior invariant.

        Given the sizes of the clusters, nothing else in the data matters.

        Parameters
        ----------
        values : dict
            The present values.
        sizes : array-like of shape (t,)
            How many points each cluster has.
        n : int
            How many points.
        rng : Generator
            Where the randomness comes from.

        Returns
        -------
        dict
            Name to value; empty where nothing is free.
        """
        return self._update(dict(values), np.asarray(sizes, dtype=np.int64), n, rng)

    def components_given_clusters(
        self, t: int, n: int, values: Values | None = None
    ) -> NDArray[np.float64]:
        """Return P(K = 1), P(K = 2), ... given that n points are in t clusters.

        Parameters
        ----------
        t : int
            The number of clusters.
        n : int
            The number of points.
        values : dict, optional
            Values of the hyperparameters in `free`.

        Returns
        -------
        ndarray of shape (k_max,)
            As far as there is anything to count; empty where t clusters are impossible.

        Raises
        ------
        ParameterError
            When the prior has infinitely many components.
        """
        return self._components(t, n, self._checked(values))

    def to_state(self) -> dict[str, Any]:
        """Return the prior as words, numbers and lists of numbers; `prior_from_state` reads them.

        Returns
        -------
        dict
            The kind and the hyperparameters. A function becomes the list of its probabilities.
        """
        return {"kind": type(self).__name__, **self._state()}

    @property
    @abstractmethod
    def _names(self) -> tuple[str, ...]:
        """The hyperparameters that may have a distribution."""

    @abstractmethod
    def _tabulate(self, n: int, values: Values, first: int, last: int) -> NDArray[np.float64]:
        """log_v[t] for t = first .. last, first >= 1."""

    @abstractmethod
    def _shift(self, values: Values) -> float:
        """What is added to the size of a cluster."""

    @abstractmethod
    def _supports(self, values: Values) -> bool:
        """Whether the values of all hyperparameters are allowed together."""

    def least(self, name: str) -> float:
        """Return what a free hyperparameter must be above, whatever the other free ones are.

        Parameters
        ----------
        name : str
            One of `free`.

        Returns
        -------
        float
            0, except for the discount beside a negative concentration.
        """
        return max(0.0, self._least(name))

    def _least(self, name: str) -> float:
        return 0.0

    def _start(self, values: dict[str, float]) -> dict[str, float]:
        """The means of the free hyperparameters, or what stands in for them."""
        return values

    def _update(
        self, values: dict[str, float], sizes: NDArray[np.int64], n: int, rng: np.random.Generator
    ) -> dict[str, float]:
        """One slice for each free hyperparameter, in turn."""
        counted = SizeCounts.of(sizes)
        for name, hyperprior in self.free.items():
            complete = self._complete(values)

            def log_posterior(value: float, name: str = name, complete: Values = complete) -> float:
                proposed = {**complete, name: value}
                density = self._log_density(proposed)
                if density == -math.inf:
                    return density
                return density + self._log_probability(counted, proposed)

            values[name] = slice_update(log_posterior, values[name], hyperprior, rng)
        return values

    def _log_density(self, complete: Values) -> float:
        """`log_density`, given the values of all hyperparameters."""
        if not self._supports(complete):
            return -math.inf
        return sum(hyperprior.log_density(complete[name]) for name, hyperprior in self.free.items())

    def _log_v(self, n: int, values: Values, t: int) -> float:
        """log_v of one number of clusters."""
        return float(self._tabulate(n, values, t, t)[0])

    def _log_probability(self, sizes: SizeCounts, values: Values) -> float:
        """The log probability of a partition, given the values of all hyperparameters."""
        start = 1 + self._shift(values)
        pairs = zip(sizes.size, sizes.count, strict=True)
        weights = sum(count * log_rising_of(start, size - 1) for size, count in pairs)
        return self._log_v(sizes.n, values, sizes.t) + weights

    def _components(self, t: int, n: int, values: Values) -> NDArray[np.float64]:
        raise ParameterError(
            f"{type(self).__name__} has infinitely many components. MixtureOfFiniteMixtures has a number of them."
        )

    def _state(self) -> dict[str, Any]:
        """The hyperparameters as numbers and dicts of numbers."""
        given = {name: getattr(self, name) for name in self._names}
        return {
            name: dict(vars(value)) if isinstance(value, Gamma | Beta) else value
            for name, value in given.items()
        }

    def _complete(self, values: Values | None) -> dict[str, float]:
        """The values of all hyperparameters: those given for the free ones, and the fixed ones."""
        values, free = values or {}, self.free
        if values.keys() != free.keys():
            raise ParameterError(
                f"{type(self).__name__} needs a value for each hyperparameter that has a distribution, {sorted(free)}, "
                f"and for no other; got values={dict(values)}."
            )
        return {name: values[name] if name in free else getattr(self, name) for name in self._names}

    def _checked(self, values: Values | None) -> dict[str, float]:
        """The values of all hyperparameters, each in its range."""
        complete = self._complete(values)
        if not self._supports(complete):
            raise ParameterError(
                f"{type(self).__name__} does not allow {complete}. Pass values inside their ranges."
            )
        return complete
