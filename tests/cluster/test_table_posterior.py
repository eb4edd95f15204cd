"""A posterior over partitions of a table as a model: where new rows belong, its file, what it refuses."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import ganglion as gl
from ganglion import DataError, ModelFileError, ParameterError
from ganglion.cluster import TablePosterior
from ganglion.cluster.bayesian import DirichletProcess, Normal, PosteriorSample, membership
from ganglion.data import design_matrix, table_from_frame
from ganglion.storage import State, write_state

GOLDEN = Path(__file__).parent.parent / "golden" / "table-posterior-v1.safetensors"
TABLE = table_from_frame({"mass": [9.0, 1.0, 1.25, 1.5, 9.5], "age": [0.0, 4.0, 4.5, 5.0, 0.5]})


def golden_model():
    """The model in golden/table-posterior-v1.safetensors. Never change it: old files must stay readable."""
    X = np.column_stack([column.values for column in TABLE.columns])
    draws = np.array(
        [[[0, 1, 1, 1, 0], [0, 1, 1, 2, 0]], [[0, 1, 1, 1, 0], [0, 1, 2, 2, 0]]], np.int8
    )
    sample = PosteriorSample(
        draws,
        np.array([[-12.5, -14.0], [-12.5, -15.25]]),
        DirichletProcess(concentration=1.0),
        Normal(mean=0.0, kappa=0.5, dof=4.0, scale=1.0).resolve(X),
    )
    return TablePosterior(
        encoding=design_matrix(TABLE).encoding,
        keeps_gaps=False,
        X=X,
        sample=sample,
        labels=np.array([1, 0, 0, 0, 1], np.int32),
        source="weights.csv",
        settings={"seed": 3, "loss": "vi"},
    )


def test_new_rows_belong_as_the_draws_say():
    known = golden_model()
    new = table_from_frame({"mass": [9.2, 1.2], "age": [0.2, 4.4]})
    found = known.assign(new)
    assert found.labels.tolist() == [1, 0]
    assert np.allclose(found.probabilities.sum(axis=1), 1)
    # membership counts clusters by first appearance: the pair of heavy rows first.
    X = np.column_stack([column.values for column in new.columns])
    expected = membership(X, known.X, known.sample, known.labels).probabilities
    assert np.allclose(found.probabilities, expected[:, [1, 0, 2]])


def test_a_row_unlike_all_others_is_a_new_cluster():
    found = golden_model().assign(table_from_frame({"mass": [-4000.0], "age": [4000.0]}))
    assert found.labels.tolist() == [2]


def test_rows_that_lack_cells_are_left_out_where_none_may_be():
    found = golden_model().assign(table_from_frame({"mass": [9.2, None], "age": [0.2, 3.0]}))
    assert found.rows.tolist() == [0]
    assert found.notes == ("1 of 2 rows were left out: they have missing values",)
    nothing = golden_model().assign(table_from_frame({"mass": [None], "age": [3.0]}))
    assert nothing.labels.shape == (0,) and nothing.probabilities.shape == (0, 3)
    with pytest.raises(DataError, match="New rows must have the columns that were used"):
        golden_model().assign(table_from_frame({"mass": [1.0]}))


def test_the_golden_file_is_read_and_written_to_the_byte(tmp_path):
    gl.save(golden_model(), tmp_path / "again.model")
    assert (tmp_path / "again.model").read_bytes() == GOLDEN.read_bytes()
    known = gl.load(GOLDEN)
    assert np.array_equal(known.sample.draws, golden_model().sample.draws)
    assert known.settings == {"seed": 3, "loss": "vi"} and known.source == "weights.csv"
    assert known.assign(TABLE).labels.tolist() == golden_model().assign(TABLE).labels.tolist()


@pytest.mark.parametrize(
    "change",
    [
        lambda p, a: p.pop("source"),
        lambda p, a: p.update(more=1),
        lambda p, a: p.update(keeps_gaps="no"),
        lambda p, a: p.update(settings=[]),
        lambda p, a: p["sample"].update(prior={"kind": "os.system"}),
        lambda p, a: p["sample"].update(component={"kind": "normal", "dof": -3.0}),
        lambda p, a: a.update(X=a["X"][:, :1].copy()),
        lambda p, a: a.update(X=a["X"] * np.nan),
        lambda p, a: a.update(labels=a["labels"] + 1),
        lambda p, a: a.update(labels=a["labels"].astype(np.int64)),
        lambda p, a: a.update(draws=a["draws"] * 50),
        lambda p, a: a.update(stranger=a["X"]),
    ],
)
def test_a_file_that_lies_is_refused(tmp_path, change):
    state = golden_model()._to_state()
    parameters, arrays = dict(state.parameters), dict(state.arrays)
    parameters["sample"] = dict(parameters["sample"])
    change(parameters, arrays)
    write_state(tmp_path / "bad.model", State("TablePosterior", parameters, arrays))
    with pytest.raises(ModelFileError):
        gl.load(tmp_path / "bad.model")


def test_what_does_not_fit_is_refused():
    known = golden_model()
    with pytest.raises(ParameterError, match=r"X must have shape \(5, 2\) and labels \(5,\)"):
        replace(known, X=known.X[1:])
    with pytest.raises(ParameterError, match=r"labels must be 0 to k - 1, each at least once"):
        replace(known, labels=known.labels * 2)
