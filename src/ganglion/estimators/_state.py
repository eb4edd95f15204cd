"""Estimators as what a model file holds, and back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..cluster._storing.records import Check, check_all, checked_centers, checked_labels, expect
from ..storage.state import State

_FITTED = "fitted"


def state_of(estimator: Any, fitted: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> State:
    """The parameters of an estimator, its fitted scalars and its fitted arrays; and names of features, if any."""
    parameters: dict[str, Any] = dict(estimator.get_params(deep=False))
    if fitted:
        parameters[_FITTED] = fitted
    names = getattr(estimator, "feature_names_in_", None)
    if names is not None:
        arrays = {**arrays, "feature_names_in_": names}
    copies = {name: np.array(array) for name, array in arrays.items()}
    return State(type(estimator).__name__, parameters, copies)


def present(estimator: Any, names: Iterable[str]) -> dict[str, Any]:
    """Those of the attributes that the estimator has."""
    return {name: getattr(estimator, name) for name in names if hasattr(estimator, name)}


def restored(
    cls: type[Any], state: State, checks: dict[str, Check]
) -> tuple[Any, dict[str, Any], dict[str, NDArray[Any]]]:
    """The estimator with its parameters and names of features; fitted scalars and arrays that are left to set."""
    parameters = dict(state.parameters)
    fitted = parameters.pop(_FITTED, {})
    expect(state.kind == cls.__name__, f"its kind must be {cls.__name__}")
    expected = set(cls().get_params(deep=False))
    expect(
        set(parameters) == expected,
        f"its parameters must be {sorted(expected)}; found {sorted(parameters)}",
    )
    expect(type(fitted) is dict, "its fitted values must be a dict")
    check_all(fitted, checks)
    estimator, arrays = cls(**parameters), dict(state.arrays)
    if "feature_names_in_" in arrays:
        names = arrays.pop("feature_names_in_")
        fits = names.dtype == object and names.shape == (fitted.get("n_features_in_"),)
        expect(fits, "feature_names_in_ must be a string for each feature")
        estimator.feature_names_in_ = names
    return estimator, fitted, arrays


def take_centers(estimator: Any, arrays: dict[str, NDArray[Any]]) -> None:
    """Set the fitted centres and labels, out of `arrays`."""
    centers = checked_centers(arrays.pop("cluster_centers_"), estimator.n_features_in_)
    expect(len(centers) == estimator.k_effective_, "k_effective_ must count the centres")
    estimator.cluster_centers_ = centers
    if "labels_" in arrays:
        estimator.labels_ = checked_labels(arrays.pop("labels_"), len(centers))
