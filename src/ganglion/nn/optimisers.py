"""How parameters follow their gradients: the optimisers, with torch's update rules; one file each in `methods`.

An optimiser keeps what it remembers (moments, number of steps) by the names of the parameters, so that `step` by hand
and `train` go on from each other. `Optimiser` is what they share and what a rule of your own starts from.
"""

from .methods.adam import Adam, AdamW
from .methods.nadam import NAdam
from .methods.optimiser import Optimiser
from .methods.rmsprop import RMSprop
from .methods.sgd import SGD

__all__ = ["SGD", "Adam", "AdamW", "NAdam", "Optimiser", "RMSprop"]
