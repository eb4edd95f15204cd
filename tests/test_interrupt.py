"""Ctrl-C gives control back within half a second: real processes, real signals."""

import os
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

import ganglion as gl
from interrupting import TRIES, interrupt_soon
from oracles.kmeans_cases import blobs, run_bits

CHILD = """
import sys, time
import numpy as np
import scipy.sparse as sp
import ganglion as gl

X = np.random.default_rng(0).normal(size=({n}, {d})).astype(np.float32)
small = X[:1000, :2].copy()
expected = gl.kmeans(small, 3, init=small[:3])   # the pool is up before the signal comes
try:
    print("ready", flush=True)
    {work}
except KeyboardInterrupt:
    print(time.monotonic(), flush=True)
else:
    sys.exit("the work was over before the signal came")
again = gl.kmeans(small, 3, init=small[:3])
assert np.array_equal(again.labels, expected.labels) and again.inertia == expected.inertia
print("usable", flush=True)
"""

# Each of these takes many seconds on a fast machine; the sizes fit into 250 MB.
LONG = {
    "many short iterations": (
        300_000, 8, "gl.kmeans(X, 300, init=X[:300], tol=0, max_iter=100_000)",
    ),
    "one long iteration": (
        100_000, 256, "gl.kmeans(X, 8000, init=X[:8000], tol=0, max_iter=50)",
    ),
    "seeding": (300_000, 32, "gl.kmeans_plusplus(X, 20_000, random_state=0)"),
    "seeding inside a fit": (300_000, 32, "gl.kmeans(X, 20_000, random_state=0)"),
    "parallel seeding": (
        300_000, 32, "gl.kmeans(X, 20_000, init='k-means||', random_state=0)",
    ),
    "sparse rows": (
        200_000, 32, "S = sp.csr_array(X); gl.kmeans(S, 2000, init=X[:2000], tol=0, max_iter=9999)",
    ),
    "one thread": (
        300_000, 32,
        "gl.set_num_threads(1); gl.kmeans(X, 1000, init=X[:1000], tol=0, max_iter=9999)",
    ),
    "cosine": (
        300_000, 32, "gl.kmeans(X, 1000, init=X[:1000], metric='cosine', tol=0, max_iter=9999)",
    ),
    "restarts": (20_000, 2, "gl.kmeans(X, 20, n_init=10**6, random_state=0)"),
    "a spanning tree by boxes": (300_000, 32, "gl.linkage(X, 'single')"),
    "a spanning tree by rows": (30_000, 16, "gl.linkage(X, 'single', 'canberra')"),
    "an optimal order of leaves": (
        2500, 2, "T = gl.linkage(X, 'single')\n    while True: T.leaf_order(optimal=True)",
    ),
    "many small fits": (
        2000, 2, "[gl.kmeans(X, 5, random_state=s) for s in range(10**8)]",
    ),
    "the nearest of all": (
        300_000, 32,
        "from ganglion._native import core; core.k_nearest(core.vector_pairs32(X, None, 'euclidean'), 5, "
        "np.empty((len(X), 5), np.int64), np.empty((len(X), 5), np.float32), True)",
    ),
    "those within a radius": (
        300_000, 32,
        "from ganglion._native import core; core.within(core.vector_pairs32(X, None, 'minkowski', 3.7), 0.1, True)",
    ),
    "sums of distances": (
        300_000, 32,
        "from ganglion._native import core; core.cluster_sums(core.vector_pairs32(X, None, 'canberra'), "
        "np.zeros(len(X), np.int32), 1, np.empty((len(X), 1)))",
    ),
    "a simplified silhouette": (
        300_000, 64, "gl.criteria.simplified_silhouette_score(X, np.arange(len(X)) % 20_000)",
    ),
    "moments of many partitions": (
        300_000, 32,
        "from ganglion._native import core; k, runs = 1000, 400; "
        "codes = [np.arange(len(X), dtype=np.int32) % k] * runs; "
        "core.partition_spreads(X, None, np.zeros(32), 1.0, codes, np.arange(runs + 1) * k, "
        "np.zeros((runs * k, 32)), np.empty((runs * k, 2)))",
    ),
    "rows judged by many partitions": (
        300_000, 32,
        "from ganglion._native import core; k, runs, K = 2000, 30, 60_000; "
        "codes = [np.arange(len(X), dtype=np.int32) % k] * runs; "
        "core.judge_partitions(X, None, np.zeros(32), 1.0, codes, np.arange(runs + 1) * k, np.arange(100_000), "
        "np.zeros((K, 32)), np.ones(K), np.full(K, 9), 0.25, 10, np.empty((runs, 100_000)), np.empty((runs, 2)))",
    ),
    "pairs of clusters": (300_000, 32, "gl.criteria.dunn_index(X, np.arange(len(X)) % 5)"),
    "a matching": (
        300_000, 2,
        "r = np.random.default_rng(1); gl.criteria.best_matching(r.integers(3000, size=len(X)), "
        "r.integers(3000, size=len(X)))",
    ),
}  # fmt: skip


