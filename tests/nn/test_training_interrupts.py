"""Ctrl-C while a network is trained: real processes, real signals, and a state between two whole steps."""

import signal

import numpy as np
import pytest

import ganglion as gl
from interrupting import ends_soon_and_whole

CHILD = """
import sys, time
import numpy as np
import ganglion as gl

rng = np.random.default_rng(0)
X, y = rng.normal(size=({n}, {sizes}[0])).astype(np.float32), rng.integers(0, {sizes}[-1], {n})
def network():
    names = ["tanh"] * (len({sizes}) - 2) + ["softmax"]
    layers = [gl.nn.Dense(a, b, name) for a, b, name in zip({sizes}, {sizes}[1:], names)]
    return gl.nn.Network(layers, "cross_entropy", random_state=0, dtype="float32")

gl.set_num_threads({threads})
met, optimiser = network(), gl.nn.Adam()
try:
    print("ready", flush=True)
    gl.nn.train(met, X, y, optimizer=optimiser, epochs=10**6, batch_size={batch}, shuffle=False)
except KeyboardInterrupt:
    print(time.monotonic(), flush=True)
else:
    sys.exit("the work was over before the signal came")

# The same steps again, without a signal.
steps, other, again = optimiser.steps, network(), gl.nn.Adam()
epochs, rest = divmod(steps, -(-len(X) // {batch}))
if epochs:
    gl.nn.train(other, X, y, optimizer=again, epochs=epochs, batch_size={batch}, shuffle=False)
if rest:
    rows = slice(rest * {batch})
    gl.nn.train(other, X[rows], y[rows], optimizer=again, epochs=1, batch_size={batch}, shuffle=False)
assert again.steps == steps
for name, value in met.parameters.items():
    assert np.array_equal(value, other.parameters[name])
    assert np.array_equal(optimiser.second[name], again.second.get(name, np.zeros_like(value)))
print("whole", flush=True)
"""

LONG = {
    "small batches": (20_000, (20, 64, 64, 2), 32),
    "one huge batch": (20_000, (784, 1500, 1500, 10), 20_000),
    "wide layers": (2_000, (784, 2000, 2000, 10), 500),
}


CASES = [
    ("small batches", 1),
    *((name, 2) for name in LONG),
    *(pytest.param(name, 1, marks=pytest.mark.heavy) for name in list(LONG)[1:]),
]


@pytest.mark.parametrize(("name", "threads"), CASES)
def test_ctrl_c_ends_training_within_half_a_second_between_two_steps(name, threads):
    n, sizes, batch = LONG[name]
    script = CHILD.format(n=n, sizes=sizes, batch=batch, threads=threads)
    ends_soon_and_whole(script)


def test_signals_that_raise_nothing_change_nothing():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(4000, 30)), rng.integers(0, 3, 4000)

    def train():
        layers = [gl.nn.Dense(30, 200, "gelu"), gl.nn.Dense(200, 3, "softmax")]
        network = gl.nn.Network(layers, "cross_entropy", random_state=0)
        gl.nn.train(network, X, y, optimizer=gl.nn.Adam(), epochs=10, random_state=0)
        return [value.tobytes() for value in network.parameters.values()]

    expected, calls = train(), []
    before = signal.signal(signal.SIGALRM, lambda *_: calls.append(1e-310 * 2))
    signal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)
    try:
        found = train()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    # The kernels count such numbers as zero; Python code must not.
    assert calls and all(call > 0 for call in calls)
    assert found == expected
