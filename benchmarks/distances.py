"""`python -m benchmarks distances`: matrices of distances against SciPy, scikit-learn and rapidfuzz."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import comparisons, floor
from .comparisons import OURS, Case, Machine, Row
from .systems import limit_threads

METHOD = """Each row is one call that allocates its result and lets it go; "into `out`" has memory that stays.
Floors: euclidean, the largest of 2 n^2/2 d operations (a subtraction and a multiply-add) at the rate of the
BLAS's product, n^2/2 roots at the rate of `numpy.sqrt` over resident numbers, and the writing of the result,
1.6 GB for 20,000 rows, to fresh pages by all threads (into `out`: at the rate of reading); jaccard, the
larger of two population counts' worth of `numpy.bitwise_count` over resident words and the writing; sums by
cluster, the distances of all pairs once; levenshtein, none is given. Agreement: the largest difference from
the peer's numbers, in 200 stretches of 1,000; a square here is rounded once, together with its sum."""


def sampled(values: NDArray[Any]) -> NDArray[Any]:
    """Return 200 stretches of 1,000 numbers: results are let go, or each run would need memory that no run had before.

    Single numbers from all over would cost a tenth of what is measured.
    """
    flat = values.ravel()
    starts = np.linspace(0, max(flat.size - 1_000, 0), 200).astype(np.int64)
    return np.concatenate([flat[start : start + 1_000] for start in starts]).astype(np.float64)


def largest_difference(found: Mapping[str, Any]) -> str:
    """Return the largest absolute difference from any peer; raise above 1e-5."""
    mine = found[OURS]
    worst = max(float(np.abs(mine - other).max()) for name, other in found.items() if name != OURS)
    if worst > 1e-5:
        raise SystemExit(f"The answers differ by {worst:.2g}.")
    return f"{worst:.1g}"


def euclidean(machine: Machine, quick: bool) -> Case:
    """Make the row of the condensed Euclidean distances."""
    from scipy.spatial import distance

    import ganglion as gl

    X = euclidean_rows(quick)
    runs: dict[str, Callable[[int], Any]] = {
        OURS: lambda _: sampled(gl.distances.condensed(X, "euclidean")),
        "scipy": lambda _: sampled(distance.pdist(X)),
    }
    return Case(runs, largest_difference, euclidean_floor(machine, X, machine.writing))


