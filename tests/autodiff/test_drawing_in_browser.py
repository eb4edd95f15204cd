"""The drawing in a real Chromium, with the letters that it has there: nothing lies on anything else."""

from __future__ import annotations

import pytest

from ganglion.autodiff.showing.drawing.svg import draw_svg

pytestmark = pytest.mark.browser
WIDE = {"viewport": {"width": 2600, "height": 900}}


def overlaps(page):
    """Pairs of texts, or of a text and another node's glyph, whose boxes on the screen overlap; and what is outside."""
    return page.evaluate(
        """() => {
            const svg = document.querySelector("svg.ganglion-trace"), frame = svg.getBoundingClientRect();
            const nodeOf = (e) => e.closest("[data-node], [data-tag]");
            const boxed = (e) => ({ e, b: e.getBoundingClientRect(), says: e.textContent });
            const take = (what) => [...svg.querySelectorAll(what)].map(boxed).filter(({ b }) => b.width);
            const texts = take(".drawing text"), glyphs = take(".body, .flag");
            // A letter's box is higher than the letter: a fifth of it is room for accents and descenders.
            const hit = (a, b) => a.left < b.right - 0.5 && b.left < a.right - 0.5 &&
                a.top + 0.2 * a.height < b.bottom - 0.5 && b.top + 0.2 * b.height < a.bottom - 0.5;
            const found = [];
            texts.forEach((t, i) => {
                const b = t.b;
                for (const u of texts.slice(i + 1)) if (hit(b, u.b)) found.push(t.says + " | " + u.says);
                for (const g of glyphs) {
                    if (nodeOf(g.e) !== nodeOf(t.e) && hit(b, g.b)) found.push(t.says + " on a glyph");
                }
                const inside = b.left >= frame.left && b.right <= frame.right;
                if (!inside || b.top < frame.top || b.bottom > frame.bottom) found.push(t.says + " outside");
            });
            glyphs.forEach((g, i) => {
                for (const h of glyphs.slice(i + 1)) if (hit(g.b, h.b)) found.push("two glyphs");
            });
            return found;
        }"""
    )


@pytest.mark.parametrize("n", [3, 10, 30, 100, 300])
def test_no_text_lies_on_another_or_on_a_node_on_a_real_screen(open_page, random_computation, n):
    trace = random_computation(n)
    opened = open_page(trace, text=draw_svg(trace), name="trace.svg", **WIDE)
    assert overlaps(opened.page) == []
    assert opened.faults == []


@pytest.mark.parametrize("sizes", [(2, 2, 2), (4, 8, 3)])
@pytest.mark.parametrize("level", ["scalar", "layer"])
def test_no_text_of_a_network_lies_on_another(open_page, network_trace, sizes, level):
    trace = network_trace(*sizes, level=level)
    opened = open_page(trace, text=draw_svg(trace), name="trace.svg", **WIDE)
    assert overlaps(opened.page) == []


@pytest.mark.parametrize("n", [10, 100])
def test_no_wire_runs_through_a_glyph_that_it_does_not_belong_to(open_page, random_computation, n):
    trace = random_computation(n)
    opened = open_page(trace, text=draw_svg(trace), name="trace.svg")
    found = opened.page.evaluate(
        """() => {
            const bodies = [...document.querySelectorAll("[data-node] .body")]
                .map((e) => [e.closest("[data-node]").dataset.node, e.getBBox()]);
            const found = [];
            for (const edge of document.querySelectorAll("[data-edge]")) {
                const own = edge.dataset.edge.split(" "), path = edge.querySelector(".wire");
                const long = path.getTotalLength();
                for (let at = 0; at <= long; at += 3) {
                    const p = path.getPointAtLength(at);
                    for (const [node, b] of bodies) {
                        const across = p.x > b.x + 2 && p.x < b.x + b.width - 2;
                        const inside = across && p.y > b.y + 2 && p.y < b.y + b.height - 2;
                        if (inside && !own.includes(node)) found.push(edge.dataset.edge + " through " + node);
                    }
                }
            }
            return found;
        }"""
    )
    assert found == []
