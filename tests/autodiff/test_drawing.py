"""The drawing: everything is there, nothing lies on anything else, and nothing in it does anything."""

from __future__ import annotations

import functools
import itertools
import re
from xml.etree import ElementTree

import numpy as np
import pytest

import ganglion as gl
from ganglion.autodiff.showing.drawing import _wording as wording
from ganglion.autodiff.showing.drawing._chains import chains_of
from ganglion.autodiff.showing.drawing._figure import figure_of
from ganglion.autodiff.showing.drawing._layering import layers, lines
from ganglion.autodiff.showing.drawing._layout import Item, lay_out
from ganglion.autodiff.showing.drawing._ordering import crossings, order_columns
from ganglion.autodiff.showing.drawing._placing import fit_in_order
from ganglion.autodiff.showing.drawing._story import story, with_numbers
from ganglion.autodiff.showing.drawing.svg import draw_svg
from quickness import done_within

SVG = "{http://www.w3.org/2000/svg}"
SIZES = (3, 10, 30, 100, 300)
HOSTILE = (
    'x"onload="alert(1)',
    "</title><script>alert(2)</script>",
    "&lt;b&gt;'`",
    "\u202eabc\x07",
    "W" * 400,
)


def lecture():
    return gl.autodiff.trace("q = x + y; f = q * z", x=-2, y=5, z=-4)


def hostile_trace():
    """A trace whose names try to leave their places."""
    from ganglion.autodiff.graph import NO_OPTIONS, Variable, next_serial
    from ganglion.autodiff.showing.tracing import build_trace

    level = next_serial()
    leaves = {
        name: Variable(np.float64(i + 1.5), None, (), NO_OPTIONS, next_serial(), level)
        for i, name in enumerate(HOSTILE)
    }
    total = sum(list(leaves.values())[1:], next(iter(leaves.values())))
    return build_trace(total * total, leaves, names={total: "<i>inner</i>"}, title=HOSTILE[1])


def texts(root, name):
    return [t.text for t in root.iter(f"{SVG}text") if t.get("class") == name]


def test_the_lecture_has_its_numbers_above_and_below_the_wires():
    root = ElementTree.fromstring(draw_svg(lecture()))
    assert texts(root, "value") == ["−2", "5", "−4", "3", "−12"]
    assert texts(root, "gradient") == ["−4", "−4", "3", "−4", "1"]
    seen = 0
    for node in root.iter(f"{SVG}g"):
        if "node" in node.get("class", "").split():
            value, gradient = (
                next(t for t in node if t.get("class") == c) for c in ("value", "gradient")
            )
            body = next(r for r in node if r.get("class") == "body")
            wire = float(body.get("y")) + float(body.get("height")) / 2
            assert float(value.get("y")) < wire < float(gradient.get("y"))
            assert value.get("x") == gradient.get("x")
            seen += 1
    assert seen == 5


def test_kinds_of_nodes_differ_in_shape_and_not_only_in_colour():
    root = ElementTree.fromstring(draw_svg(gl.autodiff.trace("2 * x + x", x=1.0)))
    nodes = {
        g.get("class"): [r.get("class") for r in g.iter(f"{SVG}rect")]
        for g in root.iter(f"{SVG}g")
        if "data-node" in g.attrib
    }
    assert set(nodes) == {"node input", "node constant", "node op", "node op output"}
    assert nodes["node op output"] == ["rim", "body"]
    assert "stroke-dasharray" in re.search(r"\.constant \.body {[^}]*}", draw_svg(lecture()))[0]


def test_a_value_used_twice_has_the_sum_at_its_start_and_the_shares_at_its_ends():
    root = ElementTree.fromstring(draw_svg(gl.autodiff.trace("x * x * 3 + 5 * x", x=2.0)))
    # f = 3 x^2 + 5 x: df/dx = 6 x + 5 = 17, of which 12 by the square and 5 by the product.
    assert "17" in texts(root, "gradient")
    assert sorted(texts(root, "share")) == ["12", "5"]


