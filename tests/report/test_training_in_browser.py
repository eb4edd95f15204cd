"""The replay in a real Chromium: it computes what the library computes, and can be played, stepped, chosen and read."""

from __future__ import annotations

import base64
import io

import numpy as np
import pytest
from PIL import Image, ImageChops

import ganglion as gl
from browsing import OpenedPage
from ganglion.nn import Adam, BatchNorm, Dense, LayerNorm, Network, Residual
from ganglion.report import TrainingRecorder, replay_page

pytestmark = pytest.mark.browser

EPOCHS = 12
# The page's functions stand in one script with the rest; the test asks them anew for answers at given places.
ASK = """([frame, places]) => {
    const data = JSON.parse(document.getElementById("data").textContent);
    const decode = (text) => new Float32Array(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer);
    const network = makeNetwork(data.stages, data.reach, decode), all = decode(data.parameters);
    const size = all.length / data.words.length;
    const at = network.at([0, 1].map((j) => Float32Array.from(places, (p) => p[j])));
    return at.run(all.subarray(frame * size, (frame + 1) * size)).at(-1).map((z) => Array.from(z));
}"""


def problem(n=90):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n, 2))
    return X, (X[:, 0] * X[:, 1] > 0).astype(int)


def make_page(layers, loss, X, y, *, epochs=EPOCHS, eval_set=None, **names):
    network = Network(layers, loss, random_state=1)
    recorder = TrainingRecorder(network, X, y, **names)
    gl.nn.train(
        network,
        X,
        y,
        optimizer=Adam(0.05),
        epochs=epochs,
        random_state=0,
        callbacks=recorder,
        eval_set=eval_set,
    )
    return network, replay_page(
        recorder.replay(title="Four quarters", settings=[("optimiser", "Adam")])
    )


@pytest.fixture(scope="module")
def classes_page():
    X, y = problem()
    layers = [Dense(2, 6, "tanh"), Dense(6, 2, "softmax")]
    return make_page(
        layers, "cross_entropy", X, y, eval_set=(X[:20], y[:20]), classes=["apart", "alike"]
    )[1]


@pytest.fixture
def open_page(browser, tmp_path):
    contexts = []

    def opened(page, **options):
        path = tmp_path / "replay.html"
        path.write_text(page, encoding="utf-8")
        options = {
            "viewport": {"width": 1280, "height": 900},
            "reduced_motion": "reduce",
            **options,
        }
        contexts.append(browser.new_context(**options))
        return OpenedPage(contexts[-1], path)

    yield opened
    for context in contexts:
        context.close()


def pixels(page, selector="#surface"):
    """The colours of a canvas, as one text."""
    return page.locator(selector).first.evaluate("canvas => canvas.toDataURL()")


def difference(one, other):
    """The largest difference between two pictures in any pixel, of 255."""
    images = [Image.open(io.BytesIO(base64.b64decode(text.split(",")[1]))) for text in (one, other)]
    return max(
        high for _, high in ImageChops.difference(*(i.convert("RGB") for i in images)).getextrema()
    )


NETWORKS = {
    **{
        name: [Dense(2, 5, name), Dense(5, 2, "softmax")]
        for name in gl.nn.activations
        if name != "softmax"
    },
    "own": [Dense(2, 5, np.sin), Dense(5, 2, "softmax")],
    "norms": [
        Dense(2, 5),
        BatchNorm(5, "relu"),
        Dense(5, 4, bias=False),
        LayerNorm(4, "tanh"),
        Dense(4, 2, "softmax"),
    ],
    "residual": [
        Dense(2, 4, "tanh"),
        Residual([Dense(4, 4, "relu"), Dense(4, 4)]),
        Dense(4, 2, "softmax"),
    ],
    "first residual": [Residual([Dense(2, 2, "tanh")]), Dense(2, 2, "softmax")],
}


@pytest.mark.parametrize("name", NETWORKS)
def test_the_page_computes_what_the_library_computes(open_page, name):
    X, y = problem()
    network, page = make_page(NETWORKS[name], "cross_entropy", X, y, epochs=3)
    opened = open_page(page)
    places = np.random.default_rng(1).normal(size=(50, 2))
    answers = np.array(opened.page.evaluate(ASK, [3, places.tolist()])).T
    assert np.max(np.abs(answers - network.forward(places))) < 2e-5
    assert opened.faults == []


def test_the_page_opens_at_the_end_without_a_fault(open_page, classes_page):
    opened = open_page(classes_page)
    page = opened.page
    assert opened.faults == []
    assert page.title() == "Four quarters"
    assert page.locator("#slider").input_value() == str(EPOCHS)
    assert f"Epoch {EPOCHS} of {EPOCHS}." in page.locator(".status").inner_text()
    assert page.locator(".tile").count() == 2 + 6 + 2
    assert page.locator("#diagram path").count() == 2 * 6 + 6 * 2


