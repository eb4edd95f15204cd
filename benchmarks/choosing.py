"""Choosing the number of clusters: what the sweep costs, what refitting costs, how good the curve is, who is right.

    python -m benchmarks choosing

Three tables. *Cost*: `choose_k` for k = 1 .. 20 with its default rules, beside one k-means at k = 20 (the same
n_init), and beside scikit-learn's KMeans and silhouette_score refitted for each k, as yellowbrick's elbow does it. The
floor is one assignment for each k, 210 n d multiplications and additions, beside the 20 n d of a step at k = 20.
*Curve*: the WSS over the best of ten fresh starts for each k. *Answers*: how many of thirty sets with a known number
are counted, for the seeds that the decision was designed on and for others, by the decision and by each rule alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import KMeans
from sklearn.metrics import silhouette_score

import ganglion as gl
from ganglion.selection import KChoice, choose_k

from . import results, timing
from .groups import groups, thirty

LAST = 20
N_INIT = 3
DESIGNED = (101, 102, 103)
OTHERS = (2026, 2027, 2028)
GOAL_COST, GOAL_REFITS, GOAL_SETS, GOAL_CURVE = 2.5, 10.0, 24, 1.01
MOST_REFITTED = 20_000  # a silhouette of all pairs: beyond, an hour

Floats = NDArray[np.float64]


def data(name: str, n: int) -> Floats:
    """Draw the points of a row."""
    rng = np.random.default_rng([len(name), n])
    if name == "twelve groups, d = 8":
        return rng.uniform(-10, 10, (12, 8))[rng.integers(12, size=n)] + rng.normal(size=(n, 8))
    if name == "one normal cloud, d = 8":
        return rng.normal(size=(n, 8))
    if name == "uniform square":
        return rng.uniform(size=(n, 2))
    if name == "heavy tails, d = 3":
        return rng.standard_t(3, size=(n, 3))
    centers = rng.normal(size=(30, 32))
    return centers[rng.integers(30, size=n)] + rng.normal(size=(n, 32))


NAMES = (
    "twelve groups, d = 8",
    "one normal cloud, d = 8",
    "uniform square",
    "heavy tails, d = 3",
    "thirty that overlap, d = 32",
)


def refitted(X: Floats, seed: int) -> list[float]:
    """Fit scikit-learn's KMeans for each k and judge it by the silhouette of all pairs."""
    scores: list[float] = []
    for k in range(2, LAST + 1):
        labels = KMeans(k, random_state=seed).fit_predict(X)
        scores.append(float(silhouette_score(X, labels)))
    return scores


def cost(sizes: tuple[int, ...], *, budget: float) -> str:
    """Return the table of times."""
    rows: list[list[str]] = []
    for n in sizes:
        for name in NAMES:
            X = data(name, n)
            runs: dict[str, Callable[[int], Any]] = {
                "one": lambda seed, X=X: gl.kmeans(X, LAST, n_init=N_INIT, random_state=seed),
                "ours": lambda seed, X=X: choose_k(
                    X, range(1, LAST + 1), n_init=N_INIT, random_state=seed
                ),
            }
            if n <= MOST_REFITTED:
                runs["refits"] = lambda seed, X=X: refitted(X, seed)
            timings = timing.interleave(runs, budget=budget, cap=10.0, repetitions=5)
            rows.append(_cost_row(name, n, {key: one.median for key, one in timings.items()}))
    head = ["points", "k-means at k = 20, s", "choose_k, s", "ratio", "refits, s", "times faster"]
    return results.markdown(head, rows)


def _cost_row(name: str, n: int, median: Mapping[str, float]) -> list[str]:
    """Return one row of times."""
    refits = median.get("refits")
    return [
        f"{name}, n = {n:,}",
        f"{median['one']:.3f}",
        f"{median['ours']:.3f}",
        f"{median['ours'] / median['one']:.2f}",
        "-" if refits is None else f"{refits:.2f}",
        "-" if refits is None else f"{refits / median['ours']:.0f}",
    ]


def curves(n: int) -> str:
    """Return the table of WSS beside the best of ten fresh starts."""
    rows: list[list[str]] = []
    sets = {name: data(name, n) for name in NAMES}
    sets["groups that overlap, k = 12"] = groups(12, "overlapping", np.random.default_rng(1)).X
    for name, X in sets.items():
        fresh = [gl.kmeans(X, k, n_init=10, random_state=1).inertia for k in range(1, LAST + 1)]
        worst: list[float] = []
        mean: list[float] = []
        for seed in range(3):
            found = choose_k(X, range(1, LAST + 1), rules="jump", random_state=seed)
            ratio = np.array(found.table["wss"]) / fresh
            worst.append(float(ratio.max()))
            mean.append(float(ratio.mean()))
        rows.append([f"{name}, n = {len(X):,}", f"{np.mean(mean):.4f}", f"{max(worst):.4f}"])
    return results.markdown(["points", "mean over k", "worst k of three seeds"], rows)


def answers(seeds: tuple[int, ...]) -> str:
    """Return the table of how often the number is found."""
    rows: dict[str, list[str]] = {}
    for seed in seeds:
        found: list[tuple[int, KChoice]] = [
            (each.k, choose_k(each.X, range(1, 16), random_state=seed)) for each in thirty(seed)
        ]
        right = {"the decision": sum(choice.k == k for k, choice in found)}
        for rule in found[0][1].votes:
            right[rule.replace("_", " ")] = sum(choice.votes[rule] == k for k, choice in found)
        right["one cloud is called 1"] = sum(choice.k == 1 for k, choice in found if k == 1)
        for name, count in right.items():
            of = sum(k == 1 for k, _ in found) if "cloud" in name else len(found)
            rows.setdefault(name, []).append(f"{count} of {of}")
    head = ["", *(f"seed {seed}{' (designed on)' if seed in DESIGNED else ''}" for seed in seeds)]
    return results.markdown(head, [[name, *counts] for name, counts in rows.items()])


def main(_rows: str | None = None, *, quick: bool = False, threads: int = 1) -> str:
    """Return the section."""
    gl.set_num_threads(threads)
    sizes = (1_000,) if quick else (2_000, 20_000, 200_000)
    seeds = DESIGNED[:1] if quick else (*DESIGNED, *OTHERS)
    parts = [
        "## Choosing the number of clusters",
        results.setting(threads),
        results.paragraph(
            f"k = 1 .. {LAST}, default rules, n_init = {N_INIT}. Goals: at most {GOAL_COST} times one k-means at "
            f"k = {LAST}; at least {GOAL_REFITS:.0f} times faster than refitting; the curve within "
            f"{100 * (GOAL_CURVE - 1):.0f} % of the best of ten fresh starts; {GOAL_SETS} of 30 sets counted, and one "
            "Gaussian called 1. The floor of the sweep is 210 n d multiplications and additions: ten and a half steps "
            f"of k-means at k = {LAST}. Small sets pay fixed costs: some 300 runs of 0.1 ms, a hierarchy of 80 cells."
        ),
        cost(sizes, budget=5.0 if quick else 12.0),
        curves(1_000 if quick else 50_000),
        answers(seeds),
    ]
    return "\n\n".join(parts)
