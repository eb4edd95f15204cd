"""Shuffling a column costs what the score made of it, and nothing where it made nothing of it."""

from __future__ import annotations

import numpy as np
import pytest

import ganglion as gl
from ganglion.data import table_from_frame
from ganglion.explain import column_importance


def test_a_column_that_is_not_used_costs_nothing():
    rng = np.random.default_rng(0)
    table = table_from_frame({"noise": rng.normal(size=50), "x": rng.normal(size=50)})
    truth = table.column("x").values.copy()
    found = column_importance(lambda t: -np.mean((t.column("x").values - truth) ** 2), table)
    assert [part.column for part in found] == ["x", "noise"]
    assert found[1].drop == found[1].spread == 0.0


def test_the_cost_of_a_number_is_twice_its_variance_on_average():
    # E (x_i - x_j)^2 = 2 variance for independent rows; the score starts at 0
    rng = np.random.default_rng(1)
    x = rng.normal(size=2000)
    table = table_from_frame({"x": x})
    (part,) = column_importance(
        lambda t: -float(np.mean((t.column("x").values - x) ** 2)), table, n_shuffles=20
    )
    assert part.drop == pytest.approx(2 * np.var(x), rel=0.03)


def test_the_table_itself_is_not_changed_and_one_seed_gives_one_answer():
    table = table_from_frame({"x": [1.0, 2.0, 3.0, 4.0], "g": ["a", "b", "a", "b"]})
    before = [column.values.copy() for column in table.columns]

    def score(t):
        return float(t.column("x").values[0])

    assert column_importance(score, table) == column_importance(score, table)
    for column, values in zip(table.columns, before, strict=True):
        assert column.values.tolist() == values.tolist()


def test_no_shuffles_are_refused():
    with pytest.raises(gl.ParameterError, match="n_shuffles must be at least 1; got 0"):
        column_importance(lambda t: 0.0, table_from_frame({"x": [1.0]}), n_shuffles=0)
