"""Computations to draw, and a page in a browser that notes what it must not do."""

from __future__ import annotations

import random
from itertools import pairwise

import numpy as np
import pytest

import ganglion as gl
from browsing import OpenedPage
from ganglion.autodiff.showing.drawing.page import draw_page


def random_computation(n, *, seed=1):
    """A trace of about n nodes: each operation takes what is not used yet, or something recent."""
    draw = random.Random(seed)
    names = [f"x{i}" for i in range(max(1, n // 6))]
    inputs = {name: draw.uniform(-1, 1) for name in names}
    lines, unused = [], list(names)
    while len(names) + len(unused) < n + 1:
        form = draw.choice(("{} * {}", "{} + {}", "{} - {}", "sin({})", "tanh({})"))
        first = unused[0] if unused and draw.random() < 0.7 else draw.choice(names[-30:])
        operands = [first, draw.choice(names[-30:])][: form.count("{}")]
        unused = [name for name in unused if name not in operands]
        names.append(f"h{len(lines)}")
        unused.append(names[-1])
        lines.append(f"{names[-1]} = {form.format(*operands)}")
    lines.append(" + ".join(unused))
    return gl.autodiff.trace("\n".join(lines), **inputs)


def network_trace(*sizes, level="scalar"):
    """The trace of one row through a network of sigmoid neurons."""
    from ganglion import nn

    layers = [nn.Dense(a, b, "sigmoid") for a, b in pairwise(sizes)]
    network = nn.Network(layers, random_state=0)
    draw = np.random.default_rng(0)
    return network.trace(draw.normal(size=sizes[0]), np.eye(sizes[-1])[0], level=level)


@pytest.fixture(name="random_computation", scope="session")
def _random_computation():
    return random_computation


@pytest.fixture(name="network_trace", scope="session")
def _network_trace():
    return network_trace


class Opened(OpenedPage):
    """A page, and what stands on it."""

    def step(self):
        return int(self.page.locator("#slider").input_value())

    def last(self):
        return int(self.page.locator("#slider").get_attribute("max"))

    def to(self, step):
        self.page.locator("#slider").fill(str(step))

    def said(self):
        return self.page.eval_on_selector_all("#narration p", "ps => ps.map(p => p.textContent)")

    def labels(self, kind):
        """The texts that are shown, by node."""
        return self.page.evaluate(
            """(kind) => Object.fromEntries([...document.querySelectorAll("[data-node]")]
                .map((n) => [n.dataset.node, n.querySelector("." + kind)])
                .filter(([, t]) => t && Number(getComputedStyle(t).opacity) > 0)
                .map(([i, t]) => [i, t.textContent]))""",
            kind,
        )

    def view(self):
        return [float(v) for v in self.page.locator("#drawing").get_attribute("viewBox").split()]


@pytest.fixture
def open_page(browser, tmp_path):
    contexts = []

    def opened(trace, *, text=None, name="trace.html", **options):
        path = tmp_path / name
        path.write_text(text or draw_page(trace), encoding="utf-8")
        options = {
            "viewport": {"width": 1280, "height": 800},
            "reduced_motion": "reduce",
            **options,
        }
        contexts.append(browser.new_context(**options))
        return Opened(contexts[-1], path)

    yield opened
    for context in contexts:
        context.close()
