"""What a neuron makes of its weighted sum: the activations by name, each with its derivative from the engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from ..autodiff.graph import NO_OPTIONS, PRIMITIVES, Options, Primitive, Value
from ..autodiff.transforms import vjp
from ._numbers import real_numbers


@dataclass(frozen=True)
class Activation:
    """A function from a neuron's weighted sum to its output.

    Attributes
    ----------
    name : str
        Its name, as in `Dense(..., activation=name)`.
    formula : str
        The value at v, as text.
    spread : {'glorot', 'he', 'lecun'}
        How far apart the weights of its layer start, see `ganglion.nn.initialisers`.
    is_elementwise : bool
        Whether each output depends on its own v alone. Softmax is the one where it does not.

    Notes
    -----
    Value and derivative are those of the differentiation engine; there is no second formula for either. Where a
    function has a kink, the slope is the one from the left: relu and leaky_relu at 0 have the slopes of negative
    numbers (0 and 0.01). `step` is 1 from 0 on and has the slope 0 everywhere.
    """

    name: str
    formula: str
    spread: str = "he"
    is_elementwise: bool = True

    @property
    def _primitive(self) -> Primitive:
        return PRIMITIVES[self.name]

    @property
    def _options(self) -> Options:
        return NO_OPTIONS if self.is_elementwise else {"axis": -1}

    def __call__(self, v: Value) -> Value:
        """Compute the value inside a differentiated function: variables or floats in, the same out."""
        return self._primitive(v, **self._options)

    def value(self, v: Any) -> Any:
        """Compute the activation.

        Parameters
        ----------
        v : array-like of shape (...)
            Weighted sums. Float32 stays float32, every other number becomes float64.

        Returns
        -------
        numpy.ndarray or numpy.floating of shape (...)
            The outputs; for softmax those of the last axis add up to 1.
        """
        return self(real_numbers(v, "v"))

    def derivative(self, v: Any) -> Any:
        """Compute the derivative of the output by v.

        Parameters
        ----------
        v : array-like of shape (...)
            Weighted sums. Float32 stays float32, every other number becomes float64.

        Returns
        -------
        numpy.ndarray or numpy.floating
            In the shape of v, the slope at each number. For softmax, where every output depends on every v of the last
            axis (of length k), the Jacobian of shape (..., k, k): entry [..., i, j] is the derivative of output i by
            v[..., j].
        """
        values = real_numbers(v, "v")
        _, pull = vjp(self, values)
        if self.is_elementwise:
            return pull(np.ones_like(values))[0]
        basis = np.eye(values.shape[-1], dtype=values.dtype)
        rows = [pull(np.broadcast_to(row, values.shape))[0] for row in basis]
        return np.stack(rows, axis=-2)


# fmt: off
_ROWS = (
    Activation("identity",   "v",                                               "glorot"),
    Activation("sigmoid",    "1 / (1 + exp(-v))",                               "glorot"),
    Activation("tanh",       "(exp(v) - exp(-v)) / (exp(v) + exp(-v))",         "glorot"),
    Activation("relu",       "v if v > 0 else 0"),
    Activation("leaky_relu", "v if v > 0 else 0.01 * v"),
    Activation("step",       "1 if v >= 0 else 0",                              "glorot"),
    Activation("elu",        "v if v > 0 else exp(v) - 1"),
    Activation("selu",       "1.0507 * (v if v > 0 else 1.6733 * (exp(v) - 1))", "lecun"),
    Activation("gelu",       "v * (1 + erf(v / sqrt(2))) / 2"),
    Activation("silu",       "v / (1 + exp(-v))"),
    Activation("mish",       "v * tanh(log(1 + exp(v)))"),
    Activation("softplus",   "log(1 + exp(v))",                                 "glorot"),
    Activation("softmax",    "exp(v) / sum(exp(v))",                            "glorot", is_elementwise=False),
)
# fmt: on

activations: Mapping[str, Activation] = MappingProxyType({row.name: row for row in _ROWS})
