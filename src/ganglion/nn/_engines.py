"""Which engine trains a network: the compiled program where it knows everything, else the differentiation engine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

from ._given import OwnLoss
from ._program import ACTIVATIONS, LOSSES, Program
from ._recorded import Recorded
from ._stages import Stage, with_dropout
from .layers import Dense
from .losses import Loss, losses
from .network import Network

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
    stages: Any = with_dropout(network.stages, dropout)
    if not knows(stages, record):
        return Recorded(stages, loss, network.dtype, smoothing=smoothing)
    if any(stage.kind != "dense" for stage in stages):
        return Program(stages, loss, network.dtype, smoothing=smoothing)
    layers = [Dense(stage.n_in, stage.n_out, stage.activation, bias=stage.bias) for stage in stages]
    shares = [stage.dropout for stage in stages]
    return Program(layers, loss, network.dtype, dropout=shares, smoothing=smoothing)


def knows(stages: Sequence[Stage], loss: Loss) -> bool:
    """Whether the compiled program can train these stages for this loss."""
    if isinstance(loss.of_outputs, OwnLoss):
        return False
    known: Any = getattr(Program, "knows", None)
    if known is not None:
        return bool(known(stages, loss.name))
    is_known = loss.name in LOSSES and losses.get(loss.name) == loss
    return is_known and all(
        stage.kind == "dense" and stage.activation in ACTIVATIONS for stage in stages
    )
