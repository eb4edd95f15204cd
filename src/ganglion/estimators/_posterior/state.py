"""`BayesianClustering` as what a model file holds, and back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import numpy as np

from ...cluster._storing.records import Check, checked_labels, expect, is_count, is_number
from ...cluster.bayesian import component_from_state, prior_from_state
from ...cluster.bayesian._stored_sample import (
    checked_partitions,
    rows_arrays,
    sample_state,
    take_rows,
    take_sample,
)
from ...storage.state import State
from .._state import present, restored, state_of

_SAMPLE = "sample"
_NUMBERS: dict[str, Check] = {"n_features_in_": is_count, "expected_loss_": is_number}
_CHECKS: dict[str, Check] = {**_NUMBERS, _SAMPLE: lambda value: type(value) is dict}
_MODEL = {"prior": prior_from_state, "component": component_from_state}


def bayesian_state(estimator: Any) -> State:
    """What a model file holds of the estimator; prior and component as their own states."""
    fitted: dict[str, Any] = {}
    arrays: dict[str, Any] = {}
    if hasattr(estimator, "sample_"):
        record, arrays = sample_state(estimator.sample_)
        fitted = {**present(estimator, _NUMBERS), _SAMPLE: record}
        arrays |= rows_arrays(estimator._rows) | present(estimator, ("labels_", "certainty_"))
    state = state_of(estimator, fitted, arrays)
    for name in _MODEL:
        given = state.parameters[name]
        if hasattr(given, "to_state"):
            state.parameters[name] = given.to_state()
    return state


def bayesian_restored(cls: type[Any], state: State) -> Any:
    """The estimator of a state; ValueError where it is none."""
    parameters = dict(state.parameters)
    for name, build in _MODEL.items():
        if isinstance(parameters.get(name), dict):
            parameters[name] = build(parameters[name])
    estimator, fitted, arrays = restored(cls, replace(state, parameters=parameters), _CHECKS)
    if fitted:
        expect(
            set(fitted) == set(_CHECKS), f"it must hold {sorted(_CHECKS)}; found {sorted(fitted)}"
        )
        sample = take_sample(fitted.pop(_SAMPLE), arrays)
        vars(cast("object", estimator)).update(fitted)
        names = getattr(estimator, "feature_names_in_", None)
        rows = take_rows(arrays, sample.component, None if names is None else names.tolist())
        expect(
            rows.shape == (sample.n_samples, estimator.n_features_in_),
            f"its rows must be ({sample.n_samples}, {estimator.n_features_in_}); found {rows.shape}",
        )
        labels = checked_labels(arrays.pop("labels_"), sample.n_samples)
        expect(labels.shape == (sample.n_samples,), "labels_ must have a label for each row")
        checked_partitions("labels_", labels)
        certainty = arrays.pop("certainty_")
        expect(
            certainty.dtype == np.float64 and certainty.shape == labels.shape,
            "certainty_ must be float64",
        )
        estimator.certainty_ = certainty
        estimator._keep(rows, sample, labels)
    expect(not arrays, f"it holds arrays that are not known: {sorted(arrays)}")
    return estimator
