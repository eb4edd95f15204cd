"""A learning rate that falls when the loss does not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf, isfinite
from typing import Any, ClassVar, final

from ..._errors import DataError, ParameterError
from .._names import refuse_unknown
from .._ranges import number_in
from ..methods.optimiser import State, number_from
from .schedule import Moment, Schedule

MODES = ("rel", "abs")
# torch's eps: a smaller change of the rate is none.
LEAST_CHANGE = 1e-8


@dataclass
class _Memory:
    """The lowest loss, epochs without a lower one, epochs of rest left, and how often the rate fell."""

    best: float = inf
    n_bad: int = 0
    n_resting: int = 0
    n_falls: int = 0


@final
@dataclass(frozen=True)
class OnPlateau(Schedule):
    """The rate falls by a factor when the loss has not become lower for some epochs.

    Parameters
    ----------
    factor : float, default 0.1
        The factor, above 0 and below 1.
    patience : int, default 10
        Epochs without a lower loss that are borne, at least 0; the rate falls after one more.
    threshold : float, default 1e-4
        By how much a loss must be lower to count, at least 0.
    threshold_mode : {'rel', 'abs'}, default 'rel'
        Whether the threshold is a share of the lowest loss, or a difference.
    cooldown : int, default 0
        Epochs after a fall in which none is counted, at least 0.
    min_lr : float, default 0
        Where the rate stays, at least 0.

    Attributes
    ----------
    factor, patience, threshold, threshold_mode, cooldown, min_lr : float, int, float, str, int, float
        As given.

    Raises
    ------
    ParameterError
        A number outside its range, an unknown mode.

    Notes
    -----
    torch's ReduceLROnPlateau with mode='min', stepped after each epoch. What it remembers of the losses is in `state`;
    a training should begin with a schedule of its own.

    Examples
    --------
    >>> from ganglion.nn import schedules
    >>> schedule = schedules.OnPlateau(factor=0.5, patience=1)
    >>> for loss in (3.0, 2.0, 2.0, 2.0):
    ...     schedule.after(loss)
    >>> schedule.rates(4, 1, 10, 0.1)
    array([0.05])
    """

    factor: float = 0.1
    patience: int = 10
    threshold: float = 1e-4
    threshold_mode: str = "rel"
    cooldown: int = 0
    min_lr: float = 0.0
    _memory: _Memory = field(default_factory=_Memory, init=False, repr=False, compare=False)

    needs_loss: ClassVar[bool] = True

    def __post_init__(self) -> None:
        numbers = {
            "factor": number_in(self.factor, "OnPlateau: factor", above=0.0, below=1.0),
            "threshold": number_in(self.threshold, "OnPlateau: threshold", least=0.0),
            "min_lr": number_in(self.min_lr, "OnPlateau: min_lr", least=0.0),
        }
        for name in ("patience", "cooldown"):
            numbers[name] = _epochs(getattr(self, name), f"OnPlateau: {name}")
        for name, value in numbers.items():
            object.__setattr__(self, name, value)
        refuse_unknown(self.threshold_mode, MODES, "OnPlateau: threshold_mode")

    def after(self, loss: float) -> None:
        """Take note of the loss of an epoch.

        Parameters
        ----------
        loss : float
            The loss; what is not finite counts as no lower.
        """
        memory = self._memory
        if loss < self._bar(memory.best):
            memory.best, memory.n_bad = float(loss), 0
        else:
            memory.n_bad += 1
        if memory.n_resting:
            memory.n_resting -= 1
            memory.n_bad = 0
        if memory.n_bad > self.patience:
            memory.n_falls += 1
            memory.n_resting, memory.n_bad = self.cooldown, 0

    def _bar(self, best: float) -> float:
        """Return what a loss must be below to count as lower."""
        if not isfinite(best):
            return best
        return (
            best * (1 - self.threshold) if self.threshold_mode == "rel" else best - self.threshold
        )

    def _rate(self, at: Moment) -> float:
        rate = at.base
        for _ in range(self._memory.n_falls):
            lower = max(rate * self.factor, self.min_lr)
            if rate - lower <= LEAST_CHANGE:
                break
            rate = lower
        return rate

    def state(self) -> State:
        """Return what the schedule remembers.

        Returns
        -------
        dict of str to int or float
            `best`, the lowest loss; `n_bad`, the epochs since; `n_resting`, the epochs of rest left; `n_falls`.
        """
        return dict(vars(self._memory))

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a state that a schedule with the same settings was in.

        Parameters
        ----------
        state : mapping of str to int or float
            What `state` returned.

        Raises
        ------
        DataError
            Something is missing, or belongs to another schedule.
        """
        super().restore(state)
        values = {name: number_from(state, name, "OnPlateau") for name in state}
        if any(values[name] < 0 or values[name] % 1 for name in values if name != "best"):
            raise DataError(
                f"A state of OnPlateau counts epochs in whole numbers, at least 0; got {dict(state)}. "
                "Restore what state() of OnPlateau returned."
            )
        for name, value in values.items():
            setattr(self._memory, name, value if name == "best" else int(value))


def _epochs(value: object, name: str) -> int:
    """Return a number of epochs, at least 0, or the error."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ParameterError(f"{name} must be an integer, at least 0; got {value!r}.")
    return value
