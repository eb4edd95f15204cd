"""The loop beneath `train`: one object that makes epochs, and can be taken apart and put together between them.

`Run` is the seam for whoever trains in another shell (an estimator, `partial_fit`): make one, call `advance` until
`is_over`, then `finish`. Nothing else holds state, so what a checkpoint needs is in it (`checkpoints.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast, final

import numpy as np
import numpy.typing as npt

from ..._arrays import Real
from ..._errors import ParameterError
from .._engine.choosing import engine_for
from .._engine.program import Learned, Order, Passed, Plan
from .._engine.recorded import Recorded
from .._engine.stepping import Stepped
from ..lbfgs import FullBatch
from ..network import Network
from ..optimisers import Optimiser
from ..recording import Recording
from ..scheduling.schedule import Schedule
from .divergence import Candidate, best_of, culprit, divergence
from .epochs import Best, Curves, Epoch, StoppedBy
from .evaluation import Evaluation
from .recorder import Recorder
from .settings import Settings

# Parameters up to here are not looked at again behind the last step; networks that learn rarely leave this range.
HARMLESS = 100.0


@final
class Run:
    """A training between two epochs.

    Parameters
    ----------
    network : Network
        What is trained. `show` and `finish` write into it; `advance` alone does not.
    data : Learned
        What is learned from, as `checked` returns it. It may be replaced between epochs.
    optimiser : Optimiser
        Goes on where it was.
    settings : Settings
        How.
    draws : numpy.random.Generator, optional
        Where orders and dropout are drawn from; needed for these.
    schedule : Schedule, optional
        The learning rate of every batch.
    evaluation : Evaluation, optional
        What is looked at after each epoch.

    Attributes
    ----------
    curves : Curves
        What every epoch gave.
    best : Best
        The best epoch so far.
    now, start : dict of str to numpy.ndarray
        Parameters and running statistics: buffers for those that the engine has (see `collect`), and copies of those
        before the training.
    n_steps : int
        Steps of the optimiser in this training.
    stopped_by : str or None
        Why it is over; None while it is not.
    """

    def __init__(
        self,
        network: Network,
        data: Learned,
        optimiser: Optimiser,
        settings: Settings,
        *,
        draws: np.random.Generator | None = None,
        schedule: Schedule | None = None,
        evaluation: Evaluation | None = None,
    ) -> None:
        self.network, self.data, self.optimiser, self.settings = network, data, optimiser, settings
        self.draws, self.schedule, self.evaluation = draws, schedule, evaluation
        self.curves, self.best = Curves(), Best()
        self.n_steps = 0
        self._made = optimiser.steps  # before the epoch
        self.stopped_by: StoppedBy | None = None
        self._is_mean = network.reduction == "mean"
        self._is_whole = isinstance(optimiser, FullBatch)
        self._has_dropout = any(stage.dropout for stage in network.stages)
        self._recorder = Recorder(network, data) if settings.record else None
        self.now = {name: value.copy() for name, value in held(network).items()}
        self.start = {name: value.copy() for name, value in self.now.items()}
        optimiser.prepare(network.parameters)
        self._left: Mapping[str, Real] | None = None
        engine: Any = engine_for(network, smoothing=settings.label_smoothing)
        self.engine_name: str = getattr(engine, "name", "native")
        is_whole = isinstance(optimiser, FullBatch)
        steps_itself = not is_whole and (optimiser.rule is not None or isinstance(engine, Recorded))
        self.engine: Any = engine if steps_itself else Stepped(engine, network)
        self.put(self.start)

    @property
    def n_epochs(self) -> int:
        """Epochs made."""
        return len(self.curves.loss)

    @property
    def is_over(self) -> bool:
        """Whether there is nothing left to do."""
        return self.stopped_by is not None

    def advance(self) -> Epoch:
        """Make one epoch, and look at what it gave.

        Returns
        -------
        Epoch
            What it gave. Its `model` holds these parameters only after `show`.

        Raises
        ------
        DivergenceError
            The loss or a parameter is no longer a finite number. The state is the best one so far.
        KeyboardInterrupt
            Ctrl-C. The state is that after the last whole step.
        """
        if self.is_over:
            raise ParameterError(
                f"This training is over ({self.stopped_by}). Make a new Run to go on."
            )
        loss, rate = self._learn()
        validation_loss, metric = self._look(rate)
        self.n_steps += self.optimiser.steps - self._made
        self.curves.loss.append(loss)
        self.curves.learning_rate.append(rate)
        if validation_loss is not None:
            self.curves.validation_loss.append(validation_loss)
        if metric is not None:
            self.curves.metric.append(metric)
        self._compare(loss, validation_loss, metric)
        if self.schedule is not None and self.schedule.needs_loss:
            cast("Any", self.schedule).after(loss if validation_loss is None else validation_loss)
        if getattr(self.engine, "is_converged", False):
            self.stopped_by = "converged"
        elif self.settings.patience is not None and self.best.waited >= self.settings.patience:
            self.stopped_by = "patience"
        elif self.n_epochs >= self.settings.epochs:
            self.stopped_by = "epochs"
        return Epoch(self.n_epochs, loss, validation_loss, metric, rate, self.network)

    @property
    def has_average(self) -> bool:
        """Whether there are running means of the parameters."""
        return self.settings.ema is not None and bool(self.engine.has_average)

    def collect(self) -> None:
        """Bring `now` and the optimiser's moments to what the engine has."""
        self._read(self.now)
        self.engine.read_moments(self.optimiser)

    def average(self) -> dict[str, Real]:
        """Return the running means of the parameters, nothing where there are none."""
        if not self.has_average:
            return {}
        means = {name: np.empty_like(value) for name, value in self.network.parameters.items()}
        self.engine.read_average(means)
        return means

    def put(self, arrays: Mapping[str, Real], average: Mapping[str, Real] | None = None) -> None:
        """Give the engine these parameters, running statistics and means, and the optimiser's moments."""
        self._left = None
        self.engine.write(arrays)
        if self.network.running:
            self.engine.write_running(arrays)
        if average:
            self.engine.write_average(average)
        self.engine.write_moments(self.optimiser)

    def show(self) -> None:
        """Write the parameters as they are, or their means, into the network, and the moments into the optimiser."""
        if self._left is None:
            self.collect()
        self._fill({**self.now, **self.average()} if self._left is None else self._left)

    def finish(self) -> None:
        """Write the parameters into the network, those of the best epoch where the settings say so."""
        self.show()
        if self.settings.restore_best and self.best.epoch:
            self._fill(self.best.arrays)

    def recording(self) -> Recording | None:
        """Return what was recorded, None where nothing was."""
        if self._recorder is None:
            return None
        loss, validation = np.array(self.curves.loss), np.array(self.curves.validation_loss)
        arrays = self._recorder.arrays(self.n_epochs)
        return Recording(self._recorder.layers, loss, validation, **arrays)

    def recorded(self) -> dict[str, npt.NDArray[Any]]:
        """Return what the recorder needs to go on."""
        return {} if self._recorder is None else {**self._recorder.arrays(self.n_epochs)}

    def remember(self, recorded: Mapping[str, npt.NDArray[Any]]) -> None:
        """Give the recorder what `recorded` returned."""
        if self._recorder is not None:
            self._recorder.restore(recorded)

    def _read(self, arrays: Mapping[str, Real]) -> None:
        """Copy parameters and running statistics out of the engine."""
        self.engine.read(arrays)
        if self.network.running:
            self.engine.read_running(arrays)

    def _read_judged(self, arrays: Mapping[str, Real]) -> None:
        """Copy what is judged out of the engine: means of the parameters where there are some."""
        self._read(arrays)
        if self.has_average:
            self.engine.read_average({name: arrays[name] for name in self.network.parameters})

    def _fill(self, arrays: Mapping[str, Real]) -> None:
        """Write these numbers into the network's own arrays."""
        for name, value in held(self.network).items():
            value[...] = arrays[name]

    def _learn(self) -> tuple[float, float]:
        """Pass over the rows once; return the loss and the learning rate of the last step."""
        order, plan, self._made = self._order(), self._plan(), self.optimiser.steps
        self.engine.keep()
        if self._recorder is None:
            passed: Passed = self.engine.learn(self.data, order, self.optimiser, plan)
        else:
            passed = self._learn_watched(self._recorder, order, plan)
        rate = self.optimiser.learning_rate if plan.rates is None else float(plan.rates[-1])
        if self._is_whole:
            rate = np.nan
        if not passed.is_finite:
            self._leave(f"the loss of batch {passed.batches + 1}", rate)
        if not self.engine.is_finite:
            self._leave("a parameter", rate)
        loss = passed.loss + passed.penalty
        if not np.isfinite(loss):  # each batch's is, and their sum is not, or the penalty
            self._leave("the loss of the epoch", rate)
        return (loss / passed.weight if self._is_mean else loss), rate

    def _order(self) -> Order | None:
        """Draw the order of the rows, None for that of the data."""
        if self.draws is None or not self.settings.shuffle:
            return None
        return self.draws.permutation(len(self.data.rows))

    def _plan(self) -> Plan:
        """Return how the next epoch goes."""
        settings, n = self.settings, len(self.data.rows)
        size = min(settings.batch_size, n)
        n_batches = -(-n // size)
        rates = None
        if self.schedule is not None:
            total, base = settings.epochs * n_batches, self.optimiser.learning_rate
            rates = self.schedule.rates(self.n_steps, n_batches, total, base)
        seed = 0
        if self._has_dropout and self.draws is not None:
            seed = int(self.draws.integers(2**63))
        return Plan(
            size,
            self._is_mean,
            settings.l2,
            rates,
            seed,
            settings.clip_norm,
            settings.clip_value,
            settings.ema,
        )

    def _learn_watched(self, recorder: Recorder, order: Order | None, plan: Plan) -> Passed:
        """Pass over the rows once, the last batch by itself, and note what its step changed. The bits are the same."""
        n = len(self.data.rows)
        order = np.arange(n) if order is None else order
        begin = 0 if self._is_whole else (n - 1) // plan.batch_size * plan.batch_size
        earlier = None
        if begin:
            first = plan if plan.rates is None else replace(plan, rates=plan.rates[:-1])
            earlier = self.engine.learn(self.data, order[:begin], self.optimiser, first)
            if not earlier.is_finite:
                return earlier
        before = {name: np.empty_like(value) for name, value in self.now.items()}
        self._read(before)
        last = plan if plan.rates is None else replace(plan, rates=plan.rates[-1:])
        passed = self.engine.learn(self.data, order[begin:], self.optimiser, last)
        self._read(self.now)
        _, gradients = self.engine.gradients(recorder.sample, is_mean=self._is_mean)
        with np.errstate(all="ignore"):
            recorder.note(before, self.now, gradients)
        return passed if earlier is None else _sum(earlier, passed)

    def _look(self, rate: float) -> tuple[float | None, float | None]:
        """Evaluate the parameters on the eval_set."""
        if self.evaluation is None:
            return None, None
        self._read_judged(self.now)
        loss, metric = self.evaluation.judge(self.now)
        if not np.isfinite(loss):
            self._leave("the loss on eval_set", rate)
        return loss, metric

    def _compare(self, loss: float, validation_loss: float | None, metric: float | None) -> None:
        """Keep the parameters where they are the best so far; count the epochs that were no better."""
        best, value = self.best, -(loss if validation_loss is None else validation_loss)
        if metric is not None and self.evaluation is not None:
            value = self.evaluation.sign * metric
        best.waited = 0 if value > best.value + self.settings.tol else best.waited + 1
        if value > best.value:
            if self.evaluation is None:
                best.earlier_epoch, best.earlier, best.arrays = (
                    best.epoch,
                    best.arrays,
                    best.earlier,
                )
            best.epoch, best.value = self.n_epochs, value
            best.arrays = best.arrays or {k: np.empty_like(v) for k, v in self.now.items()}
            self._read_judged(best.arrays)

    def _leave(self, what: str, rate: float) -> None:
        """Go back to the best state so far, and raise the error that says what happened."""
        self._read(self.now)
        place = culprit(self.network.stages, self.now)
        self.engine.restore()
        self.optimiser.steps = self._made
        self.collect()
        now = {**self.now, **self.average()}
        best = self.best
        known = ((0, self.start), (best.earlier_epoch, best.earlier), (best.epoch, best.arrays))
        candidates = [Candidate(epoch, arrays) for epoch, arrays in known if arrays]
        candidates.append(Candidate(self.n_epochs, now))
        judge = self.evaluation or Evaluation(self.network, self.data)
        left = best_of(candidates, judge)
        self._left = left.arrays
        raise divergence(self.n_epochs + 1, what, place, rate, left)


def refuse_overflow(run: Run) -> None:
    """Raise DivergenceError where the last step left finite weights, but a network whose loss is not finite.

    An epoch's loss is that before its steps, so that no further epoch would notice. The run then holds its best state.
    """
    if run.settings.restore_best and run.best.epoch:
        return  # the best epoch was judged, and comes back
    run.collect()
    largest = max(float(np.max(np.abs(value))) for value in run.now.values())
    if largest <= HARMLESS:
        return
    judge = Evaluation(run.network, run.data)
    with np.errstate(over="ignore", invalid="ignore"):
        if np.isfinite(judge.judge(run.now)[0]):
            return
    place = culprit(run.network.stages, run.now)
    run.engine.restore()  # to the state before the last epoch
    run.collect()
    best = run.best
    known = ((0, run.start), (best.earlier_epoch, best.earlier), (best.epoch, best.arrays))
    candidates = [Candidate(epoch, arrays) for epoch, arrays in known if arrays]
    with np.errstate(over="ignore", invalid="ignore"):
        left = best_of([*candidates, Candidate(run.n_epochs - 1, run.now)], judge)
    run.put({name: value.copy() for name, value in left.arrays.items()})
    run.stopped_by = None
    rate = run.curves.learning_rate[-1]
    raise divergence(run.n_epochs, "the loss after the last step", place, rate, left)


def held(network: Network) -> dict[str, Real]:
    """Return the network's own arrays: parameters and running statistics."""
    return {**network.parameters, **network.running}


def _sum(a: Passed, b: Passed) -> Passed:
    """Add the last batch to those before it, in the order in which the trainer adds."""
    return Passed(
        b.is_finite, a.loss + b.loss, a.weight + b.weight, a.penalty + b.penalty, a.batches + b.batches
    )  # fmt: skip