def test_the_slider_changes_surface_neurons_weights_and_numbers(open_page, classes_page):
    opened = open_page(classes_page)
    page = opened.page
    seen = []
    for frame in ("0", "5", str(EPOCHS)):
        page.locator("#slider").fill(frame)
        seen.append(
            (
                pixels(page),
                pixels(page, ".tile:nth-of-type(3) canvas"),
                page.locator("#diagram path").first.get_attribute("style"),
                page.locator("#n-loss").inner_text(),
                page.locator("circle.now.train").get_attribute("cx"),
            )
        )
    for parts in zip(*seen, strict=True):
        assert len(set(parts)) == 3
    page.locator("#slider").fill("0")
    assert "Before training." in page.locator(".status").inner_text()
    assert opened.faults == []


def test_the_share_of_points_on_their_side_is_that_of_the_library(open_page):
    X, y = problem()
    network, html = make_page([Dense(2, 6, "tanh"), Dense(6, 2, "softmax")], "cross_entropy", X, y)
    right = float(np.mean(network.forward(X).argmax(axis=1) == y))
    shown = open_page(html).page.locator("#n-right").inner_text()
    assert shown.replace("\N{NO-BREAK SPACE}", "") == f"{100 * right:.1f}".removesuffix(".0") + "%"


def test_buttons_and_keys_step_both_ways_and_stop_at_the_ends(open_page, classes_page):
    opened = open_page(classes_page)
    page = opened.page

    def frame():
        return int(page.locator("#slider").input_value())

    assert page.locator("#forward").is_disabled()
    page.click("#back")
    page.click("#back")
    page.click("#forward")
    assert frame() == EPOCHS - 1
    for place in ("#slider", ".stage", ".tile >> nth=3"):
        page.focus(place)
        page.keyboard.press("Home")
        assert frame() == 0
        page.keyboard.press("ArrowRight")
        page.keyboard.press("ArrowRight")
        page.keyboard.press("ArrowLeft")
        assert frame() == 1
        page.keyboard.press("End")
        page.keyboard.press("ArrowRight")
        assert frame() == EPOCHS
    page.focus("#slider")
    page.keyboard.press("PageDown")
    assert frame() == EPOCHS - 10
    assert opened.faults == []


def test_play_runs_to_the_end_and_starts_again_from_the_beginning(open_page, classes_page):
    opened = open_page(classes_page)
    page, slider = opened.page, opened.page.locator("#slider")
    page.locator("#speed").select_option("3")
    slider.fill(str(EPOCHS - 2))
    opened.stop_clock()
    play = page.locator("#play")
    play.click()
    assert play.inner_text() == "Pause" and play.get_attribute("aria-pressed") == "true"
    page.clock.run_for(3 * 400 / 3)
    assert play.inner_text() == "Play" and slider.input_value() == str(EPOCHS)
    page.focus(".stage")
    page.keyboard.press("Space")
    page.clock.run_for(2.5 * 400 / 3)
    assert play.inner_text() == "Pause" and slider.input_value() == "2"
    page.keyboard.press("Space")
    page.clock.run_for(400)
    assert play.inner_text() == "Play" and slider.input_value() == "2"
    assert opened.faults == []


def test_a_chosen_neuron_is_shown_large_with_its_weights_and_let_go_again(open_page, classes_page):
    opened = open_page(classes_page)
    page = opened.page
    before, tile = pixels(page), page.locator(".tile").nth(4)
    assert tile.get_attribute("aria-label") == "layer 2, neuron 3"
    tile.focus()
    page.keyboard.press("Enter")
    assert tile.get_attribute("aria-pressed") == "true"
    assert page.locator("#says").inner_text() == "What layer 2, neuron 3 answers"
    assert difference(pixels(page), before) > 50
    assert page.locator("#diagram path.lit").count() == 2 + 2
    page.locator(".tile").nth(0).click()
    assert tile.get_attribute("aria-pressed") == "false"
    assert page.locator("#diagram path.lit").count() == 6
    page.locator(".tile").nth(0).click()
    # The browser may smooth edges in another way once it has seen that a canvas is read.
    assert difference(pixels(page), before) <= 2 and page.locator("#diagram path.lit").count() == 0
    assert opened.faults == []


def test_the_curve_leads_to_the_epoch_that_is_pointed_at(open_page, classes_page):
    opened = open_page(classes_page)
    box = opened.page.locator("#losses").bounding_box()
    opened.page.mouse.click(box["x"] + box["width"] * 84 / 560, box["y"] + box["height"] / 2)
    assert opened.page.locator("#slider").input_value() == "0"


def test_regressions_and_a_single_sigmoid_are_replayed(open_page):
    X, y = problem()
    for loss, last, targets in (
        ("squared", Dense(6, 1), X[:, 0] * X[:, 1]),
        ("binary_cross_entropy", Dense(6, 1, "sigmoid"), y[:, None]),
    ):
        opened = open_page(make_page([Dense(2, 6, "tanh"), last], loss, X, targets)[1])
        first = pixels(opened.page)
        opened.page.locator("#slider").fill("0")
        assert pixels(opened.page) != first
        assert opened.page.locator("#legend").inner_text().strip()
        assert opened.faults == []


