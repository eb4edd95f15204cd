"""The learning curve: loss over epochs, the metric and the learning rate beneath it, and the best epoch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from .._errors import ParameterError
from ._axes import ACCENT, COLOURS, INK, PALE, QUIET, quieten
from ._scales import in_words, scale_values, written

Curve = NDArray[np.float64]

# Up to here each epoch gets a dot of its own.
FEW_EPOCHS = 25
WIDTH, LOSS, METRIC, RATE = 6.8, 3.4, 1.9, 0.75  # inches


@dataclass(frozen=True)
class _Curves:
    """What there is to draw, a value for each epoch; None where it was not recorded."""

    loss: Curve
    validation: Curve | None
    metric: Curve | None
    rate: Curve | None
    best: int | None


def learning_curve(training: Any, *, ax: Axes | None = None) -> Axes:
    """Draw how the loss fell from epoch to epoch.

    Parameters
    ----------
    training : Training or fitted estimator
        What `gl.nn.train` returned, or an estimator with `loss_curve_`, such as a fitted MLPClassifier.
    ax : matplotlib.axes.Axes, optional
        Where to draw the losses, and nothing else; None makes a new figure with panels for the metric and the learning
        rate beneath them, where there are any.

    Returns
    -------
    matplotlib.axes.Axes
        The axes of the losses: lines "training" and, where there was an `eval_set`, "validation"; the best epoch is the
        line "best epoch ...". The other panels follow in `ax.figure.axes`, with lines "metric" and "learning rate".

    Raises
    ------
    ParameterError
        Where there is no loss curve.

    Notes
    -----
    The axis is logarithmic where the losses are positive and span two decades. A learning rate that never changed is
    told in the corner and has no panel. Without validation the last epoch is not marked where it is the best.

    Examples
    --------
    >>> import ganglion as gl
    >>> network = gl.nn.Network([gl.nn.Dense(1, 1)], random_state=0)
    >>> run = gl.nn.train(network, [[0.0], [1.0]], [1.0, 3.0], optimizer=gl.nn.SGD(0.5), epochs=40)
    >>> ax = gl.plots.learning_curve(run)
    >>> ax.get_yscale(), [line.get_label() for line in ax.lines]
    ('log', ['training'])
    """
    curves = _read(training)
    if ax is not None:
        _draw_losses(ax, curves)
        _name_epochs(ax)
        return ax
    rate = curves.rate
    shown_rate = rate if rate is not None and np.ptp(rate[np.isfinite(rate)]) > 0 else None
    heights = [
        LOSS,
        *([METRIC] if curves.metric is not None else []),
        *([RATE] if shown_rate is not None else []),
    ]
    pyplot: Any = plt
    panels = pyplot.subplots(
        len(heights),
        1,
        sharex=True,
        figsize=(WIDTH, 0.6 + sum(heights)),
        height_ratios=heights,
        layout="constrained",
        squeeze=False,
    )[1][:, 0]
    _draw_losses(panels[0], curves)
    if curves.metric is not None:
        _draw_metric(panels[1], curves.metric, curves.best)
    if shown_rate is not None:
        _draw_rate(panels[-1], shown_rate)
    elif rate is not None:
        panels[0].set_title(
            f"learning rate {in_words(float(rate[np.isfinite(rate)][0]))}",
            loc="right",
            color=QUIET,
            fontsize=9,
        )
    _name_epochs(panels[-1])
    return panels[0]


def _read(training: Any) -> _Curves:
    """Take the curves from a record or, with an underscore behind their names, from an estimator."""
    tail = "" if hasattr(training, "loss_curve") else "_"
    loss = _curve(training, f"loss_curve{tail}")
    if loss is None:
        raise ParameterError(
            f"learning_curve needs what gl.nn.train returned or a fitted estimator with loss_curve_; got {training!r}. "
            "Fit it first, with a solver that records its loss."
        )
    metric = _curve(training, "validation_scores_" if tail else "metric_curve")
    best = getattr(training, "best_epoch", None)
    if tail and metric is not None:  # an estimator that stopped by them has kept the best
        best = 1 + int(np.nanargmax(metric))
    validation = _curve(training, f"validation_loss_curve{tail}")
    return _Curves(
        loss,
        validation,
        metric,
        _curve(training, f"learning_rate_curve{tail}"),
        int(best) if best and (validation is not None or best < len(loss)) else None,
    )


def _curve(training: Any, name: str) -> Curve | None:
    """Return a curve as numbers; None where it is missing, empty, or nothing but NaN."""
    values = getattr(training, name, None)
    if values is None:
        return None
    curve = np.asarray(values, dtype=np.float64)
    return curve if curve.ndim == 1 and np.any(np.isfinite(curve)) else None


def _draw_losses(canvas: Any, curves: _Curves) -> None:
    """Draw the loss in training and in validation, and ring the best epoch."""
    canvas.grid(axis="y", color=PALE, linewidth=0.8)
    _draw_line(canvas, curves.loss, COLOURS[0], "training")
    if curves.validation is not None:
        _draw_line(canvas, curves.validation, COLOURS[5], "validation")
    shown = [curve for curve in (curves.loss, curves.validation) if curve is not None]
    if not scale_values(canvas.yaxis, *shown) and min(float(np.nanmin(c)) for c in shown) >= 0:
        canvas.set_ylim(bottom=0.0)
    if curves.best is not None:
        _mark_best(
            canvas, curves.best, curves.validation if curves.validation is not None else curves.loss
        )
    if curves.validation is not None or curves.best is not None:
        canvas.legend(labelcolor=INK, loc="upper right", framealpha=0.9, edgecolor="none")
    canvas.set_ylabel("loss", color=INK)
    quieten(canvas)


def _draw_line(canvas: Any, curve: Curve, colour: str, label: str) -> None:
    """Draw a value for each epoch, from 1."""
    canvas.plot(
        np.arange(1, len(curve) + 1),
        curve,
        color=colour,
        linewidth=1.9,
        linestyle="-" if label != "validation" else (0, (5, 1.6)),
        marker="o" if len(curve) <= FEW_EPOCHS else None,
        markersize=4,
        label=label,
    )


def _mark_best(canvas: Any, best: int, curve: Curve, label: str | None = None) -> None:
    """Ring the best epoch on a curve, with a line to the axis."""
    canvas.axvline(
        best, color=ACCENT, linewidth=1.1, zorder=1.5, label=label or f"best epoch {best:,}"
    )
    if best <= len(curve):
        canvas.plot(
            [best],
            [curve[best - 1]],
            marker="o",
            markersize=9,
            markerfacecolor="none",
            markeredgecolor=ACCENT,
            markeredgewidth=1.7,
            linestyle="none",
            label="_best",
        )


def _draw_metric(canvas: Any, metric: Curve, best: int | None) -> None:
    """Draw the metric on its own scale."""
    canvas.grid(axis="y", color=PALE, linewidth=0.8)
    _draw_line(canvas, metric, COLOURS[2], "metric")
    if best is not None:
        _mark_best(canvas, best, metric)
    canvas.yaxis.set_major_locator(MaxNLocator(nbins=4, min_n_ticks=3))
    canvas.set_ylabel("metric", color=INK)
    quieten(canvas)


def _draw_rate(canvas: Any, rate: Curve) -> None:
    """Draw the learning rate as a filled strip."""
    epochs = np.arange(1, len(rate) + 1)
    canvas.plot(epochs, rate, color=QUIET, linewidth=1.2, label="learning rate")
    canvas.fill_between(epochs, 0.0, rate, color=PALE, linewidth=0)
    canvas.set_ylim(0.0, 1.12 * float(np.nanmax(rate)))
    canvas.yaxis.set_major_locator(MaxNLocator(nbins=2, min_n_ticks=2))
    canvas.yaxis.set_major_formatter(written())
    canvas.set_ylabel("rate", color=INK)
    quieten(canvas)


def _name_epochs(canvas: Any) -> None:
    canvas.set_xlabel("epoch", color=INK)
    canvas.xaxis.set_major_locator(MaxNLocator(nbins=10, integer=True))
    canvas.xaxis.set_major_formatter(written())
    canvas.margins(x=0.02)
