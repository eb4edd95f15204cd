"""What a neuron makes of its weighted sum: the activations by name, each with its derivative from the engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from .._errors import ParameterError
from ..autodiff import functions as fn
from ..autodiff.graph import PRIMITIVES, Value
from ..autodiff.transforms import vjp
from ._given import name_of, try_activation
from ._names import refuse_unknown
from ._numbers import real_numbers

SPREADS = ("glorot", "he", "lecun")
NAMES = (
    "identity", "sigmoid", "tanh", "relu", "leaky_relu", "step", "elu", "selu", "gelu", "silu", "mish", "softplus",
    "softmax",
)  # fmt: skip


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
        Whether each output depends on its own v alone. Of the named ones, softmax is the one where it does not.
    function : callable or None
        `function(v)` for an activation of your own: one array in, one of its shape out, written with NumPy's functions
        or those of `gl.autodiff`. None where the library knows the name.

    Raises
    ------
    ParameterError
        A name that neither the library nor a function stands behind, or one that is taken; a function that cannot be
        differentiated, does not keep the shape, is not finite for numbers of either sign, or mixes numbers.

    Notes
    -----
    Value and derivative are those of the differentiation engine; there is no second formula for either. Where a
    function has a kink, the slope is the one from the left: relu and leaky_relu at 0 have the slopes of negative
    numbers (0 and 0.01). `step` is 1 from 0 on and has the slope 0 everywhere.

    Examples
    --------
    >>> import numpy as np
    >>> import ganglion as gl
    >>> bump = gl.nn.Activation("bump", "exp(-v**2)", "glorot", function=lambda v: np.exp(-(v**2)))
    >>> bump.derivative([0.5, 1.0]).round(4)
    array([-0.7788, -0.7358])
    >>> gl.nn.Dense(4, 8, bump)
    Dense(4, 8, bump)
    """

    name: str
    formula: str
    spread: str = "he"
    is_elementwise: bool = True
    function: Callable[[Value], Value] | None = None

    def __post_init__(self) -> None:
        if self.spread not in SPREADS:
            refuse_unknown(self.spread, SPREADS, "Activation: spread")
        if self.function is None:
            refuse_unknown(self.name, NAMES, "Activation: without a function, name")
            return
        if not isinstance(self.name, str) or not self.name or self.name in NAMES:  # pyright: ignore[reportUnnecessaryIsInstance]
            raise ParameterError(
                f"Activation: name must be a text that is not one of the library's; got {self.name!r}. "
                "Call your own function something else."
            )
        try_activation(self.function, "Activation", is_elementwise=self.is_elementwise)

    def __call__(self, v: Value) -> Value:
        """Compute the value inside a differentiated function: variables or floats in, the same out."""
        if self.function is not None:
            outputs = self.function(v)
            wanted = getattr(v, "dtype", None)  # constants of float64 would widen what follows
            is_kept = wanted is None or outputs.dtype == wanted
            return outputs if is_kept else fn.astype(outputs, wanted)
        return (
            PRIMITIVES[self.name](v) if self.is_elementwise else PRIMITIVES[self.name](v, axis=-1)
        )

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


def known_activation(given: Any, what: str) -> str | Callable[[Value], Value]:
    """Return the name of an activation that the library knows, or the caller's own function, which was tried.

    Parameters
    ----------
    given : object
        A name, an `Activation`, or a function of one array.
    what : str
        What it was given as, for the errors.

    Returns
    -------
    str, Activation or callable
        What stands in a layer.

    Raises
    ------
    ParameterError
        An unknown name, or a function that is no activation.
    """
    if isinstance(given, Activation):
        return given if given.function is not None else given.name
    if callable(given):
        same = [name for name in NAMES if given is PRIMITIVES[name] and name != "softmax"]
        if same:  # such as gl.autodiff.relu
            return same[0]
        try_activation(given, what)
        return given
    refuse_unknown(given, activations, what)
    return given


def activation_of(given: str | Callable[[Value], Value]) -> Activation:
    """Return the record of what stands in a layer as its activation.

    Parameters
    ----------
    given : str, Activation or callable
        What `known_activation` returned.

    Returns
    -------
    Activation
        That of the name, or the one of a plain function: elementwise, with the spread of relu.
    """
    if isinstance(given, str):
        return activations[given]
    if isinstance(given, Activation):
        return given
    name = name_of(given)
    name = f"own {name}" if name in NAMES else name
    return Activation(name, f"{name}(v)", function=given)


def shown(given: str | Callable[[Value], Value]) -> str:
    """Return what stands in a layer as its activation as it is written there.

    Parameters
    ----------
    given : str, Activation or callable
        What `known_activation` returned.

    Returns
    -------
    str
        'relu' in quotes, or the name of a function.
    """
    return repr(given) if isinstance(given, str) else name_of(given)
