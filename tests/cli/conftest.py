"""The installed command as a user runs it, and the same in this process where a hundred runs would be slow."""

from __future__ import annotations

import functools
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from ganglion.cli.app import commands
from ganglion.data import example_path

PROGRAM = Path(sys.executable).parent / "ganglion"


@pytest.fixture
def penguins():
    """The bundled table."""
    return str(example_path("penguins"))


@pytest.fixture(scope="session")
def ganglion_in():
    """Run the installed command in the folder that is given first."""
    assert PROGRAM.exists(), "install the package: pip install -e ."

    def run(folder, *words, **options):
        environment = os.environ | {"COLUMNS": "100"} | options.pop("env", {})
        return subprocess.run(
            [str(PROGRAM), *map(str, words)],
            cwd=folder,
            env=environment,
            capture_output=True,
            **{"text": True, "stdin": subprocess.DEVNULL, "timeout": 300} | options,
        )

    return run


@pytest.fixture
def ganglion(ganglion_in, tmp_path):
    """Run the installed command in a folder of its own."""
    return functools.partial(ganglion_in, tmp_path)


@pytest.fixture
def call(tmp_path, monkeypatch):
    """Run the command in this process, in a folder of its own; standard output and error are kept apart."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")

    def run(*words, **options):
        return CliRunner().invoke(commands, list(map(str, words)), prog_name="ganglion", **options)

    return run


@pytest.fixture
def groups(tmp_path):
    """A file with three clear groups of two columns, an identifier and a constant."""
    rng = np.random.default_rng(5)
    middles = np.array([[0.0, 0.0], [30.0, 0.0], [0.0, 30.0]])
    points = middles[np.arange(60) % 3] + rng.normal(size=(60, 2))
    path = tmp_path / "groups.csv"
    lines = [f"{at},{x:.3f},{y:.3f},same" for at, (x, y) in enumerate(points, start=1)]
    path.write_text("id,x,y,constant\n" + "\n".join(lines) + "\n", encoding="utf-8")
    return path
