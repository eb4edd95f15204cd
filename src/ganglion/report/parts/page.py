"""The page: an answer and its parts in, one HTML file out that needs nothing else and stays under 1.5 MB."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version as version_of
from typing import Any, TypeAlias

from markupsafe import Markup

from ..._errors import DataError, ParameterError
from .. import _wording
from .._embedding import breakable, embed_json, policy
from .._templates import environment, source
from ._answers import (
    Answer,
    ProblemsPart,
    ReproducePart,
    TextPart,
    draw_answer,
    draw_problems,
    draw_reproduce,
    draw_text,
)
from ._cards import CardPart, draw_cards
from ._choices import KPart, draw_choice
from ._pictures import (
    ComparePart,
    GalleryPart,
    PalettePart,
    PicturePart,
    draw_compare,
    draw_gallery,
    draw_palette,
    draw_picture,
)
from ._points import PointMap, draw_points
from ._rules import RulesPart, draw_rules
from ._tables import TablePart, draw_table
from .sizing import Drawn, Limits

MAX_BYTES = 1_500_000

Part: TypeAlias = (
    PointMap
    | CardPart
    | RulesPart
    | KPart
    | TablePart
    | PicturePart
    | ComparePart
    | GalleryPart
    | PalettePart
    | TextPart
    | ProblemsPart
    | ReproducePart
)

_DRAW: Mapping[type, Callable[[Any, Limits], Drawn]] = {
    PointMap: draw_points,
    CardPart: draw_cards,
    RulesPart: draw_rules,
    KPart: draw_choice,
    TablePart: draw_table,
    PicturePart: draw_picture,
    ComparePart: draw_compare,
    GalleryPart: draw_gallery,
    PalettePart: draw_palette,
    TextPart: draw_text,
    ProblemsPart: draw_problems,
    ReproducePart: draw_reproduce,
}

# Tried in turn until the page fits: nearly always the first.
_LADDER = (
    Limits(n_points=5000, cell=2, characters=600, listed=200),
    Limits(n_points=3000, cell=3, characters=300, listed=100),
    Limits(n_points=1000, cell=4, characters=120, listed=40),
    Limits(n_points=200, cell=6, characters=40, listed=20),
)


@dataclass(frozen=True)
class _Head:
    """What stands above the parts."""

    title: str
    kicker: str
    version: str
    answer: Answer


def page(
    title: str,
    parts: Sequence[Answer | Part],
    *,
    kicker: str = "",
    version: str | None = None,
) -> str:
    """Make a page of an answer and parts: one self-contained HTML file.

    Parameters
    ----------
    title : str
        Title of the window.
    parts : sequence of parts
        One `Answer`, first, and what stands below it, in this order.
    kicker : str
        A short line above the headline: whose page this is. The title by default.
    version : str, optional
        Version of ganglion that is named; the installed one by default.

    Returns
    -------
    str
        The page: under 1,500,000 bytes in UTF-8; it fetches nothing and runs one script, named by its hash in the
        page's own content-security policy. The same parts give the same page.

    Raises
    ------
    ParameterError
        The parts do not begin with an `Answer`, hold another one, or something that is no part.
    DataError
        A part contradicts itself, or the page cannot be kept under its size, which pictures can cause.

    Notes
    -----
    All strings are escaped; characters that cannot be shown have a stand-in that can. What does not fit is shown in
    smaller numbers and shorter texts, tried in four steps, and the page says how many there are.

    Examples
    --------
    >>> import numpy as np
    >>> from ganglion.report.parts import Answer, Card, CardPart, PointMap, page
    >>> text = page("Two shops", [
    ...     Answer(sentences=["Two groups of customers", "They differ in how much they spend."]),
    ...     PointMap(points=np.array([[0.0, 0.0], [1.0, 1.0]]), labels=np.array([0, 1]), names=["small", "large"]),
    ...     CardPart(cards=[Card(label=0, name="small", size=1), Card(label=1, name="large", size=1)]),
    ... ])
    >>> text.startswith("<!doctype html>"), "Two groups of customers" in text
    (True, True)
    """
    answer, sections = _sorted_out(parts)
    named = version_of("ganglion") if version is None else version
    head = _Head(title, kicker or title, named, answer)
    size = 0
    for limits in _LADDER:
        text = _render(head, sections, limits)
        size = len(text.encode("utf-8"))
        if size < MAX_BYTES:
            return text
    raise DataError(
        f"A page must stay under {MAX_BYTES:,} bytes; this one needs {size:,}. Make its pictures smaller (JPEG, fewer "
        "pixels) or leave some out."
    )


def draw_part(part: Part, limits: Limits, at: str) -> Drawn:
    """Draw one part as a section.

    Parameters
    ----------
    part : a part
        Any but the `Answer`.
    limits : Limits
        How much is shown.
    at : str
        The section's id.

    Returns
    -------
    Drawn
        What its template asks for.
    """
    found = _DRAW[type(part)](part, limits)
    return replace(found, id=at, template=f"part_{found.kind}.html")


def _sorted_out(parts: Sequence[Answer | Part]) -> tuple[Answer, list[Part]]:
    """The answer and what stands below it."""
    if not parts or not isinstance(parts[0], Answer):
        found = type(parts[0]).__name__ if parts else "nothing"
        raise ParameterError(
            f"parts must begin with an Answer; got {found}. Say first what was found."
        )
    sections: list[Part] = []
    for part in parts[1:]:
        if isinstance(part, Answer):
            raise ParameterError(
                "parts must hold one Answer, the first; got two. Join their sentences."
            )
        if type(part) not in _DRAW:
            raise ParameterError(
                f"parts must be of {', '.join(sorted(known.__name__ for known in _DRAW))}; got {type(part).__name__}."
            )
        sections.append(part)
    return parts[0], sections


def _render(head: _Head, sections: Sequence[Part], limits: Limits) -> str:
    """Fill the template."""
    drawn: list[Drawn] = []
    counted: dict[str, int] = {}
    for part in sections:
        found = draw_part(part, limits, "")
        nth = counted[found.kind] = counted.get(found.kind, 0) + 1
        drawn.append(replace(found, id=found.kind if nth == 1 else f"{found.kind}-{nth}"))
    script = source("map.js") + source("parts.js")
    style = source("report.css") + source("parts.css")
    return (
        environment()
        .get_template("parts.html")
        .render(
            draw_answer(head.answer, limits),
            title=_wording.visible(head.title, min(limits.characters, 200)),
            kicker=_wording.visible(head.kicker, min(limits.characters, 200)),
            version=limits.name(head.version),
            parts=drawn,
            breakable=breakable,
            count=_wording.count,
            plural=_wording.plural,
            data=embed_json({part.id: part.data for part in drawn if part.data is not None}),
            policy=policy(script=script, style=style),
            script=Markup(script),
            style=Markup(style),
        )
    )
