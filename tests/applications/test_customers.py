"""Segments of customers: known groups are found, names differ, chances are those of the product-limit estimate."""

from __future__ import annotations

import datetime
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ganglion as gl
from ganglion import DataError, ParameterError
from ganglion.applications import (
    STANDINGS,
    CustomerModel,
    SegmentOptions,
    customer_rules,
    customer_sentences,
    customer_table,
)
from ganglion.applications._customer_features import Habits
from ganglion.applications._customer_names import Middle, segment_names
from ganglion.applications._customer_returns import return_curves, standing_of
from ganglion.applications._customer_segments import product_lifts
from ganglion.data.purchases import PurchaseOptions
from oracles import purchases as oracle

DAY = datetime.date(2024, 1, 1)


def shop(seed=0, n=40):
    """Three kinds: regulars with large baskets, regulars with small ones, and some who came once, long ago."""
    rng = np.random.default_rng(seed)
    rows = {"customer": [], "date": [], "amount": [], "product": []}

    def add(who, day, amount, product):
        rows["customer"].append(who)
        rows["date"].append((DAY + datetime.timedelta(int(day))).isoformat())
        rows["amount"].append(round(float(amount), 2))
        rows["product"].append(product)

    for at in range(n):
        for day in np.sort(rng.choice(np.arange(100, 365), 20, replace=False)):
            add(f"rich{at:03d}", day, rng.uniform(180, 220), "wine")
            add(f"poor{at:03d}", day, rng.uniform(4, 6), rng.choice(["bread", "milk"]))
        add(f"poor{at:03d}", 360, 5, "bread")
        add(f"rich{at:03d}", 360, 200, "wine")
        add(f"once{at:03d}", rng.integers(0, 20), rng.uniform(45, 55), "milk")
    return rows


def test_kinds_of_customers_are_found_and_named_for_what_they_do():
    found = gl.segment_customers(shop(), n_clusters=3)
    kinds = np.array([name[:4] for name in found.customers])
    for kind in ("rich", "poor", "once"):
        assert len(set(found.labels[kinds == kind])) == 1
    assert len(set(found.labels)) == 3
    by_kind = {
        kind: found.segments[int(found.labels[kinds == kind][0])]
        for kind in ("rich", "poor", "once")
    }
    assert found.labels[kinds == "rich"][0] == 0, "segments are numbered by what they brought"
    assert "large baskets" in by_kind["rich"].name
    assert "small baskets" in by_kind["poor"].name
    assert "one purchase" in by_kind["once"].name
    assert by_kind["once"].once == 1.0
    assert by_kind["rich"].products[0].product == "wine"
    # All 40 of them and nobody else bought wine: a part of 1 against 40 / 120.
    assert (by_kind["rich"].products[0].buyers, by_kind["rich"].products[0].lift) == (40, 3.0)


def test_rules_say_the_segments_in_days_purchases_and_money():
    found = gl.segment_customers(shop(), n_clusters=3)
    tree = customer_rules(found)
    assert tree.fidelity == 1.0
    assert {rule.label for rule in tree.rules} == {0, 1, 2}
    table = [found.habits.recency, found.habits.frequency, found.habits.basket]
    assert np.array_equal(tree.predict(np.column_stack(table)), found.labels)
    alone = gl.segment_customers({"customer": ["a"], "date": ["2024-01-01"], "amount": [1]})
    assert customer_rules(alone) is None


def test_one_seed_one_answer_and_the_order_of_the_rows_does_not_matter():
    rows = shop()
    one = gl.segment_customers(rows, n_clusters=4)
    order = np.random.default_rng(1).permutation(len(rows["customer"]))
    other = gl.segment_customers(
        {name: [values[at] for at in order] for name, values in rows.items()}, n_clusters=4
    )
    assert np.array_equal(one.labels, other.labels)
    assert np.array_equal(one.model.centers, other.model.centers)
    assert one.names == other.names


@pytest.mark.parametrize("threads", [2, 3, 7])
def test_the_number_of_threads_changes_no_bit(threads):
    rows, before = shop(), gl.get_num_threads()
    found = []
    try:
        for count in (1, threads):
            gl.set_num_threads(count)
            found.append(gl.segment_customers(rows, n_clusters=3))
    finally:
        gl.set_num_threads(before)
    assert np.array_equal(found[0].labels, found[1].labels)
    assert found[0].model.centers.tobytes() == found[1].model.centers.tobytes()
    assert found[0].chance.tobytes() == found[1].chance.tobytes()


def test_one_customer_is_one_segment():
    found = gl.segment_customers(
        {"customer": ["a", "a"], "date": ["2024-01-01", "2024-01-02"], "amount": [1, 2]}
    )
    assert (found.labels.tolist(), found.names, found.how) == ([0], ("all customers",), "found")
    assert customer_sentences(found)[:2] == (
        "1 customer in 1 segment",
        "All of them are alike enough to be one segment.",
    )


