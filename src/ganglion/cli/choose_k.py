"""`ganglion choose-k`: how many clusters there are, or that none stands out."""

from __future__ import annotations

from typing import Any

import click

from . import _options
from ._clustering import curve_over_k
from ._content import VERSION, curve_json, table_json
from ._options import record_of
from ._printing import print_curve, print_json
from ._reading import Coding, Reading, open_source
from ._talk import Screen, Talk

EPILOG = """\b
Examples:
  ganglion choose-k penguins.csv --columns bill_length_mm,bill_depth_mm
  ganglion choose-k sales.parquet --max-k 20 --json
  ganglion choose-k penguins.csv --rules all"""


@click.command("choose-k", epilog=EPILOG)
@_options.file_argument
@_options.coding_options
@_options.reading_options
@_options.max_k_option
@_options.rules_option
@_options.seed_option
@_options.json_option
@_options.quiet_option
def command(
    file: str, *, max_k: int, rules: str, seed: int, as_json: bool, quiet: bool, **given: Any
) -> None:
    """Look for the number of clusters in FILE.

    Prints the sum of squares within clusters (WSS) for each k, what each rule names and why, and
    what comes of it. One cluster is an answer, and so is that no number stands out; no error.
    """
    talk = Talk(quiet=quiet)
    coding = record_of(Coding, given)
    with open_source(file, record_of(Reading, given)) as source:
        table = source.read(coding.columns, talk)
    design = coding.design(table, talk)
    asked = rules if rules in ("default", "all") else tuple(rules.split(","))
    curve = curve_over_k(design.X, max_k, seed, talk, rules=asked)
    if as_json:
        answer = {"ganglion": VERSION, "command": "choose-k", "seed": seed}
        print_json(answer | table_json(table, design) | curve_json(curve))
    else:
        print_curve(curve, table.source, Screen())
