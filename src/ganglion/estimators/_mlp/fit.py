"""A fit from checked parameters to a trained network: rows, targets, the split, the run, what a failure leaves."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np

from ..._errors import DataError, DivergenceError, GanglionError, ParameterError
from ...nn._engine.program import Learned
from ...nn._loop.checkpoints import Checkpoint, Identity
from ...nn._loop.evaluation import Evaluation
from ...nn._loop.fingerprints import of_generator
from ...nn._loop.run import Epoch, Run, Settings, refuse_overflow
from ...nn.metrics import metrics
from ...nn.network import Network
from ...nn.optimisers import SGD, Optimiser
from .._contract import scorer_named, scorer_names
from .course import (
    Course,
    Patience,
    Told,
    bounded,
    follow,
    part_of,
    split_rows,
    went_worse,
)
from .fitted import Fitted, attributes_of, layers_of
from .progress import ProgressLine
from .settings import MlpSettings, is_full_batch

Judge = Callable[[Any, Any], float]
GLOROT = ("identity", "sigmoid", "tanh", "relu")


@dataclass(frozen=True)
class Head:
    """What stands behind the hidden layers; `shown` is scikit-learn's name of what turns sums into predictions."""

    n_outputs: int
    activation: str
    loss: Any
    shown: str


@dataclass(frozen=True)
class Problem:
    """What one fit learns from, and is judged on; `truth` holds the targets of `held` as the caller has them."""

    fitted: Fitted
    data: Learned
    held: Learned | None
    truth: Any
    settings: MlpSettings
    draws: np.random.Generator


def network_for(
    head: Head, n_inputs: int, settings: MlpSettings, draws: Any, dtype: Any
) -> Network:
    """Return a network with first weights."""
    sizes = (n_inputs, *settings.hidden, head.n_outputs)
    layers = layers_of(sizes, settings.activations, settings.dropout, head.activation)
    # On inputs that are not scaled (digits: 0 to 16) scikit-learn's narrower start learns better than He's.
    initial = "glorot" if all(name in GLOROT for name in settings.activations) else None
    return Network(layers, head.loss, initial=initial, random_state=draws, dtype=dtype)


def network_again(known: Network, head: Head, settings: MlpSettings) -> Network:
    """Return a network of its own that goes on from the parameters of another; sizes must be the same."""
    if settings.dtype is not None and settings.dtype != known.dtype:
        raise ParameterError(
            f"warm_start=True and partial_fit go on in the same dtype; the network has {known.dtype}, and dtype asks "
            f"for {settings.dtype}. Set dtype=None, or fit with warm_start=False."
        )
    network = network_for(head, known.n_in, settings, 0, known.dtype)
    shapes = {name: value.shape for name, value in network.parameters.items()}
    old = {name: value.shape for name, value in known.parameters.items()}
    if shapes != old:
        raise ParameterError(
            "warm_start=True and partial_fit go on with the same layers; the network has "
            f"{_sizes(old)} neurons, and hidden_layer_sizes with y ask for {_sizes(shapes)}. Set hidden_layer_sizes "
            "back, or fit with warm_start=False."
        )
    network.set_parameters(known.parameters)
    return network


def parted(
    data: Learned, eval_data: Learned | None, settings: MlpSettings, groups: Any, draws: Any
) -> tuple[Learned, Learned | None]:
    """Return what is learned from, and what it is judged on: the caller's rows, or some that are held out."""
    if eval_data is not None or not settings.early_stopping:
        return data, eval_data
    n = len(data.rows)
    if np.ceil(settings.validation_fraction * n) < 2 or n < 4:
        raise DataError(
            f"The validation set is too small: early_stopping needs at least 2 rows to be judged on, and "
            f"validation_fraction={settings.validation_fraction:g} of {n} rows leaves fewer. Raise it, "
            "or pass eval_set to fit."
        )
    learned, held = split_rows(n, settings.validation_fraction, groups, draws)
    parts = part_of(data, learned), part_of(data, held)
    for part, what in zip(parts, ("that are left to learn from", "that are held out"), strict=True):
        if part.weights is not None and not np.any(part.weights > 0):
            raise DataError(
                "sample_weight must leave a row with a positive weight on both sides of the split for early_stopping; "
                f"all {len(part.rows)} rows {what} weigh 0. Drop rows without weight, or pass eval_set to fit."
            )
    return parts


