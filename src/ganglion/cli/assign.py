"""`ganglion assign`: labels for further rows, by a model that `ganglion cluster --save` wrote."""

from __future__ import annotations

from typing import Any

import click

from . import _labelling, _options

EPILOG = """\b
Example:
  ganglion cluster penguins.csv -k 3 --save groups.model
  ganglion assign groups.model new.csv --labels labelled.csv"""


@click.command("assign", epilog=EPILOG)
@_options.model_argument
@_options.file_argument
@_options.labels_option
@_labelling.reject_option
@_options.excel_option
@_options.reading_options
@_options.json_option
@_options.quiet_option
def command(model: str, file: str, *, as_json: bool, **given: Any) -> None:
    """Label the rows of FILE with the clusters of MODEL.

    Each row goes to the cluster whose centre or medoid is nearest, that its tree would take it into, or that is most
    probable by the draws of a posterior, which can also say that a row belongs to a new cluster. Columns are read as
    the model remembers them. FILE needs the columns that were used; others may be there. `ganglion predict` does the
    same and writes distances too.
    """
    _labelling.label_command(
        "assign", model, file, with_distance=False, as_json=as_json, given=given
    )
