"""Cards for any labels and any columns: counts, lifts, dates, gaps; the neighbour, typical and borderline rows."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ganglion import get_num_threads, set_num_threads
from ganglion._errors import DataError, ParameterError
from ganglion._native import available_isas, use_isa
from ganglion.data import design_matrix, example_path, read_table, table_from_frame
from ganglion.explain import describe_clusters
from oracles import explaining as naive

PENGUINS = read_table(example_path("penguins"))
SPECIES = PENGUINS.column("species").values

small_rows = st.lists(
    st.tuples(st.integers(-8, 8), st.integers(-8, 8), st.integers(-1, 2)), min_size=3, max_size=24
)


def part(card, name, category=None, kind=None):
    return next(
        p
        for p in card.features
        if (p.name, p.category) == (name, category) and kind in (None, p.kind)
    )


def test_texts_are_labels_and_name_their_cards():
    cards = describe_clusters(PENGUINS, SPECIES, names=["island", "body_mass_g"])
    assert [(card.label, card.name, card.size) for card in cards] == [
        (0, "Adelie", 152),
        (1, "Chinstrap", 68),
        (2, "Gentoo", 124),
    ]
    codes = np.unique(SPECIES.astype(str), return_inverse=True)[1]
    by_number = describe_clusters(PENGUINS, codes, names=["island", "body_mass_g"])
    assert [card.features for card in cards] == [card.features for card in by_number]
    assert by_number[2].name == "cluster 2"


def test_booleans_are_labels():
    no, yes = describe_clusters([[0.0], [1.0], [2.0]], np.array([False, True, True]))
    assert (no.name, yes.name, yes.label, yes.size) == ("False", "True", 1, 2)


def test_noise_has_a_card_of_its_own_and_is_nobodys_neighbour():
    # means: cluster 0 at 0.5, cluster 1 at 10.5, noise at 5: nearest to 0 is 1, though the noise is nearer
    X = [[0.0], [1.0], [10.0], [11.0], [4.0], [6.0]]
    noise, low, high = describe_clusters(X, [0, 0, 1, 1, -1, -1])
    assert (noise.label, noise.name, noise.share) == (-1, "noise", 2 / 6)
    assert (noise.nearest, noise.contrast, noise.typical) == (None, (), ())
    assert (low.nearest, high.nearest) == (1, 0)
    # 4 is 3.5 from cluster 0, 6 is 4.5 from cluster 1
    assert noise.borderline == (4, 5)


def test_all_noise_is_described_without_neighbours():
    (noise,) = describe_clusters([[1.0], [2.0]], [-1, -1])
    assert (noise.name, noise.typical, noise.borderline) == ("noise", (), ())


def test_counts_stand_behind_shares_and_lifts():
    gentoo = describe_clusters(PENGUINS, SPECIES)[2]
    biscoe = part(gentoo, "island", "Biscoe")
    assert (biscoe.count, biscoe.kind) == (124, "category")
    assert biscoe.lift == pytest.approx(1.0 / (168 / 344))
    assert biscoe.detail == "2.05 times the overall share, +1.02 standard deviations, 124 rows"
    mass = part(gentoo, "body_mass_g")
    assert (mass.count, mass.lift) == (123, None)  # one Gentoo was not weighed
    assert (mass.value_text, mass.overall_text) == ("5076", "4202")


def test_a_category_that_nobody_has_lacks_no_number():
    table = table_from_frame({"g": ["a", "a", "b", None]})
    card = describe_clusters(table, [0, 0, 1, 2])[2]
    b = part(card, "g", "b")
    assert math.isnan(b.difference) and b.count == 0
    assert b.detail == "no value"


def test_gaps_are_compared_by_their_share():
    table = table_from_frame({"x": [None, None, None, 1.0, 2.0, 3.0]})
    left, right = describe_clusters(table, [0, 0, 0, 0, 1, 1])
    gap = part(left, "x", "missing", "missing")
    # 3 of 4 rows against 3 of 6: lift 1.5, and (0.75 - 0.5) / sqrt(0.25) = 0.5
    assert (gap.count, gap.lift, gap.difference) == (3, 1.5, pytest.approx(0.5))
    assert left.sentence == "low x (1, overall 2); x missing 75 % (overall 50 %)"
    assert part(right, "x", "missing").lift == 0.0


def test_dates_are_told_as_dates():
    days = np.array(["2020-01-01", "2020-01-03", "2024-05-01", "NaT"], "datetime64[us]")
    early, late = describe_clusters(table_from_frame({"joined": days}), [0, 0, 1, 1])
    assert part(early, "joined").kind == "date"
    assert early.sentence.startswith("early joined (2020-01-02, overall 2021-06-12)")
    assert part(late, "joined").value_text == "2024-05-01"
    assert part(late, "joined").mean == (
        np.datetime64("2024-05-01") - np.datetime64("1970-01-01")
    ).astype(int)
    assert late.contrast[0].text == "joined 2024-05-01 (cluster 0: 2020-01-02)"


def test_dates_of_one_day_are_told_with_their_time():
    moments = np.array(
        ["2020-01-01T08:00", "2020-01-01T09:00", "2020-01-01T20:00"], "datetime64[us]"
    )
    first, last = describe_clusters(table_from_frame({"at": moments}), [0, 0, 1])
    assert first.features[0].value_text == "2020-01-01 08:30"
    assert last.features[0].text == "late at (2020-01-01 20:00, overall 2020-01-01 12:20)"


def test_booleans_of_a_table_are_shares():
    table = table_from_frame({"member": np.array([True, True, False, False])})
    card = describe_clusters(table, [0, 0, 1, 1])[0]
    assert card.sentence == "member true 100 % (overall 50 %)"
    matrix = design_matrix(table)
    assert describe_clusters(matrix, [0, 0, 1, 1])[0].sentence == card.sentence


def test_what_separates_two_neighbours_by_hand():
    # b: means 1 and 5, both clusters without spread: the two together have standard deviation 2, so 4 / 2
    X = [[0.0, 5.0], [2.0, 5.0], [0.0, 1.0], [2.0, 1.0], [90.0, 3.0], [90.0, 3.0]]
    first, second, third = describe_clusters(X, [0, 0, 1, 1, 2, 2], names=["a", "b"])
    assert (first.nearest, second.nearest, third.nearest) == (1, 0, 0)
    assert [(p.name, p.difference) for p in first.contrast] == [("b", 2.0)]
    assert first.contrast[0].text == "b 5 (cluster 1: 1)"
    assert second.contrast[0].difference == -2.0


def test_of_a_text_a_contrast_tells_what_the_cluster_has_more():
    table = table_from_frame({"g": ["a", "a", "b", "b"], "x": [1.0, 2.0, 1.0, 2.0]})
    first, second = describe_clusters(table, [0, 0, 1, 1])
    assert [p.text for p in first.contrast] == ["g a 100 % (cluster 1: 0 %)"]
    assert [p.text for p in second.contrast] == ["g b 100 % (cluster 0: 0 %)"]


def test_typical_and_borderline_rows_by_hand():
    # cluster 0 has the mean 2, cluster 1 the mean 11: row 3 (at 5) is 3 from its own and 6 from the other, margin 1/2
    X = [[0.0], [1.0], [2.0], [5.0], [10.0], [11.0], [12.0]]
    low, high = describe_clusters(X, [0, 0, 0, 0, 1, 1, 1], n_examples=2)
    assert low.typical == (2, 1)
    assert low.borderline == (3, 0)  # 0: (11 - 2) / 11, below 1: (10 - 1) / 10
    assert high.typical == (5, 4)
    assert high.borderline == (4, 6)


def test_equal_rows_are_named_once():
    X = [[0.0]] * 50 + [[1.0], [2.0], [50.0], [51.0]]
    low, _ = describe_clusters(X, [0] * 52 + [1, 1])
    assert low.typical == (0, 50, 51)


def test_no_examples_are_looked_for_when_none_are_wanted():
    card = describe_clusters([[0.0], [1.0], [9.0]], [0, 0, 1], n_examples=0)[0]
    assert (card.typical, card.borderline, card.nearest) == ((), (), 1)


def test_of_very_many_clusters_neighbours_and_examples_are_told_too():
    X = np.r_[np.arange(1000.0), np.arange(1000.0) + 0.25][:, None]
    cards = describe_clusters(X, np.tile(np.arange(1000), 2))
    assert [card.nearest for card in cards] == [1, *range(999)]  # of two neighbours the lower label
    assert [card.typical for card in cards] == [(at, at + 1000) for at in range(1000)]
    assert cards[500].contrast[0].text == "x1 500.1 (cluster 499: 499.1)"


@given(rows=small_rows)
@settings(max_examples=150, deadline=None)
def test_cards_agree_with_the_definitions(rows):
    X = [[float(x), float(y)] for x, y, _ in rows]
    labels = [label for *_, label in rows]
    clusters = sorted(set(labels) - {-1})
    for card in describe_clusters(X, labels, n_examples=30):
        for at, name in enumerate(("x1", "x2")):
            wanted = naive.standardised_difference([x[at] for x in X], labels, card.label)
            assert part(card, name).difference == pytest.approx(wanted, abs=1e-12)
        if card.label == -1 or len(clusters) < 2:
            continue
        centers = naive.means(X, labels)
        away = {c: math.dist(centers[card.label], centers[c]) for c in clusters if c != card.label}
        assert away[card.nearest] == pytest.approx(min(away.values()), abs=1e-12)
        far = [math.dist(X[row], centers[card.label]) for row in card.typical]
        assert far == sorted(far) or np.allclose(far, sorted(far), atol=1e-12)
        distinct = {tuple(X[row]) for row, label in enumerate(labels) if label == card.label}
        assert {tuple(X[row]) for row in card.typical} == distinct
        gaps = [naive.margin(X, labels, row) for row in card.borderline]
        assert np.allclose(gaps, sorted(gaps), atol=1e-12)


@given(rows=small_rows, seed=st.integers(0, 5))
@settings(max_examples=60, deadline=None)
def test_the_order_of_rows_does_not_matter_to_what_is_unusual(rows, seed):
    X = np.array([[x, y] for x, y, _ in rows], dtype=float)
    labels = np.array([label for *_, label in rows])
    order = np.random.default_rng(seed).permutation(len(rows))
    for one, other in zip(
        describe_clusters(X, labels), describe_clusters(X[order], labels[order]), strict=True
    ):
        assert (one.label, one.size) == (other.label, other.size)
        for mine in one.features:
            yours = part(other, mine.name, mine.category)
            assert yours.difference == pytest.approx(mine.difference, abs=1e-12)


def test_a_matrix_is_measured_as_it_was_clustered():
    table = table_from_frame(
        {
            "mass": [3000.0, 3100.0, 3050.0, 3150.0, 9000.0, 9100.0],
            "bill": [1.0, 1.1, 9.0, 9.1, 1.0, 1.1],
        }
    )
    labels = [0, 0, 1, 1, 2, 2]
    raw = describe_clusters(design_matrix(table, scale="none"), labels)
    scaled = describe_clusters(design_matrix(table, scale="standard"), labels)
    # in grams cluster 1 is nearer to 2 by 50; in standard deviations it is farther by all of the bill
    assert (raw[2].nearest, scaled[2].nearest) == (1, 0)
    as_table = describe_clusters(table, labels)
    assert [card.nearest for card in as_table] == [card.nearest for card in scaled]
    assert [card.typical for card in as_table] == [card.typical for card in scaled]


def test_a_mixed_table_is_measured_like_its_standardised_matrix():
    names = ["island", "sex", "bill_length_mm", "body_mass_g"]
    matrix = design_matrix(PENGUINS, columns=names)
    labels = SPECIES[matrix.rows]
    cards = describe_clusters(PENGUINS, labels, names=names, rows=matrix.rows)
    for mine, other in zip(cards, describe_clusters(matrix, labels), strict=True):
        assert (mine.nearest, mine.typical, mine.borderline) == (
            other.nearest,
            other.typical,
            other.borderline,
        )


def test_huge_and_tiny_numbers_have_neighbours_too():
    for unit in (1e-300, 1.0, 1e300):
        X = np.array([[0.0], [1.0], [5.0], [6.0], [20.0], [22.0]]) * unit
        low, middle, high = describe_clusters(X, [0, 0, 1, 1, 2, 2])
        assert (low.nearest, middle.nearest, high.nearest) == (1, 0, 1)
        assert high.borderline[0] == 4


def test_a_data_frame_and_a_dict_are_tables():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"x": [1.0, 2.0, 9.0], "g": ["a", "a", "b"]})
    from_frame = describe_clusters(frame, ["l", "l", "r"])
    assert from_frame == describe_clusters(
        {"x": [1.0, 2.0, 9.0], "g": ["a", "a", "b"]}, ["l", "l", "r"]
    )
    assert from_frame[1].sentence == "g b 100 % (overall 33 %); high x (9, overall 4)"


def test_examples_are_the_same_on_every_machine():
    rng = np.random.default_rng(3)
    X = rng.integers(0, 6, size=(3000, 9)).astype(float)
    labels = rng.integers(0, 7, size=3000)
    wanted = describe_clusters(X, labels)
    threads = get_num_threads()
    try:
        for count in (1, 2, 3, 7):
            set_num_threads(count)
            assert describe_clusters(X, labels) == wanted
    finally:
        set_num_threads(threads)
    names = available_isas()
    try:
        for isa in names:
            use_isa(isa)
            assert describe_clusters(X, labels) == wanted
    finally:
        use_isa(names[-1])


@pytest.mark.parametrize(
    ("data", "labels", "options", "error", "message"),
    [
        (
            [[1.0], [np.inf]],
            [0, 1],
            {},
            DataError,
            r"column 'x1' holds inf at row 1. Correct the value",
        ),
        (
            [[1.0], [2.0]],
            ["a", None],
            {},
            DataError,
            "row 1 holds None. Leave rows without a label out",
        ),
        (
            [[1.0], [2.0]],
            [0, 1],
            {"n_examples": -1},
            ParameterError,
            "n_examples must be at least 0; got -1",
        ),
        ([["a"], ["b"]], [0, 1], {}, DataError, "must hold numbers in rows of equal length"),
        ([[1.0], [2.0, 3.0]], [0, 1], {}, DataError, "must hold numbers in rows of equal length"),
        (PENGUINS, [0, 1], {"rows": [0, 344]}, DataError, "rows must be numbers from 0 to 343"),
        (PENGUINS, [0], {"rows": [0.5]}, DataError, "rows must be numbers from 0 to 343"),
        (
            [[1.0, 2.0]],
            [0],
            {"names": ["a", "a"]},
            ParameterError,
            "names must differ; got 'a' twice",
        ),
        (np.empty((0, 2)), [], {}, DataError, "labels must be of at least one row"),
        (np.empty((0, 2)), np.empty(0, int), {}, DataError, "labels must be of at least one row"),
    ],
)
def test_what_cannot_be_described_is_refused(data, labels, options, error, message):
    with pytest.raises(error, match=message):
        describe_clusters(data, labels, **options)


def test_sparse_rows_are_sent_to_the_terms():
    sparse = pytest.importorskip("scipy.sparse")
    with pytest.raises(DataError, match=r"got a sparse matrix\. Use ganglion\.explain\.term_cards"):
        describe_clusters(sparse.csr_array(np.eye(3)), [0, 1, 1])
