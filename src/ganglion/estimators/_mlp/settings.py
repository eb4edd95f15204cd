"""The parameters of the networks' estimators, checked: what the user wrote becomes what the training loop takes."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from numbers import Integral
from types import MappingProxyType
from typing import Any, cast

import numpy as np

from ..._errors import ParameterError
from ...nn import optimisers
from ...nn._names import refuse_unknown
from ...nn._ranges import count, number_in
from ...nn.activations import activations
from ...nn.lbfgs import LBFGS, FullBatch
from ...nn.levenberg_marquardt import LevenbergMarquardt
from ...nn.muon import Muon
from ...nn.schedules import schedule_of

ALIASES = {"logistic": "sigmoid"}
LEARNING_RATES = ("constant", "invscaling", "adaptive")
MISSING = ("auto", "error", "impute")
SCALES = ("auto", "none", "standard", "robust")
FTOL = 2.220446049250313e-09  # the share of the loss that SciPy's L-BFGS-B calls no more progress
Activation = str | Callable[[Any], Any]


@dataclass(frozen=True)
class MlpSettings:
    """What a fit needs to know beside data; every number is in its range."""

    hidden: tuple[int, ...]
    activations: tuple[Activation, ...]
    dropout: tuple[float, ...]
    alpha: float
    batch_size: int | None
    learning_rate: Any
    power_t: float
    max_iter: int
    shuffle: bool
    tol: float
    patience: float
    early_stopping: bool
    validation_fraction: float
    max_fun: int
    label_smoothing: float
    dtype: np.dtype[Any] | None
    callbacks: tuple[Callable[[Any], Any], ...]
    checkpoint: Any
    checkpoint_every: int
    resume: bool
    verbose: bool

    def size_of_batch(self, n: int) -> int:
        """Rows in a batch: 'auto' is 200, and there are never more than n."""
        return min(200 if self.batch_size is None else self.batch_size, n)


def checked_settings(estimator: Any) -> MlpSettings:
    """Return the parameters of an estimator as settings, or the error that names the one that is wrong."""
    hidden = hidden_sizes(estimator.hidden_layer_sizes)
    fraction = number_in(estimator.validation_fraction, "validation_fraction", least=0.0, below=1.0)
    early_stopping = _flag(estimator.early_stopping, "early_stopping")
    if early_stopping and fraction == 0:
        raise ParameterError(
            "validation_fraction must be above 0 with early_stopping=True; got 0. Use 0.1, or pass eval_set to fit."
        )
    for name in ("nesterovs_momentum", "warm_start"):
        _flag(getattr(estimator, name), name)
    number_in(estimator.learning_rate_init, "learning_rate_init", above=0.0)
    refuse_unknown(estimator.missing, MISSING, "missing")
    refuse_unknown(estimator.scale, SCALES, "scale")
    return MlpSettings(
        hidden=hidden,
        activations=_activations(estimator.activation, len(hidden)),
        dropout=_dropout(estimator.dropout, len(hidden)),
        alpha=number_in(estimator.alpha, "alpha", least=0.0),
        batch_size=_batch_size(estimator.batch_size),
        learning_rate=_learning_rate(estimator.learning_rate),
        power_t=number_in(estimator.power_t, "power_t", least=0.0),
        max_iter=count(estimator.max_iter, "max_iter"),
        shuffle=_flag(estimator.shuffle, "shuffle"),
        tol=number_in(estimator.tol, "tol", least=0.0),
        patience=_patience(estimator.n_iter_no_change),
        early_stopping=early_stopping,
        validation_fraction=fraction,
        max_fun=count(estimator.max_fun, "max_fun"),
        label_smoothing=number_in(
            getattr(estimator, "label_smoothing", 0.0), "label_smoothing", least=0.0, below=1.0
        ),
        dtype=_dtype(estimator.dtype),
        callbacks=_callbacks(estimator.callbacks),
        checkpoint=_path(estimator.checkpoint),
        checkpoint_every=count(estimator.checkpoint_every, "checkpoint_every"),
        resume=_resume(estimator),
        verbose=_verbose(estimator.verbose),
    )


def hidden_sizes(value: Any) -> tuple[int, ...]:
    """Return the sizes of the hidden layers: from an integer, integers, or text such as "64-32" or "100"."""
    if isinstance(value, str):
        parts = [part for part in re.split(r"[-,\sx]+", value.strip("()[] ")) if part]
        if not all(part.isdecimal() for part in parts):
            raise _no_sizes(value)
        value = [int(part) for part in parts]
    if isinstance(value, Integral):
        value = (value,)
    if not isinstance(value, Iterable):
        raise _no_sizes(value)
    sizes = list(cast("Iterable[Any]", value))
    for size in sizes:
        if isinstance(size, bool) or not isinstance(size, Integral) or size < 1:
            raise _no_sizes(value)
    return tuple(int(size) for size in sizes)


def optimiser_of(estimator: Any) -> optimisers.Optimiser:
    """Return a new optimiser as `solver` says; one that was given as an object is copied, and starts where it is."""
    solver = estimator.solver
    if isinstance(solver, optimisers.Optimiser):
        return copy.deepcopy(solver)
    if not isinstance(solver, str):
        raise ParameterError(
            f"solver must be one of {', '.join(SOLVERS)}, or an optimiser such as gl.nn.AdamW(); got {solver!r}."
        )
    refuse_unknown(solver, SOLVERS, "solver")
    return SOLVERS[solver](estimator)


def is_full_batch(solver: Any) -> bool:
    """Whether a solver looks at all rows at once, so that there are no batches and no partial_fit."""
    return isinstance(solver, FullBatch) or solver in ("lbfgs", "levenberg_marquardt")


def _adam(estimator: Any) -> optimisers.Optimiser:
    betas = {"beta_1": estimator.beta_1, "beta_2": estimator.beta_2}
    return optimisers.Adam(estimator.learning_rate_init, **betas, epsilon=estimator.epsilon)


def _adamw(estimator: Any) -> optimisers.Optimiser:
    betas = {"beta_1": estimator.beta_1, "beta_2": estimator.beta_2}
    return optimisers.AdamW(estimator.learning_rate_init, **betas, epsilon=estimator.epsilon)


def _nadam(estimator: Any) -> optimisers.Optimiser:
    betas = {"beta_1": estimator.beta_1, "beta_2": estimator.beta_2}
    return optimisers.NAdam(estimator.learning_rate_init, **betas, epsilon=estimator.epsilon)


def _rmsprop(estimator: Any) -> optimisers.Optimiser:
    return optimisers.RMSprop(estimator.learning_rate_init, epsilon=estimator.epsilon)


def _sgd(estimator: Any) -> optimisers.Optimiser:
    momentum = number_in(estimator.momentum, "momentum", least=0.0, below=1.0)
    looks_ahead = bool(estimator.nesterovs_momentum) and momentum > 0
    return optimisers.SGD(estimator.learning_rate_init, momentum=momentum, nesterov=looks_ahead)


def _lbfgs(estimator: Any) -> optimisers.Optimiser:
    # tol=0 asks for as much as the numbers give
    change = FTOL if estimator.tol > 0 else 0.0
    return LBFGS(tolerance_grad=float(estimator.tol), tolerance_change=change)


def _muon(estimator: Any) -> optimisers.Optimiser:
    return Muon(estimator.learning_rate_init)


def _levenberg_marquardt(estimator: Any) -> optimisers.Optimiser:
    return LevenbergMarquardt(tolerance_grad=float(estimator.tol))


SOLVERS: Mapping[str, Callable[[Any], optimisers.Optimiser]] = MappingProxyType(
    {
        "adam": _adam,
        "sgd": _sgd,
        "lbfgs": _lbfgs,
        "adamw": _adamw,
        "nadam": _nadam,
        "rmsprop": _rmsprop,
        "muon": _muon,
        "levenberg_marquardt": _levenberg_marquardt,
    }
)
"""What each name of a solver makes of an estimator's parameters."""


