"""Pages made of parts: what they say, what they refuse, how large they get, that hostile words stay words."""

from __future__ import annotations

import base64
import re
import struct
import zlib
from dataclasses import fields, is_dataclass, replace

import numpy as np
import pytest
from page_reading import WORST, data_of, outline, policy_of, text_of
from part_pages import PNG, every_part, map_of, pixels

from ganglion import DataError, ParameterError
from ganglion.data import data_problems, table_from_frame
from ganglion.explain import explain_clusters, threshold_tree
from ganglion.report import _density
from ganglion.report.parts import (
    Answer,
    Card,
    CardBar,
    CardPart,
    ComparePart,
    GalleryPart,
    KCurve,
    KPart,
    PalettePart,
    PicturePart,
    PointMap,
    TablePart,
    TextPart,
    card_of,
    choice_of,
    page,
    problems_of,
    rules_of,
)
from ganglion.selection import KChoice
from ganglion.selection.choose_k import RuleRow

ANSWER = Answer(sentences=["Two groups."])
MAX_BYTES = 1_500_000


def hostile(value):
    """The same record with the worst words in every slot that takes words."""
    if isinstance(value, str):
        return value if value.startswith("#") else WORST
    if is_dataclass(value):
        named = [f.name for f in fields(value) if f.name != "colour"]  # which must be a colour
        return replace(value, **{name: hostile(getattr(value, name)) for name in named})
    if isinstance(value, list | tuple):
        return type(value)(map(hostile, value))
    return value


def test_every_part_is_whole_and_named_in_the_contents():
    text = page("A page", every_part())
    parsed = outline(text)
    assert (parsed.open, parsed.wrong) == ([], [])
    ids = [attributes["id"] for _, attributes in parsed.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    links = [a["href"] for tag, a in parsed.elements if tag == "a"]
    assert all(link.removeprefix("#") in ids for link in links)
    assert len([a for tag, a in parsed.elements if tag == "section"]) == len(every_part()) - 1
    assert [tag for tag, _ in parsed.elements].count("h1") == 1


def test_every_picture_has_words_and_every_drawing_a_title_or_is_hidden():
    for tag, attributes in outline(page("A page", every_part())).elements:
        if tag == "img":
            assert attributes["alt"]
        if tag == "svg":
            named = {"aria-label", "aria-labelledby"} & set(attributes)
            assert named or attributes.get("aria-hidden") == "true"


def test_the_answer_comes_first_and_is_the_headline():
    text = text_of(page("A page", every_part()))
    assert re.search(r"<h1>(.*?)</h1>", text)[1] == "40 customers fall into two groups"
    assert text.index("Mind:") < text.index("The map")


def test_the_same_parts_give_the_same_page():
    assert page("A page", every_part()) == page("A page", every_part())


def test_nothing_is_fetched_and_nothing_runs_but_one_script():
    text = page("A page", every_part())
    assert policy_of(text).startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in policy_of(text)
    for tag, attributes in outline(text).elements:
        assert tag not in {"iframe", "object", "embed", "form", "base"}
        assert not [name for name in attributes if name.startswith("on") or name == "style"]
        for name in ("src", "href"):
            assert attributes.get(name, "#").startswith(("#", "data:")), (tag, attributes)


def test_hostile_words_stay_words_in_every_slot():
    parts = [hostile(part) for part in every_part()]
    text = page(WORST, parts)
    parsed, calm = outline(text), outline(page("A page", every_part()))
    assert (parsed.open, parsed.wrong) == ([], [])
    kinds = [tag for tag, _ in parsed.elements if tag not in ("wbr", "br")]
    assert sorted(set(kinds)) == sorted({tag for tag, _ in calm.elements} - {"wbr", "br"})
    assert kinds.count("script") == 2
    assert "\ud800" not in text
    text.encode("utf-8")
    assert data_of(text)["map"]["texts"][0].startswith("</script><img")


@pytest.mark.parametrize("n", [1, 2, 200, 5_000, 5_001, 20_000])
def test_maps_of_any_size_keep_the_page_small(n):
    text = page("A map", [ANSWER, map_of(n)])
    assert len(text.encode()) < MAX_BYTES / 2
    data = data_of(text)["map"]
    shown = len(base64.b64decode(data["labels"]))
    assert shown == len(data["texts"]) <= 5000
    assert ("drawn by density" in text) == (n > 5000)


def test_very_long_texts_are_shortened_until_the_page_fits():
    words = "long words " * 400
    cards = [
        Card(label=j, name=words, size=1, sentence=words, members=[("typical", [words] * 12)] * 6)
        for j in range(60)
    ]
    text = page("Long", [ANSWER, map_of(5000, text=words), CardPart(cards=cards)])
    assert len(text.encode()) < MAX_BYTES


def test_pictures_that_cannot_fit_are_refused_with_the_size():
    rng = np.random.default_rng(0)
    noise = pixels(rng.integers(0, 256, size=(1100, 1100), dtype=np.uint8))
    with pytest.raises(DataError, match=r"must stay under 1,500,000 bytes; this one needs 1,6"):
        page("Noise", [ANSWER, PicturePart(picture=noise, alt="noise")])


def test_bytes_that_are_no_picture_are_refused():
    for wrong in (b"", b"GIF89a", b"<svg", "no drawing"):
        with pytest.raises(DataError, match="picture"):
            page("Wrong", [ANSWER, PicturePart(picture=wrong, alt="x")])


def test_a_drawing_is_shown_as_a_picture_in_which_nothing_runs():
    svg = "<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
    text = page("Drawing", [ANSWER, PicturePart(picture=svg, alt="a drawing")])
    assert "alert(1)" not in text
    assert "data:image/svg+xml;base64," in text


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ([], "begin with an Answer; got nothing"),
        ([TextPart(title="t")], "begin with an Answer; got TextPart"),
        ([ANSWER, ANSWER], "hold one Answer"),
        ([ANSWER, "text"], "got str"),
    ],
)
def test_a_page_begins_with_its_one_answer(parts, words):
    with pytest.raises(ParameterError, match=words):
        page("Wrong", parts)


