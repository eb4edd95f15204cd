"""The drawings and words of a posterior's report: bars, traces, the matrix of who is with whom, the ball."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..explain.posterior import likely_range
from . import _plane, _wording
from ._charts import BOX, Tick
from ._marks import colour_of
from ._sampling import Index
from ._scales import Scale, round_ticks, whole_ticks
from ._shaded import shaded

if TYPE_CHECKING:
    from .posterior import ChainRecord, CredibleReach, PosteriorReport, Verdict

DOUBTFUL = 0.75
LEAST = 0.0005  # shares below it would be drawn as nothing
MATRIX = 600.0  # units along a side
MOST_POINTS = 500  # along a trace
BOUNDS = {
    "upper": "The coarsest in it",
    "lower": "The finest in it",
    "horizontal": "The farthest in it",
}
STATISTICS = {
    "n_clusters": "number of clusters",
    "largest": "largest cluster",
    "entropy": "entropy of the sizes",
    "distance": "distance to a reference partition",
    "log_posterior": "log posterior",
}


@dataclass(frozen=True)
class Counts:
    """The posterior of the number of clusters as bars."""

    bars: tuple[tuple[float, float, float, float], ...]
    hollow: tuple[tuple[float, float, float, float], ...]
    dots: tuple[tuple[float, float], ...]
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    estimate: float
    words: str
    rows: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class Strip:
    """One cluster beside the matrix: where its rows are."""

    label: int
    colour: int
    start: float
    size: float


@dataclass(frozen=True)
class Matrix:
    """Who is with whom, as a picture with frames."""

    picture: str
    strips: tuple[Strip, ...]
    n_points: int
    per_cell: int


@dataclass(frozen=True)
class Trace:
    """One statistic over the steps: a line for each chain."""

    name: str
    lines: tuple[str, ...]
    y_ticks: tuple[Tick, ...]


@dataclass(frozen=True)
class Traces:
    """The chains' courses."""

    panels: tuple[Trace, ...]
    x_ticks: tuple[Tick, ...]
    first_draw: float
    unit: str
    n_chains: int


def headline(content: PosteriorReport) -> tuple[str, str]:
    """What was found, as the two halves of one sentence around the name of the source."""
    clusters = _wording.number_word(content.k) + (" cluster" if content.k == 1 else " clusters")
    low, high = likely_range(np.asarray(content.counts).mean(axis=0))
    tail = f"form {clusters}"
    if low == high == content.k:
        tail += ", and hardly any other number is possible"
    else:
        tail += f"; {_between(low, high)} are likely"
    return f"The {_wording.plural(content.n_rows, content.noun)} of", tail + "."


def _between(low: int, high: int) -> str:
    """A range of numbers in words."""
    return (
        _wording.count(low) if low == high else f"{_wording.count(low)} to {_wording.count(high)}"
    )


def lede(content: PosteriorReport) -> str:
    """How much of it is sure."""
    doubtful = int(np.count_nonzero(content.certainty < DOUBTFUL))
    mean = _wording.percent(float(content.certainty.mean()))
    if doubtful == 0:
        tail = f"no {content.noun} is in doubt."
    else:
        verb = "is" if doubtful == 1 else "are"
        tail = f"{_wording.plural(doubtful, content.noun)} {verb} in doubt."
    return f"These clusters stand best for all partitions that the data allow. Mean certainty {mean}; {tail}"


def draw_sure_map(content: PosteriorReport, rows: Index) -> _plane.Map:
    """The map with a ring round each doubtful point."""
    drawn = _plane.draw_map(content, rows)
    doubtful = drawn.points[content.certainty[rows] < DOUBTFUL]
    radius = 7.5 if len(rows) <= 1500 else 5.0
    rings = "".join(
        f"M{x - radius:.1f} {y:.1f}a{radius} {radius} 0 1 0 {2 * radius} 0a{radius} {radius} 0 1 0 {-2 * radius} 0"
        for x, y in doubtful.tolist()
    )
    return replace(drawn, rings=rings)


def certainty_words(content: PosteriorReport) -> tuple[str, ...]:
    """The mean certainty of each cluster."""
    labels = content.plane.labels.astype(np.int64)
    sums = np.bincount(labels, weights=content.certainty, minlength=content.k)
    sizes = np.maximum(np.bincount(labels, minlength=content.k), 1)
    return tuple(_wording.percent(min(share, 1.0)) for share in (sums / sizes).tolist())


