"""A training that left the finite numbers: where, what to try, and the best state that it had."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..._arrays import Real
from ..._errors import DivergenceError
from .._engine.stages import Stage
from .evaluation import Evaluation

Arrays = Mapping[str, Real]


@dataclass(frozen=True)
class Candidate:
    """Parameters that a network may be left with: those after an epoch, 0 for those before the training."""

    epoch: int
    arrays: Arrays


def best_of(candidates: Sequence[Candidate], evaluation: Evaluation) -> Candidate:
    """Return the candidate with the smallest loss, the last one among equals; the losses of epochs tell less.

    The loss of an epoch is summed while the parameters change, so it can be small although the epoch ended badly.
    """
    losses = [evaluation.judge(candidate.arrays)[0] for candidate in candidates]
    order = [np.inf if np.isnan(loss) else loss for loss in losses]
    return candidates[len(order) - 1 - int(np.argmin(order[::-1]))]


def culprit(stages: Sequence[Stage], arrays: Arrays) -> str:
    """Name the first parameter that is no longer finite, or the largest one, and its largest value."""
    with np.errstate(invalid="ignore"):
        sizes = {name: float(np.max(np.abs(value))) for name, value in arrays.items()}
    odd = [name for name, size in sizes.items() if not np.isfinite(size)]
    name = odd[0] if odd else max(sizes, key=lambda name: sizes[name])
    what = "is not finite" if odd else f"has grown to {sizes[name]:.3g}"
    return f"{name} (layer {dict(_places(stages))[name]}) {what}"


def divergence(epoch: int, what: str, place: str, rate: float, left: Candidate) -> DivergenceError:
    """Return the error for a training that left the finite numbers in an epoch, and what the network is left with."""
    state = (
        f"has the best parameters so far, those after epoch {left.epoch}"
        if left.epoch
        else "is as it was before this training, which is the best state so far"
    )
    if np.isnan(rate):
        advice = "Scale X and y, or use gl.nn.Adam() with a low learning rate"
    else:
        advice = f"Lower the learning rate (now {rate:g}), scale X and y, or bound the gradients by clip_norm=1.0"
    return DivergenceError(
        f"Training left the finite numbers in epoch {epoch}: {what} is NaN or infinite; {place}. {advice}. "
        f"The network {state}."
    )


def _places(stages: Sequence[Stage]) -> Iterator[tuple[str, int]]:
    """Yield the name of each parameter and the number of its layer; layer 1 is the input."""
    for number, stage in enumerate(stages, 2):
        for name in (*stage.shapes, *stage.running):
            yield name, number
