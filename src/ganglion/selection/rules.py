"""The table of rules that read a number of clusters off a sweep: a rule is one file and one row here."""

from __future__ import annotations

from .elbow import elbow
from .verdict import RuleEntry

RULES: dict[str, RuleEntry] = {
    "elbow": RuleEntry(elbow, True, "O(n d^2) for the covariance, O(k d) for its reference"),
}
