"""Parts of a page: plain records in, one self-contained HTML file out.

_answers.py   the answer, plain text, the data's own problems, how to do it again
_points.py    the map: points or density, groups on and off, search
_cards.py     what each group is
_rules.py     the groups as conditions in words
_choices.py   how many groups: curves, error bars, votes
_tables.py    a table that can be sorted
_pictures.py  pictures, comparisons, galleries, palettes
_converted.py what other parts of the library found -> parts
page.py       an answer and parts -> HTML under 1.5 MB
"""

from __future__ import annotations

from ._answers import Answer, Problem, ProblemsPart, ReproducePart, TextPart
from ._cards import Card, CardBar, CardPart, card_of
from ._choices import KCurve, KPart, KVote
from ._converted import choice_of, problems_of, rules_of
from ._pictures import ComparePart, GalleryPart, PalettePart, PicturePart
from ._points import PointMap
from ._rules import RuleLine, RulesPart
from ._tables import TablePart
from .page import Part, page

__all__ = [
    "Answer",
    "Card",
    "CardBar",
    "CardPart",
    "ComparePart",
    "GalleryPart",
    "KCurve",
    "KPart",
    "KVote",
    "PalettePart",
    "Part",
    "PicturePart",
    "PointMap",
    "Problem",
    "ProblemsPart",
    "ReproducePart",
    "RuleLine",
    "RulesPart",
    "TablePart",
    "TextPart",
    "card_of",
    "choice_of",
    "page",
    "problems_of",
    "rules_of",
]
