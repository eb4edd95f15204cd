"""What a model answers at every place of the plane of its two inputs, and the points that it learned from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike, NDArray

from .._arrays import check_samples
from .._errors import DataError, ParameterError
from ..nn.network import Network
from ._axes import INK, MARKS, QUIET, axes_or_new, colour_of, quieten
from ._scales import written
from .cluster_map import MOST_IN_LEGEND, MOST_POINTS

Floats = NDArray[np.float64]

# Regions are this pale where the model is sure, and white where it is not.
STRENGTH = 0.62
MARGIN = 0.08
COLOURMAP = "cividis"
LEVELS = 14


@dataclass(frozen=True)
class _Answers:
    """What the model says at (m,) places: probabilities (m, k) of the classes, or values (m,)."""

    probabilities: Floats | None
    values: Floats | None
    names: tuple[str, ...]


def decision_surface(
    model: Any,
    X: ArrayLike,
    y: ArrayLike | None = None,
    *,
    resolution: int = 200,
    ax: Axes | None = None,
) -> Axes:
    """Draw what a model of two inputs answers everywhere, with the points on top.

    Parameters
    ----------
    model : Network or fitted estimator
        A network with two inputs and one output, or with classes as outputs; or an estimator with `predict`, and
        `predict_proba` where its classes have probabilities.
    X : array-like of shape (n, 2)
        The points; they decide how much of the plane is shown.
    y : array-like, optional
        Their targets, as the model was given them; None draws all points alike.
    resolution : int, default 200
        Places along each side at which the model is asked, at least 2.
    ax : matplotlib.axes.Axes, optional
        Where to draw; None makes a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        The axes: an image of the classes, each in its colour and the stronger the surer, with a line where the answer
        changes; or the heights of a regression. Then the points, labelled "class ..." or "points".

    Raises
    ------
    DataError
        X without two columns, a y of another length.
    ParameterError
        A model with another number of inputs or with several outputs that are no classes.

    Notes
    -----
    The model is asked resolution^2 times. Of more than 20,000 points every so-manieth is drawn.

    Examples
    --------
    >>> import ganglion as gl
    >>> X, y = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0, 1, 1, 0]
    >>> layers = [gl.nn.Dense(2, 8, "tanh"), gl.nn.Dense(8, 2, "softmax")]
    >>> network = gl.nn.Network(layers, "cross_entropy", random_state=0)
    >>> ax = gl.plots.decision_surface(network, X, y)
    >>> [collection.get_label() for collection in ax.collections][-2:]
    ['class 0', 'class 1']
    """
    points = _plane(X)
    if isinstance(resolution, bool) or not isinstance(resolution, int) or resolution < 2:  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ParameterError(
            f"decision_surface: resolution must be an integer, at least 2; got {resolution!r}."
        )
    across, up = (_side(points[:, j], resolution) for j in (0, 1))
    answers = _ask(model, np.column_stack([part.ravel() for part in np.meshgrid(across, up)]))
    canvas = axes_or_new(ax, size=(6.2, 5.0))
    step = -(-len(points) // MOST_POINTS)
    targets = None if y is None else _targets(y, len(points))[::step]
    if answers.values is not None:
        heights = answers.values.reshape(resolution, resolution)
        _draw_heights(canvas, (across, up), heights, points[::step], targets, has_bar=ax is None)
    else:
        shares = answers.probabilities
        assert shares is not None
        codes = _codes(model, targets, answers)
        _draw_regions(canvas, across, up, shares.reshape(resolution, resolution, -1))
        _draw_classes(canvas, points[::step], codes, answers.names)
    canvas.set_xlim(across[0], across[-1])
    canvas.set_ylim(up[0], up[-1])
    _name_inputs(canvas, X)
    return canvas


def _plane(X: ArrayLike) -> Floats:
    """Return the points (n, 2)."""
    points = check_samples(X).astype(np.float64)
    if points.shape[1] != 2:
        raise DataError(
            f"decision_surface draws models of two inputs; X has the shape {points.shape}. Pass two columns."
        )
    return points


def _side(values: Floats, resolution: int) -> Floats:
    """Return places along one axis, a little beyond the points."""
    low, high = float(values.min()), float(values.max())
    room = MARGIN * (high - low) or 1.0
    return np.linspace(low - room, high + room, resolution)


def _ask(model: Any, places: Floats) -> _Answers:
    """Return what the model answers at places (m, 2)."""
    if isinstance(model, Network):
        return _ask_network(model, places)
    if hasattr(model, "predict_proba"):
        shares = np.asarray(model.predict_proba(places), dtype=np.float64)
        if shares.ndim == 2 and len(model.classes_) == shares.shape[1]:
            return _Answers(shares, None, tuple(str(name) for name in model.classes_))
    if not hasattr(model, "predict"):
        raise ParameterError(
            f"decision_surface needs a gl.nn.Network or a fitted estimator with predict; got {model!r}."
        )
    found = np.asarray(model.predict(places))
    if hasattr(model, "classes_") and found.ndim == 1:
        hits = found[:, None] == np.asarray(model.classes_)[None]
        return _Answers(hits.astype(np.float64), None, tuple(str(name) for name in model.classes_))
    return _Answers(None, _one_output(found, type(model).__name__), ())


def _ask_network(network: Network, places: Floats) -> _Answers:
    """Return probabilities behind softmax or one sigmoid with its loss, otherwise the one output."""
    n_in = network.n_in
    if n_in != 2:
        raise ParameterError(
            f"decision_surface draws models of two inputs; this network has {n_in}."
        )
    outputs = network.forward(places).astype(np.float64)
    kind = network.loss_function.targets
    if kind == "classes" and outputs.shape[1] > 1:
        return _Answers(outputs, None, tuple(str(k) for k in range(outputs.shape[1])))
    if kind == "probabilities" and outputs.shape[1] == 1:
        return _Answers(np.column_stack([1.0 - outputs, outputs]), None, ("0", "1"))
    return _Answers(None, _one_output(outputs, "this network"), ())


def _one_output(found: NDArray[Any], name: str) -> Floats:
    """Return values (m,), or refuse several outputs."""
    values = found.astype(np.float64)
    if values.ndim == 2 and values.shape[1] == 1:
        values = values[:, 0]
    if values.ndim != 1:
        raise ParameterError(
            f"decision_surface draws one output or classes; {name} has {values.shape[1]} outputs. "
            "Draw a model of one of them."
        )
    return values


def _targets(y: ArrayLike, n: int) -> NDArray[Any]:
    """Return targets (n, ...)."""
    targets = np.asarray(y)
    if targets.ndim not in (1, 2) or len(targets) != n:
        raise DataError(
            f"y must hold one target for each of the {n} rows of X; got shape {targets.shape}."
        )
    return targets[:, 0] if targets.ndim == 2 and targets.shape[1] == 1 else targets


def _codes(model: Any, targets: NDArray[Any] | None, answers: _Answers) -> NDArray[np.int64] | None:
    """Return the class of each target by its place among the model's classes."""
    if targets is None:
        return None
    if targets.ndim == 2:
        return np.argmax(targets, axis=1).astype(np.int64)
    known: list[Any] = (
        list(model.classes_) if hasattr(model, "classes_") else list(range(len(answers.names)))
    )
    places = {name: place for place, name in enumerate(known)}
    odd = [target for target in targets.tolist() if target not in places]
    if odd:
        raise DataError(
            f"y must hold the classes of the model, {', '.join(answers.names)}; got {odd[0]!r}. "
            "Pass the targets that it was fitted on."
        )
    return np.array([places[target] for target in targets.tolist()], dtype=np.int64)


