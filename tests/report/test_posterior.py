"""The report of a posterior: what it says, what it may do, what it refuses; its drawings and its replay."""

from __future__ import annotations

import base64
import json
import re
import zlib
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest
from posterior_pages import posterior_content

from ganglion import DataError
from ganglion.report import ChainReplay, posterior_report
from ganglion.report._posterior_drawing import draw_counts, draw_matrix, draw_traces, statistic_rows
from ganglion.report._posterior_replay import draw_replays
from ganglion.report._shaded import shaded

VOID = {"meta", "link", "input", "br", "wbr", "img"}
WORST = "</script><img src=x onerror=alert(1)>&amp;\"'{{7*7}}{% raw %}\u2028\u202eabc\x00\ud800 😀"


@pytest.fixture(scope="module")
def content():
    return posterior_content()


@pytest.fixture(scope="module")
def page(content):
    return posterior_report(content)


class Checker(HTMLParser):
    """Elements left open or closed twice, and the words."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.open, self.wrong, self.words = [], [], []

    def handle_starttag(self, tag, attrs):
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)

    def handle_data(self, data):
        if not {"script", "style"} & set(self.open):
            self.words.append(data)


def read(page):
    checker = Checker()
    checker.feed(page)
    return checker


def words(page):
    return re.sub(r"\s+", " ", " ".join(read(page).words))


def data_of(page):
    return json.loads(re.search(r'id="data">(.*?)</script>', page)[1])


def test_the_page_is_whole_and_small(page):
    assert page.startswith("<!doctype html>")
    checker = read(page)
    assert checker.open == [] and checker.wrong == []
    assert len(page.encode()) < 1_000_000


def test_the_same_content_gives_the_same_page(content, page):
    assert posterior_report(content) == page


def test_the_verdict_comes_first(content, page):
    assert page.index('class="verdict bad"') < page.index('id="h-glance"')
    assert "Not to be relied on yet" in page
    good = replace(content, verdict=replace(content.verdict, is_good=True, sentence="Converged."))
    told = posterior_report(good)
    assert 'class="verdict good"' in told and "The chains agree" in told


def test_what_was_found_is_told(page):
    told = words(page)
    assert "The 90 rows of groups.csv form three clusters; 3 to 4 are likely." in told
    assert "The coarsest in it 3 clusters" in told
    assert re.search(r"95 % of the posterior lies within [\d.]+ bits of variation", told)
    assert "Columns left out id" in told.replace("\n", " ")


def test_diagnostics_that_are_not_as_they_should_be_are_marked(content):
    verdict = replace(
        content.verdict,
        statistics=[
            ("n_clusters", 1.004, 900.0),
            ("largest", float("inf"), 12.0),
            ("x", np.nan, np.nan),
        ],
    )
    rows = statistic_rows(verdict)
    assert rows[0][1:] == ("1.004", "900", True, True)
    assert rows[1] == ("largest cluster", "∞", "12", False, False)
    assert rows[2][1:3] == ("–", "–") and rows[2][3:] == (False, False)


def test_bars_are_shares_and_dots_are_chains(content):
    drawn = draw_counts(content)
    whole = content.counts.mean(axis=0)
    heights = [bar[3] for bar in drawn.bars]
    shown = whole[whole > 0]
    assert np.allclose(np.array(heights) / max(heights), shown / shown.max(), atol=0.01)
    assert len(drawn.dots) == 4 * len(drawn.bars)
    assert len(drawn.hollow) == 3
    one = replace(content, counts=content.counts[:1], components=None)
    assert draw_counts(one).dots == () and draw_counts(one).hollow == ()


def pixels(address):
    raw = base64.b64decode(address.split(",")[1])
    width, height = (int.from_bytes(raw[at : at + 4], "big") for at in (16, 20))
    start = raw.index(b"IDAT") + 4
    lines = np.frombuffer(zlib.decompress(raw[start:]), np.uint8).reshape(height, width + 1)
    return lines[:, 1:]


def test_the_matrix_is_a_picture_of_the_shares(content):
    shares = np.array([[0.0, 0.5, 1.0], [0.25, 2.0, -1.0]])
    assert pixels(shaded(shares)).tolist() == [[0, 130, 255], [65, 255, 0]]
    drawn = draw_matrix(content, 400)
    assert np.array_equal(pixels(drawn.picture).diagonal(), np.full(90, 255))
    assert [strip.label for strip in drawn.strips] in (
        [0, 1, 2],
        [0, 2, 1],
        [1, 0, 2],
        [1, 2, 0],
        [2, 0, 1],
        [2, 1, 0],
    )
    assert sum(strip.size for strip in drawn.strips) == pytest.approx(600, abs=0.3)


def test_a_coarser_matrix_holds_means_of_pairs(content):
    drawn = draw_matrix(content, 30)
    similar = content.similar
    inside = similar.shares[:3, :3][~np.eye(3, dtype=bool)].mean()
    assert drawn.per_cell == 3
    assert pixels(drawn.picture)[0, 0] == 5 * round(51 * inside)
    assert pixels(drawn.picture)[0, 5] == 5 * round(51 * similar.shares[:3, 15:18].mean())


def test_traces_have_a_line_for_each_chain(content):
    drawn = draw_traces(content.chains)
    assert [len(panel.lines) for panel in drawn.panels] == [4, 4]
    assert drawn.first_draw > 88
    still = replace(content.chains, log_posterior=np.full((4, 60), -3.0), n_before=0)
    assert len(draw_traces(still).panels[0].y_ticks) >= 1


def labels_of(frames, n):
    """What the page's script makes of the frames."""
    now, found = np.zeros(n, dtype=np.int64), []
    for frame in frames:
        pairs = np.frombuffer(base64.b64decode(frame["labels"]), "<u2").reshape(-1, 2)
        now[pairs[:, 0]] = pairs[:, 1]
        found.append(now.copy())
    return np.array(found)


