"""Pages of parts in a real Chromium: by pointer, by keys, by touch, on paper, with and without script."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from page_reading import WORST
from part_pages import every_part, map_of

from browsing import OpenedPage
from ganglion.report.parts import Answer, page
from ganglion.report.writing import write_page

pytestmark = pytest.mark.browser

LONG = "W" * 400


@pytest.fixture
def open_parts(browser, tmp_path):
    contexts = []

    def opened(parts, **options):
        path = tmp_path / "page.html"
        write_page(path, page("A page", parts))
        options = {"viewport": {"width": 1280, "height": 900}, "reduced_motion": "reduce"} | options
        contexts.append(browser.new_context(**options))
        return OpenedPage(contexts[-1], path)

    yield opened
    for context in contexts:
        context.close()


def worst(value):
    """Words that break lines and pages, in every slot of a record."""
    if isinstance(value, str):
        return value if value.startswith("#") or not value else WORST.replace("\ud800", "") + LONG
    if hasattr(value, "__dataclass_fields__"):
        names = [
            n
            for n in value.__dataclass_fields__
            if n not in ("colour", "picture", "before", "after")
        ]
        return replace(value, **{name: worst(getattr(value, name)) for name in names})
    if isinstance(value, list | tuple):
        return type(value)(map(worst, value))
    return value


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 390, 1280])
def test_nothing_is_wider_than_the_screen_and_nothing_breaks(open_parts, width, scheme):
    opened = open_parts(every_part(), viewport={"width": width, "height": 800}, color_scheme=scheme)
    assert opened.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert opened.faults == []


@pytest.mark.parametrize("width", [390, 1280])
def test_hostile_words_run_nothing_and_break_no_line(open_parts, width):
    opened = open_parts(list(map(worst, every_part())), viewport={"width": width, "height": 800})
    opened.page.locator("input[type=search]").first.fill("alert")
    for button in opened.page.locator("th button").all():
        button.click()
    assert opened.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert opened.faults == []


@pytest.mark.parametrize("n", [200, 20_000, pytest.param(1_000_000, marks=pytest.mark.heavy)])
def test_maps_of_any_size_answer_to_the_pointer(open_parts, n):
    opened = open_parts([Answer(sentences=["Five groups."]), map_of(n)])
    found = opened.page
    assert found.locator(".shade" if n > 5000 else ".mark").first.is_visible()
    x, y = found.evaluate(
        """() => {
            const svg = document.querySelector(".plane svg"), box = svg.getBoundingClientRect();
            svg.scrollIntoView();
            const data = JSON.parse(document.getElementById("data").textContent).map;
            const raw = Uint8Array.from(atob(data.points), (c) => c.charCodeAt(0));
            const [a, b] = new Uint16Array(raw.buffer), now = svg.getBoundingClientRect();
            return [now.left + a / 10 * box.width / 720, now.top + b / 10 * box.width / 720];
        }"""
    )
    found.mouse.move(x, y)
    assert re.search(r"(group \d|no group) · customer \d{7}", found.inner_text(".tip"))
    assert opened.faults == []


def test_groups_are_hidden_and_shown_and_the_pointer_passes_hidden_ones(open_parts):
    opened = open_parts(every_part())
    boxes = opened.page.locator(".legend input")
    assert boxes.count() == 2
    boxes.nth(0).uncheck()
    mark = opened.page.locator('.plane [data-cluster="0"]').first
    assert not mark.is_visible()
    opened.page.get_by_role("button", name="Hide all").click()
    assert opened.page.locator(".legend input:checked").count() == 0
    opened.page.get_by_role("button", name="Show all").click()
    assert mark.is_visible()
    assert opened.faults == []


def test_the_map_can_be_walked_by_keys_and_says_where_one_is(open_parts):
    opened = open_parts(every_part())
    opened.page.focus(".plane")
    opened.page.keyboard.press("ArrowRight")
    said = opened.page.locator(".plane [role=status]")
    first = said.text_content()
    assert re.search(r"(frequent|lapsed) · customer \d{3}", first)
    for _ in range(3):
        opened.page.keyboard.press("ArrowRight")
    assert said.text_content() != first
    opened.page.keyboard.press("Escape")
    assert opened.page.locator(".tip").is_hidden()


def test_the_search_finds_by_all_words_without_accents_and_leads_to_the_place(open_parts):
    parts = every_part()
    texts = [f"Café number {i:03d}" for i in range(40)]
    parts[1] = replace(parts[1], texts=texts)
    opened = open_parts(parts)
    field = opened.page.get_by_role("searchbox")
    field.fill("cafe 01")
    assert opened.page.inner_text(".found") == "11 found"  # 001 and 010 to 019
    assert opened.page.locator("ul.hits button").count() == 11
    opened.page.locator("ul.hits button").nth(1).focus()
    assert "Café number 010" in opened.page.inner_text(".tip")
    field.fill("nothing like it")
    assert opened.page.inner_text(".found") == "nothing found"
    field.press("Escape")
    assert opened.page.inner_text(".found") == ""
    assert opened.faults == []


def test_a_table_is_sorted_by_numbers_both_ways_by_keys(open_parts):
    opened = open_parts(every_part())
    head = opened.page.locator("th", has_text="recency").last
    head.locator("button").focus()
    opened.page.keyboard.press("Enter")
    assert head.get_attribute("aria-sort") == "ascending"
    column = "rows => rows.map(row => Number(row.cells[2].dataset.by))"
    up = opened.page.eval_on_selector_all(".sortable tbody tr", column)
    assert up == sorted(up)
    opened.page.keyboard.press("Enter")
    assert head.get_attribute("aria-sort") == "descending"
    assert opened.page.eval_on_selector_all(".sortable tbody tr", column) == up[::-1]


def test_the_slider_lays_one_picture_over_the_other(open_parts):
    opened = open_parts(every_part())
    slider = opened.page.locator(".slide input")
    slider.fill("25")
    clip = opened.page.eval_on_selector(".compare .over img", "node => node.style.clipPath")
    assert clip == "inset(0px 75% 0px 0px)"
    assert opened.faults == []


def test_without_script_everything_is_there_to_read(open_parts):
    opened = open_parts(every_part(), java_script_enabled=False)
    for words in ("frequent", "Call them.", "income over 200", "Two groups.", "ganglion customers"):
        assert words in opened.page.inner_text("body")
    assert opened.page.locator(".compare img").count() == 2
    assert opened.page.locator(".find").is_hidden()


def test_every_control_can_be_reached_has_a_name_and_is_large_enough_to_touch(open_parts):
    opened = open_parts(every_part(), viewport={"width": 390, "height": 800})
    controls = opened.page.evaluate(
        """() => [...document.querySelectorAll("a[href], button, input, summary")]
            .filter((node) => node.checkVisibility() && !node.classList.contains("skip")).map((node) => {
              const box = node.getBoundingClientRect();
              return [node.outerHTML.slice(0, 80), box.height,
                (node.getAttribute("aria-label") || node.textContent || node.labels?.[0]?.textContent || "").trim()];
            })"""
    )
    assert len(controls) > 15
    for what, height, name in controls:
        assert name, what
        # WCAG 2.2, 2.5.8: targets of at least 24 pixels, or as much room around them
        assert height >= 22, (what, height)


def test_headings_and_landmarks_are_in_order(open_parts):
    opened = open_parts(every_part())
    levels = opened.page.eval_on_selector_all(
        "h1, h2, h3, h4", "nodes => nodes.map(node => Number(node.tagName[1]))"
    )
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    for role in ("banner", "navigation", "main", "contentinfo", "search"):
        assert opened.page.get_by_role(role).count() == 1, role
    assert opened.page.get_by_role("region").count() >= len(every_part()) - 1


LUMINANCE = """(rgb) => {
  const [r, g, b] = rgb.match(/[\\d.]+/g).slice(0, 3).map((v) => v / 255)
    .map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_words_have_the_contrast_that_reading_needs(open_parts, scheme):
    opened = open_parts(every_part(), color_scheme=scheme)
    ratios = opened.page.evaluate(
        f"""() => {{
          const luminance = {LUMINANCE};
          const ground = (node) => {{
            for (; node; node = node.parentElement) {{
              const found = getComputedStyle(node).backgroundColor;
              if (!/, 0\\)$|transparent/.test(found)) return found;
            }}
            return getComputedStyle(document.documentElement).backgroundColor;
          }};
          const found = [];
          for (const node of document.querySelectorAll("body *:not(svg *)")) {{
            const words = [...node.childNodes].some((c) => c.nodeType === 3 && c.data.trim());
            if (!words || !node.checkVisibility()) continue;
            const a = luminance(getComputedStyle(node).color), b = luminance(ground(node));
            found.push([(Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), node.outerHTML.slice(0, 90)]);
          }}
          return found;
        }}"""
    )
    assert len(ratios) > 100
    least, where = min(ratios)
    assert least >= 4.5, where  # WCAG 2.2, 1.4.3


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_marks_stand_out_from_the_paper(open_parts, scheme):
    opened = open_parts(
        [Answer(sentences=["Eight groups."]), map_of(300, k=8)], color_scheme=scheme
    )
    ratios = opened.page.evaluate(
        f"""() => {{
          const luminance = {LUMINANCE};
          const paper = luminance(getComputedStyle(document.querySelector(".paper")).fill);
          return [...document.querySelectorAll(".plane .mark")].map((mark) => {{
            const ink = luminance(getComputedStyle(mark).fill);
            return (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
          }});
        }}"""
    )
    assert min(ratios) >= 3.0  # WCAG 2.2, 1.4.11


def test_on_paper_the_page_has_no_controls_and_both_pictures(open_parts):
    opened = open_parts(every_part())
    opened.page.emulate_media(media="print")
    for hidden in ("nav", ".find", ".legend input", ".slide", ".skip"):
        assert not opened.page.locator(hidden).first.is_visible(), hidden
    boxes = [box.bounding_box() for box in opened.page.locator(".compare img").all()]
    assert boxes[0]["x"] + boxes[0]["width"] <= boxes[1]["x"] + 1
    pdf = opened.page.pdf(format="A4", print_background=True)
    assert pdf.startswith(b"%PDF")
    assert len(pdf) > 20_000


def test_points_are_where_the_rows_lie(open_parts):
    parts = every_part()
    opened = open_parts(parts)
    marks = opened.page.eval_on_selector_all(
        ".plane .mark",
        "nodes => nodes.map(node => (node.getAttribute('d').match(/M/g) || []).length)",
    )
    assert sorted(marks) == sorted(np.bincount(parts[1].labels).tolist())
