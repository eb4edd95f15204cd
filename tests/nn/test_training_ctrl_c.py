"""Ctrl-C in every kind of training: control is back in half a second, with a whole state."""

import os

import pytest

from interrupting import interrupt_soon

CHILD = """
import sys, time
import numpy as np
import ganglion as gl
from ganglion.nn.lbfgs import LBFGS
from ganglion.nn.levenberg_marquardt import LevenbergMarquardt

gl.set_num_threads(2)
rng = np.random.default_rng(0)
n, sizes, activation, loss = {n}, {sizes}, {activation}, {loss!r}
X = rng.normal(size=(n, sizes[0])).astype(np.float32)
y = rng.integers(0, sizes[-1], n) if loss == "cross_entropy" else rng.normal(size=(n, sizes[-1]))

def network():
    last = "softmax" if loss == "cross_entropy" else "identity"
    kinds = [activation] * (len(sizes) - 2) + [last]
    layers = [gl.nn.Dense(a, b, kind) for a, b, kind in zip(sizes, sizes[1:], kinds)]
    return gl.nn.Network(layers, loss, random_state=0, dtype="float32")

def train(model, optimiser, epochs):
    return gl.nn.train(
        model, X, y, optimizer=optimiser, epochs=epochs, shuffle=False, batch_size=n, eval_set=(X, y),
        checkpoint={path!r}, record={record}, callbacks=lambda epoch: print(epoch.epoch, flush=True),
    )

met, optimiser = network(), {optimiser}
try:
    print("ready", flush=True)
    train(met, optimiser, 10**6)
except KeyboardInterrupt:
    print("back", time.monotonic(), flush=True)
else:
    sys.exit("the work was over before the signal came")
other, again = network(), {optimiser}
if optimiser.steps:
    train(other, again, optimiser.steps)
assert again.steps == optimiser.steps
for name, value in met.parameters.items():
    assert np.array_equal(value, other.parameters[name]), name
print("whole", flush=True)
"""

KINDS = {
    "L-BFGS": (20_000, (784, 700, 500, 10), "'tanh'", "cross_entropy", "LBFGS()", False),
    "Levenberg-Marquardt": (20_000, (10, 20, 1), "'tanh'", "squared", "LevenbergMarquardt()", False),
    "a Python activation": (20_000, (50, 60, 10), "lambda z: np.tanh(z)", "cross_entropy", "gl.nn.Adam()", False),
    "a recording": (20_000, (784, 300, 10), "'relu'", "cross_entropy", "gl.nn.SGD(0.01)", True),
}  # fmt: skip


@pytest.mark.parametrize("wait", [0.3, pytest.param(1.1, marks=pytest.mark.heavy)])
@pytest.mark.parametrize("kind", KINDS)
def test_ctrl_c_ends_every_kind_of_training_within_half_a_second(kind, wait, tmp_path):
    n, sizes, activation, loss, optimiser, record = KINDS[kind]
    script = CHILD.format(
        n=n, sizes=sizes, activation=activation, loss=loss, optimiser=optimiser, record=record,
        path=os.fspath(tmp_path / "training"),
    )  # fmt: skip
    # The threads of NumPy's products wait for each other on a busy machine, and no signal is heard meanwhile.
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "1"}
    assert interrupt_soon(script, wait, before="back ", environment=environment)[-1] == "whole"
