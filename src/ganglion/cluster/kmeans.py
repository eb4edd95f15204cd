"""k-means: groups around centres, exactly as Lloyd's algorithm finds them, without most of its work."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from numbers import Integral, Real as RealNumber
from typing import Any

import numpy as np
import numpy.typing as npt

from .._arrays import (
    Labels,
    Real,
    Samples,
    Sparse,
    check_samples,
    check_samples_or_sparse,
    check_weights,
    column_names,
    suffix_of,
)
from .._errors import DataError, ParameterError, warn_caller
from .._native import core
from .._random import RandomState, generator
from ..progress import Progress
from ..storage.state import State
from ._stored import parts_of_run, state_of_run
from .lloyd import History, LloydRun, Stop, StoppedBy, anchor_of, lloyd, negligible
from .prepared import Prepared, prepare
from .seeding import dense_rows, parallel_plus_plus, seed_indices

Init = str | npt.ArrayLike | Callable[[Any, int, np.random.Generator], npt.ArrayLike]

_INITS = ("k-means++", "k-means||", "random")
_METRICS = ("euclidean", "cosine")


@dataclass(frozen=True)
class KMeansRun:
    """What `kmeans` found.

    Attributes
    ----------
    centers : ndarray of shape (n_clusters, n_features)
        In the dtype of X. The means of their samples, when the run converged on labels.
    labels : ndarray of shape (n_samples,), int32
        The nearest centre of each sample; the lowest index wins a tie.
    inertia : float
        WSS: weighted sum of squared distances to the nearest centre (``metric="cosine"``: of cosine distances).
    tss : float
        The same about the mean (``"cosine"``: about the mean direction).
    bss : float
        What the centres explain: ``tss = bss + inertia``, up to rounding.
    n_iter : int
        Steps of assignment and move.
    converged : bool
        Whether a rule other than `max_iter` stopped the run.
    stopped_by : {"labels", "tol", "epsilon", "max_iter", "progress"}
        Which rule stopped it.
    history : History or None
        Every step, with ``record=True``.
    """

    centers: Real
    labels: Labels
    inertia: float
    tss: float
    bss: float
    n_iter: int
    converged: bool
    stopped_by: StoppedBy
    history: History | None = None

    def _to_state(self) -> State:
        """What a model file holds of this run."""
        return state_of_run(self)

    @classmethod
    def _from_state(cls, state: State) -> KMeansRun:
        """The run that a model file holds; ValueError where it holds none."""
        return cls(**parts_of_run(state))


def kmeans(
    X: Any,
    n_clusters: int,
    *,
    init: Init = "k-means++",
    n_init: int = 1,
    max_iter: int = 300,
    tol: float = 1e-4,
    epsilon: float | None = None,
    metric: str = "euclidean",
    sample_weight: npt.ArrayLike | None = None,
    random_state: RandomState = None,
    record: bool = False,
    on_duplicates: str = "reduce",
    progress: Progress | None = None,
) -> KMeansRun:
    """Partition samples into `n_clusters` groups of small squared distance to their centres.

    Parameters
    ----------
    X : array-like or sparse matrix of shape (n_samples, n_features)
        float32 is computed in float32 where that is safe; everything else becomes float64. Never written to.
    n_clusters : int
        From 1 to n_samples.
    init : {"k-means++", "k-means||", "random"}, array-like of shape (n_clusters, n_features) or callable
        The first centres. A callable gets ``(X, n_clusters, generator)`` and returns centres.
    n_init : int, default=1
        How many starts; the run of the lowest inertia is returned, the first of equals.
    max_iter : int, default=300
        At most this many steps of assignment and move.
    tol : float, default=1e-4
        Stop when the summed squared shift of the centres is at most ``tol`` times the mean variance of the columns,
        as in scikit-learn. 0 runs until no label changes.
    epsilon : float, optional
        Stop when the mean squared shift of the centres is at most `epsilon`, in squared units of X.
    metric : {"euclidean", "cosine"}
        ``"cosine"`` is spherical k-means: samples and centres have length 1; a zero vector is at distance 1 from
        every centre.
    sample_weight : array-like of shape (n_samples,), optional
        Not negative. An integer weight equals that many repetitions.
    random_state : int, Generator, RandomState or None
        Seed of the start. One seed gives one answer, to the bit, whatever the number of threads.
    record : bool, default=False
        Keep every step in `history`.
    on_duplicates : {"reduce", "error"}
        What to do when X has fewer distinct samples than `n_clusters`: return as many centres as there are, with one
        warning, or raise.
    progress : callable, optional
        Called with a `ganglion.progress.Step` after each step; returns True to stop.

    Returns
    -------
    KMeansRun
        Centres, labels, inertia and how the run went.

    Raises
    ------
    ParameterError
        When a parameter is out of its range.
    DataError
        When X or `sample_weight` is not numeric, finite and of matching shape.

    Warns
    -----
    GanglionWarning
        When there are fewer distinct samples than clusters.

    Notes
    -----
    Minimises ``WSS = sum_i w_i ||x_i - c_l(i)||^2`` over centres ``c_j`` and labels ``l(i)``, by Lloyd's algorithm: to
    each sample the nearest centre, to each centre the mean of its samples. The label is defined by distances computed
    in float64 from differences, in feature order; faster arithmetic and bounds are used where they provably give the
    same label. An empty cluster is given the sample farthest from its centre.

    A step costs at most ``O(n k d)``; bounds skip most of it after a few steps. Memory beyond X is at most 40 bytes a
    sample, the centres, and blocks of fixed size. Cosine makes one normalised copy of X.

    References
    ----------
    .. [1] S. P. Lloyd, "Least squares quantization in PCM", IEEE Transactions on Information Theory 28(2), 1982.
       DOI 10.1109/TIT.1982.1056489.
    .. [2] D. Arthur, S. Vassilvitskii, "k-means++: the advantages of careful seeding", SODA 2007.
    .. [3] G. Hamerly, "Making k-means even faster", SDM 2010. DOI 10.1137/1.9781611972801.12.
    .. [4] Y. Ding et al., "Yinyang k-means", ICML 2015.
    .. [5] C. Elkan, "Using the triangle inequality to accelerate k-means", ICML 2003.

    Examples
    --------
    >>> import ganglion as gl
    >>> run = gl.kmeans([[1.0], [2.0], [9.0], [10.0]], 2, init=[[0.0], [5.0]])
    >>> run.centers.ravel().tolist(), run.labels.tolist(), run.inertia
    ([1.5, 9.5], [0, 0, 1, 1], 1.0)
    """
    _check_choice("metric", metric, _METRICS)
    _check_choice("on_duplicates", on_duplicates, ("reduce", "error"))
    samples = check_samples_or_sparse(X)
    k = check_n_clusters(n_clusters, samples.shape[0])
    _check_count("n_init", n_init)
    _check_count("max_iter", max_iter)
    weights = check_weights(sample_weight, samples.shape[0])
    spherical = metric == "cosine"
    zero: _ZeroRows | None = None
    if spherical:
        samples = unit_rows(samples)
        zero = _set_aside_zero_rows(samples, weights)
        weights = zero.other_weights
    if zero is not None and zero.weight_of_others == 0:
        return _all_zero(samples, k, on_duplicates, record)
    prepared = prepare(samples, weights, column_names(X))
    if progress is not None and not callable(progress):
        raise ParameterError(f"progress must be callable with one Step, or None; got {progress!r}.")
    stop = _stop_rule(prepared, max_iter, tol, epsilon)
    rng = generator(random_state)
    best: LloydRun | None = None
    for _ in range(1 if _is_given(init) else n_init):
        start = _start(init, X, prepared, k, rng, spherical)
        run = lloyd(prepared, start, stop, spherical=spherical, record=record, progress=progress)
        if best is None or run.inertia < best.inertia:
            best = run
        if run.stopped_by == "progress":
            break
    assert best is not None
    return _finished(prepared, _without_empty(prepared, best, on_duplicates, spherical), zero)


def kmeans_plusplus(
    X: Any,
    n_clusters: int,
    *,
    sample_weight: npt.ArrayLike | None = None,
    random_state: RandomState = None,
    n_local_trials: int | None = None,
) -> tuple[Real, npt.NDArray[np.int64]]:
    """Choose seeds for k-means by greedy k-means++.

    Parameters
    ----------
    X : array-like or sparse matrix of shape (n_samples, n_features)
        The samples.
    n_clusters : int
        How many seeds, from 1 to n_samples.
    sample_weight : array-like of shape (n_samples,), optional
        Not negative.
    random_state : int, Generator, RandomState or None
        One seed gives one answer, to the bit.
    n_local_trials : int, optional
        Candidates in each step, of which the best is taken; ``2 + floor(ln n_clusters)`` by default.

    Returns
    -------
    centers : ndarray of shape (n_clusters, n_features)
        The seeds, rows of X.
    indices : ndarray of shape (n_clusters,), int64
        Which rows.

    Raises
    ------
    ParameterError
        When a parameter is out of its range.
    DataError
        When X or `sample_weight` is not numeric, finite and of matching shape.

    Notes
    -----
    The distribution is that of scikit-learn's function of this name. Time is at most
    ``O(n_samples n_clusters n_local_trials n_features)``; samples that a candidate cannot be nearest to are skipped.

    References
    ----------
    .. [1] D. Arthur, S. Vassilvitskii, "k-means++: the advantages of careful seeding", SODA 2007.

    Examples
    --------
    >>> import ganglion as gl
    >>> centers, indices = gl.kmeans_plusplus([[0.0], [0.1], [9.0], [9.1]], 2, random_state=0)
    >>> sorted(i // 2 for i in indices.tolist())
    [0, 1]
    """
    samples = check_samples_or_sparse(X)
    k = check_n_clusters(n_clusters, samples.shape[0])
    if n_local_trials is not None:
        _check_count("n_local_trials", n_local_trials)
    prepared = prepare(samples, check_weights(sample_weight, samples.shape[0]), column_names(X))
    indices = seed_indices(prepared, k, generator(random_state), n_local_trials=n_local_trials)
    return np.ldexp(dense_rows(prepared, indices), -prepared.exponent), indices


def assign(X: Samples | Sparse, centers: Real) -> Labels:
    """The nearest centre (n,) of each checked sample, by definition; the lowest index wins a tie."""
    prepared = _like(X, centers)
    labels = np.empty(X.shape[0], dtype=np.int32)
    mean = 0 if isinstance(X, Sparse) else np.mean(centers, axis=0, dtype=np.float64)
    shift = np.broadcast_to(mean, centers.shape[1]).astype(prepared.centers.dtype)
    getattr(core, "nearest" + prepared.suffix)(prepared.rows, prepared.centers, shift, labels)
    return labels


def squared_distances(X: Samples | Sparse, centers: Real) -> npt.NDArray[np.float64]:
    """Squared distances (n, k) of checked samples to centres, by definition."""
    prepared = _like(X, centers)
    out = np.empty((X.shape[0], len(centers)))
    getattr(core, "all_distances" + prepared.suffix)(prepared.rows, prepared.centers, out)
    return out


def inertia_of(
    X: Samples | Sparse, centers: Real, labels: Labels, weights: npt.NDArray[np.float64] | None
) -> float:
    """Weighted sum of squared distances of checked samples to the centres that `labels` names."""
    prepared = _like(X, centers)
    return getattr(core, "own_distances" + prepared.suffix)(prepared.rows, prepared.centers, labels, weights, None)


@dataclass(frozen=True)
class _Matched:
    rows: Any
    centers: Real
    suffix: str


def _like(X: Samples | Sparse, centers: Real) -> _Matched:
    """Rows and centres in one dtype; float32 samples meet float64 centres in float64."""
    from .._arrays import raw_rows

    samples = X
    if X.dtype != centers.dtype:
        wide = np.float64
        samples = replace(X, values=X.values.astype(wide)) if isinstance(X, Sparse) else X.astype(wide)
        centers = centers.astype(wide)
    return _Matched(raw_rows(samples), np.ascontiguousarray(centers), suffix_of(samples))


def check_n_clusters(n_clusters: Any, n_samples: int) -> int:
    """n_clusters as an int between 1 and n_samples."""
    _check_count("n_clusters", n_clusters)
    if n_clusters > n_samples:
        raise ParameterError(
            f"KMeans needs n_clusters <= n_samples; got n_clusters={n_clusters} and {n_samples} samples "
            f"(n_samples={n_samples} should be >= n_clusters={n_clusters}). Lower n_clusters or add data."
        )
    return int(n_clusters)


def unit_rows(samples: Samples | Sparse) -> Samples | Sparse:
    """A copy with rows of length 1, computed in float64; zero rows stay zero."""
    if isinstance(samples, Sparse):
        squares = np.zeros(samples.shape[0])
        row_of = np.repeat(np.arange(samples.shape[0]), np.diff(samples.indptr))
        scaled, exponents = _halved(samples.values, row_of, samples.shape[0])
        np.add.at(squares, row_of, scaled**2)
        lengths = np.sqrt(squares)
        lengths[lengths == 0] = 1
        return replace(samples, values=(scaled / lengths[row_of]).astype(samples.dtype))
    largest = np.max(np.abs(samples), axis=1, keepdims=True)
    if not np.all(np.isfinite(largest)):
        return samples  # `prepare` names the place
    _, exponents = np.frexp(largest.astype(np.float64))
    out = np.empty_like(samples)
    for start in range(0, len(samples), 4096):
        span = slice(start, start + 4096)
        rows = np.ldexp(samples[span].astype(np.float64), -exponents[span])
        lengths = np.sqrt(np.sum(rows**2, axis=1, keepdims=True))
        out[span] = rows / np.where(lengths > 0, lengths, 1)
    return out


def _halved(values: Real, row_of: npt.NDArray[np.int64], n: int) -> tuple[npt.NDArray[np.float64], Any]:
    """Values of each row divided by a power of two near the row's largest, so that squares stay finite."""
    largest = np.zeros(n)
    np.maximum.at(largest, row_of, np.abs(values).astype(np.float64))
    _, exponents = np.frexp(largest)
    return np.ldexp(values.astype(np.float64), -exponents[row_of]), exponents


def _is_given(init: Init) -> bool:
    return not isinstance(init, str) and not callable(init)


def _start(init: Init, X: Any, prepared: Prepared, k: int, rng: np.random.Generator, spherical: bool) -> Real:
    """The first centres (k, d), in prepared units."""
    if isinstance(init, str):
        _check_choice("init", init, _INITS)
        if init == "k-means||":
            return parallel_plus_plus(prepared, k, rng)
        return dense_rows(prepared, seed_indices(prepared, k, rng, how=init))
    given = init(X, k, rng) if callable(init) else init
    centers = check_samples(given, name="init")
    if centers.shape != (k, prepared.n_features):
        raise ParameterError(
            f"init must have shape (n_clusters, n_features) = ({k}, {prepared.n_features}); got {centers.shape}."
        )
    if spherical:
        if len(zero := zero_rows(centers)):
            raise ParameterError(f"init row {zero[0]} is a zero vector, which has no direction under metric='cosine'.")
        unit = unit_rows(centers)
        assert isinstance(unit, np.ndarray)
        centers = unit
    return _near_enough(centers, prepared)


def _near_enough(centers: Real, prepared: Prepared) -> Real:
    """Given centres in prepared units; refused where their squared distances would leave the samples' dtype."""
    farthest = 2.0**56 if prepared.dtype == np.float32 else 2.0**400
    with np.errstate(over="ignore", under="ignore"):
        scaled = np.ldexp(centers.astype(np.float64), prepared.exponent)
        cast = np.ascontiguousarray(scaled, dtype=prepared.dtype)
    far = ~(np.abs(scaled) <= farthest)
    if np.any(far):
        row, column = (int(i) for i in np.argwhere(far)[0])
        raise ParameterError(
            f"init must lie near X, whose values are of size {math.ldexp(1.0, -prepared.exponent):.3g}; got "
            f"{centers[row, column]:.3g} at row {row}, column {column}: its squared distances leave {prepared.dtype}."
        )
    return cast


def _stop_rule(prepared: Prepared, max_iter: int, tol: float, epsilon: float | None) -> Stop:
    for name, value in (("tol", tol), ("epsilon", 0.0 if epsilon is None else epsilon)):
        if isinstance(value, bool) or not isinstance(value, RealNumber) or not 0 <= value < math.inf:
            raise ParameterError(f"{name} must be a finite number of at least 0; got {value!r}.")
    variance = float(np.mean(prepared.second_moment / prepared.total_weight))
    with np.errstate(over="ignore", under="ignore"):
        scaled = None if epsilon is None else float(np.ldexp(np.float64(epsilon), 2 * prepared.exponent))
    return Stop(int(max_iter), tol * variance, scaled)


def _report_duplicates(found: int, k: int, on_duplicates: str) -> None:
    message = f"X has {found} distinct samples but n_clusters={k}"
    if on_duplicates == "error":
        raise DataError(f"{message}. Lower n_clusters to {found} at most.")
    warn_caller(f"{message}: {found} clusters are returned. Lower n_clusters.")


def _without_empty(prepared: Prepared, run: LloydRun, on_duplicates: str, spherical: bool) -> LloydRun:
    """Drop the clusters that no sample could be found for: there are fewer distinct samples than clusters."""
    k = len(run.centers)
    members = np.bincount(run.labels, minlength=k)
    if np.all(members > 0) or run.inertia > prepared.total_weight * negligible(prepared, spherical):
        return run
    _report_duplicates(int(np.count_nonzero(members)), k, on_duplicates)
    number = (np.cumsum(members > 0) - 1).astype(np.int32)
    return replace(run, centers=np.ascontiguousarray(run.centers[members > 0]), labels=number[run.labels])


def _finished(prepared: Prepared, run: LloydRun, zero: _ZeroRows | None) -> KMeansRun:
    """The run in the caller's units."""
    tss, bss, wss = float(np.sum(prepared.second_moment)), run.between, run.inertia
    if zero is not None:
        # Half the squared distance between unit vectors is their cosine distance; zero rows are at distance 1.
        anchor = anchor_of(prepared, spherical=True)
        tss += prepared.total_weight * float(np.sum((anchor - prepared.mean) ** 2))
        aside = math.ldexp(zero.weight, -prepared.weight_exponent)
        tss, bss, wss = tss / 2 + aside, bss / 2, wss / 2 + aside
        run.labels[zero.rows] = 0
        if run.history is not None:
            run.history.labels[:, zero.rows] = 0
            run.history.inertia[:] = run.history.inertia / 2 + zero.weight
    return KMeansRun(
        centers=np.ldexp(run.centers, -prepared.exponent) if prepared.exponent else run.centers,
        labels=run.labels,
        inertia=prepared.unscaled(wss),
        tss=prepared.unscaled(tss),
        bss=prepared.unscaled(bss),
        n_iter=run.n_iter,
        converged=run.stopped_by in ("labels", "tol", "epsilon"),
        stopped_by=run.stopped_by,
        history=run.history,
    )


@dataclass(frozen=True)
class _ZeroRows:
    """The rows without a direction, and the weights of the others (theirs being 0, or None where there is none)."""

    rows: npt.NDArray[np.int64]
    weight: float
    other_weights: npt.NDArray[np.float64] | None
    weight_of_others: float


def zero_rows(samples: Samples | Sparse) -> npt.NDArray[np.int64]:
    """Which rows hold nothing but zeros."""
    if not isinstance(samples, Sparse):
        return np.flatnonzero(~np.any(samples, axis=1))
    row_of = np.repeat(np.arange(samples.shape[0]), np.diff(samples.indptr))
    return np.flatnonzero(np.bincount(row_of, weights=samples.values != 0, minlength=samples.shape[0]) == 0)


def _set_aside_zero_rows(samples: Samples | Sparse, weights: npt.NDArray[np.float64] | None) -> _ZeroRows:
    """Under cosine a zero row is at distance 1 from every centre: it moves none, and the lowest index wins the tie."""
    rows = zero_rows(samples)
    n = samples.shape[0]
    if len(rows) == 0:
        return _ZeroRows(rows, 0.0, weights, float(n))
    warn_caller(
        f"X holds {len(rows)} zero vectors, which have no direction: under metric='cosine' they are at distance 1 from "
        "every centre and get label 0. Drop those rows if that is not what you want.",
    )
    others = np.ones(n) if weights is None else weights.copy()
    weight = float(others[rows].sum())
    others[rows] = 0
    return _ZeroRows(rows, weight, others, float(others.sum()))


def _all_zero(samples: Samples | Sparse, k: int, on_duplicates: str, record: bool) -> KMeansRun:
    """No row has a direction: one cluster around the zero vector, at distance 0 from it."""
    if k > 1:
        _report_duplicates(1, k, on_duplicates)
    n, d = samples.shape
    centers, labels = np.zeros((1, d), dtype=samples.dtype), np.zeros(n, dtype=np.int32)
    history = None
    if record:
        zero, all_of_them = np.zeros(1), np.array([n], dtype=np.int64)
        history = History(centers[None], labels[None], zero, zero, all_of_them, all_of_them[None])
    return KMeansRun(centers, labels, 0.0, 0.0, 0.0, 1, True, "labels", history)


def _check_count(name: str, value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, Integral) or value < 1:
        raise ParameterError(f"{name} must be an integer of at least 1; got {value!r}.")


def _check_choice(name: str, value: Any, known: tuple[str, ...]) -> None:
    if value not in known:
        listed = ", ".join(repr(choice) for choice in known)
        raise ParameterError(f"{name} must be one of {listed}; got {value!r}.")
