"""The layers that a network is made of. They say what it is; its numbers belong to the `Network`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import KW_ONLY, dataclass, field
from itertools import pairwise
from typing import Any, TypeAlias, cast

import numpy.typing as npt

from .._errors import ParameterError
from ._ranges import count, flag, number_in
from .activations import known_activation, shown
from .initialisers import known_initial
from .norms import BatchNorm, LayerNorm


@dataclass(frozen=True)
class Dense:
    """A layer in which every input reaches every neuron: a = g(x W + b).

    It says what the layer is; the numbers W and b belong to the `Network`, so that one layer may stand in several.

    Parameters
    ----------
    n_in : int
        Inputs, at least 1.
    n_out : int
        Neurons, at least 1.
    activation : str, Activation or callable, default 'identity'
        A name in `gl.nn.activations`, or a function of one array that acts on each number by itself, written with
        NumPy's functions or those of `gl.autodiff`. 'softmax' may stand in the last layer only.
    bias : bool, default True
        Whether each neuron adds a number of its own to its weighted sum.
    initial : str, array-like of shape (n_in, n_out) or None, default None
        Where the weights start: a name in `gl.nn.initialisers`, or the weights themselves. None is the network's
        choice, which is what fits the activation. Two layers that differ in it alone are equal.

    Attributes
    ----------
    n_in, n_out : int
        Inputs and neurons.
    activation : str, Activation or callable
        As given; a name where the library knows the function.
    bias : bool
        Whether there is a bias.
    initial : str, numpy.ndarray or None
        As given.

    Raises
    ------
    ParameterError
        A size below 1, an unknown name, an activation that cannot be differentiated or does not keep the shape.
    DataError
        An initial array of another shape, or one that is not finite.

    Examples
    --------
    >>> import ganglion as gl
    >>> layer = gl.nn.Dense(64, 10, "relu")
    >>> layer.n_parameters
    650
    >>> print(layer)
    Dense(64 -> 10)
    """

    n_in: int
    n_out: int
    activation: str | Callable[[Any], Any] = "identity"
    _: KW_ONLY
    bias: bool = True
    initial: str | npt.ArrayLike | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        for name in ("n_in", "n_out"):
            advice = "Give the number of inputs, then the number of neurons."
            object.__setattr__(self, name, count(getattr(self, name), f"Dense: {name}", advice))
        known = known_activation(self.activation, "Dense: activation")
        object.__setattr__(self, "activation", known)
        object.__setattr__(self, "bias", flag(self.bias, "Dense: bias"))
        shape = (self.n_in, self.n_out)
        object.__setattr__(self, "initial", known_initial(self.initial, "Dense: initial", shape))

    @property
    def n_parameters(self) -> int:
        """How many numbers the layer learns."""
        return self.n_in * self.n_out + self.n_out * self.bias

    def __repr__(self) -> str:
        bias = "" if self.bias else ", bias=False"
        initial = f", initial={self.initial!r}" if isinstance(self.initial, str) else ""
        return f"Dense({self.n_in}, {self.n_out}, {shown(self.activation)}{bias}{initial})"

    def __str__(self) -> str:
        return f"Dense({self.n_in} -> {self.n_out})"


@dataclass(frozen=True)
class Dropout:
    """In training, zeroes each output of the layer before it with a probability, and scales the rest up to match.

    Parameters
    ----------
    rate : float
        The probability, from 0 to below 1. What stays is divided by 1 - rate, so that the mean is kept.

    Attributes
    ----------
    rate : float
        As given.

    Raises
    ------
    ParameterError
        A rate outside its range. A network refuses it as its first or last layer.

    References
    ----------
    N. Srivastava, G. Hinton, A. Krizhevsky, I. Sutskever and R. Salakhutdinov, "Dropout: a simple way to prevent neural
    networks from overfitting", JMLR 15, 2014, section 10 for the scaling in training.

    Examples
    --------
    >>> import ganglion as gl
    >>> layers = [gl.nn.Dense(4, 8, "relu"), gl.nn.Dropout(0.2), gl.nn.Dense(8, 1)]
    >>> gl.nn.Network(layers).n_parameters
    49
    """

    rate: float

    def __post_init__(self) -> None:
        object.__setattr__(
            self, "rate", number_in(self.rate, "Dropout: rate", least=0.0, below=1.0)
        )

    @property
    def n_parameters(self) -> int:
        """How many numbers the layer learns: none."""
        return 0

    def __repr__(self) -> str:
        return f"Dropout({self.rate:g})"

    __str__ = __repr__


@dataclass(frozen=True)
class Residual:
    """A sequence of layers whose input is added to its output: out = in + f(in).

    Parameters
    ----------
    layers : sequence of Dense, BatchNorm, LayerNorm and Dropout
        What is between; at least one that learns, with as many outputs at the end as inputs at the start.

    Attributes
    ----------
    layers : tuple
        The layers inside.

    Raises
    ------
    ParameterError
        No layers, a `Residual` inside, a `Dropout` in the first place, layers that do not fit.

    References
    ----------
    K. He, X. Zhang, S. Ren and J. Sun, "Deep residual learning for image recognition", CVPR 2016, eq. 1,
    doi:10.1109/CVPR.2016.90.

    Examples
    --------
    >>> import ganglion as gl
    >>> branch = gl.nn.Residual([gl.nn.LayerNorm(8), gl.nn.Dense(8, 16, "gelu"), gl.nn.Dense(16, 8)])
    >>> print(branch)
    Residual(8 -> 16 -> 8)
    """

    layers: Sequence[Dense | BatchNorm | LayerNorm | Dropout]

    def __post_init__(self) -> None:
        inside = chained(self.layers, "Residual")
        for layer in inside:
            if isinstance(layer, Residual):
                raise ParameterError(
                    f"Residual takes no Residual inside; got {layer!r}. Put one behind the other."
                )
        first, last = width_of(inside[0]), width_of(inside[-1], inside)
        if first != last:
            raise ParameterError(
                f"Residual adds its input to its output, so both must be equally wide; got {first} inputs and {last} "
                f"outputs. Let the last layer inside have {first} neurons."
            )
        object.__setattr__(self, "layers", inside)

    @property
    def n_in(self) -> int:
        """Inputs."""
        return cast("Dense | BatchNorm | LayerNorm", self.layers[0]).n_in

    @property
    def n_out(self) -> int:
        """Outputs, as many as inputs."""
        return self.n_in

    @property
    def n_parameters(self) -> int:
        """How many numbers the layers inside learn."""
        return sum(layer.n_parameters for layer in self.layers)

    def __repr__(self) -> str:
        return f"Residual([{', '.join(map(repr, self.layers))}])"

    def __str__(self) -> str:
        widths = [layer.n_out for layer in self.layers if isinstance(layer, Dense)] or [self.n_in]
        return f"Residual({' -> '.join(map(str, [self.n_in, *widths]))})"


Layer: TypeAlias = Dense | BatchNorm | LayerNorm | Dropout | Residual
KINDS = (Dense, BatchNorm, LayerNorm, Dropout, Residual)


def chained(layers: Any, owner: str) -> tuple[Layer, ...]:
    """Return layers, at least one, each fitting the one before it; `owner` is who takes them.

    Parameters
    ----------
    layers : object
        What the caller gave as layers.
    owner : str
        'Network' or 'Residual', for the errors.

    Returns
    -------
    tuple of Dense, BatchNorm, LayerNorm, Dropout and Residual
        The layers.

    Raises
    ------
    ParameterError
        No layers, something else among them, a `Dropout` without a layer to act on, widths that differ.
    """
    if isinstance(layers, KINDS):
        layers = (layers,)
    if not isinstance(layers, Sequence) or isinstance(layers, str) or not layers:
        raise ParameterError(
            f"{owner} needs a list of layers, at least one; got {layers!r}. Pass [Dense(n_in, n_out), ...]."
        )
    for layer in cast("Sequence[Any]", layers):
        if not isinstance(layer, KINDS):
            raise ParameterError(
                f"{owner} needs layers made by gl.nn.Dense, BatchNorm, LayerNorm, Dropout or Residual; got {layer!r}. "
                "Pass [Dense(n_in, n_out), ...]."
            )
    chain = tuple(cast("Sequence[Layer]", layers))
    if isinstance(chain[0], Dropout):
        raise ParameterError(
            f"{chain[0]} acts on the outputs of the layer before it; it may not stand first in a {owner}. "
            "Put it behind a layer."
        )
    for before, after in pairwise(chain):
        if isinstance(before, Dropout) and isinstance(after, Dropout):
            raise ParameterError(
                f"{after} stands behind {before}, and both act on the same outputs. Use one of them."
            )
    solid = [layer for layer in chain if not isinstance(layer, Dropout)]
    for before, after in pairwise(solid):
        if before.n_out != after.n_in:
            raise ParameterError(
                f"Layers must fit: {before} has {before.n_out} neurons, and {after} behind it takes {after.n_in} "
                f"inputs. Use {_refitted(after, before.n_out)}."
            )
    return chain


def width_of(layer: Layer, chain: Sequence[Layer] = ()) -> int:
    """Return the number of outputs where a chain has come to this layer; its inputs where there is no chain.

    Parameters
    ----------
    layer : Dense, BatchNorm, LayerNorm, Dropout or Residual
        The layer; a `Dropout` needs its chain.
    chain : sequence of layers
        The layers up to this one, and it.

    Returns
    -------
    int
        How many numbers a row has there.
    """
    solid = [known for known in chain if not isinstance(known, Dropout)]
    if solid:
        return solid[-1].n_out
    return 0 if isinstance(layer, Dropout) else layer.n_in


def _refitted(layer: Layer, n_in: int) -> str:
    """Return how the layer would be written for that many inputs."""
    if isinstance(layer, Dense):
        return f"Dense({n_in}, {layer.n_out})"
    if isinstance(layer, Residual):
        return f"a Residual of layers with {n_in} inputs and outputs"
    return f"{type(layer).__name__}({n_in})"
