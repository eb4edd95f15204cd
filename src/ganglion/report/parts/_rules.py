"""Rules: the groups as few conditions in words, and how well these say the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .. import _wording
from .._marks import colour_of
from ._cards import QUIET
from .sizing import Drawn, Limits


@dataclass(frozen=True, kw_only=True)
class RuleLine:
    """One rule.

    Attributes
    ----------
    label : int
        The group that it leads to.
    name : str
        What that group is called.
    conditions : sequence of str
        What must hold, all of it: "income is at least 40,000".
    size : int
        How many members meet the conditions.
    right : float or None
        The share of these that belong to the group; None where it is not known.
    """

    label: int
    name: str
    conditions: Sequence[str]
    size: int
    right: float | None = None


@dataclass(frozen=True, kw_only=True)
class RulesPart:
    """The groups as rules.

    Attributes
    ----------
    rules : sequence of RuleLine
        Every member meets the conditions of exactly one of them.
    fidelity : float or None
        The share of all members that the rules give their own group.
    noun : str
        What a member is called.
    note : str
        What else is to be said about them.
    title : str
        What the section is called.
    """

    rules: Sequence[RuleLine]
    fidelity: float | None = None
    noun: str = "row"
    note: str = ""
    title: str = "The groups as rules"


def draw_rules(part: RulesPart, limits: Limits) -> Drawn:
    """A line for each rule, in the order given."""
    most = limits.listed
    return Drawn(
        "rules",
        limits.name(part.title),
        {
            "rules": [
                {
                    "name": limits.name(rule.name),
                    "colour": QUIET if rule.label < 0 else colour_of(rule.label),
                    "label": "–" if rule.label < 0 else str(rule.label),
                    "conditions": [limits.shown(words) for words in rule.conditions[:12]],
                    "size": _wording.count(rule.size),
                    "right": "" if rule.right is None else _wording.percent(rule.right),
                }
                for rule in part.rules[:most]
            ],
            "n_rules": len(part.rules),
            "has_right": any(rule.right is not None for rule in part.rules[:most]),
            "fidelity": "" if part.fidelity is None else _wording.percent(part.fidelity),
            "noun": limits.name(part.noun),
            "note": limits.shown(part.note),
        },
    )
