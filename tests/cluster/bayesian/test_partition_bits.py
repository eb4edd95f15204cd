"""What is said of draws has the same bits for any number of threads and on every instruction set; Ctrl-C ends it."""

import numpy as np
import pytest

import ganglion as gl
from ganglion import _native
from ganglion.cluster.bayesian import (
    certainty,
    credible_ball,
    diagnose,
    expected_loss,
    point_estimate,
    similarity,
    wasabi,
)
from ganglion.cluster.bayesian._partitions import contingency
from ganglion.cluster.bayesian._partitions.contingency import check_loss
from interrupting import interrupt_soon
from oracles.kmeans_cases import fingerprint


def draws_of(n, n_draws, k, seed):
    random = np.random.default_rng(seed)
    center = random.integers(k, size=n)
    strays = random.random((n_draws, n)) < random.beta(0.5, 2, size=n)
    return np.where(strays, random.integers(k, size=(n_draws, n)), center)


def everything():
    """Hashes of all that is computed, for labels of one, two and four bytes, dense counts and sparse ones."""
    found = []
    for n, n_draws, k in ((17, 9, 3), (130, 60, 5), (400, 30, 300), (70_000, 2, 66_000)):
        draws = draws_of(n, n_draws, k, n)
        for loss in ("vi", "binder"):
            if n < 1000:
                labels = point_estimate(draws, loss, random_state=1, n_runs=6, n_zealous=3)
                found += [labels, [expected_loss(draws, labels, loss)]]
            ball = credible_ball(draws, draws[0], 0.5, loss=loss)
            found += [[ball.radius], ball.horizontal, ball.upper, ball.lower]
        found += [
            certainty(draws, draws[1]),
            similarity(draws, rows=range(17), columns=range(3, 17)),
        ]
        told = diagnose(draws[None], max_items=100)
        found += [*told.traces.values(), [told.gap.largest]]
    summary = wasabi(draws_of(60, 80, 4, 5), 3, random_state=2)
    found += [summary.partitions, summary.weights, summary.within]
    found += list(check_loss("vi").tables(3000))
    return [fingerprint(np.asarray(each)) for each in found]


@pytest.fixture(scope="module")
def expected():
    """The hashes with one thread on the best instruction set."""
    before = gl.get_num_threads()
    gl.set_num_threads(1)
    yield everything()
    gl.set_num_threads(before)


@pytest.mark.parametrize("threads", [2, 3, 7])
def test_the_bits_do_not_depend_on_the_number_of_threads(threads, expected):
    gl.set_num_threads(threads)
    assert everything() == expected


@pytest.mark.parametrize("isa", _native.available_isas())
def test_the_bits_do_not_depend_on_the_instruction_set(isa, expected):
    best = _native.isa()
    contingency._tables.cache_clear()
    _native.use_isa(isa)
    try:
        assert everything() == expected
    finally:
        _native.use_isa(best)


def test_the_table_of_m_log_m_is_that_of_the_mathematics():
    import math

    h, gain = check_loss("vi").tables(2000)
    for m in (0, 1, 2, 3, 10, 999, 2000, 2001):
        assert h[m] == pytest.approx(m * math.log(m) if m else 0.0, rel=1e-15)
        rise = (m + 1) * math.log1p(m) - (m * math.log(m) if m else 0.0)
        assert gain[m] == pytest.approx(rise, rel=1e-11)


CHILD = """
import sys, time
import numpy as np
from ganglion.cluster.bayesian import certainty, diagnose, point_estimate, similarity
draws = np.random.default_rng(0).integers(30, size=({n_draws}, {n}))
point_estimate(draws[:5, :50])
try:
    print("ready", flush=True)
    {work}
except KeyboardInterrupt:
    print(time.monotonic(), flush=True)
else:
    sys.exit("the work was over before the signal came")
assert len(point_estimate(draws[:5, :50])) == 50
print("usable", flush=True)
"""

LONG = {
    "the search": (500, 4000, "point_estimate(draws, random_state=0, n_runs=400)"),
    "similarities": (20_000, 2000, "[similarity(draws) for _ in range(100)]"),
    "certainties": (4000, 5000, "[certainty(draws, draws[0]) for _ in range(1000)]"),
}


@pytest.mark.parametrize("name", LONG)
def test_ctrl_c_ends_long_work_within_half_a_second_and_the_process_stays_usable(name):
    n_draws, n, work = LONG[name]
    lines = interrupt_soon(CHILD.format(n_draws=n_draws, n=n, work=work), 1.0)
    assert lines[1:] == ["usable"]
