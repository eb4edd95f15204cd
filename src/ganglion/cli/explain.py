"""`ganglion explain`: what labels that came from anywhere mean."""

from __future__ import annotations

from typing import Any

import click
import numpy as np

from .._errors import DataError
from ..data.writing import write_columns
from ..report.explained import explained_page
from ..report.writing import write_page
from . import _options
from ._explained_content import explained_json
from ._explained_page import page_content
from ._explained_printing import print_explained
from ._explaining import Asked, Explained, explain_table
from ._options import record_of
from ._printing import print_json
from ._reading import Reading, open_source
from ._talk import Screen, Talk
from ._targets import Targets
from ._writing import writing

EPILOG = """\b
Examples:
  ganglion explain penguins.csv --labels species
  ganglion explain out.csv --labels cluster --columns income,age --max-rules 5
  ganglion explain out.csv --labels cluster --misfits misfits.csv --json"""


@click.command("explain", epilog=EPILOG)
@_options.file_argument
@click.option(
    "--labels",
    "label_column",
    required=True,
    metavar="COLUMN",
    help="The column that holds the labels: whole numbers (-1 is noise), texts, or true and false.",
)
@_options.columns_option
@_options.max_categories_option
@click.option(
    "--max-rules",
    type=click.IntRange(min=1),
    default=None,
    metavar="N",
    help="The most rules; by default as few as are nearly as faithful as more of them.",
)
@click.option(
    "--examples",
    type=click.IntRange(min=0),
    default=3,
    show_default=True,
    help="How many typical and how many borderline rows to name for each cluster.",
)
@click.option(
    "--misfits",
    type=click.Path(),
    metavar="OUT.csv",
    help="Write the rows with how well each belongs: distance, margin, and why it is a misfit (.csv or .tsv).",
)
@_options.excel_option
@click.option(
    "--report",
    type=click.Path(),
    metavar="OUT.html",
    help="Write a report: one file that needs no network.",
)
@_options.reading_options
@_options.seed_option
@_options.json_option
@_options.quiet_option
def command(
    file: str,
    *,
    misfits: str | None,
    report: str | None,
    excel_safe: bool,
    as_json: bool,
    quiet: bool,
    **given: Any,
) -> None:
    """Explain the clusters in FILE that one of its columns tells: what they are, by which rules, who fits in badly.

    Labels may come from anywhere: `ganglion cluster --labels`, another program, a person. FILE is CSV, TSV, Parquet or
    JSON lines (text also .gz), or - for a table from standard input.
    """
    _check_targets(misfits, report, file)
    talk = Talk(quiet=quiet)
    asked = record_of(Asked, given)
    with open_source(file, record_of(Reading, given)) as source:
        columns = None if asked.columns is None else [asked.label_column, *asked.columns]
        table = source.read(columns, talk)
        explained = explain_table(table, asked, talk)
        if misfits is not None:
            _write_misfits(explained, misfits, excel_safe, talk)
    if report is not None:
        with writing("report", report):
            write_page(report, explained_page(page_content(explained)))
        talk.wrote("report", report)
    if as_json:
        print_json(explained_json(explained, {"misfits": misfits, "report": report}))
    else:
        print_explained(explained, Screen())


def _check_targets(misfits: str | None, report: str | None, file: str) -> None:
    """Refuse files that could not be written."""
    if misfits == "-":
        raise click.UsageError(
            "--misfits must name a file; got -. Name one that ends in .csv or .tsv."
        )
    Targets(labels=misfits, report=report).check(file)


def _write_misfits(explained: Explained, path: str, excel_safe: bool, talk: Talk) -> None:
    """Write every row with a label, its distance in spreads of its cluster, its margin, and why it is a misfit."""
    found = explained.found.misfits
    if found is None:
        raise DataError("--misfits needs clusters; all rows are noise (-1). Leave it out.")
    reasons = np.full(len(explained.rows), "", dtype=object)
    reasons[found.rows] = np.array(found.reasons, dtype=object)
    added = {
        "distance": [f"{value:.4g}" for value in found.distance.tolist()],
        "margin": [f"{value:.4g}" for value in found.margin.tolist()],
        "misfit": reasons.tolist(),
    }
    with writing("misfits", path):
        write_columns(explained.table, added, path, rows=explained.rows, excel_safe=excel_safe)
    talk.wrote("misfits", path)
