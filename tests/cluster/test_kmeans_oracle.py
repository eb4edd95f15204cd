"""k-means against plain Lloyd at the awkward sizes, in both dtypes and every layout of memory."""

import numpy as np
import pytest
import scipy.sparse as sp

import ganglion as gl
from oracles import kmeans as oracle
from oracles.kmeans_cases import (
    CLUSTERS,
    FEATURES,
    SAMPLES,
    awkward,
    blobs,
    check_labels_are_nearest,
    check_run,
    fingerprint,
    grid,
    run_bits,
    start_rows,
    started,
)

DTYPES = (np.float32, np.float64)
EXACT = {"tol": 0.0, "max_iter": 1000}


def by_samples(cases):
    """One parameter for each number of rows: thousands of test names help nobody."""
    return [
        (n, [case[1:] for case in cases if case[0] == n]) for n in sorted({c[0] for c in cases})
    ]


def compare_with_lloyd(n, d, k, dtype):
    X, init, expected = started(n, d, k, dtype)
    run = gl.kmeans(X, k, init=init, **EXACT)
    where = f"n={n} d={d} k={k} {np.dtype(dtype)}"
    check_run(X, run, k=k)
    assert np.array_equal(run.labels, expected.labels), where
    tolerance = 4 * np.finfo(dtype).eps * max(1.0, float(np.abs(X).max()))
    assert np.abs(run.centers - expected.centers).max() <= tolerance, where
    assert np.isclose(run.inertia, expected.inertia, rtol=1e-12 if dtype == np.float64 else 1e-6)
    if k < n:  # with k = n the first move is none at all, and whether that counts is a convention
        assert run.n_iter == expected.n_iter, where


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("n", "shapes"), by_samples(awkward()))
def test_kmeans_reaches_the_fixed_point_of_plain_lloyd(n, shapes, dtype):
    for d, k in shapes:
        compare_with_lloyd(n, d, k, dtype)


