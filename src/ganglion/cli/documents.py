"""`ganglion documents`: a folder or a column of texts in, groups with their words out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import click

from ..applications.documents import DocumentGroups, group_documents
from ..applications.documents.grouping import Method
from ..data import Documents
from . import _options
from ._document_files import documents_json, print_documents, read_given, write_document_targets
from ._options import record_of
from ._printing import print_json
from ._reading import MOST_NOTES, Reading, open_source
from ._talk import Talk, result_screen
from ._targets import Targets

_METHODS: dict[str, Method] = {
    "kmeans": "kmeans",
    "tree": "ward",
    "ward": "ward",
    "average": "average",
}

EPILOG = """\b
Examples:
  ganglion documents letters/ --report letters.html
  ganglion documents reviews.csv --text comment -k 12 --labels grouped.csv
  ganglion documents news.txt --method tree --save news.model
  ganglion assign news.model more-news.txt --labels labelled.csv"""


@click.command("documents", epilog=EPILOG)
@click.argument("path", type=click.Path(allow_dash=True))
@click.option(
    "--text",
    metavar="COLUMN",
    default=None,
    help="The column of a table that holds the texts; by default the one with the longest.",
)
@click.option(
    "-k",
    "k",
    callback=_options.number_of_clusters,
    metavar="N|auto",
    default="auto",
    show_default=True,
    help="Number of groups; auto takes the fewest with which documents are as near to the rest of their group as with "
    "any number, and one group where shuffled words would do as well.",
)
@click.option(
    "--max-k",
    type=click.IntRange(min=2),
    default=25,
    show_default=True,
    help="Where the search for the number ends.",
)
@click.option(
    "--method",
    type=click.Choice(list(_METHODS)),
    default="kmeans",
    metavar="NAME",
    show_default=True,
    help="kmeans (spherical), or a tree on latent axes that is cut: ward (also called tree) or average.",
)
@click.option("--pairs", is_flag=True, help="Pairs of neighbouring words are terms too.")
@click.option(
    "--min-documents",
    type=click.IntRange(min=1),
    default=None,
    metavar="N",
    help="A term must be in so many different documents; 2 by default, 1 where there are fewer than 20.",
)
@click.option(
    "--duplicates",
    type=click.FloatRange(min=0, max=1, min_open=True),
    default=0.8,
    show_default=True,
    metavar="S",
    help="Documents that share this part of their runs of three words count once; 1 looks for equal ones only.",
)
@click.option(
    "--encoding",
    default=None,
    metavar="NAME",
    help="Encoding of all files, such as windows-1252; by default found for each, and told where it was assumed.",
)
@_options.seed_option
@_options.target_options
@_options.layout_options
@_options.json_option
@_options.quiet_option
def command(path: str, *, as_json: bool, quiet: bool, **given: Any) -> None:
    """Group the documents of PATH by their words.

    PATH is a folder of .txt, .md and .html files, a table with a column of texts (CSV, TSV, Parquet, JSON lines), a
    text file with one document a line, or - for either from standard input. Duplicates are found first and count once.
    """
    targets = record_of(Targets, given)
    targets.check(path, as_json=as_json)
    talk = Talk(quiet=quiet)
    with open_source(path, record_of(Reading, given)) as source, talk.listening():
        documents = read_given(path, source.path, given["text"], given)
        with talk.bar("grouping"):
            found = _grouped(documents, given)
        for note in found.notes[:MOST_NOTES]:
            talk.note(note)
        write_document_targets(found, targets, given["seed"], talk)
    if as_json:
        print_json(documents_json(found, given["seed"], targets.files()))
    elif (screen := result_screen(targets.labels, talk)) is not None:
        print_documents(found, screen)


def _grouped(documents: Documents, given: dict[str, Any]) -> DocumentGroups:
    """Group the documents; the model remembers which column they came from."""
    found = group_documents(
        documents,
        n_clusters=given["k"],
        method=_METHODS[given["method"]],
        max_clusters=given["max_k"],
        pairs=given["pairs"],
        min_documents=given["min_documents"],
        duplicates=given["duplicates"],
        random_state=given["seed"],
    )
    settings = found.model.settings | {"text": documents.column}
    return replace(found, model=replace(found.model, settings=settings))
