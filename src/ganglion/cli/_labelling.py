"""New rows to the clusters of a saved model: the nearest, how far, and none where that is too far."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import click
import numpy as np
from numpy.typing import NDArray

from .._errors import ParameterError
from ..cluster import LabelledRows, TableClustering, TableMedoids, TablePosterior, TableTree
from ..cluster.reach import limits_of, own_distances
from ..data import Table
from ..storage import inspect, load
from ._content import VERSION
from ._options import record_of
from ._printing import finite, plural, print_assigned, print_json
from ._reading import MOST_NOTES, Reading, open_source
from ._talk import Talk, result_screen
from ._targets import Targets
from ._writing import write_distant_rows, write_label_rows, write_probable_rows

Model: TypeAlias = TableClustering | TableMedoids | TablePosterior | TableTree
KINDS = ("TableClustering", "TableMedoids", "TablePosterior", "TableTree")
CUSTOMERS = "CustomerModel"  # its rows are purchases: many make a customer
DOCUMENTS = "DocumentModel"  # its rows are texts: files and folders of them are read in another way
NONE = -1


@dataclass(frozen=True)
class Reject:
    """What is too far: a distance, or the share of the model's own rows that would be."""

    distance: float | None = None
    share: float | None = None

    def __str__(self) -> str:
        return f"{100 * self.share:g}%" if self.share is not None else f"{self.distance:g}"


def reject_of(ctx: click.Context, param: click.Parameter, value: str | None) -> Reject | None:
    """Return a distance such as 2.5, or a share such as 5%."""
    if value is None:
        return None
    text = value.strip()
    try:
        found = float(text.removesuffix("%"))
    except ValueError:
        found = math.nan
    if text.endswith("%") and 0 <= found < 100:
        return Reject(share=found / 100)
    if not text.endswith("%") and 0 <= found < math.inf:
        return Reject(distance=found)
    raise click.BadParameter(
        "it must be a distance of at least 0, such as 2.5, or a share from 0% to below 100%, such as 5%; got "
        f"{value!r}.",
        ctx,
        param,
    )


reject_option = click.option(
    "--reject",
    callback=reject_of,
    metavar="DISTANCE|SHARE",
    help="No cluster for rows farther from theirs than DISTANCE, or than all but SHARE (such as 5%) of the rows that "
    "the cluster was made of.",
)


@dataclass(frozen=True, kw_only=True)
class Labelled:
    """New rows with their clusters.

    Attributes
    ----------
    found : LabelledRows
        Labels, -1 for rows that are too far from all clusters.
    sizes : list of int
        How many rows each cluster got; of a posterior last those that belong to a new one.
    limits : ndarray of shape (k,) or None
        The distance at which each cluster ends, where rows may be rejected.
    """

    found: LabelledRows
    sizes: list[int]
    limits: NDArray[np.float64] | None

    @property
    def n_rejected(self) -> int:
        """How many rows are too far."""
        return int(np.count_nonzero(self.found.labels == NONE))


def label_command(
    name: str, model: str, file: str, *, with_distance: bool, as_json: bool, given: dict[str, Any]
) -> None:
    """Label the rows of a file with the clusters of a model; write and print them."""
    kind = inspect(model).kind
    if kind == CUSTOMERS:
        from .customers import label_customers

        label_customers(name, model, file, as_json=as_json, given=given)
        return
    if kind == DOCUMENTS:
        from ._document_files import label_documents

        label_documents(name, model, file, as_json=as_json, given=given)
        return
    targets = Targets(labels=given["labels"], excel_safe=given["excel_safe"])
    targets.check(file, model, as_json=as_json)
    talk = Talk(quiet=given["quiet"])
    known = table_model(model)
    reject: Reject | None = given["reject"]
    with open_source(file, record_of(Reading, given)) as source:
        table = source.read(None, talk)
        result = label_rows(known, table, reject)
        for note in result.found.notes[:MOST_NOTES]:
            talk.note(note)
        if reject is not None and 2 * result.n_rejected > len(result.found.labels):
            talk.note(_about_distances(result.found, reject))
        if targets.labels is not None:
            _write(table, result.found, targets, talk, with_distance)
    if as_json:
        answer = _as_json(model, known, table, result, reject)
        print_json({**answer, "command": name, "files": targets.files()})
    elif (screen := result_screen(targets.labels, talk)) is not None:
        n, k = len(result.found.labels), len(known.sizes)
        headline = f"{plural(n, 'row')} in the {plural(k, 'cluster')} of {known.source}"
        if result.n_rejected:
            headline += f", {result.n_rejected:,} of them too far from all"
        rejected = result.n_rejected if reject is not None else None
        print_assigned(table.source, headline, result.sizes, known, screen, rejected)


