"""The report of a tree in a real Chromium: nothing is fetched, nothing breaks, the merges can be played."""

from __future__ import annotations

import numpy as np
import pytest

from browsing import OpenedPage
from ganglion.explain.outline import outline
from ganglion.report import Member, TreeCluster, TreePicture, TreeReport, tree_report
from grown import clouds, tree_of

pytestmark = pytest.mark.browser

HOSTILE = [
    "</script><img src=x onerror=alert(1)>",
    "<svg/onload=alert(2)>{{7*7}}${7*7}",
    "'\"`; alert(3); //\u2028--><!--",
    "שלום עולם مرحبا",
    "\u202e\u2066unclosed",
    "W" * 500,
    "👩‍👩‍👧‍👦 ﷽ &lt;b&gt;",
]


def report(n=40, k=3, n_ends=15):
    """A tree of points with names that mean harm."""
    tree = tree_of(clouds(n, k), "average")
    labels = tree.cut(n_clusters=k)
    names = [f"{HOSTILE[i % len(HOSTILE)]} {i}" for i in range(n)]
    drawn = outline(tree.merges, tree.leaf_order(), n_ends=n_ends, clusters=labels)
    sizes = np.bincount(labels)
    return TreeReport(
        title=HOSTILE[0],
        source=HOSTILE[1],
        version="0.1.0",
        method="average",
        metric="euclidean",
        noun="text",
        n_rows=n,
        n_items=n,
        clusters=[
            TreeCluster(
                label=j,
                size=int(sizes[j]),
                n_different=int(sizes[j]),
                medoid=Member(name=HOSTILE[j], count=1, distance=0.0),
                typical=[Member(name=name, count=3, distance=1.0) for name in HOSTILE],
                neighbour=(j + 1) % k,
                gap=3.0,
            )
            for j in range(k)
        ],
        picture=TreePicture(
            outline=drawn, names=[names[leaf] for leaf in drawn.order[drawn.start[:n_ends]]]
        ),
        done=HOSTILE,
        columns_used=HOSTILE,
    )


@pytest.fixture
def opened(browser, tmp_path):
    contexts = []

    def open_page(**options):
        path = tmp_path / "tree.html"
        path.write_text(tree_report(report()), encoding="utf-8")
        settings = {"viewport": {"width": 1280, "height": 900}, "reduced_motion": "reduce"}
        contexts.append(browser.new_context(**(settings | options)))
        return OpenedPage(contexts[-1], path)

    yield open_page
    for context in contexts:
        context.close()


def joined(page):
    return page.locator(".join.done").count()


def test_the_page_opens_without_a_fault_and_shows_the_cut(opened):
    found = opened()
    assert found.faults == []
    page = found.page
    assert "The cut." in page.inner_text("#what")
    assert page.locator(".playing").count() == 0
    assert page.locator(".end").count() == 15
    assert page.locator(".join").count() == 14
    assert int(page.locator("#slider").input_value()) == 12


def test_the_slider_replays_the_merges_one_by_one(opened):
    found = opened()
    page = found.page
    page.locator("#slider").fill("0")
    assert joined(page) == 0
    assert page.inner_text("#what") == "15 branches, before the merges that are drawn."
    assert page.locator("#back").is_disabled()
    for step in range(1, 15):
        page.click("#forward")
        assert joined(page) == step
        assert page.inner_text("#what").startswith(f"{16 - step} → {15 - step} clusters at height")
        assert page.locator(".join.joining").count() == 1
        assert page.locator(".end.first").count() >= 1
        assert page.locator(".level").get_attribute("visibility") == "visible"
    assert page.locator("#forward").is_disabled()
    assert page.locator(".end.first, .end.second").count() == 15
    assert found.faults == []


def test_play_runs_to_the_end_and_the_cut_comes_back(opened):
    found = opened()
    page = found.page
    found.stop_clock()
    page.click("#play")
    assert page.inner_text("#play") == "Pause"
    page.clock.run_for(3000)
    assert 1 <= joined(page) < 14
    page.click("#play")
    assert page.inner_text("#play") == "Play"
    page.click("#play")
    page.clock.run_for(60_000)
    assert page.inner_text("#play") == "Play" and joined(page) == 14
    page.click("#reset")
    assert page.locator(".playing").count() == 0
    assert "The cut." in page.inner_text("#what")


def test_the_slider_moves_by_keys(opened):
    page = opened().page
    page.focus("#slider")
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    assert joined(page) == 1


def test_pointing_at_an_end_lights_up_its_cluster(opened):
    page = opened().page
    end = page.locator(".end").first
    end.hover()
    lit = page.locator(".end.lit")
    assert lit.count() >= 1
    assert {node.get_attribute("data-cluster") for node in lit.all()} == {
        end.get_attribute("data-cluster")
    }


@pytest.mark.parametrize("width", [360, 760, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_overflows_on_any_screen(opened, width, scheme):
    found = opened(viewport={"width": width, "height": 800}, color_scheme=scheme)
    assert found.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert found.faults == []


def test_without_javascript_the_tree_is_there(opened):
    page = opened(java_script_enabled=False).page
    assert page.locator("#replay").is_hidden()
    assert page.locator(".end").count() == 15
    assert "needs JavaScript" in page.inner_text("noscript")