def draw_counts(content: PosteriorReport) -> Counts:
    """Bars of P(k), dots of the single chains, hollow bars of P(K)."""
    whole = np.asarray(content.counts).mean(axis=0)
    hidden = dict(content.components or {})
    shown = np.flatnonzero(whole >= LEAST)
    k_hidden = [k for k, share in sorted(hidden.items()) if share >= LEAST]
    low = min([*shown.tolist(), *k_hidden, content.k])
    high = max([*shown.tolist(), *k_hidden, content.k])
    top = max([float(content.counts.max()), *(hidden[k] for k in k_hidden)])
    y_ticks = round_ticks(0.0, top)
    to_x = Scale(low - 0.6, high + 0.6, BOX.left, BOX.right)
    to_y = Scale(0.0, max(y_ticks[-1], top), BOX.bottom, BOX.top)
    width = min(0.7 * (to_x(low + 1) - to_x(low)), 60.0) if high > low else 60.0
    part = width / 2 if hidden else width
    bars = tuple(_bar(to_x(k) - width / 2, part, to_y, float(whole[k])) for k in shown.tolist())
    hollow = tuple(_bar(to_x(k) + 1, part - 1, to_y, hidden[k]) for k in k_hidden)
    first, last = likely_range(whole)
    return Counts(
        bars=bars,
        hollow=hollow,
        dots=_dots(content.counts, shown, bars, to_y),
        x_ticks=tuple(Tick(to_x(k), _wording.count(k)) for k in whole_ticks(low, high, 12)),
        y_ticks=tuple(Tick(to_y(t), _wording.percent(t)) for t in y_ticks),
        estimate=to_x(content.k),
        words=f"{_between(first, last)} hold {_wording.percent(float(whole[first : last + 1].sum()))}",
        rows=tuple(
            (
                _wording.count(k),
                _wording.percent(float(whole[k])) if k < len(whole) else "0 %",
                _wording.percent(hidden[k]) if k in hidden else "",
            )
            for k in range(low, high + 1)
        ),
    )


def _bar(x: float, width: float, to_y: Scale, share: float) -> tuple[float, float, float, float]:
    """One bar: x, y, width, height."""
    top = to_y(share)
    return round(x, 1), top, round(width, 1), round(BOX.bottom - top, 1)


def _dots(
    counts: NDArray[np.floating],
    shown: NDArray[np.intp],
    bars: Sequence[tuple[float, float, float, float]],
    to_y: Scale,
) -> tuple[tuple[float, float], ...]:
    """The share of each chain in front of the bar, the chains side by side; none for one chain."""
    n_chains = len(counts)
    if n_chains < 2:
        return ()
    return tuple(
        (round(bar[0] + bar[2] * (chain + 1) / (n_chains + 1), 1), to_y(float(counts[chain, k])))
        for k, bar in zip(shown.tolist(), bars, strict=True)
        for chain in range(n_chains)
    )


def draw_matrix(content: PosteriorReport, n_cells: int) -> Matrix:
    """The shares as a picture, each cluster of the estimate framed."""
    similar = content.similar
    shares, edges = _coarser(similar.shares, similar.edges, n_cells)
    alone = np.flatnonzero(np.diff(edges) == 1)
    shares[alone, alone] = 1.0
    m = len(similar.points)
    along = content.plane.labels[similar.points]
    starts = np.concatenate(([0], np.flatnonzero(along[1:] != along[:-1]) + 1, [m]))
    unit = MATRIX / m
    strips = tuple(
        Strip(int(along[a]), colour_of(int(along[a])), round(unit * a, 1), round(unit * (b - a), 1))
        for a, b in zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True)
    )
    return Matrix(shaded(shares), strips, m, int(np.diff(edges).max()))


