"""How many clusters: curves over k, rules that read them, and no answer where there is none."""

from ._sweep import Sweep
from .choose_cut import CutChoice, choose_cut
from .choose_k import KChoice, choose_k
from .kneedle import Knees, kneedle
from .rules import RULES
from .verdict import Rule, RuleEntry, Verdict

__all__ = [
    "RULES",
    "CutChoice",
    "KChoice",
    "Knees",
    "Rule",
    "RuleEntry",
    "Sweep",
    "Verdict",
    "choose_cut",
    "choose_k",
    "kneedle",
]
