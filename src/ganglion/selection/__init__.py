"""How many clusters: curves over k, rules that read them, and no answer where there is none."""

from .choose_k import KChoice, choose_k
from .kneedle import Knees, kneedle
from .rules import RULES, Verdict

__all__ = ["RULES", "KChoice", "Knees", "Verdict", "choose_k", "kneedle"]
