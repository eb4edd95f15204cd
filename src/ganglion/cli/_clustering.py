"""From a matrix to a clustering: how many clusters, the best of several starts, numbers by size."""

from __future__ import annotations

import copy
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from .._errors import ParameterError
from ..cluster import History, KMeansRun, TableClustering, kmeans
from ..cluster.prediction import nearest_centers
from ..cluster.reach import own_distances, reach_of
from ..data import DesignMatrix, Table
from ..explain import ClusterCard, ThresholdTree, describe_clusters
from ..progress import Progress
from ..selection import KChoice, choose_k
from ._failures import NoAnswer
from ._rules import grow_rules
from ._talk import Talk

CURVE_ROWS = 100_000  # a curve is a run for each k; what rules read off it does not need more rows than these
HISTORY_BYTES = 2**29  # labels of every step of every row
LAST_K_WITH_CURVE = 20


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What was asked for.

    Attributes
    ----------
    k : int or None
        Number of clusters; None where the curve is to say it.
    max_k : int
        Where the curve ends.
    seed, n_init, init, max_iter, tol
        As in `kmeans`.
    """

    k: int | None
    max_k: int = 10
    seed: int = 0
    n_init: int = 10
    init: str = "k-means++"
    max_iter: int = 300
    tol: float = 1e-4


@dataclass(frozen=True, kw_only=True)
class Curve:
    """A curve over k, and of how many rows it is.

    Attributes
    ----------
    choice : KChoice
        The curve, and what the elbow says.
    n_rows : int
        Rows that it was computed from.
    n_all : int
        Rows that there are.
    """

    choice: KChoice
    n_rows: int
    n_all: int

    @property
    def reason(self) -> str:
        """Why this k, or why none; and of which rows that is true."""
        if self.n_rows == self.n_all:
            return self.choice.reason
        return f"{self.choice.reason} (Read from a random sample of {self.n_rows:,} of the {self.n_all:,} rows.)"


@dataclass(frozen=True, kw_only=True)
class Clustering:
    """A clustered table.

    Attributes
    ----------
    table : Table
        The rows.
    design : DesignMatrix
        The rows as numbers.
    settings : Settings
        What was asked for.
    run : KMeansRun
        The best run; clusters are numbered by size.
    cards : tuple of ClusterCard
        What sets each cluster apart.
    curve : Curve or None
        The curve over k, where one was needed.
    rules : ThresholdTree or None
        Rules that tell the clusters; None for one cluster, and for very many.
    """

    table: Table
    design: DesignMatrix
    settings: Settings
    run: KMeansRun
    cards: tuple[ClusterCard, ...]
    curve: Curve | None
    rules: ThresholdTree | None = None

    @property
    def k(self) -> int:
        """Number of clusters."""
        return len(self.run.centers)

    def model(self) -> TableClustering:
        """Return what labels further rows, without the rows of this table."""
        asked = self.settings
        centers = np.asarray(self.run.centers, dtype=np.float64)
        distances = own_distances(self.design.X, centers, self.run.labels)
        return TableClustering(
            encoding=self.design.encoding,
            centers=centers,
            sizes=np.array([card.size for card in self.cards], dtype=np.int64),
            wss=self.run.inertia,
            tss=self.run.tss,
            source=self.table.source,
            settings={
                "seed": asked.seed,
                "init": asked.init,
                "n_init": asked.n_init,
                "max_iter": asked.max_iter,
                "tol": asked.tol,
            },
            reach=reach_of(distances, self.run.labels, self.k),
        )


def cluster_table(
    table: Table,
    design: DesignMatrix,
    settings: Settings,
    talk: Talk,
    *,
    with_report: bool = False,
    curve: Curve | None = None,
) -> Clustering:
    """Find k where it is not given, run k-means, describe what it found.

    Parameters
    ----------
    table, design : Table, DesignMatrix
        The rows, and the rows as numbers.
    settings : Settings
        What was asked for.
    talk : Talk
        Where progress is shown.
    with_report : bool
        Record the steps, and compute the curve for a given k too.
    curve : Curve or None
        The curve where it is known.

    Returns
    -------
    Clustering
        The record from which everything is printed and written.

    Raises
    ------
    NoAnswer
        Where k is not given and the rules have no answer.
    ParameterError
        Where there are fewer rows than clusters.
    """
    n = len(design.X)
    if settings.k is not None and settings.k > n:
        raise ParameterError(
            f"-k must be at most the number of rows; got -k {settings.k} and {n} rows that can be used. "
            "Lower it or add data."
        )
    wanted = settings.k is None or (with_report and settings.k <= LAST_K_WITH_CURVE)
    if curve is None and wanted:
        last = max(settings.max_k, (settings.k or 0) + 2)
        curve = curve_over_k(design.X, last, settings.seed, talk)
    k = _chosen(curve) if settings.k is None else settings.k
    with talk.listening():
        run = by_size(design, best_run(design, k, settings, talk, record=with_report))
    cards = describe_clusters(design, run.labels)
    return Clustering(
        table=table,
        design=design,
        settings=settings,
        run=run,
        cards=cards,
        curve=curve,
        rules=grow_rules(table, run.labels, design.rows, design.kept, talk),
    )


def curve_over_k(
    X: NDArray[np.float64],
    last: int,
    seed: int,
    talk: Talk,
    *,
    rules: str | tuple[str, ...] = "default",
) -> Curve:
    """Cluster for k = 1, 2, ..., `last`, of a sample where there are very many rows, and ask the rules."""
    n = len(X)
    rows = X
    if n > CURVE_ROWS:
        chosen = np.random.default_rng(seed).choice(n, CURVE_ROWS, replace=False)
        rows = X[np.sort(chosen)]
    last = min(last, len(rows))
    with talk.bar("how many clusters?", last) as listener, talk.listening():
        choice = choose_k(
            rows, range(1, last + 1), rules=rules, random_state=seed, progress=listener
        )
    return Curve(choice=choice, n_rows=len(rows), n_all=n)


def _chosen(curve: Curve | None) -> int:
    """The k of the curve; without one the run ends, because any other number would be made up."""
    assert curve is not None
    if curve.choice.k is None:
        raise NoAnswer(
            f"{curve.reason} Say how many you want with -k N; `ganglion choose-k` shows the curves."
        )
    return curve.choice.k


def best_run(
    design: DesignMatrix, k: int, settings: Settings, talk: Talk, *, record: bool
) -> KMeansRun:
    """Return the best of the starts: the run of ``kmeans(X, k, n_init=..., random_state=seed)``, to the bit.

    Its steps are recorded by running it once more from the same state of the generator: one seed, one answer, and
    memory for the steps of one run only.
    """
    rng = np.random.default_rng(settings.seed)
    best, state = None, rng
    with talk.bar("k-means", settings.n_init if settings.n_init > 1 else None) as bar:
        for start in range(1, settings.n_init + 1):
            before = copy.deepcopy(rng)
            listener = None if bar is None else bar.part(start, settings.n_init)
            run = _one_run(design, k, settings, rng, progress=listener)
            if best is None or run.inertia < best.inertia:
                best, state = run, before
    assert best is not None
    if not record:
        return best
    if best.n_iter * len(design.X) * best.labels.itemsize > HISTORY_BYTES:
        talk.note(
            f"the report has no replay: {best.n_iter} steps of {len(design.X):,} rows are too many to keep"
        )
        return best
    with talk.bar("once more, for the replay") as bar:
        listener = None if bar is None else bar.part(1, 1)
        return _one_run(design, k, settings, state, progress=listener, record=True)


def _one_run(
    design: DesignMatrix,
    k: int,
    settings: Settings,
    rng: np.random.Generator,
    *,
    progress: Progress | None,
    record: bool = False,
) -> KMeansRun:
    """Run k-means from one start."""
    return kmeans(
        design.X,
        k,
        init=settings.init,
        max_iter=settings.max_iter,
        tol=settings.tol,
        random_state=rng,
        record=record,
        progress=progress,
    )


def by_size(design: DesignMatrix, run: KMeansRun) -> KMeansRun:
    """Number the clusters by size, the largest 0; of equals the one whose first row comes first.

    A run numbers them by the luck of its start. The labels are assigned afresh, so that a row halfway between two
    centres goes to the lower of the new numbers, as it will when the saved model labels it.
    """
    k = len(run.centers)
    sizes = np.bincount(run.labels, minlength=k)
    first = np.full(k, len(run.labels))
    np.minimum.at(first, run.labels, np.arange(len(run.labels)))
    order = np.lexsort((first, -sizes))
    centers = np.ascontiguousarray(run.centers[order], dtype=np.float64)
    labels = nearest_centers(design.X, centers)
    while not (held := np.bincount(labels, minlength=len(centers)) > 0).all():
        centers = np.ascontiguousarray(centers[held])
        labels = nearest_centers(design.X, centers)
    same = run.history is not None and run.history.centers.shape[1] == len(centers)
    history = _renumbered(run.history, order) if run.history is not None and same else None
    return replace(run, centers=centers, labels=labels, history=history)


def _renumbered(history: History, order: NDArray[np.intp]) -> History:
    """The same steps, their clusters in another order."""
    number = np.empty(len(order), dtype=np.int32)
    number[order] = np.arange(len(order), dtype=np.int32)
    return replace(
        history,
        centers=history.centers[:, order],
        labels=number[history.labels],
        sizes=history.sizes[:, order],
    )
