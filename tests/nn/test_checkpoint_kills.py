"""Training processes killed by SIGKILL at random moments, some of them while they write: the end has the same bits."""

import subprocess
import sys

import pytest

# A process that starts trainings, kills them, lets another one go on, and compares what comes out in the end.
SCRIPT = """
import hashlib, os, random, signal, sys, tempfile, time
import numpy as np
import ganglion as gl
from ganglion.nn import schedules

n_kills, seed, folder = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
rng = np.random.default_rng(0)
X, y = rng.normal(size=(400, 10)).astype(np.float32), rng.integers(0, 3, 400)

def train(path, epochs):
    layers = [gl.nn.Dense(10, 40, "gelu"), gl.nn.Dropout(0.3), gl.nn.Dense(40, 3, "softmax")]
    network = gl.nn.Network(layers, "cross_entropy", random_state=0, dtype="float32")
    optimiser = gl.nn.SGD(0.05, momentum=0.9)
    run = gl.nn.train(
        network, X, y, optimizer=optimiser, epochs=epochs, batch_size=16, random_state=1, eval_set=(X[:50], y[:50]),
        metric="accuracy", schedule=schedules.Cosine(), restore_best=True, checkpoint=path, resume=path is not None,
    )
    digest = hashlib.sha256()
    moments = (optimiser.first[name] for name in network.parameters)
    for array in (*network.parameters.values(), *moments, run.loss_curve, run.metric_curve):
        digest.update(array.tobytes())
    return digest.hexdigest() + f" {run.n_epochs} {run.n_steps} {run.best_epoch} {run.stopped_by}"

chance, kills, ends, epochs = random.Random(seed), 0, 0, 30
expected = train(None, epochs)
begin = time.monotonic()
assert train(os.path.join(folder, "warm"), epochs) == expected
span = time.monotonic() - begin
while kills < n_kills:
    path, end = os.path.join(folder, f"training-{ends}"), os.path.join(folder, f"end-{ends}")
    while True:
        child = os.fork()
        if child == 0:
            found = train(path, epochs)
            with open(end, "w") as file:
                file.write(found)
            os._exit(0)
        deadline = time.monotonic() + chance.uniform(0, 0.7 * span)
        while time.monotonic() < deadline and not os.waitpid(child, os.WNOHANG)[0]:
            time.sleep(0.0005)
        if os.path.exists(end):
            break
        try:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            kills += 1
        except (ProcessLookupError, ChildProcessError):
            pass
    while not os.path.getsize(end):
        time.sleep(0.01)
    with open(end) as file:
        found = file.read()
        assert found == expected, (ends, found, expected)
    ends += 1
left = [name for name in os.listdir(folder) if not name.startswith(("training-", "end-", "warm"))]
print(kills, ends, len(left))
"""


@pytest.mark.parametrize("n_kills", [8, pytest.param(100, marks=pytest.mark.heavy)])
def test_kills_at_any_moment_do_not_show_in_the_end(tmp_path, n_kills):
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(n_kills), "7", str(tmp_path)],
        capture_output=True, text=True, timeout=500,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    kills, ends, left = map(int, done.stdout.split())
    assert kills >= n_kills and ends >= 1
    assert left <= 1  # what a killed write leaves is removed by the next one