def euclidean_into(machine: Machine, quick: bool) -> Case:
    """Make the row of the same distances, written to memory that is there already."""
    from scipy.spatial import distance

    import ganglion as gl

    X = euclidean_rows(quick)
    ours, theirs = (np.zeros(len(X) * (len(X) - 1) // 2) for _ in range(2))
    runs: dict[str, Callable[[int], Any]] = {
        OURS: lambda _: sampled(gl.distances.condensed(X, "euclidean", out=ours)),
        "scipy": lambda _: sampled(distance.pdist(X, out=theirs)),
    }
    return Case(runs, largest_difference, euclidean_floor(machine, X, machine.reading))


def euclidean_rows(quick: bool) -> NDArray[np.float64]:
    """Return the points of the Euclidean rows."""
    return np.random.default_rng(0).normal(size=(1_000 if quick else 20_000, 16))


def euclidean_floor(machine: Machine, X: NDArray[np.float64], writing: float) -> float:
    """Return the least seconds of all pairs' distances where `writing` bytes a second can be written."""
    pairs = len(X) * (len(X) - 1) / 2
    return max(machine.differences(pairs, X.shape[1]), pairs * a_root(), 8 * pairs / writing)


def jaccard(machine: Machine, quick: bool) -> Case:
    """Make the row of Jaccard distances between sets of at most 512 things."""
    from scipy.spatial import distance

    import ganglion as gl

    rng = np.random.default_rng(0)
    n = 500 if quick else 5_000
    X, Y = (rng.random((n, 512)) < 0.1 for _ in range(2))
    runs: dict[str, Callable[[int], Any]] = {
        OURS: lambda _: sampled(gl.distances.pairwise(X, Y, "jaccard")),
        "scipy": lambda _: sampled(distance.cdist(X, Y, "jaccard")),
    }
    words = np.arange(2_000, dtype=np.uint64)
    out = np.empty(len(words), dtype=np.uint8)
    a_word = (
        floor.best_of(lambda: [np.bitwise_count(words, out=out) for _ in range(100)], 5)
        / 100
        / len(words)
    )
    counting = n * n * 8 * a_word / our_threads()
    return Case(runs, largest_difference, max(counting, 8 * n * n / machine.writing))


def a_root() -> float:
    """Return the seconds of one square root when all threads take them."""
    values = np.linspace(1.0, 2.0, 2_000)
    out = np.empty_like(values)
    seconds = floor.best_of(lambda: [np.sqrt(values, out=out) for _ in range(100)], 5)
    return seconds / 100 / len(values) / our_threads()


def our_threads() -> int:
    """Return how many threads ours has."""
    import ganglion as gl

    return gl.get_num_threads()


def sums(machine: Machine, quick: bool) -> Case:
    """Make the row of the silhouette: sums of distances by cluster."""
    from sklearn.metrics import silhouette_samples

    import ganglion as gl

    X = np.random.default_rng(0).normal(size=(1_000 if quick else 20_000, 16))
    labels = gl.kmeans(X, 10, random_state=0).labels
    runs: dict[str, Callable[[int], Any]] = {
        OURS: lambda _: gl.criteria.silhouette_samples(X, labels),
        "sklearn": lambda _: silhouette_samples(X, labels),
    }
    return Case(runs, largest_difference, machine.differences(len(X) ** 2 / 2, 16))


def words(n: int) -> list[str]:
    """Return n words of syllables, 2 to 16 letters long, the same every time."""
    rng = np.random.default_rng(0)
    onsets = [
        "",
        "b",
        "c",
        "d",
        "f",
        "g",
        "l",
        "m",
        "n",
        "p",
        "r",
        "s",
        "t",
        "v",
        "st",
        "tr",
        "ch",
        "pl",
    ]
    nuclei = ["a", "e", "i", "o", "u", "ea", "ou", "ai"]
    codas = ["", "", "n", "r", "s", "t", "l", "nd", "st", "ck"]

    def syllable() -> str:
        return "".join(str(rng.choice(part)) for part in (onsets, nuclei, codas))

    return ["".join(syllable() for _ in range(rng.integers(1, 5)))[:16] for _ in range(n)]


def levenshtein(machine: Machine, quick: bool) -> Case:
    """Make the row of edit distances between words."""
    from rapidfuzz import process
    from rapidfuzz.distance import Levenshtein

    import ganglion as gl

    texts = words(500 if quick else 5_000)
    threads = gl.get_num_threads()
    runs: dict[str, Callable[[int], Any]] = {
        OURS: lambda _: sampled(gl.distances.pairwise(texts, metric="levenshtein")),
        "rapidfuzz": lambda _: sampled(
            process.cdist(
                texts, texts, scorer=Levenshtein.distance, dtype=np.uint16, workers=threads
            )
        ),
    }
    return Case(runs, largest_difference)


ROWS = (
    Row("euclidean", "euclidean condensed, 20,000 x 16", "10", euclidean, repetitions=9),
    Row("into", "euclidean condensed into `out`, 20,000 x 16", "10", euclidean_into, repetitions=9),
    Row("jaccard", "jaccard, 5,000 x 5,000 sets of 512", "200", jaccard, repetitions=9),
    Row("sums", "silhouette, 20,000 x 16, 10 clusters", "8", sums),
    Row("levenshtein", "levenshtein, 5,000 words squared", "1", levenshtein, repetitions=9),
)


def main(names: str | None, *, quick: bool, threads: int) -> str:
    """Run the rows, say each as it is done, and return the section."""
    with limit_threads(threads):
        table = comparisons.run(ROWS, names, quick=quick)
    return comparisons.section("Distances", METHOD, table, quick=quick, threads=threads)