# Work that does not repeat itself is met early and late.
MOMENTS = [*((name, 0.3) for name in LONG), ("one long iteration", 1.1), ("seeding", 1.1)]


@pytest.mark.parametrize(("name", "after"), MOMENTS)
def test_ctrl_c_ends_long_work_within_half_a_second_and_the_process_stays_usable(name, after):
    n, d, work = LONG[name]
    lines = interrupt_soon(CHILD.format(n=n, d=d, work=work), after)
    assert lines[1:] == ["usable"]


def test_an_uncaught_ctrl_c_ends_the_process_as_python_does():
    script = CHILD.format(n=300_000, d=32, work=LONG["one thread"][2]).replace(
        "except KeyboardInterrupt", "except ZeroDivisionError"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as child:
        try:
            assert child.stdout.readline() == "ready\n"
            time.sleep(0.3)
            child.send_signal(signal.SIGINT)
            _, err = child.communicate(timeout=300)
        finally:
            child.kill()
    assert child.returncode in (-signal.SIGINT, 130) and "KeyboardInterrupt" in err


def test_signals_that_raise_nothing_are_served_and_change_nothing():
    X = np.random.default_rng(0).normal(size=(60_000, 16))
    expected = run_bits(gl.kmeans(X, 64, init=X[:64], max_iter=40, tol=0))
    calls = []
    before = signal.signal(signal.SIGALRM, lambda *_: calls.append(time.monotonic()))
    signal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)
    try:
        run = gl.kmeans(X, 64, init=X[:64], max_iter=40, tol=0)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert calls and run_bits(run) == expected


@pytest.mark.alone
def test_an_error_raised_by_a_signal_handler_reaches_the_caller():
    class Alarm(Exception):
        pass

    def handler(*_):
        raise Alarm

    def soon():
        begun = time.monotonic()
        with pytest.raises(Alarm):
            signal.setitimer(signal.ITIMER_REAL, 0.2)
            gl.kmeans(X, 1000, init=X[:1000], max_iter=10_000, tol=0)
        return time.monotonic() - begun < 0.7

    X = np.random.default_rng(0).normal(size=(100_000, 32))
    before = signal.signal(signal.SIGALRM, handler)
    try:
        assert any(soon() for _ in range(TRIES))
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@pytest.mark.alone
def test_other_python_threads_run_while_a_fit_does():
    """The GIL is released: a thread that ticks is never held up for most of the fit, or not by the fit."""
    X = np.random.default_rng(0).normal(size=(100_000, 64)).astype(np.float32)

    def ticks_go_on():
        ticks, done = [time.monotonic()], threading.Event()

        def tick():
            while not done.is_set():
                ticks.append(time.monotonic())
                time.sleep(0.005)

        thread = threading.Thread(target=tick)
        thread.start()
        begun = time.monotonic()
        gl.kmeans(X, 256, init=X[:256], max_iter=20, tol=0)
        duration = time.monotonic() - begun
        done.set()
        thread.join()
        return np.diff(ticks).max() < duration / 2

    assert any(ticks_go_on() for _ in range(TRIES))


def interrupt_this_process():
    """Send what Ctrl-C sends, and wait for it to arrive."""
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(5)


def test_a_signal_that_comes_while_a_fit_runs_in_another_thread_leaves_the_fit_alone():
    X = blobs(20_000, 8)
    expected = run_bits(gl.kmeans(X, 30, init=X[:30], tol=0))
    found = []
    worker = threading.Thread(
        target=lambda: found.append(run_bits(gl.kmeans(X, 30, init=X[:30], tol=0)))
    )
    worker.start()
    with pytest.raises(KeyboardInterrupt):
        interrupt_this_process()
    worker.join(timeout=300)
    assert found == [expected]