def evaluation_of(estimator: Any, problem: Problem, run: list[Run]) -> Evaluation | None:
    """Return what is looked at after each epoch; `run` will hold the run, for metrics that need a whole estimator."""
    if problem.held is None:
        return None
    metric = metric_of(estimator, problem, run)
    return Evaluation(problem.fitted.network, problem.held, metric)


def metric_of(estimator: Any, problem: Problem, run: list[Run]) -> str | Judge | None:
    """Return the metric that `estimator.metric` means; by default scikit-learn's score, for early stopping alone."""
    metric: Any = estimator.metric
    if metric is None:
        metric = estimator._default_metric if problem.settings.early_stopping else "loss"
    if metric == "loss":
        return None
    if isinstance(metric, str):
        if metric in metrics:
            row = metrics[metric]
            if estimator._gives_outputs:
                return bounded(metric, problem.held) if metric == "r2" else metric
            return _signed(
                lambda outputs: row(problem.truth, estimator._decoded(problem.fitted, outputs)), row
            )
        if metric not in scorer_names():
            known = ["loss", *metrics, "or a scorer of scikit-learn such as neg_log_loss"]
            raise ParameterError(
                f"metric must be one of {', '.join(known)}, or a function; got {metric!r}."
            )
        metric = scorer_named(metric)
    if hasattr(metric, "_score_func"):

        def score(truth: Any, outputs: Any) -> float:
            run[0].show()
            judged = estimator_of_rows(estimator, problem.fitted)
            held = cast("Learned", problem.held)
            return metric(judged, held.rows, problem.truth)

        return cast("Judge", score)
    if not callable(metric):
        raise ParameterError(
            f"metric must be a name or a function of (y, predictions), larger where better; got {metric!r}."
        )
    given = cast("Judge", metric)
    return lambda truth, outputs: given(problem.truth, estimator._decoded(problem.fitted, outputs))


def _signed(measure: Callable[[Any], float], row: Any) -> Judge:
    """Return a metric that is larger where it is better."""
    sign = 1.0 if row.is_larger_better else -1.0
    return lambda truth, outputs: sign * measure(outputs)


def estimator_of_rows(estimator: Any, fitted: Fitted) -> Any:
    """Return a copy of the estimator that takes rows as the network does, for scorers."""
    judged = copy.copy(estimator)
    shown = Fitted(fitted.network, fitted.targets, None, is_shown=True)
    own = attributes_of(judged)
    own.update(_fitted=shown, n_features_in_=fitted.network.n_in)
    own.pop("feature_names_in_", None)
    return judged


def settings_of_run(settings: MlpSettings, n: int) -> Settings:
    """Return the settings as the loop takes them; when to stop is the course's business."""
    return Settings(
        epochs=settings.max_iter,
        batch_size=settings.size_of_batch(n),
        shuffle=settings.shuffle,
        restore_best=settings.early_stopping,
        l2=settings.alpha,
        label_smoothing=settings.label_smoothing,
    )


def schedule_of(settings: MlpSettings) -> Any:
    """Return the schedule object, None for scikit-learn's names."""
    return None if isinstance(settings.learning_rate, str) else settings.learning_rate


def patience_of(settings: MlpSettings, optimiser: Optimiser) -> Patience:
    """Return the stopping rule at its start."""
    is_adaptive = settings.learning_rate == "adaptive" and isinstance(optimiser, SGD)
    return Patience(settings.patience, settings.tol, optimiser.learning_rate, is_adaptive)


def course_of(
    problem: Problem,
    optimiser: Optimiser,
    evaluation: Evaluation | None,
    n_seen: int,
) -> Course:
    """Return how the fit goes on from epoch to epoch."""
    return Course(
        problem.settings,
        patience_of(problem.settings, optimiser),
        n_seen,
        1.0 if evaluation is None else evaluation.sign,
        isinstance(optimiser, SGD),
        not is_full_batch(optimiser),
    )


