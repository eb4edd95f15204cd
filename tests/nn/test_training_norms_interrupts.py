"""Ctrl-C while rows wait for each other's statistics: real processes, and a state between two whole steps."""

import pytest

from interrupting import ends_soon_and_whole

CHILD = """
import sys, time
import numpy as np
import ganglion as gl
from ganglion.nn import BatchNorm, Dense, LayerNorm, Residual
from ganglion.nn._engine.program import Learned, Plan, Program

rng = np.random.default_rng(0)
n, width, batch = {n}, {width}, {batch}
X = rng.normal(size=(n, 200)).astype(np.float32)
data = Learned(X, None, rng.integers(0, 10, n).astype(np.int32), None)
inside = [Dense(width, width), BatchNorm(width, "relu"), Dense(width, width)]
layers = [Dense(200, width), BatchNorm(width, "gelu"), Residual(inside), LayerNorm(width), Dense(width, 10, "softmax")]
network = gl.nn.Network(layers, "cross_entropy", random_state=0, dtype="float32")
held = {{**network.parameters, **network.running}}

def fresh():
    program, optimiser = Program(layers, "cross_entropy", "float32"), gl.nn.Adam()
    program.write(held)
    optimiser.prepare(network.parameters)
    return program, optimiser

gl.set_num_threads({threads})
program, optimiser = fresh()
try:
    print("ready", flush=True)
    while True:
        program.learn(data, None, optimiser, Plan(batch))
except KeyboardInterrupt:
    print(time.monotonic(), flush=True)

# The same steps again, without a signal.
other, again = fresh()
epochs, rest = divmod(optimiser.steps, -(-n // batch))
for _ in range(epochs):
    other.learn(data, None, again, Plan(batch))
if rest:
    other.learn(data, np.arange(rest * batch), again, Plan(batch))
assert again.steps == optimiser.steps
found, expected = ({{k: np.empty_like(v) for k, v in held.items()}} for _ in range(2))
program.read(found)
other.read(expected)
assert all(np.array_equal(found[name], value) for name, value in expected.items())
print("whole", flush=True)
"""

LONG = {
    "small batches": (20_000, 40, 32),
    "one huge batch": (20_000, 1000, 20_000),
    "wide layers": (2_000, 1500, 700),
}


CASES = [
    ("small batches", 1),
    *((name, 2) for name in LONG),
    *(pytest.param(name, 1, marks=pytest.mark.heavy) for name in list(LONG)[1:]),
]


@pytest.mark.parametrize(("name", "threads"), CASES)
def test_ctrl_c_ends_training_within_half_a_second_between_two_steps(name, threads):
    n, width, batch = LONG[name]
    script = CHILD.format(n=n, width=width, batch=batch, threads=threads)
    ends_soon_and_whole(script)
