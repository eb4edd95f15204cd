"""Documents from a folder, from the lines of a file or from a column of a table, each with how it was read."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._errors import DataError, ParameterError
from ._files import FORMATS
from ._records import Column, Limits, Table, shown
from ._text_encodings import Decoded, NotText, check_encoding, decode_text

__all__ = ["DOCUMENT_LIMITS", "Documents", "documents_from_texts", "read_documents"]

DOCUMENT_LIMITS = Limits(rows=5_000_000, field_length=16_000_000)
"""What is refused: documents longer than 16 million characters, more than 5 million of them."""

_TABLES = frozenset(suffix for suffix in FORMATS if suffix != ".txt")
_MOST_NAMED = 3  # files that a note names


@dataclass(frozen=True)
class Documents:
    """Texts with names, and what a reader should know about how they were read.

    Attributes
    ----------
    texts : tuple of str
        The documents.
    names : tuple of str
        What to call each: the path below the folder, or "row 17", "line 17".
    source : str
        Name of the folder, file or frame, for people.
    notes : tuple of str
        What was assumed (encodings, the column) and what was left out, in sentences.
    encodings : dict of str to int
        How many documents were read in which encoding; empty where the file had one by definition.
    skipped : tuple of (str, str)
        Files that are no documents, each with the reason.
    table : Table or None
        The table that the documents came from.
    column : str or None
        Its column.
    rows : ndarray of shape (n,), int64
        The row of the table, or the line of the file, from 0, that each document came from; its number otherwise.
    """

    texts: tuple[str, ...]
    names: tuple[str, ...]
    source: str
    notes: tuple[str, ...] = ()
    encodings: dict[str, int] = field(default_factory=dict[str, int])
    skipped: tuple[tuple[str, str], ...] = ()
    table: Table | None = None
    column: str | None = None
    rows: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, dtype=np.int64))

    def __len__(self) -> int:
        """Return the number of documents."""
        return len(self.texts)


def documents_from_texts(
    texts: Sequence[str], names: Sequence[str] | None = None, *, source: str = "texts"
) -> Documents:
    """Take texts that are in memory as documents.

    Parameters
    ----------
    texts : sequence of str
        The documents. None and NaN (missing cells of a frame's column) are left out, which `rows` tells.
    names : sequence of str, optional
        What to call each; "document 1", "document 2", ... by default.
    source : str
        What to call them all.

    Returns
    -------
    Documents
        The same texts.

    Raises
    ------
    DataError
        Something is no text, there is none, or a name is missing.

    Examples
    --------
    >>> from ganglion.data import documents_from_texts
    >>> documents_from_texts(["first text", "second text"]).names
    ('document 1', 'document 2')
    """
    if isinstance(texts, str):
        raise DataError(
            f"texts must be a sequence of texts; got one string of {len(texts)} characters. Put it in a list."
        )
    given: list[Any] = list(texts)
    if names is not None and len(names) != len(given):
        raise DataError(
            f"names must have one entry per text; got {len(names)} names for {len(given)} texts. Match them."
        )
    kept = [at for at, text in enumerate(given) if not _is_missing(text)]
    for at in kept:
        if not isinstance(given[at], str):
            raise DataError(
                f"Every document must be a string; document {at + 1} is {type(given[at]).__name__}. "
                "Decode bytes first, and turn numbers into texts."
            )
    if not kept:
        raise DataError(f"Documents are needed; got {len(given)} texts, all of them missing.")
    called = [f"document {at + 1}" if names is None else str(names[at]) for at in kept]
    lost = len(given) - len(kept)
    notes = (_count(lost, "text is missing and was", "texts are missing and were") + " left out",)
    return Documents(
        tuple(given[at] for at in kept),
        tuple(called),
        source,
        notes if lost else (),
        rows=np.array(kept, dtype=np.int64),
    )


def read_documents(
    path: str | os.PathLike[str],
    *,
    text: str | None = None,
    encoding: str | None = None,
    header: bool | None = None,
    limits: Limits = DOCUMENT_LIMITS,
) -> Documents:
    """Read documents from a folder, from the lines of a text file, or from a column of a table.

    Parameters
    ----------
    path : str or path
        A folder: each .txt, .text, .md, .markdown, .rst, .html or .htm file in it and in its folders is a document.
        A table (.csv, .tsv, .parquet, .jsonl ... as for `read_table`): each cell of a column is one. Any other file of
        text: each line that is not blank is one.
    text : str, optional
        The column of a table. By default the one of texts that are longest on average, which is noted. With it a
        .txt file is read as a table too.
    encoding : str, optional
        The encoding of all files, by Python's name. By default each file's own: see Notes.
    header : bool, optional
        As for `read_table`.
    limits : Limits
        Caps on bytes, rows and characters of a document.

    Returns
    -------
    Documents
        In the order of their paths (folders), lines or rows.

    Raises
    ------
    DataError
        No document is there; the file is no text; a limit is exceeded; the table has no column of texts.
    ParameterError
        There is no column `text`; `encoding` is not known.
    OSError
        There is no such file or folder, or it may not be read.

    Notes
    -----
    An encoding is found by evidence, in this order: a byte order mark; NUL bytes in every second place (UTF-16);
    bytes that are UTF-8 throughout; the encoding that a page declares; the reading, of seven older encodings, in which
    function words of a language that is written in it are found most often; Windows-1252 where a few signs only are
    not ASCII. What was assumed is noted with the number of files; bytes that no reading turns into words are an error
    (one file) or skipped and noted (a folder). A table is decoded as `read_table` does it. Nothing is ever replaced by
    a question mark.

    Links are not followed and hidden files are not read; both are counted in the notes.

    Examples
    --------
    >>> import pathlib
    >>> from ganglion.data import read_documents
    >>> folder = pathlib.Path("letters")
    >>> folder.mkdir()
    >>> _ = (folder / "a.txt").write_text("A letter about the bridge.")
    >>> _ = (folder / "b.txt").write_bytes("Die Brücke ist für uns nicht sehr schön.".encode("cp1252"))
    >>> found = read_documents(folder)
    >>> found.names, found.texts[1]
    (('a.txt', 'b.txt'), 'Die Brücke ist für uns nicht sehr schön.')
    >>> found.notes
    ('1 file was read as Windows-1252, by the words that it then shows: b.txt',)
    """
    check_encoding(encoding)
    full = os.path.abspath(path)
    if os.path.isdir(full):
        from ._folders import read_folder  # imports this module's records

        if text is not None:
            raise ParameterError(
                f"text names a column of a table; {shown(full, 200)} is a folder, whose files are documents. "
                "Leave it out."
            )
        return read_folder(full, encoding, limits)
    suffix = os.path.splitext(full.removesuffix(".gz"))[1].lower()
    if text is not None or suffix in _TABLES:
        return _from_table(full, text, encoding, header, limits)
    return _from_lines(full, encoding, limits)


def read_text(path: str, encoding: str | None, limits: Limits) -> Decoded:
    """Read one file as text; NotText where it is none, OSError from the system."""
    size = os.path.getsize(path)
    if size > min(limits.bytes, 4 * limits.field_length):
        raise NotText(
            f"has {size} bytes, more than a document may have ({4 * limits.field_length})"
        )
    with open(path, "rb") as file:
        return decode_text(file.read(), encoding)


def _from_lines(path: str, encoding: str | None, limits: Limits) -> Documents:
    """Return the lines of a text file that are not blank."""
    name = shown(path, 200)
    if not os.path.exists(path):
        raise FileNotFoundError(f"The file must exist; there is none at {name}. Check the path.")
    if not os.path.isfile(path):
        raise DataError(
            f"Documents must be a folder or a regular file; {name} is a pipe or a device. Write it to a file first."
        )
    if os.path.getsize(path) > limits.bytes:
        raise DataError(f"A file may hold at most {limits.bytes} bytes; {name} has more. Split it.")
    with open(path, "rb") as file:
        data = file.read()
    try:
        found = decode_text(data, encoding)
    except NotText as error:
        raise DataError(
            f"Documents must be text; {name} {error}. Name a folder, a table or a text file, or its encoding."
        ) from error
    return _lines_of(found, path, limits)


def _lines_of(found: Decoded, path: str, limits: Limits) -> Documents:
    """Return the lines of a text as documents."""
    name, short = shown(path, 200), os.path.basename(path)
    lines = found.text.split("\n")
    kept = [at for at, line in enumerate(lines) if line.strip()]
    if not kept:
        raise DataError(
            f"Documents are needed, one a line; {name} holds none ({len(found.text)} characters)."
        )
    longest = max(len(lines[at]) for at in kept)
    if len(kept) > limits.rows or longest > limits.field_length:
        raise DataError(
            f"At most {limits.rows} documents of {limits.field_length} characters are read; {name} has {len(kept)} "
            f"lines, the longest of {longest}. Split it."
        )
    return Documents(
        tuple(lines[at].strip() for at in kept),
        tuple(f"line {at + 1}" for at in kept),
        short,
        (
            f"each line of {shown(short)} that is not blank is a document: {len(kept):,}",
            *encoding_notes({found.encoding: [short]} if found.assumed else {}),
        ),
        {found.encoding: 1},
        rows=np.array(kept, dtype=np.int64),
    )


def _from_table(
    path: str, text: str | None, encoding: str | None, header: bool | None, limits: Limits
) -> Documents:
    """Return the cells of a column."""
    from .tables import read_table

    if text is None:
        table = read_table(path, encoding=encoding, header=header, limits=limits)
        column = _longest(table)
        others = [each.name for each in table.columns if each.kind == "text" and each is not column]
        beside = f"; other columns of texts: {', '.join(map(shown, others[:5]))}" if others else ""
        notes = (
            f"the documents are the cells of column {shown(column.name)}, the longest texts{beside}",
        )
    else:
        table = read_table(path, columns=[text], encoding=encoding, header=header, limits=limits)
        column, notes = table.columns[0], ()
    cells = _texts_of(column)
    kept = [at for at, cell in enumerate(cells) if cell is not None and cell.strip()]
    if not kept:
        raise DataError(
            f"Documents are needed; column {shown(column.name)} of {shown(table.source)} has {len(cells)} empty cells. "
            "Name another column."
        )
    if len(kept) < len(cells):
        lost = len(cells) - len(kept)
        notes += (
            _count(lost, "row has an empty cell and was", "rows have an empty cell and were")
            + " left out",
        )
    return Documents(
        tuple((cells[at] or "").strip() for at in kept),
        tuple(f"row {at + 1}" for at in kept),
        table.source,
        (*table.notes, *notes),
        table=table,
        column=column.name,
        rows=np.array(kept, dtype=np.int64),
    )


def _texts_of(column: Column) -> list[str | None]:
    """Return the cells of a column of texts; of another kind as they would be written."""
    if column.kind in ("text", "category", "other"):
        return column.values.tolist()
    raise DataError(
        f"The documents' column must hold texts; column {shown(column.name)} holds values of kind {column.kind}. "
        "Name another column."
    )


def _longest(table: Table) -> Column:
    """Return the column of the longest texts."""
    lengths = {
        column.name: float(np.mean([len(cell) for cell in column.values.tolist() if cell] or [0]))
        for column in table.columns
        if column.kind in ("text", "category")
    }
    if not lengths:
        kinds = ", ".join(f"{shown(column.name)} ({column.kind})" for column in table.columns[:8])
        raise DataError(
            f"A table of documents needs a column of texts; {shown(table.source)} has {kinds}. Name another file."
        )
    return table.column(max(lengths, key=lambda name: lengths[name]))


def encoding_notes(assumed: dict[str, list[str]]) -> tuple[str, ...]:
    """Say which files were read in an encoding that they do not name themselves."""
    return tuple(
        f"{_count(len(names), 'file was', 'files were')} read as {encoding}, by the words that "
        f"{'it then shows' if len(names) == 1 else 'they then show'}: {named(names)}"
        for encoding, names in assumed.items()
    )


def named(names: Sequence[str]) -> str:
    """Return the first names and how many more there are."""
    more = len(names) - _MOST_NAMED
    return ", ".join(names[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def _count(n: int, one: str, many: str) -> str:
    return f"{n:,} {one if n == 1 else many}"


def _is_missing(text: Any) -> bool:
    """Whether a cell is None or NaN; a frame's column of texts has both."""
    return text is None or (isinstance(text, float) and text != text)


def file_counts(names: Sequence[str]) -> str:
    """Return how many files there are of which ending, the most frequent first."""
    counts = Counter(os.path.splitext(name)[1].lower() or "no ending" for name in names)
    shown_counts = [f"{n} {ending}" for ending, n in counts.most_common(4)]
    rest = sum(counts.values()) - sum(n for _, n in counts.most_common(4))
    return ", ".join(shown_counts + ([f"{rest} others"] if rest else []))
