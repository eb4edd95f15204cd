"""Networks of dense layers on the differentiation engine: outputs, loss, gradients, and how they come about."""

from .activations import Activation, activations
from .layers import Dense
from .losses import Loss, losses
from .network import Network
from .optimisers import SGD, Adam, AdamW, RMSprop
from .training import Training, train

__all__ = [
    "SGD",
    "Activation",
    "Adam",
    "AdamW",
    "Dense",
    "Loss",
    "Network",
    "RMSprop",
    "Training",
    "activations",
    "losses",
    "train",
]
