"""Which outputs are dropped: drawn from a counter, so that a batch draws the same whatever came before it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..._arrays import Real
from ...autodiff.graph import Value
from .computing import Masks
from .stages import Stage


def masks_of(stages: Sequence[Stage], seed: int, step: int) -> Masks | None:
    """Return the way to the masks of one step; None where no stage drops anything."""
    if all(stage.dropout == 0 for stage in stages):
        return None

    def masks(index: int, values: Value) -> Real:
        rate = stages[index].dropout
        # The key says which training, the upper words of the counter which step and stage; the lowest one runs.
        draws = np.random.Generator(np.random.Philox(key=seed, counter=[0, step, index, 0]))
        shape: tuple[int, ...] = values.shape
        drawn = draws.random(shape)
        mask: Real = np.where(drawn >= rate, 1.0 / (1.0 - rate), 0.0).astype(values.dtype)
        return mask

    return masks
