"""`ganglion customers`: purchases in, segments with names out, and a list of whom to contact next."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any, Literal

import click

from .._errors import ParameterError
from ..applications import (
    CustomerModel,
    CustomerSegmentation,
    SegmentOptions,
    customer_table,
    segment_customers,
)
from ..data.purchases import ROLES, PurchaseOptions
from ..report.customers import customers_page
from ..report.writing import write_page
from ..storage import inspect, load, save
from . import _options
from ._command_line import command_line
from ._customers_printing import customers_json, print_customers, say_reading
from ._options import Function, record_of, together
from ._printing import print_json
from ._reading import Reading, open_source
from ._talk import Talk, result_screen
from ._targets import Targets
from ._writing import write_customers, writing

EPILOG = """\b
Examples:
  ganglion customers sales.csv --report customers.html --labels contact.csv
  ganglion customers orders.parquet -k 5 --customer client_no --amount net --save segments.model
  ganglion customers next_month.csv --model segments.model --labels contact.csv"""

_MEANINGS = {
    "customer": "who bought",
    "date": "when",
    "amount": "for how much; negative amounts are returns",
    "order": "which rows are one purchase (all rows of a day, by default)",
    "product": "what was bought",
    "quantity": "how many of it",
    "price": "what one of it cost, where no column has amounts",
}


def _day(ctx: click.Context, param: click.Parameter, value: str | None) -> datetime.date | None:
    """Return a day written as 2024-12-31."""
    if value is None:
        return None
    try:
        return datetime.date.fromisoformat(value)
    except ValueError as error:
        raise click.BadParameter(
            f"it must be a day such as 2024-12-31; got {value!r}.", ctx, param
        ) from error


def _role_options(function: Function) -> Function:
    """Add an option for each role that a column can have."""
    options: list[Callable[[Function], Function]] = [
        click.option(
            f"--{role}",
            role,
            metavar="COLUMN",
            default=None,
            help=f"The column that says {_MEANINGS[role]}. Guessed and shown, by default.",
        )
        for role in ROLES
    ]
    return together(*options)(function)


_reading_options = together(
    click.option(
        "--dates",
        type=click.Choice(["auto", "dmy", "mdy", "unix"]),
        default="auto",
        show_default=True,
        help="Order of day and month in dates such as 03/04/2024; unix: seconds since 1970.",
    ),
    click.option(
        "--decimal",
        type=click.Choice(["auto", "point", "comma"]),
        default="auto",
        show_default=True,
        help="Decimal mark of amounts.",
    ),
    click.option(
        "--header/--no-header",
        default=None,
        help="Whether the first line of a text file holds names. It is looked at, by default.",
    ),
    click.option(
        "--as-of",
        callback=_day,
        metavar="DAY",
        default=None,
        help="The day on which customers are looked at; later rows are left out. The last day of FILE, by default.",
    ),
    click.option(
        "--repeated",
        type=click.Choice(["keep", "drop"]),
        default="keep",
        show_default=True,
        help="Whether rows that are equal to an earlier one count.",
    ),
    click.option(
        "--memory-limit",
        metavar="SIZE",
        default=None,
        help="Memory of the database, such as 2GB; what is more goes to a temporary folder.",
    ),
    _options.encoding_option,
)
_run_options = together(
    click.option(
        "-k",
        "k",
        callback=_options.number_of_clusters,
        metavar="N|auto",
        default="auto",
        show_default=True,
        help="Number of segments; auto takes the one that stands out, or cuts a continuum and says so.",
    ),
    click.option(
        "--horizon",
        type=click.IntRange(min=1),
        default=90,
        show_default=True,
        metavar="DAYS",
        help="Within how many days customers are expected back.",
    ),
    _options.max_k_option,
    _options.seed_option,
    click.option(
        "--model",
        "known",
        type=click.Path(),
        metavar="MODEL",
        default=None,
        help="Label the customers with the segments of MODEL, which --save wrote, instead of looking for new ones.",
    ),
)


@click.command("customers", epilog=EPILOG)
@_options.file_argument
@_role_options
@_reading_options
@_run_options
@_options.target_options
@_options.json_option
@_options.quiet_option
@click.pass_context
def command(ctx: click.Context, file: str, *, as_json: bool, quiet: bool, **given: Any) -> None:
    """Find segments of customers in the purchases of FILE, by recency, frequency and value.

    FILE has a row for each purchase, or for each product of one: CSV, TSV, Parquet or JSON lines (text also .gz, with
    fields apart by blanks too, with or without a header), or - for standard input. It may be larger than memory.
    """
    typed = ctx.get_parameter_source("k") is click.core.ParameterSource.COMMANDLINE
    if given["known"] is not None and typed:
        raise click.UsageError("-k and --model both say how many segments there are. Give one.")
    targets = record_of(Targets, given)
    inputs = [file] if given["known"] is None else [file, given["known"]]
    targets.check(*inputs, as_json=as_json)
    talk = Talk(quiet=quiet)
    model = None if given["known"] is None else customer_model(given["known"])
    found = find_segments(file, given, model, talk)
    write_segment_targets(found, targets, talk)
    if as_json:
        print_json(customers_json(found, targets.files()))
    elif (screen := result_screen(targets.labels, talk)) is not None:
        print_customers(found, screen)


def label_customers(
    name: str, model: str, file: str, *, as_json: bool, given: dict[str, Any]
) -> None:
    """Label the customers of a file for `assign` and `predict`, which read it as the model's own file was read.

    Raises
    ------
    ParameterError
        Rows too far away are to be rejected, which segments do not do.
    """
    if given["reject"] is not None:
        raise ParameterError(
            "--reject belongs to models of tables; every customer is in some segment. Leave it out."
        )
    targets = Targets(labels=given["labels"], excel_safe=given["excel_safe"])
    targets.check(file, model, as_json=as_json)
    talk, known = Talk(quiet=given["quiet"]), customer_model(model)
    typed = click.get_current_context().get_parameter_source("decimal")
    is_typed = typed is click.core.ParameterSource.COMMANDLINE
    settings = known.settings
    asked = dict[str, Any].fromkeys(ROLES) | {
        "k": None,
        "max_k": 1,
        "seed": settings["seed"],
        "horizon": settings["horizon"],
        "header": given["header"],
        "encoding": given["encoding"],
        "dates": "auto",
        "decimal": given["decimal"] if is_typed else "auto",
        "as_of": None,
        "repeated": "keep",
        "memory_limit": None,
    }
    found = find_segments(file, asked, known, talk)
    write_segment_targets(found, targets, talk)
    if as_json:
        print_json(customers_json(found, targets.files()) | {"command": name})
    elif (screen := result_screen(targets.labels, talk)) is not None:
        print_customers(found, screen)


def customer_model(path: str) -> CustomerModel:
    """Return the segments in a file, which must hold some.

    Raises
    ------
    ParameterError
        The file holds another kind of model.
    """
    kind = inspect(path).kind
    if kind != "CustomerModel":
        raise ParameterError(
            f"MODEL must be one that `ganglion customers --save` wrote; {path!r} holds a {kind}. For tables there is "
            "`ganglion assign`."
        )
    return load(path)


def find_segments(
    file: str, given: dict[str, Any], model: CustomerModel | None, talk: Talk
) -> CustomerSegmentation:
    """Read the purchases, and find segments or label the customers with those of a model."""
    horizon = int(given["horizon"])
    options = SegmentOptions(
        max_clusters=given["max_k"], horizon=horizon, random_state=given["seed"]
    )
    reading = PurchaseOptions(
        header=given["header"],
        encoding=given["encoding"],
        dates=given["dates"],
        decimal=given["decimal"],
        as_of=given["as_of"],
        repeated=given["repeated"],
        memory_limit=given["memory_limit"],
    )
    columns = {role: given[role] for role in ROLES if given[role] is not None}
    mark: Literal["point"] = "point"  # of the source: purchases are read with a mark of their own
    with (
        open_source(file, Reading(header=None, decimal=mark)) as source,
        talk.bar("purchases") as listener,
        talk.listening(),
    ):
        found = segment_customers(
            source.path,
            n_clusters=given["k"],
            columns=columns,
            model=model,
            reading=reading,
            options=options,
            progress=listener,
        )
    say_reading(found, talk)
    return found


def write_segment_targets(found: CustomerSegmentation, targets: Targets, talk: Talk) -> None:
    """Write the report, the model and the customers, those that were asked for."""
    if targets.report is not None:
        with writing("report", targets.report):
            write_page(targets.report, customers_page(found, command=command_line()))
        talk.wrote("report", targets.report)
    if targets.save is not None:
        with writing("model", targets.save):
            save(found.model, targets.save)
        talk.wrote("model", targets.save)
    if targets.labels is not None:
        write_customers(customer_table(found), targets, talk)
