"""The map: members as points, or their density where there are very many; found by name, shown and hidden by group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..._errors import DataError
from .. import _frames, _plane, _wording
from .._marks import colour_of
from .._sampling import Index, sample_rows
from ..content import Codes, Coordinates
from ._cards import QUIET
from .sizing import Drawn, Limits

MAX_TEXT = 140
MOST_BESIDE = 9  # groups whose list is no longer than the map beside it; of more it stands below
MAX_AXIS = 48  # characters: they stand inside the drawing, on a phone too


@dataclass(frozen=True, kw_only=True)
class PointMap:
    """Points in the plane, by group.

    Attributes
    ----------
    points : ndarray of shape (n, 2)
        Coordinates of all members, to the right and upwards. Of more than 5,000 the page draws the density, and 5,000
        of them answer to the pointer.
    labels : ndarray of shape (n,)
        The group of each, from 0; -1 for none.
    names : sequence of str
        What the groups are called, by label.
    texts : sequence of str or None
        What is said of a member under the pointer, and searched: its name, its first words. None numbers them from 1.
    search : bool
        Whether members can be looked for by their texts.
    centers : ndarray of shape (k, 2) or None
        Where the number of each group stands; None leaves the numbers out.
    noun : str
        What a member is called.
    axes : pair of str
        What the axes say: the one to the right, the one upwards.
    caption : str
        What to read from the map.
    notes : sequence of (str, str)
        Names and values below it, such as what an axis is made of.
    title : str
        What the section is called.
    """

    points: Coordinates
    labels: Codes
    names: Sequence[str]
    texts: Sequence[str] | None = None
    search: bool = False
    centers: Coordinates | None = None
    noun: str = "row"
    axes: tuple[str, str] = ("", "")
    caption: str = ""
    notes: Sequence[tuple[str, str]] = ()
    title: str = "The map"


def draw_points(part: PointMap, limits: Limits) -> Drawn:
    """The map with its legend, and what the script needs to answer to the pointer and to searches."""
    points, labels, names = _checked(part, limits)
    exponent = -int(np.frexp(np.abs(points).max())[1])  # brought to about 1: any span is finite
    k = len(names)
    rows = sample_rows(labels, limits.n_points)
    sizes = np.bincount(labels, minlength=k).tolist()
    has_none = k > len(part.names)
    colours = [colour_of(j) for j in range(len(part.names))] + [QUIET] * has_none
    marked = _plane.Marked(
        points=np.ldexp(points, exponent),
        labels=labels,
        names=names,
        sizes=sizes,
        colours=colours,
        centers=None if part.centers is None else np.ldexp(np.asarray(part.centers), exponent),
        rows=rows,
        noun=limits.name(part.noun),
        cell=limits.cell,
    )
    drawn = _plane.draw_marks(marked)
    return Drawn(
        "map",
        limits.name(part.title),
        {
            "map": drawn,
            "axes": tuple(_wording.visible(words, MAX_AXIS) for words in part.axes),
            "noun": limits.name(part.noun),
            "n_points": len(points),
            "n_shown": len(rows),
            "caption": limits.shown(part.caption),
            "notes": [(limits.name(name), limits.shown(value)) for name, value in part.notes[:20]],
            "search": part.search,
            "many": k > MOST_BESIDE,
            "k": k,
        },
        _data(part, drawn, (labels, rows), limits),
    )


def _data(
    part: PointMap, drawn: _plane.Map, shown: tuple[NDArray[np.int64], Index], limits: Limits
) -> Mapping[str, object]:
    """Places, labels, names and texts of the points that answer."""
    labels, rows = shown
    names = [layer.name for layer in sorted(drawn.layers, key=lambda layer: layer.label)]
    at = rows.tolist()
    most = min(limits.characters, MAX_TEXT)
    texts = [_wording.visible(_text_of(part, i), most) for i in at]
    return {
        "k": len(names),
        "wide": len(names) > 256,
        "points": _frames.coordinates(drawn.points),
        "labels": _frames.labels_in_bytes(labels[rows], len(names)),
        "texts": texts,
        "names": names,
        "noun": limits.name(part.noun),
    }


def _text_of(part: PointMap, row: int) -> str:
    """What a member is called: by its text, or by its number from 1."""
    return f"{part.noun} {_wording.count(row + 1)}" if part.texts is None else part.texts[row]


def _checked(
    part: PointMap, limits: Limits
) -> tuple[NDArray[np.float64], NDArray[np.int64], list[str]]:
    """Points, labels from 0 with none as the last, and names; DataError where they do not fit each other."""
    points = np.asarray(part.points, dtype=np.float64)
    labels = np.asarray(part.labels)
    if points.ndim != 2 or points.shape[1] != 2 or not len(points):
        raise DataError(f"points must have shape (n, 2) with n >= 1; got {points.shape}.")
    if not np.isfinite(points).all():
        raise DataError("points must be finite; got NaN or infinity. Leave such points out.")
    if labels.shape != points.shape[:1] or labels.dtype.kind not in "iu":
        raise DataError(
            f"labels must be one integer for each of the {len(points)} points; got shape {labels.shape} of "
            f"{labels.dtype}."
        )
    low, high, k = int(labels.min()), int(labels.max()), len(part.names)
    if low < -1 or high >= k:
        raise DataError(
            f"labels must lie between -1 and {k - 1}, the last of the {k} names; got {low} ... {high}."
        )
    if part.texts is not None and len(part.texts) != len(points):
        raise DataError(
            f"texts must have one entry for each of the {len(points)} points; got {len(part.texts)}."
        )
    centers = part.centers
    if centers is not None and (np.shape(centers) != (k, 2) or not np.isfinite(centers).all()):
        raise DataError(
            f"centers must be finite and of shape ({k}, 2), a row for each name; got shape {np.shape(centers)}."
        )
    names = [limits.name(name) for name in part.names]
    if low == -1:
        names.append("no group")
    return points, np.where(labels < 0, k, labels).astype(np.int64), names
