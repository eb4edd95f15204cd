"""What the networks' estimators share: fit, partial_fit, and the way from samples to outputs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from math import isfinite
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from .._arrays import Real, Weights
from .._errors import ParameterError
from .._random import generator
from ..nn._examples import checked
from ..nn._loop import Run
from ..nn._program import Learned
from ..nn.exporting._blueprint import Blueprint, Decision, blueprint_of
from ..nn.exporting._blueprint import Blueprint, blueprint_of
from ..nn.network import Network
from ..nn.optimisers import Optimiser
from ..storage.state import State
from ._contract import BaseEstimator, available_if, check_is_fitted
from ._mlp_fit import (
    Head,
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
from ._mlp_fitted import Fitted
from ._mlp_inputs import InputRules, blocks_of, fitted_rows, further_rows
from ._mlp_settings import MlpSettings, checked_settings, is_full_batch, optimiser_of
from ._mlp_state import estimator_from, state_of_network
from ._mlp_stream import Stream, pass_once
from ._mlp_targets import ClassTargets, ValueTargets

Targets = ClassTargets | ValueTargets


@dataclass(frozen=True)
class Curves:
    """What the epochs of earlier fits gave."""

    loss: list[float] = field(default_factory=list[float])
    scores: list[float] = field(default_factory=list[float])
    validation_loss: list[float] = field(default_factory=list[float])


@dataclass(frozen=True)
class Encoded:
    """Targets as the loss takes them, the weight of each row, and its group: held-out rows are taken from all groups."""

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
            f"partial_fit is only available for solvers that learn from batches; {estimator.solver!r} looks at all rows "
            "at once. Use solver='adam' or 'sgd'."
        )
    return True


class NetworkEstimator(BaseEstimator, ABC):
    """Base of the estimators that are networks of dense layers."""

    default_metric: Any  # what early stopping looks at: a name, "loss" for the loss
    gives_outputs: Any  # whether predictions are the outputs of the network themselves
    _fitted: Fitted
    random_state: Any
    warm_start: bool
    solver: Any
    missing: str
    scale: str
    loss: Any
    n_features_in_: int

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
        before = dict(vars(self))
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
            course = course_of(self, problem, optimiser, evaluation, n_seen)
            checkpoint = checkpoint_of(self, problem, run, seed)
        except BaseException:
            vars(self).clear()
            vars(self).update(before)
            raise
        curves = self._curves_so_far() if known is not None else Curves()
        self._stream = None
        self.begin(taken.fitted)
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
            A parameter outside its range, no classes in the first call, other layers than before.
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
        before = dict(vars(self))
        try:
            targets = self._classes_ahead(y, classes) if known is None else known.targets
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
            vars(self).clear()
            vars(self).update(before)
            raise
        self.begin(taken.fitted)
        self._stream = stream
        curves, n_seen = self._curves_so_far(), getattr(self, "t_", 0)
        course = stream.course_of(settings, evaluation, n_seen)
        pass_once(self, run, course, stream, lambda: self._keep(run, curves, n_seen))
        return self

    def __sklearn_is_fitted__(self) -> bool:
        """Whether `fit` or `partial_fit` has trained a network."""
        return hasattr(self, "_fitted")

    def __sklearn_tags__(self) -> Any:
        inherited: Any = super()
        tags = inherited.__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.input_tags.allow_nan = self.missing == "impute"
        return tags

    @property
    def coefs_(self) -> list[Real]:
        """The weights of each layer, (n_in, n_out)."""
        return self._shown().coefs

    @coefs_.setter
    def coefs_(self, value: Any) -> None:
        self._shown().coefs[:] = value

    @property
    def intercepts_(self) -> list[Real]:
        """The biases of each layer, (n_out,)."""
        return self._shown().intercepts

    @intercepts_.setter
    def intercepts_(self, value: Any) -> None:
        self._shown().intercepts[:] = value

    @property
    def inputs_(self) -> list[str]:
        """The name of each input of the network: those of the columns, where they are taken as they are."""
        fitted = vars(self).get("_fitted")
        if fitted is None:
            raise AttributeError(f"This {type(self).__name__} has no inputs yet. Call fit(X, y) first.")
        if fitted.encoding is not None:
            return list(fitted.encoding.names)
        names = getattr(self, "feature_names_in_", None)
        return [f"x{at}" for at in range(fitted.network.n_in)] if names is None else list(names)

    @property
    def network_(self) -> Network:
        """The network itself: to trace a row, to look at gradients, to store or to export it."""
        shown = self._shown()
        shown.take_back()
        return shown.network

    @abstractmethod
    def decoded(self, fitted: Fitted, outputs: Real) -> Any:
        """Return what the outputs (n, k) of the network stand for: labels, or numbers."""

    @abstractmethod
    def _targets_of(self, y: Any, sample_weight: Any, n: int, start: Start) -> Encoded:
        """Return the targets of n rows, of the kind of those that are known."""

    @abstractmethod
    def _classes_ahead(self, y: Any, classes: Any) -> Targets | None:
        """Return what the first partial_fit announces about targets that will come."""

    @abstractmethod
    def _judged_on(self, y: Any, n: int, targets: Any) -> Any:
        """Return the targets of an eval_set of n rows as the loss takes them."""

    @abstractmethod
    def _truth_of(self, targets: Any, held: Learned) -> Any:
        """Return the targets of some rows as the caller had them."""

    def _to_state(self) -> State:
        """What a model file holds."""
        return state_of_network(self)

    def _blueprint(self) -> Blueprint:
        """What an exported file is written from."""
        check_is_fitted(self)
        if not self.gives_outputs:
            raise ParameterError(
                f"export writes the network's outputs, which are not the predictions of loss={self.loss!r}. Export "
                "model.network_, and turn its outputs into predictions where you use them."
            )
        fitted, names = self._fitted, getattr(self, "feature_names_in_", None)
        fitted.take_back()
        targets, encoding = fitted.targets, fitted.encoding
        return blueprint_of(
            fitted.network,
            names=None if names is None else list(names),
            columns=() if encoding is None else encoding.columns,
            decision=Decision.of(targets.kind, targets.classes) if isinstance(targets, ClassTargets) else None,
        )

    @classmethod
    def _from_state(cls, state: State) -> Self:
        """Build the estimator; ValueError where the state is none of its own."""
        return estimator_from(cls, state)

    def _blueprint(self) -> Blueprint:
        """What `gl.export` writes."""
        check_is_fitted(self)
        if not self.gives_outputs:
            raise ParameterError(
                f"export writes what the network gives; predictions of this {type(self).__name__} are made from it by one "
                "more step. Export its network_, and take that step in your program."
            )
        fitted = self._fitted
        fitted.take_back()
        return blueprint_of(
            fitted.network,
            names=vars(self).get("feature_names_in_"),
            columns=() if fitted.encoding is None else fitted.encoding.columns,
            decision=fitted.decision,
        )

    @abstractmethod
    def head_of(self, targets: Any) -> Head:
        """Return what stands behind the hidden layers."""

    def _shown(self) -> Fitted:
        """Return what was fitted to somebody who may write into it."""
        fitted = vars(self).get("_fitted")
        if fitted is None:
            raise AttributeError(
                f"This {type(self).__name__} has no weights yet. Call fit(X, y) first."
            )
        fitted.is_shown = True
        return fitted

    def _optimiser(self, settings: MlpSettings) -> Optimiser:
        """Return the optimiser; those that look at all rows at once want the same loss at the same point."""
        optimiser = optimiser_of(self)
        if is_full_batch(optimiser) and any(settings.dropout):
            raise ParameterError(
                f"dropout must be 0 with solver={self.solver!r}, which compares losses of one and the same network; got "
                f"dropout={settings.dropout}. Use solver='adam', or alpha against overfitting."
            )
        return optimiser

    def _take(
        self, X: Any, y: Any, sample_weight: Any, settings: MlpSettings, start: Start
    ) -> Taken:
        """Return the samples as a network takes them, and the network: a new one, or a copy of the one that is known."""
        known = start.known
        if known is None:
            rows, encoding = fitted_rows(self, X, InputRules(self.missing, self.scale, settings.dtype))
        else:
            known.take_back()
            encoding = known.encoding
            rows = further_rows(self, X, encoding, self._rules(known))
        found = self._targets_of(y, sample_weight, len(rows), start)
        head = self.head_of(found.targets)
        if known is None:
            network = network_for(head, rows.shape[1], settings, start.draws, rows.dtype)
        else:
            network = network_again(known.network, head, settings)
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
            return checked(fitted.network, rows, targets, sample_weight)

        if eval_set is not None:
            eval_data = of_eval_set(eval_set, take)
        data, held = parted(taken.data, eval_data, settings, taken.groups, draws)
        truth = None if held is None else self._truth_of(fitted.targets, held)
        return Problem(fitted, data, held, truth, settings, draws)

    def begin(self, fitted: Fitted) -> None:
        """Set what is known before the first epoch: callbacks may use the estimator."""
        self._fitted = fitted
        head = self.head_of(fitted.targets)
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

    def _rules(self, fitted: Fitted) -> InputRules:
        return InputRules(self.missing, self.scale, fitted.dtype)

    def _outputs(self, X: Any) -> Real:
        """Return the outputs (n, k) of the network; an array of its own kind takes the short way."""
        fitted = vars(self).get("_fitted")
        if fitted is None:
            check_is_fitted(self)
            raise AttributeError  # never: the line before raises
        if (
            type(X) is np.ndarray
            and X.ndim == 2
            and X.dtype == fitted.dtype
            and X.shape[1] == fitted.network.n_in
            and len(X)
            and fitted.encoding is None
            and "feature_names_in_" not in vars(self)
            and isfinite(np.add.reduce(X, axis=None))
        ):
            return fitted.outputs(np.ascontiguousarray(X))
        rules = self._rules(fitted)
        parts = [
            fitted.outputs(further_rows(self, block, fitted.encoding, rules))
            for block in blocks_of(X)
        ]
        return parts[0] if len(parts) == 1 else np.concatenate(parts)
