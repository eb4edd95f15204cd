"""Every example that a reader may copy does what the page says: README, docs/, and the docstrings of public names."""

from __future__ import annotations

import doctest
import os
import subprocess
import sys
from pathlib import Path

import pytest

import ganglion
from tools.check_docstrings import public_objects
from tools.run_examples import blocks, pages

ROOT = Path(__file__).resolve().parents[2]
OBJECTS = public_objects(ganglion)
FINDER = doctest.DocTestFinder(exclude_empty=True)


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_every_example_of_a_page_runs_and_prints_what_the_page_shows(page: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "run_examples.py"), str(page)],
        capture_output=True,
        text=True,
        env=os.environ | {"MPLBACKEND": "Agg"},
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_pages_hold_examples() -> None:
    kinds = {block.kind for page in pages() for block in blocks(page.read_text(encoding="utf-8"))}
    assert kinds >= {"python", "console"}


@pytest.mark.parametrize("name", sorted(OBJECTS))
def test_the_examples_in_a_docstring_give_what_they_show(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "Agg")
    said: list[str] = []
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    for example in FINDER.find(OBJECTS[name], name, globs={}):
        runner.run(example, out=said.append)
    assert runner.failures == 0, "".join(said)
