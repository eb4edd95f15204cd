"""The report of a tree that the command writes, opened in a real Chromium, says what the command printed."""

from __future__ import annotations

import json

import pytest

from browsing import OpenedPage
from composed import write_customers, write_streets

pytestmark = pytest.mark.browser


@pytest.fixture
def opened(call, tmp_path, browser):
    context = browser.new_context(viewport={"width": 1280, "height": 900})

    def run(*words):
        done = call("cluster", *words, "--report", "r.html", "--json")
        assert done.exit_code == 0, done.stderr
        found = OpenedPage(context, tmp_path / "r.html")
        assert found.faults == []
        return found.page, json.loads(done.stdout)

    yield run
    context.close()


def test_streets_have_their_examples_and_their_tree(opened, tmp_path):
    write_streets(tmp_path / "streets.csv", 800)
    page, found = opened("streets.csv", "--columns", "street", "--method", "average", "-k", 12)
    text = " ".join(page.inner_text("main").split())
    assert "form twelve clusters." in page.inner_text("h1")
    for cluster in found["clusters"]:
        card = page.inner_text(f"#cluster-{cluster['label']}")
        assert " ".join(cluster["medoid"].split()) in " ".join(card.split())
        assert f"{cluster['size']:,} row" in card
    assert (
        f"Merged from below (average linkage) by levenshtein distances of {found['different_items']}"
        in " ".join(page.inner_text("header").split())
    )
    assert page.locator(".end").count() == 60
    assert "cut: 12 clusters" in page.text_content("svg.tree")
    assert found["reason"] in text


def test_customers_have_cards_in_the_units_of_their_table(opened, tmp_path):
    write_customers(tmp_path / "customers.csv", 300)
    page, found = opened("customers.csv", "--method", "medoids", "-k", 5)
    assert page.locator("svg.tree").count() == 0
    assert page.locator(".features").count() == 5
    for cluster in found["clusters"]:
        card = " ".join(page.inner_text(f"#cluster-{cluster['label']}").split())
        assert cluster["sentence"] in card
        assert cluster["medoid"] in card
    made = " ".join(page.inner_text(".made").split())
    assert "customer looks like an identifier" in made
    assert "Each number counts by its share of its column's range" in made


def test_a_telephone_has_a_slider_and_whole_numbers(opened, tmp_path):
    write_customers(tmp_path / "customers.csv", 300)
    page, _ = opened("customers.csv", "--method", "average", "-k", 4)
    page.set_viewport_size({"width": 360, "height": 800})
    assert page.locator(".controls input").bounding_box()["width"] > 250
    heights = page.locator(".examples li > small").evaluate_all(
        "all => all.map(one => one.getBoundingClientRect().height)"
    )
    assert heights and max(heights) < 30  # a distance stands on one line
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
