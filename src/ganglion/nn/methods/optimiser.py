"""What all optimisers share: steps by hand and in training, memories by name, and a state that can be stored."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from ..._errors import DataError
from .._engine.rules import Rule
from .._ranges import number_in

Array = npt.NDArray[Any]
Moments = dict[str, Array]
State: TypeAlias = dict[str, int | float | Array]
"""Numbers and arrays by name: everything that an optimiser or a schedule needs to go on with the same bits."""


class Optimiser(ABC):
    """What all optimisers share: a learning rate, the steps made so far, and moments by name.

    A subclass says in `change` how one parameter follows its gradient; that is all that `train` needs. It steps in
    Python then, from the engine's gradients, unless the subclass has a `rule` that the native trainer knows.

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
        step and where the rule remembers nothing. A subclass says by `has_first` and `has_second` which it needs.

    Examples
    --------
    >>> import numpy as np
    >>> import ganglion as gl
    >>> class SignDescent(gl.nn.optimisers.Optimiser):
    ...     def change(self, name, value, gradient):
    ...         value -= self.learning_rate * np.sign(gradient)
    >>> parameters = {"W1": np.array([1.0, 2.0])}
    >>> SignDescent(0.5).step(parameters, {"W1": np.array([7.0, -0.1])})
    >>> parameters["W1"]
    array([0.5, 2.5])
    """

    has_first = False
    has_second = False

    def __init__(self, learning_rate: float) -> None:
        self._now: float | None = None
        self.learning_rate = learning_rate
        self.steps = 0
        self.first: Moments = {}
        self.second: Moments = {}

    @property
    def learning_rate(self) -> float:
        """The factor of a step; within a step that was given a rate of its own, that rate."""
        return self._learning_rate if self._now is None else self._now

    @learning_rate.setter
    def learning_rate(self, value: float) -> None:
        self._learning_rate = number_in(value, f"{type(self).__name__}: learning_rate", above=0.0)

    @property
    def rule(self) -> Rule | None:
        """The update rule for the native trainer, or None where it has none: `train` then steps in Python."""
        return None

    def step(
        self,
        parameters: Mapping[str, Array],
        gradients: Mapping[str, Array],
        *,
        learning_rate: float | None = None,
    ) -> None:
        """Change the parameters in place by one step against their gradients.

        Parameters
        ----------
        parameters : mapping of str to numpy.ndarray
            Float arrays that may be written, such as `network.parameters`.
        gradients : mapping of str to numpy.ndarray
            The same names and shapes, such as `network.gradients(X, y)`.
        learning_rate : float, optional
            The factor of this step, at least 0, as a schedule gives it. By default the optimiser's own.

        Raises
        ------
        DataError
            Names or shapes that differ, from each other or from those of earlier steps.
        ParameterError
            A learning rate that is negative or no number.
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
        if learning_rate is not None:
            learning_rate = number_in(learning_rate, "step: learning_rate", least=0.0)
        rate = self.learning_rate if learning_rate is None else learning_rate
        self.prepare(parameters)
        self.steps += 1
        for name, value in parameters.items():
            self.change_at(rate, name, value, np.asarray(gradients[name], dtype=value.dtype))

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
    def change(self, name: str, value: Array, gradient: Array) -> None:
        """Change one parameter in place; what a subclass has to say.

        Parameters
        ----------
        name : str
            The parameter's name, under which `first` and `second` hold what is remembered of it.
        value : numpy.ndarray
            The parameter; written to.
        gradient : numpy.ndarray
            The derivative of the loss by it, in the same shape and dtype; not to be written to. `steps` counts this
            step already.
        """

    def change_at(self, rate: float, name: str, value: Array, gradient: Array) -> None:
        """Change one parameter in place, with a rate in the place of the optimiser's.

        Parameters
        ----------
        rate : float
            The learning rate, at least 0.
        name : str
            The parameter's name.
        value, gradient : numpy.ndarray
            The parameter, which is written to, and its gradient.
        """
        before, self._now = self._now, rate
        try:
            self.change(name, value, gradient)
        finally:
            self._now = before

    def state(self) -> State:
        """Return everything that is needed to go on with the same bits.

        Returns
        -------
        dict of str to int, float or numpy.ndarray
            `learning_rate`, `steps`, and copies of the moments as `first.W1`, `second.W1` and so on. Settings that
            never change, such as a momentum, are not in it. A subclass that remembers more adds its own names.
        """
        known: State = {"learning_rate": self._learning_rate, "steps": self.steps}
        for kind, moments in (("first", self.first), ("second", self.second)):
            known.update((f"{kind}.{name}", value.copy()) for name, value in moments.items())
        return known

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a state that an optimiser with the same settings was in.

        Parameters
        ----------
        state : mapping of str to int, float or numpy.ndarray
            What `state` returned. The arrays are copied.

        Raises
        ------
        DataError
            Something is missing, or does not belong to an optimiser of this kind.
        """
        kept: dict[str, Moments] = {"first": {}, "second": {}}
        wanted = {"first": self.has_first, "second": self.has_second}
        for key, value in state.items():
            kind, _, name = key.partition(".")
            if wanted.get(kind) and name:
                kept[kind][name] = np.array(value)
            elif key not in ("learning_rate", "steps"):
                raise DataError(
                    f"This is not a state of {type(self).__name__}: it has no {key!r}. "
                    "Restore what state() of an optimiser with the same settings returned."
                )
        steps = number_from(state, "steps", type(self).__name__)
        self.learning_rate = number_from(state, "learning_rate", type(self).__name__)
        self.steps = int(steps)
        self.first, self.second = kept["first"], kept["second"]


def number_from(state: Mapping[str, Any], key: str, owner: str) -> float:
    """Return a number of a state.

    Parameters
    ----------
    state : mapping of str to object
        What `state()` of an optimiser or a schedule returned.
    key : str
        Which number.
    owner : str
        The class that asks, for the error.

    Returns
    -------
    float
        The number.

    Raises
    ------
    DataError
        It is missing or no number.
    """
    value = state.get(key)
    if value is None or np.ndim(value) or not np.isreal(value):
        raise DataError(
            f"A state of {owner} must have the number {key!r}; got {value!r}. "
            f"Restore what state() of {owner} returned."
        )
    return value if isinstance(value, float) else float(value)


def vector_from(state: Mapping[str, Any], key: str, owner: str) -> npt.NDArray[np.float64]:
    """Return a copy of a float64 array of a state.

    Parameters
    ----------
    state : mapping of str to object
        What `state()` of an optimiser or a schedule returned.
    key : str
        Which array.
    owner : str
        The class that asks, for the error.

    Returns
    -------
    numpy.ndarray
        The array, of any shape.

    Raises
    ------
    DataError
        It is missing or no float64 array.
    """
    value: Any = state.get(key)
    if getattr(value, "dtype", None) != np.float64 or not np.ndim(value):
        raise DataError(
            f"A state of {owner} must have the float64 array {key!r}; got {type(value).__name__}. "
            f"Restore what state() of {owner} returned."
        )
    copy: npt.NDArray[np.float64] = value.copy()
    return copy


def _described(moment: tuple[tuple[int, ...], np.dtype[Any]] | None) -> str:
    """Return shape and dtype as text."""
    return "absent" if moment is None else f"{moment[1]} {moment[0]}"
