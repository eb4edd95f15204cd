"""The pictures of the pages are what the library draws today."""

from __future__ import annotations

import io
import re
from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import imread

from tools.draw_pictures import FOLDER, PICTURES, PLOTS

DOCS = FOLDER.parent


@pytest.mark.parametrize("name", sorted(PICTURES))
def test_a_picture_is_what_the_library_draws(name):
    assert (FOLDER / name).read_text(encoding="utf-8") == PICTURES[name]()


@pytest.mark.parametrize("name", sorted(PLOTS))
def test_a_plot_looks_as_the_library_draws_it(name):
    shown, drawn = imread(FOLDER / name), imread(io.BytesIO(PLOTS[name]()))
    assert shown.shape == drawn.shape
    # Another version of matplotlib may set its letters a little differently; another drawing differs by far more.
    assert np.sqrt(np.mean((shown - drawn) ** 2)) < 0.05


def test_every_picture_is_shown_on_a_page_and_drawn_by_the_tool():
    pages = [*DOCS.glob("*.md"), DOCS.parent / "README.md"]
    shown = {
        Path(path).name
        for page in pages
        for path in re.findall(r"!\[[^]]*\]\(([^)]+)\)", page.read_text(encoding="utf-8"))
    }
    assert shown == {*PICTURES, *PLOTS} == {path.name for path in FOLDER.iterdir()}
