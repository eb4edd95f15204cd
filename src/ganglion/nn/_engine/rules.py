"""An optimiser's update rule, as the native trainer takes it."""

from __future__ import annotations

from dataclasses import dataclass

# In the order of the enumeration in native/train_problem.hpp.
RULES = ("sgd", "momentum", "nesterov", "rmsprop", "adam", "nadam")


@dataclass(frozen=True)
class Rule:
    """A name in `RULES`, and the numbers that the rule needs; `decay` shrinks the parameters themselves.

    The momenta of nadam, mu_t = beta_1 (1 - 0.96^(t momentum_decay) / 2), and their product follow from the number of
    steps; there is nothing else to remember.
    """

    name: str
    momentum: float = 0.0
    beta_1: float = 0.0
    beta_2: float = 0.0
    epsilon: float = 0.0
    decay: float = 0.0
    momentum_decay: float = 0.0
