"""Estimators as what a model file holds, and back."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..storage.state import State

Check = Callable[[Any], bool]

_FITTED = "fitted"


def state_of(estimator: Any, fitted: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> State:
    """The parameters of an estimator, its fitted scalars and its fitted arrays; and names of features, if any."""
    parameters: dict[str, Any] = dict(estimator.get_params(deep=False))
    if fitted:
        parameters[_FITTED] = fitted
    names = getattr(estimator, "feature_names_in_", None)
    if names is not None:
        arrays = {**arrays, "feature_names_in_": names}
    return State(
        type(estimator).__name__,
        parameters,
        {name: np.array(array) for name, array in arrays.items()},
    )


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
    estimator = cls(**parameters)
    expect(type(fitted) is dict, "its fitted values must be a dict")
    for name, value in fitted.items():
        expect(name in checks and checks[name](value), f"{name}={value!r} is not what a fit leaves")
    arrays = dict(state.arrays)
    if "feature_names_in_" in arrays:
        names = arrays.pop("feature_names_in_")
        expect(
            names.dtype == object and names.shape == (fitted.get("n_features_in_"),),
            "feature_names_in_ must fit",
        )
        estimator.feature_names_in_ = names
    return estimator, fitted, arrays


def take_centers(estimator: Any, arrays: dict[str, NDArray[Any]]) -> None:
    """Set the fitted centres and labels, out of `arrays`."""
    centers = arrays.pop("cluster_centers_")
    n_features = getattr(estimator, "n_features_in_", None)
    expect(
        str(centers.dtype) in ("float32", "float64"),
        f"cluster_centers_ must be floats; found {centers.dtype}",
    )
    expect(
        centers.ndim == 2 and len(centers) >= 1 and centers.shape[1] == n_features,
        f"cluster_centers_ must have n_features_in_={n_features} columns; found shape {centers.shape}",
    )
    expect(bool(np.all(np.isfinite(centers))), "cluster_centers_ must be finite")
    estimator.cluster_centers_ = centers
    if "labels_" in arrays:
        estimator.labels_ = checked_labels(arrays.pop("labels_"), len(centers))


def checked_labels(labels: NDArray[Any], k: int) -> NDArray[np.int32]:
    """Labels (n,) of k clusters."""
    expect(
        labels.dtype == np.int32 and labels.ndim == 1 and len(labels) >= 1,
        "labels must be (n,) int32",
    )
    expect(int(labels.min()) >= 0 and int(labels.max()) < k, f"labels must be from 0 to {k - 1}")
    return labels


def is_natural(value: Any) -> bool:
    """Whether a fitted value is a count, from 0."""
    return type(value) is int and value >= 0


def is_one_of(*words: str) -> Check:
    """Whether a fitted value is one of some words."""
    return lambda value: type(value) is str and value in words


def is_count(value: Any) -> bool:
    """Whether a fitted value is a count, from 1."""
    return type(value) is int and value >= 1


def is_number(value: Any) -> bool:
    """Whether a fitted value is a float, NaN included."""
    return type(value) is float


def is_flag(value: Any) -> bool:
    """Whether a fitted value is true or false."""
    return type(value) is bool


def expect(holds: bool, message: str) -> None:
    """Raise where what a file holds does not fit together; `load` says which file."""
    if not holds:
        raise ValueError(message)
