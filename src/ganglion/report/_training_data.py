"""A network and its moments as data for training.js: stages in words that it knows, parameters in float32."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from .._errors import DataError
from ..nn.activations import activation_of, activations
from ..nn.network import Network
from . import _wording
from ._marks import shapes
from ._sampling import Index, sample_rows, sample_steps

if TYPE_CHECKING:
    from ._training_chart import LossChart
    from .training import TrainingReplay

Json = Mapping[str, object]

MOST_FRAMES, LEAST_FRAMES = 300, 12
MOST_POINTS = 1500
# Of a page under 1,000,000 bytes, what the parameters may take in base64.
BUDGET = 700_000
MOST_NAME = 40
# A function written in Python is told at so many places from -REACH to REACH; beyond them it goes on straight.
PLACES, REACH = 2049, 16.0
# Room around the points, as a share of their range.
MARGIN = 0.12
RADIUS = 4.5


@dataclass(frozen=True)
class Drawn:
    """One step of a network as the page computes it.

    Attributes
    ----------
    kind : str
        'dense', 'scale' (a batch norm at rest: x * scale + shift), 'layer_norm' or 'sum'.
    n_in, n_out : int
        Inputs and outputs.
    activation : str
        A name that training.js knows, or 'table'.
    bias : bool
        Whether a dense step adds one.
    adds : int
        For a sum: the step whose input is added.
    epsilon : float
        For layer_norm.
    name : str
        What the page calls it.
    table : numpy.ndarray of shape (2049,), float32, or None
        The values of an activation written in Python.
    """

    kind: str
    n_in: int
    n_out: int
    activation: str
    bias: bool
    adds: int
    epsilon: float
    name: str
    table: npt.NDArray[np.float32] | None = None


def drawn_stages(network: Network) -> tuple[Drawn, ...]:
    """Return the steps of a network as the page computes them."""
    drawn: list[Drawn] = []
    for stage in network.stages:
        known = isinstance(stage.activation, str) and stage.activation in activations
        words = {
            "dense": f"layer {stage.number + 1}",
            "batch_norm": f"batch norm {stage.number}",
            "layer_norm": f"layer norm {stage.number}",
            "sum": "sum",
        }
        drawn.append(
            Drawn(
                "scale" if stage.kind == "batch_norm" else stage.kind,
                stage.n_in,
                stage.n_out,
                str(stage.activation) if known else "table",
                stage.bias,
                stage.adds,
                stage.epsilon,
                words[stage.kind],
                None if known else _table(stage.activation),
            )
        )
    return tuple(drawn)


def _table(activation: Any) -> npt.NDArray[np.float32]:
    """Return a function's values from -REACH to REACH."""
    places = np.linspace(-REACH, REACH, PLACES)
    values = np.asarray(activation_of(activation).value(places), dtype=np.float32)
    if values.shape != places.shape or not np.all(np.isfinite(values)):
        raise DataError(
            f"A replay needs activations that are finite and take each number by itself; {activation!r} is not, "
            f"between -{REACH:g} and {REACH:g}. Use another activation."
        )
    return values


def packed(network: Network) -> npt.NDArray[np.float32]:
    """Return what the steps compute with, one behind the other, as training.js reads it."""
    parameters, running = network.parameters, network.running
    pieces: list[npt.NDArray[Any]] = []
    for stage in network.stages:
        number = stage.number
        if stage.kind == "dense":
            pieces.append(parameters[f"W{number}"].ravel())
            pieces += [parameters[f"b{number}"]] if stage.bias else []
        elif stage.kind == "batch_norm":
            variance = running[f"variance{number}"].astype(np.float64)
            scale = parameters[f"gamma{number}"] / np.sqrt(variance + stage.epsilon)
            pieces += [scale, parameters[f"beta{number}"] - running[f"mean{number}"] * scale]
        elif stage.kind == "layer_norm":
            pieces += [parameters[f"gamma{number}"], parameters[f"beta{number}"]]
    return _single(np.concatenate(pieces), "parameters") if pieces else np.empty(0, np.float32)