@pytest.mark.parametrize("n", SIZES)
def test_the_drawing_is_one_well_formed_document_without_script(random_computation, n):
    text = draw_svg(random_computation(n))
    root = ElementTree.fromstring(text)
    assert root.find(f"{SVG}title").text
    assert root.find(f"{SVG}desc").text
    ids = [e.get("id") for e in root.iter() if e.get("id")]
    assert root.get("aria-labelledby").split() == ids
    assert not list(root.iter(f"{SVG}script"))
    assert not re.search(
        r"https?://(?!www\.w3\.org/2000/svg)|url\(|@import|<image|<use|<foreign", text
    )
    assert "prefers-color-scheme: dark" in text


def test_hostile_names_are_text_and_nothing_else():
    text = draw_svg(hostile_trace())
    root = ElementTree.fromstring(text)
    tags = {e.tag.removeprefix(SVG) for e in root.iter()}
    assert tags <= {"svg", "title", "desc", "style", "rect", "g", "path", "text", "tspan", "circle"}
    assert not any(name.startswith("on") for e in root.iter() for name in e.attrib)
    shown = "".join(root.itertext())
    assert "</title><script>alert(2)</script>" in shown
    assert "\u202e" not in text and "\x07" not in text
    assert max(len(t) for t in texts(root, "name")) <= wording.LONGEST_NAME


def boxes(figure):
    """The box of every node with all that is written at it, as (left, top, right, bottom)."""
    style = figure.parts.style
    for part, spot in zip(figure.parts.parts, figure.spots, strict=True):
        wide = max(part.width, wording.width(part.label, style.name - 1))
        top = spot.y - part.height / 2 - (style.name if part.label else 0)
        yield spot.x - wide / 2, top, spot.x + wide / 2, spot.y + part.height / 2
        numbers = max(
            wording.width(part.above, style.number), wording.width(part.below, style.number)
        )
        if numbers:
            yield spot.end - 6 - numbers, spot.y - style.line, spot.end, spot.y + style.line


def assert_apart(figure):
    found = list(boxes(figure))
    for a, b in itertools.combinations(found, 2):
        apart = (
            a[2] <= b[0] + 0.01 or b[2] <= a[0] + 0.01 or a[3] <= b[1] + 0.01 or b[3] <= a[1] + 0.01
        )
        assert apart, (a, b)
    assert min(box[0] for box in found) >= 0
    assert min(box[1] for box in found) >= 0
    assert max(box[2] for box in found) <= figure.width
    assert max(box[3] for box in found) <= figure.height


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("n", SIZES)
def test_no_node_and_no_number_lies_on_another(random_computation, n, seed):
    trace = random_computation(n, seed=seed)
    assert_apart(figure_of(trace))
    assert_apart(figure_of(trace, local_room=62))


@pytest.mark.parametrize("sizes", [(2, 2, 2), (4, 8, 3), (1, 1), (3, 1), (2, 3, 3, 1)])
def test_networks_are_drawn_without_overlaps(network_trace, sizes):
    assert_apart(figure_of(network_trace(*sizes)))
    assert_apart(figure_of(network_trace(*sizes, level="layer")))


@pytest.mark.parametrize("sizes", [(2, 2, 2), (4, 8, 3)])
def test_a_network_looks_like_one(network_trace, sizes):
    trace = network_trace(*sizes)
    figure = figure_of(trace)
    spot = dict(zip((node.name for node in trace.nodes), figure.spots, strict=True))
    columns = []
    for layer, count in enumerate(sizes, 1):
        for sign in ("x",) if layer == 1 else ("z", "a"):
            name = sign if layer == 1 else f"{sign}{layer}"
            neurons = [spot[f"{name}[{j}]"] for j in range(count)]
            assert len({neuron.x for neuron in neurons}) == 1
            assert [n.y for n in neurons] == sorted(n.y for n in neurons)
            columns.append(neurons[0].x)
    assert columns == sorted(columns)
    # A weight sits on the wire that it scales, before its own neuron.
    for layer, (a, b) in enumerate(itertools.pairwise(sizes), 1):
        for i, j in itertools.product(range(a), range(b)):
            weight, neuron = spot[f"W{layer}[{i},{j}]"], spot[f"z{layer + 1}[{j}]"]
            source = "x" if layer == 1 else f"a{layer}"
            assert spot[f"{source}[{i}]"].x < weight.x < neuron.x
            at = [n.name for n in trace.nodes]
            edge = next(
                e
                for e in figure.edges
                if (e.parent, e.consumer)
                == (at.index(f"{source}[{i}]"), at.index(f"z{layer + 1}[{j}]"))
            )
            assert f" {weight.y:.1f}".removesuffix(".0") in edge.path


