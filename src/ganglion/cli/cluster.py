"""`ganglion cluster`: a file in, groups out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

import click

from ..data import Table
from . import _options
from ._clustering import Settings, cluster_table
from ._content import cluster_json
from ._explained_printing import print_main_rules
from ._options import record_of
from ._posterior import PosteriorSettings, find_posterior
from ._posterior_content import posterior_json
from ._posterior_model import PriorSettings, model_table
from ._posterior_options import bayes_options
from ._posterior_printing import print_posterior
from ._printing import print_clusters, print_json
from ._reading import MOST_NOTES, Coding, Reading, open_source, say_left_out
from ._subjects import subjects_of
from ._talk import Talk, result_screen
from ._targets import Targets
from ._tree_content import tree_json
from ._tree_printing import print_tree_clusters
from ._trees import TreeSettings, cluster_subjects
from ._writing import write_posterior_targets, write_targets, write_tree_targets

Options: TypeAlias = dict[str, Any]

EPILOG = """\b
Examples:
  ganglion cluster penguins.csv --report report.html
  ganglion cluster penguins.csv -k 3 --columns bill_length_mm,bill_depth_mm --labels out.csv
  ganglion cluster sales.parquet -k 8 --save groups.model
  ganglion cluster streets.csv --columns street --method average --height 3 --labels out.csv
  ganglion cluster customers.csv --method medoids -k 5 --metric gower --report report.html
  ganglion cluster penguins.csv --method bayes --report posterior.html --save groups.model
  zcat sales.csv.gz | ganglion cluster - -k 8 --labels - > labelled.csv"""


# What belongs to k-means alone: given with another method it would be ignored, which is refused instead.
_KMEANS_ONLY = {"init": "--init", "n_init": "--n-init", "max_iter": "--max-iter", "tol": "--tol"}

# What belongs to the posterior alone, and what it has no use for.
_BAYES_ONLY = {
    "prior": "--prior",
    "concentration": "--concentration",
    "discount": "--discount",
    "gamma": "--gamma",
    "component": "--component",
    "draws": "--draws",
    "burn_in": "--burn-in",
    "chains": "--chains",
    "thin": "--thin",
    "loss": "--loss",
    "algorithm": "--algorithm",
    "time_budget": "--time-budget",
    "checkpoint": "--checkpoint",
    "resume": "--resume",
}
_NOT_BAYES = {
    "k": "-k",
    "max_k": "--max-k",
    "height": "--height",
    "metric": "--metric",
    "scale": "--scale",
}


@click.command("cluster", epilog=EPILOG)
@_options.file_argument
@_options.clusters_option
@_options.method_options
@_options.coding_options
@_options.reading_options
@_options.target_options
@_options.run_options
@bayes_options
@_options.json_option
@_options.quiet_option
@click.pass_context
def command(ctx: click.Context, file: str, *, as_json: bool, quiet: bool, **given: Any) -> None:
    """Cluster the rows of FILE: by k-means, by a tree, around medoids, or in all ways at once (bayes).

    FILE is CSV, TSV, Parquet or JSON lines (text also .gz), or - for a table from standard input.
    The result goes to standard output, everything else to standard error.
    """
    _check_options(ctx, given)
    targets = record_of(Targets, given)
    targets.check(file, as_json=as_json)
    talk = Talk(quiet=quiet)
    with open_source(file, record_of(Reading, given)) as source:
        coding = record_of(Coding, given)
        table = source.read(coding.columns, talk)
        if given["method"] == "kmeans":
            _by_means(table, coding, targets, given, talk, as_json)
        elif given["method"] == "bayes":
            typed = ctx.get_parameter_source("missing") is click.core.ParameterSource.COMMANDLINE
            _by_posterior(table, coding, targets, given | {"missing_given": typed}, talk, as_json)
        else:
            _by_distances(table, coding, targets, given, talk, as_json)


def _by_means(
    table: Table, coding: Coding, targets: Targets, given: Options, talk: Talk, as_json: bool
) -> None:
    """Run k-means; write and print what it found."""
    design = coding.design(table, talk)
    settings = record_of(Settings, given)
    found = cluster_table(table, design, settings, talk, with_report=targets.report is not None)
    write_targets(found, targets, talk)
    if as_json:
        print_json(cluster_json(found, targets.files()))
    elif (screen := result_screen(targets.labels, talk)) is not None:
        print_clusters(found, screen)
        print_main_rules(found.rules, screen)


def _by_distances(
    table: Table, coding: Coding, targets: Targets, given: Options, talk: Talk, as_json: bool
) -> None:
    """Grow a tree or find medoids; write and print what came of it."""
    settings = record_of(TreeSettings, given)
    subjects = subjects_of(table, coding, settings.method, given["metric"], talk)
    found = cluster_subjects(subjects, settings, talk)
    write_tree_targets(found, targets, talk)
    if as_json:
        print_json(tree_json(found, targets.files()))
    elif (screen := result_screen(targets.labels, talk)) is not None:
        print_tree_clusters(found, screen)
        print_main_rules(found.rules, screen)


def _by_posterior(
    table: Table, coding: Coding, targets: Targets, given: Options, talk: Talk, as_json: bool
) -> None:
    """Draw partitions from their posterior; write and print what they say."""
    settings, prior = record_of(PosteriorSettings, given), record_of(PriorSettings, given)
    settings.check()
    prior.build()
    model = model_table(table, coding, settings.component, missing_given=given["missing_given"])
    say_left_out(model.design.left_out, talk)
    for note in model.coded.notes[:MOST_NOTES]:
        talk.note(note)
    found = find_posterior(model, prior, settings, talk, with_replay=targets.report is not None)
    write_posterior_targets(found, targets, talk)
    if as_json:
        print_json(posterior_json(found, targets.files()))
    elif (screen := result_screen(targets.labels, talk)) is not None:
        print_posterior(found, screen)
        print_main_rules(found.rules, screen)


def _check_options(ctx: click.Context, given: Options) -> None:
    """Refuse options that the method would ignore.

    Raises
    ------
    UsageError
        The first of them, with the method that takes it.
    """
    method = given["method"]
    if method != "bayes":
        _refuse_typed(ctx, _BAYES_ONLY, f"belongs to --method bayes; --method is {method}")
    if method == "kmeans":
        _refuse(
            given["metric"] is not None,
            "--metric belongs to trees and medoids; k-means is Euclidean. Add --method average or medoids.",
        )
        _refuse(
            given["height"] is not None,
            "--height cuts a tree. Add --method average, or another linkage.",
        )
        return
    _refuse_typed(ctx, _KMEANS_ONLY, f"belongs to k-means; --method is {method}")
    if method == "bayes":
        _refuse_typed(
            ctx,
            _NOT_BAYES,
            "has no meaning for --method bayes, whose answer says how many clusters there are on any scale",
        )
        return
    _refuse(
        given["height"] is not None and given["k"] is not None,
        "-k and --height both cut the tree. Give one of them.",
    )
    if method == "medoids":
        _refuse(
            given["height"] is not None,
            "--height cuts a tree, which medoids do not have. Give -k N.",
        )


def _refuse_typed(ctx: click.Context, options: Mapping[str, str], why: str) -> None:
    """End where one of the options was typed."""
    for name, option in options.items():
        typed = ctx.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE
        _refuse(typed, f"{option} {why}. Leave it out.")


def _refuse(is_wrong: bool, text: str) -> None:
    """End with a line about the command line, where it is wrong."""
    if is_wrong:
        raise click.UsageError(text)
