"""`ganglion train`: a file and the name of a column in; a network that predicts it, and what it is worth, out."""

from __future__ import annotations

from typing import Any

import click

from ..nn.tables.training import TableSettings, train_on_table
from ..storage import save
from . import _options
from ._learning import Learning, judged, print_training, training_json
from ._options import record_of
from ._printing import print_json
from ._reading import Reading, open_source, say_left_out
from ._talk import Screen, Talk
from ._targets import Targets
from ._writing import write_training_report, writing

EPILOG = """\b
Examples:
  ganglion train penguins.csv --target species
  ganglion train penguins.csv --target body_mass_g --columns species,sex,flipper_length_mm
  ganglion train sales.parquet --target price --save price.model --report price.html
  ganglion predict price.model new.csv --labels predicted.csv"""


@click.command("train", epilog=EPILOG)
@_options.file_argument
@click.option("--target", required=True, metavar="COLUMN", help="The column to be predicted.")
@click.option(
    "--task",
    type=click.Choice(["auto", "classification", "regression"]),
    default="auto",
    show_default=True,
    help="Classes or a number; auto looks at the column.",
)
@_options.columns_option
@_options.max_categories_option
@_options.training_options
@_options.reading_options
@click.option(
    "--report",
    type=click.Path(),
    metavar="OUT.html",
    help="Write a report: one file that needs no network.",
)
@click.option(
    "--save",
    "model",
    type=click.Path(),
    metavar="MODEL",
    help="Write a model, with which `ganglion predict` predicts further rows.",
)
@_options.json_option
@_options.quiet_option
def command(
    file: str,
    *,
    target: str,
    report: str | None,
    model: str | None,
    as_json: bool,
    quiet: bool,
    **given: Any,
) -> None:
    """Train a network to predict one column of FILE from the others.

    FILE is CSV, TSV, Parquet or JSON lines (text also .gz), or - for a table from standard input.
    A fifth of the rows is kept back, and the result says how well those are predicted.
    """
    targets = Targets(report=report, save=model)
    targets.check(file, as_json=as_json)
    talk = Talk(quiet=quiet)
    asked = record_of(Learning, given)
    settings = TableSettings(**asked.settings())
    with open_source(file, record_of(Reading, given)) as source:
        table = source.read(None, talk)
        with talk.bar("training", settings.epochs) as bar, talk.listening():
            found = train_on_table(
                table,
                target,
                columns=asked.columns,
                task=asked.task,
                max_categories=asked.max_categories,
                settings=settings,
                random_state=asked.seed,
                progress=bar,
            )
    say_left_out(found.data.left_out, talk)
    for note in found.data.notes:
        talk.note(note)
    result = judged(found, asked.seed)
    if targets.report is not None:
        write_training_report(result, targets.report, talk)
    if targets.save is not None:
        with writing("model", targets.save):
            save(found.model, targets.save)
        talk.wrote("model", targets.save)
    if as_json:
        print_json(training_json(result, targets.files()))
    else:
        print_training(result, Screen())
