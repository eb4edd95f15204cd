"""Options that several commands share, and what their values become."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any, TypeVar

import click

Function = TypeVar("Function", bound=Callable[..., Any])
Record = TypeVar("Record")


def record_of(record: type[Record], given: Mapping[str, Any]) -> Record:
    """Return the record whose fields are the options of the same names."""
    return record(**{field.name: given[field.name] for field in fields(record)})  # type: ignore[arg-type]


def number_of_clusters(ctx: click.Context, param: click.Parameter, value: str) -> int | None:
    """Return a whole number from 1 on; None for "auto"."""
    if value == "auto":
        return None
    if not (value.isascii() and value.isdecimal()) or int(value) < 1:
        raise click.BadParameter(
            f"it must be a whole number from 1 on, or auto; got {value!r}.", ctx, param
        )
    return int(value)


def column_names(ctx: click.Context, param: click.Parameter, value: str | None) -> list[str] | None:
    """Return names apart by commas; a name that holds a comma stands in double quotes, as in a CSV file."""
    if value is None:
        return None
    none: list[str] = []
    try:
        names = next(csv.reader([value], strict=True, skipinitialspace=True), none)
    except csv.Error as error:
        raise click.BadParameter(
            f"{value!r} is no list of names ({error}). Check its quotes.", ctx, param
        ) from error
    if not all(names) or not names:
        raise click.BadParameter(f"{value!r} holds an empty name. Write a,b,c.", ctx, param)
    return names


def layer_sizes(ctx: click.Context, param: click.Parameter, value: str) -> tuple[int, ...]:
    """Return sizes apart by commas; none for 0, a linear model."""
    parts = [part.strip() for part in value.split(",")]
    if not all(part.isascii() and part.isdecimal() for part in parts):
        raise click.BadParameter(
            f"it must be whole numbers apart by commas, such as 64,64, or 0; got {value!r}.",
            ctx,
            param,
        )
    sizes = tuple(int(part) for part in parts)
    if sizes == (0,):
        return ()
    if min(sizes) < 1:
        raise click.BadParameter(f"a layer has at least 1 neuron; got {value!r}.", ctx, param)
    return sizes


def together(*options: Callable[[Function], Function]) -> Callable[[Function], Function]:
    """Return one decorator for several options, listed in this order on the help page."""

    def decorate(function: Function) -> Function:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


file_argument = click.argument("file", type=click.Path(allow_dash=True))
model_argument = click.argument("model", type=click.Path())
clusters_option = click.option(
    "-k",
    "k",
    callback=number_of_clusters,
    metavar="N|auto",
    default="auto",
    show_default=True,
    help="Number of clusters; auto asks the rules of `ganglion choose-k`, and for trees and medoids the heights of a "
    "tree, whether there are clusters and how many.",
)
method_options = together(
    click.option(
        "--method",
        type=click.Choice(
            [
                "kmeans",
                "ward",
                "average",
                "complete",
                "single",
                "weighted",
                "centroid",
                "median",
                "minimax",
                "diana",
                "bisecting",
                "pddp",
                "mst",
                "medoids",
                "bayes",
            ]
        ),
        default="kmeans",
        metavar="NAME",
        show_default=True,
        help="kmeans; a tree merged from below by ward, average, complete, single, weighted, centroid, median or "
        "minimax linkage; a tree divided from above by diana, bisecting, pddp or mst; medoids; or bayes, the "
        "posterior over all partitions.",
    ),
    click.option(
        "--metric",
        metavar="NAME",
        default=None,
        help="Distance of a tree or of medoids: euclidean, manhattan, cosine, ... between numbers, gower between mixed "
        "rows, levenshtein, jaro_winkler, ... between the texts of one column. By the columns, by default.",
    ),
    click.option(
        "--height",
        type=click.FloatRange(min=0),
        default=None,
        metavar="H",
        help="Cut a tree at this height instead of into -k clusters.",
    ),
)
max_k_option = click.option(
    "--max-k",
    type=click.IntRange(min=1),
    default=10,
    show_default=True,
    help="Where the curve over k ends.",
)
rules_option = click.option(
    "--rules",
    default="default",
    show_default=True,
    metavar="default|all|NAME,...",
    help="Which rules vote: those that cost little, all, or some by name, such as elbow,bic,silhouette.",
)
seed_option = click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="Seed of the random starts. One seed, one answer, on any number of threads.",
)
labels_option = click.option(
    "--labels",
    type=click.Path(allow_dash=True),
    metavar="OUT.csv",
    help="Write the rows with their cluster (.csv or .tsv; - for standard output).",
)
predictions_option = click.option(
    "--labels",
    type=click.Path(allow_dash=True),
    metavar="OUT.csv",
    help="Write the rows with their predictions (.csv or .tsv; - for standard output).",
)
excel_option = click.option(
    "--excel-safe/--no-excel-safe",
    default=True,
    show_default=True,
    help="In --labels: an apostrophe before cells that a spreadsheet would run as a formula.",
)
json_option = click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON object and nothing else."
)
quiet_option = click.option(
    "-q", "--quiet", is_flag=True, help="No notes and no progress on standard error."
)
encoding_option = click.option(
    "--encoding",
    default=None,
    metavar="NAME",
    help="Encoding of a text file, such as windows-1252; by default UTF-8 or what the file shows, which is then told.",
)
layout_options = together(
    click.option(
        "--header/--no-header",
        default=None,
        help="Whether the first line of a text file holds names. It must, by default.",
    ),
    click.option(
        "--decimal",
        type=click.Choice(["point", "comma"]),
        default="point",
        show_default=True,
        help="Decimal mark of a text file.",
    ),
)
reading_options = together(layout_options, encoding_option)
columns_option = click.option(
    "--columns",
    callback=column_names,
    metavar="A,B,...",
    help="Use these columns only. A name that holds a comma: '\"a,b\",c'.",
)
max_categories_option = click.option(
    "--max-categories",
    type=click.IntRange(min=2),
    default=50,
    show_default=True,
    help="Leave out columns with more different texts.",
)
coding_options = together(
    columns_option,
    click.option(
        "--scale",
        type=click.Choice(["standard", "robust", "none"]),
        default="standard",
        show_default=True,
        help="Bring columns to one scale: by standard deviation, by quartiles, or not.",
    ),
    click.option(
        "--missing",
        type=click.Choice(["drop", "impute", "error"]),
        default="drop",
        show_default=True,
        help="Rows with gaps: leave out, fill (median, most frequent text), or stop.",
    ),
    max_categories_option,
)
target_options = together(
    labels_option,
    excel_option,
    click.option(
        "--report",
        type=click.Path(),
        metavar="OUT.html",
        help="Write a report: one file that needs no network.",
    ),
    click.option(
        "--save",
        type=click.Path(),
        metavar="MODEL",
        help="Write a model, with which `ganglion assign` labels further rows.",
    ),
)
run_options = together(
    seed_option,
    click.option(
        "--init",
        type=click.Choice(["k-means++", "k-means||", "random"]),
        default="k-means++",
        metavar="NAME",
        show_default=True,
        help="How first centres are drawn: k-means++, k-means|| or random.",
    ),
    click.option(
        "--n-init",
        type=click.IntRange(min=1),
        default=10,
        show_default=True,
        help="Starts, of which the best is taken.",
    ),
    click.option(
        "--max-iter",
        type=click.IntRange(min=1),
        default=300,
        show_default=True,
        help="Most steps of a start.",
    ),
    click.option(
        "--tol",
        type=click.FloatRange(min=0),
        default=1e-4,
        show_default=True,
        help="Stop when centres move less than this, as a share of the variance. 0: when no row changes.",
    ),
    max_k_option,
)
training_options = together(
    click.option(
        "--hidden",
        callback=layer_sizes,
        default="64,64",
        show_default=True,
        metavar="N,N,...",
        help="Neurons of the hidden layers; 0 for a linear model.",
    ),
    click.option(
        "--epochs",
        type=click.IntRange(min=1),
        default=300,
        show_default=True,
        help="Most times that each row is learned from.",
    ),
    click.option(
        "--patience",
        type=click.IntRange(min=1),
        default=30,
        show_default=True,
        help="Epochs without an improvement after which it stops.",
    ),
    click.option(
        "--learning-rate",
        type=click.FloatRange(min=0, min_open=True),
        default=2e-3,
        show_default=True,
        help="Of AdamW.",
    ),
    click.option(
        "--test-share",
        type=click.FloatRange(min=0, max=1, min_open=True, max_open=True),
        default=0.2,
        show_default=True,
        help="Share of the rows that are kept back to judge the network.",
    ),
    click.option(
        "--seed",
        type=click.IntRange(min=0),
        default=0,
        show_default=True,
        help="Seed of split, first weights and orders. One seed, one answer, on any number of threads.",
    ),
)
