"""The files that a command writes, each whole or not at all."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ..data import Table, write_labels
from ..data.writing import write_columns
from ..nn.tables.model import TableNetwork, TablePredictions
from ..report import posterior_report, tree_report, write_report
from ..report.learning import learning_report
from ..report.writing import write_page
from ..storage import save
from ._clustering import Clustering
from ._content import report_content
from ._failures import writing
from ._learning import Judged, learning_content
from ._posterior import PosteriorFound
from ._posterior_content import posterior_content
from ._talk import Talk, clean
from ._targets import Targets
from ._tree_content import tree_content
from ._trees import TreeFound


def write_targets(found: Clustering, targets: Targets, talk: Talk) -> None:
    """Write the report, the model and the labels of a clustering, those that were asked for."""
    if targets.report is not None:
        content = report_content(found, title=f"Clusters of {clean(found.table.source, 120)}")
        with writing("report", targets.report):
            write_report(targets.report, content)
        talk.wrote("report", targets.report)
    if targets.save is not None:
        with writing("model", targets.save):
            save(found.model(), targets.save)
        talk.wrote("model", targets.save)
    if targets.labels is not None:
        write_label_rows(found.table, found.run.labels, found.design.rows, targets, talk)


def write_tree_targets(found: TreeFound, targets: Targets, talk: Talk) -> None:
    """Write the report, the tree and the labels of a clustering by distances, those that were asked for."""
    table = found.subjects.table
    if targets.report is not None:
        content = tree_content(found, title=f"Clusters of {clean(table.source, 120)}")
        with writing("report", targets.report):
            write_page(targets.report, tree_report(content))
        talk.wrote("report", targets.report)
    if targets.save is not None:
        what = "model" if found.tree is None else "tree"
        with writing("model", targets.save):
            save(found.saved(), targets.save)
        talk.wrote(what, targets.save)
    if targets.labels is not None:
        write_label_rows(table, found.labels, found.subjects.rows, targets, talk)


def write_posterior_targets(found: PosteriorFound, targets: Targets, talk: Talk) -> None:
    """Write the report, the model and the labels of a posterior, those that were asked for."""
    table = found.model.table
    if targets.report is not None:
        content = posterior_content(found, title=f"Clusters of {clean(table.source, 120)}")
        with writing("report", targets.report):
            write_page(targets.report, posterior_report(content))
        talk.wrote("report", targets.report)
    if targets.save is not None:
        with writing("model", targets.save):
            save(found.kept(), targets.save)
        talk.wrote("model", targets.save)
    if targets.labels is not None:
        write_sure_rows(table, found.labels, found.certainty, found.rows, targets, talk)


def write_label_rows(
    table: Table,
    labels: NDArray[np.int32],
    rows: NDArray[np.int64],
    targets: Targets,
    talk: Talk,
) -> None:
    """Write the rows of a table with their labels, to a file or to standard output."""

    def write(path: str) -> tuple[str, ...]:
        return (write_labels(table, labels, path, rows=rows, excel_safe=targets.excel_safe),)

    write_rows(write, "labels", ("cluster",), targets, talk)


def write_sure_rows(
    table: Table,
    labels: NDArray[np.int32],
    certainty: NDArray[np.float64],
    rows: NDArray[np.int64],
    targets: Targets,
    talk: Talk,
) -> None:
    """Write the rows of a table with their labels and how sure those are."""
    added = {
        "cluster": [str(label) for label in labels.tolist()],
        "certainty": [f"{share:.4g}" for share in certainty.tolist()],
    }

    def write(path: str) -> tuple[str, ...]:
        return write_columns(table, added, path, rows=rows, excel_safe=targets.excel_safe)

    write_rows(write, "labels", tuple(added), targets, talk)


def write_probable_rows(
    table: Table,
    labels: NDArray[np.int32],
    probabilities: NDArray[np.float64],
    rows: NDArray[np.int64],
    targets: Targets,
    talk: Talk,
) -> None:
    """Write the rows of a table with their most probable cluster, "new" for none that is known, and its probability."""
    k = probabilities.shape[1] - 1
    best = probabilities.max(axis=1) if len(labels) else np.empty(0)
    added = {
        "cluster": ["new" if label == k else str(label) for label in labels.tolist()],
        "probability": [f"{share:.4g}" for share in best.tolist()],
    }

    def write(path: str) -> tuple[str, ...]:
        return write_columns(table, added, path, rows=rows, excel_safe=targets.excel_safe)

    write_rows(write, "labels", tuple(added), targets, talk)


def write_distant_rows(
    table: Table,
    labels: NDArray[np.int32],
    distances: NDArray[np.float64],
    rows: NDArray[np.int64],
    targets: Targets,
    talk: Talk,
) -> None:
    """Write the rows of a table with their cluster, "none" where all are too far, and how far theirs is."""
    added = {
        "cluster": ["none" if label < 0 else str(label) for label in labels.tolist()],
        "distance": [f"{distance:.6g}" for distance in distances.tolist()],
    }

    def write(path: str) -> tuple[str, ...]:
        return write_columns(table, added, path, rows=rows, excel_safe=targets.excel_safe)

    write_rows(write, "labels", tuple(added), targets, talk)


def write_predictions(
    table: Table, known: TableNetwork, found: TablePredictions, targets: Targets, talk: Talk
) -> None:
    """Write the rows of a table with their predictions, and the probability of the predicted class."""
    added = {f"predicted_{known.target}": [str(value) for value in found.values.tolist()]}
    if found.probabilities is not None:
        added["probability"] = [f"{value:.4g}" for value in found.probabilities.max(axis=1)]

    def write(path: str) -> tuple[str, ...]:
        return write_columns(table, added, path, excel_safe=targets.excel_safe)

    write_rows(write, "predictions", tuple(added), targets, talk)


def write_customers(table: Table, targets: Targets, talk: Talk) -> None:
    """Write a table that has a row for each customer."""

    def write(path: str) -> tuple[str, ...]:
        return write_columns(table, {}, path, excel_safe=targets.excel_safe)

    write_rows(write, "customers", (), targets, talk)


def write_training_report(result: Judged, path: str, talk: Talk) -> None:
    """Write the report of a training."""
    with writing("report", path):
        write_page(path, learning_report(learning_content(result)))
    talk.wrote("report", path)


def write_rows(
    write: Callable[[str], tuple[str, ...]],
    what: str,
    wanted: tuple[str, ...],
    targets: Targets,
    talk: Talk,
) -> None:
    """Write rows to the file that was named, or to standard output; say under which names where they had to change."""
    path = targets.labels
    assert path is not None
    if path != "-":
        with writing(what, path):
            names = write(path)
        renamed = f" (column {', '.join(map(repr, names))})" if names != wanted else ""
        talk.wrote(what + renamed, path)
        return
    # Written to a file first: a table that turns out to have changed must not leave half of its rows in a pipe.
    with tempfile.TemporaryDirectory(prefix="ganglion-") as folder:
        whole = os.path.join(folder, "labels.csv")
        write(whole)
        out = sys.stdout.buffer
        with open(whole, "rb") as rows_written:
            shutil.copyfileobj(rows_written, out)
        out.flush()
