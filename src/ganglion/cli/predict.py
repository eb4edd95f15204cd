"""`ganglion predict`: what a saved model says of further rows: the target that it learned, or their clusters."""

from __future__ import annotations

from collections import Counter
from typing import Any

import click
import numpy as np

from .._errors import DataError, ParameterError
from ..data import Table
from ..nn.metrics import metrics
from ..nn.tables.model import TableNetwork, TablePredictions
from ..storage import inspect, load
from . import _labelling, _options
from ._learning import SCORE_NAMES, score_text
from ._options import record_of
from ._printing import (
    aligned,
    finite,
    grid,
    percent,
    plural,
    print_headline,
    print_json,
    print_table,
)
from ._reading import Reading, open_source
from ._talk import Screen, Talk, clean, result_screen
from ._targets import Targets
from ._version import VERSION
from ._writing import write_predictions

EPILOG = """\b
Examples:
  ganglion train penguins.csv --target species --save species.model
  ganglion predict species.model new.csv --labels predicted.csv
  ganglion cluster penguins.csv -k 3 --save groups.model
  ganglion predict groups.model new.csv --reject 5% --labels labelled.csv"""
MOST_CLASSES_SHOWN = 30


@click.command("predict", epilog=EPILOG)
@_options.model_argument
@_options.file_argument
@_options.predictions_option
@_labelling.reject_option
@_options.excel_option
@_options.reading_options
@_options.json_option
@_options.quiet_option
def command(model: str, file: str, *, as_json: bool, **given: Any) -> None:
    """Predict what MODEL says of the rows of FILE: the target that it learned, or the clusters they belong to.

    FILE needs the columns that the model was made of; others may be there. Where it holds the target too, the result
    says how good the predictions are. For clusters the labels come with the distance to the cluster in the scaled
    columns (to its centre, medoid or prototype; of other trees the height at which it would take the row in), and
    --reject leaves rows without a cluster that are too far from all.
    """
    if inspect(model).kind in (*_labelling.KINDS, _labelling.CUSTOMERS, _labelling.DOCUMENTS):
        _labelling.label_command(
            "predict", model, file, with_distance=True, as_json=as_json, given=given
        )
        return
    if given["reject"] is not None:
        raise click.UsageError(
            "--reject belongs to models of clusters; this one predicts a target. Leave it out."
        )
    _predict_target(model, file, as_json, given)


def _predict_target(model: str, file: str, as_json: bool, given: dict[str, Any]) -> None:
    """Predict the target of a network; say how good that is, where it can be told."""
    targets = Targets(labels=given["labels"], excel_safe=given["excel_safe"])
    targets.check(file, model, as_json=as_json)
    talk = Talk(quiet=given["quiet"])
    known = table_network(model)
    with open_source(file, record_of(Reading, given)) as source:
        table = source.read(None, talk)
        found = known.predict(table)
        scores = scores_of(known, table, found)
        if targets.labels is not None:
            write_predictions(table, known, found, targets, talk)
    if as_json:
        print_json(_as_json(model, known, table, found, scores) | {"files": targets.files()})
    elif (screen := result_screen(targets.labels, talk)) is not None:
        _print(known, table, found, scores, screen)


def table_network(path: str) -> TableNetwork:
    """Return the model in a file, which must be a network of a table.

    Raises
    ------
    ParameterError
        The file holds another kind of model.
    """
    kind = inspect(path).kind
    if kind != "TableNetwork":
        raise ParameterError(
            f"MODEL must be one that `ganglion train --save` or `ganglion cluster --save` wrote; {path!r} holds a "
            f"{kind}, which does not know the columns of a table. Load it in Python (ganglion.load)."
        )
    return load(path)


def scores_of(known: TableNetwork, table: Table, found: TablePredictions) -> dict[str, float]:
    """Judge the predictions where the table holds the target, whole and of the kind that was learned."""
    if known.target not in table.names or not table.n_rows:
        return {}
    try:
        truth, rows = known.truth(table)
    except DataError:
        return {}
    if not len(rows):
        return {}
    outputs = found.values if found.probabilities is None else found.probabilities
    names = [name for name in known.scores if name in metrics]
    return {name: float(metrics[name](truth, outputs[rows])) for name in names}


def _print(
    known: TableNetwork,
    table: Table,
    found: TablePredictions,
    scores: dict[str, float],
    screen: Screen,
) -> None:
    """Print how often each class is predicted, or where the numbers lie; and how good that is, where it can be told."""
    target = clean(known.target, 60)
    print_headline(
        screen, table.source, f"{target} of {plural(table.n_rows, 'row')}, by {clean(known.source)}"
    )
    if found.probabilities is not None:
        heads = ("rows", "share")
        table_of_classes = grid(target, *heads, right=heads)
        counts: Counter[str] = Counter(found.values.tolist())
        for name, count in counts.most_common(MOST_CLASSES_SHOWN):
            table_of_classes.add_row(clean(name, 60), f"{count:,}", percent(count / table.n_rows))
        print_table(screen, table_of_classes)
    elif table.n_rows:
        heads = ("least", "quarter", "median", "three quarters", "most")
        spread = grid(*heads, right=heads)
        spread.add_row(*aligned(np.quantile(found.values, (0, 0.25, 0.5, 0.75, 1)).tolist()))
        print_table(screen, spread)
    if scores:
        heads = ("these rows", "when it was trained")
        judged = grid("", *heads, right=heads)
        for name, value in scores.items():
            before = score_text(name, known.scores[name])
            judged.add_row(SCORE_NAMES[name], score_text(name, value), before)
        print_table(screen, judged)


def _as_json(
    model: str,
    known: TableNetwork,
    table: Table,
    found: TablePredictions,
    scores: dict[str, float],
) -> dict[str, Any]:
    """Return the result as one object."""
    is_class = found.probabilities is not None
    values = found.values.tolist()
    return {
        "ganglion": VERSION,
        "command": "predict",
        "model": model,
        "source": table.source,
        "target": known.target,
        "rows": table.n_rows,
        "predictions": values if is_class else [finite(value) for value in values],
        "scores": {name: finite(value) for name, value in scores.items()},
    }
