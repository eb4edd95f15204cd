"""Draws and rows as what a model file holds; what comes back is checked before it is believed."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from ..._arrays import Sparse
from .._storing.records import expect
from ._components.component import Component
from ._rows import Rows
from .components import component_from_state
from .posterior import ChainHistory, PosteriorSample
from .priors import prior_from_state

Arrays = dict[str, NDArray[Any]]
_RECORD = ("algorithm", "component", "history", "prior", "stopped_by")
_CHUNK = 1 << 24  # labels that are looked at together
_HYPER = "hyperparameters."
_HISTORY = "history."
_ENDS = ("n_draws", "time_budget", "progress", "interrupt")


def sample_state(sample: PosteriorSample) -> tuple[dict[str, Any], Arrays]:
    """Draws as a model file holds them: a record, and arrays."""
    history = sample.history
    record = {
        "algorithm": sample.algorithm,
        "component": sample.component.to_state(),
        "prior": sample.prior.to_state(),
        "stopped_by": sample.stopped_by,
        "history": None if history is None else [history.n_burn_in, history.thin],
    }
    arrays: Arrays = {"draws": sample.draws, "log_posterior": sample.log_posterior}
    # Brackets are in no array's name: rate[0] is rate/0.
    for name, drawn in sample.hyperparameters.items():
        arrays[_HYPER + name.replace("[", "/").removesuffix("]")] = drawn
    if history is not None:
        arrays[_HISTORY + "n_clusters"] = history.n_clusters
        arrays[_HISTORY + "log_posterior"] = history.log_posterior
        if history.labels is not None:
            arrays[_HISTORY + "labels"] = history.labels
    return record, arrays


def take_sample(record: Any, arrays: Arrays) -> PosteriorSample:
    """The draws of a record, out of `arrays`; ValueError where they are none."""
    expect(type(record) is dict, f"its draws must be a dict; found {record!r}")
    record = cast("dict[str, Any]", record)
    expect(set(record) == set(_RECORD), f"its draws must have {_RECORD}; found {sorted(record)}")
    expect(record["stopped_by"] in _ENDS, f"stopped_by must be one of {_ENDS}")
    expect(type(record["algorithm"]) is str, "algorithm must be a word")
    draws = checked_partitions("draws", arrays.pop("draws"))
    expect(draws.ndim == 3, "draws must be (n_chains, n_draws, n_samples)")
    own = [name for name in arrays if name.startswith(_HYPER)]
    drawn = {_drawn_name(name): _floats(name, arrays, draws.shape[:2]) for name in own}
    prior = prior_from_state(record["prior"])
    expect(set(prior.free) <= set(drawn), f"{sorted(prior.free)} must have been drawn")
    return PosteriorSample(
        draws,
        _floats("log_posterior", arrays, draws.shape[:2]),
        prior,
        component_from_state(record["component"]),
        drawn,
        record["algorithm"],
        record["stopped_by"],
        _take_history(record["history"], arrays, draws),
    )


def _drawn_name(name: str) -> str:
    """The hyperparameter that an array of a file holds: ``rate[0]`` of ``hyperparameters.rate/0``."""
    word, slash, place = name.removeprefix(_HYPER).partition("/")
    return f"{word}[{place}]" if slash else word


def _take_history(record: Any, arrays: Arrays, draws: NDArray[Any]) -> ChainHistory | None:
    """What the chains did in every sweep, out of `arrays`."""
    if record is None:
        return None
    expect(type(record) is list, f"its history must be a list; found {record!r}")
    record = cast("list[Any]", record)
    sound = len(record) == 2 and all(type(value) is int and value >= 0 for value in record)
    expect(sound, f"its history must have two counts; found {record}")
    counts = arrays.pop(_HISTORY + "n_clusters")
    expect(counts.dtype == np.int32 and counts.ndim == 2, "n_clusters must be (n_chains, n_sweeps)")
    labels = arrays.pop(_HISTORY + "labels", None)
    if labels is not None:
        labels = checked_partitions("labels", labels)
        shape = (draws.shape[0], counts.shape[1] + 1, draws.shape[2])
        expect(labels.shape == shape, f"the recorded labels must be {shape}; found {labels.shape}")
    trace = _floats(_HISTORY + "log_posterior", arrays, counts.shape)
    return ChainHistory(record[0], record[1], counts, trace, labels)


def checked_partitions(name: str, labels: NDArray[Any]) -> NDArray[Any]:
    """Partitions (..., n) in signed integers, each numbered by first appearance."""
    expect(
        labels.dtype.kind == "i" and labels.ndim >= 1 and labels.size > 0,
        f"{name} must be integers; found {labels.dtype} of shape {labels.shape}",
    )
    rows = labels.reshape(-1, labels.shape[-1])
    each = max(1, _CHUNK // rows.shape[1])
    numbered = all(_is_numbered(rows[at : at + each]) for at in range(0, len(rows), each))
    expect(numbered, f"{name} must be numbered 0, 1, ... by first appearance")
    return labels


def _is_numbered(rows: NDArray[Any]) -> bool:
    """Whether each label is at most one above all that came before it in its row; the first is 0, none is below."""
    before = np.maximum.accumulate(rows, axis=1)[:, :-1]
    starts = not rows[:, 0].any() and bool(np.all(rows >= 0))
    return starts and bool(np.all(rows[:, 1:] - before <= 1))


def rows_arrays(rows: Rows) -> Arrays:
    """Rows as arrays whose names begin with ``rows.``"""
    values = rows.values
    if not isinstance(values, Sparse):
        return {"rows.values": values}
    return {
        "rows.values": values.values,
        "rows.indptr": values.indptr,
        "rows.columns": values.columns,
        "rows.shape": np.array(values.shape, np.int64),
    }


def take_rows(arrays: Arrays, component: Component, names: list[str] | None) -> Rows:
    """The rows of `rows_arrays`, out of `arrays`, as the component has checked them."""
    values = arrays.pop("rows.values")
    expect(values.dtype == np.float64, f"rows must be float64; found {values.dtype}")
    if "rows.indptr" not in arrays:
        expect(values.ndim == 2, "rows must be (n_samples, n_features)")
        return component.check(Rows(values, not np.isnan(values).any(), names))
    indptr, columns = arrays.pop("rows.indptr"), arrays.pop("rows.columns")
    n, d = (int(length) for length in arrays.pop("rows.shape"))
    sound = indptr.dtype == np.int64 and columns.dtype == np.int32
    sound = sound and indptr.shape == (n + 1,) and values.shape == columns.shape
    sound = (
        sound and indptr[0] == 0 and indptr[-1] == len(values) and bool(np.isfinite(values).all())
    )
    expect(sound and bool(np.all(np.diff(indptr) >= 0)), "sparse rows contradict each other")
    place = np.repeat(np.arange(n), np.diff(indptr)) * d + columns
    inside = bool(np.all((columns >= 0) & (columns < d))) and bool(np.all(np.diff(place) > 0))
    expect(inside, f"columns of sparse rows must ascend from 0 to {d - 1}")
    return component.check(Rows(Sparse(values, indptr, columns, (n, d)), names=names))


def _floats(name: str, arrays: Arrays, shape: tuple[int, ...]) -> NDArray[np.float64]:
    found = arrays.pop(name)
    expect(
        found.dtype == np.float64 and found.shape == shape,
        f"{name} must be float64 of shape {shape}; found {found.dtype} of shape {found.shape}",
    )
    return found
