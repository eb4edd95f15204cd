"""The page and the drawing in a real Chromium: both passes play, everything can be reached, nothing is fetched."""

from __future__ import annotations

import re

import numpy as np
import pytest

import ganglion as gl
from ganglion.autodiff.graph import NO_OPTIONS, Variable, next_serial
from ganglion.autodiff.showing.drawing._wording import norm
from ganglion.autodiff.showing.drawing.page import draw_page
from ganglion.autodiff.showing.drawing.svg import draw_svg
from ganglion.autodiff.showing.tracing import build_trace

pytestmark = pytest.mark.browser

SIZES = (10, 100, 300)
HOSTILE = (
    'x"onload="alert(1)',
    "</script><script>alert(2)</script>",
    "<img src=x onerror=alert(3)>",
    "\u2028\u202e--><!--",
)


def lecture():
    return gl.autodiff.trace("q = x + y; f = q * z", x=-2, y=5, z=-4)


def test_the_lecture_plays_step_by_step(open_page):
    opened = open_page(lecture())
    page = opened.page
    assert opened.said() == ["Given: x = −2, y = 5, z = −4."]
    assert opened.labels("value") == {"0": "−2", "1": "5", "2": "−4"}
    assert opened.labels("gradient") == {}
    page.click("#forward")
    assert opened.said() == ["q = x + y = −2 + 5 = 3"]
    assert opened.labels("value")["3"] == "3"
    page.click("#forward")
    assert opened.said() == ["f = q × z = 3 × (−4) = −12"]
    page.click("#forward")
    assert opened.labels("gradient") == {"4": "1"}
    page.click("#forward")
    assert opened.said() == ["∂f/∂q = 1 × (−4) = −4", "∂f/∂z = 1 × 3 = 3"]
    assert opened.labels("gradient") == {"4": "1", "3": "−4", "2": "3"}
    assert page.locator(".chips text").all_text_contents() == ["× −4", "× 3"]
    page.click("#forward")
    assert opened.said() == [
        "∂f/∂x = ∂f/∂q × ∂q/∂x = −4 × 1 = −4",
        "∂f/∂y = ∂f/∂q × ∂q/∂y = −4 × 1 = −4",
    ]
    page.click("#back")
    assert opened.labels("gradient") == {"4": "1", "3": "−4", "2": "3"}
    page.click("#end")
    assert opened.said() == ["The gradient: ∂f/∂x = −4, ∂f/∂y = −4, ∂f/∂z = 3."]
    assert page.locator("#forward").is_disabled()
    page.click("#restart")
    assert opened.labels("gradient") == {}
    assert page.locator("#back").is_disabled()
    assert opened.faults == []


@pytest.mark.parametrize("n", SIZES)
def test_the_end_shows_every_value_and_every_gradient(open_page, random_computation, n):
    trace = random_computation(n)
    opened = open_page(trace)
    opened.to(opened.last())
    gradients, values = opened.labels("gradient"), opened.labels("value")
    assert len(trace.nodes) >= n
    for i, node in enumerate(trace.nodes):
        assert gradients[str(i)] == norm(node.upstream)
        assert values[str(i)] == norm(node.value)
        if node.name in trace.grad:
            assert gradients[str(i)] == norm(trace.grad[node.name])
    assert opened.faults == []


