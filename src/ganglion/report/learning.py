"""The report of a training: what is predicted from what, how well, what it rests on, and how it was learned."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from .._errors import DataError
from . import _wording
from ._charts import BOX, Tick
from ._embedding import breakable, policy
from ._scales import Scale, round_ticks, whole_ticks
from .page import environment, source

MOST_COLUMNS = 30
MOST_CLASSES = 12
MOST_POINTS = 1_000
MOST_CURVE_POINTS = 400
DECADE = 30.0  # from this ratio on a curve is shown on a logarithmic scale


@dataclass(frozen=True, kw_only=True)
class ScoreRow:
    """A score as it is read: what it is called, the network's, and what one reaches without looking at the columns."""

    name: str
    value: str
    baseline: str


@dataclass(frozen=True, kw_only=True)
class LearningContent:
    """What the page of a training is made from, in plain numbers and strings.

    Attributes
    ----------
    target, source, version : str
        The predicted column, the table's name, the version of ganglion.
    headline : str
        The result in one sentence.
    scores : tuple of ScoreRow
        On the rows kept back.
    importance : tuple of (str, float, str)
        Column, how much the first score falls when it is shuffled, and that as text; the largest first.
    classes : tuple of str
        The classes; empty for a number.
    confusion : tuple of tuple of int
        Rows kept back by their class and the predicted one; empty for a number.
    points : tuple of (float, float)
        Truth and prediction of the rows kept back, for a number; empty for classes.
    loss, watched_loss : tuple of float
        After each epoch, on the rows learned from and on those that say when to stop.
    best_epoch : int
        The epoch whose state is kept, from 1.
    course : str
        How the training went, in sentences.
    columns : tuple of str
        The columns that were learned from.
    left_out : tuple of (str, str)
        The others, with the reason.
    notes : tuple of str
        What else a reader should know.
    parameters : tuple of (str, str)
        How it was trained.
    """

    target: str
    source: str
    version: str
    headline: str
    scores: tuple[ScoreRow, ...]
    importance: tuple[tuple[str, float, str], ...]
    classes: tuple[str, ...]
    confusion: tuple[tuple[int, ...], ...]
    points: tuple[tuple[float, float], ...]
    loss: tuple[float, ...]
    watched_loss: tuple[float, ...]
    best_epoch: int
    course: str
    columns: tuple[str, ...]
    left_out: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]
    parameters: tuple[tuple[str, str], ...]


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


def learning_report(content: LearningContent) -> str:
    """Make the report of a training: one self-contained HTML page without a script.

    Parameters
    ----------
    content : LearningContent
        What was done and found.

    Returns
    -------
    str
        The page; it fetches nothing and runs nothing. The same content gives the same page.

    Raises
    ------
    DataError
        Curves of different lengths, a loss that is not finite, a best epoch that is none.

    Notes
    -----
    Shows up to 30 columns, 12 classes and 1,000 points, evenly chosen; the page says what it leaves out.
    """
    _check(content)
    style = source("report.css") + source("learning.css")
    used = content.importance[:MOST_COLUMNS]
    largest = max((drop for _, drop, _ in used), default=0.0)
    return (
        environment()
        .get_template("learning.html")
        .render(
            **_words(content),
            importance=[
                (_shown(name), round(100 * max(drop, 0.0) / (largest or 1.0), 2), text)
                for name, drop, text in used
            ],
            n_importance=len(content.importance),
            confusion=_confusion(content),
            scatter=_scatter(content.points) if content.points else None,
            n_points=len(content.points),
            lines=_lines(content),
            box=BOX,
            breakable=breakable,
            count=_wording.count,
            policy=policy(script="", style=style),
            style=Markup(style),
        )
    )


def _check(content: LearningContent) -> None:
    """Refuse content that contradicts itself."""
    if not content.loss or len(content.loss) != len(content.watched_loss):
        raise DataError(
            f"Both losses must have a value for each epoch; got {len(content.loss)} and {len(content.watched_loss)}. "
            "Pass the curves of one training."
        )
    if not all(map(math.isfinite, (*content.loss, *content.watched_loss))):
        raise DataError(
            "Losses must be finite; got NaN or infinity. Pass the curves of one training."
        )
    if not 1 <= content.best_epoch <= len(content.loss):
        raise DataError(
            f"best_epoch must be one of the {len(content.loss)} epochs; got {content.best_epoch}."
        )


def _shown(text: str) -> str:
    return _wording.visible(text, 120)


def _words(content: LearningContent) -> dict[str, object]:
    """Strings of the content, made safe to show."""
    return {
        "target": _shown(content.target),
        "source": _shown(content.source),
        "version": _shown(content.version),
        "headline": _shown(content.headline),
        "scores": [
            (_shown(row.name), _shown(row.value), _shown(row.baseline)) for row in content.scores
        ],
        "course": _wording.visible(content.course),
        "columns": [_shown(name) for name in content.columns[:200]],
        "n_columns": len(content.columns),
        "left_out": [(_shown(name), _wording.visible(why)) for name, why in content.left_out[:200]],
        "notes": [_wording.visible(note) for note in content.notes],
        "parameters": [(_shown(name), _shown(value)) for name, value in content.parameters],
        "classes": [_shown(name) for name in content.classes[:MOST_CLASSES]],
        "n_classes": len(content.classes),
    }


def _confusion(content: LearningContent) -> list[tuple[str, list[Cell]]]:
    """Return the lines of the confusion matrix, of the first classes where there are many."""
    lines: list[tuple[str, list[Cell]]] = []
    for truth, name in enumerate(content.classes[:MOST_CLASSES]):
        row = content.confusion[truth]
        total = sum(row) or 1
        cells = [
            Cell(_wording.count(value), round(100 * value / total, 1), called == truth)
            for called, value in enumerate(row[:MOST_CLASSES])
        ]
        lines.append((_shown(name), cells))
    return lines


def _lines(content: LearningContent) -> Lines:
    """Draw both losses over the epochs, on a logarithmic scale where they span decades."""
    last = len(content.loss)
    both = (*content.loss, *content.watched_loss)
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

    best = content.best_epoch
    return Lines(
        learned=line(content.loss),
        watched=line(content.watched_loss),
        x_ticks=tuple(Tick(to_x(t), _wording.count(t)) for t in whole_ticks(1, max(last, 2), 8)),
        y_ticks=tuple(Tick(to_y(t), _wording.short(10**t if is_logarithmic else t)) for t in ticks),
        best=(to_x(best), to_y(value(content.watched_loss[best - 1]))),
        is_logarithmic=is_logarithmic,
    )


def _scatter(points: Sequence[tuple[float, float]]) -> Scatter:
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
