"""The choice as it is drawn: a panel for each curve, its bars, the vote, the choice, the times."""

from __future__ import annotations

from dataclasses import dataclass, field

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest

from ganglion import plots

mpl.use("Agg")
NAN = float("nan")


@dataclass(frozen=True)
class Drawn:
    """A choice written by hand."""

    k: int | None = 3
    table: dict = field(
        default_factory=lambda: {
            "k": [1, 2, 3, 4],
            "wss": [100.0, 40.0, 10.0, 9.0],
            "reference": [100.0, 60.0, 40.0, 30.0],
            "silhouette": [NAN, 0.4, 0.8, 0.5],
            "silhouette_error": [NAN, 0.02, 0.01, 0.02],
            "nothing": [NAN] * 4,
        }
    )
    votes: dict = field(default_factory=lambda: {"elbow": 2, "silhouette": 3})
    seconds: tuple = (0.1, 0.2, 0.3, 0.4)


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


def test_there_is_a_panel_for_each_curve_and_a_scale_of_time():
    first = plots.choice(Drawn())
    titles = [ax.get_title(loc="left") for ax in first.figure.axes]
    assert titles == ["chosen: 3 clusters", "silhouette", ""]
    times = first.figure.axes[-1]
    assert times.get_ylabel() == "time of each k, s"
    assert list(times.lines[0].get_ydata()) == [0.1, 0.2, 0.3, 0.4]


def test_bars_are_the_standard_errors_and_the_vote_has_a_ring():
    panel = plots.choice(Drawn()).figure.axes[1]
    (bars,) = panel.containers
    (segments,) = (item.get_segments() for item in bars.lines[2])
    assert segments[2][:, 1].tolist() == pytest.approx([0.79, 0.81])
    assert [line.get_xydata().tolist() for line in panel.lines if line.get_markersize() == 9] == [
        [[3, 0.8]]
    ]
    assert [3, 3] in [list(line.get_xdata()) for line in panel.lines]


def test_without_an_answer_nothing_is_marked():
    first = plots.choice(Drawn(k=None, votes={"elbow": None, "silhouette": None}))
    assert first.get_title(loc="left") == "no number of clusters stands out"
    assert all(line.get_markersize() != 9 for line in first.figure.axes[1].lines)


def test_one_axes_gets_the_curve_and_the_times():
    figure, (left, right) = plt.subplots(1, 2)
    assert plots.choice(Drawn(), ax=right) is right
    assert not left.lines and len(figure.axes) == 3


def test_one_cluster_is_said():
    first = plots.choice(Drawn(k=1))
    assert first.get_title(loc="left") == "chosen: one cluster"
    first.figure.canvas.draw()


def test_a_choice_without_times_has_no_second_scale():
    assert len(plots.choice(Drawn(seconds=())).figure.axes) == 2


def test_real_choices_are_drawn():
    import ganglion as gl

    rng = np.random.default_rng(0)
    first = gl.choose_k(rng.normal(size=(80, 2)), range(1, 6), random_state=0).plot()
    assert first.get_xlabel() == "number of clusters k"
    first.figure.canvas.draw()
