"""An optimiser's update rule, as the native trainer takes it."""

from __future__ import annotations

from dataclasses import dataclass

# In the order of the enumeration in native/train_problem.hpp.
RULES = ("sgd", "momentum", "nesterov", "rmsprop", "adam")


@dataclass(frozen=True)
class Rule:
    """A name in `RULES`, and the numbers that the rule needs; `decay` shrinks the parameters themselves."""

    name: str
    momentum: float = 0.0
    beta_1: float = 0.0
    beta_2: float = 0.0
    epsilon: float = 0.0
    decay: float = 0.0
