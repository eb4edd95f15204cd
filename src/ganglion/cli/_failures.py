"""How the program ends: exit codes, one line for each error, in the words of the command line."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Generator
from contextlib import contextmanager
from typing import IO, Any

import click

from .._errors import GanglionError

SUCCESS, ERROR, USAGE, NO_ANSWER, INTERRUPTED, TERMINATED, CLOSED_PIPE = 0, 1, 2, 3, 130, 143, 141

# The library says what to do in the words of Python; here the same remedies have other names.
_REMEDIES = (
    ("Say encoding=NAME", "Say --encoding NAME"),
    ("encoding must be", "--encoding must be"),
    ("Say decimal=','", "Say --decimal comma"),
    ("say header=False (or header=True", "say --no-header (or --header"),
    ("missing='drop' or 'impute'", "--missing drop or --missing impute"),
    ("missing='error'", "--missing error"),
    ("missing='drop'", "--missing drop"),
    ("missing='impute'", "--missing impute"),
    ("Name columns with columns=", "Name columns with --columns"),
    ("(columns=)", "(--columns)"),
    ("raise max_categories", "raise --max-categories"),
    ("max_categories must", "--max-categories must"),
    ("rules must be", "--rules must be"),
    ("Pass rules='all'", "Say --rules all"),
    ("random_state", "--seed"),
    ("task='classification'", "--task classification"),
    ("task='regression'", "--task regression"),
    ("(n_clusters)", "(-k)"),
    ("n_clusters", "-k"),
    ("n_superpixels", "--superpixels"),
    ("raise max_pixels", "raise --max-pixels"),
    ("Name columns to use.", "Name columns with --columns."),
    ("Lower the learning rate", "Lower --learning-rate"),
    ("Raise limits.rows and limits.cells, read fewer columns", "Read fewer columns (--columns)"),
)
_LIMITS = re.compile(r"[Rr]aise limits\.\w+( if you \w+ it)?")
_IN_PYTHON = "Larger limits can be set in Python (ganglion.data.read_table)"


class Failure(click.ClickException):
    """An error as the user sees it: one line on standard error, no traceback."""

    exit_code = ERROR
    kind = "Error"

    def show(self, file: IO[Any] | None = None) -> None:
        """Print the line."""
        click.echo(f"{self.kind}: {self.format_message()}", file=file, err=file is None)


class NoAnswer(Failure):
    """The work was done, and its answer is that there is none."""

    exit_code = NO_ANSWER
    kind = "No answer"


def failure_from(error: GanglionError | OSError | MemoryError) -> Failure:
    """Return the failure that tells of an error of the library or of the system."""
    if isinstance(error, OSError) and error.strerror is not None:
        place = f" {os.fspath(error.filename)!r}" if error.filename else ""
        if isinstance(error, FileNotFoundError) and place:
            return Failure(f"The file must exist; there is none at{place}. Check the path.")
        return Failure(f"The system refused{place}: {error.strerror}.")
    text = str(error) or "There is not enough memory. Read fewer columns or rows."
    return Failure(in_options(text))


def in_options(text: str) -> str:
    """Return a message of the library in one line, its remedies in the words of the command line."""
    for python, option in _REMEDIES:
        text = text.replace(python, option)
    return _LIMITS.sub(_IN_PYTHON, text).replace("\r", " ").replace("\n", " ")


def is_interrupt(error: BaseException) -> bool:
    """Whether an error is Ctrl-C, also in the words that duckdb has for it."""
    return isinstance(error, KeyboardInterrupt) or str(error) == "Query interrupted"


def flush() -> None:
    """Hand all that was printed to whoever reads it: what goes wrong there belongs to this run, not to its end."""
    stream: Any = sys.stdout
    if stream is None:  # the program was started with standard output closed
        return
    try:
        stream.flush()
    except OSError:
        _silence()
        raise


def _silence() -> None:
    """Point standard output at nothing, so that the interpreter's own last flush cannot complain."""
    try:
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, sys.stdout.fileno())
        os.close(nothing)
    except (OSError, ValueError):  # captured by a test: there is no descriptor
        pass


@contextmanager
def writing(what: str, path: str) -> Generator[None]:
    """Tell what could not be written, by the path that the user gave: the library's own names a temporary file."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        reason = error.strerror or str(error)
        raise Failure(
            f"The {what} must go to a place that takes it; {path!r} does not: {reason}. Nothing was changed there. "
            "Free some space or choose another place."
        ) from error
