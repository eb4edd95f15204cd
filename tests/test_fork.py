"""Fits in children, in threads and in pools: no deadlock, and the same bits as anywhere."""

import multiprocessing
import os
import select
import signal
import threading
import time
import warnings
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import numpy as np
import pytest

import ganglion as gl
from oracles.kmeans_cases import blobs, run_bits
from quickness import done_within

X = blobs(20_000, 8, groups=10)


def fit(seed=0):
    """The bits of one fit that is large enough for several threads."""
    return run_bits(gl.kmeans(X, 12, random_state=seed, max_iter=30))


@pytest.fixture(autouse=True)
def four_threads():
    """More than one thread, whatever the machine: a pool must be there to be forked."""
    before = gl.get_num_threads()
    gl.set_num_threads(4)
    yield
    gl.set_num_threads(before)


def in_forked_child(work, timeout=300.0):
    """What `work()` returns (a string) in a forked child; fails when the child hangs or dies."""
    reading, writing = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # forking with threads is the point
        child = os.fork()
    if child == 0:
        try:
            os.write(writing, work().encode())
        finally:
            os._exit(0)
    os.close(writing)
    try:
        ready, _, _ = select.select([reading], [], [], timeout)
        assert ready, "the child hangs"
        return os.read(reading, 65536).decode()
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(reading)


def test_a_child_forked_after_a_fit_fits_with_the_same_bits():
    expected = fit()
    assert in_forked_child(fit) == expected
    assert fit() == expected  # and the parent's pool has survived


def test_a_grandchild_fits_with_the_same_bits():
    expected = fit()

    def grandchild():
        assert fit() == expected
        return in_forked_child(fit)

    assert in_forked_child(grandchild) == expected


def test_a_child_forked_while_another_thread_is_inside_a_fit_fits_all_the_same():
    expected, stop = fit(), threading.Event()

    def keep_fitting():
        while not stop.is_set():
            gl.kmeans(X, 12, random_state=1, max_iter=5)

    worker = threading.Thread(target=keep_fitting)
    worker.start()
    try:
        for _ in range(10):
            assert in_forked_child(fit) == expected
            time.sleep(0.013)
    finally:
        stop.set()
        worker.join(timeout=300)
    assert not worker.is_alive()


def test_a_child_keeps_the_number_of_threads_of_its_parent():
    fit()
    gl.set_num_threads(3)
    assert in_forked_child(lambda: str(gl.get_num_threads())) == "3"


def test_a_child_may_set_its_own_number_of_threads():
    expected = fit()

    def work():
        gl.set_num_threads(7)
        return fit()

    assert in_forked_child(work) == expected
    assert gl.get_num_threads() == 4


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_a_pool_of_processes_fits_with_the_same_bits(method):
    expected = [fit(seed) for seed in range(4)]
    context = multiprocessing.get_context(method)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        with ProcessPoolExecutor(2, mp_context=context) as pool:
            assert list(pool.map(fit, range(4), timeout=300)) == expected


def test_threads_fit_at_the_same_time_with_the_same_bits():
    expected = [fit(seed) for seed in range(8)]
    with ThreadPoolExecutor(8) as pool:
        for _ in range(3):
            assert list(pool.map(fit, range(8), timeout=300)) == expected


def test_threads_that_start_together_before_any_fit_do_not_deadlock():
    """The very first use of the pool, from many threads at once, in a fresh child."""

    def work():
        gl.set_num_threads(4)
        gate, found = threading.Barrier(6), [""] * 6

        def fit_at_once(i):
            gate.wait()
            found[i] = fit()

        threads = [threading.Thread(target=fit_at_once, args=(i,)) for i in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return " ".join(sorted(set(found)))

    assert in_forked_child(work) == fit()


def test_changing_the_number_of_threads_during_a_fit_is_safe():
    expected, stop = fit(), threading.Event()

    def keep_changing():
        while not stop.is_set():
            for count in (1, 4, 2, 7):
                gl.set_num_threads(count)
                time.sleep(0.001)

    worker = threading.Thread(target=keep_changing)
    worker.start()
    try:
        assert {fit() for _ in range(10)} == {expected}
    finally:
        stop.set()
        worker.join(timeout=300)
    assert not worker.is_alive()


def test_a_fit_inside_the_progress_of_a_fit_gives_both_answers():
    inner = []
    expected = fit()
    outer = gl.kmeans(
        X, 12, random_state=0, max_iter=30, progress=lambda step: inner.append(fit()) or False
    )
    assert run_bits(outer) == expected and set(inner) == {expected}


def test_idle_workers_take_no_processor_time():
    fit()
    time.sleep(0.2)
    done_within(0.1, lambda: time.sleep(1.0))


def test_a_process_ends_promptly_after_a_fit():
    context = multiprocessing.get_context("spawn")
    child = context.Process(target=fit)
    child.start()
    child.join(timeout=300)
    assert child.exitcode == 0


def test_fitting_does_not_touch_the_arrays_other_threads_are_reading():
    frozen = X.copy()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda s: gl.kmeans(X, 5, init="random", random_state=s), range(8)))
    assert np.array_equal(X, frozen)
