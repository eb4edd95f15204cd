"""Layers that bring their inputs to mean 0 and variance 1: over the rows of a batch, or over a row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass
from typing import Any

from .._errors import ParameterError
from ._ranges import count, number_in
from .activations import known_activation, shown


@dataclass(frozen=True)
class BatchNorm:
    """Each input, scaled to mean 0 and variance 1 over the rows of a batch: a = g(gamma (x - mean) / deviation + beta).

    Parameters
    ----------
    n : int
        Inputs, and outputs; at least 1.
    activation : str, Activation or callable, default 'identity'
        As for `Dense`.
    momentum : float, default 0.1
        How far the running statistics move towards those of a batch, above 0 and at most 1.
    epsilon : float, default 1e-5
        Added to the variance under the root, above 0.

    Attributes
    ----------
    n : int
        Inputs, and outputs.
    activation : str, Activation or callable
        As given; a name where the library knows the function.
    momentum, epsilon : float
        As given.

    Raises
    ------
    ParameterError
        A size below 1, a number outside its range, an activation as for `Dense`.

    Notes
    -----
    In training mean and variance (the mean square from the mean) are those of the batch, and the gradient passes
    through them. Everywhere else they are the running ones, `Network.running`, which follow the batches by
    running += momentum (batch - running), with the unbiased variance. Both count every row once, whatever its weight.
    A batch of a single row has the variance 0, and leaves the running variance as it is.

    References
    ----------
    S. Ioffe and C. Szegedy, "Batch normalization: accelerating deep network training by reducing internal covariate
    shift", ICML 2015, algorithms 1 and 2, in the form that torch uses.

    Examples
    --------
    >>> import ganglion as gl
    >>> layers = [gl.nn.Dense(4, 8, bias=False), gl.nn.BatchNorm(8, "relu"), gl.nn.Dense(8, 1)]
    >>> list(gl.nn.Network(layers).parameters)
    ['W1', 'gamma1', 'beta1', 'W2', 'b2']
    """

    n: int
    activation: str | Callable[[Any], Any] = "identity"
    _: KW_ONLY
    momentum: float = 0.1
    epsilon: float = 1e-5

    def __post_init__(self) -> None:
        _check(self)
        momentum = number_in(self.momentum, "BatchNorm: momentum", above=0.0)
        if momentum > 1:
            raise ParameterError(
                f"BatchNorm: momentum must be a number above 0 and at most 1; got {self.momentum!r}. "
                "It is the share of the new batch: 0.1 where other libraries say 0.9."
            )
        object.__setattr__(self, "momentum", momentum)

    @property
    def n_in(self) -> int:
        """Inputs."""
        return self.n

    @property
    def n_out(self) -> int:
        """Outputs, as many as inputs."""
        return self.n

    @property
    def n_parameters(self) -> int:
        """How many numbers the layer learns."""
        return 2 * self.n

    def __repr__(self) -> str:
        momentum = "" if self.momentum == 0.1 else f", momentum={self.momentum:g}"
        epsilon = "" if self.epsilon == 1e-5 else f", epsilon={self.epsilon:g}"
        return f"BatchNorm({self.n}, {shown(self.activation)}{momentum}{epsilon})"

    def __str__(self) -> str:
        return f"BatchNorm({self.n})"


@dataclass(frozen=True)
class LayerNorm:
    """Each row, scaled to mean 0 and variance 1 over its inputs: a = g(gamma (x - mean) / deviation + beta).

    Parameters
    ----------
    n : int
        Inputs, and outputs; at least 1.
    activation : str, Activation or callable, default 'identity'
        As for `Dense`.
    epsilon : float, default 1e-5
        Added to the variance (the mean square from the mean) under the root, above 0.

    Attributes
    ----------
    n : int
        Inputs, and outputs.
    activation : str, Activation or callable
        As given; a name where the library knows the function.
    epsilon : float
        As given.

    Raises
    ------
    ParameterError
        A size below 1, a number outside its range, an activation as for `Dense`.

    References
    ----------
    J. L. Ba, J. R. Kiros and G. E. Hinton, "Layer normalization", 2016, arXiv:1607.06450, section 3.

    Examples
    --------
    >>> import ganglion as gl
    >>> gl.nn.Network([gl.nn.LayerNorm(2)]).forward([1.0, 3.0]).round(3)
    array([-1.,  1.])
    """

    n: int
    activation: str | Callable[[Any], Any] = "identity"
    _: KW_ONLY
    epsilon: float = 1e-5

    def __post_init__(self) -> None:
        _check(self)

    @property
    def n_in(self) -> int:
        """Inputs."""
        return self.n

    @property
    def n_out(self) -> int:
        """Outputs, as many as inputs."""
        return self.n

    @property
    def n_parameters(self) -> int:
        """How many numbers the layer learns."""
        return 2 * self.n

    def __repr__(self) -> str:
        epsilon = "" if self.epsilon == 1e-5 else f", epsilon={self.epsilon:g}"
        return f"LayerNorm({self.n}, {shown(self.activation)}{epsilon})"

    def __str__(self) -> str:
        return f"LayerNorm({self.n})"


def _check(layer: BatchNorm | LayerNorm) -> None:
    """Check what both norms share."""
    name = type(layer).__name__
    advice = "Give the number of neurons of the layer before it."
    object.__setattr__(layer, "n", count(layer.n, f"{name}: n", advice))
    activation = known_activation(layer.activation, f"{name}: activation")
    object.__setattr__(layer, "activation", activation)
    object.__setattr__(layer, "epsilon", number_in(layer.epsilon, f"{name}: epsilon", above=0.0))