@pytest.mark.heavy
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("n", SAMPLES)
@pytest.mark.parametrize("d", FEATURES)
def test_kmeans_reaches_the_fixed_point_of_plain_lloyd_at_every_size(n, d, dtype):
    for k in sorted({*CLUSTERS, n}):
        if k <= n:
            compare_with_lloyd(n, d, k, dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("k", [33, 100, 256])
def test_kmeans_reaches_lloyds_fixed_point_on_data_without_structure(k, dtype):
    X = np.random.default_rng(k).normal(size=(3000, 16)).astype(dtype)
    expected = oracle.lloyd(X, X[:k], max_iter=60)
    assert not expected.met_empty
    run = gl.kmeans(X, k, init=X[:k], tol=0.0, max_iter=60)
    check_run(X, run, k=k)
    assert np.array_equal(run.labels, expected.labels)
    assert run.n_iter == expected.n_iter


@pytest.mark.parametrize("dtype", DTYPES)
def test_every_recorded_step_is_a_step_of_plain_lloyd(dtype):
    X, init, expected = started(1000, 8, 7, dtype)
    history = gl.kmeans(X, 7, init=init, record=True, **EXACT).history
    assert len(history.labels) == expected.n_iter
    for t, step in enumerate(expected.steps):
        assert np.array_equal(history.labels[t], step["labels"])
        assert np.allclose(history.centers[t], step["centers"], rtol=1e-5, atol=1e-6)
        assert np.isclose(history.inertia[t], step["inertia"], rtol=1e-6)
        assert np.isclose(history.shift[t], step["shift"], rtol=1e-4, atol=1e-9)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("kind", ["grid", "blobs", "offset"])
@pytest.mark.parametrize(("d", "k"), [(1, 40), (2, 150), (3, 20), (8, 100), (33, 60)])
def test_skipping_work_never_changes_a_label_of_any_step(d, k, kind, dtype):
    # A grid has equal rows and many equal distances; far from the origin nearly all digits cancel.
    X = {
        "grid": grid(4000, d, bits=1, dtype=dtype),
        "blobs": blobs(4000, d, groups=k, dtype=dtype),
        "offset": blobs(4000, d, groups=k, spread=0.3, dtype=dtype) + dtype(1e4),
    }[kind]
    init = start_rows(np.unique(X, axis=0), k)
    k = len(init)
    history = gl.kmeans(X, k, init=init, tol=0, max_iter=12, record=True).history
    for centers, labels in zip(history.centers, history.labels, strict=True):
        check_labels_are_nearest(X, labels, centers)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("d", [1, 2, 3, 8, 17, 33])
def test_exact_ties_go_to_the_lowest_index(d, dtype):
    rng = np.random.default_rng(d)
    # Small whole numbers: every squared distance is exact in either dtype, and many are equal.
    X = rng.integers(-2, 3, size=(500, d)).astype(dtype)
    centers = np.unique(rng.integers(-2, 3, size=(9, d)), axis=0).astype(dtype)
    rng.shuffle(centers)
    expected, _ = oracle.assign(X, centers)
    run = gl.kmeans(X, len(centers), init=centers, max_iter=1, record=True, on_duplicates="reduce")
    assert np.array_equal(run.history.labels[0], expected)


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_point_halfway_between_two_centres_goes_to_the_first(dtype):
    centers = np.array([[3.0, 0.1], [1.0, 0.1]], dtype)
    X = np.vstack([[[2.0, 0.1]], centers]).astype(dtype)
    history = gl.kmeans(X, 2, init=centers, max_iter=1, record=True).history
    assert history.labels[0].tolist() == [0, 0, 1]


def layouts(X):
    """X with the same values in every layout of memory that NumPy knows."""
    wide = np.full((len(X), 2 * X.shape[1] + 1), np.nan, X.dtype)
    wide[:, 1::2] = X
    tall = np.full((3 * len(X), X.shape[1]), np.nan, X.dtype)
    tall[::3] = X
    unaligned = np.frombuffer(b"\0" + X.tobytes(), np.uint8)[1:].view(X.dtype).reshape(X.shape)
    frozen = X.copy()
    frozen.flags.writeable = False
    return {
        "fortran": np.asfortranarray(X),
        "every second column": wide[:, 1::2],
        "every third row": tall[::3],
        "rows backwards": X[::-1].copy()[::-1],
        "columns backwards": X[:, ::-1].copy()[:, ::-1],
        "read-only": frozen,
        "unaligned": unaligned,
        "big-endian": X.astype(X.dtype.newbyteorder(">")),
        "list": X.tolist() if X.dtype == np.float64 else X.copy(),
    }


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("n", "d", "k"), [(9, 3, 2), (33, 1, 3), (1000, 17, 7), (1000, 64, 16)])
@pytest.mark.parametrize("init", ["k-means++", "array"])
def test_every_layout_gives_the_bits_of_the_contiguous_array(n, d, k, dtype, init):
    X = blobs(n, d, dtype=dtype)
    begin = {"init": start_rows(X, k)} if init == "array" else {"init": init, "random_state": 5}
    expected = run_bits(gl.kmeans(X, k, **begin))
    for name, layout in layouts(X).items():
        before = fingerprint(layout)
        assert run_bits(gl.kmeans(layout, k, **begin)) == expected, name
        assert fingerprint(layout) == before, f"{name}: X was written to"


@pytest.mark.parametrize("mode", ["r", "c", "r+"])
def test_a_memory_mapped_array_gives_the_same_bits(tmp_path, mode):
    X = blobs(1000, 17)
    np.save(tmp_path / "X.npy", X)
    mapped = np.load(tmp_path / "X.npy", mmap_mode=mode)
    assert run_bits(gl.kmeans(mapped, 5, init=X[:5])) == run_bits(gl.kmeans(X, 5, init=X[:5]))
    assert np.array_equal(np.load(tmp_path / "X.npy"), X)


@pytest.mark.parametrize("order", ["C", "F"])
def test_the_layout_of_the_start_and_of_the_weights_does_not_matter(order):
    X, weight = blobs(200, 7), np.arange(1.0, 201.0)
    start = np.array(X[:4], order=order)
    expected = gl.kmeans(X, 4, init=X[:4], sample_weight=weight)
    for each in (weight.astype(">f8"), weight.astype(np.int64), np.repeat(weight, 2)[::2]):
        run = gl.kmeans(X, 4, init=start, sample_weight=each)
        assert run_bits(run) == run_bits(expected)


