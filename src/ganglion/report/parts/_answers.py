"""What is said in words: the answer, plain text, the data's own problems, how to do it again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..._errors import DataError
from .. import _wording
from .._wording import visible
from .sizing import Drawn, Limits

MAX_HEADLINE = 300


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What was found, in sentences: the first thing that is read, and for many the only one.

    Attributes
    ----------
    sentences : sequence of str
        The first is the headline: how many groups, of what. The others say how sure that is and what they are.
    facts : sequence of (str, str)
        Few numbers to see at a glance, each a name and a value: ("groups", "5"), ("customers", "23,570").
    doubts : sequence of str
        What speaks against relying on it, a sentence each; set apart from the rest.
    """

    sentences: Sequence[str]
    facts: Sequence[tuple[str, str]] = ()
    doubts: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class TextPart:
    """Plain sentences under a title.

    Attributes
    ----------
    title : str
        What the section is called.
    sentences : sequence of str
        A paragraph each.
    rows : sequence of (str, str)
        Names and values below them.
    """

    title: str
    sentences: Sequence[str] = ()
    rows: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One thing about the data that a reader should know before relying on the answer.

    Attributes
    ----------
    name : str
        What it is: "missing cells", "constant columns".
    sentence : str
        How much of it there is, and what was done about it.
    items : sequence of (str, str)
        Where: a column or a row, and how much there. May be empty.
    """

    name: str
    sentence: str
    items: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, kw_only=True)
class ProblemsPart:
    """The data's own problems.

    Attributes
    ----------
    problems : sequence of Problem
        What was found, the gravest first; where there is none, the page says what was looked for.
    looked_for : sequence of str
        What was looked for, such as "missing cells".
    title : str
        What the section is called.
    """

    problems: Sequence[Problem]
    looked_for: Sequence[str] = (
        "missing cells",
        "constant columns",
        "equal rows",
        "outlying values",
    )
    title: str = "What to know about the data"


@dataclass(frozen=True, kw_only=True)
class ReproducePart:
    """How this was made, and how to make it again.

    Attributes
    ----------
    command : str
        The command line, or the call in Python, that gives the same answer; empty where there is none.
    seed : int, str or None
        The seed; None where a fresh start was drawn; a text is shown as it is, and an empty one leaves the line out.
    versions : sequence of (str, str)
        Names and versions of what it was made with; the page adds ganglion's own.
    parameters : sequence of (str, str)
        Name and value of everything that was set.
    done : sequence of str
        What was done with the data, a sentence each.
    columns_used : sequence of str
        Columns that took part.
    columns_left_out : sequence of (str, str)
        Columns that did not, each with the reason.
    title : str
        What the section is called.
    """

    command: str = ""
    seed: int | str | None = None
    versions: Sequence[tuple[str, str]] = ()
    parameters: Sequence[tuple[str, str]] = ()
    done: Sequence[str] = ()
    columns_used: Sequence[str] = ()
    columns_left_out: Sequence[tuple[str, str]] = ()
    title: str = "How this was made, and how to make it again"


def draw_answer(part: Answer, limits: Limits) -> dict[str, object]:
    """Words of the head of the page."""
    if not part.sentences or not part.sentences[0].strip():
        raise DataError("An Answer needs its headline; got no sentence. Say first what was found.")
    headline, *rest = part.sentences
    return {
        "headline": visible(headline, min(MAX_HEADLINE, 2 * limits.characters)),
        "lede": [limits.shown(sentence) for sentence in rest[: limits.listed]],
        "facts": [(limits.name(name), limits.name(value)) for name, value in part.facts[:12]],
        "doubts": [limits.shown(sentence) for sentence in part.doubts[: limits.listed]],
    }


def draw_text(part: TextPart, limits: Limits) -> Drawn:
    """Paragraphs, and rows of names and values."""
    return Drawn(
        "text",
        limits.name(part.title),
        {
            "sentences": [limits.shown(sentence) for sentence in part.sentences[: limits.listed]],
            "rows": [
                (limits.name(name), limits.shown(value))
                for name, value in part.rows[: limits.listed]
            ],
        },
    )


def draw_problems(part: ProblemsPart, limits: Limits) -> Drawn:
    """Each problem with the places where it is."""
    most = min(limits.listed, 40)
    return Drawn(
        "problems",
        limits.name(part.title),
        {
            "problems": [
                {
                    "name": limits.name(problem.name),
                    "sentence": limits.shown(problem.sentence),
                    "places": [
                        (limits.name(name), limits.name(value))
                        for name, value in problem.items[:most]
                    ],
                    "more": max(0, len(problem.items) - most),
                }
                for problem in part.problems[: limits.listed]
            ],
            "looked_for": _listed([limits.name(name) for name in part.looked_for[:20]]),
        },
    )


def draw_reproduce(part: ReproducePart, limits: Limits) -> Drawn:
    """The command, the seed, versions and parameters; what was done, to which columns."""
    most = limits.listed
    seed = "none: a fresh start each time" if part.seed is None else str(part.seed)
    return Drawn(
        "reproduce",
        limits.name(part.title),
        {
            "command": visible(part.command, 3 * limits.characters),
            "seed": limits.name(seed),
            "versions": [
                (limits.name(name), limits.name(value)) for name, value in part.versions[:most]
            ],
            "parameters": [
                (limits.name(name), limits.shown(value)) for name, value in part.parameters[:most]
            ],
            "done": [limits.shown(sentence) for sentence in part.done[:most]],
            "used": [limits.name(name) for name in part.columns_used[:most]],
            "n_used": len(part.columns_used),
            "left_out": [
                (limits.name(name), limits.shown(why)) for name, why in part.columns_left_out[:most]
            ],
            "n_left_out": len(part.columns_left_out),
        },
    )


def _listed(names: Sequence[str]) -> str:
    """Names as running text has them: a, b and c."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} or {names[-1]}"


def described_share(size: int, total: int) -> str:
    """A part of a whole in percent; empty where the whole is nothing."""
    return _wording.percent(size / total) if total else ""
