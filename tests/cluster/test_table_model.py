"""A clustered table as a model: it labels further rows, survives its file, and refuses files that lie."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ganglion import DataError, ModelFileError, ParameterError, kmeans, load, save
from ganglion.cluster import TableClustering
from ganglion.data import ColumnCode, Encoding, design_matrix, table_from_frame
from ganglion.storage import State, read_state, write_state

GOLDEN = Path(__file__).parent.parent / "golden" / "table-clustering-v1.safetensors"


def small(**changes) -> TableClustering:
    """The model in golden/table-clustering-v1.safetensors. Never change it: old files must stay readable."""
    model = TableClustering(
        encoding=Encoding(
            columns=(
                ColumnCode("mass", "number", (4.25,), (1.5,), (), 4.0),
                ColumnCode("is adult", "boolean", (0.5,), (0.5,), (), 1.0),
                ColumnCode("größe", "category", (0.25, 0.75), (0.5, 0.5), ("L", "S"), "S"),
            ),
            scale="standard",
            missing="impute",
        ),
        centers=np.array([[-1.0, 1.0, 1.5, -1.5], [1.0, -1.0, -0.5, 0.5]]),
        sizes=np.array([7, 5]),
        wss=2.5,
        tss=10.0,
        source="animals.csv",
        settings={"seed": 0, "n_init": 10, "tol": 1e-4, "init": "k-means++"},
    )
    return replace(model, **changes)


def same(left: TableClustering, right: TableClustering) -> bool:
    plain = ("encoding", "wss", "tss", "source", "settings")
    return (
        all(getattr(left, name) == getattr(right, name) for name in plain)
        and left.centers.tobytes() == right.centers.tobytes()
        and left.sizes.tolist() == right.sizes.tolist()
    )


def test_a_model_comes_back_from_its_file_as_it_was(tmp_path):
    save(small(), tmp_path / "m")
    assert same(load(tmp_path / "m"), small())


def test_a_file_of_the_first_version_is_read_and_written_as_ever(tmp_path):
    assert same(load(GOLDEN), small())
    save(small(), tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == GOLDEN.read_bytes()


def test_rows_go_to_the_nearest_centre_by_hand():
    table = table_from_frame(
        {"mass": [2.75, 5.75, None], "is adult": [True, False, None], "größe": ["L", "S", "?"]}
    )
    labels, design = small().assign(table)
    # (2.75 - 4.25) / 1.5 = -1, (1 - 0.5) / 0.5 = 1, L: (1.5, -1.5): the first centre itself; the second row likewise.
    assert design.X[0].tolist() == small().centers[0].tolist()
    # The gaps are filled by 4.0 and 1.0: (-1/6, 1); ? is no category: (-0.5, -1.5); squared distances 4.69 and 9.36.
    assert labels.tolist() == [0, 1, 0]
    assert any("'größe' were not known" in note for note in design.notes)


def test_the_rows_that_made_it_get_the_labels_of_the_run():
    rng = np.random.default_rng(3)
    table = table_from_frame({"a": rng.normal(size=500), "b": rng.normal(size=500) * 1e-6})
    design = design_matrix(table)
    run = kmeans(design.X, 7, random_state=0)
    model = small(encoding=design.encoding, centers=run.centers, sizes=np.bincount(run.labels))
    assert model.assign(table)[0].tolist() == run.labels.tolist()


def line(*centers: float) -> TableClustering:
    """Centres on a line, in the units of the table."""
    encoding = Encoding((ColumnCode("x", "number", (0.0,), (1.0,), (), 0.0),), "none", "drop")
    points = np.array(centers, dtype=np.float64)[:, None]
    return small(encoding=encoding, centers=points, sizes=np.ones(len(points), dtype=np.int64))


@given(huge=st.sampled_from([1e150, -1e200, 1.7e308]), place=st.integers(0, 3))
def test_a_huge_row_does_not_change_the_labels_of_the_others(huge, place):
    rows = [-7.0, 0.3, 0.45]
    rows.insert(place, huge)
    labels = line(-8.0, 0.25, 0.5, 8.0).assign(table_from_frame({"x": rows}))[0].tolist()
    labels.pop(place)
    assert labels == [0, 1, 2]


def test_squares_that_would_overflow_do_not_decide():
    labels, _ = line(-1e300, 1e299, 1e300).assign(table_from_frame({"x": [2e299, 1.7e308, -9e299]}))
    assert labels.tolist() == [1, 2, 0]


def test_no_complete_row_gives_no_label():
    model = small(encoding=replace(small().encoding, missing="drop"))
    labels, design = model.assign(
        table_from_frame({"mass": [None], "is adult": [True], "größe": ["S"]})
    )
    assert (labels.tolist(), labels.dtype, len(design.rows)) == ([], np.int32, 0)


def test_rows_without_a_column_are_refused():
    with pytest.raises(DataError, match="New rows must have the columns that were used: 'mass'"):
        small().assign(table_from_frame({"weight": [1.0]}))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"centers": np.zeros((2, 3))}, r"shape \(k, 4\)"),
        ({"centers": np.zeros((0, 4)), "sizes": np.zeros(0, int)}, "k at least 1"),
        ({"sizes": np.zeros(3, int)}, r"sizes \(k,\)"),
        ({"centers": np.full((2, 4), np.nan)}, "must be finite"),
    ],
)
def test_parts_that_do_not_fit_each_other_are_refused(changes, message):
    with pytest.raises(ParameterError, match=message):
        small(**changes)


@pytest.mark.parametrize(
    ("parameters", "arrays"),
    [
        ({"wss": "2.5"}, {}),
        ({"wss": None}, {}),
        ({"source": 3}, {}),
        ({"settings": []}, {}),
        ({"encoding": {}}, {}),
        ({"encoding": {"scale": "standard", "missing": "drop", "columns": []}}, {}),
        ({}, {"centers": np.zeros((2, 4), np.float32)}),
        ({}, {"centers": np.zeros((2, 5))}),
        ({}, {"centers": np.full((2, 4), np.inf)}),
        ({}, {"sizes": np.zeros(2)}),
        ({}, {"sizes": np.zeros((2, 1), int)}),
    ],
)
def test_a_file_with_a_right_digest_and_wrong_content_is_a_model_file_error(
    tmp_path, parameters, arrays
):
    save(small(), tmp_path / "m")
    state = read_state(tmp_path / "m")
    lie = State(state.kind, state.parameters | parameters, state.arrays | arrays)
    write_state(tmp_path / "lie", lie)
    with pytest.raises(ModelFileError, match="does not make a TableClustering"):
        load(tmp_path / "lie")


@pytest.mark.parametrize("name", ["encoding", "wss", "source", "settings", "centers", "sizes"])
def test_a_file_that_lacks_a_part_is_a_model_file_error(tmp_path, name):
    save(small(), tmp_path / "m")
    state = read_state(tmp_path / "m")
    parameters = {key: value for key, value in state.parameters.items() if key != name}
    arrays = {key: value for key, value in state.arrays.items() if key != name}
    write_state(tmp_path / "less", State(state.kind, parameters, arrays))
    with pytest.raises(ModelFileError, match="does not make a TableClustering"):
        load(tmp_path / "less")
