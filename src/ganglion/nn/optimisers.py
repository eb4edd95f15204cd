"""How parameters follow their gradients: the optimisers, with torch's update rules.

An optimiser keeps what it remembers (moments, number of steps) by the names of the parameters, so that `step` by hand
and `train` go on from each other.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, final

import numpy as np
import numpy.typing as npt

from .._errors import DataError, ParameterError
from ._ranges import number_in
from ._rules import Rule

Array = npt.NDArray[Any]
Moments = dict[str, Array]


class Optimiser(ABC):
    """What all optimisers share: a learning rate, the steps made so far, and moments by name.

    Parameters
    ----------
    learning_rate : float
        The factor of a step, above 0.

    Attributes
    ----------
    learning_rate : float
        The factor of a step; it may be changed between steps.
    steps : int
        Steps made so far.
    first, second : dict of str to numpy.ndarray
        What is remembered of the gradients and of their squares, in the parameters' shapes; empty before the first
        step and where the rule remembers nothing.
    """

    has_first = False
    has_second = False

    def __init__(self, learning_rate: float) -> None:
        self.learning_rate = learning_rate
        self.steps = 0
        self.first: Moments = {}
        self.second: Moments = {}

    @property
    def learning_rate(self) -> float:
        """The factor of a step."""
        return self._learning_rate

    @learning_rate.setter
    def learning_rate(self, value: float) -> None:
        self._learning_rate = number_in(value, f"{type(self).__name__}: learning_rate", above=0.0)

    @property
    @abstractmethod
    def rule(self) -> Rule:
        """The update rule, for the native trainer."""

    def step(self, parameters: Mapping[str, Array], gradients: Mapping[str, Array]) -> None:
        """Change the parameters in place by one step against their gradients.

        Parameters
        ----------
        parameters : mapping of str to numpy.ndarray
            Float arrays that may be written, such as `network.parameters`.
        gradients : mapping of str to numpy.ndarray
            The same names and shapes, such as `network.gradients(X, y)`.

        Raises
        ------
        DataError
            Names or shapes that differ, from each other or from those of earlier steps.
        """
        if set(parameters) != set(gradients):
            odd = ", ".join(sorted(set(parameters) ^ set(gradients)))
            raise DataError(
                f"parameters and gradients must have the same names; {odd} is in one of them only. "
                "Pass network.parameters and network.gradients(X, y)."
            )
        for name, value in parameters.items():
            if np.shape(gradients[name]) != value.shape:
                raise DataError(
                    f"gradients[{name!r}] must have the shape {value.shape} of the parameter; "
                    f"got {np.shape(gradients[name])}."
                )
        self.prepare(parameters)
        self.steps += 1
        for name, value in parameters.items():
            self._change(name, value, np.asarray(gradients[name], dtype=value.dtype))

    def prepare(self, parameters: Mapping[str, Array]) -> None:
        """Make moments of zeros for the first step; refuse parameters that are not those of earlier steps.

        Parameters
        ----------
        parameters : mapping of str to numpy.ndarray
            The parameters that are about to be stepped.

        Raises
        ------
        DataError
            Other names or shapes than before.
        """
        for wanted, moments in ((self.has_first, self.first), (self.has_second, self.second)):
            if not wanted:
                continue
            if not moments:
                moments.update((name, np.zeros_like(value)) for name, value in parameters.items())
            found = {name: (value.shape, value.dtype) for name, value in moments.items()}
            asked = {name: (value.shape, value.dtype) for name, value in parameters.items()}
            if found != asked:
                name = next(n for n in (*found, *asked) if found.get(n) != asked.get(n))
                raise DataError(
                    f"{type(self).__name__} has made {self.steps} steps on other parameters: {name!r} was "
                    f"{_described(found.get(name))} and is {_described(asked.get(name))}. "
                    "Use a new optimiser for another network."
                )

    @abstractmethod
    def _change(self, name: str, value: Array, gradient: Array) -> None:
        """Change one parameter in place; `steps` counts this step already."""


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
        self, learning_rate: float, *, momentum: float = 0.0, nesterov: bool = False
    ) -> None:
        super().__init__(learning_rate)
        self.momentum = number_in(momentum, "SGD: momentum", least=0.0, below=1.0)
        if nesterov not in (True, False):
            raise ParameterError(f"SGD: nesterov must be True or False; got {nesterov!r}.")
        self.nesterov = bool(nesterov)
        if self.nesterov and self.momentum == 0:
            raise ParameterError(
                "SGD: nesterov=True needs momentum > 0; got momentum=0. Use momentum=0.9."
            )
        self.has_first = self.momentum > 0

    @property
    def rule(self) -> Rule:
        """The update rule, for the native trainer."""
        name = "nesterov" if self.nesterov else "momentum" if self.has_first else "sgd"
        return Rule(name, momentum=self.momentum)

    def _change(self, name: str, value: Array, gradient: Array) -> None:
        direction = gradient
        if self.has_first:
            memory = self.first[name]
            memory *= self.momentum
            memory += gradient
            direction = gradient + self.momentum * memory if self.nesterov else memory
        value -= self.learning_rate * direction


class _Adaptive(Optimiser):
    """Adam and AdamW, which differ in the decay of the weights."""

    has_first = True
    has_second = True

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
    def rule(self) -> Rule:
        """The update rule, for the native trainer."""
        return Rule(
            "adam",
            beta_1=self.beta_1,
            beta_2=self.beta_2,
            epsilon=self.epsilon,
            decay=self.weight_decay,
        )

    def _change(self, name: str, value: Array, gradient: Array) -> None:
        mean, square = self.first[name], self.second[name]
        mean += (1 - self.beta_1) * (gradient - mean)
        square *= self.beta_2
        square += (1 - self.beta_2) * gradient * gradient
        root_scale = 1 / (1 - self.beta_2**self.steps) ** 0.5
        rate = self.learning_rate / (1 - self.beta_1**self.steps)
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
    ) -> None:
        super().__init__(learning_rate, (beta_1, beta_2), epsilon, 0.0)


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
        self, learning_rate: float = 0.01, *, decay: float = 0.99, epsilon: float = 1e-8
    ) -> None:
        super().__init__(learning_rate)
        self.decay = number_in(decay, "RMSprop: decay", least=0.0, below=1.0)
        self.epsilon = number_in(epsilon, "RMSprop: epsilon", above=0.0)

    @property
    def rule(self) -> Rule:
        """The update rule, for the native trainer."""
        return Rule("rmsprop", beta_2=self.decay, epsilon=self.epsilon)

    def _change(self, name: str, value: Array, gradient: Array) -> None:
        square = self.second[name]
        square *= self.decay
        square += (1 - self.decay) * gradient * gradient
        value -= self.learning_rate * gradient / (np.sqrt(square) + self.epsilon)


def _described(moment: tuple[tuple[int, ...], np.dtype[Any]] | None) -> str:
    """Return shape and dtype as text."""
    return "absent" if moment is None else f"{moment[1]} {moment[0]}"
