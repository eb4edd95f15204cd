"""Writing a report so that its path never holds half a page."""

from __future__ import annotations

import os

from .._replacing import replace_file
from .content import ReportContent
from .page import cluster_report


def write_report(path: str | os.PathLike[str], content: ReportContent) -> None:
    """Write the report of a k-means run to a file, whole or not at all.

    Parameters
    ----------
    path : str or path-like
        The file; an older one is replaced, its permissions kept. A link is followed.
    content : ReportContent
        What was done and found.

    Raises
    ------
    DataError
        The content contradicts itself. The path is left as it was.
    ParameterError
        The path is a device, a pipe or a socket.
    OSError
        The file cannot be written: no such folder, no permission, disk full. The path is left as it was.
    """
    # Rendered first: a report that cannot be made must not touch the file.
    replace_file(path, cluster_report(content).encode("utf-8"))


def write_page(path: str | os.PathLike[str], page: str) -> None:
    """Write a page to a file, whole or not at all.

    Parameters
    ----------
    path : str or path-like
        The file; an older one is replaced, its permissions kept. A link is followed.
    page : str
        What `learning_report` returned.

    Raises
    ------
    ParameterError
        The path is a device, a pipe or a socket.
    OSError
        The file cannot be written. The path is left as it was.
    """
    replace_file(path, page.encode("utf-8"))
