"""The report of a training, opened in a real Chromium, says what the command printed."""

from __future__ import annotations

import json

import pytest

from browsing import PATIENCE

pytestmark = pytest.mark.browser


@pytest.fixture(params=["species", "body_mass_g"])
def opened(request, call, penguins, tmp_path, browser):
    """Train on the penguins, open the report; give the page and the result."""
    done = call("train", penguins, "--target", request.param, "--report", "r.html", "--json")
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.set_default_timeout(PATIENCE)
    faults, asked = [], []
    page.on("console", lambda message: faults.append(message.text))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto((tmp_path / "r.html").as_uri())
    yield page, json.loads(done.stdout)
    assert faults == []
    assert [url for url in asked if not url.startswith("file:")] == []
    page.close()


def test_scores_columns_and_curves_are_those_of_the_result(opened):
    page, found = opened
    main = " ".join(page.inner_text("main").split())
    for column, drop in found["importance"].items():
        assert column in main and f"{100 * drop:.1f} points" in main
    for reason in found["notes"]:
        assert reason in main
    assert f"{found['epochs']} epochs" in page.inner_text(".lede")
    assert page.locator(".scores tbody tr").count() == len(found["scores"])
    if found["classes"]:
        cells = page.locator(".matrix tbody td").all_inner_texts()
        flat = [str(count) for row in found["confusion"] for count in row]
        assert [cell.strip() for cell in cells] == flat
    else:
        assert page.locator(".scatter circle").count() == found["rows"]["kept_back"]


def test_nothing_is_wider_than_a_telephone(opened):
    page, _ = opened
    page.set_viewport_size({"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
