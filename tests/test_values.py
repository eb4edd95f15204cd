"""The gate for single values."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ganglion import ParameterError
from ganglion._values import (
    check_base,
    check_choice,
    check_count,
    check_not_negative,
    is_integer,
    is_real,
)


@pytest.mark.parametrize("value", [3, np.int32(3), np.uint8(3), np.int64(3)])
def test_integers_of_numpy_are_integers(value):
    assert is_integer(value)
    assert is_real(value)
    assert check_count("k", value) == 3
    assert type(check_count("k", value)) is int


@pytest.mark.parametrize("value", [True, False, 3.0, np.float64(3), "3", None, [3], np.bool_(True)])
def test_nothing_else_is_a_count(value):
    assert not is_integer(value)
    with pytest.raises(ParameterError, match=r"k must be an integer of at least 1; got "):
        check_count("k", value)


@pytest.mark.parametrize("value", [0, -1, np.int8(-5)])
def test_a_count_has_a_least_value(value):
    with pytest.raises(ParameterError, match="n must be an integer of at least 2; got"):
        check_count("n", value, 2)
    assert check_count("n", value, -5) == value


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, True, "1", 1j, None])
def test_numbers_are_finite(value):
    assert not is_real(value)
    with pytest.raises(ParameterError, match="tol must be a finite number of at least 0; got"):
        check_not_negative("tol", value)
    with pytest.raises(ParameterError, match="must be a finite number above 1; got"):
        check_base(value)


def test_ends_of_ranges():
    assert check_not_negative("tol", 0) == 0.0
    assert check_not_negative("tol", np.float32(0.5)) == 0.5
    assert check_base(np.float32(2)) == 2.0
    with pytest.raises(ParameterError, match=r"at least 0; got -1e-300"):
        check_not_negative("tol", -1e-300)
    with pytest.raises(ParameterError, match=r"above 1; got 1\. 2 gives bits"):
        check_base(1)


def test_words_are_those_of_the_list():
    check_choice("how", "b", ("a", "b"))
    with pytest.raises(ParameterError, match="how must be one of 'a', 'b'; got 'c'"):
        check_choice("how", "c", ("a", "b"))
