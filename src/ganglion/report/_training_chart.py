"""The loss over the epochs as geometry: linear, or logarithmic where it spans decades."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from . import _wording
from ._charts import Box, Tick
from ._scales import Scale, round_ticks

Floats = npt.NDArray[np.float64]

BOX = Box(left=74, right=548, top=40, bottom=312)  # of 560 x 360
# From here on the lower part of a curve would lie flat on a linear axis.
DECADES = 100.0
MAX_POINTS = 600
LOG_TICKS = 6


@dataclass(frozen=True)
class LossChart:
    """The lines of training and validation, both axes, and the best epoch."""

    training: str
    validation: str | None
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    is_log: bool
    to_x: Scale
    to_y: Scale
    best: tuple[float, float, str] | None

    def place(self, epoch: float, loss: float) -> tuple[float, float]:
        """Where a loss at an epoch lies on the page."""
        return self.to_x(epoch), self.to_y(_height(loss, is_log=self.is_log))


def draw_losses(first_loss: float, loss: Floats, validation: Floats, best: int | None) -> LossChart:
    """Draw the losses from epoch 0, before training, to the last; `best` is the epoch to mark."""
    epochs = np.arange(len(loss) + 1)
    trained = np.concatenate(([first_loss], loss))
    every = np.concatenate((trained, validation[np.isfinite(validation)]))
    low, high = float(every.min()), float(every.max())
    is_log = low > 0 and high >= DECADES * low
    ticks = _log_ticks(low, high) if is_log else round_ticks(min(0.0, low), high)
    ends = [_height(ticks[0], is_log=is_log), _height(ticks[-1], is_log=is_log)]
    to_x = Scale(0, len(loss), BOX.left + 10, BOX.right - 10)
    to_y = Scale(ends[0], ends[1], BOX.bottom, BOX.top)
    shown = _thinned(len(epochs))
    bare = LossChart("", None, (), (), is_log, to_x, to_y, None)
    has_validation = bool(np.any(np.isfinite(validation)))
    mark = None
    if best is not None:
        curve = validation if has_validation else loss
        mark = (*bare.place(best, float(curve[best - 1])), f"best: epoch {_wording.count(best)}")
    return LossChart(
        _line(bare, epochs[shown], trained[shown]),
        _line(bare, epochs[1:][_thinned(len(loss))], validation[_thinned(len(loss))])
        if has_validation
        else None,
        tuple(Tick(to_x(t), _wording.count(t)) for t in _epoch_ticks(len(loss))),
        tuple(Tick(to_y(_height(t, is_log=is_log)), _wording.short(t)) for t in ticks),
        is_log,
        to_x,
        to_y,
        mark,
    )


def _height(loss: float, *, is_log: bool) -> float:
    return math.log10(loss) if is_log else loss


def _epoch_ticks(n: int) -> list[int]:
    """Round numbers of epochs from 0 to n."""
    step = max(1, round(round_ticks(0, n, 6)[1]))
    return list(range(0, n + 1, step))


def _log_ticks(low: float, high: float) -> list[float]:
    """Powers of ten around the values, not more than a few."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    step = max(1, math.ceil((last - first) / LOG_TICKS))
    return [10.0**power for power in range(last, first - step, -step)][::-1]


def _thinned(n: int) -> npt.NDArray[np.int64]:
    """Which of n points a line goes through."""
    if n <= MAX_POINTS:
        return np.arange(n)
    return np.unique(np.rint(np.linspace(0, n - 1, MAX_POINTS)).astype(np.int64))


def _line(chart: LossChart, epochs: npt.NDArray[np.int64], losses: Sequence[float] | Floats) -> str:
    """A path through the finite losses."""
    places = [
        chart.place(int(epoch), float(loss))
        for epoch, loss in zip(epochs.tolist(), np.asarray(losses).tolist(), strict=True)
        if math.isfinite(loss)
    ]
    return "M" + "L".join(f"{x} {y}" for x, y in places)