@pytest.mark.parametrize(
    "dtype", ["?", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f2", ">i4", "g"]
)
def test_whole_numbers_and_booleans_are_clustered_as_float64(dtype):
    X = (grid(60, 5, bits=0) + 4).astype(dtype)
    expected = gl.kmeans(X.astype(np.float64), 3, init=X[:3].astype(np.float64))
    run = gl.kmeans(X, 3, init=X[:3])
    assert run.centers.dtype == np.float64
    assert run_bits(run) == run_bits(expected)


def sparse_twins(X):
    """Canonical CSR and other ways of writing down the same matrix."""
    plain = sp.csr_array(X)
    n, d = plain.shape
    wide = sp.csr_array(X)
    wide.indices, wide.indptr = wide.indices.astype(np.int64), wide.indptr.astype(np.int64)
    data, indices, indptr = [], [], [0]
    for i in range(n):  # every row backwards
        row = slice(plain.indptr[i], plain.indptr[i + 1])
        data.extend(plain.data[row][::-1])
        indices.extend(plain.indices[row][::-1])
        indptr.append(len(data))
    unsorted = sp.csr_array((np.array(data, X.dtype), indices, indptr), shape=(n, d))
    halves = np.repeat(plain.data / 2, 2)  # every entry in two equal parts: an exact sum
    twice = sp.csr_array((halves, np.repeat(plain.indices, 2), 2 * plain.indptr), shape=(n, d))
    full = sp.csr_array(np.ones_like(X))
    zeros = sp.csr_array((X.ravel().copy(), full.indices, full.indptr), shape=(n, d))
    return plain, {"int64": wide, "unsorted": unsorted, "duplicates": twice, "zeros": zeros,
                   "matrix": sp.csr_matrix(X)}  # fmt: skip


def sparse_problem(n, d, dtype, density=0.3):
    X = blobs(n, d, dtype=dtype)
    X[np.random.default_rng(n).random((n, d)) > density] = 0
    X[n // 3] = X[-1] = 0  # empty rows
    return X


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("n", "d", "k"), [(9, 3, 2), (17, 8, 3), (200, 33, 7), (1000, 100, 16)])
def test_sparse_rows_give_the_clusters_of_the_dense_ones(n, d, k, dtype):
    X = sparse_problem(n, d, dtype)
    init = start_rows(np.unique(X, axis=0), k)
    plain, twins = sparse_twins(X)
    run, expected = (gl.kmeans(each, k, init=init, **EXACT) for each in (plain, X))
    check_run(X, run, k=k)
    assert np.array_equal(run.labels, expected.labels)
    assert np.allclose(run.centers, expected.centers, rtol=0, atol=20 * np.finfo(dtype).eps)
    assert run.n_iter == expected.n_iter
    for name, twin in twins.items():
        before = fingerprint(twin.data, twin.indices, twin.indptr)
        assert run_bits(gl.kmeans(twin, k, init=init, **EXACT)) == run_bits(run), name
        assert fingerprint(twin.data, twin.indices, twin.indptr) == before, f"{name}: written to"


def test_sparse_whole_numbers_are_clustered_as_float64():
    X = np.random.default_rng(0).integers(0, 3, size=(50, 6))
    expected = gl.kmeans(sp.csr_array(X.astype(np.float64)), 3, init=np.eye(6)[:3])
    assert run_bits(gl.kmeans(sp.csr_array(X), 3, init=np.eye(6)[:3])) == run_bits(expected)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("n", "d", "k"), [(7, 2, 2), (33, 8, 3), (1000, 17, 7)])
def test_weighted_kmeans_reaches_weighted_lloyds_fixed_point(n, d, k, dtype):
    weight = np.random.default_rng(n).uniform(0.1, 5.0, size=n)
    X, init, expected = started(n, d, k, dtype, weight=weight)
    run = gl.kmeans(X, k, init=init, sample_weight=weight, **EXACT)
    check_run(X, run, k=k, weight=weight)
    assert np.array_equal(run.labels, expected.labels)
    assert run.n_iter == expected.n_iter


@pytest.mark.parametrize("kind", ["dense", "sparse"])
@pytest.mark.parametrize(("n", "d", "k"), [(7, 2, 2), (33, 8, 3), (1000, 17, 7)])
def test_cosine_kmeans_is_spherical_kmeans(n, d, k, kind):
    X = blobs(n, d, seed=3, groups=k)
    init = start_rows(X, k)
    centers, labels = oracle.spherical(X, init)
    data = sp.csr_array(X) if kind == "sparse" else X
    run = gl.kmeans(data, k, init=init, metric="cosine", **EXACT)
    assert np.array_equal(run.labels, labels)
    assert np.allclose(run.centers, centers, rtol=0, atol=1e-12)
    assert np.allclose(np.linalg.norm(run.centers, axis=1), 1, rtol=0, atol=1e-14)


def test_reading_only_a_block_of_rows_does_not_change_what_is_computed():
    # A start with the largest block sizes in reach: sums of many blocks, every layout again.
    X = blobs(70_001, 2, seed=1)
    expected = gl.kmeans(X, 5, init=X[:5], max_iter=10)
    check_run(X, expected, k=5)
    assert run_bits(gl.kmeans(np.asfortranarray(X), 5, init=X[:5], max_iter=10)) == run_bits(
        expected
    )
