"""`ganglion demo`: a real table from its file to its report, with every step said aloud."""

from __future__ import annotations

import os
from collections import Counter

import click
from rich.text import Text

from ..data import Table, design_matrix, example_path, read_table
from ._clustering import Clustering, Settings, cluster_table, curve_over_k
from ._printing import clusters_grid, cross_grid, curve_grid, percent, print_lines
from ._talk import Screen, Talk
from ._targets import Targets, check_places
from ._writing import write_targets

MEASURED = ("bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g")
K_WITHOUT_KNEE = 3


@click.command("demo")
@click.option(
    "--out",
    type=click.Path(file_okay=False),
    default="ganglion-report",
    show_default=True,
    help="Folder for the report, the labelled rows and the model; made where it is not there.",
)
def command(out: str) -> None:
    """Cluster a real table of penguins: what it does, what it finds, where the report is."""
    os.makedirs(out, exist_ok=True)
    targets = Targets(
        report=os.path.join(out, "index.html"),
        labels=os.path.join(out, "penguins-labelled.csv"),
        save=os.path.join(out, "penguins.model"),
    )
    path = str(example_path("penguins"))
    targets.check(path)
    screen, talk = Screen(), Talk(quiet=False)
    table = read_table(path)
    design = design_matrix(table, columns=MEASURED)
    ...