def checkpoint_of(estimator: Any, problem: Problem, run: Run, seed: str) -> Checkpoint | None:
    """Return the checkpoint's file, which knows the training by its data and settings."""
    settings = problem.settings
    if settings.checkpoint is None:
        return None
    targets = problem.fitted.targets
    classes = getattr(targets, "classes", None)
    encoding = problem.fitted.encoding
    names: dict[str, Any] = {
        "estimator": type(estimator).__name__,
        "random_state": seed,
        "tol": settings.tol,
        "n_iter_no_change": float(settings.patience),
        "early_stopping": settings.early_stopping,
        "power_t": settings.power_t,
        "learning_rate": settings.learning_rate
        if isinstance(settings.learning_rate, str)
        else "schedule",
        "metric": _text(estimator.metric),
        "classes": "none" if classes is None else repr(classes.tolist()),
        "columns": "none" if encoding is None else repr(encoding),
    }
    return Checkpoint(
        settings.checkpoint, Identity.of(run, problem.held, names), settings.checkpoint_every
    )


def seed_of(random_state: Any, draws: np.random.Generator) -> str:
    """Return what tells one random_state from another; None is always itself."""
    return "None" if random_state is None else of_generator(draws)


def trained(
    estimator: Any,
    run: Run,
    course: Course,
    checkpoint: Checkpoint | None,
    keep: Callable[[], None],
) -> None:
    """Go through the epochs; whatever happens, the network then holds finite numbers, and `keep` is called."""
    settings = course.settings
    if settings.resume and checkpoint is not None and checkpoint.resume(run):
        course.replay(run)
    line = ProgressLine(type(estimator).__name__, settings.max_iter) if settings.verbose else None
    told: list[Told] = [] if line is None else [line]
    if settings.callbacks:
        told += [_first(keep), *settings.callbacks]
    try:
        follow(run, course, estimator, told, checkpoint)
        refuse_overflow(run)
    except DivergenceError:
        run.show()
        if went_worse(run, estimator._default_metric if estimator._gives_outputs else None):
            run.put(run.start)
            run.show()
        raise
    except KeyboardInterrupt:
        run.finish()
        run.stopped_by = "interrupted"
        raise
    except BaseException:  # a callback's error, a full disk: the state so far stays
        run.finish()
        raise
    else:
        run.finish()
    finally:
        keep()
        if line is not None:
            line.finish(run.stopped_by or "an error")


def _first(keep: Callable[[], None]) -> Told:
    """Return what is done before callbacks are told: they see the estimator as if the fit ended here."""

    def told(epoch: Epoch) -> None:
        keep()

    return told


def of_eval_set(eval_set: Any, take: Callable[[Any, Any, Any], Learned]) -> Learned:
    """Return `take(X, y, sample_weight)` of an eval_set; errors say that it is the one."""
    kind: str = type(eval_set).__name__
    if not isinstance(eval_set, Sequence) or len(cast("Sequence[Any]", eval_set)) not in (2, 3):
        raise ParameterError(
            f"eval_set must be (X, y) or (X, y, sample_weight); got {kind}. Pass one tuple."
        )
    X, y, *weights = cast("Sequence[Any]", eval_set)
    try:
        return take(X, y, weights[0] if weights else None)
    except GanglionError as error:
        raise type(error)(f"eval_set: {error}") from error
    except ValueError as error:  # scikit-learn's gate for shapes and names
        raise DataError(f"eval_set: {error}") from error


def _sizes(shapes: dict[str, tuple[int, ...]]) -> str:
    widths = [shape for name, shape in shapes.items() if name.startswith("W")]
    return "-".join(str(n) for n in (widths[0][0], *(shape[1] for shape in widths)))


def _text(value: Any) -> str | None:
    """Return what tells one metric from another."""
    if value is None or isinstance(value, str):
        return value
    return str(getattr(value, "__qualname__", type(value).__name__))
