"""`python -m benchmarks explaining`: what explaining a million rows costs, and how faithful small trees are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import comparisons, results
from .comparisons import OURS, Case, Machine, Row
from .floor import best_of
from .systems import limit_threads

METHOD = """A million rows of 10 numbers in 10 clusters, float64 and in memory; one call from rows and labels to the
answer. The goal is an explanation in 5 s. *Cards* say how the columns of each cluster differ from all rows: their
peers are grouped means and deviations of the same numbers, by pandas and polars, whose frames are made before the
clock starts. *Examples* are the same cards with the nearest cluster, typical and borderline rows, which needs
distances to all centres. *Misfits*: margins of all rows between the two nearest centres, which NumPy and
scikit-learn's `euclidean_distances` make block by block. *Rules*: scikit-learn's tree is given what a user who
knows the answer would give it, 30,000 rows drawn at random and as many leaves as ours ends with, and its fidelity
to all rows; ours chooses the leaves on rows kept back, and beside stands scikit-learn's tree on all rows. Floors: X
read once (cards); X read twice and two distances a row (examples, misfits); each column of 30,000 rows sorted once
by NumPy, and X read once (rules); their sum (all). Agreement: largest relative difference of the means; largest
difference of the margins; fidelity, ours and theirs."""

N_ROWS, N_COLUMNS, K = 1_000_000, 10, 10
SHOWN_TO_TREES = 30_000
SIZES = ((4, 2, 2.0), (8, 4, 2.0), (8, 10, 1.0), (15, 6, 2.0), (20, 3, 3.0))
SEEDS, FIDELITY_ROWS = 8, 4_000
BLOCK = 20_000

Labels = NDArray[np.int64]
Floats = NDArray[np.float64]


def rows(quick: bool) -> tuple[Floats, Labels]:
    """Return normal clouds that overlap a little, and whose each row is."""
    rng = np.random.default_rng(0)
    n = 20_000 if quick else N_ROWS
    labels = rng.integers(0, K, n)
    return rng.normal(size=(n, N_COLUMNS)) + rng.normal(scale=3.0, size=(K, N_COLUMNS))[
        labels
    ], labels


def names() -> list[str]:
    """Return the names of the columns, as cards have them."""
    return [f"x{1 + column}" for column in range(N_COLUMNS)]


def means_on(cards: Any) -> Floats:
    """Return the means (k, d) that the cards tell, in the order of labels and columns."""
    place = {name: at for at, name in enumerate(names())}
    found = np.empty((len(cards), N_COLUMNS))
    for card in cards:
        for feature in card.features:
            found[card.label, place[feature.name]] = feature.mean
    return found


def same_means(found: Mapping[str, Any]) -> str:
    """Return the largest relative difference between means on cards and grouped ones; raise above 1e-9."""
    mine = means_on(found[OURS])
    worst = max(
        float(np.max(np.abs(other / mine - 1.0))) for name, other in found.items() if name != OURS
    )
    if worst > 1e-9:
        raise SystemExit(f"The means differ by {worst:.2g}.")
    return f"{worst:.1g}"


def cards(machine: Machine, quick: bool) -> Case:
    """Make the row of cards without examples."""
    import pandas as pd
    import polars as pl

    from ganglion.explain import describe_clusters

    X, labels = rows(quick)
    frame = pd.DataFrame(X, columns=names())
    lazy = pl.DataFrame({"label": labels, **dict(zip(names(), X.T, strict=True))}).lazy()
    spread = [pl.col(name).std().alias(f"{name} spread") for name in names()]

    def by_pandas(_: int) -> Floats:
        grouped = frame.groupby(labels)
        found, _spread, _all = grouped.mean(), grouped.std(), (frame.mean(), frame.std())
        return found.to_numpy()

    def by_polars(_: int) -> Floats:
        lazy.select(pl.exclude("label").mean(), *spread).collect()
        grouped = lazy.group_by("label").agg(pl.exclude("label").mean(), *spread).collect()
        return grouped.sort("label").select(names()).to_numpy()

    runs: dict[str, Callable[[int], Any]] = {
        OURS: lambda _: describe_clusters(X, labels, n_examples=0),
        "pandas": by_pandas,
        "polars": by_polars,
    }
    return Case(runs, same_means, X.nbytes / machine.reading)


def distances_floor(machine: Machine, X: Floats) -> float:
    """Return the seconds of two distances a row, or of reading X twice."""
    return max(
        machine.differences(2.0 * len(X), X.shape[1]),
        2 * X.nbytes / machine.reading,
    )


def with_examples(machine: Machine, quick: bool) -> Case:
    """Make the row of cards with neighbours, typical and borderline rows."""
    from ganglion.explain import describe_clusters

    X, labels = rows(quick)

    def agreement(found: Mapping[str, Any]) -> str:
        return f"{len(found[OURS])} cards"

    least = distances_floor(machine, X) + X.nbytes / machine.reading
    return Case({OURS: lambda _: describe_clusters(X, labels)}, agreement, least)


def margins(X: Floats, labels: Labels) -> Floats:
    """Return the margins by scikit-learn's matrix of distances, in blocks."""
    from sklearn.metrics.pairwise import euclidean_distances

    order = np.argsort(labels, kind="stable")
    starts = np.searchsorted(labels[order], np.arange(K))
    centers = np.add.reduceat(X[order], starts) / np.bincount(labels)[:, None]
    found = np.empty(len(X))
    for start in range(0, len(X), BLOCK):
        distances = euclidean_distances(X[start : start + BLOCK], centers)
        at = np.arange(len(distances)), labels[start : start + BLOCK]
        own = distances[at]
        distances[at] = np.inf
        other = distances.min(axis=1)
        found[start : start + BLOCK] = (other - own) / np.maximum(other, own)
    return found


