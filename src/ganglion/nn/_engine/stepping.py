"""Steps in Python, for optimisers that the native trainer has no rule for; passes and gradients stay the engine's.

`Stepped` stands before an engine and has its interface, so a training goes the same way with either. The gradient of a
batch comes from the engine's own training pass, taken with a rate of 0: dropout, batch statistics, penalty, smoothing
and clipping are then those of any other training.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Protocol, final

import numpy as np
import numpy.typing as npt

from ..._arrays import Real
from ..._errors import ParameterError
from .._squared_errors import SquaredErrors
from ..lbfgs import FullBatch
from ..methods.optimiser import Array, Optimiser, State
from ..network import Network
from .program import Learned, Order, Passed, Plan
from .rules import Rule
from .stages import Stage

Vector = npt.NDArray[np.float64]
NO_STEP = np.zeros(1)


class Engine(Protocol):
    """What trains a network: parameters and moments by name, and an epoch in one call; see `Program`."""

    def write(self, parameters: Mapping[str, Real], /) -> None:
        """Copy the parameters into the engine."""
        ...

    def read(self, parameters: Mapping[str, Real], /) -> None:
        """Copy the engine's parameters into these arrays, in place."""
        ...

    def read_moments(self, optimiser: Optimiser, /) -> None:
        """Copy the engine's moments into the optimiser's arrays, in place."""
        ...

    def learn(
        self, data: Learned, order: Order | None, optimiser: Optimiser, plan: Plan, /
    ) -> Passed:
        """Step once for each batch of an epoch."""
        ...

    @property
    def has_average(self) -> bool:
        """Whether there is a running average of the parameters."""
        ...

    def read_average(self, parameters: Mapping[str, Real], /) -> None:
        """Copy the running average into these arrays, in place."""
        ...

    def write_average(self, parameters: Mapping[str, Real], /) -> None:
        """Copy a running average into the engine."""
        ...

    def keep(self) -> None:
        """Remember parameters and moments as they are now."""
        ...

    def restore(self) -> None:
        """Go back to what was remembered."""
        ...


@final
class Gradients(Optimiser):
    """An optimiser that goes nowhere: with a rate of 0, its first moments are the gradients of the last batch."""

    has_first = True

    def __init__(self) -> None:
        super().__init__(1.0)

    @property
    def rule(self) -> Rule:
        """Momentum without memory."""
        return Rule("momentum", momentum=0.0)

    def change(self, name: str, value: Array, gradient: Array) -> None:
        """Keep the gradient (of the parameter's shape), and leave the parameter."""
        self.first[name][...] = gradient