def test_a_handful_of_customers_is_not_cut():
    rows = {
        "customer": list("abc"),
        "date": ["2024-01-01", "2024-01-09", "2024-02-01"],
        "amount": [1, 2, 300],
    }
    found = gl.segment_customers(rows)
    if found.how != "found":
        assert (found.how, len(found.segments)) == ("few", 1)
        assert "too few" in customer_sentences(found)[1]


def test_customers_who_are_all_alike_are_one_segment():
    rows = {"customer": list("abcd"), "date": ["2024-01-01"] * 4, "amount": [5] * 4}
    found = gl.segment_customers(rows)
    assert found.names == ("all customers",)
    assert not found.purchases_come_back
    assert np.isnan(found.chance).all(), "nobody came back, so nothing is known"
    assert set(customer_table(found).column("standing").values) == {"unknown"}
    with pytest.raises(ParameterError, match=r"got 2 and 1 of 4 customers who differ"):
        gl.segment_customers(rows, n_clusters=2)


def test_where_no_number_stands_out_the_cut_is_called_one():
    rng = np.random.default_rng(3)
    n = 3000
    rows = {
        "customer": [f"c{at}" for at in rng.integers(0, 900, n)],
        "date": [
            (DAY + datetime.timedelta(int(day))).isoformat() for day in rng.integers(0, 365, n)
        ],
        "amount": np.round(np.exp(rng.normal(3, 0.7, n)), 2),
    }
    found = gl.segment_customers(rows)
    if found.how == "cut":
        assert found.choice is not None
        assert found.choice.k in (None, 1)
        assert 3 <= len(found.segments) <= 8
        assert any("made to act on" in sentence for sentence in customer_sentences(found))
    else:
        assert found.choice.k == len(found.segments) > 1


def test_a_model_gives_the_same_customers_the_same_segments_and_others_the_nearest(tmp_path):
    rows = shop()
    found = gl.segment_customers(rows, n_clusters=3)
    gl.save(found.model, tmp_path / "a.model")
    model = gl.load(tmp_path / "a.model")
    assert isinstance(model, CustomerModel)
    again = gl.segment_customers(rows, model=model)
    assert np.array_equal(again.labels, found.labels)
    assert (again.how, again.names) == ("model", found.names)
    assert np.array_equal(again.chance, found.chance)
    only = gl.segment_customers({name: values[:1] for name, values in rows.items()}, model=model)
    assert [one.size for one in only.segments].count(0) == 2
    with pytest.raises(
        ParameterError, match=r"A model has its own number of segments, 3; got n_clusters=2"
    ):
        gl.segment_customers(rows, n_clusters=2, model=model)


def test_a_model_file_that_lies_is_refused(tmp_path):
    from ganglion.storage.models import write_state

    state = gl.segment_customers(shop(n=5), n_clusters=2).model._to_state()
    for name, wrong in (
        ("curve_starts", np.array([0, 10**6], dtype=np.int64)),
        ("centers", np.full((2, 3), np.nan)),
        ("sizes", np.ones(3, dtype=np.int64)),
        ("spread", np.zeros(3)),
        ("curve_survival", np.zeros(2, dtype=np.float32)),
    ):
        write_state(tmp_path / "bad", replace(state, arrays=state.arrays | {name: wrong}))
        with pytest.raises(gl.ModelFileError):
            gl.load(tmp_path / "bad")


SPELLS = st.lists(st.tuples(st.integers(0, 30), st.booleans()), min_size=1, max_size=40)


@given(SPELLS)
@settings(max_examples=60, deadline=None)
def test_the_curve_is_the_product_limit_estimate(lengths):
    stratum = np.ones(len(lengths), dtype=np.int64)
    days = np.array([day for day, _ in lengths], dtype=np.int64)
    ended = np.array([is_end for _, is_end in lengths], dtype=np.int64)
    curves = return_curves(stratum, days, ended, 1 - ended)
    asked = np.arange(-1, 40)
    found = curves.lasting(np.ones(len(asked), dtype=np.int64), asked)
    expected = [float(oracle.survival(lengths, t)) for t in asked]
    assert np.allclose(found, expected, rtol=0, atol=len(lengths) * 2.3e-16)
    chance = curves.chance(np.ones(31, dtype=np.int64), np.arange(31), 5)
    assert ((chance >= 0) & (chance <= 1)).all()


