"""From the FILE of a command to a table, and from the table to a matrix; `-` is standard input."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

import click

from ..data import DesignMatrix, Table, design_matrix, read_table
from ._talk import Talk

# Standard input has no name that tells its format, so its first bytes do.
_SNIFFED = ((b"PAR1", ".parquet"), (b"\x1f\x8b", ".csv.gz"), (b"{", ".jsonl"))
MOST_NOTES = 12


@dataclass(frozen=True, kw_only=True)
class Reading:
    """How the text of a file is meant.

    Attributes
    ----------
    header : bool or None
        As in `read_table`.
    decimal : {"point", "comma"}
        The decimal mark.
    encoding : str or None
        As in `read_table`.
    """

    header: bool | None
    decimal: Literal["point", "comma"]
    encoding: str | None = None


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where a table comes from.

    Attributes
    ----------
    path : str
        A file that stays as long as the source is open.
    reading : Reading
        How its text is meant.
    """

    path: str
    reading: Reading

    def read(self, columns: list[str] | None, talk: Talk) -> Table:
        """Read the table, or these columns of it; say how, where that was not to be expected."""
        asked = self.reading
        mark = "," if asked.decimal == "comma" else "."
        with talk.bar("reading"):
            table = read_table(
                self.path,
                columns=columns,
                header=asked.header,
                encoding=asked.encoding,
                decimal=mark,
            )
        for note in table.notes:
            talk.note(note)
        return table


@contextmanager
def open_source(file: str, reading: Reading) -> Generator[Source]:
    """Give the source for FILE; standard input is kept in a temporary file until the end."""
    if file != "-":
        yield Source(path=file, reading=reading)
        return
    if sys.stdin.isatty():
        raise click.UsageError("FILE is -, which reads a table from a pipe; here is a terminal.")
    with tempfile.TemporaryDirectory(prefix="ganglion-") as folder:
        piped = sys.stdin.buffer
        head = piped.read(4)
        suffix = next((ending for magic, ending in _SNIFFED if head.startswith(magic)), ".csv")
        path = os.path.join(folder, "stdin" + suffix)
        with open(path, "wb") as spool:
            spool.write(head)
            shutil.copyfileobj(piped, spool)
        yield Source(path=path, reading=reading)


@dataclass(frozen=True, kw_only=True)
class Coding:
    """How a table becomes a matrix.

    Attributes
    ----------
    columns, scale, missing, max_categories
        As in `design_matrix`.
    """

    columns: list[str] | None
    scale: Literal["standard", "robust", "none"]
    missing: Literal["drop", "impute", "error"]
    max_categories: int

    def design(self, table: Table, talk: Talk) -> DesignMatrix:
        """Return the matrix, after saying what was left out."""
        design = self.matrix(table)
        say_notes(design, talk)
        return design

    def matrix(self, table: Table) -> DesignMatrix:
        """Return the matrix."""
        return design_matrix(
            table,
            columns=self.columns,
            scale=self.scale,
            missing=self.missing,
            max_categories=self.max_categories,
        )


def say_left_out(left_out: Sequence[tuple[str, str]], talk: Talk) -> None:
    """Say which columns were left out, and why."""
    for name, reason in left_out[:MOST_NOTES]:
        talk.note(f"column {name!r} was left out: {reason}")
    if len(left_out) > MOST_NOTES:
        talk.note(f"and {len(left_out) - MOST_NOTES} more columns were left out")


def say_notes(design: DesignMatrix, talk: Talk) -> None:
    """Say which columns were left out and what happened to missing values."""
    say_left_out(design.left_out, talk)
    for text in design.notes[:MOST_NOTES]:
        talk.note(text)
