"""Distributions over partitions: Dirichlet process, Pitman-Yor process, mixture of finite mixtures."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from ..._errors import ParameterError
from ..._values import is_real
from ._numbers import positive
from ._priors import components_prior as components
from ._priors.partition_prior import PartitionPrior, Values
from ._priors.updates import escobar_west
from ._special import log_rising_of
from .hyperpriors import Beta, Gamma


@dataclass(frozen=True, kw_only=True)
class DirichletProcess(PartitionPrior):
    """The Chinese restaurant process: clusters attract in proportion to their size, and new ones never cease to come.

    Attributes
    ----------
    concentration : float or Gamma
        Above 0. Larger values give more clusters: about ``concentration * log(1 + n / concentration)`` of n points.
        With a `Gamma` distribution it is sampled along with the partition.

    Raises
    ------
    ParameterError
        When the concentration is not above 0.

    Notes
    -----
    With t clusters of sizes n_1 .. n_t and the concentration a,
    ``p = a^t Gamma(a) / Gamma(a + n) prod_c Gamma(n_c)``.

    References
    ----------
    C. E. Antoniak, "Mixtures of Dirichlet processes with applications to Bayesian nonparametric problems", Annals of
    Statistics 2 (1974), doi:10.1214/aos/1176342871 (Proposition 3). M. D. Escobar and M. West, "Bayesian density
    estimation and inference using mixtures", JASA 90 (1995), doi:10.1080/01621459.1995.10476550 (section 6: the step
    for the concentration).

    Examples
    --------
    >>> from ganglion.cluster.bayesian import DirichletProcess, log_prior
    >>> float(log_prior([0, 0, 1], DirichletProcess(concentration=1.0)).round(6))
    -1.791759
    """

    concentration: float | Gamma

    def __post_init__(self) -> None:
        _check_positive(self, "concentration")

    @property
    def _names(self) -> tuple[str, ...]:
        return ("concentration",)

    def _supports(self, values: Values) -> bool:
        return values["concentration"] > 0

    def _shift(self, values: Values) -> float:
        return 0.0

    def _tabulate(self, n: int, values: Values, first: int, last: int) -> NDArray[np.float64]:
        a = values["concentration"]
        t = np.arange(first, last + 1, dtype=np.float64)
        return t * math.log(a) - log_rising_of(a, n)

    def _update(
        self, values: dict[str, float], sizes: NDArray[np.int64], n: int, rng: np.random.Generator
    ) -> dict[str, float]:
        """Escobar and West's step."""
        if not isinstance(self.concentration, Gamma):
            return values
        drawn = escobar_west(values["concentration"], sizes.size, n, self.concentration, rng)
        return {"concentration": drawn}


@dataclass(frozen=True, kw_only=True)
class PitmanYor(PartitionPrior):
    """The two-parameter Chinese restaurant process: as many small clusters as a power law has.

    Attributes
    ----------
    discount : float or Beta
        At least 0 and below 1. At 0 this is the Dirichlet process; the number of clusters grows like ``n**discount``.
    concentration : float or Gamma
        Above ``-discount``; it may be negative. With a `Gamma` distribution, above 0.

    Raises
    ------
    ParameterError
        When a hyperparameter is outside its range.

    Notes
    -----
    With the discount s and the concentration c,
    ``p = prod_{i=1}^{t-1} (c + i s) / (c + 1)_{n-1} * prod_c (1 - s)_{n_c - 1}``, where ``(x)_m`` is the rising
    factorial. Free hyperparameters are updated one after the other by slice sampling (Neal 2003) on this formula.

    References
    ----------
    J. Pitman and M. Yor, "The two-parameter Poisson-Dirichlet distribution derived from a stable subordinator", Annals
    of Probability 25 (1997), doi:10.1214/aop/1024404422. J. Pitman, "Exchangeable and partially exchangeable random
    partitions", Probability Theory and Related Fields 102 (1995), doi:10.1007/BF01213386 (Proposition 9). R. M. Neal,
    "Slice sampling", Annals of Statistics 31 (2003), doi:10.1214/aos/1056562461 (section 4).

    Examples
    --------
    >>> from ganglion.cluster.bayesian import PitmanYor, log_prior
    >>> float(log_prior([0, 0, 1], PitmanYor(discount=0.5, concentration=1.0)).round(6))
    -2.079442
    """

    discount: float | Beta
    concentration: float | Gamma

    def __post_init__(self) -> None:
        discount, concentration = self.discount, self.concentration
        if not isinstance(discount, Beta):
            if not is_real(discount) or not 0 <= float(discount) < 1:
                raise ParameterError(
                    f"discount must be at least 0 and below 1, or a Beta distribution; got {discount!r}."
                )
            object.__setattr__(self, "discount", float(discount))
        if not isinstance(concentration, Gamma):
            least = -1.0 if isinstance(discount, Beta) else -float(discount)
            if not is_real(concentration) or not float(concentration) > least:
                raise ParameterError(
                    f"concentration must be a finite number above -discount, which is {least}, or a Gamma "
                    f"distribution; got {concentration!r}."
                )
            object.__setattr__(self, "concentration", float(concentration))

    @property
    def _names(self) -> tuple[str, ...]:
        return ("discount", "concentration")

    def _start(self, values: dict[str, float]) -> dict[str, float]:
        if not self._supports(self._complete(values)):
            values["discount"] = 0.5 * (1 - cast(float, self.concentration))
        return values

    def _least(self, name: str) -> float:
        bound = self.concentration
        return -bound if name == "discount" and not isinstance(bound, Gamma) else 0.0

    def _supports(self, values: Values) -> bool:
        return 0 <= values["discount"] < 1 and values["concentration"] > -values["discount"]

    def _shift(self, values: Values) -> float:
        return -values["discount"]

    def _tabulate(self, n: int, values: Values, first: int, last: int) -> NDArray[np.float64]:
        s, c = values["discount"], values["concentration"]
        if first == last:
            return np.array(
                [np.log(c + np.arange(1, last) * s).sum() - log_rising_of(c + 1, n - 1)]
            )
        steps = np.log(c + np.arange(1, last) * s)
        return np.concatenate([[0.0], np.cumsum(steps)])[first - 1 :] - log_rising_of(c + 1, n - 1)


