"""What all schedules share: a learning rate for every step, and a state that can be stored."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple

import numpy as np
import numpy.typing as npt

from ..._errors import DataError
from ..methods.optimiser import State

Rates = npt.NDArray[np.float64]


class Moment(NamedTuple):
    """Where in a training a step is.

    Parameters
    ----------
    step : int
        Steps made before it.
    n_batches : int
        Steps in an epoch.
    n_total_steps : int
        Steps in the whole training.
    base : float
        The optimiser's learning rate.
    """

    step: int
    n_batches: int
    n_total_steps: int
    base: float

    @property
    def epoch(self) -> int:
        """Epochs before it."""
        return self.step // self.n_batches

    @property
    def share(self) -> float:
        """How much of the training is over, from 0 to 1."""
        return min(1.0, self.step / self.n_total_steps)


class Schedule(ABC):
    """A learning rate for every step of a training.

    Attributes
    ----------
    needs_loss : bool
        Whether `after` must be told the loss of every epoch.
    """

    needs_loss: ClassVar[bool] = False

    @abstractmethod
    def _rate(self, at: Moment) -> float:
        """Return the learning rate of one step, at least 0."""

    def rates(self, first_step: int, n_batches: int, n_total_steps: int, base: float) -> Rates:
        """Compute the learning rates of an epoch.

        Parameters
        ----------
        first_step : int
            Steps made before it, from 0.
        n_batches : int
            Steps in the epoch.
        n_total_steps : int
            Steps in the whole training.
        base : float
            The optimiser's learning rate.

        Returns
        -------
        numpy.ndarray of shape (n_batches,)
            A rate for each step, at least 0.
        """
        # Through Python's floats: NumPy's cosines and powers have other bits on other processors.
        steps = range(first_step, first_step + n_batches)
        return np.array(
            [self._rate(Moment(step, n_batches, n_total_steps, base)) for step in steps]
        )

    def state(self) -> State:
        """Return what the schedule remembers.

        Returns
        -------
        dict of str to int, float or numpy.ndarray
            Empty for a schedule that follows from the step alone.
        """
        return {}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a state that a schedule with the same settings was in.

        Parameters
        ----------
        state : mapping of str to int, float or numpy.ndarray
            What `state` returned.

        Raises
        ------
        DataError
            Something is missing, or belongs to another schedule.
        """
        if set(state) != set(self.state()):
            raise DataError(
                f"This is not a state of {type(self).__name__}, which has {sorted(self.state()) or 'none'}: got "
                f"{sorted(state)}. Restore what state() of such a schedule returned."
            )


def put(schedule: Schedule, name: str, value: object) -> None:
    """Write a checked value into a schedule that is being made, and is frozen from then on.

    Parameters
    ----------
    schedule : Schedule
        A frozen dataclass.
    name : str
        Which field.
    value : object
        Its value.
    """
    object.__setattr__(schedule, name, value)