@pytest.mark.parametrize(
    ("part", "words"),
    [
        (PointMap(points=np.zeros((0, 2)), labels=np.zeros(0, int), names=[]), "n >= 1"),
        (PointMap(points=np.zeros((2, 3)), labels=np.zeros(2, int), names=["a"]), "shape"),
        (PointMap(points=np.full((1, 2), np.nan), labels=np.zeros(1, int), names=["a"]), "finite"),
        (PointMap(points=np.zeros((2, 2)), labels=np.zeros(1, int), names=["a"]), "one integer"),
        (PointMap(points=np.zeros((2, 2)), labels=np.array([0, 1]), names=["a"]), "between -1 and"),
        (
            PointMap(points=np.zeros((1, 2)), labels=np.zeros(1, int), names=["a"], texts=[]),
            "one entry for each",
        ),
        (
            PointMap(
                points=np.zeros((1, 2)), labels=np.zeros(1, int), names=["a"], centers=np.zeros(2)
            ),
            "a row for each name",
        ),
        (CardPart(cards=[]), "at least one card"),
        (
            CardPart(cards=[Card(label=0, name="a", size=1, bars=[CardBar(name="b", length=np.nan)])]),
            "finite lengths",
        ),
        (CardPart(cards=[Card(label=0, name="a", size=1, colour="red")]), "#rrggbb"),
        (PalettePart(colours=[("red;}", 1.0, "")]), "#rrggbb"),
        (PalettePart(colours=[("#ff0000", float("nan"), "")]), "from 0 to 1"),
        (PalettePart(colours=[("#ff0000", 2.0, "")]), "from 0 to 1"),
        (CardPart(cards=[Card(label=0, name="a", size=-5)]), "at least 0"),
        (KPart(curves=[KCurve(name="c", k=[1, 2], values=[1.0])]), "a value"),
        (TablePart(columns=["a"], rows=[[1, 2]], title="t"), "row 0 has 2"),
    ],
)  # fmt: skip
def test_parts_that_contradict_themselves_are_refused(part, words):
    with pytest.raises(DataError, match=words):
        page("Wrong", [ANSWER, part])


def test_an_answer_without_a_sentence_is_refused():
    with pytest.raises(DataError, match="needs its headline"):
        page("Wrong", [Answer(sentences=[" "])])


def test_extreme_coordinates_stay_on_the_map():
    points = np.array([[-1.7e308, 0.0], [1.7e308, 5e-324], [0.0, 1.0]])
    text = page("Far", [ANSWER, PointMap(points=points, labels=np.zeros(3, int), names=["a"])])
    places = np.frombuffer(base64.b64decode(data_of(text)["map"]["points"]), "<u2") / 10
    assert places.max() <= 720
    assert len(set(places[::2].tolist())) == 3


