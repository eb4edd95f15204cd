"""`python -m benchmarks choosing`: what the sweep costs, what refitting costs, how good the curve is, who is right."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

import ganglion as gl
from ganglion.selection import KChoice, choose_k

from . import floor, results, timing
from .groups import groups, thirty
from .systems import limit_threads

LAST = 20
N_INIT = 3
DESIGNED = (101, 102)
OTHERS = (2026, 2027)
GOAL_COST, GOAL_REFITS, GOAL_SETS, GOAL_CURVE = 2.5, 10.0, 24, 1.01
SIZES = (2_000, 20_000, 200_000)
REFITTED = 2_000  # every set is refitted up to this size; at the next one the first set only: a minute of silhouettes
CURVE_ROWS = 20_000
PARTS = ("cost", "curves", "answers")
COST = f"""*Cost*: `choose_k` for k = 1 .. {LAST} with its default rules and n_init = {N_INIT}, beside one k-means
at k = {LAST} with the same n_init, and beside scikit-learn's KMeans (its default, one start) and `silhouette_score`
of all pairs, fitted anew for each k, as yellowbrick's elbow does it; this was done once and only where it says so.
Goals: at most {GOAL_COST} times one k-means at k = {LAST}, and at least {GOAL_REFITS:.0f} times faster than
refitting. The floor is one plain assignment of all points for each k, the sum of max(2nk(d + 2) / peak, bytes of X
/ bandwidth): labels for every k cost that much, unless distances are skipped."""
CURVES = f"""*Curve*: the WSS of the sweep over the best of ten fresh starts for each k, {CURVE_ROWS:,} points, three
seeds. Goal: within {100 * (GOAL_CURVE - 1):.0f} %."""
ANSWERS = f"""*Answers*: how many of thirty sets with a known number (k from 1 to 12; apart, overlapping, unequal
sizes, unequal spread, columns of noise) are counted, for seeds that the decision was designed on and for others, by
the decision and by each rule alone. Goals: {GOAL_SETS} of 30, and one Gaussian called 1."""

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
    from sklearn.cluster import KMeans
    from sklearn.metrics import silhouette_score

    scores: list[float] = []
    for k in range(2, LAST + 1):
        labels = KMeans(k, random_state=seed).fit_predict(X)
        scores.append(float(silhouette_score(X, labels)))
    return scores


def cost(sizes: tuple[int, ...], *, budget: float) -> str:
    """Return the table of times."""
    machine = floor.measure(np.float64)
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
            timings = timing.interleave(runs, budget=budget, cap=20.0, repetitions=9)
            median = {key: one.median for key, one in timings.items()}
            if n <= REFITTED or (n <= SIZES[1] and name == NAMES[0]):
                median["refits"] = timing.timed(lambda seed, X=X: refitted(X, seed))[0]
            passes = [machine.floor(*X.shape, k, passes=1, itemsize=8) for k in range(1, LAST + 1)]
            rows.append(_cost_row(f"{name}, n = {n:,}", median, sum(passes)))
            print("; ".join(rows[-1]), flush=True)
    head = [
        "points",
        f"k-means at k = {LAST}, s",
        "choose_k, s",
        "ratio",
        "floor s",
        "choose_k / floor",
        "refits, s",
        "times faster",
    ]
    return results.markdown(head, rows)


def _cost_row(title: str, median: Mapping[str, float], least: float) -> list[str]:
    """Return one row of times."""
    refits = median.get("refits")
    return [
        title,
        f"{median['one']:.3g}",
        f"{median['ours']:.3g}",
        f"{median['ours'] / median['one']:.2f}",
        f"{least:.3g}",
        f"{median['ours'] / least:.1f}",
        "-" if refits is None else f"{refits:.3g}",
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


def main(names: str | None = None, *, quick: bool = False, threads: int = 1) -> str:
    """Return the section: the parts that were asked for."""
    wanted = [name.strip() for name in names.split(",")] if names else list(PARTS)
    if unknown := [name for name in wanted if name not in PARTS]:
        raise SystemExit(f"--rows must be among {', '.join(PARTS)}; got {', '.join(unknown)}.")
    note = " (quick: small data, no result)" if quick else ""
    sections = [f"## Choosing the number of clusters{note}", results.setting(threads)]
    with limit_threads(threads):
        if "cost" in wanted:
            table = cost((1_000,) if quick else SIZES, budget=0.5 if quick else 4.0)
            sections += [results.paragraph(COST), table]
        if "curves" in wanted:
            table = curves(1_000 if quick else CURVE_ROWS)
            sections += [results.paragraph(CURVES), table]
        if "answers" in wanted:
            table = answers(DESIGNED[:1] if quick else (*DESIGNED, *OTHERS))
            sections += [results.paragraph(ANSWERS), table]
    return "\n\n".join(sections)
