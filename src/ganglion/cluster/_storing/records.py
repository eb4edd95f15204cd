"""Records of clustering as what a model file holds; what comes back is checked before it is believed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..._arrays import Labels, Real
from ...storage.state import State
from .._kmeans.lloyd import History

Check = Callable[[Any], bool]


def expect(holds: bool, message: str) -> None:
    """Raise where what a file holds does not fit together; `load` says which file."""
    if not holds:
        raise ValueError(message)


def is_count(value: Any) -> bool:
    """Whether a stored value is a count, from 1."""
    return type(value) is int and value >= 1


def is_natural(value: Any) -> bool:
    """Whether a stored value is a count, from 0."""
    return type(value) is int and value >= 0


def is_number(value: Any) -> bool:
    """Whether a stored value is a float, NaN included."""
    return type(value) is float


def is_flag(value: Any) -> bool:
    """Whether a stored value is true or false."""
    return type(value) is bool


def is_one_of(*words: str) -> Check:
    """Whether a stored value is one of some words."""
    return lambda value: type(value) is str and value in words


def check_all(values: dict[str, Any], checks: dict[str, Check]) -> None:
    """Raise at the first value that is not known, or not of its kind."""
    for name, value in values.items():
        expect(name in checks and checks[name](value), f"{name}={value!r} is not what a fit leaves")


def checked_centers(centers: NDArray[Any], n_features: int) -> Real:
    """Centres (k, d), finite."""
    expect(
        str(centers.dtype) in ("float32", "float64"),
        f"centers must be floats; found {centers.dtype}",
    )
    shape = centers.shape
    expect(
        len(shape) == 2 and shape[0] >= 1 and shape[1] == n_features,
        f"centers of shape {shape} do not fit",
    )
    expect(bool(np.all(np.isfinite(centers))), "centers must be finite")
    return centers


def checked_labels(labels: NDArray[Any], k: int) -> Labels:
    """Labels (n,) of k clusters."""
    expect(
        labels.dtype == np.int32 and labels.ndim == 1 and len(labels) >= 1,
        "labels must be (n,) int32",
    )
    expect(int(labels.min()) >= 0 and int(labels.max()) < k, f"labels must be from 0 to {k - 1}")
    return labels


def history_arrays(history: History | None) -> dict[str, NDArray[Any]]:
    """The recorded steps by name; none where nothing was recorded."""
    if history is None:
        return {}
    return {f"history.{field.name}": getattr(history, field.name) for field in fields(History)}


def take_history(
    arrays: dict[str, NDArray[Any]], n_iter: int, labels: Labels, centers: Real
) -> History | None:
    """The recorded steps, out of `arrays`; None where there are none."""
    if not any(name.startswith("history.") for name in arrays):
        return None
    parts = {field.name: arrays.pop(f"history.{field.name}") for field in fields(History)}
    t, n, d = n_iter, len(labels), centers.shape[1]
    k = parts["sizes"].shape[-1]  # more than there are centres, where samples coincide
    expected: dict[str, tuple[tuple[int, ...], type[Any]]] = {
        "centers": ((t, k, d), centers.dtype.type),
        "labels": ((t, n), np.int32),
        "inertia": ((t,), np.float64),
        "shift": ((t,), np.float64),
        "changed": ((t,), np.int64),
        "sizes": ((t, k), np.int64),
    }
    for name, (shape, dtype) in expected.items():
        part = parts[name]
        expect(
            part.shape == shape and part.dtype == dtype,
            f"history.{name} must be {dtype.__name__} of shape {shape}; found {part.dtype} of shape {part.shape}",
        )
    checked_labels(parts["labels"].ravel(), k)
    return History(**parts)


RUN_CHECKS: dict[str, Check] = {
    "inertia": is_number,
    "tss": is_number,
    "bss": is_number,
    "n_iter": is_natural,
    "converged": is_flag,
    "stopped_by": is_one_of("labels", "tol", "epsilon", "max_iter", "progress"),
}


def state_of_run(run: Any) -> State:
    """What a model file holds of a `KMeansRun`."""
    arrays = {"centers": run.centers, "labels": run.labels, **history_arrays(run.history)}
    return State("KMeansRun", {name: getattr(run, name) for name in RUN_CHECKS}, arrays)


def parts_of_run(state: State) -> dict[str, Any]:
    """The fields of a `KMeansRun`; ValueError where the state is none."""
    parameters, arrays = dict(state.parameters), dict(state.arrays)
    expect(
        set(parameters) == set(RUN_CHECKS),
        f"it must hold {sorted(RUN_CHECKS)}; found {sorted(parameters)}",
    )
    check_all(parameters, RUN_CHECKS)
    centers = arrays.pop("centers")
    checked_centers(centers, centers.shape[-1])
    labels = checked_labels(arrays.pop("labels"), len(centers))
    history = take_history(arrays, parameters["n_iter"], labels, centers)
    expect(not arrays, f"it holds arrays that are not known: {sorted(arrays)}")
    return {**parameters, "centers": centers, "labels": labels, "history": history}
