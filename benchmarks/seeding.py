"""`python -m benchmarks seeding`: greedy k-means++ against scikit-learn's, seconds and mean potential."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from . import problems, results, timing
from .problems import Problem, Samples, blob_problem, potential
from .systems import limit_threads

OURS = "ganglion"
PEERS = {"sklearn float32": np.float32, "sklearn float64": np.float64}
SEEDS = 10
POTENTIAL_SEEDS = 100
FAST = (
    2.0  # seconds of a seeding by the peer, up to which POTENTIAL_SEEDS are run for the potential
)
CLUSTERS = (100, 1000)
TOO_SLOW = {
    ("fashion", 1000),
    ("blobs", 1000),
}  # scikit-learn alone would take a quarter of an hour

# k is set by the command; k = 100 blobs for both, so that k = 1000 has to split them.
PROBLEMS: dict[str, Problem] = {
    problem.name: problem
    for problem in (
        blob_problem("blobs", 200_000, 32, 100),
        Problem("fashion", "Fashion-MNIST", 0, problems.fashion_mnist),
        Problem("gaussian", "one Gaussian", 0, problems.gaussian),
        blob_problem("many", 100_000, 64, 1000, spread=0.6),
    )
}

METHOD = f"""`gl.kmeans_plusplus(X, k, random_state=seed)` against `sklearn.cluster.kmeans_plusplus(X, k,
random_state=seed)`, both with their default number of candidates (2 + floor(ln k)), on the same float32 X;
scikit-learn is tried on float32 and float64 once, and its faster one runs on. Seconds are medians over {SEEDS}
seeds, the two systems in turns after a warm-up. The potential (the WSS of the chosen centres, in float64 from
differences) is a mean, +- its standard error, over the {POTENTIAL_SEEDS} first seeds where scikit-learn takes less
than {FAST:.0f} s, and over those that were timed elsewhere: over ten alone it wavers by more than 1 % on blobs. The
two draw different random numbers, so that the potentials agree in distribution; the difference has the standard error
of both."""


@dataclass(frozen=True)
class Row:
    """One problem and k: seconds, mean potential and its standard error, of ours and of the faster peer."""

    title: str
    n_clusters: int
    peer: str
    seconds: tuple[float, float]
    potentials: tuple[list[float], list[float]]

    def cells(self) -> list[str]:
        """Return the row of the table."""
        ours, peer = (statistics.mean(values) for values in self.potentials)
        errors = [statistics.stdev(values) / len(values) ** 0.5 for values in self.potentials]
        both = math.hypot(errors[0] / ours, errors[1] / peer)
        return [
            self.title,
            str(self.n_clusters),
            f"{self.seconds[0]:.4g}",
            f"{self.seconds[1]:.4g} ({self.peer})",
            f"{self.seconds[1] / self.seconds[0]:.2f}",
            f"{ours:.6g} +- {errors[0]:.2g}",
            f"{peer:.6g} +- {errors[1]:.2g}",
            f"{100 * (ours / peer - 1):+.2f} +- {100 * both:.2f} %",
            str(len(self.potentials[0])),
        ]


def seed_ganglion(X: Samples, k: int) -> Callable[[int], Samples]:
    """Return the run of ours by seed."""
    import ganglion as gl

    return lambda seed: gl.kmeans_plusplus(X, k, random_state=seed)[0]


def seed_sklearn(X: Samples, k: int) -> Callable[[int], Samples]:
    """Return the run of scikit-learn's by seed."""
    from sklearn.cluster import kmeans_plusplus

    return lambda seed: kmeans_plusplus(X, k, random_state=seed)[0]


def run_row(problem: Problem, k: int, *, quick: bool) -> Row:
    """Time both on all seeds and compare the potentials."""
    X = problems.load(problem, quick=quick, dtype=np.float32)
    trials = {name: seed_sklearn(X.astype(dtype, copy=False), k) for name, dtype in PEERS.items()}
    once = {name: timing.timed(run)[0] for name, run in trials.items()}
    peer = min(once, key=lambda name: once[name])
    runs = {OURS: seed_ganglion(X, k), peer: trials[peer]}
    seeds = timing.LEAST_REPETITIONS if quick else SEEDS
    timings = timing.interleave(runs, budget=np.inf, cap=np.inf, repetitions=seeds)
    more = range(seeds, POTENTIAL_SEEDS if timings[peer].median < FAST and not quick else seeds)
    found = {
        name: [potential(X, centers) for centers in (*timed.results, *map(runs[name], more))]
        for name, timed in timings.items()
    }
    return Row(
        title=problem.heading(X),
        n_clusters=k,
        peer=peer.partition(" ")[2],
        seconds=(timings[OURS].median, timings[peer].median),
        potentials=(found[OURS], found[peer]),
    )


def main(names: str | None, *, quick: bool, threads: int) -> str:
    """Run the rows, say each as it is done, and return the section."""
    rows: list[list[str]] = []
    with limit_threads(threads):
        for problem in problems.choose(names, known=PROBLEMS):
            for k in CLUSTERS:
                if (problem.name, k) in TOO_SLOW:
                    continue
                rows.append(run_row(problem, k, quick=quick).cells())
                print("; ".join(rows[-1]), flush=True)
    header = ["row", "k", "ganglion s", "sklearn s", "sklearn / ganglion"]
    header += ["ganglion potential", "sklearn potential", "difference", "seeds of the potential"]
    title = "## Seeding, greedy k-means++" + (" (quick: small data, no result)" if quick else "")
    return "\n\n".join(
        [title, results.setting(threads), results.paragraph(METHOD), results.markdown(header, rows)]
    )
