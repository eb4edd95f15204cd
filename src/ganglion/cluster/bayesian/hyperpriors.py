"""Distributions that may stand where a number of a prior or of a component does."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ._numbers import positive


@dataclass(frozen=True, kw_only=True)
class Gamma:
    """A gamma distribution on the positive numbers.

    Attributes
    ----------
    shape : float
        Above 0.
    rate : float
        Above 0; the mean is ``shape / rate``.

    Raises
    ------
    ParameterError
        When a number is not above 0.

    Examples
    --------
    >>> from ganglion.cluster.bayesian import DirichletProcess, Gamma
    >>> DirichletProcess(concentration=Gamma(shape=2, rate=1)).free
    {'concentration': Gamma(shape=2.0, rate=1.0)}
    """

    shape: float
    rate: float

    def __post_init__(self) -> None:
        for name in ("shape", "rate"):
            object.__setattr__(self, name, positive(f"Gamma's {name}", getattr(self, name)))

    @property
    def mean(self) -> float:
        """The mean, shape / rate."""
        return self.shape / self.rate

    def log_density(self, x: float) -> float:
        """Return the log density, all constants included.

        Parameters
        ----------
        x : float
            Where.

        Returns
        -------
        float
            -inf outside the range.
        """
        if x <= 0:
            return -math.inf
        constant = self.shape * math.log(self.rate) - math.lgamma(self.shape)
        return constant + (self.shape - 1) * math.log(x) - self.rate * x

    def draw(self, rng: np.random.Generator) -> float:
        """Draw a number.

        Parameters
        ----------
        rng : Generator
            Where the randomness comes from.

        Returns
        -------
        float
            Inside the range, never at its ends.
        """
        return max(rng.gamma(self.shape) / self.rate, math.ulp(0.0))


@dataclass(frozen=True, kw_only=True)
class Beta:
    """A beta distribution on the numbers from 0 to 1.

    Attributes
    ----------
    a : float
        Above 0.
    b : float
        Above 0; the mean is ``a / (a + b)``.

    Raises
    ------
    ParameterError
        When a number is not above 0.

    Examples
    --------
    >>> from ganglion.cluster.bayesian import Beta, PitmanYor
    >>> PitmanYor(discount=Beta(a=1, b=3), concentration=1).start()
    {'discount': 0.25}
    """

    a: float
    b: float

    def __post_init__(self) -> None:
        for name in ("a", "b"):
            object.__setattr__(self, name, positive(f"Beta's {name}", getattr(self, name)))

    @property
    def mean(self) -> float:
        """The mean, a / (a + b)."""
        return self.a / (self.a + self.b)

    def log_density(self, x: float) -> float:
        """Return the log density, all constants included.

        Parameters
        ----------
        x : float
            Where.

        Returns
        -------
        float
            -inf outside the range.
        """
        if not 0 < x < 1:
            return -math.inf
        constant = math.lgamma(self.a + self.b) - math.lgamma(self.a) - math.lgamma(self.b)
        return constant + (self.a - 1) * math.log(x) + (self.b - 1) * math.log1p(-x)

    def draw(self, rng: np.random.Generator) -> float:
        """Draw a number.

        Parameters
        ----------
        rng : Generator
            Where the randomness comes from.

        Returns
        -------
        float
            Inside the range, never at its ends.
        """
        return float(np.clip(rng.beta(self.a, self.b), math.ulp(0.0), 1 - math.ulp(0.5)))


Hyperprior = Gamma | Beta

__all__ = ["Beta", "Gamma", "Hyperprior"]
