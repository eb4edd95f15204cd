"""The gate for files: what a path holds, and whether it may be read, before a parser sees it.

A file passes when it is a regular file within the limits whose content fits its name: text without NUL bytes, or
Parquet with its magic bytes. Compressed text is expanded here, and text in other encodings than UTF-8 decoded, under
the cap on bytes, so that no parser expands or guesses anything by itself.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import os
import tempfile
import zlib
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from .._errors import DataError
from ._records import Limits, shown
from ._table_encodings import encoding_of, is_utf8, line_that_is_not_utf8, write_as_utf8

Format = Literal["csv", "parquet", "jsonl"]

FORMATS: dict[str, Format] = {
    ".csv": "csv",
    ".tsv": "csv",
    ".tab": "csv",
    ".txt": "csv",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
}
DELIMITERS = {".tsv": "\t,;|", ".tab": "\t,;|"}  # the first of those that are as frequent wins
USUAL_DELIMITERS = ",;\t|"
HEADER_BYTES = 4 * 2**20
CHUNK = 2**20

FOREIGN = (
    (b"PK\x03\x04", "a zip archive or an Excel workbook", "Export the sheet as CSV (UTF-8)."),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook", "Export the sheet as CSV (UTF-8)."),
    (b"\x1f\x8b", "gzip", "Give it a name that ends in .csv.gz, .tsv.gz or .jsonl.gz."),
    (b"PAR1", "Parquet", "Give it a name that ends in .parquet."),
    (b"SQLite format 3\x00", "an SQLite database", "Export the table as CSV or Parquet."),
    (b"%PDF", "a PDF document", "Export the table as CSV."),
)


@dataclass(frozen=True)
class TableFile:
    """A file that passed the gate.

    Attributes
    ----------
    path : str
        What the parser opens: the file, or its expanded copy.
    name : str
        What messages call it.
    format : {"csv", "parquet", "jsonl"}
        How it is parsed.
    delimiter : str
        Between the fields of a line; empty for other formats than csv.
    header : bool
        Whether the first line holds names.
    names : tuple of str
        Column names of a csv file; empty for other formats.
    notes : tuple of str
        In which encoding it was read, where that is not UTF-8.
    """

    path: str
    name: str
    format: Format
    delimiter: str = ""
    header: bool = True
    names: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Content:
    """The content of a file, checked.

    Attributes
    ----------
    path : str
        What is to be read: the file, or its expanded copy in UTF-8.
    name : str
        What messages call it.
    suffix : str
        What tells its format.
    notes : tuple of str
        In which encoding it was read, where that is not UTF-8.
    """

    path: str
    name: str
    suffix: str
    notes: tuple[str, ...]


@contextmanager
def open_table_file(
    path: str, header: bool | None, limits: Limits, encoding: str | None = None
) -> Generator[TableFile]:
    """Check the file at `path` and give what a parser needs; an expanded copy lives as long as the context."""
    with checked_content(path, limits, encoding) as content:
        inner, name, form = content.path, content.name, FORMATS[content.suffix]
        if form != "csv":
            yield TableFile(inner, name, form, notes=content.notes)
            return
        candidates = DELIMITERS.get(content.suffix, USUAL_DELIMITERS)
        delimiter, first = first_record(inner, name, candidates)
        has_header, names = _names(first, name, header, limits)
        yield TableFile(inner, name, form, delimiter, has_header, names, content.notes)


@contextmanager
def checked_content(path: str, limits: Limits, encoding: str | None = None) -> Generator[Content]:
    """Give what is to be read, after name and content were checked; copies live as long as the context."""
    name = shown(path, 200)
    _check_file(path, name, limits)
    suffix, packed = _suffix(path, name)
    form = FORMATS[suffix]
    with tempfile.TemporaryDirectory(prefix="ganglion-") as folder:
        inner = (
            _expand(path, name, os.path.join(folder, "table" + suffix), limits) if packed else path
        )
        _check_magic(inner, name, form)
        notes: tuple[str, ...] = ()
        if form != "parquet":
            found = encoding_of(inner, name, encoding)
            if not is_utf8(found):
                copy = os.path.join(folder, "text" + suffix)
                write_as_utf8(inner, copy, name, found, limits)
                inner, notes = copy, (f"{shown(os.path.basename(path))} {found.note}",)
            _check_text(inner, name, form, is_known=not found.note)
        yield Content(inner, name, suffix, notes)


def _check_file(path: str, name: str, limits: Limits) -> None:
    """A regular file that can be opened, not empty, not over the limit; OSError from the system where it cannot."""
    if os.path.isdir(path):
        raise IsADirectoryError(f"A table must be one file; {name} is a folder. Name a file in it.")
    if not os.path.exists(path):
        raise FileNotFoundError(f"The file must exist; there is none at {name}. Check the path.")
    if not os.path.isfile(path):
        raise DataError(
            f"A table must be a regular file; {name} is a pipe or a device. Write it to a file first."
        )
    try:
        with open(path, "rb"):
            size = os.path.getsize(path)
    except PermissionError as error:
        raise PermissionError(
            f"The file must be readable; access to {name} is denied. Change its permissions."
        ) from error
    if size == 0:
        raise DataError(f"A table needs a header and rows; {name} is empty (0 bytes).")
    if size > limits.bytes:
        raise DataError(
            f"A file may hold at most {limits.bytes} bytes; {name} has {size}. "
            "Raise limits.bytes if you trust it."
        )


def _suffix(path: str, name: str) -> tuple[str, bool]:
    """Return the suffix that tells the format, and whether the file is gzipped."""
    suffixes = [suffix.lower() for suffix in Path(path).suffixes]
    packed = suffixes[-1:] == [".gz"]
    suffix = (suffixes[:-1] if packed else suffixes)[-1:] or [""]
    if suffix[0] not in FORMATS or (packed and FORMATS[suffix[0]] == "parquet"):
        raise DataError(
            "The name of a table file must end in .csv, .tsv, .txt, .parquet, .jsonl or .ndjson "
            f"(text also with .gz); got {name}. Convert or rename it."
        )
    return suffix[0], packed


def _expand(path: str, name: str, target: str, limits: Limits) -> str:
    """Unpack a gzipped file to `target`, stopping at the cap on bytes."""
    total = 0
    try:
        with gzip.open(path, "rb") as packed, open(target, "wb") as out:
            while chunk := packed.read(CHUNK):
                total += len(chunk)
                if total > limits.bytes:
                    raise DataError(
                        f"A file may expand to at most {limits.bytes} bytes; {name} holds more. "
                        "Raise limits.bytes if you trust it."
                    )
                out.write(chunk)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise DataError(
            f"A .gz file must be whole gzip; {name} is damaged or cut ({error}). Fetch it again."
        ) from error
    if total == 0:
        raise DataError(f"A table needs a header and rows; {name} expands to nothing.")
    return target


def _check_magic(path: str, name: str, form: Format) -> None:
    """The first bytes must be those of the format."""
    with open(path, "rb") as file:
        head = file.read(16)
    if form == "parquet":
        if not head.startswith(b"PAR1"):
            raise DataError(
                f"A .parquet file must begin with PAR1; {name} begins with {head[:8]!r}. "
                "It is another format or damaged: rename it or write it again."
            )
        return
    for magic, what, remedy in FOREIGN:
        if head.startswith(magic):
            raise DataError(f"The content must fit the name; {name} is {what}. {remedy}")


def _check_text(path: str, name: str, form: Format, *, is_known: bool) -> None:
    """UTF-8 throughout and no NUL byte, where that is not known already; JSON as lines."""
    with open(path, "rb") as file:
        head = file.read(4096)
        file.seek(0)
        line = None if is_known else line_that_is_not_utf8(file, name)
    if line is not None:
        raise DataError(
            f"A text table must be in one encoding; line {line} of {name} is not UTF-8. "
            "Say encoding=NAME, such as windows-1252, or save it as UTF-8."
        )
    if form == "jsonl" and not head.removeprefix(codecs.BOM_UTF8).lstrip().startswith(b"{"):
        raise DataError(
            f"JSON must come as lines, one object {{...}} on each; {name} begins with {head[:20]!r}. "
            "Write one object a line (JSON lines)."
        )


def first_record(path: str, name: str, candidates: str) -> tuple[str, list[str]]:
    """Return the delimiter, the most frequent candidate outside quotes in the first record, and that record."""
    with open(path, "rb") as file:
        raw = file.read(HEADER_BYTES + 1)
    text = raw.decode("utf-8-sig", errors="ignore")
    line, closed = until_record_ends(text)
    if not closed and len(raw) > HEADER_BYTES:
        raise DataError(
            f"The first line must be shorter than {HEADER_BYTES} bytes; {name} has a longer one. "
            "Check that it is a table and that its quotes are closed."
        )
    if not line.strip():
        raise DataError(
            f"The first line must hold the column names; line 1 of {name} is blank. Remove blank lines above."
        )
    outside = "".join(line.split('"')[::2])  # every second piece stands outside quotes
    delimiter = max(candidates, key=outside.count)
    try:
        record = next(csv.reader(io.StringIO(line, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise DataError(
            f"The first line must be well-formed CSV; in {name} it is not ({error}). Check its quotes."
        ) from error
    return delimiter, record


def until_record_ends(text: str) -> tuple[str, bool]:
    """Return the text up to the first line end that is not inside quotes, and whether there was one."""
    inside = False
    for at, char in enumerate(text):
        if char == '"':
            inside = not inside
        elif char in "\r\n" and not inside:
            return text[:at], True
    return text, False


def _names(
    first: list[str], name: str, header: bool | None, limits: Limits
) -> tuple[bool, tuple[str, ...]]:
    """Return whether the first record is a header, and the column names: checked, or numbered without a header."""
    if len(first) > limits.columns:
        raise DataError(
            f"A table may have at most {limits.columns} columns; {name} has {len(first)}. "
            "Raise limits.columns if you mean it."
        )
    if header is False:
        return False, tuple(f"column_{at}" for at in range(1, len(first) + 1))
    if header is None and all(_is_number(cell) for cell in first):
        raise DataError(
            f"The first line must hold the column names; in {name} it holds numbers only, beginning with "
            f"{shown(first[0])}. Add a header, or say header=False (or header=True if these are names)."
        )
    return True, check_names(first, name, limits)


def check_names(raw: list[str], name: str, limits: Limits) -> tuple[str, ...]:
    """Strip names, number the empty ones by place, refuse doubles and very long ones."""
    taken = {text.strip() for text in raw}
    seen: dict[str, int] = {}
    for at, text in enumerate(raw, start=1):
        label = text.strip()
        if not label:
            label = f"column_{at}"
            while label in taken:
                label += "_"
        if len(label) > limits.name_length:
            raise DataError(
                f"A column's name may have at most {limits.name_length} characters; in {name} the name of "
                f"column {at} has {len(label)}. Shorten it."
            )
        if label in seen:
            raise DataError(
                f"Column names must differ; in {name} columns {seen[label]} and {at} are both called "
                f"{shown(label)}. Rename one of them."
            )
        seen[label] = at
    return tuple(seen)


def _is_number(text: str) -> bool:
    """Whether a header cell reads as a number."""
    try:
        float(text.replace(",", "."))
    except ValueError:
        return False
    return True