def test_the_same_trace_is_the_same_text(random_computation):
    trace = random_computation(60)
    assert draw_svg(trace) == draw_svg(trace) == draw_svg(random_computation(60))


@pytest.mark.parametrize("n", SIZES)
def test_letters_stay_legible_in_a_page_as_wide_as_the_drawing(random_computation, n):
    root = ElementTree.fromstring(draw_svg(random_computation(n)))
    # 11 of 2,600 units: 8 pixels where the drawing is fitted into the width of a full HD screen.
    assert float(root.get("viewBox").split()[2]) < 2600
    sizes = [
        float(s) for s in re.findall(r"font-size: ([\d.]+)px", draw_svg(random_computation(n)))
    ]
    assert min(sizes) >= 11


def test_large_computations_are_drawn_in_time(random_computation):
    for n, limit in ((300, 4), (2000, 30)):  # measured: 0.2 s and 1 s
        trace = random_computation(n)
        done_within(limit, functools.partial(draw_svg, trace))


def test_a_long_chain_goes_on_in_the_next_line():
    lines = ["h0 = sin(x)", *(f"h{i + 1} = sin(h{i})" for i in range(199))]
    trace = gl.autodiff.trace("\n".join(lines), x=1.0)
    figure = figure_of(trace)
    assert figure.width < 2200
    assert len(figure.tags) >= 5
    assert_apart(figure)


def test_one_node_and_unused_inputs_are_drawn():
    for trace in (gl.autodiff.trace("x", x=2.0), gl.autodiff.trace("x + 1", x=2.0, y=3.0)):
        assert_apart(figure_of(trace))
        ElementTree.fromstring(draw_svg(trace))


def test_numbers_that_are_not_finite_are_drawn():
    with pytest.warns(gl.GanglionWarning):
        trace = gl.autodiff.trace("log(x) * y", x=0.0, y=0.0)
    root = ElementTree.fromstring(draw_svg(trace))
    assert {"−∞", "NaN"} <= set(texts(root, "value"))


def test_arrays_are_shown_by_shape_and_norm():
    trace = gl.autodiff.trace("sum(W @ x)", W=[[3.0, 0.0], [0.0, 4.0]], x=[1.0, 0.0])
    root = ElementTree.fromstring(draw_svg(trace))
    assert "[2×2] ‖5‖" in texts(root, "value")
    assert "‖1.414‖" in texts(root, "gradient")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"), (-0.0, "0"), (3.0, "3"), (-12, "−12"), (0.36787944, "0.3679"), (1234.567, "1235"),
        (2 / 3, "0.6667"), (-1 / 128, "−0.00781"), (1.2039e-5, "1.2×10⁻⁵"), (6.02214e23, "6.022×10²³"),
        (999999, "999999"), (1e6, "1×10⁶"), (0.1, "0.1"), (100.0, "100"),
        (float("inf"), "∞"), (float("-inf"), "−∞"), (float("nan"), "NaN"),
    ],
)  # fmt: skip
def test_numbers_have_three_or_four_digits_and_a_true_minus(value, text):
    assert wording.number(value) == text


def test_inputs_stand_where_they_are_first_needed():
    # x + y in column 0 -> 1; z belongs beside the sum, one column before the product.
    parents = [(), (), (), (0, 1), (3, 2)]
    assert layers(parents) == [0, 0, 1, 1, 2]


def test_columns_are_broken_where_few_wires_are_cut():
    assert lines([100.0] * 4, [0, 9, 1, 9], 210.0) == [range(2), range(2, 4)]
    assert lines([100.0] * 4, [0, 0, 0, 0], 400.0) == [range(4)]


def test_the_order_removes_crossings_that_need_not_be():
    # Two wires that cross in the order given.
    right = [[(3, 0.5)], [(2, 0.5)], [], []]
    left = [[], [], [(1, 0.5)], [(0, 0.5)]]
    assert crossings([[0, 1], [2, 3]], right) == 1
    assert crossings(order_columns([[0, 1], [2, 3]], left, right, sweeps=8), right) == 0


