"""What the networks' estimators share: fit, partial_fit, and the way from samples to outputs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from ..._arrays import Weights, check_weights
from ..._errors import ParameterError
from ..._random import generator
from ...nn._data import in_dtype
from ...nn._engine.program import Learned
from ...nn._loop.examples import checked
from ...nn._loop.run import Run
from ...nn.optimisers import Optimiser
from .._contract import available_if
from .fit import (
    Problem,
    checkpoint_of,
    course_of,
    evaluation_of,
    network_again,
    network_for,
    of_eval_set,
    parted,
    schedule_of,
    seed_of,
    settings_of_run,
    trained,
)
from .fitted import Fitted, attributes_of, put_back
from .inputs import InputRules, fitted_rows, further_rows
from .model import NetworkModel
from .settings import MlpSettings, checked_settings, is_full_batch, optimiser_of
from .stream import Stream, pass_once
from .targets import ClassTargets, ValueTargets

Targets = ClassTargets | ValueTargets


@dataclass(frozen=True)
class Curves:
    """What the epochs of earlier fits gave."""

    loss: list[float] = field(default_factory=list[float])
    scores: list[float] = field(default_factory=list[float])
    validation_loss: list[float] = field(default_factory=list[float])


@dataclass(frozen=True)
class Encoded:
    """Targets as the loss takes them, the weight of each row, and its group: all groups are held out alike."""

    targets: Targets
    encoded: Any
    weights: Weights | None
    groups: Any


@dataclass(frozen=True)
class Start:
    """From where a call begins: what was fitted before, classes that were announced, where numbers are drawn from."""

    known: Fitted | None
    targets: Targets | None
    draws: np.random.Generator
    is_partial: bool = False


@dataclass(frozen=True)
class Taken:
    """Samples of one call as the network takes them: rows, encoded targets, the weight of each row, its group."""

    fitted: Fitted
    data: Learned
    groups: Any


def _has_batches(estimator: Any) -> bool:
    """Whether there is a partial_fit; said by AttributeError where there is none."""
    if is_full_batch(estimator.solver):
        raise AttributeError(
            f"partial_fit is only available for solvers that learn from batches; {estimator.solver!r} looks at all "
            "rows at once. Use solver='adam' or 'sgd'."
        )
    return True


def _refuse_heavy(weights: Weights | None, dtype: np.dtype[Any]) -> None:
    """Raise where the network's dtype cannot hold a weight."""
    if weights is not None:
        in_dtype(weights, dtype, "sample_weight")


