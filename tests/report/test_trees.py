"""The report of a tree: what it says, what it may do, what it refuses; its geometry and its steps."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser

import numpy as np
import pytest

from ganglion import DataError
from ganglion.explain import describe_clusters
from ganglion.explain.outline import outline
from ganglion.report import Member, TreeCluster, TreePicture, TreeReport, tree_report
from ganglion.report._tree_drawing import LEFT, RIGHT, draw_tree, steps_of
from ganglion.selection import choose_cut
from grown import clouds, four, tree_of

VOID = {"meta", "link", "input", "br", "wbr", "img"}
WORST = "</script><img src=x onerror=alert(1)>&amp;\"'{{7*7}}{% raw %}\u2028\u202eabc\x00\ud800 😀"


class Checker(HTMLParser):
    """Elements left open or closed twice."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.open, self.wrong, self.tags = [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)


def make_report(n=60, k=4, *, n_ends=20, name="item", **changes):
    """The report of a real tree of points."""
    X = clouds(n, k)
    tree = tree_of(X, "average")
    labels = tree.cut(n_clusters=k)
    order = np.argsort(-np.bincount(labels), kind="stable")
    labels = np.argsort(order, kind="stable")[labels]
    names = [f"{name} {i}" for i in range(n)]
    drawn = outline(tree.merges, tree.leaf_order(), n_ends=n_ends, clusters=labels)
    clusters = [
        TreeCluster(
            label=j,
            size=int((labels == j).sum()),
            n_different=int((labels == j).sum()),
            medoid=Member(name=names[who[0]], count=1, distance=0.0),
            typical=[Member(name=names[i], count=2, distance=0.5) for i in who[1:3]],
            distant=[Member(name=names[i], count=1, distance=2.5) for i in who[-1:]],
            mean=1.0,
            largest=2.5,
            neighbour=(j + 1) % k if k > 1 else None,
            gap=7.5,
        )
        for j in range(k)
        for who in [np.flatnonzero(labels == j)]
    ]
    choice = choose_cut(tree)
    content = TreeReport(
        title="Clouds",
        source="clouds.csv",
        version="0.1.0",
        method="average",
        metric="euclidean",
        noun="row",
        n_rows=n,
        n_items=n,
        clusters=clusters,
        picture=TreePicture(
            outline=drawn, names=[names[drawn.order[s]] for s in drawn.start[: drawn.n_ends]]
        ),
        cards=describe_clusters(X, labels, names=["length", "width"]),
        gaps=choice.table,
        chosen=choice.k,
        reason=choice.reason,
    )
    return replace(content, **changes)


def data_of(page):
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    return json.loads(found[1])


def test_the_page_says_what_was_found():
    page = tree_report(make_report())
    for text in (
        "The 60 rows of",
        "form four clusters.",
        "Merged from below (average linkage) by euclidean distances of 60 rows.",
        "cut: 4 clusters",
        "this report: k = 4",
        "What is in each cluster",
    ):
        assert text in page
    assert page.count('<article class="card') == 4


def test_every_element_is_closed_and_nothing_is_fetched():
    for content in (make_report(), make_report(picture=None, gaps=None, method="medoids")):
        page = tree_report(content)
        checker = Checker()
        checker.feed(page)
        assert (checker.wrong, checker.open) == ([], [])
        assert not re.findall(r'(?:src|href)="(?!#|data:,)', page)
        assert "default-src 'none'" in unescape(page)


def test_names_that_mean_harm_are_texts():
    page = tree_report(make_report(name=WORST, title=WORST, source=WORST, done=[WORST]))
    checker = Checker()
    checker.feed(page)
    assert "img" not in checker.tags
    assert "\x00" not in page and "\u202e" not in page
    assert page.count("<script") == 2


def test_the_page_of_thousands_of_clusters_is_small():
    clusters = [
        TreeCluster(
            label=j, size=1, n_different=1, medoid=Member(name=WORST * 50, count=1, distance=0.0)
        )
        for j in range(5000)
    ]
    page = tree_report(make_report(clusters=clusters, n_rows=5000, cards=(), picture=None))
    assert len(page.encode()) < 1_000_000
    assert "The 60 largest of 5,000 clusters" in page


