"""RMSprop: gradients divided by their running size."""

from __future__ import annotations

from typing import final

import numpy as np

from .._engine.rules import Rule
from .._ranges import number_in
from .optimiser import Array, Optimiser


@final
class RMSprop(Optimiser):
    """Gradients divided by the root of a running mean of their squares.

    Parameters
    ----------
    learning_rate : float, default 0.01
        The factor of a step, above 0.
    decay : float, default 0.99
        How much of the running mean stays at each step, from 0 to below 1.
    epsilon : float, default 1e-8
        Added to the root, above 0.
    weight_decay : float, default 0
        How much of each parameter is added to its gradient, at least 0; biases too, as in torch. With it the steps are
        made in Python.

    Raises
    ------
    ParameterError
        A number outside its range.

    References
    ----------
    T. Tieleman and G. Hinton, "Lecture 6.5: rmsprop", Coursera, 2012, in the form that torch uses.

    Examples
    --------
    >>> import numpy as np
    >>> import ganglion as gl
    >>> parameters = {"W1": np.array([1.0])}
    >>> gl.nn.RMSprop(0.1, decay=0.75).step(parameters, {"W1": np.array([4.0])})
    >>> parameters["W1"].round(6)
    array([0.8])
    """

    has_second = True

    def __init__(
        self,
        learning_rate: float = 0.01,
        *,
        decay: float = 0.99,
        epsilon: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(learning_rate)
        self.decay = number_in(decay, "RMSprop: decay", least=0.0, below=1.0)
        self.epsilon = number_in(epsilon, "RMSprop: epsilon", above=0.0)
        self.weight_decay = number_in(weight_decay, "RMSprop: weight_decay", least=0.0)

    @property
    def rule(self) -> Rule | None:
        """The update rule for the native trainer, or None with decay."""
        return (
            None if self.weight_decay else Rule("rmsprop", beta_2=self.decay, epsilon=self.epsilon)
        )

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
        square = self.second[name]
        square *= self.decay
        square += (1 - self.decay) * gradient * gradient
        value -= self.learning_rate * gradient / (np.sqrt(square) + self.epsilon)
