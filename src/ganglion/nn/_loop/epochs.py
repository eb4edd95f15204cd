"""What is known of the epochs of a training: what each gave, which was the best; and who says how far it steps."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from ..._arrays import Real

StoppedBy = Literal["epochs", "patience", "callback", "converged", "interrupted"]


@dataclass(frozen=True)
class Epoch:
    """What a callback is told after an epoch.

    Attributes
    ----------
    epoch : int
        Its number, from 1.
    loss : float
        The loss over its rows, each with the parameters that its batch met; with the penalty of `l2`.
    validation_loss : float or None
        The loss on `eval_set` after the epoch; None without one.
    metric : float or None
        The metric on `eval_set` after the epoch; None where there is none.
    learning_rate : float
        The learning rate of its last step; NaN for a full-batch method, which chooses its own steps.
    model : Any
        The network; it holds the parameters as they are after the epoch.
    """

    epoch: int
    loss: float
    validation_loss: float | None
    metric: float | None
    learning_rate: float
    model: Any


@dataclass
class Curves:
    """What every epoch gave; the two of the eval_set are empty without one."""

    loss: list[float] = field(default_factory=list[float])
    validation_loss: list[float] = field(default_factory=list[float])
    metric: list[float] = field(default_factory=list[float])
    learning_rate: list[float] = field(default_factory=list[float])


@dataclass
class Best:
    """The best epoch so far: which, its value and arrays, and for how long nothing was better by more than tol.

    Without an eval_set the value is a loss summed while the parameters changed, and an epoch that began well may have
    ended badly. So the best epoch before this one is kept as well, for what a divergence leaves.
    """

    epoch: int = 0
    value: float = -np.inf
    waited: int = 0
    arrays: dict[str, Real] = field(default_factory=dict[str, Real])
    earlier_epoch: int = 0
    earlier: dict[str, Real] = field(default_factory=dict[str, Real])
