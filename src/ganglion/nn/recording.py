"""What training looks like from inside, epoch by epoch and layer by layer: gradients, steps, units that do nothing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


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


def _number(value: float) -> str:
    return f"{'-':>9}" if np.isnan(value) else f"{value:>9.3g}"


def _share(value: float) -> str:
    return f"{'-':>5}" if np.isnan(value) else f"{value:>5.0%}"
