"""`ganglion cluster`: a file in, groups out."""

from __future__ import annotations

from typing import Any

import click

from . import _options
from ._clustering import Settings, cluster_table
from ._content import cluster_json
from ._options import record_of
from ._printing import print_clusters, print_json
from ._reading import Coding, Reading, open_source
from ._talk import Talk, result_screen
from ._targets import Targets
from ._writing import write_targets

EPILOG = """\b
Examples:
  ganglion cluster penguins.csv --report report.html
  ganglion cluster penguins.csv -k 3 --columns bill_length_mm,bill_depth_mm --labels out.csv
  ganglion cluster sales.parquet -k 8 --save groups.model
  zcat sales.csv.gz | ganglion cluster - -k 8 --labels - > labelled.csv"""


@click.command("cluster", epilog=EPILOG)
@_options.file_argument
@_options.clusters_option
@_options.coding_options
@_options.reading_options
@_options.target_options
@_options.run_options
@_options.json_option
@_options.quiet_option
def command(file: str, *, as_json: bool, quiet: bool, **given: Any) -> None:
    """Cluster the rows of FILE by k-means.

    FILE is CSV, TSV, Parquet or JSON lines (text also .gz), or - for a table from standard input.
    The result goes to standard output, everything else to standard error.
    """
    targets, settings = record_of(Targets, given), record_of(Settings, given)
    targets.check(file, as_json=as_json)
    talk = Talk(quiet=quiet)
    with open_source(file, record_of(Reading, given)) as source:
        coding = record_of(Coding, given)
        table = source.read(coding.columns, talk)
        design = coding.design(table, talk)
        found = cluster_table(table, design, settings, talk, with_report=targets.report is not None)
        write_targets(found, targets, talk)
    if as_json:
        print_json(cluster_json(found, targets.files()))
    elif (screen := result_screen(targets.labels, talk)) is not None:
        print_clusters(found, screen)
