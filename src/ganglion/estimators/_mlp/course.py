"""The course of a fit between its epochs: the learning rate, when to stop, who is told, what a failure leaves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ...nn._engine.program import Learned
from ...nn._loop.checkpoints import Checkpoint
from ...nn._loop.evaluation import Evaluation
from ...nn._loop.run import Epoch, Run
from ...nn.metrics import metrics
from .settings import MlpSettings

SMALLEST_RATE = 1e-6
Told = Callable[[Epoch], Any]


@dataclass
class Patience:
    """scikit-learn's rule: over after more than `n_epochs` in a row that gain less than tol over the best one.

    With an adaptive learning rate it is then divided by 5 instead, until it is 1e-6 or less.
    """

    n_epochs: float
    tol: float
    rate: float
    is_adaptive: bool
    best: float = -np.inf
    waited: int = 0

    def see(self, value: float) -> bool:
        """Take note of an epoch, the larger the better; True where that was the last one."""
        self.waited = 0 if value >= self.best + self.tol else self.waited + 1
        self.best = max(self.best, value) if value == value else self.best
        if self.waited <= self.n_epochs:
            return False
        if not self.is_adaptive or self.rate <= SMALLEST_RATE:
            return True
        self.rate /= 5.0
        self.waited = 0
        return False


@dataclass
class Course:
    """How one fit goes on from epoch to epoch.

    `n_seen` is how many rows were learned from before this fit, `sign` says which way of the metric is better, and
    `has_batches` is False for methods that look at all rows at once, which choose their own steps.
    """

    settings: MlpSettings
    patience: Patience
    n_seen: int
    sign: float
    is_sgd: bool
    has_batches: bool

    def before(self, run: Run) -> None:
        """Set the learning rate of the next epoch."""
        kind = self.settings.learning_rate
        if not self.is_sgd or kind not in ("invscaling", "adaptive"):
            return
        rate = self.patience.rate
        if kind == "invscaling":
            seen = self.n_seen + run.n_epochs * len(run.data.rows)
            rate /= float(seen + 1) ** self.settings.power_t
        run.optimiser.learning_rate = max(rate, float(np.finfo(np.float64).tiny))

    def after(self, run: Run) -> None:
        """Look at the last epoch of the run; it may have been the last of all."""
        is_out = self._is_out(run, run.n_epochs - 1)
        if is_out and run.stopped_by is None:
            run.stopped_by = "patience"
        evaluations = getattr(run.optimiser, "n_evaluations", 0)
        if evaluations >= self.settings.max_fun and run.stopped_by is None:
            run.stopped_by = "epochs"

    def replay(self, run: Run) -> None:
        """Come to where the rule was after the epochs that a run has behind it."""
        for epoch in range(run.n_epochs):
            self._is_out(run, epoch)

    def _is_out(self, run: Run, epoch: int) -> bool:
        curves = run.curves
        if not self.settings.early_stopping:
            return self.has_batches and self.patience.see(-curves.loss[epoch])
        if curves.metric:
            return self.patience.see(self.sign * curves.metric[epoch])
        return self.patience.see(-curves.validation_loss[epoch])


def follow(
    run: Run, course: Course, model: Any, told: Sequence[Told], checkpoint: Checkpoint | None
) -> None:
    """Make epochs until the run is over; after each come the stopping rule, the checkpoint, the callbacks."""
    while not run.is_over:
        course.before(run)
        epoch = run.advance()
        course.after(run)
        if checkpoint is not None:
            checkpoint.write_when_due(run)
        if told:
            run.show()
            record = replace(epoch, model=model)
            answers = [callback(record) for callback in told]  # all are told, also after a True
            if any(answer is True for answer in answers):
                run.stopped_by = run.stopped_by or "callback"


def bounded(metric: str, data: Learned | None) -> Callable[[Any, Any], float]:
    """Return a metric of the table that is finite wherever the outputs are: the error of huge ones is not."""
    row, largest = metrics[metric], float(np.finfo(np.float64).max)
    weights = None if data is None else data.weights

    def measure(truth: Any, outputs: Any) -> float:
        with np.errstate(over="ignore", invalid="ignore"):
            return float(np.nan_to_num(row(truth, outputs, weights), nan=-largest, neginf=-largest))

    return measure


def went_worse(run: Run, metric: str | None) -> bool:
    """Whether what a run that has left the finite numbers is left with is worse than its start.

    Judged on the rows that it learns from, by the loss and by a metric: what was trained before must not become worse
    in either way.
    """
    run.collect()
    judge = None if metric is None else bounded(metric, run.data)
    evaluation = Evaluation(run.network, run.data, judge)
    with np.errstate(over="ignore", invalid="ignore"):
        loss_before, metric_before = evaluation.judge(run.start)
        loss, value = evaluation.judge(run.now)
    is_worse = not loss <= loss_before and np.isfinite(loss_before)
    if metric_before is not None and value is not None:
        is_worse = is_worse or value < metric_before
    return bool(is_worse)


def split_rows(n: int, fraction: float, groups: Any, draws: np.random.Generator) -> tuple[Any, Any]:
    """Return the rows to learn from and those to hold out, both in order; each group gives its share."""
    n_held = int(np.ceil(fraction * n))
    order = draws.permutation(n)
    if groups is not None:
        mine = np.asarray(groups)[order]
        by_group = np.argsort(mine, kind="stable")
        counts = np.bincount(mine)
        first = np.concatenate([[0], np.cumsum(counts)[:-1]])
        rank = np.empty(n)
        rank[by_group] = np.arange(n) - first[mine[by_group]]
        # The k-th of m rows of a group stands at (k + 1/2) / m: a prefix of this order holds all groups in proportion.
        order = order[np.argsort((rank + 0.5) / counts[mine], kind="stable")]
    held = np.sort(order[:n_held])
    return np.sort(order[n_held:]), held


def part_of(data: Learned, rows: Any) -> Learned:
    """Return some of the rows, with their targets and weights."""

    def some(array: Any) -> Any:
        return None if array is None else np.ascontiguousarray(array[rows])

    return Learned(data.rows[rows], some(data.targets), some(data.labels), some(data.weights))
