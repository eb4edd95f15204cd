"""Numbers and strings as a person reads them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ganglion.report import _wording
from ganglion.report._embedding import breakable


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (4207.06, "4,207"),
        (17.15, "17.15"),
        (-0.031678, "−0.03168"),
        (0.00001234, "1.234×10⁻⁵"),
        (123456.7, "123,457"),
        (1.5e12, "1.5×10¹²"),
        (-2e300, "−2×10³⁰⁰"),
        (5e-324, "4.941×10⁻³²⁴"),
        (99999.99, "100,000"),
    ],
)
def test_numbers_have_four_digits_that_matter(value, text):
    assert _wording.number(value) == text


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0, "0 %"),
        (0.0004, "< 0.1 %"),
        (0.5, "50 %"),
        (0.7157, "71.6 %"),
        (0.9996, "> 99.9 %"),
        (1, "100 %"),
    ],
)
def test_a_share_is_never_rounded_to_nothing_or_to_all(share, text):
    assert _wording.percent(share).replace("\N{NO-BREAK SPACE}", " ") == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(1.314, "+1.31"), (-0.4, "−0.40"), (0.001, "0"), (-0.001, "0"), (-1234.5, "−1,234")],
)
def test_differences_show_their_sign(value, text):
    assert _wording.signed(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (150_000, "150,000"), (1.5e6, "1.5×10⁶"), (0.02, "0.02"), (-2e6, "−2×10⁶")],
)
def test_ticks_are_short(value, text):
    assert _wording.short(value) == text


def test_characters_that_html_cannot_hold_are_shown_as_pictures():
    assert _wording.visible("a\x00b\x1bc\x7fd\x85e\ud800f\ufffeg") == "a␀b␛c␡d\ufffde\ufffdf\ufffdg"


def test_controls_of_direction_cannot_turn_what_stands_behind_them():
    assert _wording.visible("\u202eab\u2066c") == "\ufffdab\ufffdc"
    assert _wording.visible("שלום") == "שלום"


def test_long_text_loses_its_middle_only():
    shown = _wording.visible("a" * 500 + "b" * 500, 100)
    assert len(shown) == 100
    assert shown.startswith("a" * 60)
    assert shown.endswith("b" * 30)


@given(st.text())
def test_all_text_that_is_shown_can_be_written(text):
    shown = _wording.visible(text)
    assert len(shown) <= 600
    shown.encode("utf-8")


@given(st.text(alphabet="a_/=<&.\\ "))
def test_a_place_for_a_line_break_changes_no_character(text):
    assert breakable(text).replace("<wbr>", "").unescape() == text
