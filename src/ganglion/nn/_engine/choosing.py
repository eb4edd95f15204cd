"""Which engine trains a network: the compiled program where it knows everything, else the differentiation engine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

from .._given import OwnLoss
from ..losses import Loss, losses
from ..network import Network
from .program import Program
from .recorded import Recorded
from .stages import Stage, with_dropout

Engine: TypeAlias = Program | Recorded


def engine_for(
    network: Network, *, smoothing: float = 0.0, dropout: Sequence[float] = ()
) -> Engine:
    """Return what trains this network; parameters, statistics and moments are still to be written into it.

    Parameters
    ----------
    network : Network
        Says layers, loss and dtype.
    smoothing : float
        The share of each target that is spread over all classes, for cross_entropy.
    dropout : sequence of float
        A share for each dense layer, in the place of the network's own.

    Returns
    -------
    Program or Recorded
        Its `name` is 'native' or 'autodiff'.
    """
    record = network.loss_function
    loss: Any = record.name if losses.get(record.name) == record else record
    stages = with_dropout(network.stages, dropout)
    kind = Program if knows(stages, record) else Recorded
    return kind(stages, loss, network.dtype, smoothing=smoothing)


def knows(stages: Sequence[Stage], loss: Loss) -> bool:
    """Whether the compiled program can train these stages for this loss."""
    return not isinstance(loss.of_outputs, OwnLoss) and Program.knows(stages, loss.name)
