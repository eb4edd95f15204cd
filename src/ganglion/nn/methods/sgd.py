"""Gradient descent, with momentum where it is asked for."""

from __future__ import annotations

from typing import final

from ..._errors import ParameterError
from .._engine.rules import Rule
from .._ranges import flag, number_in
from .optimiser import Array, Optimiser


@final
class SGD(Optimiser):
    """Gradient descent: p -= learning_rate * g, or with momentum m = momentum * m + g in the place of g.

    Parameters
    ----------
    learning_rate : float
        The factor of a step, above 0.
    momentum : float, default 0
        How much of the last step's direction stays, from 0 to below 1.
    nesterov : bool, default False
        Whether to look ahead: g + momentum * m in the place of m. Needs momentum.
    weight_decay : float, default 0
        How much of each parameter is added to its gradient, at least 0; biases too, as in torch. With momentum and
        decay the steps are made in Python.

    Raises
    ------
    ParameterError
        A number outside its range, nesterov without momentum.

    References
    ----------
    I. Sutskever, J. Martens, G. Dahl and G. Hinton, "On the importance of initialization and momentum in deep
    learning", ICML 2013, in the form that torch uses.

    Examples
    --------
    >>> import numpy as np
    >>> import ganglion as gl
    >>> parameters = {"W1": np.array([1.0, 2.0])}
    >>> gl.nn.SGD(0.5).step(parameters, {"W1": np.array([1.0, -1.0])})
    >>> parameters["W1"]
    array([0.5, 2.5])
    """

    def __init__(
        self,
        learning_rate: float,
        *,
        momentum: float = 0.0,
        nesterov: bool = False,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(learning_rate)
        self.momentum = number_in(momentum, "SGD: momentum", least=0.0, below=1.0)
        self.weight_decay = number_in(weight_decay, "SGD: weight_decay", least=0.0)
        self.nesterov = flag(nesterov, "SGD: nesterov")
        if self.nesterov and self.momentum == 0:
            raise ParameterError(
                "SGD: nesterov=True needs momentum > 0; got momentum=0. Use momentum=0.9."
            )
        self.has_first = self.momentum > 0

    @property
    def rule(self) -> Rule | None:
        """The update rule for the native trainer, or None with momentum and decay."""
        if not self.has_first:  # p - rate (g + decay p) is p (1 - rate decay) - rate g
            return Rule("sgd", decay=self.weight_decay)
        if self.weight_decay:
            return None
        return Rule("nesterov" if self.nesterov else "momentum", momentum=self.momentum)

    def change(self, name: str, value: Array, gradient: Array) -> None:
        """Change one parameter in place.

        Parameters
        ----------
        name : str
            The parameter's name.
        value, gradient : numpy.ndarray
            The parameter, which is written to, and its gradient.
        """
        if self.weight_decay:
            gradient = gradient + self.weight_decay * value
        direction = gradient
        if self.has_first:
            memory = self.first[name]
            memory *= self.momentum
            memory += gradient
            direction = gradient + self.momentum * memory if self.nesterov else memory
        value -= self.learning_rate * direction
