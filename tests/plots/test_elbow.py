"""The elbow as it is drawn: lines, marks and words, read back from the axes, and a picture that is not empty."""

import io
from dataclasses import dataclass

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image

from ganglion import plots

mpl.use("Agg")


@dataclass(frozen=True)
class Drawn:
    """A choice with a table written by hand."""

    k: int | None
    table: dict


CURVE = {"k": [1, 2, 3, 4, 5], "wss": [100.0, 40.0, 10.0, 9.0, 8.0]}
WITH_REFERENCE = CURVE | {"reference": [100.0, 55.0, 38.0, 29.0, float("nan")]}


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


def lines(ax):
    return {line.get_label(): line for line in ax.lines}


def test_the_curve_is_drawn_point_by_point():
    line = lines(plots.elbow(Drawn(3, CURVE)))["WSS"]
    assert line.get_xdata().tolist() == CURVE["k"]
    assert line.get_ydata().tolist() == CURVE["wss"]
    assert line.get_marker() == "o"


def test_the_choice_is_marked_on_the_curve_and_named():
    ax = plots.elbow(Drawn(3, CURVE))
    drop = lines(ax)["k = 3"]
    assert drop.get_xydata().tolist() == [[3, 0], [3, 10]]
    ring = ax.lines[-1]
    assert ring.get_xydata().tolist() == [[3, 10]] and ring.get_markerfacecolor() == "none"
    assert ax.get_title(loc="left") == "the curve bends at k = 3"


def test_without_a_choice_nothing_is_marked_and_the_title_says_so():
    ax = plots.elbow(Drawn(None, CURVE))
    assert [line.get_label() for line in ax.lines] == ["WSS"]
    assert ax.get_title(loc="left") == "no number of clusters stands out"


def test_the_reference_is_drawn_where_there_is_one():
    drawn = lines(plots.elbow(Drawn(None, WITH_REFERENCE)))["structureless data, at best"]
    assert drawn.get_ydata()[:4].tolist() == [100.0, 55.0, 38.0, 29.0]
    assert drawn.is_dashed()


def test_the_axes_start_at_zero_and_have_names():
    ax = plots.elbow(Drawn(3, WITH_REFERENCE))
    assert ax.get_ylim()[0] == 0.0
    assert ax.get_xlabel() == "number of clusters k"
    assert ax.get_ylabel().startswith("WSS")
    assert [text.get_text() for text in ax.get_legend().get_texts()] == [
        "structureless data, at best",
        "WSS",
        "k = 3",
    ]
    assert all(tick == int(tick) for tick in ax.get_xticks())


@pytest.mark.parametrize(
    ("top", "text"),
    [(8.0, "8"), (8000.0, "8,000"), (80_000.0, "80,000"), (8e12, "8e+12"), (0.008, "0.008")],
)
def test_ticks_are_written_as_people_read_them(top, text):
    ax = plots.elbow(Drawn(None, {"k": [1, 2], "wss": [top, top / 2]}))
    assert ax.yaxis.get_major_formatter()(top, None) == text


def test_it_draws_into_the_axes_that_it_is_given():
    figure, (left, right) = plt.subplots(1, 2)
    assert plots.elbow(Drawn(3, CURVE), ax=right) is right
    assert not left.lines and right.lines
    assert plt.get_fignums() == [figure.number]


def test_the_picture_shows_the_curve_and_the_mark():
    ax = plots.elbow(Drawn(3, WITH_REFERENCE))
    file = io.BytesIO()
    ax.figure.savefig(file, format="png", dpi=80)
    pixels = np.asarray(Image.open(file).convert("RGB")).astype(int)
    for colour in ((0x00, 0x72, 0xB2), (0xB3, 0x26, 0x1E), (0x8A, 0x8A, 0x8A)):
        assert np.count_nonzero(np.abs(pixels - colour).sum(axis=2) < 30) > 40


def test_a_curve_of_zeros_is_drawn():
    plots.elbow(Drawn(None, {"k": [1, 2, 3], "wss": [0.0, 0.0, 0.0]})).figure.canvas.draw()
