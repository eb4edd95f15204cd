"""Ctrl-C gives control back within half a second: real processes, real signals."""

import pytest

from interrupting import interrupt_soon

CHILD = """
import sys, time
import numpy as np
import ganglion as gl

X = np.random.default_rng(0).normal(size=({n}, {d}))
gl.kmedoids(X[:100], 3)   # the pool is up before the signal comes
gl.divide(X[:100], n_clusters=2)
try:
    print("ready", flush=True)
    {work}
except KeyboardInterrupt:
    print(time.monotonic(), flush=True)
else:
    sys.exit("the work was over before the signal came")
assert len(gl.kmedoids(X[:100], 3).medoids) == 3
print("usable", flush=True)
"""

LONG = {
    # One after the other, so that it is not over when the signal comes: one takes a second or two.
    "swaps in a matrix": (
        6_000, 4, "[gl.kmedoids(X, 2000, init='random', random_state=s) for s in range(30)]",
    ),
    "swaps without a matrix": (
        40_000, 16, "gl.kmedoids(X, 50, algorithm='fasterpam', init='random', random_state=0)",
    ),
    "BUILD": (10_000, 4, "gl.kmedoids(X, 2000, init='build')"),
    "k-medoids++": (40_000, 16, "gl.kmedoids(X, 20_000, algorithm='fasterpam', init='k-medoids++')"),
    "sampled swaps": (150_000, 16, "gl.kmedoids(X, 100, algorithm='sampled', random_state=0)"),
    "one medoid": (150_000, 16, "gl.kmedoids(X, 1, algorithm='sampled')"),
    "DIANA": (14_000, 2, "gl.divide(X)"),
    "bisecting": (100_000, 8, "gl.divide(X, 'bisecting')"),
}  # fmt: skip


# Work that does not repeat itself is met early and late.
ONCE = ("BUILD", "DIANA")
MOMENTS = [
    *((name, 0.3) for name in LONG),
    *(pytest.param(name, 1.5, marks=() if name in ONCE else pytest.mark.heavy) for name in LONG),
]


@pytest.mark.parametrize(("name", "after"), MOMENTS)
def test_ctrl_c_ends_long_work_within_half_a_second_and_the_process_stays_usable(name, after):
    n, d, work = LONG[name]
    lines = interrupt_soon(CHILD.format(n=n, d=d, work=work), after)
    assert lines[1:] == ["usable"]
