"""What every page of clusters says beside its method: how sure, rules, choice of k, problems, the command."""

from __future__ import annotations

import platform
from collections import Counter
from typing import Any

import numpy as np

from ..cluster import kmeans
from ..data import Table, data_problems
from ..explain import ThresholdTree, cluster_stability
from ..explain.stability import ClusterStability
from ..report import Sections
from ..report.parts import choice_of, problems_of, rules_of
from ..selection import KChoice
from ..selection.rules import RULES
from ._clustering import Clustering
from ._command_line import command_line
from ._printing import percent

MOST_JUDGED = 40  # clusters: of more, a sample has too few rows of each
STABILITY_ROWS = 5_000
RESAMPLES = 20
STABLE, DISSOLVED = 0.75, 0.5
VERSIONS = (("NumPy", np.__version__), ("Python", platform.python_version()))


def table_sections(
    table: Table, tree: ThresholdTree | None, *, done: str = "", **others: Any
) -> Sections:
    """Return the sections that need nothing but a table and the rules of its clusters, and others that are known."""
    return Sections(
        rules=None if tree is None else rules_of(tree),
        problems=problems_of(data_problems(table), done=done),
        command=command_line(),
        versions=VERSIONS,
        **others,
    )


def means_sections(
    found: Clustering, stability: ClusterStability | None, *, done: str = ""
) -> Sections:
    """Return the sections of a page of k-means, with how sure the clusters are and how their number was chosen."""
    said, doubts = ([], []) if stability is None else _judged(stability)
    curve = found.curve
    choice = None if curve is None else choice_of(curve.choice, used=found.k, reason=curve.reason)
    if curve is not None and (doubt := _doubted_number(curve.choice, found.k)):
        doubts = [*doubts, doubt]
    return table_sections(
        found.table, found.rules, done=done, sure=said, doubts=doubts, choice=choice
    )


def means_stability(found: Clustering) -> ClusterStability | None:
    """How much of each cluster comes back when rows are drawn again; None for one cluster, very many, or few rows."""
    used, labels = found.design.X, found.run.labels
    k, seed = found.k, found.settings.seed
    if k < 2 or k > MOST_JUDGED or len(used) < 4 * k:
        return None
    rng = np.random.default_rng([seed, 7])
    if len(used) > STABILITY_ROWS:
        chosen = np.sort(rng.choice(len(used), STABILITY_ROWS, replace=False))
        used, labels = used[chosen], labels[chosen]

    def fit(rows: Any) -> Any:
        return kmeans(rows, k, n_init=3, random_state=seed)

    return cluster_stability(used, labels, fit, n_resamples=RESAMPLES, random_state=rng)


def _doubted_number(choice: KChoice, k: int) -> str:
    """What the rules that could name this number of clusters say against it; empty where most of them name it."""
    if choice.k is not None and choice.k != k:
        return f"The page shows {k} clusters, which were asked for; the rules name {choice.k}."
    answers = [
        vote
        for rule, vote in choice.votes.items()
        if vote is not None and (k > 1 or RULES[rule].can_be_one)
    ]
    own = answers.count(k)
    if choice.k == k and len(answers) > 1 and 2 * own < len(answers):
        favourite, votes = Counter(answers).most_common(1)[0]
        others = f", {votes} name {favourite}" if votes > own else ""
        return f"The rules disagree on the number of clusters: {own} of {len(answers)} name {k}{others}."
    return ""


def _judged(stability: ClusterStability) -> tuple[list[str], list[str]]:
    """How stable the clusters are, and which are not."""
    known = stability.jaccard[np.isfinite(stability.jaccard)]
    if not len(known):
        return [], []
    mean = float(known.mean())
    stable = int((known >= STABLE).sum())
    every = "all of them" if stable == len(known) else f"{stable} of {len(known)}"
    said = (
        f"Of rows drawn again {stability.n_resamples} times, the same clusters come back: {percent(mean)} of each "
        f"on average. {every[:1].upper()}{every[1:]} {'are' if stable != 1 else 'is'} stable ({100 * STABLE:g} % and "
        "more)."
    )
    doubts = [
        f"Cluster {label} is not stable: only {percent(value)} of it comes back when the rows are drawn again."
        for label, value in zip(
            stability.clusters.tolist(), stability.jaccard.tolist(), strict=True
        )
        if not value > DISSOLVED
    ]
    if len(doubts) > 3:
        doubts = [
            f"{len(doubts)} clusters are not stable: half of each or less comes back when the rows are drawn again."
        ]
    return [said], doubts
