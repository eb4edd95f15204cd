"""The report of a posterior in a real Chromium: nothing is fetched, nothing breaks, chains can be played."""

from __future__ import annotations

import pytest
from posterior_pages import posterior_content

from browsing import OpenedPage
from ganglion.report import posterior_report

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    found = tmp_path_factory.mktemp("posterior") / "page.html"
    found.write_text(posterior_report(posterior_content()), encoding="utf-8")
    return found


@pytest.fixture
def opened(browser, path):
    context = browser.new_context(viewport={"width": 1200, "height": 900})
    yield OpenedPage(context, path)
    context.close()


def marks(page):
    return page.eval_on_selector_all(
        ".stage .mark",
        "(paths) => paths.reduce((n, p) => n + p.getAttribute('d').split('M').length - 1, 0)",
    )


def test_nothing_is_fetched_and_nothing_breaks(opened):
    opened.page.wait_for_timeout(100)
    assert opened.faults == []
    assert opened.page.locator("#replay .player").is_visible()
    assert opened.page.locator("image.shares").count() == 1


def test_the_slider_shows_each_step_with_all_rows(opened):
    page = opened.page
    assert page.locator("#phase").inner_text() == "The start."
    assert marks(page) == 90 and page.locator(".stage .mark").count() == 1
    page.locator("#forward").click()
    assert page.locator("#phase").inner_text() == "Sweep 1 of 60, before the first draw:"
    assert page.locator(".stage .mark").count() >= 3
    page.locator(".stage").press("End")
    assert page.locator("#phase").inner_text() == "Sweep 60 of 60:"
    assert marks(page) == 90
    assert page.locator("#forward").is_disabled()
    assert page.locator("#bands-0 .at").get_attribute("x1") == "720"
    assert opened.faults == []


def test_going_back_shows_what_was_there(opened):
    page = opened.page
    shown = "(paths) => paths.map((p) => p.getAttribute('d')).sort().join()"
    for _ in range(5):
        page.locator("#forward").click()
    before = page.eval_on_selector_all(".stage .mark", shown)
    page.locator(".stage").press("End")
    page.locator(".stage").press("Home")
    for _ in range(5):
        page.locator("#forward").click()
    assert page.eval_on_selector_all(".stage .mark", shown) == before


def test_another_chain_can_be_chosen(opened):
    page = opened.page
    assert page.locator(".bands:visible").count() == 1
    page.locator("#which").select_option("2")
    assert page.locator("#bands-2").is_visible() and not page.locator("#bands-0").is_visible()
    assert page.locator("#phase").inner_text() == "The start."
    page.locator("#bands-2 svg").click(position={"x": 300, "y": 60})
    assert page.locator("#phase").inner_text().startswith("Sweep ")
    assert opened.faults == []


def test_playing_stops_at_the_end(opened):
    page = opened.page
    page.locator(".stage").press("End")
    page.locator("#back").click()
    opened.stop_clock()
    page.locator("#play").click()
    assert page.locator("#play").inner_text() == "Pause"
    page.clock.run_for(10_000)
    assert page.locator("#play").inner_text() == "Play"
    assert page.locator("#phase").inner_text() == "Sweep 60 of 60:"


def test_the_map_tells_how_certain_a_row_is(opened):
    page = opened.page
    page.locator("#map svg").scroll_into_view_if_needed()
    box = page.locator("#map svg").bounding_box()
    place = page.evaluate("() => { const d = JSON.parse(document.getElementById('data').textContent); "
                          "const w = new Uint16Array(Uint8Array.from(atob(d.points), (c) => c.charCodeAt(0)).buffer); "
                          "return [w[0] / 10, w[1] / 10]; }")  # fmt: skip
    scale = box["width"] / 720
    page.mouse.move(box["x"] + place[0] * scale, box["y"] + place[1] * scale)
    assert "certainty" in page.locator("#map .tip").inner_text()


@pytest.mark.parametrize("width", [390, 800])
def test_nothing_is_wider_than_the_screen(browser, path, width):
    context = browser.new_context(viewport={"width": width, "height": 800})
    opened = OpenedPage(context, path)
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()


def test_without_javascript_the_bands_of_all_chains_are_there(browser, path):
    context = browser.new_context(java_script_enabled=False)
    opened = OpenedPage(context, path)
    assert opened.page.locator(".bands:visible").count() == 4
    assert not opened.page.locator(".player").is_visible()
    context.close()
