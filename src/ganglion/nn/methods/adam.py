"""Adam and AdamW, which differ in the decay of the weights."""

from __future__ import annotations

from typing import final

import numpy as np

from .._engine.rules import Rule
from .._ranges import number_in
from .optimiser import Array, Optimiser


class _Adaptive(Optimiser):
    """First and second moments, corrected for their start at zero."""

    has_first = True
    has_second = True
    is_decoupled = False

    def __init__(
        self, learning_rate: float, betas: tuple[float, float], epsilon: float, weight_decay: float
    ) -> None:
        super().__init__(learning_rate)
        name = type(self).__name__
        self.beta_1 = number_in(betas[0], f"{name}: beta_1", least=0.0, below=1.0)
        self.beta_2 = number_in(betas[1], f"{name}: beta_2", least=0.0, below=1.0)
        self.epsilon = number_in(epsilon, f"{name}: epsilon", above=0.0)
        self.weight_decay = number_in(weight_decay, f"{name}: weight_decay", least=0.0)

    @property
    def rule(self) -> Rule | None:
        """The update rule for the native trainer, or None for Adam with decay."""
        if self.weight_decay and not self.is_decoupled:
            return None
        return Rule(
            "adam",
            beta_1=self.beta_1,
            beta_2=self.beta_2,
            epsilon=self.epsilon,
            decay=self.weight_decay,
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
        if self.weight_decay and not self.is_decoupled:
            gradient = gradient + self.weight_decay * value
        mean, square = self.first[name], self.second[name]
        mean += (1 - self.beta_1) * (gradient - mean)
        square *= self.beta_2
        square += (1 - self.beta_2) * gradient * gradient
        root_scale = 1 / (1 - self.beta_2**self.steps) ** 0.5
        rate = self.learning_rate / (1 - self.beta_1**self.steps)
        if self.is_decoupled:
            value *= 1 - self.learning_rate * self.weight_decay
        value -= rate * mean / (np.sqrt(square) * root_scale + self.epsilon)


@final
class Adam(_Adaptive):
    """Steps of about the same length for every parameter, from running means of gradients and of their squares.

    Parameters
    ----------
    learning_rate : float, default 0.001
        The factor of a step, above 0.
    beta_1, beta_2 : float, default 0.9 and 0.999
        How much of the running means stays at each step, from 0 to below 1.
    epsilon : float, default 1e-8
        Added to the root of the mean square, above 0.
    weight_decay : float, default 0
        How much of each parameter is added to its gradient, at least 0; biases too, as in torch. With it the steps are
        made in Python; AdamW, whose decay does not pass through the moments, is both better and faster.

    Raises
    ------
    ParameterError
        A number outside its range.

    References
    ----------
    D. Kingma and J. Ba, "Adam: a method for stochastic optimization", ICLR 2015, algorithm 1.

    Examples
    --------
    >>> import numpy as np
    >>> import ganglion as gl
    >>> parameters = {"b1": np.array([1.0, 1.0])}
    >>> gl.nn.Adam(0.1).step(parameters, {"b1": np.array([20.0, -0.3])})
    >>> parameters["b1"].round(6)
    array([0.9, 1.1])
    """

    def __init__(
        self,
        learning_rate: float = 1e-3,
        *,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(learning_rate, (beta_1, beta_2), epsilon, weight_decay)


@final
class AdamW(_Adaptive):
    """Adam, with parameters that shrink by learning_rate * weight_decay of themselves at each step.

    Parameters
    ----------
    learning_rate : float, default 0.001
        The factor of a step, above 0.
    beta_1, beta_2 : float, default 0.9 and 0.999
        How much of the running means stays at each step, from 0 to below 1.
    epsilon : float, default 1e-8
        Added to the root of the mean square, above 0.
    weight_decay : float, default 0.01
        How fast parameters shrink, at least 0; biases too, as in torch.

    Raises
    ------
    ParameterError
        A number outside its range.

    References
    ----------
    I. Loshchilov and F. Hutter, "Decoupled weight decay regularization", ICLR 2019, algorithm 2.

    Examples
    --------
    >>> import numpy as np
    >>> import ganglion as gl
    >>> parameters = {"W1": np.array([10.0])}
    >>> gl.nn.AdamW(0.1, weight_decay=0.5).step(parameters, {"W1": np.array([0.0])})
    >>> parameters["W1"]
    array([9.5])
    """

    is_decoupled = True

    def __init__(
        self,
        learning_rate: float = 1e-3,
        *,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        weight_decay: float = 0.01,
    ) -> None:
        super().__init__(learning_rate, (beta_1, beta_2), epsilon, weight_decay)
