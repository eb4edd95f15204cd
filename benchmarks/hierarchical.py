"""`python -m benchmarks hierarchical`: trees of merges against fastcluster, SciPy, scikit-learn and genieclust."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import comparisons, results
from .comparisons import Case, Machine, Row
from .systems import limit_threads

METHOD = """Points are normal, float64. Ours is `gl.linkage(X, method)` from the points to the tree. fastcluster is
`linkage(X, method)`, and `linkage_vector(X, method)` where it has one (ward, single); SciPy is `linkage(X,
method)`; genieclust is `Genie(2, gini_threshold=1).fit(X)`, which is single linkage, with as many threads as
ours; quitefastmst, which it rests on, gives the edges of the spanning tree and no tree of merges, so that it is
shown and not counted. A system slower than 20 s is run once. Agreement: the largest relative difference between
sorted merge heights of ours and the peers. The floor of complete, average and weighted is every pair's distance
once from differences, 3 n^2/2 d operations at the rate of the BLAS's product; of ward the nearest neighbours of
n points, the same number; of single linkage in few dimensions none is given. Peaks of memory are of one call
beyond X, in a process of its own."""

MEMORY = (
    ("complete, 20,000 x 16", "complete", "linkage(X, 'complete')", 20_000),
    ("average, 20,000 x 16", "average", "linkage(X, 'average')", 20_000),
    ("weighted, 20,000 x 16", "weighted", "linkage(X, 'weighted')", 20_000),
    ("ward, 20,000 x 16", "ward", "linkage_vector(X, 'ward')", 20_000),
    ("ward, 100,000 x 16", "ward", None, 100_000),
)


def normal(n: int, d: int) -> NDArray[np.float64]:
    """Return the same normal points every time."""
    return np.random.default_rng(0).normal(size=(n, d))


def heights_of(found: Any) -> NDArray[np.float64]:
    """Return the sorted heights of a tree, a merge matrix, or a spanning tree's weights."""
    merges = getattr(found, "merges", found)
    return np.sort(merges[:, 2] if merges.ndim == 2 else merges)


def same_heights(found: Mapping[str, Any]) -> str:
    """Return the largest relative difference of merge heights; raise above 1e-6."""
    ours = heights_of(found[comparisons.OURS])
    worst = 0.0
    for name, other in found.items():
        if name == comparisons.OURS:
            continue
        apart = np.abs(heights_of(other) - ours) / np.maximum(ours, 1e-12)
        worst = max(worst, float(apart.max()))
        if worst > 1e-6:
            raise SystemExit(f"{name} has other heights: {worst:.2g} apart.")
    return f"{worst:.1g}"


def ours(X: NDArray[np.float64], method: str) -> Callable[[int], Any]:
    """Return our run."""
    import ganglion as gl

    return lambda _: gl.linkage(X, method)


def matrix_peers(X: NDArray[np.float64], method: str) -> dict[str, Callable[[int], Any]]:
    """Return the peers that hold the whole matrix of distances."""
    import fastcluster
    from scipy.cluster import hierarchy

    return {
        "fastcluster": lambda _: fastcluster.linkage(X, method),
        "scipy": lambda _: hierarchy.linkage(X, method),
    }


def full(method: str, machine: Machine, quick: bool) -> Case:
    """Make the row of one method at 20,000 x 16."""
    X = normal(1_000 if quick else 20_000, 16)
    runs = {comparisons.OURS: ours(X, method)}
    if method == "ward":
        import fastcluster

        runs["linkage_vector"] = lambda _: fastcluster.linkage_vector(X, method)
    runs |= matrix_peers(X, method)
    return Case(runs, same_heights, machine.differences(len(X) ** 2 / 2, X.shape[1]))


def large_ward(machine: Machine, quick: bool) -> Case:
    """Make the row of ward at 100,000 x 16."""
    import fastcluster

    X = normal(2_000 if quick else 100_000, 16)
    runs: dict[str, Callable[[int], Any]] = {
        comparisons.OURS: ours(X, "ward"),
        "linkage_vector": lambda _: fastcluster.linkage_vector(X, "ward"),
    }
    return Case(runs, same_heights, machine.differences(len(X) ** 2 / 2, X.shape[1]))


def single(d: int, machine: Machine, quick: bool) -> Case:
    """Make the row of single linkage of 100,000 points in d dimensions."""
    import genieclust
    import quitefastmst

    X = normal(5_000 if quick else 100_000, d)

    def genie(_: int) -> Any:
        return genieclust.Genie(2, gini_threshold=1.0).fit(X)._tree_d_

    runs = {
        comparisons.OURS: ours(X, "single"),
        "genieclust": genie,
        "quitefastmst": lambda _: quitefastmst.mst_euclid(X)[0],
    }
    return Case(runs, same_heights, beside=("quitefastmst",))


ROWS = (
    *(
        Row(method, f"{method}, 20,000 x 16", "4", partial(full, method), budget=90.0)
        for method in ("complete", "average", "weighted", "ward")
    ),
    Row("ward-100000", "ward, 100,000 x 16", "5", large_ward, repetitions=3),
    Row("single-2", "single, 100,000 x 2", "1", partial(single, 2)),
    Row("single-8", "single, 100,000 x 8", "1", partial(single, 8)),
)


def peaks(threads: int) -> str:
    """Return the table of peaks of memory."""
    lines: list[list[str]] = []
    for title, method, peer, n in MEMORY:
        sides = {
            "ganglion": (
                "import ganglion as gl; gl.set_num_threads(threads)",
                f"gl.linkage(X, {method!r})",
            )
        }
        if peer:
            sides["fastcluster"] = ("from fastcluster import *", peer)
        found = {
            name: comparisons.peak_bytes(*side, n=n, d=16, threads=threads)
            for name, side in sides.items()
        }
        mib = {
            name: f"{found[name] / 2**20:.0f}" if name in found else "-"
            for name in ("ganglion", "fastcluster")
        }
        share = f"{found['ganglion'] / found['fastcluster']:.2f}" if peer else "-"
        lines.append([title, mib["ganglion"], mib["fastcluster"], share])
        print("; ".join(lines[-1]), flush=True)
    return results.markdown(["peak beyond X", "ganglion MiB", "fastcluster MiB", "share"], lines)


def main(names: str | None, *, quick: bool, threads: int) -> str:
    """Run the rows, say each as it is done, and return the section."""
    with limit_threads(threads):
        table = comparisons.run(ROWS, names, quick=quick)
    more = [] if quick or names else [peaks(threads)]
    return comparisons.section(
        "Hierarchical clustering", METHOD, table, quick=quick, threads=threads, more=more
    )
