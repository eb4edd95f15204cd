"""The page in a real Chromium: nothing is fetched, nothing breaks, everything can be reached and moved."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from browsing import OpenedPage
from ganglion.report import write_report

pytestmark = pytest.mark.browser

HOSTILE = [
    "</script><img src=x onerror=alert(1)>",
    "<svg/onload=alert(2)>{{7*7}}${7*7}",
    "'\"`; alert(3); //\u2028--><!--",
    "שלום עולם مرحبا",
    "\u202e\u2066unclosed",
    "W" * 500,
    "👩‍👩‍👧‍👦 ﷽ Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢ &lt;b&gt;",
]


class Opened(OpenedPage):
    """A page, and what stands on it."""

    def frame(self):
        return int(self.page.locator("#slider").input_value())

    def centres(self, drawing=".stage"):
        places = self.page.eval_on_selector_all(
            f"{drawing} .centre", "nodes => nodes.map(n => n.getAttribute('transform'))"
        )
        return [tuple(float(v) for v in re.findall(r"-?[\d.]+", place)) for place in places]

    def marks(self):
        return self.page.eval_on_selector_all(
            ".stage .mark", "nodes => nodes.map(n => n.getAttribute('d'))"
        )

    def overflow(self):
        return self.page.evaluate("document.documentElement.scrollWidth - innerWidth")


@pytest.fixture
def open_page(browser, tmp_path):
    contexts = []

    def opened(content, **options):
        path = tmp_path / "report.html"
        write_report(path, content)
        options = {
            "viewport": {"width": 1280, "height": 900},
            "reduced_motion": "reduce",
            **options,
        }
        contexts.append(browser.new_context(**options))
        return Opened(contexts[-1], path)

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture(scope="module")
def slow_content(make_content):
    """A run that needs several steps: three starts in one group."""
    rng = np.random.default_rng(3)
    X = np.repeat([[0.0, 0.0], [9.0, 1.0], [4.0, 8.0]], 40, axis=0) + rng.normal(size=(120, 2))
    return make_content(X - X.mean(axis=0), start=(X - X.mean(axis=0))[:3])


def test_the_page_opens_without_a_fault(open_page, content):
    opened = open_page(content)
    assert opened.faults == []
    assert opened.page.title() == "Three groups"
    assert opened.page.locator("#replay").is_visible()


def test_the_slider_moves_through_start_assign_and_move(open_page, slow_content):
    opened = open_page(slow_content)
    steps = slow_content.n_iter
    assert steps >= 3
    slider, status = opened.page.locator("#slider"), opened.page.locator(".status")
    assert int(slider.get_attribute("max")) == 2 * steps
    assert status.inner_text().startswith("Start.")
    start = opened.centres()
    slider.fill("1")
    assert f"Step 1 of {steps}: assign." in status.inner_text()
    assert opened.centres() == start
    coloured = opened.marks()
    slider.fill("2")
    assert f"Step 1 of {steps}: move." in status.inner_text()
    assert opened.centres() != start
    assert opened.marks() == coloured
    slider.fill(str(2 * steps))
    assert "no row changed its cluster any more" in status.inner_text()
    assert opened.faults == []


def test_the_last_frame_is_the_map(open_page, slow_content):
    opened = open_page(slow_content)
    opened.page.locator("#slider").fill(str(2 * slow_content.n_iter))
    assert opened.centres() == opened.centres("#map")
    count = "nodes => nodes.map(n => n.getAttribute('d').split('M').length)"
    replayed = opened.page.eval_on_selector_all(".stage .mark", count)
    assert replayed == opened.page.eval_on_selector_all("#map .mark", count)


def test_buttons_and_keys_step_both_ways_and_stop_at_the_ends(open_page, slow_content):
    opened = open_page(slow_content)
    page, last = opened.page, 2 * slow_content.n_iter
    assert page.locator("#back").is_disabled()
    page.click("#forward")
    page.click("#forward")
    page.click("#back")
    assert opened.frame() == 1
    for place in ("#slider", ".stage"):
        page.focus(place)
        page.keyboard.press("Home")
        assert opened.frame() == 0
        page.keyboard.press("ArrowRight")
        page.keyboard.press("ArrowRight")
        page.keyboard.press("ArrowLeft")
        assert opened.frame() == 1
        page.keyboard.press("End")
        page.keyboard.press("ArrowRight")
        assert opened.frame() == last
    assert page.locator("#forward").is_disabled()
    assert opened.faults == []


def test_play_runs_to_the_end_pauses_and_starts_again(open_page, slow_content):
    opened = open_page(slow_content)
    page, last = opened.page, 2 * slow_content.n_iter
    page.locator("#slider").fill(str(last - 1))
    opened.stop_clock()
    play = page.locator("#play")
    play.click()
    assert play.inner_text() == "Pause"
    page.clock.run_for(1000)
    assert play.inner_text() == "Play" and opened.frame() == last
    page.focus(".stage")
    page.keyboard.press("Space")
    page.clock.run_for(1000)
    assert play.inner_text() == "Pause" and opened.frame() == 1
    page.keyboard.press("Space")
    page.clock.run_for(1000)
    assert play.inner_text() == "Play" and opened.frame() == 1
    assert opened.faults == []


def test_centres_glide_where_motion_is_welcome_and_arrive(open_page, slow_content):
    opened = open_page(slow_content, reduced_motion="no-preference")
    opened.page.locator("#slider").fill("1")
    start = opened.centres()
    opened.stop_clock()
    opened.page.click("#forward")
    opened.page.clock.run_for(100)
    between = opened.centres()
    opened.page.clock.run_for(900)
    arrived = opened.centres()
    opened.page.click("#back")
    opened.page.locator("#slider").fill("4")
    opened.page.locator("#slider").fill("2")
    assert opened.centres() == arrived
    assert start != between != arrived != start


def test_hovering_over_a_row_says_its_cluster_and_its_name(open_page, content):
    rows = [f"penguin <{i}>" for i in range(content.n_rows)]
    opened = open_page(replace(content, plane=replace(content.plane, rows=rows)))
    page = opened.page
    page.locator("#map").scroll_into_view_if_needed()
    x, y = page.evaluate(
        """() => {
            const box = document.querySelector("#map svg").getBoundingClientRect();
            const data = JSON.parse(document.getElementById("data").textContent);
            const raw = Uint8Array.from(atob(data.points), (c) => c.charCodeAt(0));
            const [a, b] = new Uint16Array(raw.buffer);
            const scale = box.width / 720;
            return [box.left + a / 10 * scale, box.top + b / 10 * scale];
        }"""
    )
    page.mouse.move(x, y)
    assert (
        page.locator(".tip").inner_text() == f"Cluster {content.plane.labels[0]} · row penguin <0>"
    )
    page.mouse.move(2, 2)
    assert page.locator(".tip").is_hidden()


def test_the_legend_lights_up_its_cluster_by_pointer_and_by_keyboard(open_page, content):
    opened = open_page(content)
    lit = "nodes => nodes.map(n => n.dataset.cluster)"
    opened.page.locator(".legend li").nth(1).hover()
    assert opened.page.eval_on_selector_all("#map .mark.lit", lit) == ["1"]
    opened.page.mouse.move(2, 2)
    assert opened.page.eval_on_selector_all("#map .lit", lit) == []
    opened.page.locator(".legend a").nth(2).focus()
    assert opened.page.eval_on_selector_all("#map .mark.lit", lit) == ["2"]


def test_hostile_names_are_shown_literally_and_do_nothing(open_page, make_content):
    rng = np.random.default_rng(1)
    X = rng.normal(size=(40, len(HOSTILE))) + 5 * (np.arange(40) % 2)[:, None]
    content = make_content(
        X,
        k=2,
        names=HOSTILE,
        title=HOSTILE[0],
        source=HOSTILE[0],
        version=HOSTILE[1],
        done=HOSTILE,
        columns_left_out=[(name, name) for name in HOSTILE],
        parameters=[(name, name) for name in HOSTILE],
    )
    content = replace(
        content,
        elbow=replace(content.elbow, reason=HOSTILE[2]),
        plane=replace(content.plane, rows=[HOSTILE[i % 3] for i in range(40)]),
        stopped_by=HOSTILE[0],
    )
    for width in (1280, 390):
        opened = open_page(content, viewport={"width": width, "height": 900})
        text = opened.page.evaluate("document.body.textContent")
        for name in HOSTILE:
            assert name.translate({0x202E: "\ufffd", 0x2066: "\ufffd"}) in text
        opened.page.locator("#slider").fill(opened.page.locator("#slider").get_attribute("max"))
        assert opened.page.locator("img, .card script, main svg script").count() == 0
        opened.page.wait_for_timeout(100)
        assert opened.faults == []
        assert opened.overflow() <= 0


def test_the_policy_stops_a_script_that_got_in_all_the_same(open_page, content):
    opened = open_page(content)
    opened.break_in()
    assert opened.page.title() == "Three groups"
    assert any("Content Security Policy" in fault for fault in opened.faults)


def test_without_javascript_everything_but_the_replay_is_there(open_page, content):
    opened = open_page(content, java_script_enabled=False)
    page = opened.page
    assert page.locator("noscript p").is_visible()
    assert page.locator("#replay").is_hidden()
    assert page.locator("#map .mark").count() == 3
    for drawing in ("#map svg", ".spread", ".descent svg", ".card .bar >> nth=0"):
        box = page.locator(drawing).bounding_box()
        assert box["width"] > 50
        assert box["height"] > 5
    assert opened.faults == []


@pytest.mark.parametrize("width", [320, 390, 760, 1280])
def test_nothing_needs_scrolling_sideways(open_page, content, width):
    assert open_page(content, viewport={"width": width, "height": 800}).overflow() <= 0


def test_words_in_the_drawings_are_readable_on_a_phone(open_page, content):
    opened = open_page(content, viewport={"width": 390, "height": 844})
    heights = opened.page.eval_on_selector_all(
        "svg text:not(.centre text)", "nodes => nodes.map(n => n.getBoundingClientRect().height)"
    )
    assert min(heights) >= 11


def test_dark_mode_turns_the_page_dark(open_page, content):
    def lightness(scheme):
        page = open_page(content, color_scheme=scheme).page
        colour = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
        return sum(int(part) for part in colour[4:-1].split(",")) / 3

    assert lightness("dark") < 60 < 200 < lightness("light")


def test_paper_gets_the_light_colours_and_no_buttons(open_page, content):
    opened = open_page(content, color_scheme="dark")
    opened.page.emulate_media(media="print", color_scheme="dark")
    assert opened.page.locator("#replay").is_hidden()
    ink = opened.page.evaluate("getComputedStyle(document.body).color")
    assert ink == "rgb(28, 29, 32)"
    assert opened.page.locator("#map svg").is_visible()


def test_every_control_has_a_name_and_a_place_in_the_order_of_tabs(open_page, content):
    page = open_page(content).page
    tree = page.locator("#replay").aria_snapshot()
    for name in ("Play", "One frame back", "Frame of the replay", "One frame forward"):
        assert name in tree
    seen = set()
    for _ in range(40):
        page.keyboard.press("Tab")
        seen.add(page.evaluate("document.activeElement.id || document.activeElement.className"))
    assert {"play", "slider", "forward", "plane stage"} <= seen
