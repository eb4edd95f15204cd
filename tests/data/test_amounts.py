"""Amounts with a sign in the columns of a file: numbers where they can mean one thing only, texts otherwise."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ganglion.data import Column, design_matrix, read_table
from ganglion.data._amounts import with_amounts


def read(folder: Path, cells: list[str], **options: object) -> Column:
    path = folder / "t.csv"
    path.write_text("v;w\n" + "".join(f'"{cell}";1\n' for cell in cells), encoding="utf-8")
    return read_table(path, **options).column("v")


NUMBERS = [
    (["$12", "$1,234.50", "-$3", "($4.00)", "5"], [12, 1234.5, -3, -4, 5], "amounts in [$]"),
    (["€ 1.234,50", "12,00 €", "1.000 €"], [1234.5, 12, 1000], "amounts in €"),
    (["£1 234.50", "£2"], [1234.5, 2], "amounts in £"),
    (["CHF 1'200.50", "13 CHF"], [1200.5, 13], "amounts in CHF"),
    (["12 kr", "15,5 kr"], [12, 15.5], "amounts in KR"),
    (["12 Euro", "3 Euro"], [12, 3], "amounts in €"),
    (["(12.00)", "3.00", "1.5"], [-12, 3, 1.5], "amounts, read"),
    (["−5", "3", "2.5"], [-5, 3, 2.5], "amounts, read"),
    (["12 %", "3.5%", "0 %"], [12, 3.5, 0], "percentages"),
    (["1,5 %", "%2", "(3 %)"], [1.5, 2, -3], "percentages"),
    (["€ 1.234", "€ 2.500"], [1.234, 2.5], r"'€ 1.234' was read as 1.234"),
    (["$1,234", "$2,500"], [1234, 2500], "1,234' was read as 1234"),
    (["$0.0000001", "$2"], [1e-7, 2], "amounts in"),
]


@pytest.mark.parametrize(("cells", "values", "note"), NUMBERS)
def test_amounts_and_percentages_are_numbers(tmp_path, cells, values, note):
    found = read(tmp_path, cells)
    assert found.kind == "number"
    assert found.values.tolist() == values
    assert re.search(note, found.note)


TEXTS = [
    ["$1", "€2"],  # which is more?
    ["$1.50", "$1,50"],
    ["(1)", "(2)", "(3)"],  # numbered answers
    ["1-", "2-", "3"],  # marks at school
    ["RM 12", "RM 13"],
    ["Euro 5", "Euro 6"],
    ["3 ft", "4 ft"],
    ["555 123", "555 124"],
    ["(007)", "3"],
    ["12 %", "0.5"],  # is it half a percent, or half?
    ["5 %", "none"],
    ["$5", "$"],
    ["$1,23,4", "$5"],
    ["12-14", "(3)"],
]


@pytest.mark.parametrize("cells", TEXTS)
def test_what_is_in_doubt_stays_text(tmp_path, cells):
    found = read(tmp_path, cells)
    assert found.kind == "text" and found.values.tolist() == cells


@pytest.mark.parametrize("cells", [["$1", "€2"], ["$1.50", "$1,50"]])
def test_amounts_that_contradict_each_other_are_told(tmp_path, cells):
    assert "several currencies or with two decimal marks" in read(tmp_path, cells).note


def test_a_column_of_several_currencies_is_left_out_with_the_reason(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("price,z\n$12,1\n€ 13,2\n$14,3\n", encoding="utf-8")
    ((name, reason),) = design_matrix(read_table(path)).left_out
    assert name == "price" and "every value is different (amounts in several currencies" in reason


def test_the_decimal_mark_that_was_said_decides_where_the_cells_do_not(tmp_path):
    found = read(tmp_path, ["€ 1.234", "€ 2.500"], decimal=",")
    assert found.values.tolist() == [1234, 2500] and "was read as" not in found.note


def test_gaps_stay_gaps(tmp_path):
    found = read(tmp_path, ["$1", "", "NA", "$2"])
    assert np.array_equal(found.values, [1, np.nan, np.nan, 2], equal_nan=True)
    assert not found.values.flags.writeable


def test_lines_of_json_are_read_alike(tmp_path):
    path = tmp_path / "t.jsonl"
    path.write_text("\n".join(json.dumps({"v": cell}) for cell in ["$1", None, "$2.50"]))
    found = read_table(path).column("v")
    assert np.array_equal(found.values, [1, np.nan, 2.5], equal_nan=True)


def test_few_different_amounts_are_no_categories(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("v,w\n" + "".join(f"${at % 7}.50,{at * at % 11}\n" for at in range(40)))
    design = design_matrix(read_table(path))
    assert design.names == ("v", "w")
    assert "column 'v': amounts in $, read as numbers" in design.notes


@settings(max_examples=60, deadline=None)
@given(
    cents=st.lists(st.integers(-(10**14), 10**14), min_size=2, max_size=12),
    marks=st.sampled_from([(",", "."), (".", ","), (" ", ","), ("'", ".")]),
    sign=st.sampled_from(["${}", "€ {}", "{} zł", "{} CHF", "{} %"]),
    brackets=st.booleans(),
)
def test_what_is_written_is_what_is_read(cents, marks, sign, brackets):
    cents.append(123_45)  # a cell that shows the decimal mark

    def written(cent: int) -> str:
        plain = f"{abs(cent) // 100:,}.{abs(cent) % 100:02}"
        said = sign.format(plain.translate(str.maketrans(",.", "".join(marks))))
        return said if cent >= 0 else f"({said})" if brackets else f"-{said}"

    column = Column("v", np.array([written(cent) for cent in cents], dtype=object), "text")
    found = with_amounts(column)
    assert found.kind == "number"
    assert found.values.tolist() == [float(Decimal(cent) / 100) for cent in cents]
