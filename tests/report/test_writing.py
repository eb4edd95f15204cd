"""The file is the whole page or what it was before."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ganglion._errors import DataError
from ganglion.report import cluster_report, write_report


def test_the_file_holds_the_page_and_nothing_lies_beside_it(content, tmp_path):
    path = tmp_path / "report.html"
    write_report(path, content)
    assert path.read_bytes() == cluster_report(content).encode()
    assert list(tmp_path.iterdir()) == [path]


def test_content_that_is_refused_leaves_the_old_file(content, tmp_path):
    path = tmp_path / "report.html"
    path.write_text("old")
    with pytest.raises(DataError):
        write_report(path, replace(content, wss=np.nan))
    assert path.read_text() == "old"


def test_a_folder_that_is_not_there_is_named(content, tmp_path):
    with pytest.raises(FileNotFoundError):
        write_report(tmp_path / "missing" / "report.html", content)