def test_numbers_of_a_table_are_written_for_people_and_sorted_as_numbers():
    rows = [["a", 1234.5, 7, None], ["b", -0.25, 12, 1e300], ["c", float("nan"), -3, 2.0]]
    text = page("Table", [ANSWER, TablePart(columns=["t", "x", "n", "big"], rows=rows, title="T")])
    assert re.findall(r'data-by="([^"]*)"', text) == [
        "1234.5", "7", "", "-0.25", "12", "1e+300", "", "-3", "2.0",
    ]  # fmt: skip
    for words in ("1,234.50", "−0.25", "−3", "1×10³⁰⁰"):
        assert words in text
    shares = TablePart(columns=["%"], rows=[[30.1], [82.5]], title="T")  # no digit says nothing
    assert re.findall(r"<bdi>([0-9.]+)</bdi></td>", page("T", [ANSWER, shares])) == ["30.1", "82.5"]


def test_columns_of_long_texts_keep_room_for_their_words():
    table = TablePart(
        columns=["segment", "no", "n"],
        rows=[["lapsed, occasional, medium baskets", "a", 3], ["x", "b", 4]],
        title="T",
    )
    found = page("T", [ANSWER, table])
    assert re.findall(r'<th scope="col"( class="[a-z]+")?><bdi>', found) == [
        ' class="words"',
        "",
        ' class="right"',
    ]


def test_a_table_shows_its_limit_and_says_how_many_rows_there_are():
    part = TablePart(columns=["n"], rows=[[i] for i in range(900)], title="T", limit=30)
    text = text_of(page("Table", [ANSWER, part]))
    assert "30 of 900 rows are shown" in text


def test_error_bars_span_one_standard_error_each_way():
    # values 1 and 3 with errors 1: the axis spans 0 to 4, so the bars are half of it long
    curve = KCurve(name="c", k=[1, 2], values=[1.0, 3.0], errors=[1.0, 1.0], chosen=2)
    text = page("Choice", [ANSWER, KPart(curves=[curve])])
    bars = re.findall(r'class="error" d="M[-\d.]+ ([\d.]+)h10M[-\d.]+ ([\d.]+)h10', text)
    low, high = (float(v) for v in bars[0])
    assert low - high == pytest.approx((252 - 40) / 2, abs=0.2)


def test_a_curve_without_a_defined_value_says_so():
    curve = KCurve(name="gap", k=[1, 2], values=[float("nan")] * 2, chosen=1)
    assert "gap: no value is defined" in page("Choice", [ANSWER, KPart(curves=[curve])])


def test_groups_without_a_number_have_a_card_and_a_place_on_the_map():
    labels = np.array([0, -1, 0])
    parts = [
        PointMap(points=np.eye(3)[:, :2], labels=labels, names=["a"]),
        CardPart(cards=[Card(label=0, name="a", size=2), Card(label=-1, name="no group", size=1)]),
    ]
    text = page("Noise", [ANSWER, *parts])
    assert 'id="cluster-none"' in text
    assert data_of(text)["map"]["names"] == ["a", "no group"]


def decoded(address):
    """Grey levels of a PNG as this package writes them."""
    raw = base64.b64decode(address.partition(",")[2])
    width, height = struct.unpack(">II", raw[16:24])
    at, body = 33, b""
    while raw[at + 4 : at + 8] == b"IDAT":
        size = struct.unpack(">I", raw[at : at + 4])[0]
        body += raw[at + 8 : at + 8 + size]
        at += 12 + size
    lines = np.frombuffer(zlib.decompress(body), np.uint8).reshape(height, width + 1)
    return lines[:, 1:]


def test_layers_of_a_density_over_each_other_show_each_cluster_by_its_share():
    # one cell with 3 rows of the layer below and 1 of the one above; one with 1 row alone
    places = np.array([[1.0, 1], [1, 1], [1, 1], [1, 1], [5, 1]])
    layer_of = np.array([0, 0, 0, 1, 0])
    below, above = _density.draw_density(places, layer_of, 2, cell=2)
    a = decoded(above.address)[0, 0] / 250
    b = decoded(below.address)[0, 0] / 250
    ink = a + b * (1 - a)  # what is laid over the paper
    assert a / ink == pytest.approx(1 / 4, abs=1 / _density.SHADES)  # ink is rounded up to a shade
    alone = decoded(below.address)[0, 2] / 250
    assert alone == pytest.approx(_density.FAINTEST, abs=1 / _density.SHADES)


