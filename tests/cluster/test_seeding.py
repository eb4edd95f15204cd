"""Greedy k-means++: what the filters leave out never changes a seed."""

import numpy as np
import pytest

import ganglion as gl
from ganglion import _native
from ganglion._arrays import raw_rows
from ganglion._native import core
from ganglion.cluster._kmeans import seeding
from ganglion.cluster._kmeans.prepared import prepare
from oracles.seeding import KINDS, greedy_seeds, hard_rows

DTYPES = (np.float32, np.float64)
FEATURES = (1, 2, 15, 16, 17, 33, 784)
NEVER = 2**60


@pytest.fixture
def sketched(monkeypatch):
    """Every seeding makes sketches, however small it is."""
    monkeypatch.setattr(seeding, "LEAST_WORK", 0)
    monkeypatch.setattr(seeding, "LEAST_SEEDS", 0)
    monkeypatch.setattr(seeding, "BETWEEN", ())


@pytest.fixture
def machine():
    """Instruction set and threads are what they were, whatever the test sets."""
    isa, threads = _native.isa(), gl.get_num_threads()
    yield
    core.use_isa(isa)
    gl.set_num_threads(threads)


def seeds(X, k, *, seed=0, weight=None, trials=5):
    prepared = prepare(X, weight)
    return seeding._greedy_plus_plus(prepared, k, np.random.default_rng(seed), trials)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("d", FEATURES)
def test_seeds_are_those_of_plain_greedy_kmeans_plusplus(sketched, kind, d, dtype):
    for n, k, trials in ((17, 17, 2), (48, 9, 16), (257, 40, 6), (1000, 25, 7)):
        if n * d > 300_000:
            continue
        X = hard_rows(kind, n, d, dtype)
        scaled = prepare(X, None).samples
        expected = greedy_seeds(scaled, k, np.random.default_rng(n), trials=trials)
        found = seeds(X, k, seed=n, trials=trials)
        assert np.array_equal(found, expected), (n, k)


@pytest.mark.parametrize("isa", _native.available_isas())
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("kind", KINDS)
def test_sketches_change_no_seed_on_any_machine(sketched, monkeypatch, machine, kind, dtype, isa):
    core.use_isa(isa)
    for n, d, k in ((5000, 5, 60), (3001, 40, 60)):
        X = hard_rows(kind, n, d, dtype)
        monkeypatch.setattr(seeding, "LEAST_WORK", NEVER)
        expected = seeds(X, k)
        monkeypatch.setattr(seeding, "LEAST_WORK", 0)
        for threads in (1, 2, 3):
            gl.set_num_threads(threads)
            assert np.array_equal(seeds(X, k), expected), (d, threads)


@pytest.mark.parametrize("dtype", DTYPES)
def test_more_candidates_than_the_kernel_takes_at_once(sketched, dtype):
    X = hard_rows("duplicates", 300, 20, dtype)
    expected = greedy_seeds(X, 30, np.random.default_rng(1), trials=50)
    assert np.array_equal(seeds(X, 30, seed=1, trials=50), expected)


@pytest.mark.parametrize("dtype", DTYPES)
def test_rows_without_weight_may_be_out_of_all_range(sketched, dtype):
    X = hard_rows("blobs", 2000, 24, dtype)
    weight = np.random.default_rng(0).integers(0, 3, size=2000).astype(float)
    expected = seeds(X, 50, weight=weight)
    X[weight == 0] = 1e30  # the square is beyond float32
    assert np.array_equal(seeds(X, 50, weight=weight), expected)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("stretch", [1.0, 1.04, 0.3])
def test_any_directions_give_the_same_seeds(dtype, stretch):
    # Directions that are no directions of the data, nor quite orthonormal; unit and level far from good ones.
    X = hard_rows("blobs", 1500, 40, dtype)
    basis, _ = np.linalg.qr(np.random.default_rng(0).normal(size=(40, 15)))
    directions = np.ascontiguousarray(stretch ** (1 / 15) * basis.T, dtype)
    gram = directions.astype(float) @ directions.T.astype(float)
    skew = float(np.abs(gram - np.eye(15)).sum(axis=1).max())
    runs = []
    for unit in (None, 1e-3, 0.05, 1.0, 1e3):
        seeder = getattr(core, "Seeder32" if dtype == np.float32 else "Seeder64")(
            raw_rows(X), None, np.zeros(40, dtype)
        )
        if unit is not None:
            seeder.sketch(directions, X[0].copy(), True, skew, 3.0, unit)
        seeder.take(0)
        rng = np.random.default_rng(1)
        taken = [seeder.take_best(rng.integers(1500, size=6)) for _ in range(40)]
        runs.append((taken, seeder.nearest.tolist(), seeder.owner.tolist()))
    assert all(run == runs[0] for run in runs)