def frames_shown(replay: TrainingReplay) -> Index:
    """As many moments as the budget holds, dense early; the first and the last always."""
    each = max(1, replay.parameters.shape[1]) * 16 // 3
    most = min(MOST_FRAMES, BUDGET // each)
    if most < min(LEAST_FRAMES, len(replay.epochs)):
        raise DataError(
            f"A page holds the parameters of at least {LEAST_FRAMES} moments; this network has "
            f"{replay.parameters.shape[1]:,} of them, and only {most} moments fit. Replay a smaller network."
        )
    return sample_steps(len(replay.epochs), most)


def page_data(replay: TrainingReplay, frames: Index, chart: LossChart) -> Json:
    """What the script plays: stages, moments, points, words."""
    is_classes = replay.task == "classes"
    codes = replay.targets if is_classes else np.zeros(len(replay.points), dtype=np.int64)
    rows = sample_rows(codes, MOST_POINTS)
    low, high = replay.points.min(axis=0), replay.points.max(axis=0)
    room = np.where(high > low, MARGIN * (high - low), 1.0)
    values = _single(replay.targets[rows], "targets")
    return {
        "stages": [_stage(stage) for stage in replay.stages],
        "reach": REACH,
        "parameters": _encoded(replay.parameters[frames]),
        "words": [_words(replay, int(i), chart) for i in frames.tolist()],
        "total": len(replay.loss),
        "points": _encoded(_single(replay.points[rows], "inputs")),
        "targets": _encoded(values),
        "domain": [
            float(low[0] - room[0]),
            float(high[0] + room[0]),
            float(low[1] - room[1]),
            float(high[1] + room[1]),
        ],
        "task": replay.task,
        "classes": [_wording.visible(name, MOST_NAME) for name in replay.classes],
        "range": [float(replay.targets.min()), float(replay.targets.max())],
        "inputs": [_wording.visible(name, MOST_NAME) for name in replay.inputs],
        "shapes": [[round(s.dx, 1), round(s.dy, 1), s.outline] for s in shapes(RADIUS)],
        "drawn": len(rows),
    }


def _stage(stage: Drawn) -> Json:
    """One step as JSON."""
    return {
        "kind": stage.kind,
        "m": stage.n_in,
        "n": stage.n_out,
        "g": stage.activation,
        "bias": stage.bias,
        "adds": stage.adds,
        "epsilon": stage.epsilon,
        "name": stage.name,
        "table": None if stage.table is None else _encoded(stage.table),
    }


def _words(replay: TrainingReplay, frame: int, chart: LossChart) -> Json:
    """What is said of one moment, and where it lies on the chart."""
    epoch = int(replay.epochs[frame])
    loss = replay.first_loss if epoch == 0 else float(replay.loss[epoch - 1])
    validation = float("nan") if epoch == 0 else float(replay.validation_loss[epoch - 1])
    rate = float("nan") if epoch == 0 else float(replay.learning_rate[epoch - 1])
    return {
        "epoch": epoch,
        "loss": _wording.number(loss),
        "validation": _wording.number(validation) if np.isfinite(validation) else None,
        "rate": _wording.number(rate, 3) if np.isfinite(rate) else None,
        "at": chart.place(epoch, loss),
        "also": chart.place(epoch, validation) if np.isfinite(validation) else None,
    }


def _single(values: npt.NDArray[Any], what: str) -> npt.NDArray[np.float32]:
    """Return numbers as float32, or the error that it cannot hold them."""
    with np.errstate(over="ignore"):
        single = values.astype(np.float32)
    if not np.all(np.isfinite(single)):
        raise DataError(
            f"A replay computes in float32, which holds numbers up to 3.4e38; the {what} reach "
            f"{np.max(np.abs(values)):.3g}. Scale them."
        )
    return single


def _encoded(values: npt.NDArray[np.float32]) -> str:
    """Numbers as little-endian float32 in base64."""
    return base64.b64encode(values.astype("<f4").tobytes()).decode("ascii")
