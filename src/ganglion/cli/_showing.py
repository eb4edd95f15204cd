"""A report that is to be shown: known by what stands in it, opened in the browser of the system."""

from __future__ import annotations

import html
import os
import re
import webbrowser
from dataclasses import dataclass
from pathlib import Path

from .._errors import DataError

_HEAD_BYTES = 8192
_GENERATOR = re.compile(r'<meta name="generator" content="ganglion ([^"<>]{1,80})">')
_TITLE = re.compile(r"<title>([^<]{0,4000})")
# Nothing is fetched or sent, one script and one style sheet run, named by their hashes: word for word as pages have it,
# but for the two ways in which those who write HTML escape a quotation mark.
_HASH = "'sha256-[A-Za-z0-9+/=]{44}'"
_POLICY = re.compile(
    (
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        f"script-src {_HASH}; style-src {_HASH}; img-src data:; base-uri 'none'; "
        "form-action 'none'\">"
    ).replace("'", "&#(?:39|x27);")
)


@dataclass(frozen=True)
class Report:
    """A page that ganglion wrote.

    Attributes
    ----------
    path : Path
        Where it is.
    title, version : str
        What it calls itself, and the version that wrote it.
    n_bytes : int
        Its size.
    """

    path: Path
    title: str
    version: str
    n_bytes: int


def is_page(path: str) -> bool:
    """Whether a file begins as an HTML page does."""
    with open(path, "rb") as file:
        start = file.read(512).lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return start.startswith((b"<!doctype html", b"<html"))


def report_at(path: str) -> Report:
    """Return the report in a file.

    Raises
    ------
    DataError
        The page was not made by ganglion, or does not forbid what its pages forbid: it is not opened.
    """
    with open(path, "rb") as file:
        head = file.read(_HEAD_BYTES).decode("utf-8", errors="replace")
    made, title = _GENERATOR.search(head), _TITLE.search(head)
    if made is None or title is None or _POLICY.search(head) is None:
        raise DataError(
            f"A report to show must be one that ganglion wrote; {path!r} is another page. Open it in a browser if you "
            "trust it."
        )
    where = Path(os.path.realpath(path))
    return Report(where, html.unescape(title[1]), html.unescape(made[1]), where.stat().st_size)


def open_report(report: Report) -> bool:
    """Open a report in the browser of the system, which BROWSER can name; say whether there was one."""
    try:
        return webbrowser.open(report.path.as_uri())
    except (webbrowser.Error, OSError):
        return False
