"""The page: content in, one HTML file out that needs nothing else and stays under 1 MB."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from markupsafe import Markup

from .._errors import DataError
from . import _charts, _frames, _plane, _wording
from ._checks import check_content
from ._embedding import breakable, embed_json, policy
from ._sampling import Index, sample_rows
from ._sections import Sections, draw_cluster_cards, draw_sections
from ._templates import environment, source
from .content import ReportContent
from .parts import ReproducePart
from .parts.sizing import Limits

MAX_BYTES = 1_000_000
MAX_SOURCE = 120  # characters, for it stands in the headline


@dataclass(frozen=True)
class _Limits:
    """How much a page shows: marks, bytes of replay, characters of a text, entries of a list."""

    n_points: int
    replay_bytes: int
    characters: int
    listed: int
    cell: int = 2

    @property
    def of_parts(self) -> Limits:
        """The same for the parts that all pages have."""
        return Limits(self.n_points, self.cell, self.characters, self.listed)


# Tried in turn until the page fits. The first is nearly always it; the others meet thousands of clusters and texts
# that are megabytes long.
_LADDER = (
    _Limits(n_points=5000, replay_bytes=300_000, characters=600, listed=200),
    _Limits(n_points=2500, replay_bytes=150_000, characters=300, listed=100),
    _Limits(n_points=1000, replay_bytes=60_000, characters=120, listed=40, cell=3),
    _Limits(n_points=200, replay_bytes=20_000, characters=40, listed=20, cell=5),
)


def cluster_report(content: ReportContent) -> str:
    """Make the report of a k-means run: one self-contained HTML page.

    Parameters
    ----------
    content : ReportContent
        What was done and found, in plain numbers and strings.

    Returns
    -------
    str
        The page: under 1,000,000 bytes in UTF-8; it fetches nothing and runs one script, named by its hash in the
        page's own content-security policy. The same content gives the same page.

    Raises
    ------
    DataError
        Where the content contradicts itself: shapes that do not agree, sums that do not add up, NaN.

    Notes
    -----
    Of more than 5,000 rows the map draws a sample, each cluster about in proportion to its size; of many steps the
    replay shows at most 80, and no more than 300 kB hold, dense early. The page says so. Both choices depend on the
    content alone.
    All strings are escaped; characters that cannot be shown have a stand-in that can, and texts of more than
    600 characters lose their middle.

    Examples
    --------
    >>> import numpy as np
    >>> from ganglion.explain import describe_clusters
    >>> from ganglion.report import PlaneMap, ReportContent, cluster_report
    >>> X = np.array([[0.0, 1.0], [0.0, 3.0], [8.0, 1.0], [8.0, 3.0]])
    >>> labels = np.array([0, 0, 1, 1])
    >>> content = ReportContent(
    ...     title="Four points", source="four.csv", version="0.1.0", seed=None,
    ...     wss=4.0, bss=64.0, tss=68.0, n_iter=2, stopped_by="labels",
    ...     cards=describe_clusters(X, labels, names=["mass", "age"]),
    ...     plane=PlaneMap(
    ...         points=X - X.mean(axis=0), labels=labels, centers=np.array([[-4.0, 0.0], [4.0, 0.0]]),
    ...         explained=(64 / 68, 4 / 68), loadings=np.eye(2), features=["mass", "age"],
    ...     ),
    ... )
    >>> page = cluster_report(content)
    >>> page.startswith("<!doctype html>"), len(page.encode()) < 1_000_000
    (True, True)
    """
    check_content(content)
    size = 0
    for limits in _LADDER:
        page = _render(content, limits)
        size = len(page.encode("utf-8"))
        if size < MAX_BYTES:
            return page
    raise DataError(
        f"A report must stay under {MAX_BYTES:,} bytes; this one needs {size:,}. "
        "Shorten the sentences and names in its content."
    )


def _render(content: ReportContent, limits: _Limits) -> str:
    """Fill the template."""
    rows = sample_rows(content.plane.labels, limits.n_points)
    drawn = _plane.draw_map(content, rows, limits.cell)
    data = _frames.map_data(content, drawn, rows)
    replayed, replay = _replay(content, drawn, rows=rows, budget=limits.replay_bytes)
    cards = _charts.draw_cards(content, limits.characters)
    elbow = content.elbow and _charts.draw_elbow(content.elbow, k_used=content.k)
    script = source("map.js") + source("player.js") + source("report.js")
    style = source("report.css") + source("parts.css")
    template = environment().get_template("page.html")
    return template.render(
        _words(content, limits),
        **_sections(content, limits, has_replay=replay is not None),
        map=drawn,
        n_shown=len(rows),
        cards=cards,
        cards_part=draw_cluster_cards(content.cards, "row", _row_name(content), limits.of_parts),
        described={card.label for card in cards},
        elbow=elbow,
        **replayed,
        box=_charts.BOX,
        breakable=breakable,
        count=_wording.count,
        data=embed_json({**data, "replay": replay}),
        policy=policy(script=script, style=style),
        script=Markup(script),
        style=Markup(style),
    )


def _replay(
    content: ReportContent, drawn: _plane.Map, *, rows: Index, budget: int
) -> tuple[Mapping[str, object], _frames.Json | None]:
    """What the template shows of the replay, and the data that its script plays."""
    replay = content.replay
    if replay is None:
        return {"descent": None, "steps": (), "n_steps": 0}, None
    descent = _charts.draw_descent(replay)
    steps = _frames.steps_shown(replay, n_shown=len(rows), k=content.k, budget=budget)
    data = _frames.replay_data(
        content, replay, rows=rows, steps=steps, frame=drawn.frame, curve=descent
    )
    shown = _frames.describe_steps(replay, steps)
    return {"descent": descent, "steps": shown, "n_steps": replay.wss.shape[0]}, data


def _sections(content: ReportContent, limits: _Limits, *, has_replay: bool) -> Mapping[str, object]:
    """The sections that all pages of clusters have, and the list of all."""
    made = ReproducePart(
        seed=content.seed,
        parameters=[("clusters (k)", _wording.count(content.k)), *content.parameters],
        done=content.done,
        columns_used=content.columns_used,
        columns_left_out=content.columns_left_out,
    )
    own = [
        ("glance", "At a glance"),
        ("the-map", "The map"),
        ("clusters", "What sets each cluster apart"),
        ("rules", ""),
        ("choice", "" if content.elbow is None else "How many clusters?"),
        ("steps", "How the clusters came about" if has_replay else ""),
    ]
    return draw_sections(content.sections or Sections(), made, limits.of_parts, own)


def _row_name(content: ReportContent) -> Callable[[int], str]:
    """What to call a row: by its identifier, or by its number from 1."""
    names = content.plane.rows
    return lambda row: f"row {_wording.count(row + 1) if names is None else names[row]}"


def _words(content: ReportContent, limits: _Limits) -> Mapping[str, object]:
    """Strings and sums of the content, made safe to show."""

    def shown(text: str) -> str:
        return _wording.visible(text, limits.characters)

    spread = content.tss or 1.0
    between = content.bss if content.k > 1 else 0.0  # of one cluster what is left is rounding
    return {
        "title": shown(content.title),
        "source": _wording.visible(content.source, min(limits.characters, MAX_SOURCE)),
        "version": shown(content.version),
        "headline": _wording.headline(content),
        "n_rows": content.n_rows,
        "k": content.k,
        "sums": tuple(_wording.number(s, 6) for s in (between, content.wss, content.tss)),
        "shares": tuple(_wording.percent(s / spread) for s in (between, content.wss)),
        "between": round(100 * between / spread, 2),
        "ended": shown(_wording.how_it_ended(content)),
        "unsettled": content.stopped_by == "max_iter",
    }
