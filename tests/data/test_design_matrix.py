"""From columns to numbers: scaling, categories, gaps, and what is left out with which reason."""

from __future__ import annotations

import json
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ganglion._errors import DataError, ModelFileError, ParameterError
from ganglion.data import (
    Encoding,
    apply_encoding,
    design_matrix,
    example_path,
    read_table,
    table_from_frame,
)

FLOATS = st.floats(allow_nan=False, allow_infinity=False)
X = [0.5, 1.5, 4.0, 2.25]


def design(data, /, **options):
    return design_matrix(table_from_frame(data), **options)


def test_penguins_become_thirteen_columns():
    matrix = design_matrix(read_table(example_path("penguins")))
    assert matrix.X.shape == (333, 13)
    assert matrix.X.flags.c_contiguous
    assert matrix.names[:3] == ("species=Adelie", "species=Chinstrap", "species=Gentoo")
    assert matrix.missing["sex"] == 11
    assert matrix.left_out == ()
    assert matrix.notes[0].startswith("11 of 344 rows were left out: they have missing values")


def test_standard_scaling_by_hand():
    # mean 3, deviations -2 -1 0 3, squares 4 1 0 9, variance 14 / 4
    matrix = design({"x": [1.0, 2.0, 3.0, 6.0]})
    np.testing.assert_allclose(
        matrix.X[:, 0], np.array([-2.0, -1.0, 0.0, 3.0]) / np.sqrt(3.5), rtol=1e-15
    )


def test_robust_scaling_by_hand():
    # median 3, quartiles 2 and 4
    matrix = design({"x": [1.0, 2.0, 3.0, 4.0, 100.5]}, scale="robust")
    assert matrix.X[:, 0].tolist() == [-1.0, -0.5, 0.0, 0.5, 48.75]


def test_robust_scaling_falls_back_to_half_the_range():
    matrix = design({"x": [5.0, 5.0, 5.0, 5.0, 5.0, 9.0]}, scale="robust")
    assert matrix.X[:, 0].tolist() == [0.0, 0.0, 0.0, 0.0, 0.0, 2.0]


def test_unscaled_numbers_stay_as_they_are():
    matrix = design(
        {"x": [1.5, -2.5], "g": ["b", "a"], "t": [True, False]},
        scale="none",
        columns=["x", "g", "t"],
    )
    assert matrix.X.tolist() == [[1.5, 0.0, 1.0, 1.0], [-2.5, 1.0, 0.0, 0.0]]


@pytest.mark.parametrize(
    "texts", [["a", "b"] * 50, ["a"] * 99 + ["b"], [f"t{i % 37}" for i in range(100)]]
)
def test_a_text_column_weighs_as_much_as_one_standardised_number(texts):
    matrix = design({"g": texts, "x": np.linspace(0.0, 1.0, 100)})
    variances = matrix.X.var(axis=0)
    assert variances[:-1].sum() == pytest.approx(1.0)
    assert variances[-1] == pytest.approx(1.0)


def test_a_boolean_is_one_column_with_unit_variance():
    matrix = design({"b": [True, False, False, None], "x": [1.5, 2.0, 3.0, 4.0]})
    assert matrix.names == ("b", "x")
    assert matrix.X[:, 0].var() == pytest.approx(1.0)


def test_categories_come_in_code_point_order():
    assert design({"g": ["b", "Z", "a", "b"]}).names == ("g=Z", "g=a", "g=b")


@pytest.mark.parametrize(
    ("column", "reason"),
    [
        ([None, None, None, None], "all its values are missing"),
        ([7, 7, 7, 7], r"has one value only \('7'\)"),
        (["u", "u", None, "u"], r"has one value only \('u'\)"),
        (["u", "v", "w", "x"], "looks like an identifier"),
        (np.array(["2020-01-01"] * 4, dtype="datetime64[D]"), "holds dates; turn it into a number"),
        ([b"x", b"y", b"x", b"y"], r"cannot be used as a feature \(values of type bytes\)"),
        ([1.0, None, None, None], "has one value only"),
        ([1.0, 2.5, None, None, None, None], "67 % of its values are missing"),
    ],
)
def test_a_column_that_cannot_be_used_is_left_out_with_the_reason(column, reason):
    matrix = design({"it": column, "x": (X * 2)[: len(column)]})
    assert matrix.kept == ("x",)
    ((name, found),) = matrix.left_out
    assert name == "it"
    assert found == found.strip()
    with pytest.raises(AssertionError, match=reason):
        raise AssertionError(found)


@pytest.mark.parametrize(
    "name", ["id", "ID", "customer_id", "customerId", "Index", "row", "Unnamed: 0", "Sample Number"]
)
def test_whole_numbers_called_identifiers_are_left_out(name):
    matrix = design({name: [812, 17, 4000, 35], "x": X})
    assert matrix.left_out == ((name, "looks like an identifier: every value is different"),)


