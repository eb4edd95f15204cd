"""The report of a training: what is predicted from what, how well, what it rests on, and how it was learned."""

from __future__ import annotations

import math
from dataclasses import dataclass

from markupsafe import Markup

from .._errors import DataError
from . import _wording
from ._charts import BOX
from ._embedding import breakable, policy
from ._learning_drawings import MOST_CLASSES, draw_confusion, draw_lines, draw_scatter
from ._templates import environment, source

MOST_COLUMNS = 30


@dataclass(frozen=True, kw_only=True)
class ScoreRow:
    """A score as it is read.

    Attributes
    ----------
    name : str
        What it is called.
    value : str
        What the network reached.
    baseline : str
        What one reaches without looking at the columns.
    """

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
            confusion=draw_confusion(content.classes, content.confusion),
            scatter=draw_scatter(content.points) if content.points else None,
            n_points=len(content.points),
            lines=draw_lines(content.loss, content.watched_loss, content.best_epoch),
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
