"""What a rule for the number of clusters says, and what a rule is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ._sweep import Sweep


@dataclass(frozen=True)
class Verdict:
    """What a rule says.

    Attributes
    ----------
    k : int or None
        The number of clusters, 1 included; None where the rule gives no answer.
    reason : str
        Why, in a sentence.
    columns : Mapping of str to tuple
        What the rule computed for each k of the sweep, NaN where it has no value. A column ``name`` may have a
        companion ``name_error``, its standard error: it is drawn as bars.
    """

    k: int | None
    reason: str
    columns: Mapping[str, tuple[float, ...]]


Rule = Callable[[Sweep], Verdict]


@dataclass(frozen=True)
class RuleEntry:
    """A row of the table of rules.

    Attributes
    ----------
    decide : callable
        Reads a `Sweep` and returns a `Verdict`.
    is_default : bool
        Whether the rule is asked where ``rules="default"``: those that cost little beside the sweep itself.
    cost : str
        Its cost in words, in n points, d features, k clusters; what it samples.
    can_be_one : bool
        Whether it may answer 1. Indices that compare clusters with each other cannot.
    """

    decide: Rule
    is_default: bool
    cost: str
    can_be_one: bool = True
