"""The layers that a network is made of."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from numbers import Integral

from .._errors import ParameterError
from ._names import refuse_unknown
from .activations import activations


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
    activation : str, default 'identity'
        A name in `gl.nn.activations`. 'softmax' may stand in the last layer only.
    bias : bool, default True
        Whether each neuron adds a number of its own to its weighted sum.

    Attributes
    ----------
    n_in, n_out : int
        Inputs and neurons.
    activation : str
        The activation's name.
    bias : bool
        Whether there is a bias.

    Raises
    ------
    ParameterError
        A size below 1, an unknown activation.

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
    activation: str = "identity"
    _: KW_ONLY
    bias: bool = True

    def __post_init__(self) -> None:
        for name in ("n_in", "n_out"):
            object.__setattr__(self, name, _count(getattr(self, name), name))
        refuse_unknown(self.activation, activations, "Dense: activation")
        if self.bias not in (True, False):
            raise ParameterError(f"Dense: bias must be True or False; got {self.bias!r}.")
        object.__setattr__(self, "bias", bool(self.bias))

    @property
    def n_parameters(self) -> int:
        """How many numbers the layer learns."""
        return self.n_in * self.n_out + self.n_out * self.bias

    def __repr__(self) -> str:
        bias = "" if self.bias else ", bias=False"
        return f"Dense({self.n_in}, {self.n_out}, {self.activation!r}{bias})"

    def __str__(self) -> str:
        return f"Dense({self.n_in} -> {self.n_out})"


def _count(value: object, name: str) -> int:
    """Return a size as an int, at least 1."""
    if isinstance(value, bool) or not isinstance(value, Integral) or value < 1:
        raise ParameterError(
            f"Dense: {name} must be an integer, at least 1; got {value!r}. "
            "Give the number of inputs, then the number of neurons."
        )
    return int(value)
