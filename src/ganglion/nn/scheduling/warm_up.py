"""A way up before another schedule."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import final

from ..._errors import ParameterError
from .._ranges import count, number_in
from .falling import Constant
from .schedule import Moment, Schedule, put


@final
@dataclass(frozen=True)
class WarmUp(Schedule):
    """A straight way up to the base, and another schedule from there.

    Parameters
    ----------
    n_steps : int
        Steps on the way up, at least 1.
    then : Schedule, default Constant()
        What follows; its first step is the one after the way up. It must not need the loss.
    start_factor : float, default 1/3
        Where it begins, as a share of the base, from 0 to 1.

    Attributes
    ----------
    n_steps, then, start_factor : int, Schedule, float
        As given.

    Raises
    ------
    ParameterError
        A number outside its range, a schedule that is none, or that needs the loss.

    Notes
    -----
    torch's LinearLR and then the other schedule, by SequentialLR, stepped after each batch.

    Examples
    --------
    >>> from ganglion.nn import schedules
    >>> schedules.WarmUp(2, schedules.Cosine(), start_factor=0.5).rates(0, 4, 4, 0.1)
    array([0.05 , 0.075, 0.1  , 0.05 ])
    """

    n_steps: int
    then: Schedule = field(default_factory=Constant)
    start_factor: float = 1 / 3

    def __post_init__(self) -> None:
        put(self, "n_steps", count(self.n_steps, "WarmUp: n_steps"))
        share = number_in(self.start_factor, "WarmUp: start_factor", least=0.0)
        if share > 1:
            raise ParameterError(f"WarmUp: start_factor must be at most 1; got {share:g}.")
        put(self, "start_factor", share)
        if not isinstance(self.then, Schedule) or self.then.needs_loss:  # pyright: ignore[reportUnnecessaryIsInstance]
            raise ParameterError(
                f"WarmUp: then must be a schedule that does not need the loss, such as Cosine(); got {self.then!r}."
            )

    def _rate(self, at: Moment) -> float:
        if at.step < self.n_steps:
            return at.base * (self.start_factor + (1 - self.start_factor) * at.step / self.n_steps)
        rest = max(1, at.n_total_steps - self.n_steps)
        return self.then._rate(Moment(at.step - self.n_steps, at.n_batches, rest, at.base))