def _activations(value: Any, n: int) -> tuple[Activation, ...]:
    """Return an activation for each of n hidden layers; one for all of them, or one for each."""
    if isinstance(value, str) or not isinstance(value, Sequence):
        value = [value] * n
    given = list(cast("Sequence[Any]", value))
    if len(given) != n:
        raise ParameterError(
            f"activation must be one for all hidden layers, or one for each of the {n}; got {len(given)}: {value!r}."
        )
    return tuple(_activation(one) for one in given)


def _activation(value: Any) -> Activation:
    if callable(value):
        return value
    known = [name for name, row in activations.items() if row.is_elementwise]
    refuse_unknown(value, [*known, *ALIASES], "activation")
    return str(ALIASES.get(value, value))


def _dropout(value: Any, n: int) -> tuple[float, ...]:
    """Return the share that is dropped behind each of n hidden layers."""
    if isinstance(value, Sequence) and not isinstance(value, str):
        given = list(cast("Sequence[Any]", value))
        if len(given) != n:
            raise ParameterError(
                f"dropout must be one number, or one for each of the {n} hidden layers; got {len(given)}: {value!r}."
            )
    else:
        given = [value] * max(n, 1)
    rates = tuple(number_in(rate, "dropout", least=0.0, below=1.0) for rate in given)
    return rates[:n]


