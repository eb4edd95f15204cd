"""`python -m benchmarks medoids`: k-medoids against kmedoids' FasterPAM, and without a matrix."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np

from . import comparisons
from .comparisons import OURS, Case, Machine, Row
from .problems import blobs
from .systems import limit_threads

METHOD = """Every system starts from the same random medoids and stops where no swap improves. The matrix is given:
float64 for all, and float32 beside for kmedoids, with 1 thread and with as many as ours; the best of these is the peer.
Without a matrix, ours computes distances as it needs them; its loss is compared with that of ours by FasterPAM with
every row computed, which no peer can hold. Points are normal, or 20 blobs of 16 features where that is said. The floor
is the matrix read twice: one pass that swaps, one that finds no swap. Agreement: loss of ours over the peers' least."""


def relative_loss(found: Mapping[str, Any]) -> str:
    """Return our loss over the least of the others; raise where it is more than 1 % above."""
    least = min(float(loss) for name, loss in found.items() if name != OURS)
    ratio = float(found[OURS]) / least
    if ratio > 1.01:
        raise SystemExit(f"Our loss is {ratio:.4f} of the peers'.")
    return f"{ratio:.5f}"


def given(kind: str, machine: Machine, quick: bool) -> Case:
    """Make the row of 5,000 points whose matrix is given."""
    import kmedoids

    import ganglion as gl

    n, k = (500 if quick else 5_000), 20
    X = (
        blobs(n, 16, k, seed=0).astype(np.float64)
        if kind == "blobs"
        else np.random.default_rng(0).normal(size=(n, 16))
    )
    D = gl.distances.pairwise(X)
    narrow = D.astype(np.float32)
    threads = gl.get_num_threads()
    starts = [
        np.random.default_rng(seed).choice(n, k, replace=False)
        for seed in range(comparisons.REPETITIONS + 4)
    ]

    def peer(matrix: Any, n_cpu: int, repetition: int) -> float:
        start = starts[repetition].astype(np.uint64)
        return kmedoids.fasterpam(matrix, start, max_iter=100, random_state=0, n_cpu=n_cpu).loss

    def ours(repetition: int) -> float:
        run = gl.cluster.kmedoids(
            D, k, metric="precomputed", init=starts[repetition], random_state=0
        )
        return run.inertia

    runs: dict[str, Callable[[int], Any]] = {
        OURS: ours,
        "kmedoids": partial(peer, D, 1),
        f"kmedoids {threads} threads": partial(peer, D, threads),
        "kmedoids float32": partial(peer, narrow, 1),
        f"kmedoids float32 {threads} threads": partial(peer, narrow, threads),
    }
    return Case(runs, relative_loss, 2 * D.nbytes / machine.reading)


def matrix_free(machine: Machine, quick: bool) -> Case:
    """Make the row of 100,000 points without a matrix: estimated swaps, and every row computed."""
    import ganglion as gl

    n, k = (2_000 if quick else 100_000), 20
    X = blobs(n, 16, k, seed=0).astype(np.float64)

    def run(algorithm: str, _: int) -> float:
        return gl.cluster.kmedoids(X, k, algorithm=algorithm, init="random", random_state=0).inertia

    exact = "every row"
    return Case(
        {OURS: partial(run, "sampled"), exact: partial(run, "fasterpam")},
        relative_loss,
        beside=(exact,),
    )


ROWS = (
    Row("normal", "5,000 normal, k = 20, matrix given", "2", partial(given, "normal")),
    Row("blobs", "5,000 in blobs, k = 20, matrix given", "2", partial(given, "blobs")),
    Row("no-matrix", "100,000 x 16 blobs, k = 20, no matrix", "60 s", matrix_free, repetitions=3),
)


def main(names: str | None, *, quick: bool, threads: int) -> str:
    """Run the rows, say each as it is done, and return the section."""
    with limit_threads(threads):
        table = comparisons.run(ROWS, names, quick=quick)
    return comparisons.section("Medoids", METHOD, table, quick=quick, threads=threads)