def test_the_chance_by_hand():
    # Spells of 2, 4, 4 days ended, one of 5 runs. S(2) = 3/4, S(4) = 3/4 * 1/3 = 1/4. Silent for 2 days, the chance to
    # come within 2 more is 1 - (1/4) / (3/4) = 2/3.
    curves = return_curves(
        *(np.array(a) for a in ([1, 1, 1, 1], [2, 4, 4, 5], [1, 1, 1, 0], [0, 0, 0, 1]))
    )
    found = curves.chance(np.array([1]), np.array([2]), 2)
    assert found.tolist() == pytest.approx([2 / 3], abs=1e-15)


def test_who_comes_every_half_year_is_not_lapsed_on_the_day_of_a_purchase():
    # Spells of 180, 180, 200 and 200 days: none ends within the 90 days of the horizon.
    curves = return_curves(
        np.ones(2, np.int64), np.array([180, 200]), np.array([2, 2]), np.array([0, 0])
    )
    chance, standing = standing_of(curves, np.ones(3, np.int64), np.array([0, 60, 199]), 90)
    assert chance.tolist() == [0.0, 0.0, 1.0]  # S(90)/S(0) = S(150)/S(60) = 1; S(289)/S(199) = 0
    assert standing.tolist() == [0, 0, 0]
    _, standing = standing_of(curves, np.ones(1, np.int64), np.array([201]), 90)
    assert standing.tolist() == [2]


def test_contacts_are_lapsing_customers_by_what_they_spent():
    found = gl.segment_customers(shop(seed=2), n_clusters=3, options=SegmentOptions(horizon=30))
    listed = np.flatnonzero(found.contact)
    assert set(found.standing[listed]) <= {1}
    assert len(listed) == (found.standing == 1).sum()
    ranked = listed[np.argsort(found.contact[listed])]
    assert (np.diff(found.habits.monetary[ranked]) <= 0).all()
    table = customer_table(found)
    assert table.n_rows == len(found.customers)
    assert set(table.column("standing").values) <= set(STANDINGS)


def habits(n=90):
    """Customers of all kinds."""
    at = np.arange(n)
    return Habits(at, at % 9 + 1, at + 1.0, at + 1.0, at, np.full(n, np.nan))


@given(
    st.lists(
        st.builds(
            Middle,
            st.integers(0, 90).map(float),
            st.integers(1, 9).map(float),
            st.floats(0, 1e6),
            st.sampled_from([0, 1, 2, None]),
        ),
        min_size=2,
        max_size=12,
    )
)
def test_no_two_segments_have_one_name(found):
    names = segment_names(habits(), found, "€")
    assert len(set(names)) == len(found)
    assert names == segment_names(habits(), found, "€")


def test_products_need_buyers_and_lift():
    counted = [(0, "wine", 9), (0, "rare", 4), (0, "bread", 10), (1, "bread", 10), (1, "wine", 1)]
    found = product_lifts(counted, np.array([10, 10]))
    # wine: 9 of 10 against 10 of 20; bread: all against all; rare: too few buyers to say anything
    assert [(lift.product, lift.buyers, lift.lift) for lift in found[0]] == [("wine", 9, 1.8)]
    assert 1 not in found


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"max_clusters": 0}, "max_clusters must be at least 1; got 0"),
        ({"n_init": 0}, "n_init must be at least 1; got 0"),
        ({"horizon": 0}, "horizon must be at least 1; got 0"),
    ],
)
def test_settings_below_one_are_refused(options, message):
    with pytest.raises(ParameterError, match=message):
        gl.segment_customers(shop(n=2), options=SegmentOptions(**options))
    with pytest.raises(ParameterError, match="n_clusters must be at least 1; got 0"):
        gl.segment_customers(shop(n=2), n_clusters=0)


def test_a_frame_without_the_columns_is_refused():
    with pytest.raises(DataError, match="Purchases need a column that says who bought"):
        gl.segment_customers({"x": [1.0], "y": ["2024-01-01"]})


def test_columns_can_be_named_and_the_day_chosen():
    rows = shop(n=5)
    renamed = {"a": rows["customer"], "b": rows["date"], "c": rows["amount"]}
    found = gl.segment_customers(
        renamed,
        n_clusters=2,
        columns={"customer": "a", "date": "b", "amount": "c"},
        reading=PurchaseOptions(as_of=datetime.date(2024, 12, 31)),
    )
    assert found.purchases.as_of == datetime.date(2024, 12, 31)
    assert (
        found.habits.recency.min() == (datetime.date(2024, 12, 31) - found.purchases.last_day).days
    )


def test_what_was_found_is_shown_in_a_line():
    rows = {"customer": ["a", "b"], "date": ["2024-01-01", "2024-03-30"], "amount": [10, 12]}
    found = gl.segment_customers(rows, n_clusters=1)
    assert repr(found) == "<CustomerSegmentation of 2 customers in 1: all customers (2)>"