class NetworkEstimator(NetworkModel, ABC):
    """Base of the estimators that are networks of dense layers: how they learn."""

    random_state: Any
    warm_start: bool
    early_stopping: bool
    solver: Any

    def fit(
        self, X: Any, y: Any, sample_weight: npt.ArrayLike | None = None, eval_set: Any = None
    ) -> Self:
        """Train the network.

        Parameters
        ----------
        X : array-like, data frame or sparse matrix of shape (n_samples, n_features)
            The samples. A data frame may hold texts, categories, booleans and missing values, see `missing`.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Labels, or rows of zeros and ones for several labels each (classifier); numbers (regressor).
        sample_weight : array-like of shape (n_samples,), optional
            Not negative. The loss of a batch is the weighted mean over its rows.
        eval_set : tuple (X, y) or (X, y, sample_weight), optional
            Samples to judge the network on after each epoch, in `validation_loss_curve_`; with
            ``early_stopping=True`` in the place of those that would be held out.

        Returns
        -------
        NetworkEstimator
            The estimator itself.

        Raises
        ------
        ParameterError
            A parameter outside its range, or a checkpoint of another training.
        DataError
            NaN, infinity, texts in an array, lengths or widths that differ, labels of `eval_set` that are not in y.
        DivergenceError
            The loss or a parameter is no longer a finite number; names epoch and layer. The estimator keeps the best
            finite state.
        ModelFileError
            The checkpoint is damaged.
        KeyboardInterrupt
            Ctrl-C. The estimator keeps the state so far.
        """
        settings = checked_settings(self)
        optimiser = self._optimiser(settings)
        draws = generator(self.random_state)
        seed = seed_of(self.random_state, draws)
        known = getattr(self, "_fitted", None) if self.warm_start else None
        before = attributes_of(self).copy()
        try:
            start = Start(known, None if known is None else known.targets, draws)
            taken = self._take(X, y, sample_weight, settings, start)
            problem = self._problem(taken, eval_set, settings, draws)
            runs: list[Run] = []
            evaluation = evaluation_of(self, problem, runs)
            run = Run(
                problem.fitted.network,
                problem.data,
                optimiser,
                settings_of_run(settings, len(problem.data.rows)),
                draws=draws,
                schedule=schedule_of(settings),
                evaluation=evaluation,
            )
            runs.append(run)
            n_seen = self.t_ if known is not None else 0
            course = course_of(problem, optimiser, evaluation, n_seen)
            checkpoint = checkpoint_of(self, problem, run, seed)
        except BaseException:
            put_back(self, before)
            raise
        curves = self._curves_so_far() if known is not None else Curves()
        self._stream = None
        self._begin(taken.fitted)
        trained(self, run, course, checkpoint, lambda: self._keep(run, curves, n_seen))
        return self

    @available_if(_has_batches)
    def partial_fit(
        self,
        X: Any,
        y: Any,
        sample_weight: npt.ArrayLike | None = None,
        classes: npt.ArrayLike | None = None,
        eval_set: Any = None,
    ) -> Self:
        """Go once over some samples, from where the call before ended.

        Parameters
        ----------
        X : array-like, data frame or sparse matrix of shape (n_samples, n_features)
            The samples. How columns become inputs is learned in the first call.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Their targets.
        sample_weight : array-like of shape (n_samples,), optional
            Not negative.
        classes : array-like of shape (n_classes,), optional
            All labels that will ever come; needed in the first call of a classifier, unless rows have several labels.
            Later calls may leave it out, or name the same ones.
        eval_set : tuple (X, y) or (X, y, sample_weight), optional
            Samples to judge the network on. With ``early_stopping=True`` and without it, `validation_fraction` of the
            samples of each call is held out: the same ones where the same samples come again.

        Returns
        -------
        NetworkEstimator
            The estimator itself. With ``early_stopping=True``, once the score has not become better by `tol` in more
            than `n_iter_no_change` calls, it goes back to its best weights, `stopped_by_` says "patience", and
            further calls change nothing.

        Raises
        ------
        ParameterError
            A parameter outside its range, no classes in the first call, other classes, layers or dtype than before.
        DataError
            As for `fit`, and labels that are not in `classes`.
        DivergenceError
            As for `fit`.
        """
        settings = checked_settings(self)
        known = getattr(self, "_fitted", None)
        stream = getattr(self, "_stream", None)
        if stream is not None and stream.is_over:
            return self
        if stream is None:
            draws = generator(self.random_state)
            stream = Stream.begun(settings, self._optimiser(settings), draws)
        before = attributes_of(self).copy()
        try:
            targets = self._classes_ahead(y, classes, None if known is None else known.targets)
            start = Start(known, targets, stream.draws, is_partial=True)
            taken = self._take(X, y, sample_weight, settings, start)
            held_draws = np.random.default_rng(stream.seed)
            problem = self._problem(taken, eval_set, settings, held_draws)
            runs: list[Run] = []
            evaluation = evaluation_of(self, problem, runs)
            run = Run(
                problem.fitted.network,
                problem.data,
                stream.optimiser,
                settings_of_run(settings, len(problem.data.rows)),
                draws=stream.draws,
                schedule=stream.schedule,
                evaluation=evaluation,
            )
            runs.append(run)
        except BaseException:
            put_back(self, before)
            raise
        self._begin(taken.fitted)
        self._stream = stream
        curves, n_seen = self._curves_so_far(), getattr(self, "t_", 0)
        course = stream.course_of(settings, evaluation, n_seen)
        pass_once(self, run, course, stream, lambda: self._keep(run, curves, n_seen))
        return self

    @abstractmethod
    def _targets_of(self, y: Any, sample_weight: Any, n: int, start: Start) -> Encoded:
        """Return the targets of n rows, of the kind of those that are known."""

    @abstractmethod
    def _classes_ahead(self, y: Any, classes: Any, known: Any) -> Targets | None:
        """Return the known targets, or what the first partial_fit announces about those that will come."""

    @abstractmethod
    def _judged_on(self, y: Any, n: int, targets: Any) -> Any:
        """Return the targets of an eval_set of n rows as the loss takes them."""

    @abstractmethod
    def _truth_of(self, targets: Any, held: Learned) -> Any:
        """Return the targets of some rows as the caller had them."""

    def _optimiser(self, settings: MlpSettings) -> Optimiser:
        """Return the optimiser; those that look at all rows at once want the same loss at the same point."""
        optimiser = optimiser_of(self)
        if is_full_batch(optimiser) and any(settings.dropout):
            raise ParameterError(
                f"dropout must be 0 with solver={self.solver!r}, which compares losses of one network; got "
                f"dropout={settings.dropout}. Use solver='adam', or alpha against overfitting."
            )
        return optimiser

    def _take(
        self, X: Any, y: Any, sample_weight: Any, settings: MlpSettings, start: Start
    ) -> Taken:
        """Return the samples as a network takes them, and the network: a new one, or a copy of the known one."""
        known = start.known
        if known is None:
            rows, encoding = fitted_rows(
                self, X, InputRules(self.missing, self.scale, settings.dtype)
            )
        else:
            known.take_back()
            encoding = known.encoding
            rows = further_rows(self, X, encoding, self._rules(known))
        found = self._targets_of(y, sample_weight, len(rows), start)
        head = self._head_of(found.targets)
        if known is None:
            network = network_for(head, rows.shape[1], settings, start.draws, rows.dtype)
        else:
            network = network_again(known.network, head, settings)
        _refuse_heavy(found.weights, rows.dtype)
        data = checked(network, rows, found.encoded, found.weights)
        return Taken(Fitted(network, found.targets, encoding), data, found.groups)

    def _problem(
        self, taken: Taken, eval_set: Any, settings: MlpSettings, draws: np.random.Generator
    ) -> Problem:
        """Return what is learned from and what it is judged on."""
        fitted, eval_data = taken.fitted, None

        def take(X: Any, y: Any, sample_weight: Any) -> Learned:
            rows = further_rows(self, X, fitted.encoding, self._rules(fitted))
            targets = self._judged_on(y, len(rows), fitted.targets)
            weights = check_weights(sample_weight, len(rows))
            _refuse_heavy(weights, rows.dtype)
            return checked(fitted.network, rows, targets, weights)

        if eval_set is not None:
            eval_data = of_eval_set(eval_set, take)
        data, held = parted(taken.data, eval_data, settings, taken.groups, draws)
        truth = None if held is None else self._truth_of(fitted.targets, held)
        return Problem(fitted, data, held, truth, settings, draws)

    def _begin(self, fitted: Fitted) -> None:
        """Set what is known before the first epoch: callbacks may use the estimator."""
        self._fitted = fitted
        head = self._head_of(fitted.targets)
        self.n_outputs_ = head.n_outputs
        self.n_layers_ = len(fitted.coefs) + 1
        self.out_activation_ = head.shown

    def _keep(self, run: Run, before: Curves, n_seen: int) -> None:
        """Set what the epochs gave; `before` are the curves of earlier fits that this one goes on from."""
        curves, evaluation = run.curves, run.evaluation
        self.n_iter_ = run.n_epochs
        self.t_ = n_seen + run.n_epochs * len(run.data.rows)
        self.loss_curve_ = [*before.loss, *curves.loss]
        self.loss_ = self.loss_curve_[-1] if self.loss_curve_ else np.nan
        self.best_loss_ = None
        if self.loss_curve_ and not self.early_stopping:
            self.best_loss_ = min(self.loss_curve_)
        self.stopped_by_ = run.stopped_by
        self.validation_loss_curve_ = None
        self.validation_scores_ = self.best_validation_score_ = None
        if evaluation is None:
            return
        self.validation_loss_curve_ = [*before.validation_loss, *curves.validation_loss]
        sign = evaluation.sign
        scores = curves.metric
        if not evaluation.has_metric:
            scores = [-loss for loss in curves.validation_loss] if self.early_stopping else []
        scores = [*before.scores, *scores]
        if scores:
            self.validation_scores_ = scores
            self.best_validation_score_ = sign * max(sign * score for score in scores)

    def _curves_so_far(self) -> Curves:
        """Return the curves that a fit goes on from."""
        names = ("loss_curve_", "validation_scores_", "validation_loss_curve_")
        return Curves(*(list(getattr(self, name, None) or []) for name in names))