@dataclass(frozen=True, kw_only=True)
class MixtureOfFiniteMixtures(PartitionPrior):
    """A finite mixture whose number of components K is unknown; clusters are the components that have points.

    Attributes
    ----------
    gamma : float or Gamma
        Above 0: the parameter of the symmetric Dirichlet distribution of the K weights. With a `Gamma` distribution it
        is sampled along with the partition.
    n_components_prior : array-like or callable
        An array whose entry j is P(K = j + 1), so that K and the number of clusters never exceed its length; or a
        function k -> log P(K = k) for an array of integers k >= 1, such as ``scipy.stats.geom(0.1).logpmf``.

    Raises
    ------
    ParameterError
        When gamma is not above 0, or `n_components_prior` is no distribution, or decreases too slowly to be summed.

    Notes
    -----
    ``p = V_n(t) prod_c (gamma)_{n_c}`` with ``V_n(t) = sum_{k >= t} k! / (k - t)! / (gamma k)_n P(K = k)``, where
    ``(x)_m`` is the rising factorial. V is summed until nothing is left to add in double precision: as many terms for
    each t as K may have values, or for a function about ``4 (n + 100)``. The number of components follows from the
    number of clusters alone: ``P(K = k | t) = k! / (k - t)! / (gamma k)_n P(K = k) / V_n(t)``.

    References
    ----------
    J. W. Miller and M. T. Harrison, "Mixture models with a prior on the number of components", JASA 113 (2018),
    doi:10.1080/01621459.2016.1255636 (equations 3.2 and 3.7).

    Examples
    --------
    >>> from ganglion.cluster.bayesian import MixtureOfFiniteMixtures, log_prior
    >>> prior = MixtureOfFiniteMixtures(gamma=1.0, n_components_prior=[0.5, 0.5])
    >>> float(log_prior([0, 0, 1], prior).round(6))  # half of 2 * 1/12
    -2.484907
    >>> prior.components_given_clusters(1, n=3).round(6).tolist()
    [0.666667, 0.333333]
    """

    gamma: float | Gamma
    n_components_prior: Any

    def __post_init__(self) -> None:
        _check_positive(self, "gamma")
        checked = components.check_number_of_components(self.n_components_prior)
        object.__setattr__(self, "n_components_prior", checked)

    @property
    def _names(self) -> tuple[str, ...]:
        return ("gamma",)

    def _supports(self, values: Values) -> bool:
        return values["gamma"] > 0

    def _shift(self, values: Values) -> float:
        return values["gamma"]

    def _tabulate(self, n: int, values: Values, first: int, last: int) -> NDArray[np.float64]:
        return components.log_v_of(self.n_components_prior, values["gamma"], n, first, last)

    def _components(self, t: int, n: int, values: Values) -> NDArray[np.float64]:
        return components.components_given(self.n_components_prior, values["gamma"], n, t)

    def _state(self) -> dict[str, Any]:
        table = components.tabulated(self.n_components_prior)
        return {**super()._state(), "n_components_prior": table.tolist()}


def prior_from_state(state: Mapping[str, Any]) -> PartitionPrior:
    """Return the prior that `to_state` described.

    Parameters
    ----------
    state : dict
        As `to_state` returned it.

    Returns
    -------
    DirichletProcess, PitmanYor or MixtureOfFiniteMixtures
        Equal to the one described; a function is now an array.

    Raises
    ------
    ParameterError
        When the state describes no prior.

    Examples
    --------
    >>> from ganglion.cluster.bayesian import PitmanYor, prior_from_state
    >>> prior_from_state(PitmanYor(discount=0.5, concentration=1).to_state())
    PitmanYor(discount=0.5, concentration=1.0)
    """
    kinds = {kind.__name__: kind for kind in (DirichletProcess, PitmanYor, MixtureOfFiniteMixtures)}
    kind = kinds.get(str(state.get("kind")))
    given = {name: value for name, value in state.items() if name != "kind"}
    if kind is None or set(given) != set(kind.__dataclass_fields__):
        raise ParameterError(
            f"the state of a prior must be one that to_state made; got {dict(state)!r}."
        )
    for name, value in given.items():
        if isinstance(value, Mapping):
            numbers = cast(Mapping[str, float], value)
            given[name] = Gamma(**numbers) if set(numbers) == {"shape", "rate"} else Beta(**numbers)
    return kind(**given)


def _check_positive(prior: PartitionPrior, name: str) -> None:
    """Make a hyperparameter a float above 0, unless it has a distribution."""
    value = getattr(prior, name)
    if isinstance(value, Gamma):
        return
    if not is_real(value) or not float(value) > 0:
        raise ParameterError(
            f"{name} must be a finite number above 0, or a Gamma distribution; got {value!r}."
        )
    object.__setattr__(prior, name, positive(name, value))