@final
class Stepped:
    """An engine whose epochs an optimiser of Python makes; everything else is the engine's.

    `is_converged` says that a full-batch method has come to its end.
    """

    def __init__(self, engine: Engine, network: Network) -> None:
        self._engine = engine
        self._stages, self._loss = network.stages, network.loss_function
        self._parameters: dict[str, Real] = {
            name: np.empty_like(value) for name, value in network.parameters.items()
        }
        self._gradients = Gradients()
        self._gradients.prepare(self._parameters)
        self._optimiser: Optimiser | None = None
        self._kept: State | None = None
        self.is_converged = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    def write_moments(self, optimiser: Optimiser) -> None:
        """Leave the moments with the optimiser, which makes the steps."""
        self._optimiser = optimiser

    def read_moments(self, optimiser: Optimiser) -> None:
        """Leave the moments with the optimiser, where they are."""

    def keep(self) -> None:
        """Remember parameters, and what the optimiser knows, as they are now."""
        self._engine.keep()
        self._kept = None if self._optimiser is None else self._optimiser.state()

    def restore(self) -> None:
        """Go back to what was remembered."""
        self._engine.restore()
        if self._optimiser is not None and self._kept is not None:
            self._optimiser.restore(self._kept)

    def learn(self, data: Learned, order: Order | None, optimiser: Optimiser, plan: Plan) -> Passed:
        """Step once for each batch of an epoch, or once for all rows for a full-batch method."""
        self._optimiser = optimiser
        self._engine.read(self._parameters)
        if isinstance(optimiser, FullBatch):
            return self._advance(data, optimiser, plan)
        return self._step_batches(data, order, optimiser, plan)

    def _step_batches(
        self, data: Learned, order: Order | None, optimiser: Optimiser, plan: Plan
    ) -> Passed:
        """Step once for each batch; stops before the step that would follow a loss that is not finite."""
        total = Passed(True, 0.0, 0.0, 0.0, 0)
        if order is None:
            order = np.arange(len(data.rows))
        for batch, begin in enumerate(range(0, len(order), plan.batch_size)):
            passed = self._differentiate(data, order[begin : begin + plan.batch_size], plan)
            total = _sum(total, passed)
            if not passed.is_finite:
                return total
            rates = plan.rates
            rate = None if rates is None else float(rates[batch if len(rates) > 1 else 0])
            self._step(optimiser, rate, plan)
        return total

    def _step(self, optimiser: Optimiser, rate: float | None, plan: Plan) -> None:
        """Make a step as a whole or, where it is interrupted, not at all."""
        state = optimiser.state()
        before = {name: value.copy() for name, value in self._parameters.items()}
        try:
            optimiser.step(self._parameters, self._gradients.first, learning_rate=rate)
            self._engine.write(self._parameters)
            if plan.ema is not None:
                self._average(plan.ema)
        except BaseException:
            optimiser.restore(state)
            self._parameters = before
            self._engine.write(before)
            raise

    def _average(self, stays: float) -> None:
        """Let the running average of the parameters follow them; the first step copies them."""
        average = {name: value.copy() for name, value in self._parameters.items()}
        if self._engine.has_average:
            self._engine.read_average(average)
            for name, value in average.items():
                value += (1 - stays) * (self._parameters[name] - value)
        self._engine.write_average(average)

    def _differentiate(self, data: Learned, order: Order | None, plan: Plan) -> Passed:
        """Pass one batch forward and back; its gradients are then in `_gradients.first`."""
        made = 0 if self._optimiser is None else self._optimiser.steps
        n = len(data.rows) if order is None else len(order)
        self._gradients.steps = made  # dropout draws by the number of the step
        plan = replace(
            plan, batch_size=n, rates=NO_STEP, ema=None
        )  # the average follows the real step
        passed = self._engine.learn(data, order, self._gradients, plan)
        self._engine.read_moments(self._gradients)
        return passed

    def _advance(self, data: Learned, optimiser: FullBatch, plan: Plan) -> Passed:
        """Make one iteration over all rows; an interrupt leaves the parameters as they were."""
        refuse_unsteady(self._stages, plan, type(optimiser).__name__)
        start = {name: value.copy() for name, value in self._parameters.items()}
        point: Any = np.concatenate([value.ravel() for value in start.values()])
        if optimiser.needs_residuals:
            evaluate: Any = SquaredErrors(self._stages, self._loss, data, plan)
        else:
            evaluate = partial(self._evaluate, data, plan)
        try:
            advance = optimiser.advance(evaluate, point)
            self._unpack(advance.point)
            start = self._parameters
        finally:
            self._engine.write(start)
        self.is_converged = advance.is_converged
        return Passed(bool(np.isfinite(advance.loss)), advance.loss, 1.0, 0.0, 1)

    def _evaluate(self, data: Learned, plan: Plan, point: Vector) -> tuple[float, Vector]:
        """Return the loss over all rows, with its penalty, and its gradient (P,); infinite where it is not finite."""
        self._unpack(point)
        self._engine.write(self._parameters)
        passed = self._differentiate(data, None, plan)
        if not passed.is_finite:
            return np.inf, np.zeros(len(point))
        share = 1.0 / passed.weight if plan.is_mean else 1.0
        gradients = [value.ravel() for value in self._gradients.first.values()]
        return (passed.loss + passed.penalty) * share, np.concatenate(gradients).astype(np.float64)

    def _unpack(self, point: Vector) -> None:
        """Cut a point (P,) into the parameters, in their dtype."""
        begin = 0
        with np.errstate(over="ignore"):
            for value in self._parameters.values():
                value[...] = point[begin : begin + value.size].reshape(value.shape)
                begin += value.size


def refuse_unsteady(stages: Sequence[Stage], plan: Plan, method: str) -> None:
    """Raise the error for what a full-batch method cannot use, or what makes its loss another one from call to call."""
    if not (plan.clip_norm is plan.clip_value is plan.ema is None):
        raise ParameterError(
            f"{method} makes no steps along single gradients that could be clipped or averaged. "
            "Leave out clip_norm, clip_value and ema."
        )
    if plan.rates is not None:
        raise ParameterError(f"{method} finds the length of its steps itself; leave out schedule.")
    if any(stage.dropout for stage in stages):
        raise ParameterError(
            f"{method} needs the same loss at the same point; dropout draws other neurons each time. "
            "Leave out dropout, or use gl.nn.Adam()."
        )
    if any(stage.kind == "batch_norm" for stage in stages):
        raise ParameterError(
            f"{method} tries points that it does not keep, and BatchNorm would count them in its running statistics. "
            "Use LayerNorm, or gl.nn.Adam()."
        )


def _sum(a: Passed, b: Passed) -> Passed:
    """Add a batch to what was passed before, in the order in which the native trainer adds."""
    return Passed(
        b.is_finite,
        a.loss + b.loss,
        a.weight + b.weight,
        a.penalty + b.penalty,
        a.batches + b.batches,
    )
