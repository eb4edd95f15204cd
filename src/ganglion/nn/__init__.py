"""Networks of dense layers on the differentiation engine: outputs, loss, gradients, and how they come about."""

from .activations import Activation, activations
from .layers import Dense
from .losses import Loss, losses
from .network import Network

__all__ = ["Activation", "Dense", "Loss", "Network", "activations", "losses"]