@pytest.mark.parametrize("n", SIZES)
def test_slider_keys_buttons_and_pointer_work_at_every_size(open_page, random_computation, n):
    trace = random_computation(n)
    opened = open_page(trace)
    page, last = opened.page, opened.last()
    computed = sum(1 for node in trace.nodes if node.parents)
    assert last == 2 * computed + 2
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowLeft")
    assert opened.step() == 1
    page.keyboard.press("End")
    assert opened.step() == last
    page.keyboard.press("Home")
    assert opened.step() == 0
    for step in (computed // 2, computed + 1, computed + computed // 2):
        opened.to(step)
        assert page.locator(".node.now").count() == 1
        assert page.locator(".flow path:not(.near)").count() >= (step != computed + 1)
    page.click("#back")
    assert opened.step() == computed + computed // 2 - 1
    index = len(trace.nodes) - 2
    page.select_option("#choice", str(index))
    assert page.locator("#detail h2").inner_text() == trace.nodes[index].name
    page.select_option("#choice", "-1")
    page.locator(".node.now .body").hover()
    name = trace.nodes[int(page.locator(".node.now").get_attribute("data-node"))].name
    assert page.locator("#detail h2").inner_text() == name
    assert page.locator("#detail .unsaid").count() == 0
    assert opened.faults == []


def test_the_page_stays_small(random_computation, network_trace):
    assert len(draw_page(random_computation(300)).encode()) < 1_000_000
    assert len(draw_page(network_trace(4, 8, 3)).encode()) < 250_000


def test_playing_runs_to_the_end_and_pauses(open_page):
    opened = open_page(lecture())
    page = opened.page
    opened.stop_clock()
    playing = page.locator("#playing")
    page.select_option("#speed", "4")
    page.keyboard.press("Space")
    assert playing.inner_text() == "Pause"
    while opened.step() < 2:
        page.clock.run_for(60)
    page.keyboard.press("Space")
    assert playing.inner_text() == "Play"
    page.clock.run_for(10_000)
    assert opened.step() == 2
    page.click("#play")
    page.clock.run_for(120_000)
    assert opened.step() == opened.last() and playing.inner_text() == "Play"
    page.click("#play")
    assert opened.step() == 0
    assert opened.faults == []


def test_the_panel_explains_a_node_as_a_sum_over_its_consumers_and_its_paths(
    open_page, network_trace
):
    trace = network_trace(2, 2, 2)
    opened = open_page(trace)
    page = opened.page
    names = [node.name for node in trace.nodes]
    page.select_option("#choice", str(names.index("a2[0]")))
    text = page.locator("#detail").inner_text()
    node = trace["a2[0]"]
    for part in (node.value, node.upstream, *(trace[c].product["a2[0]"] for c in node.children)):
        assert norm(part) in text
    assert page.locator("tr.total").count() == 1
    page.select_option("#choice", str(names.index("W1[0,0]")))
    assert "2 paths from J to W1[0,0]" in page.locator("#detail").inner_text()
    chains = page.locator(".chain")
    assert chains.count() == 2
    for chain, found in zip(chains.all(), trace.paths("W1[0,0]"), strict=True):
        assert " → ".join(found.nodes) in chain.inner_text()
        assert norm(found.product) in chain.inner_text()
        assert chain.inner_text().count("×") == 4  # five factors
    chains.first.hover()
    assert page.locator(".flow .way").count() == 5
    page.locator("#detail .link").first.click()
    assert page.locator("#detail h2").inner_text() == "z2[0]"
    assert opened.faults == []


def test_before_its_time_a_gradient_is_not_given_away(open_page):
    opened = open_page(lecture())
    page = opened.page
    opened.to(1)
    assert "comes with the backward pass" in page.locator("#detail").inner_text()
    page.locator("[data-node='3'] .body").hover()
    assert "What it passes on" in page.locator("#detail").inner_text()


def test_nodes_can_be_chosen_by_click_by_tab_and_let_go(open_page):
    opened = open_page(lecture())
    page = opened.page
    page.locator("[data-node='0'] .body").click()
    page.mouse.move(2, 2)
    assert page.locator("#detail h2").inner_text() == "x"
    assert page.locator("#choice").input_value() == "0"
    page.keyboard.press("Escape")
    assert page.locator("#choice").input_value() == "-1"
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.dataset.node") is not None
    chosen = page.evaluate("document.activeElement.getAttribute('aria-label')").split(",")[0]
    assert page.locator("#detail h2").inner_text() == chosen


def test_the_view_zooms_moves_and_comes_back(open_page, random_computation):
    opened = open_page(random_computation(100))
    page = opened.page
    page.keyboard.press("0")
    whole = opened.view()
    page.click("#in")
    assert opened.view()[2] < whole[2]
    box = page.locator("#drawing").bounding_box()
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.move(*middle)
    page.mouse.wheel(0, -400)
    page.wait_for_function(
        "most => document.querySelector('#drawing').viewBox.baseVal.width < most",
        arg=whole[2] / 1.5,
    )
    closer = opened.view()
    page.mouse.down()
    page.mouse.move(middle[0] + 120, middle[1] + 40, steps=4)
    page.mouse.up()
    scale = closer[2] / box["width"]
    assert closer[0] - opened.view()[0] == pytest.approx(120 * scale, abs=0.05)
    assert closer[1] - opened.view()[1] == pytest.approx(40 * scale, abs=0.05)
    page.click("#fit")
    assert opened.view() == pytest.approx(whole, abs=0.05)
    assert opened.faults == []


def test_following_keeps_the_step_in_view_at_a_legible_size(open_page, random_computation):
    opened = open_page(random_computation(300))
    page = opened.page
    assert page.locator("#follow").get_attribute("aria-pressed") == "true"
    for step in (40, 150, 300, 420):
        opened.to(step)
        stage, now = (
            page.locator("#drawing").bounding_box(),
            page.locator(".node.now .body").bounding_box(),
        )
        assert stage["x"] <= now["x"] <= stage["x"] + stage["width"] - now["width"]
        assert stage["y"] <= now["y"] <= stage["y"] + stage["height"] - now["height"]
        assert stage["width"] / opened.view()[2] > 0.7  # letters of 12 units: more than 8 pixels


def test_hostile_names_are_shown_and_do_nothing(open_page):
    level = next_serial()
    leaves = {
        name: Variable(np.float64(i + 0.5), None, (), NO_OPTIONS, next_serial(), level)
        for i, name in enumerate(HOSTILE)
    }
    inner = leaves[HOSTILE[0]] * leaves[HOSTILE[1]]
    total = inner + leaves[HOSTILE[2]] * leaves[HOSTILE[3]]
    trace = build_trace(
        total, leaves, names={inner: HOSTILE[1], total: HOSTILE[2]}, title=HOSTILE[1]
    )
    for text, name in ((None, "trace.html"), (draw_svg(trace), "trace.svg")):
        opened = open_page(trace, text=text, name=name)
        if text is None:
            for i in range(len(trace.nodes)):
                opened.page.select_option("#choice", str(i))
            for step in range(opened.last() + 1):
                opened.to(step)
            opened.page.select_option("#choice", "0")
            assert opened.page.locator("#detail h2").inner_text() == HOSTILE[0]
            assert (
                opened.page.locator("#narration script, #detail img, svg script, svg img").count()
                == 0
            )
        opened.page.wait_for_timeout(100)
        assert opened.faults == []


def test_the_policy_stops_a_script_that_got_in_all_the_same(open_page):
    opened = open_page(lecture())
    opened.break_in()
    assert opened.page.title() == "q = x + y; f = q * z"
    assert any("Content Security Policy" in fault for fault in opened.faults)


def test_without_a_script_the_finished_drawing_is_there(open_page):
    opened = open_page(lecture(), java_script_enabled=False)
    assert opened.page.locator("noscript p").is_visible()
    for text in ("−12", "−4", "3"):
        assert opened.page.locator(
            "#drawing text", has_text=re.compile(f"^{text}$")
        ).first.is_visible()
    assert opened.faults == []


@pytest.mark.parametrize("width", [320, 390, 820, 1280, 1920])
def test_nothing_needs_scrolling_sideways(open_page, network_trace, width):
    opened = open_page(network_trace(2, 2, 2), viewport={"width": width, "height": 800})
    opened.to(opened.last() - 2)
    assert opened.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert opened.page.locator("#play").bounding_box()["x"] >= 0


@pytest.mark.parametrize("height", [720, 900, 1080])
def test_on_a_projector_everything_fits_on_the_screen(open_page, network_trace, height):
    opened = open_page(
        network_trace(2, 2, 2), viewport={"width": height * 16 // 9, "height": height}
    )
    opened.to(opened.last() - 2)
    assert opened.page.evaluate("document.documentElement.scrollHeight - innerHeight") <= 0
    stage = opened.page.locator("#drawing").bounding_box()
    assert stage["height"] > 0.45 * height


def test_dark_mode_is_dark_and_keeps_its_contrast(open_page):
    def luminance(colour):
        parts = [int(v) / 255 for v in re.findall(r"\d+", colour)[:3]]
        linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    for scheme in ("light", "dark"):
        page = open_page(lecture(), color_scheme=scheme).page
        paper = luminance(
            page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
        )
        assert (paper < 0.05) == (scheme == "dark")
        for selector, least in (
            (".value", 4.5),
            (".gradient", 4.5),
            (".sign", 4.5),
            (".wire", 3.0),
        ):
            what = "stroke" if selector == ".wire" else "fill"
            colour = page.eval_on_selector(selector, f"(e) => getComputedStyle(e).{what}")
            light, dark = sorted((luminance(colour), paper), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= least, (scheme, selector)


def test_every_control_has_a_name_and_the_narration_is_announced(open_page):
    page = open_page(lecture()).page
    tree = page.locator("body").aria_snapshot()
    for name in (
        "Restart",
        "Step back",
        "Play",
        "Step",
        "To the end",
        "Zoom in",
        "Zoom out",
        "Fit",
        "Follow",
        "Node",
        "Speed",
    ):
        assert name in tree
    assert page.locator("[role=status][aria-live=polite] #narration").count() == 1
    page.focus("#play")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_motion_is_left_out_for_those_who_ask(open_page):
    for motion, name in (("reduce", "none"), ("no-preference", "forth")):
        opened = open_page(lecture(), reduced_motion=motion)
        opened.page.click("#forward")
        path = opened.page.locator(".flow path:not(.near)").first
        assert path.evaluate("(e) => getComputedStyle(e).animationName") == name
