"""The page of grouped documents in a real browser: hostile texts, search, the phone; and its size."""

from __future__ import annotations

import pytest

from browsing import OpenedPage
from ganglion import group_documents
from ganglion.data import documents_from_texts
from ganglion.report.documents import document_report, excerpt
from oracles.documents import topic_texts

HOSTILE = [
    "<script>alert(1)</script> bread and butter on the table",
    "</script><img src=x onerror=alert(2)> bread and butter",
    "\x1b[31m\u202ebread butter\u2028 {{7*7}} ${7*7}",
    "bread " + "butter" * 3000,
    "rain and wind over the sea",
    "wind and rain and storm",
    "the storm over the sea",
    "sea and wind",
]


def report(texts, **options):
    names = [f'<b onclick="alert({at})">{at}' for at in range(len(texts))]
    documents = documents_from_texts(texts, names, source="<i>notes</i>")
    return document_report(
        group_documents(documents, random_state=0, **options), seed=0, command="x < y"
    )


@pytest.fixture
def browser_page(browser):
    """Open a page in a context of its own."""
    context = browser.new_context(viewport={"width": 1200, "height": 900})
    yield lambda path: OpenedPage(context, path)
    context.close()


@pytest.mark.browser
def test_hostile_texts_are_shown_as_texts(browser_page, tmp_path):
    path = tmp_path / "r.html"
    path.write_text(report(HOSTILE, n_clusters=2))
    opened = browser_page(path)
    assert opened.faults == []
    assert opened.page.locator("h1").inner_text() == "2 groups of documents"


@pytest.mark.browser
def test_a_document_is_found_on_the_map(browser_page, tmp_path):
    texts, _ = topic_texts(400, 3, 41, own=0.7)
    path = tmp_path / "r.html"
    path.write_text(report([*texts, "the needle in this haystack"], n_clusters=3))
    opened = browser_page(path)
    box = opened.page.get_by_label("Find a document")
    box.fill("needle in this")
    assert "1" in opened.page.locator("body").inner_text()
    assert opened.faults == []
    opened.page.set_viewport_size({"width": 390, "height": 844})
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_page_of_many_documents_stays_small():
    texts, _ = topic_texts(7000, 4, 42, own=0.7)
    assert len(report(texts, n_clusters=4).encode()) < 1_500_000


def test_the_same_documents_give_the_same_page():
    assert report(HOSTILE, n_clusters=2) == report(HOSTILE, n_clusters=2)


def test_doubts_are_said_where_groups_flow_into_each_other():
    texts, _ = topic_texts(600, 1, 43, own=0.2)
    page = report(texts, n_clusters=6)
    assert "lie between two groups" in page and "flow into each other" in page


def test_an_excerpt_is_one_line_cut_between_words():
    assert excerpt("one\n two   three", 50) == "one two three"
    assert excerpt("one two three", 9) == "one two …"