def test_large_layers_are_folded_and_say_so(open_page):
    X, y = problem()
    opened = open_page(
        make_page([Dense(2, 30, "relu"), Dense(30, 2, "softmax")], "cross_entropy", X, y)[1]
    )
    page = opened.page
    assert page.locator(".tile").count() == 2 + 9 + 2
    assert "first 8 and the last" in page.locator("#folded").inner_text()
    assert page.locator(".tile").nth(10).get_attribute("aria-label") == "layer 2, neuron 30"


HOSTILE = ["</script><img src=x onerror=alert(1)>", "<svg/onload=alert(2)>{{7*7}}${7*7}"]


def test_hostile_names_are_shown_literally_and_do_nothing(open_page):
    X, y = problem()
    network = Network(
        [Dense(2, 3, "tanh"), Dense(3, 2, "softmax")], "cross_entropy", random_state=0
    )
    recorder = TrainingRecorder(network, X, y, inputs=HOSTILE, classes=HOSTILE[::-1])
    gl.nn.train(network, X, y, optimizer=Adam(), epochs=2, callbacks=recorder)
    html = replay_page(recorder.replay(title=HOSTILE[0], settings=[(HOSTILE[0], HOSTILE[1])]))
    for width in (1280, 390):
        opened = open_page(html, viewport={"width": width, "height": 900})
        text = opened.page.evaluate("document.body.textContent")
        assert all(name in text for name in HOSTILE)
        assert opened.page.locator("img").count() == 0
        opened.page.wait_for_timeout(100)
        assert opened.faults == []
        assert opened.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


@pytest.mark.parametrize("width", [320, 390, 760, 1280])
def test_nothing_needs_scrolling_sideways_and_no_tile_lies_on_another(
    open_page, classes_page, width
):
    page = open_page(classes_page, viewport={"width": width, "height": 800}).page
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    overlapping = page.evaluate(
        """() => {
            const nodes = document.querySelectorAll(".tile, .diagram .head, .side-name");
            const boxes = [...nodes].map((node) => node.getBoundingClientRect());
            let found = 0;
            boxes.forEach((a, i) => boxes.slice(i + 1).forEach((b) => {
                found += a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1;
            }));
            return found;
        }"""
    )
    assert overlapping == 0


def test_the_controls_stay_in_sight_while_the_neurons_are_looked_at(open_page, classes_page):
    page = open_page(classes_page).page
    page.locator("#diagram .tile").last.scroll_into_view_if_needed()
    page.mouse.wheel(0, 200)
    page.wait_for_timeout(100)
    box = page.locator("#play").bounding_box()
    assert box["y"] >= 0 and box["y"] + box["height"] <= 900


def test_dark_mode_turns_page_and_drawing_dark(open_page, classes_page):
    def lightness(scheme):
        page = open_page(classes_page, color_scheme=scheme).page
        page.locator(".tile").nth(
            0
        ).click()  # the first input: its middle has the colour of the ground
        return page.evaluate(
            """() => {
                const canvas = document.getElementById("surface");
                const middle = canvas.getContext("2d").getImageData(canvas.width / 2, 4, 1, 1).data;
                const ground = getComputedStyle(document.documentElement).backgroundColor.match(/[0-9]+/g);
                return [middle, ground].map((c) => (Number(c[0]) + Number(c[1]) + Number(c[2])) / 3);
            }"""
        )

    assert max(lightness("dark")) < 60
    assert min(lightness("light")) > 200


def test_without_javascript_the_curve_and_the_numbers_are_there(open_page, classes_page):
    opened = open_page(classes_page, java_script_enabled=False)
    page = opened.page
    assert page.locator("noscript p").is_visible()
    assert page.locator("#replay").is_hidden() and page.locator("#bar").is_hidden()
    assert page.locator("#losses .line").count() == 2
    assert page.locator("tbody tr").count() == EPOCHS
    assert opened.faults == []


def test_every_control_has_a_name_and_a_place_in_the_order_of_tabs(open_page, classes_page):
    page = open_page(classes_page).page
    tree = page.locator("body").aria_snapshot()
    for name in (
        "Play",
        "One moment back",
        "Moment of the training",
        "layer 2, neuron 1",
        "Speed",
        "Losses of the epochs",
    ):
        assert name in tree
    assert (
        page.locator("#surface").get_attribute("aria-label").startswith("What the network answers")
    )
    seen = set()
    for _ in range(30):
        page.keyboard.press("Tab")
        seen.add(page.evaluate("document.activeElement.id || document.activeElement.className"))
    assert {"play", "slider", "back", "speed", "plane stage", "tile"} <= seen


def test_a_reader_is_told_of_a_step_but_not_of_every_frame_while_playing(open_page, classes_page):
    opened = open_page(classes_page)
    page = opened.page
    opened.stop_clock()
    assert page.locator(".status").get_attribute("aria-live") == "polite"
    page.locator("#slider").fill("0")
    page.click("#play")
    assert page.locator(".status").get_attribute("aria-live") == "off"
    page.click("#play")
    assert page.locator(".status").get_attribute("aria-live") == "polite"