def test_every_row_of_a_density_leaves_ink():
    rng = np.random.default_rng(1)
    places = rng.uniform(2, 700, size=(3000, 2))
    layer_of = rng.integers(0, 5, size=3000)
    shades = _density.draw_density(places, layer_of, 5, cell=3)
    for layer, shade in enumerate(shades):
        own = np.unique((places[layer_of == layer] // 3).astype(int), axis=0)
        assert np.count_nonzero(decoded(shade.address)) == len(own)


def test_cells_grow_with_the_number_of_layers():
    rng = np.random.default_rng(1)
    places = np.stack((rng.uniform(2, 718, size=5000), rng.uniform(2, 618, size=5000)), axis=1)
    shades = _density.draw_density(places, rng.integers(0, 300, size=5000), 300, cell=2)
    cells = sum(decoded(shade.address).size for shade in shades if shade is not None)
    assert cells <= _density.MOST_CELLS


def test_a_layer_without_rows_has_no_picture():
    shades = _density.draw_density(np.ones((2, 2)), np.array([0, 2]), 3, cell=2)
    assert [shade is None for shade in shades] == [False, True, False]


def test_what_the_library_found_becomes_parts():
    table = table_from_frame(
        {"x": [1.0, 1.1, None, 9.0, 9.1, 9.1], "same": ["a"] * 6, "age": list("123") + ["n/a"] * 3}
    )
    labels = np.array([0, 0, 0, 1, 1, 1])
    rules = rules_of(threshold_tree(table, labels, names=["x"]))
    assert rules.fidelity >= 5 / 6
    problems = problems_of(data_problems(table), done="They were left out.")
    names = [problem.name for problem in problems.problems]
    assert names[:2] == ["Missing cells", "Constant columns"]
    assert "1 cell of 18 is missing" in problems.problems[0].sentence
    text = text_of(page("Found", [ANSWER, rules, problems]))
    assert "row" in text


def test_a_choice_becomes_curves_with_errors_and_votes():
    chosen = KChoice(
        k=2,
        votes={"elbow": None, "gap": 2},
        table={
            "k": [1, 2],
            "wss": [9.0, 1.0],
            "gap": [0.1, 0.9],
            "gap_error": [0.1, 0.2],
            "bss": [0, 8],
        },
        reason="The gap is largest.",
        centers={},
        agreement=0.5,
        rules=(RuleRow("gap", 2, "largest", "little", 0.1),),
    )
    part = choice_of(chosen, used=2)
    assert [curve.name for curve in part.curves] == ["Sum of squares within clusters (WSS)", "Gap"]
    assert list(part.curves[1].errors) == [0.1, 0.2]
    assert [(vote.rule, vote.k, vote.why) for vote in part.votes] == [
        ("Elbow", None, ""),
        ("Gap", 2, "largest"),
    ]
    assert part.agreement == 0.5


def test_pictures_of_all_kinds_are_in_the_page():
    parts = [
        ComparePart(before=PNG, after=PNG, alt="both"),
        GalleryPart(pictures=[PicturePart(picture=PNG, alt="one")] * 2, title="Masks"),
    ]
    assert page("Pictures", [ANSWER, *parts]).count("data:image/png;base64,") == 4


def test_a_member_of_a_small_cluster_is_named_once():
    X = np.array([[0.0], [0.1], [0.2], [0.4], [9.0]])
    cards = explain_clusters(X, [0, 0, 0, 0, 1], random_state=0).cards
    of_four, alone = (dict(card_of(card, row_name="row {}".format).members) for card in cards)
    assert list(of_four) == ["typical", "at the border"]
    assert not set(of_four["typical"]) & set(of_four["at the border"])
    assert alone == {"typical": ["row 4"]}


def test_shares_of_cards_are_of_all_members_where_some_are_on_no_card():
    cards = [Card(label=0, name="a", size=20), Card(label=1, name="b", size=5)]
    assert "80 %" in text_of(page("T", [Answer(sentences=["x"]), CardPart(cards=cards)]))
    said = text_of(page("T", [Answer(sentences=["x"]), CardPart(cards=cards, n_members=50)]))
    assert "40 %" in said and "10 %" in said and "80 %" not in said
    with pytest.raises(DataError, match="sizes of the cards together, 25; got 24"):
        page("T", [Answer(sentences=["x"]), CardPart(cards=cards, n_members=24)])