def test_heights_are_the_least_squares_fit_in_order():
    # Both want to stand at 0, one apart: they share the difference. The third is free.
    assert fit_in_order([0.0, 0.0, 9.0], [1.0, 1.0, 1.0], [0.0, 1.0, 2.0]) == [-0.5, 0.5, 9.0]
    # The heavier one moves less.
    assert fit_in_order([0.0, 0.0], [3.0, 1.0], [0.0, 1.0]) == [-0.25, 0.75]


def test_a_wire_that_is_too_long_is_cut_at_a_tap():
    items = [Item((), 0, 20, 20, 10, 10)]
    items += [Item((i,), 0, 20, 20, 10, 10) for i in range(8)]
    items += [Item((0, 8), 0, 20, 20, 10, 10)]
    layout = lay_out(items, [30.0] * len(items), span=4)
    assert [tap.source for tap in layout.taps] == [0]
    wire = next(w for w in layout.wires if (w.source, w.consumer) == (0, 9))
    assert wire.tap == 0
    assert wire.points[0] == (layout.taps[0].place.right, layout.taps[0].place.y)


def test_the_largest_chains_are_those_of_the_trace(random_computation):
    trace = random_computation(40)
    found = chains_of(trace)
    for i, node in enumerate(trace.nodes):
        assert found.counts[i] == trace.count_paths(node.name)
        if found.counts[i] and node.name != trace.output:
            expected = [c.product for c in trace.paths(node.name, largest=3)]
            got = [link.product for link in found.largest[i]]
            # Products in another order differ by rounding: n factors, each 2^-53.
            np.testing.assert_allclose(np.abs(got), np.abs(expected), rtol=40 * 2**-53)


def test_the_largest_chains_through_arrays_are_those_of_the_trace():
    trace = gl.autodiff.trace(
        "h = W @ x; sum(h * h + exp(h))", W=[[1.0, 2.0], [0.5, -1.0]], x=[0.3, 0.7]
    )
    found = chains_of(trace)
    index = [node.name for node in trace.nodes].index("x")
    expected = trace.paths("x")
    assert found.counts[index] == len(expected) == 2
    for link, chain in zip(found.largest[index], expected, strict=True):
        np.testing.assert_allclose(link.product, chain.product, rtol=1e-15)


def test_the_story_tells_every_node_forward_and_back():
    trace = lecture()
    steps = story(trace)
    assert [s.phase for s in steps] == [
        "given",
        *["forward"] * 2,
        "turn",
        *["backward"] * 2,
        "done",
    ]

    def said(line):
        return "".join(f"∂{p[1]}/∂{p[2]}" if p[0] == "d" else p[1] for p in line)

    assert said(steps[1].lines[0]) == "q = x + y = −2 + 5 = 3"
    assert said(steps[2].lines[0]) == "f = q × z = 3 × (−4) = −12"
    assert said(steps[4].lines[0]) == "∂f/∂q = 1 × (−4) = −4"
    assert said(steps[5].lines[0]) == "∂f/∂x = ∂f/∂q × ∂q/∂x = −4 × 1 = −4"
    assert said(steps[6].lines[0]) == "The gradient: ∂f/∂x = −4, ∂f/∂y = −4, ∂f/∂z = 3."


def test_the_story_adds_up_what_several_consumers_send():
    trace = gl.autodiff.trace("a = x * y; a + x", x=3.0, y=2.0)
    shown = [dict(step.shown) for step in story(trace) if step.phase == "backward"]
    at = [node.name for node in trace.nodes].index("x")
    assert [s[at] for s in shown if at in s] == ["1", "3"]


def test_names_become_numbers_only_where_they_are_names():
    trace = gl.autodiff.trace("xx = x - y; xx * x ** 2", x=-3.0, y=-1.0)
    assert with_numbers(trace, trace["xx"]) == "−3 − (−1)"
    square = trace.nodes[-2] if trace.nodes[-2].op == "power" else trace.nodes[-3]
    assert with_numbers(trace, square) == "(−3)²"
