"""Rates that stay, or fall by a rule with the epochs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from .._ranges import count, number_in
from .schedule import Moment, Schedule, put


@final
@dataclass(frozen=True)
class Constant(Schedule):
    """The optimiser's own learning rate, always.

    Examples
    --------
    >>> from ganglion.nn import schedules
    >>> schedules.Constant().rates(0, 3, 3, 0.1)
    array([0.1, 0.1, 0.1])
    """

    def _rate(self, at: Moment) -> float:
        return at.base


@final
@dataclass(frozen=True)
class Step(Schedule):
    """The rate falls by a factor every few epochs: base gamma^floor(epoch / step_size).

    Parameters
    ----------
    step_size : int
        Epochs from one fall to the next, at least 1.
    gamma : float, default 0.1
        The factor, above 0.

    Attributes
    ----------
    step_size, gamma : int, float
        As given.

    Raises
    ------
    ParameterError
        A number outside its range.

    Notes
    -----
    torch's StepLR, stepped after each epoch.

    Examples
    --------
    >>> from ganglion.nn import schedules
    >>> schedules.Step(1, gamma=0.5).rates(2, 2, 6, 0.4)
    array([0.2, 0.2])
    """

    step_size: int
    gamma: float = 0.1

    def __post_init__(self) -> None:
        put(self, "step_size", count(self.step_size, "Step: step_size"))
        put(self, "gamma", number_in(self.gamma, "Step: gamma", above=0.0))

    def _rate(self, at: Moment) -> float:
        return at.base * self.gamma ** (at.epoch // self.step_size)


@final
@dataclass(frozen=True)
class Exponential(Schedule):
    """The rate falls by a factor with each epoch: base gamma^epoch.

    Parameters
    ----------
    gamma : float
        The factor, above 0.

    Attributes
    ----------
    gamma : float
        As given.

    Raises
    ------
    ParameterError
        A number outside its range.

    Notes
    -----
    torch's ExponentialLR, stepped after each epoch.

    Examples
    --------
    >>> from ganglion.nn import schedules
    >>> schedules.Exponential(0.5).rates(3, 1, 4, 0.8)
    array([0.1])
    """

    gamma: float

    def __post_init__(self) -> None:
        put(self, "gamma", number_in(self.gamma, "Exponential: gamma", above=0.0))

    def _rate(self, at: Moment) -> float:
        return at.base * self.gamma ** (at.epoch)


@final
@dataclass(frozen=True)
class InverseScaling(Schedule):
    """The rate falls with a power of the steps: base / (t + 1)^power_t.

    Parameters
    ----------
    power_t : float, default 0.5
        The power, at least 0.
    n_rows : int or None, default None
        None counts t in steps. With the number of rows, t is the rows seen at the start of the epoch, as in
        scikit-learn's MLPClassifier with learning_rate='invscaling'.

    Attributes
    ----------
    power_t, n_rows : float, int or None
        As given.

    Raises
    ------
    ParameterError
        A number outside its range.

    Examples
    --------
    >>> from ganglion.nn import schedules
    >>> schedules.InverseScaling().rates(3, 1, 4, 0.8)
    array([0.4])
    """

    power_t: float = 0.5
    n_rows: int | None = None

    def __post_init__(self) -> None:
        put(self, "power_t", number_in(self.power_t, "InverseScaling: power_t", least=0.0))
        if self.n_rows is not None:
            put(self, "n_rows", count(self.n_rows, "InverseScaling: n_rows"))

    def _rate(self, at: Moment) -> float:
        t = at.step if self.n_rows is None else at.epoch * self.n_rows
        return at.base / (t + 1) ** self.power_t