def test_the_replay_shows_the_partitions_of_the_chain(content, page):
    data = data_of(page)
    frames = data["replays"][2]["frames"]
    found = labels_of(frames, 90)
    for own, shown in zip(content.replays[2].partitions, found, strict=True):
        assert np.array_equal(own[:, None] == own, shown[:, None] == shown)
    assert frames[0]["phase"] == "The start." and frames[0]["what"] == "1 cluster."
    assert frames[5]["phase"] == "Sweep 5 of 60, before the first draw:"
    assert frames[20]["phase"] == "Sweep 20 of 60:"


def test_clusters_of_the_replay_end_with_the_numbers_of_the_estimate(content, page):
    found = labels_of(data_of(page)["replays"][0]["frames"], 90)[-1]
    assert np.mean(found == content.plane.labels) > 0.6


def test_a_replay_that_is_too_long_has_fewer_frames(content):
    rows = np.arange(90)
    short = draw_replays(content, rows, 20_000)[0].data["frames"]
    assert 2 <= len(short) < 61
    assert short[-1]["phase"] == "Sweep 60 of 60:"
    assert sum(len(frame["labels"]) for frame in short) <= 5_000


def test_bands_fill_the_picture(content):
    for replay in draw_replays(content, np.arange(90), 300_000):
        assert 1 <= len(replay.bands) <= 81
        tops = [float(y) for band in replay.bands for y in re.findall(r"M0 ([\d.]+)", band.path)]
        assert min(tops) == pytest.approx(0.0, abs=0.2)  # all rows together reach the top


def test_without_replays_the_page_has_none(content):
    page = posterior_report(replace(content, replays=()))
    assert 'id="replay"' not in page
    assert data_of(page)["replays"] == []


def test_hostile_words_stay_words(content):
    hostile = replace(
        content,
        title=WORST, source=WORST, noun="row",
        verdict=replace(content.verdict, sentence=WORST, statistics=[(WORST, 1.0, 5.0)]),
        reach=replace(content.reach, bounds=[replace(content.reach.bounds[0], words=WORST)]),
        model=[(WORST, WORST)], done=[WORST], columns_used=[WORST], columns_left_out=[(WORST, WORST)],
        parameters=[(WORST, WORST)],
    )  # fmt: skip
    page = posterior_report(hostile)
    assert "<img src=x" not in page
    assert page.count("<script") == 2
    assert read(page).wrong == []


def test_a_large_posterior_keeps_under_its_size():
    content = posterior_content(6_000, 2, 40)
    page = posterior_report(content)
    assert len(page.encode()) < 1_000_000
    assert "6,000 rows are drawn by density" in words(page) and "3,998 of them" in words(page)


def test_content_that_contradicts_itself_is_refused(content):
    with pytest.raises(DataError, match="A report needs at least one cluster; got no cards"):
        posterior_report(replace(content, cards=()))
    with pytest.raises(DataError, match=r"certainty must have shape \(90,\); got \(89,\)"):
        posterior_report(replace(content, certainty=content.certainty[1:]))
    with pytest.raises(DataError, match=r"certainty must lie between 0 and 1; got"):
        posterior_report(replace(content, certainty=content.certainty + 1))
    with pytest.raises(DataError, match="counts must hold a row of shares for each chain"):
        posterior_report(replace(content, counts=content.counts / 2))
    with pytest.raises(DataError, match=r"similar\.points must be rows 0 to 89; got 900"):
        far = replace(content.similar, points=content.similar.points + 811)
        posterior_report(replace(content, similar=far))
    wrong = ChainReplay(name="c", steps=np.array([3, 3]), partitions=np.zeros((2, 90), np.int8))
    with pytest.raises(DataError, match=r"replay\.steps must ascend and hold at least one; got 2"):
        posterior_report(replace(content, replays=[wrong]))
