"""The connection that parses a file can do nothing but that."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from ganglion._errors import GanglionError
from ganglion.data import Limits
from ganglion.data._database import connect
from ganglion.data._files import open_table_file


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM read_text('{other}')",
        "SELECT * FROM read_csv('{other}')",
        "SELECT * FROM sniff_csv('{other}')",
        "SELECT * FROM read_blob('/etc/hostname')",
        "SELECT * FROM glob('{folder}/*')",
        "COPY (SELECT 1) TO '{folder}/written.csv'",
        "ATTACH '{folder}/new.db'",
        "SELECT * FROM read_csv('https://example.com/x.csv')",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access = true",
        "SET allowed_paths = ['{other}']",
        "SET lock_configuration = false",
    ],
)
def test_the_connection_opens_its_file_and_nothing_else(tmp_path: Path, statement: str):
    (tmp_path / "t.csv").write_text("a\n1\n")
    (tmp_path / "other.csv").write_text("secret\n1\n")
    text = statement.format(other=tmp_path / "other.csv", folder=tmp_path)
    with (
        open_table_file(str(tmp_path / "t.csv"), None, Limits()) as file,
        pytest.raises((GanglionError, duckdb.Error)),
        connect(file) as connection,
    ):
        connection.execute(text)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["other.csv", "t.csv"]