@pytest.mark.parametrize("start", [0, 1, 1000])
def test_a_sequence_of_whole_numbers_is_left_out(start):
    values = np.random.default_rng(0).permutation(20) + start
    matrix = design({"n": values, "x": np.linspace(0, 1, 20)})
    assert matrix.kept == ("x",)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("income", [31_250, 44_875, 52_100, 28_999]),
        ("x", [1, 2, 3, 4]),
        ("mass_id", [1.5, 2.5, 3.25, 4.0]),
        ("humid", [31, 44, 52, 28]),
        ("id", [1, 1, 2, 3]),
    ],
)
def test_measurements_that_all_differ_stay(name, values):
    assert design({name: values}).kept == (name,)


def test_an_identifier_named_by_the_user_is_used():
    matrix = design({"id": [3, 1, 2], "x": [1.0, 2.0, 4.5]}, columns=["x", "id"])
    assert matrix.kept == ("x", "id")


def test_texts_with_too_many_values_are_left_out():
    columns = {"g": ["a", "b", "c", "c"], "x": X}
    assert design(columns, max_categories=2).left_out == (
        ("g", "has 3 different texts, more than max_categories=2"),
    )


@pytest.mark.parametrize(
    ("texts", "reason"),
    [
        (
            ["03.02.1950", "14.12.1961", "1.1.2001", None],
            "holds dates such as '03.02.1950'; turn it into a number, such as days since a date, to use it",
        ),
        (
            ["2/28/2024 14:05", "12/1/2010 8:00", "1/1/2001 0:00", None],
            "holds dates such as '2/28/2024 14:05'; turn it into a number, such as days since a date, to use it",
        ),
        (
            ["$1,200", "$5.50", "$7", "-$3"],
            "holds amounts with a sign such as '$1,200'; leave the sign away to use them as numbers",
        ),
        (
            ["12 %", "3,5 %", "7 %", "7 %"],
            "holds amounts with a sign such as '12 %'; leave the sign away to use them as numbers",
        ),
        (
            ["1.2.3", "1.12.3", "1.2.4", "1.2.4"],
            "has 3 different texts, more than max_categories=2",
        ),
    ],
)
def test_texts_that_are_dates_or_amounts_are_called_so(texts, reason):
    x = [1.0, 2.5, 4.0, 8.0]
    assert design({"g": texts, "x": x}, max_categories=2).left_out == (("g", reason),)


def test_rows_with_gaps_are_dropped_and_counted():
    matrix = design({"x": [1.0, None, 3.0, 5.0], "g": ["a", "b", None, "b"]})
    assert matrix.rows.tolist() == [0, 3]
    assert matrix.missing == {"x": 1, "g": 1}
    assert matrix.notes == ("2 of 4 rows were left out: they have missing values ('x' 1, 'g' 1)",)


def test_gaps_are_filled_with_the_median_and_the_most_frequent_text():
    matrix = design(
        {"x": [1.0, None, 3.0, 8.0], "g": ["b", "b", None, "a"]}, missing="impute", scale="none"
    )
    assert matrix.X.tolist() == [[1, 0, 1], [3, 0, 1], [3, 0, 1], [8, 1, 0]]
    assert matrix.rows.tolist() == [0, 1, 2, 3]
    assert matrix.notes == ("2 missing values were filled in ('x' 1, 'g' 1)",)


def test_a_column_that_is_constant_in_the_rows_that_stay_is_left_out():
    matrix = design({"x": [1.0, 1.0, 2.0], "y": [1.0, 2.0, None]})
    assert matrix.left_out == (("x", "has one value only in the rows without gaps"),)
    assert matrix.names == ("y",)


@pytest.mark.parametrize(
    ("columns", "options", "message"),
    [
        ({"x": [1.0, None, 2.0]}, {"missing": "error"}, "column 'x' misses 1, the first in row 2"),
        (
            {"x": [1.0, 2.0, np.inf]},
            {},
            "must be finite; column 'x' holds an infinite value in row 3",
        ),
        (
            {"x": [1.0, 2.0, None], "y": [np.inf, None, 1.0]},
            {},
            "must be finite; column 'y' .* row 1",
        ),
        (
            {"x": [1, None, 2, None], "y": [None, 1, None, 2]},
            {},
            "At least one row .* Column 'x' misses 2 values",
        ),
        (
            {"x": [1, 1], "id": ["a", "b"]},
            {},
            "At least one column must be usable; none of 2 is: 'x' has one value",
        ),
    ],
)
def test_what_cannot_be_a_matrix_is_an_error_that_names_the_place(columns, options, message):
    with pytest.raises(DataError, match=message):
        design(columns, **options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"scale": "minmax"}, "scale must be 'standard', 'robust' or 'none'; got 'minmax'"),
        ({"missing": "keep"}, "missing must be 'drop', 'impute' or 'error'; got 'keep'"),
        ({"max_categories": 1}, "max_categories must be at least 2; got 1"),
        ({"columns": ["wieght"]}, "got 'wieght'. Did you mean 'weight'"),
        ({"columns": "weight"}, "must be a list of names; got the string 'weight'"),
    ],
)
def test_a_bad_parameter_of_the_matrix_is_named(options, message):
    with pytest.raises(ParameterError, match=message):
        design({"weight": [1.0, 2.0]}, **options)