def label_rows(known: Model, table: Table, reject: Reject | None) -> Labelled:
    """Return the rows of a table with the clusters of a model, without those that are too far."""
    found = labelled(known, table)
    limits = None
    if reject is not None:
        limits = _limits(known, reject)
        assert found.distances is not None
        inside = found.distances <= limits[found.labels]
        found = replace(found, labels=np.where(inside, found.labels, NONE).astype(np.int32))
    k = len(known.sizes)
    kept = found.labels[found.labels != NONE]
    sizes = np.bincount(kept, minlength=k + (found.probabilities is not None)).tolist()
    return Labelled(found=found, sizes=sizes, limits=limits)


def _about_distances(found: LabelledRows, reject: Reject) -> str:
    """How far rows are, where most are rejected: a limit that was meant as a share is easily a distance."""
    assert found.distances is not None
    levels = np.quantile(found.distances, (0.5, 0.99), method="inverted_cdf").tolist()
    said = (
        f"most rows are rejected: half of them are {levels[0]:.4g} or more from their cluster, one in a hundred "
        f"{levels[1]:.4g} or more"
    )
    if reject.share is not None:
        return said
    return f"{said}; a share is written with a percent sign, such as --reject 5%"


def _limits(known: Model, reject: Reject) -> NDArray[np.float64]:
    """The distance at which each cluster ends.

    Raises
    ------
    ParameterError
        The model has no distances, or was saved without those of its rows.
    """
    if isinstance(known, TablePosterior):
        raise ParameterError(
            "--reject needs a model with distances; this one holds a posterior, which says itself how probable it is "
            'that a row belongs to a new cluster. Leave --reject out and look for "new".'
        )
    if reject.distance is not None:
        return np.full(len(known.sizes), reject.distance)
    assert reject.share is not None
    if known.reach is None:
        raise ParameterError(
            f"--reject {reject} needs the distances of the rows that the clusters were made of; this model was saved "
            "without them. Save it again with this version, or give a distance."
        )
    return limits_of(known.reach, reject.share)


def table_model(path: str) -> Model:
    """Return the model in a file, which must be one of a table.

    Raises
    ------
    ParameterError
        The file holds another kind of model.
    """
    kind = inspect(path).kind
    if kind not in KINDS:
        raise ParameterError(
            f"MODEL must be one that `ganglion cluster --save` wrote; {path!r} holds a {kind}, which does not "
            "know the columns of a table. Load it in Python (ganglion.load)."
        )
    return load(path)


def labelled(known: Model, table: Table) -> LabelledRows:
    """Return the rows of a table with the clusters of a model."""
    if isinstance(known, TableMedoids | TablePosterior | TableTree):
        return known.assign(table)
    labels, design = known.assign(table)
    distances = own_distances(np.asarray(design.X, dtype=np.float64), known.centers, labels)
    return LabelledRows(labels, design.rows, design.notes, design.missing, distances=distances)


def _write(
    table: Table, found: LabelledRows, targets: Targets, talk: Talk, with_distance: bool
) -> None:
    """Write the rows with what is known of each: a probability, a distance, or the cluster alone."""
    if found.probabilities is not None:
        write_probable_rows(table, found.labels, found.probabilities, found.rows, targets, talk)
    elif found.distances is not None and (with_distance or bool((found.labels == NONE).any())):
        write_distant_rows(table, found.labels, found.distances, found.rows, targets, talk)
    else:
        write_label_rows(table, found.labels, found.rows, targets, talk)


def _as_json(
    model: str, known: Model, table: Table, result: Labelled, reject: Reject | None
) -> dict[str, Any]:
    """Return the result as one object."""
    found, sizes, k = result.found, result.sizes, len(known.sizes)
    answer: dict[str, Any] = {
        "ganglion": VERSION,
        "command": "",
        "model": os.fspath(model),
        "source": table.source,
        "rows": table.n_rows,
        "rows_used": len(found.rows),
        "missing": found.missing,
        "notes": [*table.notes, *found.notes],
        "clusters": [{"label": label, "size": size} for label, size in enumerate(sizes[:k])],
    }
    if len(sizes) > k:
        answer["new"] = sizes[k]
    if reject is not None and result.limits is not None:
        answer["reject"] = str(reject)
        answer["rejected"] = result.n_rejected
        answer["limits"] = [finite(limit) for limit in result.limits.tolist()]
    if found.distances is not None and len(found.distances):
        levels = np.quantile(found.distances, (0.5, 1.0), method="inverted_cdf").tolist()
        answer["distance"] = {"median": finite(levels[0]), "largest": finite(levels[1])}
    return answer
