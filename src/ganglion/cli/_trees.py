"""From things with distances to their clusters: a tree and its cut, or medoids."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._errors import ParameterError
from .._memory import shown_bytes
from ..cluster import MedoidRun, TableMedoids, TableTree, Tree, divide, kmedoids, linkage
from ..cluster.reach import reach_of
from ..data import DesignMatrix
from ..distances import nearest, plan
from ..explain import ClusterCard, ThresholdTree, describe_clusters
from ..explain.blocks import distances_between
from ..explain.examples import ClusterExamples, cluster_examples
from ..progress import Progress
from ..selection import CutChoice, choose_cut
from ._failures import NoAnswer
from ._rules import grow_rules
from ._subjects import BY_VECTORS, WEIGHTED, Subjects
from ._talk import Talk

AGGLOMERATIVE = (
    "single",
    "complete",
    "average",
    "weighted",
    "centroid",
    "median",
    "ward",
    "minimax",
)
DIVISIVE = ("diana", "bisecting", "pddp", "mst")
METHODS = (*AGGLOMERATIVE, *DIVISIVE, "medoids")
TOLD_ITEMS = 2_000  # from here on the plan of the memory is told before the work starts
MOST_EXAMPLES = 200
MOST_FOR_GAPS = 2_000  # items whose tree is asked how many medoids there are


@dataclass(frozen=True, kw_only=True)
class TreeSettings:
    """What was asked for.

    Attributes
    ----------
    method : str
        One of METHODS.
    k : int or None
        Number of clusters; None where the heights of the tree are to say it.
    height : float or None
        Where to cut instead.
    max_k : int
        The most clusters that the heights are asked for.
    seed : int
        Of what is drawn at random.
    """

    method: str
    k: int | None
    height: float | None = None
    max_k: int = 10
    seed: int = 0


@dataclass(frozen=True, kw_only=True, eq=False)
class TreeFound:
    """A clustered table. Clusters are numbered by their rows, the largest 0.

    Attributes
    ----------
    subjects : Subjects
        What was clustered.
    settings : TreeSettings
        What was asked for.
    tree : Tree or None
        The tree; None for medoids.
    run : MedoidRun or None
        The run that found medoids.
    choice : CutChoice or None
        The gaps of the tree's heights, where the tree has any.
    item_labels : ndarray of shape (n,), int32
        The cluster of each item.
    labels : ndarray of shape (m,), int32
        The cluster of each row.
    sizes : ndarray of shape (k,), int64
        How many rows each cluster has.
    examples : tuple of ClusterExamples
        Medoid, typical and distant members of at most 200 clusters, the largest.
    cards : tuple of ClusterCard
        What sets each cluster apart; empty for texts.
    rules : ThresholdTree or None
        Rules that tell the clusters; None for texts, for one cluster, and for very many.
    """

    subjects: Subjects
    settings: TreeSettings
    tree: Tree | None
    run: MedoidRun | None
    choice: CutChoice | None
    item_labels: NDArray[np.int32]
    labels: NDArray[np.int32]
    sizes: NDArray[np.int64]
    examples: tuple[ClusterExamples, ...]
    cards: tuple[ClusterCard, ...]
    rules: ThresholdTree | None = None

    @property
    def k(self) -> int:
        """Number of clusters."""
        return len(self.sizes)

    def medoids(self) -> TableMedoids:
        """Return the medoids as a model that labels further rows."""
        run, subjects = self.run, self.subjects
        assert run is not None
        numbers = np.empty(self.k, dtype=np.int32)
        numbers[run.labels] = self.item_labels
        described = subjects.described
        medoids = subjects.items.take(run.medoids)
        near = nearest(subjects.items, medoids).distances[:, 0].astype(np.float64)
        return TableMedoids(
            items=medoids,
            numbers=numbers,
            sizes=self.sizes.astype(np.int64),
            columns=subjects.columns,
            encoding=described.encoding if isinstance(described, DesignMatrix) else None,
            inertia=run.inertia,
            source=subjects.table.source,
            settings={"seed": self.settings.seed, "algorithm": run.algorithm},
            reach=reach_of(near[subjects.owner], self.labels, self.k),
        )

    def saved(self) -> TableMedoids | TableTree:
        """Return what labels further rows: medoids, or a tree with its cut."""
        if self.tree is None:
            return self.medoids()
        subjects, settings = self.subjects, self.settings
        described = subjects.described
        return TableTree.cut(
            self.tree,
            subjects.items,
            self.item_labels,
            columns=subjects.columns,
            encoding=described.encoding if isinstance(described, DesignMatrix) else None,
            source=subjects.table.source,
            height=settings.height,
            weights=_weights(subjects, settings.method),
            counts=subjects.counts,
            settings={"seed": settings.seed, "height": settings.height},
        )


def cluster_subjects(subjects: Subjects, settings: TreeSettings, talk: Talk) -> TreeFound:
    """Grow the tree and cut it, or find medoids; describe what was found.

    Parameters
    ----------
    subjects : Subjects
        What is clustered.
    settings : TreeSettings
        What was asked for.
    talk : Talk
        Where progress and the plan of the memory are shown.

    Returns
    -------
    TreeFound
        The record from which everything is printed and written.

    Raises
    ------
    NoAnswer
        No number of clusters is given, and no gap in the heights is wide.
    ParameterError
        There are fewer items than clusters.
    """
    _check_number(subjects, settings)
    _tell_plan(subjects, settings, talk)
    tree, run, choice = None, None, None
    with talk.bar(settings.method) as bar, talk.listening():
        listener = None if bar is None else bar.part(1, 1)
        if settings.method == "medoids":
            choice = None if settings.k is not None else _gaps_for_medoids(subjects, settings)
            run = _medoids(subjects, _with_k(settings, choice), listener)
            found = run.labels
        else:
            tree = _grow(subjects, settings, listener)
            choice = choose_cut(tree, max_k=max(2, settings.max_k)) if tree.is_monotone else None
            found = _cut(tree, settings, choice)
    labels, order = _by_size(found, subjects)
    rows = labels[subjects.owner]
    medoids = None if run is None else run.medoids[order]
    with talk.bar("examples"):
        examples = cluster_examples(
            subjects.items,
            labels,
            counts=subjects.counts,
            medoids=medoids,
            among=subjects.fuller,
            most=MOST_EXAMPLES,
        )
    return TreeFound(
        subjects=subjects,
        settings=settings,
        tree=tree,
        run=run,
        choice=choice,
        item_labels=labels,
        labels=rows,
        sizes=np.bincount(rows),
        examples=examples,
        cards=() if subjects.described is None else describe_clusters(subjects.described, rows),
        rules=None
        if subjects.described is None
        else grow_rules(subjects.table, rows, subjects.rows, subjects.columns, talk),
    )


def _check_number(subjects: Subjects, settings: TreeSettings) -> None:
    """Refuse numbers of clusters that cannot be, before the work starts."""
    n = subjects.items.n
    if settings.k is not None and settings.k > n:
        what = "different texts" if subjects.is_distinct else f"{subjects.noun}s that can be used"
        raise ParameterError(
            f"-k must be at most the number of {what}; got -k {settings.k} and {n}. Lower it or add data."
        )


def _tell_plan(subjects: Subjects, settings: TreeSettings, talk: Talk) -> None:
    """Say what all distances would take, where that is much."""
    if subjects.items.n < TOLD_ITEMS or settings.method in BY_VECTORS:
        return
    needed = plan(subjects.items)
    pairs = subjects.items.n * (subjects.items.n - 1) // 2
    talk.note(
        f"{subjects.items.n:,} {subjects.noun}s make {pairs:,} {needed.metric} distances: "
        f"{shown_bytes(needed.condensed_bytes)} if all were held, {shown_bytes(needed.available_bytes)} are free"
    )


def _gaps_for_medoids(subjects: Subjects, settings: TreeSettings) -> CutChoice:
    """Ask the tree of average distances, of a sample where there are many items, how many groups there are."""
    items = subjects.items
    if items.n > MOST_FOR_GAPS:
        chosen = np.random.default_rng(settings.seed).choice(items.n, MOST_FOR_GAPS, replace=False)
        items = items.take(np.sort(chosen))
    return choose_cut(linkage(items, "average"), max_k=max(2, settings.max_k))


def _with_k(settings: TreeSettings, choice: CutChoice | None) -> TreeSettings:
    """The settings with the number that was chosen; without one the run ends, because any other would be made up."""
    if choice is None:
        return settings
    if choice.k is None:
        raise NoAnswer(f"{choice.reason} Say how many you want with -k N.")
    return replace(settings, k=choice.k)


def _medoids(subjects: Subjects, settings: TreeSettings, listener: Progress | None) -> MedoidRun:
    """Find k medoids, each item weighted by its rows."""
    assert settings.k is not None
    fuller = subjects.fuller
    if fuller is not None and fuller.sum() >= settings.k:
        return _medoids_among(np.flatnonzero(fuller), subjects, settings, listener)
    return kmedoids(
        subjects.items,
        settings.k,
        sample_weight=_weights(subjects, settings.method),
        random_state=settings.seed,
        progress=listener,
    )


def _medoids_among(
    among: NDArray[np.int64], subjects: Subjects, settings: TreeSettings, listener: Progress | None
) -> MedoidRun:
    """Find k medoids of some rows, and bring all rows to the nearest."""
    assert settings.k is not None
    run = kmedoids(
        subjects.items.take(among), settings.k, random_state=settings.seed, progress=listener
    )
    medoids = among[run.medoids]
    every = np.arange(subjects.items.n)
    distances = distances_between(subjects.items, medoids, every)
    labels = np.argmin(distances, axis=0).astype(np.int32)
    labels[medoids] = np.arange(len(medoids), dtype=np.int32)  # also where two are equal
    inertia = float(distances[labels, every].sum())
    return replace(run, medoids=medoids, labels=labels, inertia=inertia, certified=False)


def _grow(subjects: Subjects, settings: TreeSettings, listener: Progress | None) -> Tree:
    """Build the tree from below, or from above."""
    method = settings.method
    if method in DIVISIVE:
        more: dict[str, Any] = {"random_state": settings.seed} if method == "bisecting" else {}
        return divide(subjects.items, method, progress=listener, **more)
    return linkage(
        subjects.items,
        method,
        sample_weight=_weights(subjects, method),
        progress=listener,
    )


def _weights(subjects: Subjects, method: str) -> NDArray[np.float64] | None:
    """How much each item counts, where items stand for several rows and the method asks how many."""
    if not subjects.is_distinct or method not in WEIGHTED:
        return None
    return subjects.counts.astype(np.float64)


def _cut(tree: Tree, settings: TreeSettings, choice: CutChoice | None) -> NDArray[np.int32]:
    """Cut the tree as asked, or where its heights have the widest gap."""
    if settings.height is not None:
        return tree.cut(height=settings.height)
    if settings.k is not None:
        return tree.cut(n_clusters=settings.k)
    advice = "Say how many you want with -k N, or where to cut with --height H."
    if choice is None:
        raise NoAnswer(
            f"The heights of a {tree.method} tree do not rise, so they do not tell a number of clusters. {advice}"
        )
    if choice.k is None:
        raise NoAnswer(f"{choice.reason} {advice}")
    return tree.cut(n_clusters=choice.k)


def _by_size(
    labels: NDArray[np.int32], subjects: Subjects
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Number the clusters by rows, the largest 0; of equals the one whose first row comes first.

    Returns the new labels (n,), and the old number of each new one (k,).
    """
    rows = labels[subjects.owner]
    k = int(labels.max()) + 1
    first = np.full(k, len(rows))
    np.minimum.at(first, rows, np.arange(len(rows)))
    order = np.lexsort((first, -np.bincount(rows, minlength=k))).astype(np.int64)
    number = np.empty(k, dtype=np.int32)
    number[order] = np.arange(k, dtype=np.int32)
    return number[labels], order
