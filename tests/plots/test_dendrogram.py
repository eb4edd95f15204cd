"""The dendrogram as it is drawn: bars and stems read back, colours at the cut, names, four sides, three scales."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_hex, to_rgba

from drawn import collections, lines, overlaps, shows
from ganglion import ParameterError, plots
from ganglion.cluster import Tree
from ganglion.plots._axes import INK, colour_of
from grown import chain, clouds, four, tree_of
from quickness import done_within


def segments(ax):
    return np.array(collections(ax)["branches"].get_segments())


def words(axis):
    return [label.get_text() for label in axis.get_ticklabels()]


def test_each_merge_is_a_bar_at_its_height_between_its_children():
    ax = plots.dendrogram(four())
    bars = segments(ax)[:3]
    assert bars[:, 0, 1].tolist() == bars[:, 1, 1].tolist() == [1.0, 2.0, 8.5]
    assert bars[:, :, 0].tolist() == [[0.0, 1.0], [2.0, 3.0], [0.5, 2.5]]


def test_each_branch_is_a_stem_from_its_own_height_to_the_bar_above():
    stems = segments(plots.dendrogram(four()))[3:]
    # four leaves from 0 up to 1, 1, 2, 2, and the two pairs up to the root
    assert stems[:, :, 1].tolist() == [[0, 1], [0, 1], [0, 2], [0, 2], [1, 8.5], [2, 8.5]]
    assert stems[:, 0, 0].tolist() == [0, 1, 2, 3, 0.5, 2.5]


def test_a_cut_colours_what_is_below_it_and_nothing_above():
    ax = plots.dendrogram(four(), n_clusters=2)
    drawn = collections(ax)["branches"]
    colours = [to_hex(colour) for colour in drawn.get_edgecolors()]
    assert colours[:3] == [colour_of(0), colour_of(1), INK]
    # The cut lies halfway between 2 and 8.5; the stems of the two pairs are in two pieces, coloured below.
    cut = lines(ax)["cut"]
    assert cut.get_ydata()[0] == 5.25
    stems, shades = np.array(drawn.get_segments())[3:, :, 1].tolist(), colours[3:]
    assert stems == [[0, 1], [0, 1], [0, 2], [0, 2], [1, 5.25], [2, 5.25], [5.25, 8.5], [5.25, 8.5]]
    assert shades == [colour_of(j) for j in (0, 0, 1, 1, 0, 1)] + [INK, INK]
    assert ax.get_title(loc="left") == "2 clusters"


def test_clusters_have_a_disc_with_their_number_at_the_cut():
    ax = plots.dendrogram(four(), n_clusters=2)
    assert collections(ax)["clusters"].get_offsets().tolist() == [[0.5, 5.25], [2.5, 5.25]]
    assert [text.get_text() for text in ax.texts] == ["0", "1"]


def test_a_height_is_drawn_as_given():
    ax = plots.dendrogram(four(), height=1.5)
    assert lines(ax)["cut"].get_ydata()[0] == 1.5
    assert ax.get_title(loc="left") == "3 clusters"


def test_numbers_of_ones_own_name_and_colour_the_clusters():
    ax = plots.dendrogram(four(), clusters=[7, 7, 3, 3])
    assert [text.get_text() for text in ax.texts] == ["7", "3"]
    assert to_hex(collections(ax)["branches"].get_edgecolors()[0]) == colour_of(7)


def test_collapsed_branches_are_triangles_up_to_their_height_with_their_size():
    ax = plots.dendrogram(four(), max_leaves=3)
    triangles = collections(ax)["collapsed branches"].get_paths()
    assert len(triangles) == 1
    assert triangles[0].vertices[:3].tolist() == [[-0.36, 0.0], [0.0, 1.0], [0.36, 0.0]]
    assert words(ax.xaxis) == ["(2)", "2", "3"]
    assert ax.get_title(loc="right") == "4 leaves, 3 branches drawn"
    bare = plots.dendrogram(four(), max_leaves=3, show_sizes=False)
    assert words(bare.xaxis) == ["", "2", "3"]


def test_levels_end_the_drawing_below_the_root():
    assert words(plots.dendrogram(four(), levels=1).xaxis) == ["(2)", "(2)"]


def test_inversions_are_drawn_where_they_are():
    tree = Tree(merges=[[0, 1, 3.0, 2], [2, 3, 2.5, 3]])
    ax = plots.dendrogram(tree)
    stems = segments(ax)[2:]
    assert [3.0, 2.5] in stems[:, :, 1].tolist()
    assert ax.get_ylim()[1] > 3.0


@pytest.mark.parametrize("root", ["top", "bottom", "left", "right"])
def test_the_root_stands_at_the_side_that_was_asked_for(root):
    ax = plots.dendrogram(four(), root=root, names=["a", "b", "c", "d"])
    across = 1 if root in ("left", "right") else 0
    assert np.array(segments(ax))[2, 0, 1 - across] == 8.5
    foot, top = ax.get_xlim() if across else ax.get_ylim()
    assert (foot < top) == (root in ("top", "right"))
    assert words(ax.yaxis if across else ax.xaxis) == ["a", "b", "c", "d"]
    assert overlaps(ax) == []


def test_the_first_leaf_of_a_tree_on_its_side_is_on_top():
    ax = plots.dendrogram(four(), root="left")
    low, high = ax.get_ylim()
    assert low > high


def test_on_a_logarithmic_axis_leaves_stand_at_its_foot():
    ax = plots.dendrogram(four(), scale="log", n_clusters=2)
    foot = ax.get_ylim()[0]
    assert 0 < foot < 1.0
    assert ax.get_yscale() == "log"
    assert segments(ax)[3, 0, 1] == foot
    assert lines(ax)["cut"].get_ydata()[0] == pytest.approx(np.sqrt(2 * 8.5))


def test_heights_of_zero_have_a_place_on_every_scale():
    merges = [[0, 1, 0.0, 2], [2, 3, 0.0, 3]]
    for scale in ("linear", "sqrt", "log"):
        ax = plots.dendrogram(Tree(merges=merges), scale=scale)
        ax.figure.canvas.draw()
        assert np.isfinite(ax.get_ylim()).all()


def test_a_square_root_axis_keeps_the_units():
    ax = plots.dendrogram(four(), scale="sqrt", n_clusters=2)
    assert segments(ax)[2, 0, 1] == 8.5
    assert lines(ax)["cut"].get_ydata()[0] == pytest.approx(((2**0.5 + 8.5**0.5) / 2) ** 2)


@pytest.mark.parametrize("n", [1, 2, 5, 50, 200])
def test_names_are_readable_or_not_there(n):
    tree = Tree(merges=np.empty((0, 4))) if n == 1 else tree_of(clouds(n))
    names = [f"leaf number {i}" for i in range(n)]
    ax = plots.dendrogram(tree, names=names)
    assert overlaps(ax) == []
    assert bool(words(ax.xaxis)) == (n <= 50)
    plt.close("all")


def test_large_trees_show_their_upper_branches():
    ax = plots.dendrogram(tree_of(clouds(5000)), n_clusters=4)
    assert ax.get_title(loc="right") == "5,000 leaves, 50 branches drawn"
    assert len(words(ax.xaxis)) == 50
    assert sum(int(w.strip("()").replace(",", "")) for w in words(ax.xaxis) if w[0] == "(") <= 5000
    assert overlaps(ax) == []


def test_five_hundred_leaves_are_drawn_one_by_one_without_names():
    ax = plots.dendrogram(tree_of(clouds(500)))
    assert len(segments(ax)) == 499 + 998
    assert words(ax.xaxis) == []
    assert ax.get_xlabel() == "500 leaves"


def test_a_million_leaves_are_drawn_in_about_a_second():
    tree = chain(1_000_000)
    done_within(10.0, lambda: plots.dendrogram(tree, n_clusters=3))  # measured: under 1


def test_the_axis_says_what_the_heights_are():
    assert plots.dendrogram(four()).get_ylabel() == "height (average, euclidean)"
    assert plots.dendrogram(Tree(merges=[[0, 1, 1.0, 2]])).get_ylabel() == "height"


def test_a_name_is_a_name_and_no_formula():
    ax = plots.dendrogram(four(), names=["$x^2$", "b\nc", "d" * 100, ""])
    ax.figure.canvas.draw()
    assert words(ax.xaxis) == [r"\$x^2\$", "b c", "d" * 39 + "…", ""]


def test_clusters_that_are_no_branches_leave_their_branches_in_ink():
    ax = plots.dendrogram(four(), clusters=np.array([0, 1, 0, 1]))
    assert {to_hex(c) for c in collections(ax)["branches"].get_edgecolors()[:3]} == {INK}
    assert "cut" not in lines(ax)


def test_the_picture_holds_the_colours_of_its_clusters():
    ax = plots.dendrogram(tree_of(clouds(60)), n_clusters=3)
    for j in range(3):
        assert shows(ax, np.array(to_rgba(colour_of(j))[:3]) * 255)


def test_it_draws_on_given_axes():
    _, mine = plt.subplots()
    assert plots.dendrogram(four(), ax=mine) is mine


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"n_clusters": 2, "height": 1.0},
            "cut in one way: give n_clusters, height or clusters; got 2",
        ),
        ({"names": ["a"]}, "names must hold one name for each of the 4 leaves; got 1"),
        ({"root": "up"}, "root must be one of top, left, bottom, right; got 'up'"),
        ({"scale": "exp"}, "scale must be one of linear, sqrt, log; got 'exp'"),
        ({"max_leaves": 0}, "max_leaves must be a whole number from 1 on"),
        ({"max_leaves": "all"}, "max_leaves must be a whole number from 1 on"),
        ({"clusters": [0, 1]}, "clusters must hold one integer for each of the 4 leaves"),
    ],
)
def test_what_cannot_be_drawn_is_refused(options, message):
    with pytest.raises(ParameterError, match=message):
        plots.dendrogram(four(), **options)
