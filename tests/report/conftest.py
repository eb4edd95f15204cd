"""The content of a real run, small enough to read."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ganglion.explain import describe_clusters
from ganglion.report import ElbowCurve, PlaneMap, Replay, ReportContent
from oracles.kmeans import lloyd, scatter


def three_groups(n_rows=60, *, n_features=4):
    """Rows around three centres that lie apart."""
    rng = np.random.default_rng(7)
    middles = 6 * rng.normal(size=(3, n_features))
    return middles[np.arange(n_rows) % 3] + rng.normal(size=(n_rows, n_features))


def record(run, n_rows, axes):
    """The steps of a run in the plane of two axes."""
    labels = np.stack([step["labels"] for step in run.steps])
    return Replay(
        centers=np.stack([step["centers"] @ axes.T for step in run.steps]),
        labels=labels,
        wss=np.array([step["inertia"] for step in run.steps]),
        changed=np.array([n_rows, *(np.diff(labels, axis=0) != 0).sum(axis=1)]),
        shift=np.array([step["shift"] for step in run.steps]),
    )


def make_content(X=None, *, k=3, names=None, start=None, **changes):
    """The content of plain Lloyd on X, from its first k rows or from `start`."""
    X = three_groups() if X is None else X
    names = names or [f"x{j + 1}" for j in range(X.shape[1])]
    X = X - X.mean(axis=0)
    run = lloyd(X, X[:k] if start is None else start)
    axes = np.linalg.svd(X, full_matrices=False)[2][:2]
    first, second = (X @ axes.T).var(axis=0) / (X.var(axis=0).sum() or 1.0)
    tss, bss, wss = scatter(X, run.labels)
    content = ReportContent(
        title="Three groups",
        source="groups.csv",
        version="0.1.0",
        seed=7,
        wss=wss,
        bss=bss,
        tss=tss,
        n_iter=run.n_iter,
        stopped_by=run.stopped_by,
        cards=describe_clusters(X, run.labels, names=names),
        plane=PlaneMap(
            points=X @ axes.T,
            labels=run.labels,
            centers=run.centers @ axes.T,
            explained=(float(first), float(second)),
            loadings=axes,
            features=names,
        ),
        elbow=ElbowCurve(
            k=range(1, 6), wss=[900, 300, 90, 80, 75], chosen=3, reason="It bends at k = 3."
        ),
        replay=record(run, len(X), axes),
        done=("60 rows were read from groups.csv.", "Columns were scaled to standard deviation 1."),
        columns_used=names,
        columns_left_out=(("id", "every value is different"),),
        parameters=(("init", "k-means++"), ("tol", "0.0001")),
    )
    return replace(content, **changes)


@pytest.fixture(name="make_content", scope="session")
def _make_content():
    return make_content


@pytest.fixture(scope="session")
def content():
    return make_content()