def _draw_regions(canvas: Any, across: Floats, up: Floats, shares: Floats) -> None:
    """Colour each place by its likeliest class, the surer the stronger; draw the line where the answer changes."""
    k = shares.shape[2]
    winner = np.argmax(shares, axis=2)
    top = np.take_along_axis(shares, winner[..., None], axis=2)[..., 0]
    least = 1.0 / k
    strength = STRENGTH * (0.12 + 0.88 * np.clip((top - least) / (1.0 - least), 0.0, 1.0))
    colours = np.array([to_rgb(colour_of(place)) for place in range(k)])
    image = 1.0 + strength[..., None] * (colours[winner] - 1.0)
    half = ((across[1] - across[0]) / 2, (up[1] - up[0]) / 2)
    extent = (across[0] - half[0], across[-1] + half[0], up[0] - half[1], up[-1] + half[1])
    canvas.imshow(
        image, origin="lower", extent=extent, aspect="auto", interpolation="bilinear", zorder=0
    )
    for place in range(k if k > 2 else 1):
        others = np.delete(shares, place, axis=2).max(axis=2)
        lead = shares[..., place] - others
        if lead.min() < 0 < lead.max():
            canvas.contour(across, up, lead, levels=[0.0], colors=INK, linewidths=1.2, zorder=1)