def misfits_row(machine: Machine, quick: bool) -> Case:
    """Make the row of the rows that belong to no cluster well."""
    from ganglion.explain import misfits

    X, labels = rows(quick)
    runs: dict[str, Callable[[int], Any]] = {
        OURS: lambda _: misfits(X, labels).margin,
        "sklearn": lambda _: margins(X, labels),
    }

    def agreement(found: Mapping[str, Any]) -> str:
        worst = float(np.max(np.abs(found[OURS] - found["sklearn"])))
        if worst > 1e-6:
            raise SystemExit(f"The margins differ by {worst:.2g}.")
        return f"{worst:.1g}"

    return Case(runs, agreement, distances_floor(machine, X))


def sorting(X: Floats) -> float:
    """Return the seconds in which NumPy sorts each column of the rows that trees are grown on."""
    few = np.ascontiguousarray(X[:SHOWN_TO_TREES].T)
    return best_of(lambda: np.sort(few, axis=1), 3)


def rules(machine: Machine, quick: bool) -> Case:
    """Make the row of the threshold tree."""
    from sklearn.tree import DecisionTreeClassifier

    from ganglion.explain import threshold_tree

    X, labels = rows(quick)
    leaves = threshold_tree(X, labels).n_leaves
    some = np.random.default_rng(1).choice(len(X), min(len(X), SHOWN_TO_TREES), replace=False)

    def theirs(chosen: Any) -> float:
        tree = DecisionTreeClassifier(max_leaf_nodes=leaves, random_state=0)
        return float(tree.fit(X[chosen], labels[chosen]).score(X, labels))

    every = "sklearn on all rows"
    runs: dict[str, Callable[[int], Any]] = {
        OURS: lambda _: threshold_tree(X, labels).fidelity,
        "sklearn": lambda _: theirs(some),
        every: lambda _: theirs(slice(None)),
    }

    def agreement(found: Mapping[str, Any]) -> str:
        return " and ".join(f"{found[name]:.4f}" for name in (OURS, "sklearn"))

    return Case(runs, agreement, sorting(X) + X.nbytes / machine.reading, beside=(every,))


