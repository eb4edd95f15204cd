"""One seed, one answer: the same bits for every number of threads and on every instruction set."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from cluster import determinism_fits

import ganglion as gl
from ganglion import _native
from oracles.kmeans_cases import blobs, run_bits

FITS = Path(determinism_fits.__file__)
ISAS = _native.available_isas()


@pytest.fixture(scope="module")
def expected():
    """The hashes of the 200 fits in this process with one thread."""
    return determinism_fits.by_threads([1])["1"]


def elsewhere(*counts, **environment):
    """The hashes in a fresh process with that environment."""
    command = [sys.executable, str(FITS), *map(str, counts)]
    answer = subprocess.run(
        command, env={**os.environ, **environment}, capture_output=True, text=True, timeout=300
    )
    assert answer.returncode == 0, answer.stderr
    return json.loads(answer.stdout)


def differing(found, expected):
    """The numbers of the fits that differ."""
    return [i for i, (one, other) in enumerate(zip(found, expected, strict=True)) if one != other]


def test_there_are_two_hundred_fits_and_they_differ(expected):
    assert len(expected) == 200 and len(set(expected)) == 200


# Three threads are met on every instruction set below.
@pytest.mark.parametrize(
    "threads", [2, 7, *(pytest.param(threads, marks=pytest.mark.heavy) for threads in (3, 4))]
)
def test_two_hundred_fits_have_the_same_bits_with_any_number_of_threads(threads, expected):
    assert differing(determinism_fits.by_threads([threads])[str(threads)], expected) == []


@pytest.mark.parametrize("counts", [(3,), pytest.param((1, 2, 7), marks=pytest.mark.heavy)])
@pytest.mark.parametrize("isa", ISAS)
def test_two_hundred_fits_have_the_same_bits_on_every_instruction_set(isa, counts, expected):
    for threads, found in elsewhere(*counts, GANGLION_ISA=isa).items():
        assert differing(found, expected) == [], f"{isa} with {threads} threads"


def test_this_machine_runs_the_portable_build_and_the_forced_one_is_the_one_that_runs():
    assert "baseline" in ISAS and set(ISAS) <= {"baseline", "v3", "v4", "neon"}
    with_isa = {**os.environ, "GANGLION_ISA": "no-such-isa"}
    command = [sys.executable, "-c", "import ganglion; ganglion.kmeans([[0.0], [1.0]], 2)"]
    answer = subprocess.run(command, env=with_isa, capture_output=True, text=True, timeout=300)
    assert answer.returncode != 0
    assert "GANGLION_ISA" in answer.stderr and "no-such-isa" in answer.stderr


def test_repeated_fits_in_one_process_have_the_same_bits():
    # The reference, four threads, eight fits of this problem: seven different arrays of centres.
    X = np.random.default_rng(0).normal(size=(6000, 16))
    before = gl.get_num_threads()
    for dtype in (np.float32, np.float64):
        gl.set_num_threads(4)
        bits = {
            run_bits(gl.kmeans(X.astype(dtype), 16, init=X[:16].astype(dtype), max_iter=30, tol=0))
            for _ in range(8)
        }
        assert len(bits) == 1
    gl.set_num_threads(before)


def test_the_number_of_threads_is_what_was_set_and_at_least_one():
    before = gl.get_num_threads()
    assert before >= 1
    for count in (1, 2, 5):
        gl.set_num_threads(count)
        assert gl.get_num_threads() == count
    for bad in (0, -1, 1.5, True, "2", None):
        with pytest.raises(gl.ParameterError, match="thread"):
            gl.set_num_threads(bad)
        assert gl.get_num_threads() == 5
    gl.set_num_threads(before)


@pytest.mark.parametrize(
    ("environment", "threads"),
    [
        ({"GANGLION_NUM_THREADS": "3", "OMP_NUM_THREADS": "1"}, 3),
        ({"OMP_NUM_THREADS": "1"}, 1),
        ({"GANGLION_NUM_THREADS": "1"}, 1),
    ],
)
def test_the_environment_sets_the_number_of_threads(environment, threads):
    kept = {k: v for k, v in os.environ.items() if not k.endswith("_NUM_THREADS")}
    command = [sys.executable, "-c", "import ganglion; print(ganglion.get_num_threads())"]
    answer = subprocess.run(
        command, env={**kept, **environment}, capture_output=True, text=True, timeout=60
    )
    assert answer.stdout.strip() == str(threads), answer.stderr


@pytest.mark.heavy
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_large_fits_have_the_same_bits_with_any_number_of_threads(dtype):
    before, bits = gl.get_num_threads(), set()
    X = blobs(200_000, 32, groups=50, dtype=dtype)
    for threads in (1, 2, 3, 4, 7, 16):
        gl.set_num_threads(threads)
        bits.add(run_bits(gl.kmeans(X, 64, random_state=0, max_iter=20)))
    gl.set_num_threads(before)
    assert len(bits) == 1
