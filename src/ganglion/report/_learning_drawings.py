"""The drawings of a report on a training as geometry: losses over epochs, predictions over truth, mistakes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from . import _wording
from ._charts import BOX, Tick
from ._scales import Scale, round_ticks, whole_ticks

MOST_CLASSES = 12
MOST_POINTS = 1_000
MOST_CURVE_POINTS = 400
DECADE = 30.0  # from this ratio on a curve is shown on a logarithmic scale
LONGEST_NAME = 120


@dataclass(frozen=True)
class Lines:
    """Two curves over the epochs, their axes, and the place of the best epoch."""

    learned: str
    watched: str
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    best: tuple[float, float]
    is_logarithmic: bool


@dataclass(frozen=True)
class Scatter:
    """Predictions over truth: points, ticks of both axes, and the line on which they are equal."""

    points: tuple[tuple[float, float], ...]
    ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    diagonal: tuple[float, float, float, float]


@dataclass(frozen=True)
class Cell:
    """A cell of the confusion matrix: rows, and the share of its line, in percent."""

    count: str
    share: float
    is_right: bool


def draw_confusion(
    classes: Sequence[str], confusion: Sequence[Sequence[int]]
) -> list[tuple[str, list[Cell]]]:
    """Return the lines of the confusion matrix, of the first classes where there are many."""
    lines: list[tuple[str, list[Cell]]] = []
    for truth, name in enumerate(classes[:MOST_CLASSES]):
        row = confusion[truth]
        total = sum(row) or 1
        cells = [
            Cell(_wording.count(value), round(100 * value / total, 1), called == truth)
            for called, value in enumerate(row[:MOST_CLASSES])
        ]
        lines.append((_wording.visible(name, LONGEST_NAME), cells))
    return lines


def draw_lines(loss: Sequence[float], watched_loss: Sequence[float], best: int) -> Lines:
    """Draw both losses over the epochs, on a logarithmic scale where they span decades."""
    last = len(loss)
    both = (*loss, *watched_loss)
    is_logarithmic = min(both) > 0 and max(both) / min(both) > DECADE
    value = math.log10 if is_logarithmic else float
    low, high = value(min(both)), value(max(both))
    ticks = round_ticks(low if is_logarithmic else min(low, 0.0), high)
    if is_logarithmic:
        ticks = [float(power) for power in range(math.floor(low), math.ceil(high) + 1)]
    to_x = Scale(1, max(last, 2), BOX.left + 14, BOX.right - 14)
    to_y = Scale(ticks[0], ticks[-1], BOX.bottom, BOX.top)
    parts = min(last, MOST_CURVE_POINTS)
    epochs = sorted({1 + (last - 1) * i // max(parts - 1, 1) for i in range(parts)})

    def line(curve: Sequence[float]) -> str:
        return "M" + "L".join(f"{to_x(e)} {to_y(value(curve[e - 1]))}" for e in epochs)

    return Lines(
        learned=line(loss),
        watched=line(watched_loss),
        x_ticks=tuple(Tick(to_x(t), _wording.count(t)) for t in whole_ticks(1, max(last, 2), 8)),
        y_ticks=tuple(Tick(to_y(t), _wording.short(10**t if is_logarithmic else t)) for t in ticks),
        best=(to_x(best), to_y(value(watched_loss[best - 1]))),
        is_logarithmic=is_logarithmic,
    )


def draw_scatter(points: Sequence[tuple[float, float]]) -> Scatter:
    """Draw predictions over truth on one scale for both."""
    step = max(1, math.ceil(len(points) / MOST_POINTS))
    shown = points[::step]
    values = [value for pair in shown for value in pair]
    ticks = round_ticks(min(values), max(values))
    to_x = Scale(ticks[0], ticks[-1], BOX.left, BOX.right)
    to_y = Scale(ticks[0], ticks[-1], BOX.bottom + 190, BOX.top)
    return Scatter(
        points=tuple((to_x(truth), to_y(called)) for truth, called in shown),
        ticks=tuple(Tick(to_x(t), _wording.short(t)) for t in ticks),
        y_ticks=tuple(Tick(to_y(t), _wording.short(t)) for t in ticks),
        diagonal=(to_x(ticks[0]), to_y(ticks[0]), to_x(ticks[-1]), to_y(ticks[-1])),
    )
