"""Problems for k-means and the facts that must hold for every answer to them."""

from __future__ import annotations

import hashlib

import numpy as np

from . import kmeans as oracle

SAMPLES = (1, 2, 7, 8, 9, 15, 16, 17, 31, 32, 33, 1000)
FEATURES = (1, 2, 3, 7, 8, 15, 16, 17, 33, 64, 100)
CLUSTERS = (1, 2, 3, 7, 8, 15, 16, 17, 33)
STOPS = {"labels", "tol", "epsilon", "max_iter", "progress"}


def blobs(n, d, *, seed=0, groups=4, spread=1.0, dtype=np.float64):
    """n rows around `groups` normal centres; no two rows are equal."""
    rng = np.random.default_rng([seed, n, d])
    centers = 4.0 * rng.normal(size=(groups, d))
    return (centers[rng.integers(groups, size=n)] + spread * rng.normal(size=(n, d))).astype(dtype)


def grid(n, d, *, seed=0, bits=6, dtype=np.float64):
    """n rows whose entries are multiples of 2**-bits in [-4, 4): their sums are exact in float64."""
    rng = np.random.default_rng([seed, n, d])
    return np.ldexp(rng.integers(-(4 << bits), 4 << bits, size=(n, d)), -bits).astype(dtype)


def start_rows(X, k, *, seed=0):
    """k rows of X, drawn without replacement."""
    return X[np.random.default_rng([seed, k]).permutation(len(X))[:k]]


def started(n, d, k, dtype, *, weight=None):
    """(X, init, plain Lloyd's run) where no cluster ever loses all its points."""
    for seed in range(100):
        X = blobs(n, d, seed=seed, dtype=dtype)
        init = start_rows(X, k, seed=seed)
        run = oracle.lloyd(X, init, weight=weight)
        if not run.met_empty:
            return X, init, run
    raise AssertionError(f"every start of n={n} d={d} k={k} empties a cluster")


def awkward():
    """(n, d, k) such that every pair of awkward values meets at least once, k = n included."""
    cases = set()
    for i, n in enumerate(SAMPLES):
        for j, d in enumerate(FEATURES):
            cases.add((n, d, CLUSTERS[(i + j) % len(CLUSTERS)]))
        for j, k in enumerate((*CLUSTERS, n)):
            cases.add((n, FEATURES[(i + j) % len(FEATURES)], k))
    for j, d in enumerate(FEATURES):
        for i, k in enumerate(CLUSTERS):
            cases.add((SAMPLES[-1 - (i + j) % 4], d, k))
    return sorted(case for case in cases if case[2] <= case[0] and case[2] < 1000)


def fingerprint(*arrays):
    """One hash of the bits, shapes and dtypes."""
    digest = hashlib.sha256()
    for array in map(np.asarray, arrays):
        digest.update(f"{array.dtype.str}{array.shape}".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def run_bits(run):
    """Everything a run promises, as one hash."""
    statistics = np.array([run.inertia, run.tss, run.bss, run.n_iter], np.float64)
    return fingerprint(run.centers, run.labels, statistics)


def dense(X):
    """X as an array in the dtype that k-means works in."""
    X = X.toarray() if hasattr(X, "toarray") else np.asarray(X)
    return X if X.dtype == np.float32 else X.astype(np.float64)


def check_labels_are_nearest(X, labels, centers):
    """Every label is the argmin over the centres, up to the rounding of d sums in float64."""
    X = dense(X)
    distances = oracle.squared_distances(X, centers)
    best = distances.min(axis=1)
    chosen = distances[np.arange(len(X)), labels]
    assert (chosen <= best * (1 + 2 * (X.shape[1] + 4) * oracle.EPS)).all()


def check_centers_are_means(X, run, weight=None):
    """Centres of clusters with any weight are the means of their points, to the last digits."""
    X = dense(X)
    expected, sizes = oracle.means(X, run.labels, len(run.centers), weight)
    filled = sizes > 0
    # float64 sums of n terms err by n eps at the most; then one rounding to the dtype of X.
    scale = np.abs(X).max()
    slack = len(X) * oracle.EPS * scale + np.finfo(X.dtype).eps * np.abs(expected[filled])
    assert (np.abs(run.centers[filled] - expected[filled]) <= slack).all()


def check_run(X, run, *, k=None, weight=None):
    """All that is promised about any Euclidean run, whatever stopped it."""
    data = dense(X)
    assert run.centers.dtype == data.dtype
    assert run.centers.shape == (len(run.centers) if k is None else k, data.shape[1])
    assert run.labels.shape == (len(data),) and run.labels.dtype == np.int32
    assert np.isfinite(run.centers).all()
    assert run.stopped_by in STOPS and run.n_iter >= 1
    assert all(type(value) is float for value in (run.inertia, run.tss, run.bss))
    check_labels_are_nearest(data, run.labels, run.centers)
    expected = oracle.wss(data, run.labels, run.centers, weight)
    assert np.isclose(run.inertia, expected, rtol=1e-12, atol=0), (run.inertia, expected)
    tss, _, _ = oracle.scatter(data, np.zeros(len(data), int), weight)
    assert np.isclose(run.tss, tss, rtol=1e-10, atol=len(data) * (oracle.EPS * data.max()) ** 2)
    assert abs(run.inertia + run.bss - run.tss) <= 1e-10 * run.tss
    if run.stopped_by == "labels":
        assert run.converged
        check_centers_are_means(data, run, weight)
    assert run.converged == (run.stopped_by not in ("max_iter", "progress"))
