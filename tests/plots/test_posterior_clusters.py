"""The posterior of the number of clusters as it is drawn: bars that are shares, a dot for each chain."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pytest

from drawn import collections, overlaps
from ganglion import ParameterError, plots
from ganglion.explain.posterior import likely_range

# Chain 0 has 1, 2, 2, 3 clusters, chain 1 has 2, 2, 2, 2: together 1/8, 6/8, 1/8.
DRAWS = [
    [[0, 0, 0], [0, 0, 1], [0, 1, 1], [0, 1, 2]],
    [[0, 0, 1], [0, 1, 0], [0, 1, 1], [0, 0, 1]],
]


def heights(ax, name):
    bars = next(bars for bars in ax.containers if bars.get_label() == name)
    return {round(bar.get_x() + bar.get_width() / 2, 2): bar.get_height() for bar in bars}


def test_bars_are_the_shares_of_all_draws():
    assert heights(plots.posterior_clusters(DRAWS), "clusters") == {1: 0.125, 2: 0.75, 3: 0.125}


def test_dots_are_the_shares_of_single_chains():
    found = collections(plots.posterior_clusters(DRAWS))
    assert found["chain 0"].get_offsets()[:, 1].tolist() == [0.25, 0.5, 0.25]
    assert found["chain 1"].get_offsets()[:, 1].tolist() == [0.0, 1.0, 0.0]
    assert not collections(plots.posterior_clusters(DRAWS[0]))


def test_names_of_clusters_do_not_matter():
    named = np.array(DRAWS) * -7 + 3
    assert heights(plots.posterior_clusters(named), "clusters") == heights(
        plots.posterior_clusters(DRAWS), "clusters"
    )


def test_components_stand_beside_clusters_and_the_estimate_is_marked():
    ax = plots.posterior_clusters(DRAWS, components={2: 0.5, 3: 0.3, 4: 0.2}, estimate=2)
    assert list(heights(ax, "components").values()) == [0.5, 0.3, 0.2]
    assert min(heights(ax, "components")) > 2
    assert [text.get_text() for text in ax.texts] == ["estimate"]
    assert "components (hollow)" in ax.get_xlabel()
    assert overlaps(ax) == []


def test_the_title_says_the_answer():
    assert plots.posterior_clusters(DRAWS).get_title(loc="left") == (
        "most probable: 2 clusters (75 %); 1 to 3 hold 95 %"
    )
    one = plots.posterior_clusters([[0, 0, 0]])
    assert one.get_title(loc="left") == "most probable: 1 cluster (100 %)"
    assert one.get_xlim()[0] < 0 < 2 < one.get_xlim()[1]


@pytest.mark.parametrize(
    ("shares", "expected"),
    [([0, 1.0], (1, 1)), ([0, 0.5, 0.5], (1, 2)), ([0, 0.02, 0.95, 0.03], (2, 2)), ([0, 0.3, 0.4, 0.3], (1, 3))],
)  # fmt: skip
def test_the_range_is_the_shortest_that_holds_95_percent(shares, expected):
    assert likely_range(np.array(shares)) == expected


def test_it_draws_on_given_axes():
    _, mine = plt.subplots()
    assert plots.posterior_clusters(DRAWS, ax=mine) is mine


def test_what_does_not_fit_is_refused():
    with pytest.raises(ParameterError, match=r"draws must hold partitions as integers.*float64"):
        plots.posterior_clusters([[0.0, 1.0]])
    with pytest.raises(ParameterError, match=r"draws must hold partitions.*shape \(3,\)"):
        plots.posterior_clusters([0, 1, 2])
    with pytest.raises(ParameterError, match="components must give a probability for each number"):
        plots.posterior_clusters(DRAWS, components={1: 0.2})
