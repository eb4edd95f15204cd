"""How many groups: the curve of every rule with its error bars, what each votes for, and what was chosen."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..._errors import DataError
from .. import _wording
from .._charts import BOX, Tick
from .._scales import Scale, round_ticks, whole_ticks
from .sizing import Drawn, Limits

MAX_CURVES = 14


@dataclass(frozen=True, kw_only=True)
class KCurve:
    """What one rule found for each number of groups.

    Attributes
    ----------
    name : str
        The rule, or what its curve measures.
    k : sequence of int
        Numbers of groups, ascending.
    values : sequence of float
        The measure for each; NaN where it is not defined, which is left out.
    errors : sequence of float or None
        Its standard error for each, drawn as bars; NaN where there is none.
    chosen : int or None
        The number that the rule votes for.
    """

    name: str
    k: Sequence[int]
    values: Sequence[float]
    errors: Sequence[float] | None = None
    chosen: int | None = None


@dataclass(frozen=True, kw_only=True)
class KVote:
    """What one rule says.

    Attributes
    ----------
    rule : str
        Its name.
    k : int or None
        Its vote; None where it has no answer.
    why : str
        Why, in words.
    """

    rule: str
    k: int | None
    why: str = ""


@dataclass(frozen=True, kw_only=True)
class KPart:
    """The choice of the number of groups.

    Attributes
    ----------
    curves : sequence of KCurve
        One for each rule that has one.
    votes : sequence of KVote
        One for each rule.
    chosen : int or None
        What they come to; None where no number stands out.
    reason : str
        Why: one sentence.
    used : int or None
        How many groups the page shows, where that may be another number.
    agreement : float or None
        The share of the rules that voted for what was chosen.
    seconds : sequence of (int, float)
        What each number of groups took to fit, in seconds. It makes the page differ from run to run; leave it out of
        files that are compared.
    title : str
        What the section is called.
    """

    curves: Sequence[KCurve]
    votes: Sequence[KVote] = ()
    chosen: int | None = None
    reason: str = ""
    used: int | None = None
    agreement: float | None = None
    seconds: Sequence[tuple[int, float]] = ()
    title: str = "How many groups?"


@dataclass(frozen=True)
class Panel:
    """One curve as it is drawn."""

    name: str
    line: str
    dots: tuple[tuple[float, float], ...]
    bars: tuple[tuple[float, float, float], ...]
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    mark: tuple[float, float, str] | None
    used: tuple[float, float, str] | None
    said: str
    numbers: tuple[tuple[str, str, str], ...]


def draw_choice(part: KPart, limits: Limits) -> Drawn:
    """A panel for each curve, and the votes as a table."""
    panels = [_panel(curve, part.used, limits) for curve in part.curves[:MAX_CURVES]]
    counted: dict[int | None, int] = {}
    for vote in part.votes:
        counted[vote.k] = counted.get(vote.k, 0) + 1
    return Drawn(
        "choice",
        limits.name(part.title),
        {
            "panels": panels,
            "reason": limits.shown(part.reason),
            "agreement": "" if part.agreement is None else _wording.percent(part.agreement),
            "chosen": "" if part.chosen is None else _wording.count(part.chosen),
            "votes": [
                (
                    limits.name(vote.rule),
                    "no answer" if vote.k is None else _wording.count(vote.k),
                    limits.shown(vote.why),
                )
                for vote in part.votes[: limits.listed]
            ],
            "tally": _tally(counted, part.chosen),
            "seconds": [
                (_wording.count(k), f"{took:.2g} s") for k, took in part.seconds[: limits.listed]
            ],
            "box": BOX,
        },
    )


def _tally(
    counted: Mapping[int | None, int], chosen: int | None
) -> list[tuple[str, int, float, bool]]:
    """How many rules voted for each number: its name, votes, percent of the most, and whether it was chosen."""
    most = max(counted.values(), default=1)
    numbers = sorted(k for k in counted if k is not None)
    return [
        (_wording.count(k), counted[k], round(100 * counted[k] / most, 1), k == chosen)
        for k in numbers
    ] + (
        [("no answer", counted[None], round(100 * counted[None] / most, 1), False)]
        if None in counted
        else []
    )


def _panel(curve: KCurve, used: int | None, limits: Limits) -> Panel:
    """Points where the measure is defined, the line through them, and a bar of one standard error each way."""
    known = _known(curve)
    name = limits.name(curve.name)
    if not known:
        return Panel(name, "", (), (), (), (), None, None, f"{name}: no value is defined", ())
    ticks = round_ticks(min(v - e for _, v, e in known), max(v + e for _, v, e in known))
    to_x = Scale(min(curve.k), max(curve.k), BOX.left + 14, BOX.right - 14)
    to_y = Scale(ticks[0], ticks[-1], BOX.bottom, BOX.top)
    dots = {k: (to_x(k), to_y(value)) for k, value, _ in known}
    mark = (*dots[curve.chosen], f"k = {curve.chosen}") if curve.chosen in dots else None
    is_other = used in dots and used != curve.chosen
    return Panel(
        name=name,
        line="M" + "L".join(f"{x} {y}" for x, y in dots.values()),
        dots=tuple(dots.values()),
        bars=tuple((to_x(k), to_y(v - error), to_y(v + error)) for k, v, error in known if error),
        x_ticks=tuple(
            Tick(to_x(t), _wording.count(t)) for t in whole_ticks(min(curve.k), max(curve.k))
        ),
        y_ticks=tuple(Tick(to_y(t), _wording.short(t)) for t in ticks),
        mark=mark,
        used=(*dots[used], f"this page: k = {used}") if is_other and used is not None else None,
        said=f"{name} for each number of groups" + (f", chosen {curve.chosen}" if mark else ""),
        numbers=tuple(
            (_wording.count(k), _wording.number(v, 6), _wording.number(error, 3) if error else "")
            for k, v, error in known
        ),
    )


def _known(curve: KCurve) -> list[tuple[int, float, float]]:
    """Each k whose value is defined, with the value and its error, 0 where there is none."""
    errors = [math.nan] * len(curve.k) if curve.errors is None else curve.errors
    if not len(curve.k) == len(curve.values) == len(errors):
        given = "" if curve.errors is None else f" and {len(errors)} errors"
        raise DataError(
            f"A curve needs a value (and an error, if any) for each k; {curve.name!r} has {len(curve.k)} k, "
            f"{len(curve.values)} values{given}. Pass NaN where a value is not defined."
        )
    return [
        (int(k), float(value), float(error) if math.isfinite(error) else 0.0)
        for k, value, error in zip(curve.k, curve.values, errors, strict=True)
        if math.isfinite(value)
    ]
