"""Ctrl-C ends variational inference within half a second, and the process stays usable."""

from __future__ import annotations

import pytest

from interrupting import ends_soon_and_whole

CHILD = """
import time
import numpy as np
from ganglion.cluster.bayesian import variational

rng = np.random.default_rng(0)
X = (20 * rng.normal(size=(400, {d})))[rng.integers(0, 400, {n})] + rng.normal(size=({n}, {d}))
small = X[:200]
before = variational(small, random_state=0).bound
try:
    print("ready", flush=True)
    variational(X, max_clusters=400, random_state=0)
except KeyboardInterrupt:
    print(time.monotonic(), flush=True)
print("whole" if variational(small, random_state=0).bound == before else "changed", flush=True)
"""


@pytest.mark.parametrize(("n", "d"), [(300_000, 8), (4_000, 40)])
def test_ctrl_c_ends_variational_inference_soon(n, d):
    ends_soon_and_whole(CHILD.format(n=n, d=d))
