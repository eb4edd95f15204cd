"""Content that contradicts itself is refused, in words that say how."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ganglion._errors import DataError
from ganglion.report import cluster_report


def plane(content, **changes):
    return replace(content, plane=replace(content.plane, **changes))


def replay(content, **changes):
    return replace(content, replay=replace(content.replay, **changes))


def elbow(content, **changes):
    return replace(content, elbow=replace(content.elbow, **changes))


WRONG = {
    "no cards": (lambda c: replace(c, cards=()), "at least one cluster; got no cards"),
    "sums": (lambda c: replace(c, tss=c.tss * 1.01), r"needs wss \+ bss == tss"),
    "negative": (lambda c: replace(c, wss=-c.wss, bss=c.tss + c.wss), "none negative"),
    "nan sum": (lambda c: replace(c, wss=np.nan), "wss, bss and tss must be finite"),
    "points": (
        lambda c: plane(c, points=c.plane.points[1:]),
        r"plane.points must have shape \(60, 2\)",
    ),
    "centres": (
        lambda c: plane(c, centers=c.plane.centers[1:]),
        r"plane.centers must have shape \(3, 2\)",
    ),
    "loadings": (lambda c: plane(c, features=["x"]), r"plane.loadings must have shape \(2, 1\)"),
    "rows": (lambda c: plane(c, rows=["a"]), r"plane.rows must have shape \(60,\); got \(1,\)"),
    "nan point": (
        lambda c: plane(c, points=c.plane.points * np.nan),
        "plane.points must be finite",
    ),
    "label": (
        lambda c: plane(c, labels=c.plane.labels + 1),
        r"plane.labels must lie in 0..2; got 1..3",
    ),
    "float label": (
        lambda c: plane(c, labels=c.plane.labels * 1.0),
        "must be whole numbers; got float64",
    ),
    "card order": (
        lambda c: replace(c, cards=c.cards[::-1]),
        "Card 0 must describe the 20 rows with label 0",
    ),
    "elbow": (lambda c: elbow(c, wss=[1.0]), r"elbow.wss must have shape \(5,\)"),
    "knee": (lambda c: elbow(c, chosen=9), "elbow.chosen must be one of the k tried; got 9"),
    "no steps": (lambda c: replay(c, wss=np.empty(0)), "at least one step; got none"),
    "steps": (lambda c: replay(c, shift=np.ones(99)), "replay.shift must have shape"),
    "step label": (
        lambda c: replay(c, labels=c.replay.labels + 3),
        "replay.labels must lie in 0..2",
    ),
}


@pytest.mark.parametrize("case", sorted(WRONG))
def test_content_that_contradicts_itself_is_refused(content, case):
    change, message = WRONG[case]
    with pytest.raises(DataError, match=message):
        cluster_report(change(content))


def test_no_rows_at_all_are_refused(content):
    empty = plane(content, labels=np.empty(0, int), points=np.empty((0, 2)))
    with pytest.raises(DataError, match=r"plane\.labels must hold at least one label"):
        cluster_report(empty)
