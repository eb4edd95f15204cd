"""The program `ganglion`: its commands by name, and how each of its ends looks."""

from __future__ import annotations

import importlib
import signal
import sys
from io import TextIOWrapper
from threading import Event
from typing import Any, cast

import click

from .._errors import GanglionError
from . import _failures

_COMMANDS = {
    "demo": "demo",
    "cluster": "cluster",
    "assign": "assign",
    "choose-k": "choose_k",
    "explain": "explain",
    "train": "train",
    "predict": "predict",
    "customers": "customers",
    "documents": "documents",
    "segment": "segment",
    "backprop": "backprop",
    "show": "show",
}

_terminated = Event()

EPILOG = """\b
Exit codes:
    0  done
    1  the data, a file or a parameter does not fit: one line says what and what to do
    2  the command line was not understood
    3  no number of clusters stands out (cluster -k auto); nothing was written
  130  interrupted by Ctrl-C (143: terminated); no file is half-written
  141  whoever read the output closed it"""


class Commands(click.Group):
    """Commands that are imported when they are called; their errors become lines and exit codes."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of the help page."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command."""
        if cmd_name not in _COMMANDS:
            return None
        module = importlib.import_module(f".{_COMMANDS[cmd_name]}", __package__)
        return cast("click.Command", module.command)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; end as documented."""
        try:
            return self._invoke_and_flush(ctx)
        except BrokenPipeError:
            ctx.exit(_failures.CLOSED_PIPE)
        except (GanglionError, OSError, MemoryError, KeyboardInterrupt, RuntimeError) as error:
            # First, whatever the error says: a library that was asked to stop may have an error of its own for it.
            if _terminated.is_set():
                ctx.exit(_failures.TERMINATED)
            if isinstance(error, GanglionError | OSError | MemoryError):
                raise _failures.failure_from(error) from error
            if not _failures.is_interrupt(error):
                raise
            click.echo("\nInterrupted. No file is half-written.", err=True)
            ctx.exit(_failures.INTERRUPTED)

    def _invoke_and_flush(self, ctx: click.Context) -> Any:
        """Run a command; what was printed is handed over also where the command fails."""
        try:
            return super().invoke(ctx)
        finally:
            _failures.flush()


@click.command(
    cls=Commands,
    epilog=EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="ganglion", message="%(prog)s %(version)s")
def commands() -> None:
    """Find groups in tables and learn to predict a column, with reports that show how.

    Start with `ganglion demo`, then `ganglion cluster YOUR_FILE.csv --report report.html` or
    `ganglion train YOUR_FILE.csv --target COLUMN`.
    """


def main() -> None:
    """Run the program on the words of the command line."""
    for stream in (sys.stdout, sys.stderr):
        # A name that the terminal's encoding lacks must not end the run.
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    signal.signal(signal.SIGTERM, _terminate)
    commands(prog_name="ganglion")


def _terminate(number: int, frame: object) -> None:
    """Unwind as for an error, so that temporary files are removed."""
    _terminated.set()  # duckdb turns any exception of a signal into one of its own
    raise SystemExit(_failures.TERMINATED)
