"""NAdam: Adam that looks ahead, as Nesterov's momentum does."""

from __future__ import annotations

from typing import final

import numpy as np

from .._engine.rules import Rule
from .._ranges import number_in
from .optimiser import Array, Optimiser


@final
class NAdam(Optimiser):
    """Adam with Nesterov's momentum: the step already contains the next gradient's share of the running mean.

    Parameters
    ----------
    learning_rate : float, default 0.002
        The factor of a step, above 0.
    beta_1, beta_2 : float, default 0.9 and 0.999
        How much of the running means stays at each step, from 0 to below 1.
    epsilon : float, default 1e-8
        Added to the root of the mean square, above 0.
    momentum_decay : float, default 0.004
        How fast the momentum grows from half of beta_1 to all of it, at least 0: 0 keeps it at half, and a larger
        number lets it grow faster.
    weight_decay : float, default 0
        How fast parameters shrink, by learning_rate * weight_decay of themselves at each step, at least 0; biases too.
        It is torch's with `decoupled_weight_decay=True`.

    Raises
    ------
    ParameterError
        A number outside its range.

    Notes
    -----
    With m and s the running means of the gradient g and of its square, in step t:

        mu_t = beta_1 (1 - 0.96^(t momentum_decay) / 2)        M_t = mu_1 mu_2 ... mu_t
        p <- p (1 - rate weight_decay)
        p <- p - rate ((1 - mu_t) / (1 - M_t) g + mu_{t+1} / (1 - M_{t+1}) m) / (sqrt(s / (1 - beta_2^t)) + epsilon)

    References
    ----------
    T. Dozat, "Incorporating Nesterov momentum into Adam", ICLR workshop 2016, algorithm 2, in the form that torch uses.

    Examples
    --------
    >>> import numpy as np
    >>> import ganglion as gl
    >>> parameters = {"b1": np.array([1.0, 1.0])}
    >>> gl.nn.NAdam(0.1).step(parameters, {"b1": np.array([20.0, -0.3])})
    >>> bool(np.sign(parameters["b1"][1] - 1.0) == 1.0)
    True
    """

    has_first = True
    has_second = True

    def __init__(
        self,
        learning_rate: float = 2e-3,
        *,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        momentum_decay: float = 4e-3,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(learning_rate)
        self.beta_1 = number_in(beta_1, "NAdam: beta_1", least=0.0, below=1.0)
        self.beta_2 = number_in(beta_2, "NAdam: beta_2", least=0.0, below=1.0)
        self.epsilon = number_in(epsilon, "NAdam: epsilon", above=0.0)
        self.momentum_decay = number_in(momentum_decay, "NAdam: momentum_decay", least=0.0)
        self.weight_decay = number_in(weight_decay, "NAdam: weight_decay", least=0.0)
        self._product = 1.0  # of the momenta of the steps in `_counted`
        self._counted = 0

    @property
    def rule(self) -> Rule:
        """The update rule for the native trainer."""
        return Rule(
            "nadam",
            beta_1=self.beta_1,
            beta_2=self.beta_2,
            epsilon=self.epsilon,
            decay=self.weight_decay,
            momentum_decay=self.momentum_decay,
        )

    def momentum(self, step: int) -> float:
        """Return the momentum of a step.

        Parameters
        ----------
        step : int
            The step, from 1.

        Returns
        -------
        float
            From half of beta_1 to beta_1.
        """
        return self.beta_1 * (1.0 - 0.5 * 0.96 ** (step * self.momentum_decay))

    def change(self, name: str, value: Array, gradient: Array) -> None:
        """Change one parameter in place.

        Parameters
        ----------
        name : str
            The parameter's name.
        value, gradient : numpy.ndarray
            The parameter, which is written to, and its gradient.
        """
        now, ahead = self.momentum(self.steps), self.momentum(self.steps + 1)
        product = self._product_until(self.steps)
        mean, square = self.first[name], self.second[name]
        mean += (1 - self.beta_1) * (gradient - mean)
        square *= self.beta_2
        square += (1 - self.beta_2) * gradient * gradient
        value *= 1 - self.learning_rate * self.weight_decay
        size = np.sqrt(square / (1 - self.beta_2**self.steps)) + self.epsilon
        direction = (1 - now) / (1 - product) * gradient + ahead / (1 - product * ahead) * mean
        value -= self.learning_rate * direction / size

    def _product_until(self, step: int) -> float:
        """Return M_t, multiplied on from where it was; from the start where the count went back."""
        if step < self._counted:
            self._product, self._counted = 1.0, 0
        for t in range(self._counted + 1, step + 1):
            self._product *= self.momentum(t)
        self._counted = step
        return self._product
