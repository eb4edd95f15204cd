"""How long work reports itself: one small protocol, called once a step.

An algorithm that takes `progress` calls it with a `Step`; a true answer stops the algorithm after that step. Terminals,
notebooks and scikit-learn's callbacks are adapters over this and live above (`ganglion.cli`, `ganglion.estimators`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Step:
    """One step of a long computation.

    Attributes
    ----------
    task : str
        What is running, such as ``"k-means"``.
    step : int
        Number of this step, from 1.
    total : int or None
        The largest number of steps there can be; None where it is not known.
    value : float
        The objective after this step (k-means: the WSS); NaN where it is not known.
    message : str
        A few words for a person; may be empty.
    """

    task: str
    step: int
    total: int | None
    value: float
    message: str = ""


class Progress(Protocol):
    """A callable that is told each step; returns True to stop, anything else to go on."""

    def __call__(self, step: Step, /) -> bool | None:
        """Take note of one step."""
        ...