@pytest.mark.parametrize("scale", ["standard", "robust", "none"])
@given(values=st.lists(FLOATS, min_size=2, max_size=12).filter(lambda v: min(v) < max(v)))
@settings(max_examples=60, deadline=None)
def test_scaling_never_divides_by_zero_nor_overflows(scale, values):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        matrix = design({"x": values}, scale=scale, columns=["x"])
    assert np.isfinite(matrix.X).all()
    order = np.argsort(values, kind="stable")
    assert np.all(np.diff(matrix.X[order, 0]) >= 0)


def test_new_rows_are_encoded_with_what_was_learned():
    matrix = design({"x": [1.0, 2.0, 4.5], "g": ["a", "b", "a"], "t": [True, False, True]})
    new = matrix.transform(table_from_frame({"t": [False], "g": ["b"], "x": [2.0], "more": ["?"]}))
    np.testing.assert_array_equal(new.X[0], matrix.X[1])
    assert new.names == matrix.names


def test_texts_that_were_not_learned_are_no_category_and_are_counted():
    matrix = design({"x": [1.0, 2.0, 4.5], "g": ["a", "b", "a"]}, scale="none")
    new = matrix.transform(table_from_frame({"x": [1.0, None], "g": ["z", "a"]}))
    assert new.X.tolist() == [[1.0, 0.0, 0.0]]
    assert new.rows.tolist() == [0]
    assert "1 values of column 'g' were not known and count as none of its categories" in new.notes


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"x": [1.0]}, "must have the columns that were used: 'x', 'g'; these have 'x'"),
        ({"x": ["one"], "g": ["a"]}, "Column 'x' must hold numbers, .* here it holds text"),
        ({"x": [np.inf], "g": ["a"]}, "must be finite; column 'x'"),
    ],
)
def test_new_rows_that_do_not_fit_are_refused(columns, message):
    matrix = design({"x": [1.0, 2.0, 4.5], "g": ["a", "b", "a"]})
    with pytest.raises(DataError, match=message):
        matrix.transform(table_from_frame(columns))


def test_unscaled_gives_back_the_units_of_the_table():
    table = read_table(example_path("penguins"))
    for scale in ("standard", "robust", "none"):
        matrix = design_matrix(table, scale=scale)
        mass = matrix.unscaled()[:, matrix.names.index("body_mass_g")]
        np.testing.assert_allclose(
            mass, table.column("body_mass_g").values[matrix.rows], rtol=1e-14
        )


@given(
    x=st.lists(FLOATS, min_size=3, max_size=9).filter(lambda v: min(v) < max(v)),
    texts=st.lists(st.sampled_from(["a", "b", "ü", "<b>", ""]), min_size=9, max_size=9),
    scale=st.sampled_from(["standard", "robust", "none"]),
)
@settings(max_examples=40, deadline=None)
def test_an_encoding_survives_json_to_the_bit(x, texts, scale):
    table = table_from_frame({"x": x, "g": texts[: len(x)]})
    matrix = design_matrix(table, scale=scale, columns=["x", "g"])
    encoding = Encoding.from_record(json.loads(json.dumps(matrix.encoding.to_record())))
    assert encoding == matrix.encoding
    np.testing.assert_array_equal(apply_encoding(encoding, table).X, matrix.X)


@pytest.mark.parametrize(
    "change",
    [
        {"scale": "other"},
        {"missing": 3},
        {"columns": []},
        {"columns": [{"column": "x"}]},
        {"columns": "x"},
        {"columns": None},
    ],
)
def test_a_damaged_record_is_refused(change):
    record = design({"x": [1.0, 2.0]}).encoding.to_record()
    with pytest.raises(ModelFileError, match="An encoding must"):
        Encoding.from_record(record | change)


@pytest.mark.parametrize(
    "change",
    [
        {"column": 3},
        {"kind": "date"},
        {"kind": "category"},
        {"centers": []},
        {"centers": [float("nan")]},
        {"scales": [0.0]},
        {"scales": ["x"]},
        {"categories": ["a"]},
        {"fill": "a"},
        {"fill": float("inf")},
    ],
)
def test_a_damaged_column_of_a_record_is_refused(change):
    record = design({"x": [1.0, 2.0]}).encoding.to_record()
    record["columns"][0] |= change
    with pytest.raises(ModelFileError, match="An encoding must be whole"):
        Encoding.from_record(record)


def test_what_is_no_record_is_refused():
    for record in (None, [], "x", 3):
        with pytest.raises(ModelFileError, match="An encoding must be whole"):
            Encoding.from_record(record)


def test_a_new_value_too_large_for_the_scale_is_refused():
    matrix = design({"x": [0.0, 1e-10, 2.5e-10]})
    with pytest.raises(
        DataError, match=r"Scaled numbers must be finite; column 'x' holds 1e\+300, too far"
    ):
        matrix.transform(table_from_frame({"x": [0.0, 1e300]}))
