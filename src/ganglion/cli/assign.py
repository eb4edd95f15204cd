"""`ganglion assign`: labels for further rows, by a model that `ganglion cluster --save` wrote."""

from __future__ import annotations

from typing import Any, TypeAlias

import click
import numpy as np

from .._errors import ParameterError
from ..cluster import LabelledRows, TableClustering, TableMedoids, TablePosterior
from ..data import Table
from ..storage import inspect, load
from . import _options
from ._content import VERSION
from ._options import record_of
from ._printing import plural, print_assigned, print_json
from ._reading import MOST_NOTES, Reading, open_source
from ._talk import Talk, result_screen
from ._targets import Targets
from ._writing import write_label_rows, write_probable_rows

Model: TypeAlias = TableClustering | TableMedoids | TablePosterior

EPILOG = """\b
Example:
  ganglion cluster penguins.csv -k 3 --save groups.model
  ganglion assign groups.model new.csv --labels labelled.csv"""


@click.command("assign", epilog=EPILOG)
@_options.model_argument
@_options.file_argument
@_options.labels_option
@_options.excel_option
@_options.reading_options
@_options.json_option
@_options.quiet_option
def command(
    model: str,
    file: str,
    *,
    labels: str | None,
    excel_safe: bool,
    as_json: bool,
    quiet: bool,
    **given: Any,
) -> None:
    """Label the rows of FILE with the clusters of MODEL.

    Each row goes to the cluster whose centre or medoid is nearest, or that is most probable by the draws of a
    posterior, which can also say that a row belongs to a new cluster. Columns are read as the model remembers them.
    FILE needs the columns that were used; others may be there.
    """
    targets = Targets(labels=labels, excel_safe=excel_safe)
    targets.check(file, model, as_json=as_json)
    talk = Talk(quiet=quiet)
    known = table_model(model)
    with open_source(file, record_of(Reading, given)) as source:
        table = source.read(None, talk)
        found = labelled(known, table)
        for note in found.notes[:MOST_NOTES]:
            talk.note(note)
        if labels is not None:
            if found.probabilities is None:
                write_label_rows(table, found.labels, found.rows, targets, talk)
            else:
                write_probable_rows(
                    table, found.labels, found.probabilities, found.rows, targets, talk
                )
    k = len(known.sizes)
    sizes = np.bincount(found.labels, minlength=k + (found.probabilities is not None)).tolist()
    if as_json:
        print_json(_as_json(model, table, found, sizes, k) | {"files": targets.files()})
    elif (screen := result_screen(labels, talk)) is not None:
        headline = (
            f"{plural(len(found.labels), 'row')} in the {plural(k, 'cluster')} of {known.source}"
        )
        print_assigned(table.source, headline, sizes, known, screen)


def table_model(path: str) -> Model:
    """Return the model in a file, which must be one of a table.

    Raises
    ------
    ParameterError
        The file holds another kind of model.
    """
    kind = inspect(path).kind
    if kind not in ("TableClustering", "TableMedoids", "TablePosterior"):
        raise ParameterError(
            f"MODEL must be one that `ganglion cluster --save` wrote; {path!r} holds a {kind}, which does not "
            "know the columns of a table. Load it in Python (ganglion.load)."
        )
    return load(path)


def labelled(known: Model, table: Table) -> LabelledRows:
    """Return the rows of a table with the clusters of a model."""
    if isinstance(known, TableMedoids | TablePosterior):
        return known.assign(table)
    labels, design = known.assign(table)
    return LabelledRows(labels, design.rows, design.notes, design.missing)


def _as_json(
    model: str, table: Table, found: LabelledRows, sizes: list[int], k: int
) -> dict[str, Any]:
    """Return the result as one object."""
    return {
        "ganglion": VERSION,
        "command": "assign",
        "model": model,
        "source": table.source,
        "rows": table.n_rows,
        "rows_used": len(found.rows),
        "missing": found.missing,
        "notes": list(found.notes),
        "clusters": [{"label": label, "size": size} for label, size in enumerate(sizes[:k])],
    } | ({"new": sizes[k]} if len(sizes) > k else {})
