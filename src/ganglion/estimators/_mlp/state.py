"""The networks' estimators as what a model file holds, and back; what comes back is checked before it is believed."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from ..._errors import ParameterError
from ...cluster._storing.records import Check, expect, is_count, is_flag, is_natural, is_number
from ...data.columns import TableEncoding
from ...nn import optimisers, schedules
from ...nn._storing import network_from, record_of
from ...nn.lbfgs import LBFGS
from ...nn.levenberg_marquardt import LevenbergMarquardt
from ...nn.losses import Loss, loss_of, losses
from ...nn.muon import Muon
from ...storage.state import State
from .._state import present, restored, state_of
from .fitted import Fitted, attributes_of
from .heads import numbers_of
from .targets import ClassTargets, ValueTargets

STOPPED_BY = ("epochs", "patience", "callback", "converged", "interrupted")
CURVES = ("loss_curve_", "validation_scores_", "validation_loss_curve_")
NETWORK = "network."
OPTIMISERS: Mapping[str, Any] = {
    kind.__name__: kind
    for kind in (
        *(getattr(optimisers, name) for name in optimisers.__all__),
        LBFGS,
        LevenbergMarquardt,
        Muon,
    )
    if not inspect.isabstract(kind)
}


def _is_maybe_number(value: Any) -> bool:
    return value is None or is_number(value)


CHECKS: dict[str, Check] = {
    "n_features_in_": is_count,
    "n_iter_": is_natural,
    "t_": is_natural,
    "loss_": is_number,
    "best_loss_": _is_maybe_number,
    "best_validation_score_": _is_maybe_number,
    "stopped_by_": lambda value: value is None or value in STOPPED_BY,
    "targets": lambda value: type(value) is dict,
    "network": lambda value: type(value) is dict,
    "columns": lambda value: value is None or type(value) is list,
}
SCALARS = (
    "n_features_in_",
    "n_iter_",
    "t_",
    "loss_",
    "best_loss_",
    "best_validation_score_",
    "stopped_by_",
)


def state_of_network(estimator: Any) -> State:
    """Return what a model file holds: parameters, the network, its encodings and curves; callbacks are left out.

    Neither moments nor generators are in it: `partial_fit` on what comes back starts with new ones.
    """
    fitted_network: Fitted | None = attributes_of(estimator).get("_fitted")
    fitted: dict[str, Any] = {}
    arrays: dict[str, NDArray[Any]] = {}
    if fitted_network is not None:
        fitted_network.take_back()
        record, parameters = record_of(fitted_network.network)
        arrays = {NETWORK + name: array for name, array in parameters.items()}
        targets = fitted_network.targets
        fitted = {name: _plain(value) for name, value in present(estimator, SCALARS).items()}
        encoding = fitted_network.encoding
        fitted |= {
            "network": record,
            "targets": _record_of_targets(targets),
            "columns": None if encoding is None else encoding.to_record(),
        }
        if isinstance(targets, ClassTargets):
            arrays["classes_"] = targets.classes
        for name in CURVES:
            curve = getattr(estimator, name, None)
            if curve is not None:
                arrays[name] = np.array(curve, dtype=np.float64)
    state = state_of(estimator, fitted, arrays)
    changed = {
        "callbacks": None,
        "solver": _record_of_optimiser(estimator.solver),
        "learning_rate": _record_of_schedule(estimator.learning_rate),
    }
    if isinstance(getattr(estimator, "loss", None), Loss):
        changed["loss"] = {
            "loss": estimator.loss.name,
            "numbers": list(numbers_of(estimator.loss)),
        }
    return State(state.kind, state.parameters | changed, state.arrays)


def estimator_from(cls: type[Any], state: State) -> Any:
    """Build the estimator; ValueError, TypeError or LookupError where the state is none of its own."""
    parameters = dict(state.parameters)
    parameters["solver"] = _optimiser_from(parameters["solver"])
    parameters["learning_rate"] = _schedule_from(parameters["learning_rate"])
    if isinstance(parameters.get("loss"), dict):
        parameters["loss"] = _loss_from(parameters["loss"])
    estimator, fitted, arrays = restored(cls, State(state.kind, parameters, state.arrays), CHECKS)
    if fitted:
        expect(set(fitted) == set(CHECKS), f"it must hold {sorted(CHECKS)}; found {sorted(fitted)}")
        own = {name: arrays.pop(name) for name in list(arrays) if name.startswith(NETWORK)}
        network = network_from(
            fitted["network"], {name.removeprefix(NETWORK): array for name, array in own.items()}
        )
        encoding = (
            None if fitted["columns"] is None else TableEncoding.from_record(fitted["columns"])
        )
        n_features = fitted["n_features_in_"]
        widths = (
            (n_features, n_features)
            if encoding is None
            else (len(encoding.columns), len(encoding.names))
        )
        expect(widths == (n_features, network.n_in), "columns and network must fit n_features_in_")
        targets = _targets_from(fitted["targets"], arrays)
        expect(estimator._accepts(targets), "its targets must be those of its kind")
        head = estimator._head_of(targets)
        expect(network.n_out == head.n_outputs, "the network must have an output for each target")
        attributes_of(estimator).update({name: fitted[name] for name in SCALARS})
        for name in CURVES:
            curve = arrays.pop(name, None)
            expect(
                curve is None or (curve.dtype == np.float64 and curve.ndim == 1),
                f"{name} must be (n,) float64",
            )
            setattr(estimator, name, None if curve is None else curve.tolist())
        expect(estimator.loss_curve_ is not None, "loss_curve_ is missing")
        estimator._begin(Fitted(network, targets, encoding))
    expect(not arrays, f"it holds arrays that are not known: {sorted(arrays)}")
    return estimator


def _record_of_targets(targets: ClassTargets | ValueTargets) -> dict[str, Any]:
    if isinstance(targets, ClassTargets):
        return {"kind": targets.kind, "is_sparse": targets.is_sparse}
    return {"kind": "values", "n_outputs": targets.n_outputs, "is_flat": targets.is_flat}


def _targets_from(record: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> Any:
    """Return the targets of a record; the classes are out of `arrays`."""
    if record.get("kind") == "values":
        expect(set(record) == {"kind", "n_outputs", "is_flat"}, "targets must be whole")
        expect(
            is_count(record["n_outputs"]) and is_flag(record["is_flat"]), "targets must be counts"
        )
        expect(
            record["n_outputs"] == 1 or not record["is_flat"], "flat targets are one number a row"
        )
        return ValueTargets(record["n_outputs"], record["is_flat"])
    expect(
        set(record) == {"kind", "is_sparse"} and is_flag(record["is_sparse"]),
        "targets must be whole",
    )
    classes = arrays.pop("classes_")
    kind = record["kind"]
    least, most = {"binary": (1, 2), "multiclass": (3, 2**31), "multilabel": (1, 2**31)}[kind]
    expect(
        classes.ndim == 1 and least <= len(classes) <= most, f"classes_ must fit a {kind} target"
    )
    sorted_ones = cast("Any", np.unique(classes))
    expect(np.array_equal(sorted_ones, classes), "classes_ must ascend")
    return ClassTargets(kind, classes, record["is_sparse"])


def _record_of_optimiser(solver: Any) -> Any:
    """Return the solver's name, or an optimiser's name and settings; its moments are no part of a model."""
    if not isinstance(solver, optimisers.Optimiser):
        return solver
    kind = type(solver).__name__
    if OPTIMISERS.get(kind) is not type(solver):
        raise ParameterError(
            f"A model file holds no code: solver must be one that the library knows to be saved; it is a {kind}. "
            "Set solver='adam' before saving; a fitted network does not need it."
        )
    names = list(inspect.signature(type(solver)).parameters)
    return {"optimiser": kind} | {
        name: _record_of_optimiser(getattr(solver, name)) for name in names
    }


def _optimiser_from(record: Any) -> Any:
    if not isinstance(record, dict):
        return record
    known = dict(cast("dict[str, Any]", record))
    kind = OPTIMISERS[known.pop("optimiser")]
    expect(
        set(known) == set(inspect.signature(kind).parameters), "its solver must have all settings"
    )
    return kind(**{name: _optimiser_from(value) for name, value in known.items()})


def _record_of_schedule(learning_rate: Any) -> Any:
    if isinstance(learning_rate, schedules.Schedule):
        return {"schedule": schedules.to_record(learning_rate)}
    return learning_rate


def _schedule_from(record: Any) -> Any:
    if isinstance(record, dict):
        expect(
            set(cast("dict[str, Any]", record)) == {"schedule"},
            "its learning rate must be a schedule",
        )
        return schedules.from_record(cast("Any", record)["schedule"])
    return record


def _loss_from(record: dict[str, Any]) -> Loss:
    """Return the loss of a name and numbers."""
    expect(set(record) == {"loss", "numbers"}, "its loss must be a name and numbers")
    known = losses[record["loss"]]
    if not record["numbers"]:
        return known
    return loss_of(known.name, record["numbers"])


def _plain(value: Any) -> Any:
    return cast("Any", value).item() if isinstance(value, np.generic) else value
