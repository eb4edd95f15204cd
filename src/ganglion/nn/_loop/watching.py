"""Whoever is told about each epoch: callbacks and progress, as one list of functions that may say stop."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

import numpy as np

from ..._errors import ParameterError
from ...progress import Progress, Step
from .epochs import Epoch

Watcher = Callable[[Epoch], bool]


def watchers_of(callbacks: Any, progress: Progress | None, epochs: int) -> list[Watcher]:
    """Return a function for each callback and for the progress; it answers True to stop."""
    given: Any = [] if callbacks is None else [callbacks] if callable(callbacks) else callbacks
    if not isinstance(given, Sequence) or not all(
        callable(one) for one in cast("Sequence[Any]", given)
    ):
        raise ParameterError(
            "train: callbacks must be a function of one record, or a list of such functions; "
            f"got {callbacks!r}."
        )
    watchers = [_asking(callback) for callback in cast("Sequence[Callable[[Epoch], Any]]", given)]
    if progress is None:
        return watchers
    if not callable(progress):
        raise ParameterError(
            f"train: progress must be callable or None; got {type(progress).__name__}."
        )
    return [*watchers, _asking(lambda epoch: progress(step_of(epoch, epochs)))]


def step_of(epoch: Epoch, epochs: int) -> Step:
    """Return an epoch as a step of a long computation."""
    parts = [f"loss {epoch.loss:.4g}"]
    if epoch.validation_loss is not None:
        parts.append(f"validation loss {epoch.validation_loss:.4g}")
    if epoch.metric is not None:
        parts.append(f"metric {epoch.metric:.4g}")
    if not np.isnan(epoch.learning_rate):
        parts.append(f"rate {epoch.learning_rate:.3g}")
    return Step("training", epoch.epoch, epochs, epoch.loss, ", ".join(parts))


def _asking(callback: Callable[[Epoch], Any]) -> Watcher:
    """Return a function that is True where the callback's answer is; whatever else it returns means nothing."""

    def ask(epoch: Epoch) -> bool:
        answer = callback(epoch)
        return answer is True or (type(answer) is np.bool_ and bool(answer))

    return ask