def everything(machine: Machine, quick: bool) -> Case:
    """Make the row of cards, misfits and rules in one call."""
    from ganglion.explain import explain_clusters

    X, labels = rows(quick)

    def agreement(found: Mapping[str, Any]) -> str:
        return f"{len(found[OURS].cards)} cards, {len(found[OURS].tree.rules)} rules"

    least = sorting(X) + 2 * X.nbytes / machine.reading + distances_floor(machine, X)
    return Case({OURS: lambda _: explain_clusters(X, labels)}, agreement, least)


ROWS = (
    Row("cards", "cards without examples", "-", cards, budget=20.0),
    Row("examples", "cards with examples", "-", with_examples, budget=20.0),
    Row("misfits", "misfits", "-", misfits_row, budget=20.0),
    Row("rules", "rules", "-", rules, budget=25.0, cap=10.0, repetitions=3),
    Row("all", "cards, misfits and rules", "5 s", everything, budget=25.0, repetitions=3),
)


def clustering(k: int, d: int, width: float, seed: int) -> tuple[Floats, Labels]:
    """Return points around k centres, and the labels of k-means."""
    import ganglion as gl

    rng = np.random.default_rng([seed, k, d])
    owner = rng.integers(0, k, FIDELITY_ROWS)
    X = rng.normal(size=(FIDELITY_ROWS, d)) + rng.normal(scale=width, size=(k, d))[owner]
    return X, gl.kmeans(X, k, n_init=3, random_state=0).labels.astype(np.int64)


def fidelities(X: Floats, labels: Labels, k: int, leaves: int) -> list[float]:
    """Return fidelity on every second row, of trees that were grown on the others."""
    from sklearn.tree import DecisionTreeClassifier

    from ganglion.explain import threshold_tree
    from ganglion.explain._choosing import Grown
    from ganglion.explain._features import features_of

    inside, outside = np.arange(0, len(X), 2), np.arange(1, len(X), 2)
    peer = DecisionTreeClassifier(max_leaf_nodes=leaves, random_state=0)
    found = [float(peer.fit(X[inside], labels[inside]).score(X[outside], labels[outside]))]
    given = Grown(features_of(X, None, None, 2), labels, inside, k)
    right = given.right(given.pruned(inside, leaves), outside, leaves)[:, -1] / len(outside)
    best = threshold_tree(X[inside], labels[inside], max_leaves=leaves)
    return [*found, *right.tolist(), float((best.predict(X[outside]) == labels[outside]).mean())]


def faithfulness(*, quick: bool) -> str:
    """Return the table of fidelities at equal numbers of leaves."""
    lines: list[list[str]] = []
    for k, d, width in SIZES[:1] if quick else SIZES:
        data = [clustering(k, d, width, seed) for seed in range(2 if quick else SEEDS)]
        for leaves in (k, 2 * k):
            means = np.mean([fidelities(X, labels, k, leaves) for X, labels in data], axis=0)
            lines.append([f"{k}, {d}", str(leaves), *(f"{100 * value:.1f} %" for value in means)])
    head = ["k, d", "leaves", "sklearn's tree", "from the root", "centres first", "the one taken"]
    return results.markdown(head, lines)


def main(names: str | None, *, quick: bool, threads: int) -> str:
    """Run the rows, say each as it is done, and return the section."""
    with limit_threads(threads):
        table = comparisons.run(ROWS, names, quick=quick)
    said = results.paragraph(
        f"Fidelity at equal numbers of leaves: the share of rows that get their own label, on {FIDELITY_ROWS // 2:,} "
        f"rows that the tree was not grown on; clusterings by k-means of overlapping clouds, means of {SEEDS}."
    )
    more = [said, faithfulness(quick=quick)] if names is None else []
    return comparisons.section(
        "Explaining",
        METHOD,
        table,
        quick=quick,
        threads=threads,
        packages=("pandas", "polars"),
        more=more,
    )
