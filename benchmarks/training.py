"""`python -m benchmarks training`: milliseconds an epoch against scikit-learn, PyTorch and JAX."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np

from . import floor, results, timing
from .systems import limit_threads
from .trainers import OURS, SYSTEMS, Training, network

PACKAGES = ("torch", "jax")

METHOD = """Milliseconds an epoch, medians over repetitions, each of which runs every system in an order that rotates,
after a warm-up; compile time is left out. Every system trains the same network from the same first parameters
(scikit-learn draws its own) on the same float32 rows with Adam (rate 0.001, no penalty), shuffled anew each epoch,
for the same number of epochs; the loss of the last epoch stands in the last columns. PyTorch runs with its fused
Adam, eagerly and with the network and its loss compiled, each on 1 and on 2 threads; JAX compiles a scan over the
batches of an epoch, scikit-learn runs in float32. The floor is the number of multiply-adds of an epoch (forward, back
without the inputs' gradient, weights) over the rate of the BLAS's best matrix product on all cores; small networks
run on one core and cannot come nearer to it than a factor of the number of cores."""


@dataclass(frozen=True)
class Row:
    """One network and data set: `name` for `--rows`, sizes of the layers, rows, batch size, epochs in one timing."""

    name: str
    sizes: tuple[int, ...]
    n_rows: int
    batch_size: int
    epochs: int
    activation: str = "relu"

    @property
    def title(self) -> str:
        """Return what the table calls it."""
        sizes = "-".join(str(size) for size in self.sizes)
        batch = "full" if self.batch_size >= self.n_rows else f"{self.batch_size}"
        return f"{sizes} {self.activation}, {self.n_rows:,}, {batch}"

    @property
    def operations(self) -> float:
        """Return the floating-point operations of the products of one epoch."""
        products = [a * b for a, b in zip(self.sizes, self.sizes[1:], strict=False)]
        return 2.0 * self.n_rows * (3 * sum(products) - products[0])


ROWS = (
    Row("digits", (64, 100, 10), 1_797, 32, 20),
    Row("small", (20, 64, 64, 2), 10_000, 32, 5),
    Row("batches", (20, 64, 64, 2), 10_000, 200, 10),
    Row("wide", (784, 256, 128, 10), 20_000, 128, 1),
    Row("wider", (784, 512, 512, 10), 20_000, 256, 1),
    Row("tiny", (4, 32, 16, 4), 10_000, 10_000, 50, "tanh"),
)


def task_of(row: Row, *, quick: bool) -> Training:
    """Return the data and the start of a row: labels by a random linear rule, so that there is something to learn."""
    rng = np.random.default_rng(0)
    n = min(row.n_rows, 500) if quick else row.n_rows
    X = rng.standard_normal((n, row.sizes[0])).astype(np.float32)
    y = np.argmax(X @ rng.standard_normal((row.sizes[0], row.sizes[-1])), axis=1).astype(np.int32)
    task = Training(
        X, y, row.sizes, row.activation, min(row.batch_size, n), 1 if quick else row.epochs, {}
    )
    return dataclasses.replace(task, start=network(task).parameters)


def choose(names: str | None) -> list[Row]:
    """Return the rows that were asked for."""
    if names is None:
        return list(ROWS)
    known = {row.name: row for row in ROWS}
    wanted = [name.strip() for name in names.split(",")]
    unknown = set(wanted) - set(known)
    if unknown:
        raise SystemExit(
            f"--rows must be among {', '.join(known)}; got {', '.join(sorted(unknown))}."
        )
    return [known[name] for name in wanted]


def run_row(row: Row, machine: floor.Machine, *, quick: bool) -> list[str]:
    """Time all systems on one row and return the cells of the table."""
    task = task_of(row, quick=quick)
    runs = {name: make(task) for name, make in SYSTEMS.items()}
    timings = timing.interleave(runs, budget=60.0, cap=20.0, repetitions=2 if quick else 11)
    ms = {name: 1e3 * timed.median / task.epochs for name, timed in timings.items()}
    losses = {name: float(np.median(timed.results)) for name, timed in timings.items()}
    least = 1e3 * row.operations / machine.flops * len(task.X) / row.n_rows
    ours = ms[OURS]
    others = min(ms[name] for name in SYSTEMS if name not in (OURS, "JAX"))
    peers = [losses[name] for name in SYSTEMS if name != OURS]
    return [
        row.title,
        *(f"{ms[name]:.3g}" for name in SYSTEMS),
        f"{others / ours:.1f}",
        f"{ms['JAX'] / ours:.1f}",
        f"{least:.3g}",
        f"{ours / least:.1f}",
        f"{losses[OURS]:.4g}",
        f"{min(peers):.4g} to {max(peers):.4g}",
    ]


def one_row() -> str:
    """Return a sentence: microseconds for the outputs of one row of a 20-64-64-2 network, the call included."""
    from ganglion.nn._engine.program import Program

    task = task_of(ROWS[1], quick=True)
    net = network(task)
    program = Program(net.layers, net.loss_name, net.dtype)
    program.write(net.parameters)
    row, calls = np.ascontiguousarray(task.X[0]), 2000
    seconds = floor.best_of(lambda: [program.predict(row) for _ in range(calls)], 11) / calls
    return f"One row through 20-64-64-2 (float32), from Python: {1e6 * seconds:.2g} microseconds."


def main(names: str | None, *, quick: bool, threads: int) -> str:
    """Run the rows, say each as it is done, and return the section."""
    rows: list[list[str]] = []
    with limit_threads(threads):
        machine = floor.measure(np.float32)
        for row in choose(names):
            rows.append(run_row(row, machine, quick=quick))
            print("; ".join(rows[-1]), flush=True)
    header = ["network, rows, batch", *(f"{name}" for name in SYSTEMS)]
    header += ["best of sklearn, torch / ours", "JAX / ours", "floor", "ours / floor"]
    header += ["loss", "losses of the peers"]
    title = "## Training" + (" (quick: small data, no result)" if quick else "")
    versions = ", ".join(f"{package} {results.version(package)}" for package in PACKAGES)
    setting = f"{results.setting(threads)} Also {versions}."
    table = results.markdown(header, rows)
    return "\n\n".join([title, setting, results.paragraph(METHOD), table, one_row()])