def _coarser(
    shares: NDArray[np.float64], edges: NDArray[np.int64], n_cells: int
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """The same with fewer cells, where there are too many: means over neighbours, weighted by their points."""
    if len(shares) <= n_cells:
        return shares.copy(), edges
    step = -(-len(shares) // n_cells)
    cuts = np.arange(0, len(shares), step)
    sizes = np.diff(edges).astype(np.float64)
    weights = np.outer(sizes, sizes)
    np.fill_diagonal(weights, sizes * (sizes - 1))
    sums = np.add.reduceat(np.add.reduceat(shares * weights, cuts, axis=0), cuts, axis=1)
    whole = np.add.reduceat(np.add.reduceat(weights, cuts, axis=0), cuts, axis=1)
    return sums / np.maximum(whole, 1.0), np.append(edges[cuts], edges[-1])


def draw_traces(record: ChainRecord) -> Traces:
    """Log posterior and number of clusters over the steps."""
    n_chains, n_steps = record.log_posterior.shape
    to_x = Scale(1, max(n_steps, 2), BOX.left, BOX.right)
    panels = (
        _trace("log posterior", record.log_posterior, record.n_before, to_x),
        _trace("clusters", record.n_clusters + _apart(n_chains), record.n_before, to_x),
    )
    return Traces(
        panels=panels,
        x_ticks=tuple(
            Tick(to_x(t), _wording.count(t)) for t in whole_ticks(0, n_steps, 5) if t > 0
        ),
        first_draw=to_x(record.n_before + 0.5) if record.n_before else BOX.left,
        unit=record.unit,
        n_chains=n_chains,
    )


def _apart(n_chains: int) -> NDArray[np.float64]:
    """Offsets (n_chains, 1) that keep lines apart where chains have the same number of clusters."""
    return np.linspace(-0.04, 0.04, n_chains)[:, None] * (n_chains - 1)


def _trace(name: str, values: NDArray[np.floating], n_before: int, to_x: Scale) -> Trace:
    """Lines between the least and the greatest value of the draws, with room for what came before."""
    kept = values[:, n_before:] if n_before < values.shape[1] else values
    low, high = float(kept.min()), float(kept.max())
    room = max(high - low, 1.0 if name == "clusters" else 1e-9 * max(abs(high), 1.0))
    low, high = max(float(values.min()), low - room), min(float(values.max()), high + room)
    ticks = round_ticks(low, max(high, low + room), 3)
    if name == "clusters":
        ticks = [tick for tick in ticks if tick == round(tick)]
    to_y = Scale(min(low, ticks[0]), max(high, ticks[-1]), BOX.bottom, BOX.top)
    step = -(-values.shape[1] // MOST_POINTS)
    steps = range(0, int(values.shape[1]), step)
    lines: list[str] = []
    for chain in np.clip(values[:, ::step], to_y.low, to_y.high).tolist():
        points = (f"{to_x(t + 1):g} {to_y(v):g}" for t, v in zip(steps, chain, strict=True))
        lines.append("M" + "L".join(points))
    return Trace(name, tuple(lines), tuple(Tick(to_y(t), _wording.short(t)) for t in ticks))


def statistic_rows(verdict: Verdict) -> tuple[tuple[str, str, str, bool, bool], ...]:
    """Name, R-hat and effective draws of each statistic, and whether each is as it should be."""
    return tuple(
        (
            _wording.visible(STATISTICS.get(name, name), 80),
            _judged(r_hat, f"{r_hat:.3f}"),
            _judged(ess, _wording.number(ess, 3)),
            r_hat <= 1.01,
            ess >= verdict.enough,
        )
        for name, r_hat, ess in verdict.statistics
    )


def _judged(value: float, text: str) -> str:
    """A diagnostic, also where it is infinite or there were too few draws for it."""
    return "–" if value != value else "∞" if value == float("inf") else text


def reach_words(reach: CredibleReach, noun: str) -> dict[str, object]:
    """The credible ball in words."""
    bounds = [
        {
            "name": BOUNDS.get(bound.kind, bound.kind),
            "clusters": _wording.plural(bound.n_clusters, "cluster"),
            "distance": _wording.number(bound.distance, 3),
            "words": _sentence(bound.words),
            "more": bound.n_partitions - 1,
        }
        for bound in reach.bounds
    ]
    return {
        "level": _wording.percent(reach.level),
        "radius": _wording.number(reach.radius, 3),
        "expected": _wording.number(reach.expected, 3),
        "unit": _wording.visible(reach.unit, 80),
        "noun": noun,
        "bounds": bounds,
    }


def _sentence(words: str) -> str:
    """Words as a sentence, safe to show."""
    text = _wording.visible(words)
    return f"{text[:1].upper()}{text[1:]}."