def test_the_same_content_gives_the_same_page():
    assert tree_report(make_report()) == tree_report(make_report())


def test_joins_are_drawn_at_their_heights_between_their_children():
    found = outline(four().merges, range(4), clusters=[0, 0, 1, 1])
    drawn = draw_tree(TreePicture(outline=found, names=list("abcd")), 2)
    # Heights 1, 2 and 8.5 of 8.5, from 0 at the right: the root is at the left margin.
    assert drawn.x[-1] == LEFT
    assert drawn.x[4] == pytest.approx(RIGHT - (RIGHT - LEFT) / 8.5, abs=0.1)
    assert drawn.x[:4] == (RIGHT,) * 4
    first = drawn.joins[0]
    assert first.path == f"M{RIGHT:g} {drawn.y[0]:g}H{drawn.x[4]:g}V{drawn.y[1]:g}H{RIGHT:g}"
    assert [join.colour for join in drawn.joins] == [0, 1, None]
    assert drawn.cut == pytest.approx(RIGHT - (RIGHT - LEFT) * 5.25 / 8.5, abs=0.1)
    assert [end.name for end in drawn.ends] == ["a", "b", "c", "d"]


def test_steps_go_from_the_ends_to_one_cluster_in_the_order_of_the_merges():
    content = make_report(n_ends=12)
    drawn = draw_tree(content.picture, 4)
    steps = steps_of(content.picture, drawn)
    assert [step.before for step in steps] == list(range(12, 1, -1))
    assert steps[0].words.startswith("12 → 11 clusters at height ")
    first, second = steps[-1].first, steps[-1].second
    assert {first[0], second[1]} == {0, 11} and first[1] + 1 == second[0]
    data = data_of(tree_report(content))
    assert len(data["steps"]) == 11
    assert data["start"] == 8


def test_heights_that_lie_near_zero_are_spread_by_square_roots():
    merges = [[0, 1, 0.01, 2], [2, 5, 0.02, 3], [3, 6, 0.03, 4], [4, 7, 1.0, 5]]
    drawn = draw_tree(TreePicture(outline=outline(merges, range(5)), names=list("abcde")), 1)
    assert drawn.x[5] == pytest.approx(RIGHT - 0.1 * (RIGHT - LEFT), abs=0.1)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"clusters": []}, "needs at least one cluster"),
        ({"n_rows": 61}, r"whose sizes add up to 61 rows; got 60 rows"),
        ({"cards": describe_clusters([[0.0]], [0])}, r"cards must describe clusters 0 \.\.\. 3"),
    ],
)
def test_content_that_contradicts_itself_is_refused(changes, message):
    with pytest.raises(DataError, match=message):
        tree_report(make_report(**changes))


def test_names_and_heights_of_the_picture_are_checked():
    content = make_report()
    short = replace(content.picture, names=["a"])
    with pytest.raises(DataError, match=r"picture\.names must name each of the 20 ends; got 1"):
        tree_report(replace(content, picture=short))
    wild = replace(content.picture.outline, height=np.full(39, np.nan))
    with pytest.raises(DataError, match="heights of a tree must be finite"):
        tree_report(replace(content, picture=replace(content.picture, outline=wild)))


@pytest.mark.parametrize(("n", "k", "n_ends"), [(2, 1, 20), (2, 2, 20), (9, 9, 3), (60, 1, 60)])
def test_small_and_odd_trees_have_a_page_too(n, k, n_ends):
    page = tree_report(make_report(n, k, n_ends=n_ends))
    assert page.startswith("<!doctype html>")


def test_a_scale_by_roots_is_said():
    said = "Heights are drawn by their square roots"
    assert said in tree_report(make_report(n_ends=60)), "clouds far apart: most merges are low"
    assert said not in tree_report(make_report()), "the low ones are not drawn"
