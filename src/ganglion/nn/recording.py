"""What training looks like from inside, epoch by epoch and layer by layer: gradients, steps, units that do nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, final

import numpy as np
import numpy.typing as npt

from .._arrays import Real
from ._program import Learned
from ._stages import Stage, stages_of
from .activations import activation_of
from .network import Network

Floats = npt.NDArray[np.float64]
Arrays = Mapping[str, Real]

MAX_ROWS = 2_000
FIELDS = ("gradient_norm", "update_ratio", "dead", "saturated")

# When an output carries almost no gradient: the slope is below 2 % of the largest one.
_SATURATED: Mapping[str, Callable[[Any], npt.NDArray[np.bool_]]] = MappingProxyType(
    {
        "tanh": lambda a: np.abs(a) > 0.99,
        "sigmoid": lambda a: (a < 0.01) | (a > 0.99),
        "elu": lambda a: a < -0.99,
        "selu": lambda a: a < -0.99 * 1.7580993408473766,
    }
)
# When an output says nothing, if it does so on every row.
_SILENT: Mapping[str, Callable[[Any], npt.NDArray[np.bool_]]] = MappingProxyType(
    {
        "relu": lambda a: a <= 0,
        "gelu": lambda a: np.abs(a) < 1e-3,
        "silu": lambda a: np.abs(a) < 1e-3,
        "mish": lambda a: np.abs(a) < 1e-3,
    }
)


@dataclass(frozen=True, eq=False)
class Recording:
    """What a training looked like from inside.

    Attributes
    ----------
    layers : tuple of str
        What each column stands for: the layer's number (the input is layer 1), its kind and its activation.
    loss, validation_loss : numpy.ndarray of shape (n_epochs,)
        As in `Training`; the second one has no entries without an `eval_set`.
    gradient_norm : numpy.ndarray of shape (n_epochs, n_layers)
        The length of the loss's gradient by the layer's parameters after the epoch. Healthy: within a factor of 100 of
        each other from layer to layer, and falling; a first layer far below the last one learns nothing (vanishing
        gradients), growth from epoch to epoch announces divergence.
    update_ratio : numpy.ndarray of shape (n_epochs, n_layers)
        The length of the epoch's last step over the length of the weights that it changed. Healthy: around 0.001, from
        0.0001 to 0.01; above, the learning rate is too high, far below, too low or at its end.
    dead : numpy.ndarray of shape (n_epochs, n_layers)
        The share of units that are silent on every row looked at: 0 for relu, within 0.001 of 0 for gelu, silu and
        mish. Healthy: below 0.1. NaN for other activations, which cannot die.
    saturated : numpy.ndarray of shape (n_epochs, n_layers)
        The share of outputs whose slope has gone: tanh beyond 0.99, sigmoid outside 0.01 to 0.99, elu and selu below
        99 % of their lowest value. Healthy in hidden layers: below 0.3; a last layer that is sure is saturated. NaN for
        activations without such ends.

    Notes
    -----
    Gradients and units are looked at on at most 2,000 rows, evenly spread over X, without dropout. Epochs before
    a `resume` whose checkpoint had no recording are NaN.
    """

    layers: tuple[str, ...]
    loss: Floats
    validation_loss: Floats
    gradient_norm: Floats
    update_ratio: Floats
    dead: Floats
    saturated: Floats

    def table(self, n_rows: int = 10) -> str:
        """Return a text with a line for each layer in some epochs, evenly spread, the last one among them.

        Parameters
        ----------
        n_rows : int, default 10
            How many epochs at most.

        Returns
        -------
        str
            Epoch, loss, layer, gradient norm, update ratio, dead and saturated share.
        """
        n = len(self.loss)
        chosen = np.unique(np.linspace(0, n - 1, max(1, min(n_rows, n))).astype(int))
        width = max(len(name) for name in self.layers)
        lines = [
            f"{'epoch':>6}  {'loss':>10}  {'layer':{width}}  {'gradient':>9}  {'update':>9}  {'dead':>5}  saturated"
        ]
        for epoch in chosen:
            for at, name in enumerate(self.layers):
                head = f"{epoch + 1:>6}  {self.loss[epoch]:>10.4g}" if at == 0 else " " * 18
                lines.append(
                    f"{head}  {name:{width}}  {_number(self.gradient_norm[epoch, at])}  "
                    f"{_number(self.update_ratio[epoch, at])}  {_share(self.dead[epoch, at])}  "
                    f"{_share(self.saturated[epoch, at]):>9}"
                )
        return "\n".join(lines)

    def __str__(self) -> str:
        return self.table()


@final
class Recorder:
    """Looks at a network after each epoch, from outside the kernels.

    Parameters
    ----------
    network : Network
        What is trained.
    data : Learned
        What it is trained on; some of its rows are looked at.
    """

    def __init__(self, network: Network, data: Learned) -> None:
        every = -(-len(data.rows) // MAX_ROWS)
        parts = (data.rows, data.targets, data.labels, data.weights)
        thinned = [None if part is None else np.ascontiguousarray(part[::every]) for part in parts]
        self.sample = Learned(*thinned)  # type: ignore[arg-type]
        if self.sample.weights is not None and not np.any(self.sample.weights > 0):
            self.sample = Learned(*thinned[:3], None)  # type: ignore[arg-type]
        self._stages = stages_of(network.layers)
        self._shown = [i for i, stage in enumerate(self._stages) if stage.kind != "sum"]
        self._rows: dict[str, list[Floats]] = {name: [] for name in FIELDS}

    @property
    def layers(self) -> tuple[str, ...]:
        """What each column stands for."""
        return tuple(
            f"{i + 2} {self._stages[i].kind.replace('_', ' ')} {activation_of(self._stages[i].activation).name}"
            for i in self._shown
        )

    def note(self, before: Arrays, after: Arrays, gradients: Arrays) -> None:
        """Note an epoch: parameters before and after its last step, and the gradient now on the sample."""
        outputs = stage_outputs(self._stages, after, self.sample.rows)
        found: dict[str, list[float]] = {name: [] for name in FIELDS}
        for i in self._shown:
            stage = self._stages[i]
            weights = next(iter(stage.shapes))
            length = np.sqrt(sum(_squares(gradients[name]) for name in stage.shapes))
            found["gradient_norm"].append(float(length))
            size = np.sqrt(_squares(before[weights]))
            step = np.sqrt(_squares(after[weights].astype(np.float64) - before[weights]))
            found["update_ratio"].append(float(step / size) if size > 0 else np.nan)
            dead, saturated = idle_shares(activation_of(stage.activation).name, outputs[i])
            found["dead"].append(dead)
            found["saturated"].append(saturated)
        for name, values in found.items():
            self._rows[name].append(np.array(values))

    def arrays(self, n_epochs: int) -> dict[str, Floats]:
        """Return what was noted, (n_epochs, n_layers) each; NaN for epochs before the first one noted."""
        width = len(self._shown)
        found: dict[str, Floats] = {}
        for name, rows in self._rows.items():
            missing = np.full((n_epochs - len(rows), width), np.nan)
            found[name] = np.concatenate([missing, np.array(rows).reshape(-1, width)])
        return found

    def restore(self, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
        """Go on from what `arrays` returned; from nothing, if it is empty."""
        for name in FIELDS:
            self._rows[name] = [*arrays[name]] if name in arrays else []


def idle_shares(activation: str, outputs: Any) -> tuple[float, float]:
    """Return the share of dead units and that of saturated outputs (n, k); NaN where there is no such thing."""
    dead = saturated = np.nan
    if activation in _SILENT:
        silent = _SILENT[activation](outputs)
        dead = float(np.mean(silent.all(axis=0)))
    if activation in _SATURATED:
        saturated = float(np.mean(_SATURATED[activation](outputs)))
    return dead, saturated


def stage_outputs(stages: tuple[Stage, ...], arrays: Arrays, rows: Real) -> list[Any]:
    """Return what each stage gives (n, n_out) in prediction: running statistics, no dropout."""
    inputs: list[Any] = []
    outputs: list[Any] = []
    a: Any = rows
    for stage in stages:
        inputs.append(a)
        z = _sums(stage, a, arrays) if stage.kind != "sum" else a + inputs[stage.adds]
        a = activation_of(stage.activation)(z)
        outputs.append(a)
    return outputs


def _sums(stage: Stage, a: Any, arrays: Arrays) -> Any:
    """Return what a stage gives (n, n_out) before its activation."""
    given = [arrays[name] for name in stage.shapes]
    if stage.kind == "dense":
        return a @ given[0] + given[1] if stage.bias else a @ given[0]
    if stage.kind == "batch_norm":
        mean, variance = (arrays[name] for name in stage.running)
    else:
        mean, variance = a.mean(axis=1, keepdims=True), a.var(axis=1, keepdims=True)
    return (a - mean) / np.sqrt(variance + stage.epsilon) * given[0] + given[1]


def _squares(array: npt.ArrayLike) -> float:
    """Return the sum of squares, in float64."""
    flat = np.asarray(array, dtype=np.float64).ravel()
    return float(flat @ flat)


def _number(value: float) -> str:
    return f"{'-':>9}" if np.isnan(value) else f"{value:>9.3g}"


def _share(value: float) -> str:
    return f"{'-':>5}" if np.isnan(value) else f"{value:>5.0%}"
