"""The report that the command writes, opened in a real Chromium, says what the command printed."""

from __future__ import annotations

import json

import pytest

from browsing import PATIENCE

pytestmark = pytest.mark.browser


@pytest.fixture
def opened(call, penguins, tmp_path, browser):
    """Cluster the penguins, open the report; give the page and the result."""
    measured = "bill_length_mm,bill_depth_mm,flipper_length_mm,body_mass_g"
    done = call("cluster", penguins, "--columns", measured, "--report", "r.html", "--json")
    page = browser.new_page(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    page.set_default_timeout(PATIENCE)
    faults = []
    page.on("console", lambda message: faults.append(message.text))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto((tmp_path / "r.html").as_uri())
    yield page, json.loads(done.stdout)
    assert faults == []
    page.close()


def test_sizes_sums_and_sentences_are_those_that_were_printed(opened):
    page, found = opened
    text = page.inner_text("main")
    assert "form five clusters" in page.inner_text("h1")
    assert [int(size.split()[0]) for size in page.locator(".sizes .num").all_inner_texts()] == [
        cluster["size"] for cluster in found["clusters"]
    ]
    for cluster in found["clusters"]:
        assert cluster["sentence"] in " ".join(text.split())
    assert f"{found['bss']:,.2f}".rstrip("0").rstrip(".") in text
    assert f"{found['wss']:.3f}" in text


def test_the_choice_of_k_is_drawn_with_its_reason_and_every_vote(opened):
    page, found = opened
    choice = page.locator("#choice")
    assert found["curve"]["reason"] in choice.locator(".reason").inner_text()
    assert "k = 5" in choice.locator(".knee").first.text_content()
    assert choice.locator(".votes dt").count() == len(found["curve"]["votes"])


def test_the_replay_has_every_step_and_ends_at_the_clusters(opened):
    page, found = opened
    rows = page.locator(".descent tbody tr")
    assert rows.count() == found["n_iter"]
    assert f"{found['wss']:.3f}" in rows.last.text_content()
    assert int(page.locator("#slider").get_attribute("max")) >= found["n_iter"]


def test_seed_parameters_and_rows_left_out_are_told(opened):
    page, _ = opened
    made = " ".join(page.inner_text(".made").split())
    for text in ("seed 0", "scale standard", "n_init 10", "344 rows and 4 columns were read"):
        assert text in made
    assert "2 of 344 rows were left out" in made


def test_rows_keep_the_numbers_they_have_in_the_file(opened):
    page, _ = opened
    data = json.loads(page.text_content("#data"))
    # row 4 of the table lacks its measurements
    assert data["rows"][:5] == ["1", "2", "3", "5", "6"]
