"""How many clusters: curves over k, rules that read them, and no answer where there is none."""

from .choose_cut import CutChoice, choose_cut
from .choose_k import KChoice, choose_k
from .kneedle import Knees, kneedle
from .rules import RULES, Verdict

__all__ = ["RULES", "CutChoice", "KChoice", "Knees", "Verdict", "choose_cut", "choose_k", "kneedle"]
