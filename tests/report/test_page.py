"""The page as text: what it says, what it may do, how large it gets."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest
from page_reading import WORST, data_of, outline, policy_of, text_of

from ganglion.report import ElbowCurve, PlaneMap, Replay, ReportContent, cluster_report


def test_the_headline_says_in_one_sentence_what_was_found(content):
    page = cluster_report(content)
    headline = re.search(r"<h1>(.*?)</h1>", text_of(page))[1]
    assert headline.startswith("The 60 rows of groups.csv form three clusters, which account for 9")
    assert headline.endswith("% of their spread.")


def test_the_page_names_everything_that_was_done_and_left_out(content):
    text = text_of(cluster_report(content))
    for words in (*content.done, "every value is different", "k-means++", "0.0001", "0.1.0", "x4"):
        assert words in text


def test_the_policy_allows_one_script_and_one_style_by_hash_and_nothing_else(content):
    page = cluster_report(content)
    rules = dict(rule.split(" ", 1) for rule in policy_of(page).split("; "))
    assert rules["default-src"] == "'none'"
    assert rules["img-src"] == "data:"
    assert "unsafe" not in policy_of(page)
    for element, rule in (("script", "script-src"), ("style", "style-src")):
        inline = re.findall(rf"<{element}>(.*?)</{element}>", page, re.DOTALL)
        assert len(inline) == 1
        digest = hashlib.sha256(inline[0].encode()).digest()
        assert rules[rule] == f"'sha256-{base64.b64encode(digest).decode()}'"


def test_no_element_fetches_or_runs_anything(content):
    for tag, attributes in outline(cluster_report(content)).elements:
        assert tag not in {"iframe", "object", "embed", "form", "base"}
        assert not [name for name in attributes if name.startswith("on") or name == "style"]
        for name in ("src", "href", "action", "data", "poster", "srcset", "background"):
            assert attributes.get(name, "#").startswith(("#", "data:,")), (tag, attributes)


def test_every_element_is_closed_and_every_link_leads_somewhere(content):
    parsed = outline(cluster_report(content))
    assert (parsed.open, parsed.wrong) == ([], [])
    ids = [attributes["id"] for _, attributes in parsed.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    for _, attributes in parsed.elements:
        for name in ("href", "aria-labelledby"):
            target = attributes.get(name, "#map").removeprefix("#")
            assert target in ids or target.startswith("data:")


def test_drawings_are_well_formed_and_have_a_title_or_are_hidden(content):
    drawings = re.findall(r"<svg\b.*?</svg>", cluster_report(content), re.DOTALL)
    assert len(drawings) > 10
    for drawing in drawings:
        root = ElementTree.fromstring(drawing)
        named = root.get("aria-label") or root.find("title") is not None
        assert named or root.get("aria-hidden") == "true"


def test_the_same_content_gives_the_same_page(content, make_content):
    assert cluster_report(content) == cluster_report(make_content())


def test_the_knee_is_marked_and_without_one_the_page_says_why(content):
    assert "knee at k = 3" in cluster_report(content)
    flat = ElbowCurve(k=[2, 3], wss=[2.0, 1.0], chosen=None, reason="The curve has no bend at all.")
    page = cluster_report(replace(content, elbow=flat))
    assert "knee" not in text_of(page)
    assert "The curve has no bend at all." in page
    assert "no number of clusters stands out" in page


def test_a_k_other_than_the_knee_is_marked_too(content):
    elbow = replace(content.elbow, chosen=2)
    assert "this report: k = 3" in cluster_report(replace(content, elbow=elbow))


def test_a_run_that_had_not_settled_is_called_so(content):
    assert "had not settled" not in cluster_report(content)
    assert "had not settled" in cluster_report(replace(content, stopped_by="max_iter"))


def test_sections_without_content_are_left_out(content):
    page = cluster_report(replace(content, elbow=None, replay=None))
    assert "How many clusters?" not in page
    assert "How the clusters came about" not in page
    assert data_of(page)["replay"] is None


def test_bars_of_sums_add_up_to_the_whole_width(content):
    elements = outline(cluster_report(content)).elements
    bars = {
        a["class"]: a
        for tag, a in elements
        if tag == "rect" and a.get("class") in ("between", "within")
    }
    widths = [float(bars[name]["width"].rstrip("%")) for name in ("between", "within")]
    assert sum(widths) == pytest.approx(100)
    assert widths[0] == pytest.approx(100 * content.bss / content.tss, abs=0.01)


def test_hostile_strings_stay_text(content, make_content):
    names = [WORST, "{{7*7}}", "x" * 500, "\u202eאבג"]
    page = cluster_report(
        make_content(names=names, title=WORST, source=WORST, done=(WORST,), version=WORST)
    )
    assert "<img" not in page
    assert "onerror=alert(1)&gt;" in page
    assert "{{7*7}}" in page
    assert [tag for tag, _ in outline(page).elements].count("script") == 2
    page.encode("utf-8")


def test_row_names_cannot_end_the_data(content):
    rows = [WORST] * content.n_rows
    page = cluster_report(replace(content, plane=replace(content.plane, rows=rows)))
    embedded = re.search(r'id="data">(.*?)</script>', page, re.DOTALL)[1]
    assert not set(embedded) & set("<>&\u2028\u2029")
    assert data_of(page)["rows"][0].startswith("</script><img")


def test_a_hundred_thousand_rows_and_three_hundred_steps_stay_under_a_megabyte():
    rng = np.random.default_rng(0)
    n, k, steps = 100_000, 50, 300
    points = rng.normal(size=(n, 2))
    labels = rng.integers(0, k, size=(steps, n)).astype(np.uint8)
    page = cluster_report(large_content(points, labels, k=k, name="measure " * 8))
    assert len(page.encode()) < 1_000_000
    data = data_of(page)
    assert len(data["rows"]) <= 5000
    shown = [step["number"] for step in data["replay"]["steps"]]
    assert shown[0] == 1
    assert shown[-1] == steps
    text = text_of(page)
    assert re.search(r"100,000 rows are drawn by density: .* 4,\d\d\d of them", text)
    assert f"{len(shown)} of the 300 steps are shown" in text


def test_a_thousand_clusters_and_endless_names_stay_under_a_megabyte():
    rng = np.random.default_rng(0)
    n, k = 20_000, 1000
    labels = np.tile(np.arange(n) % k, (3, 1))
    content = large_content(rng.normal(size=(n, 2)), labels, k=k, name="<&>" * 5000)
    rows = ["<\u2028>" * 1000] * n
    content = replace(content, plane=replace(content.plane, rows=rows), done=("&" * 10_000,) * 90)
    page = cluster_report(content)
    assert len(page.encode()) < 1_000_000
    assert "The 60 largest of 1,000 clusters" in text_of(page)


def large_content(points, labels, *, k, name):
    """Content around given points and the labels of every step."""
    from ganglion.explain import describe_clusters

    features = [f"{name}{j}" for j in range(8)]
    values = np.tile(points, (1, 4)) + labels[-1][:, None]
    steps = len(labels)
    centers = np.stack([points[labels[-1] == j].mean(axis=0) for j in range(k)])
    return ReportContent(
        title="large",
        source="large.parquet",
        version="0.1.0",
        seed=0,
        wss=1.0,
        bss=3.0,
        tss=4.0,
        n_iter=steps,
        stopped_by="tol",
        cards=describe_clusters(values, labels[-1].astype(np.int64), names=features),
        plane=PlaneMap(
            points=points,
            labels=labels[-1],
            centers=centers,
            explained=(0.5, 0.25),
            loadings=np.eye(2, 8),
            features=features,
        ),
        replay=Replay(
            centers=np.tile(centers, (steps, 1, 1)),
            labels=labels,
            wss=np.linspace(2.0, 1.0, steps),
            changed=np.arange(steps)[::-1],
            shift=np.linspace(1.0, 0.0, steps),
        ),
    )


def test_rows_that_are_all_equal_are_said_to_be_alike(make_content):
    page = cluster_report(make_content(np.ones((6, 2)), k=1, elbow=None))
    assert "are all alike" in text_of(page)
    assert "nan" not in text_of(page).lower()


def test_one_cluster_shows_no_rounding_as_a_difference(make_content):
    X = np.random.default_rng(5).normal(size=(90, 3)) * [1.0, 30.0, 0.1] + [1e3, 7.0, 0.3]
    elbow = ElbowCurve(k=range(1, 4), wss=[900, 800, 750], chosen=1, reason="It has no knee.")
    content = make_content(X, k=1, elbow=elbow)
    drifted = replace(
        content,
        bss=1e-29 * content.tss,
        cards=[
            replace(
                content.cards[0],
                features=[replace(f, difference=3e-16) for f in content.cards[0].features],
            )
        ],
    )
    page = cluster_report(drifted)
    assert "form one cluster: no division stands out." in text_of(page)
    assert "10⁻" not in page.split('id="the-map"')[0]
    bars = re.findall(r'<rect class="fill" x="[^"]*" width="([^"]*)%"', page)
    assert bars == ["0.0"] * 3


def test_what_the_clusters_are_stands_beside_how_large_they_are(content, make_content):
    glance = cluster_report(content).split('id="the-map"')[0]
    assert glance.count('class="what"') == 3
    for card in content.cards:
        assert card.sentence in text_of(glance)
    many = make_content(np.random.default_rng(6).normal(size=(120, 4)), k=13)
    assert 'class="what"' not in cluster_report(many)


def test_one_column_makes_a_map_with_one_axis(make_content):
    X = np.arange(12.0)[:, None] * [1.0, 0.0]
    page = cluster_report(make_content(X, k=2))
    assert "First axis: 100 %" in text_of(page)


def test_a_run_stopped_before_it_settled_ends_with_its_last_assignment(make_content):
    X = (
        np.repeat([[0.0, 0.0], [9.0, 1.0], [4.0, 8.0]], 9, axis=0)
        + np.arange(54).reshape(27, 2) % 5
    )
    content = make_content(X)
    early = replace(
        content.replay,
        **{
            name: getattr(content.replay, name)[:1]
            for name in ("centers", "labels", "wss", "changed", "shift")
        },
    )
    assert data_of(cluster_report(replace(content, replay=early)))["replay"]["final"] is not None
    assert data_of(cluster_report(content))["replay"]["final"] is None
