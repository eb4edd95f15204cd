"""Feed-forward networks: outputs, loss, gradients, how they come about, and training."""

from . import schedules, tables
from .activations import Activation, activations
from .initialisers import initialisers
from .layers import BatchNorm, Dense, Dropout, LayerNorm, Residual
from .lbfgs import LBFGS
from .levenberg_marquardt import LevenbergMarquardt
from .losses import CrossEntropy, Gaussian, Huber, Loss, Quantile, gaussian_moments, loss_of, losses
from .metrics import Metric, metrics
from .muon import Muon
from .network import Network
from .optimisers import SGD, Adam, AdamW, NAdam, Optimiser, RMSprop
from .recording import Recording
from .restarting import Restarts, restarts
from .surfaces import LossSurface, loss_surface
from .training import Epoch, Training, train

__all__ = [
    "LBFGS",
    "SGD",
    "Activation",
    "Adam",
    "AdamW",
    "BatchNorm",
    "CrossEntropy",
    "Dense",
    "Dropout",
    "Epoch",
    "Gaussian",
    "Huber",
    "LayerNorm",
    "LevenbergMarquardt",
    "Loss",
    "LossSurface",
    "Metric",
    "Muon",
    "NAdam",
    "Network",
    "Optimiser",
    "Quantile",
    "RMSprop",
    "Recording",
    "Residual",
    "Restarts",
    "Training",
    "activations",
    "gaussian_moments",
    "initialisers",
    "loss_of",
    "loss_surface",
    "losses",
    "metrics",
    "restarts",
    "schedules",
    "tables",
    "train",
]