def _batch_size(value: Any) -> int | None:
    if isinstance(value, str):
        refuse_unknown(value, ["auto"], "batch_size")
        return None
    return count(value, "batch_size")


def _learning_rate(value: Any) -> Any:
    """Return one of scikit-learn's names, or a copy of a schedule."""
    if isinstance(value, str) or value is None:
        what = "learning_rate (a name, or an object of gl.nn.schedules)"
        refuse_unknown(value, LEARNING_RATES, what)
        return value
    return schedule_of(copy.deepcopy(value), "learning_rate")


def _patience(value: Any) -> float:
    return np.inf if value == np.inf else count(value, "n_iter_no_change")


def _dtype(value: Any) -> np.dtype[Any] | None:
    if value is None:
        return None
    try:
        known = np.dtype(value)
    except TypeError:
        known = None
    if known is None or known.name not in ("float32", "float64"):
        raise ParameterError(f"dtype must be None, 'float32' or 'float64'; got {value!r}.")
    return known


def _callbacks(value: Any) -> tuple[Callable[[Any], Any], ...]:
    """Return the callbacks: none, one, or several."""
    if value is None:
        return ()
    several = list(cast("Iterable[Any]", value)) if isinstance(value, list | tuple) else [value]
    for one in several:
        if not callable(one):
            raise ParameterError(
                f"callbacks must be one function of the epoch's record, or a list of them; got {one!r}."
            )
    return tuple(several)


def _path(value: Any) -> Any:
    if value is None or isinstance(value, str) or hasattr(value, "__fspath__"):
        return value
    raise ParameterError(f"checkpoint must be the path of a file, or None; got {value!r}.")


def _resume(estimator: Any) -> bool:
    resume = _flag(estimator.resume, "resume")
    if resume and estimator.checkpoint is None:
        raise ParameterError(
            "resume=True goes on from a checkpoint; got checkpoint=None. Pass checkpoint='training.safetensors'."
        )
    return resume


def _verbose(value: Any) -> bool:
    if isinstance(value, bool | np.bool_ | Integral) and int(cast("int", value)) >= 0:
        return bool(cast("int", value))
    raise ParameterError(f"verbose must be True, False or an integer of at least 0; got {value!r}.")


def _flag(value: Any, name: str) -> bool:
    if not isinstance(value, bool | np.bool_):
        raise ParameterError(f"{name} must be True or False; got {value!r}.")
    return bool(cast("Any", value))


def _no_sizes(value: Any) -> ParameterError:
    return ParameterError(
        "hidden_layer_sizes must be integers of at least 1, one for each hidden layer, such as (100,), 100 or '64-32'; "
        f"got {value!r}."
    )
