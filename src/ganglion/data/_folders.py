"""The documents of a folder: which files they are, in which order, and what was passed over."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator

import numpy as np

from .._errors import DataError
from ._markup import text_of_html, text_of_markdown
from ._records import Limits, shown
from ._text_encodings import Decoded, NotText
from .documents import Documents, encoding_notes, file_counts, named, read_text

_TEXTS = frozenset({".txt", ".text", ".rst"})
_MARKDOWN = frozenset({".md", ".markdown"})
_PAGES = frozenset({".html", ".htm"})


class _Walk:
    """The files below a folder in the order of their paths, and counts of what is no document."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.links: list[str] = []
        self.hidden: list[str] = []
        self.others: list[str] = []
        self.unreadable: list[str] = []

    def files(self) -> Iterator[str]:
        """Yield the paths of documents, relative to the folder."""
        pending = [""]
        while pending:
            here = pending.pop()
            try:
                entries = sorted(os.scandir(os.path.join(self.folder, here)), key=lambda e: e.name)
            except PermissionError:
                self.unreadable.append(here)
                if not here:
                    raise
                continue
            folders: list[str] = []
            for entry in entries:
                path = os.path.join(here, entry.name)
                if entry.name.startswith("."):
                    self.hidden.append(path)
                elif entry.is_symlink():
                    self.links.append(path)
                elif entry.is_dir(follow_symlinks=False):
                    folders.append(path)
                elif entry.is_file(follow_symlinks=False) and _is_document(entry.name):
                    yield path
                else:
                    self.others.append(path)
            pending.extend(reversed(folders))

    def notes(self) -> list[str]:
        """Say what was passed over."""
        found: list[str] = []
        for names, what in (
            (
                self.others,
                f"of other kinds {_were(self.others)} left out: {file_counts(self.others)}",
            ),
            (
                self.hidden,
                f"or folders that are hidden {_were(self.hidden)} left out: {named(self.hidden)}",
            ),
            (self.links, f"that are links {_were(self.links)} not followed: {named(self.links)}"),
            (self.unreadable, f"of subfolders that may not be read: {named(self.unreadable)}"),
        ):
            if names:
                found.append(f"{len(names):,} files {what}" if len(names) > 1 else f"1 file {what}")
        return found


def read_folder(folder: str, encoding: str | None, limits: Limits) -> Documents:
    """Read every document below a folder."""
    walk = _Walk(folder)
    found = _Found()
    for name in walk.files():
        found.read(folder, name, encoding, limits)
        if len(found.texts) > limits.rows:
            raise DataError(
                f"At most {limits.rows} documents are read; {shown(folder, 200)} has more. Split it."
            )
    if not found.texts:
        raise _none_there(folder, walk, found.skipped)
    return Documents(
        tuple(found.texts),
        tuple(found.names),
        os.path.basename(os.path.normpath(folder)) or folder,
        (*found.notes(), *walk.notes()),
        dict(found.encodings),
        tuple(found.skipped),
        rows=np.arange(len(found.texts), dtype=np.int64),
    )


class _Found:
    """The documents that were read, and those that could not be."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.names: list[str] = []
        self.encodings: Counter[str] = Counter()
        self.assumed: dict[str, list[str]] = {}
        self.skipped: list[tuple[str, str]] = []

    def read(self, folder: str, name: str, encoding: str | None, limits: Limits) -> None:
        """Read one file."""
        try:
            found = read_text(os.path.join(folder, name), encoding, limits)
        except NotText as error:
            self.skipped.append((name, f"it {error}"))
            return
        except (PermissionError, FileNotFoundError):  # removed while we looked
            self.skipped.append((name, "it may not be read"))
            return
        text = _plain(name, found)
        if not text.strip():
            self.skipped.append((name, "it is empty"))
            return
        self.texts.append(text)
        self.names.append(name)
        self.encodings[found.encoding] += 1
        if found.assumed:
            self.assumed.setdefault(found.encoding, []).append(name)

    def notes(self) -> tuple[str, ...]:
        """Say what was assumed, and which files are no documents."""
        reasons: dict[str, list[str]] = {}
        for name, why in self.skipped:
            reasons.setdefault(why, []).append(name)
        return (
            *encoding_notes(self.assumed),
            *(
                f"{_files(len(names))} left out because {why}: {named(names)}"
                for why, names in reasons.items()
            ),
        )


def _plain(name: str, found: Decoded) -> str:
    """Return what the file says, without its marks."""
    suffix = os.path.splitext(name)[1].lower()
    if suffix in _PAGES:
        return text_of_html(found.text)
    return text_of_markdown(found.text) if suffix in _MARKDOWN else found.text


def _is_document(name: str) -> bool:
    return os.path.splitext(name)[1].lower() in _TEXTS | _MARKDOWN | _PAGES


def _none_there(folder: str, walk: _Walk, skipped: list[tuple[str, str]]) -> DataError:
    """Return the error for a folder without a document: what is there instead."""
    there = [f"{name} ({why})" for name, why in skipped[:3]]
    instead = "; ".join([*there, *walk.notes()]) or "it is empty"
    return DataError(
        f"A folder of documents needs .txt, .md or .html files; {shown(folder, 200)} has none: {instead}. "
        "Name another folder, a table with a column of texts, or a file with one document a line."
    )


def _were(names: list[str]) -> str:
    return "was" if len(names) == 1 else "were"


def _files(n: int) -> str:
    return "1 file was" if n == 1 else f"{n:,} files were"
