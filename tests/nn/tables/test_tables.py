"""Networks on tables: nothing leaks into the rows that judge, and predictions are in the target's own words."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ganglion as gl
from ganglion.data import example_path, read_table, supervised, table_from_frame
from ganglion.nn.metrics import metrics
from ganglion.nn.tables import TableSettings, train_on_table
from ganglion.nn.tables.training import split


@pytest.fixture(scope="module")
def penguins():
    return read_table(example_path("penguins"))


@pytest.fixture(scope="module")
def species(penguins):
    return train_on_table(penguins, "species")


def test_scores_are_those_of_rows_without_a_part_in_the_training(penguins, species):
    parts = (species.learned, species.watched, species.kept_back)
    assert np.array_equal(np.sort(np.concatenate(parts)), np.arange(344))
    outputs = species.model.predict(species.rows_of(species.kept_back)).probabilities
    truth = species.data.y[species.kept_back]
    for score in species.scores:
        assert score.value == pytest.approx(metrics[score.name](truth, outputs), rel=1e-12)
    assert species.model.scores == {score.name: score.value for score in species.scores}


def test_what_is_learned_of_the_columns_comes_from_the_learning_rows(species):
    table = species.rows_of(species.learned)
    for rule in species.model.encoding.columns:
        if rule.kind == "number":
            values = table.column(rule.column).values
            assert rule.center == pytest.approx(np.nanmean(values), rel=1e-12)


def test_other_values_in_the_judging_rows_change_no_weight(penguins, species):
    changed = [column.values.copy() for column in penguins.columns]
    at = penguins.names.index("body_mass_g")
    changed[at] = changed[at].astype(float)
    changed[at][species.data.rows[species.kept_back]] = 1e6
    columns = {name: list(values) for name, values in zip(penguins.names, changed, strict=True)}
    again = train_on_table(table_from_frame(columns), "species")
    assert again.training.loss_curve.tobytes() == species.training.loss_curve.tobytes()
    for name, value in species.model.network.parameters.items():
        assert value.tobytes() == again.model.network.parameters[name].tobytes()


def test_a_number_is_predicted_in_its_own_units(penguins):
    found = train_on_table(penguins, "body_mass_g")
    grams = found.model.predict(penguins).values
    assert 3_500 < np.mean(grams) < 4_800 and np.std(grams) > 500
    thousand = {
        name: [
            1000.0 * value if name == "body_mass_g" else value
            for value in penguins.column(name).values.tolist()
        ]
        for name in penguins.names
    }
    milligrams = train_on_table(table_from_frame(thousand), "body_mass_g").model
    assert milligrams.predict(penguins).values == pytest.approx(1000 * grams, rel=1e-6)


@settings(max_examples=50)
@given(
    counts=st.lists(st.integers(1, 40), min_size=2, max_size=5).filter(lambda c: sum(c) >= 10),
    seed=st.integers(0, 1000),
)
def test_a_split_has_three_parts_and_a_share_of_each_class(counts, seed):
    cells = [f"c{label}" for label, count in enumerate(counts) for _ in range(count)]
    data = supervised(table_from_frame({"x": np.arange(len(cells)) ** 1.5, "y": cells}), "y")
    parts = split(data, 0.2, np.random.default_rng(seed))
    assert np.array_equal(np.sort(np.concatenate(parts)), np.arange(len(cells)))
    assert all(len(part) for part in parts)
    for label, count in enumerate(counts):
        if count > 1 and len(parts[2]) > 1:
            judged = int(np.sum(data.y[parts[2]] == label))
            assert abs(judged - 0.2 * count) <= 1 or len(parts[2]) == 1


def test_few_rows_and_settings_out_of_range_are_refused():
    frame = table_from_frame({"x": np.arange(9.0) ** 1.5, "y": list("ababababa")})
    with pytest.raises(gl.DataError, match="at least 10 rows with a 'y'; got 9"):
        train_on_table(frame, "y")
    with pytest.raises(gl.ParameterError, match="test_share"):
        TableSettings(test_share=1.0)
    with pytest.raises(gl.ParameterError, match="hidden"):
        TableSettings(hidden=(0,))


def test_a_network_that_does_not_fit_its_columns_is_refused(species):
    model = species.model
    with pytest.raises(gl.ParameterError, match="14 inputs of the columns"):
        type(model)(encoding=model.encoding, network=model.network, target="t", classes=("a", "b"))


def test_a_confusion_of_numbers_is_refused(penguins):
    found = train_on_table(penguins, "body_mass_g", settings=TableSettings(epochs=1))
    with pytest.raises(gl.ParameterError, match="needs classes"):
        found.confusion()


def test_a_model_comes_back_from_its_file(tmp_path, penguins, species):
    path = tmp_path / "s.model"
    gl.save(species.model, path)
    again = gl.load(path)
    assert again.classes == species.model.classes and again.scores == species.model.scores
    first, second = (model.predict(penguins).probabilities for model in (species.model, again))
    assert first.tobytes() == second.tobytes()
    gl.save(again, tmp_path / "again.model")
    assert (tmp_path / "again.model").read_bytes() == path.read_bytes()


def test_the_truth_of_a_table_leaves_unknown_classes_and_gaps_out(species):
    frame = table_from_frame({"species": ["Gentoo", None, "Emperor", "Adelie"]})
    truth, rows = species.model.truth(frame)
    assert (truth.tolist(), rows.tolist()) == ([2, 0], [0, 3])


def test_a_class_for_each_row_is_refused():
    frame = table_from_frame({"x": np.arange(12.0) ** 1.5, "y": [f"c{i}" for i in range(12)]})
    with pytest.raises(gl.DataError, match="each of the 12 values of 'y' is another one"):
        train_on_table(frame, "y")


@pytest.mark.parametrize(("share", "kept"), [(1e-9, 1), (0.5, 20), (0.95, 38), (0.999999, 38)])
def test_the_share_that_is_kept_back_is_the_one_that_was_asked_for(share, kept):
    data = supervised(table_from_frame({"x": np.arange(40.0) ** 1.5, "y": np.arange(40.0)}), "y")
    parts = split(data, share, np.random.default_rng(0))
    assert len(parts[2]) == kept and all(len(part) for part in parts)
    assert np.array_equal(np.sort(np.concatenate(parts)), np.arange(40))


@pytest.mark.parametrize("power", [-1000, 1000])
def test_tiny_and_huge_targets_are_learned_on_their_own_scale(power):
    rng = np.random.default_rng(0)
    x = rng.normal(size=80)
    y = 1.5 * x + 0.1 * rng.normal(size=80)
    asked = TableSettings(hidden=(4,), epochs=30)
    found = train_on_table(table_from_frame({"x": x, "y": y}), "y", settings=asked)
    far = train_on_table(table_from_frame({"x": x, "y": np.ldexp(y, power)}), "y", settings=asked)
    assert far.predictions.values.tolist() == np.ldexp(found.predictions.values, power).tolist()
    r2, mae, rmse = ((score.value, score.baseline) for score in found.scores)
    scaled = [tuple(np.ldexp(part, power)) for part in (mae, rmse)]
    assert [(score.value, score.baseline) for score in far.scores] == [r2, *scaled]


@pytest.mark.parametrize("target", ["kind", "size"])
def test_rows_whose_outputs_leave_the_numbers_are_named(target):
    x = np.arange(20.0) ** 1.5
    frame = {"x": x, "z": -x * x, "kind": ["a", "b"] * 10, "size": x + 0.5}
    asked = TableSettings(hidden=(8,), epochs=2)
    model = train_on_table(
        table_from_frame(frame), target, columns=["x", "z"], settings=asked
    ).model
    far = table_from_frame({"x": [1.0, 1.7e308], "z": [1.0, -1.7e308]})
    model.network.set_parameters(
        {name: 1e3 * np.ones_like(value) for name, value in model.network.parameters.items()}
    )
    with pytest.raises(gl.DataError, match=r"those of row 2 are not: .* too far from those"):
        model.predict(far)
