"""Rates that go up and down once or several times in a training."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import cos, log2, pi
from typing import final

from ..._errors import ParameterError
from .._names import refuse_unknown
from .._ranges import count, flag, number_in
from .schedule import Moment, Schedule, put

STRATEGIES = ("cos", "linear")


@final
@dataclass(frozen=True)
class Cosine(Schedule):
    """Half a wave from the base down: eta_min + (base - eta_min) (1 + cos(pi t)) / 2, with t from 0 to 1.

    Parameters
    ----------
    eta_min : float, default 0
        Where it ends, at least 0 and at most the base.

    Attributes
    ----------
    eta_min : float
        As given.

    Raises
    ------
    ParameterError
        A number outside its range.

    Notes
    -----
    t = step / steps in all; torch's CosineAnnealingLR with T_max the steps in all, stepped after each batch.

    References
    ----------
    I. Loshchilov and F. Hutter, "SGDR: stochastic gradient descent with warm restarts", ICLR 2017, equation 5.

    Examples
    --------
    >>> from ganglion.nn import schedules
    >>> schedules.Cosine().rates(0, 4, 8, 0.1).round(4)
    array([0.1   , 0.0962, 0.0854, 0.0691])
    """

    eta_min: float = 0.0

    def __post_init__(self) -> None:
        put(self, "eta_min", number_in(self.eta_min, "Cosine: eta_min", least=0.0))

    def _rate(self, at: Moment) -> float:
        if self.eta_min > at.base:
            raise ParameterError(
                f"Cosine: eta_min must be at most the optimiser's learning rate {at.base:g}; got {self.eta_min:g}. "
                "Lower eta_min, or raise the learning rate."
            )
        return _eased(at.base, self.eta_min, at.share)


@final
@dataclass(frozen=True)
class CosLog(Schedule):
    """Waves that grow longer: base (1 - cos(2 pi log2(1 + (2^n_cycles - 1) t))) / 2, with t from 0 to 1.

    Parameters
    ----------
    n_cycles : int, default 4
        Waves in a training, at least 1; each is about twice as long as the one before.

    Attributes
    ----------
    n_cycles : int
        As given.

    Raises
    ------
    ParameterError
        A number outside its range.

    Notes
    -----
    t = step / steps in all. The first step of a training has the rate 0.

    References
    ----------
    D. Holzmüller, L. Grinsztajn and I. Steinwart, "Better by default: strong pre-tuned MLPs and boosted trees on
    tabular data", NeurIPS 2024, the schedule coslog4 of RealMLP.

    Examples
    --------
    >>> from ganglion.nn import schedules
    >>> schedules.CosLog().rates(0, 4, 15, 0.1).round(4)
    array([0.   , 0.   , 0.093, 0.   ])
    """

    n_cycles: int = 4

    def __post_init__(self) -> None:
        put(self, "n_cycles", count(self.n_cycles, "CosLog: n_cycles"))

    def _rate(self, at: Moment) -> float:
        cycles = log2(1 + (2**self.n_cycles - 1) * at.share)
        return at.base * (0.5 - 0.5 * cos(2 * pi * cycles))


@final
@dataclass(frozen=True)
class OneCycle(Schedule):
    """Up to the base and then down to almost nothing, once.

    Parameters
    ----------
    pct_start : float, default 0.3
        The share of the steps that lead up, above 0 and below 1.
    div_factor : float, default 25
        It begins at base / div_factor; at least 1.
    final_div_factor : float, default 10000
        It ends at base / div_factor / final_div_factor; at least 1.
    anneal_strategy : {'cos', 'linear'}, default 'cos'
        The way between these.
    three_phase : bool, default False
        Whether it comes down as it went up first, and goes to its end from there.

    Attributes
    ----------
    pct_start, div_factor, final_div_factor, anneal_strategy, three_phase : float, float, float, str, bool
        As given.

    Raises
    ------
    ParameterError
        A number outside its range, an unknown strategy.

    Notes
    -----
    torch's OneCycleLR with the base as max_lr, stepped after each batch; the momentum stays as it is.

    References
    ----------
    L. Smith and N. Topin, "Super-convergence: very fast training of neural networks using large learning rates", 2019,
    in the form that torch uses.

    Examples
    --------
    >>> from ganglion.nn import schedules
    >>> schedules.OneCycle(anneal_strategy="linear").rates(0, 10, 10, 1.0).round(2)
    array([0.04, 0.52, 1.  , 0.86, 0.71, 0.57, 0.43, 0.29, 0.14, 0.  ])
    """

    pct_start: float = 0.3
    div_factor: float = 25.0
    final_div_factor: float = 1e4
    anneal_strategy: str = "cos"
    three_phase: bool = False

    def __post_init__(self) -> None:
        share = number_in(self.pct_start, "OneCycle: pct_start", above=0.0, below=1.0)
        put(self, "pct_start", share)
        for name in ("div_factor", "final_div_factor"):
            put(self, name, number_in(getattr(self, name), f"OneCycle: {name}", least=1.0))
        refuse_unknown(self.anneal_strategy, STRATEGIES, "OneCycle: anneal_strategy")
        flag(self.three_phase, "OneCycle: three_phase")

    def _rate(self, at: Moment) -> float:
        start = at.base / self.div_factor
        turns = [(0.0, start), (self.pct_start * at.n_total_steps - 1, at.base)]
        if self.three_phase:
            turns.append((2 * self.pct_start * at.n_total_steps - 2, start))
        turns.append((at.n_total_steps - 1.0, start / self.final_div_factor))
        for (begin, high), (end, low) in pairwise(turns):
            if at.step <= end or end == turns[-1][0]:
                share = min(1.0, (at.step - begin) / (end - begin)) if end > begin else 1.0
                is_cosine = self.anneal_strategy == "cos"
                return _eased(high, low, share) if is_cosine else high + (low - high) * share
        raise AssertionError("the last turn takes every step")


def _eased(start: float, end: float, share: float) -> float:
    """Return what half a wave from start to end has at this share of its way."""
    return end + (start - end) / 2 * (1 + cos(pi * share))
