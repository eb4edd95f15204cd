"""The pictures of the pages are what the library draws today."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tools.draw_pictures import FOLDER, PICTURES

DOCS = FOLDER.parent


@pytest.mark.parametrize("name", sorted(PICTURES))
def test_a_picture_is_what_the_library_draws(name):
    assert (FOLDER / name).read_text(encoding="utf-8") == PICTURES[name]()


def test_every_picture_is_shown_on_a_page_and_drawn_by_the_tool():
    pages = [*DOCS.glob("*.md"), DOCS.parent / "README.md"]
    shown = {
        Path(path).name
        for page in pages
        for path in re.findall(r"!\[[^]]*\]\(([^)]+)\)", page.read_text(encoding="utf-8"))
    }
    assert shown == set(PICTURES) == {path.name for path in FOLDER.iterdir()}