def _draw_classes(
    canvas: Any,
    points: Floats,
    codes: NDArray[np.int64] | None,
    names: tuple[str, ...],
) -> None:
    """Draw the points of each class in its colour and mark."""
    if codes is None:
        _scatter(canvas, points, QUIET, "o", "points")
        return
    for place, name in enumerate(names):
        _scatter(
            canvas,
            points[codes == place],
            colour_of(place),
            MARKS[place % len(MARKS)],
            f"class {name}",
        )
    if len(names) <= MOST_IN_LEGEND:
        canvas.legend(
            handles=canvas.collections[-len(names) :],
            frameon=False,
            labelcolor=INK,
            loc="upper left",
            bbox_to_anchor=(1.0, 1.0),
            handletextpad=0.3,
        )


def _scatter(canvas: Any, points: Floats, colour: Any, mark: str, label: str, **more: Any) -> Any:
    """Draw points with a white rim, the more of them the smaller."""
    crowd = max(len(points), 1)
    return canvas.scatter(
        points[:, 0],
        points[:, 1],
        s=float(np.clip(9000.0 / crowd, 9.0, 34.0)),
        c=colour,
        marker=mark,
        edgecolors="white",
        linewidths=0.7 if crowd < 1000 else 0.3,
        label=label,
        zorder=3,
        **more,
    )


def _draw_heights(
    canvas: Any,
    sides: tuple[Floats, Floats],
    heights: Floats,
    points: Floats,
    targets: NDArray[Any] | None,
    *,
    has_bar: bool,
) -> None:
    """Draw a regression as heights, and the targets on the same scale."""
    all_values = (
        heights.ravel()
        if targets is None
        else np.concatenate([heights.ravel(), targets.astype(float)])
    )
    low, high = float(all_values.min()), float(all_values.max())
    if high <= low:
        low, high = low - 0.5, high + 0.5
    levels = np.linspace(low, high, LEVELS)
    filled = canvas.contourf(*sides, heights, levels=levels, cmap=COLOURMAP, zorder=0)
    canvas.contour(
        *sides, heights, levels=levels, colors="white", linewidths=0.4, alpha=0.6, zorder=1
    )
    if targets is None:
        _scatter(canvas, points, QUIET, "o", "points")
    else:
        _scatter(
            canvas,
            points,
            targets.astype(float),
            "o",
            "points",
            cmap=COLOURMAP,
            vmin=low,
            vmax=high,
        )
    if has_bar:
        bar = canvas.figure.colorbar(filled, ax=canvas, pad=0.03, ticks=MaxNLocator(nbins=6))
        bar.ax.yaxis.set_major_formatter(written(3))
        bar.set_label("output", color=INK)
        bar.outline.set_visible(False)


def _name_inputs(canvas: Any, X: Any) -> None:
    """Name the axes as the columns of a data frame, or x0 and x1."""
    columns = getattr(X, "columns", None)
    names = [str(name) for name in columns] if columns is not None else ["x0", "x1"]
    canvas.set_xlabel(names[0], color=INK)
    canvas.set_ylabel(names[1], color=INK)
    quieten(canvas)
