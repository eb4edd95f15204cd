"""What `record=True` notes: gradients, steps, dead and saturated units, each against its definition."""

import numpy as np
import pytest

import ganglion as gl
from ganglion.nn._loop.recorder import MAX_ROWS, idle_shares, stage_outputs
from ganglion.nn.lbfgs import LBFGS
from ganglion.nn.recording import Recording

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(130, 5)), RNG.integers(0, 3, 130)


def network(*hidden, loss="cross_entropy", dtype="float64"):
    """5 inputs, the hidden layers, 3 classes."""
    return gl.nn.Network([*hidden, gl.nn.Dense(8, 3, "softmax")], loss, random_state=0, dtype=dtype)


KINDS = {
    "relu": (gl.nn.Dense(5, 8, "relu"),),
    "two": (gl.nn.Dense(5, 9, "tanh"), gl.nn.Dense(9, 8, "sigmoid")),
    "norms": (
        gl.nn.Dense(5, 8), gl.nn.BatchNorm(8, "relu"), gl.nn.Dense(8, 8), gl.nn.LayerNorm(8, "tanh"),
    ),
    "dropout and a sum": (
        gl.nn.Dense(5, 8, "gelu"), gl.nn.Residual([gl.nn.Dense(8, 8, "elu"), gl.nn.Dropout(0.3)]),
    ),
    "own": (gl.nn.Dense(5, 8, lambda z: z / (1 + z * z)),),
}  # fmt: skip


def fit(model, *, record, optimiser=None, epochs=4, **options):
    """Train on 130 rows, five batches an epoch."""
    optimiser = gl.nn.Adam(0.02) if optimiser is None else optimiser
    given = {"random_state": 0, "batch_size": 32} | options
    return gl.nn.train(model, X, Y, optimizer=optimiser, epochs=epochs, record=record, **given)


@pytest.mark.parametrize("name", KINDS)
def test_recording_changes_no_bit(name):
    plain, noted = network(*KINDS[name]), network(*KINDS[name])
    run, recorded = fit(plain, record=False), fit(noted, record=True)
    assert run.record is None and isinstance(recorded.record, Recording)
    assert np.array_equal(run.loss_curve, recorded.loss_curve)
    for arrays in ("parameters", "running"):
        for key, value in getattr(plain, arrays).items():
            assert np.array_equal(value, getattr(noted, arrays)[key])


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_outputs_of_the_last_stage_are_the_networks(name, dtype):
    model = network(*KINDS[name], dtype=dtype)
    fit(model, record=False)
    rows = X.astype(dtype)
    outputs = stage_outputs(model.stages, {**model.parameters, **model.running}, rows)
    np.testing.assert_allclose(
        outputs[-1], model.forward(rows), rtol=1e-4 if dtype == "float32" else 1e-10
    )


def test_each_number_is_what_its_definition_says():
    steps = []
    model = network(gl.nn.Dense(5, 8, "relu"))

    def watch(epoch):
        steps.append({name: value.copy() for name, value in model.parameters.items()})

    run = fit(model, record=True, optimiser=gl.nn.SGD(0.05), shuffle=False, callbacks=watch)
    for epoch, after in enumerate(steps):
        model.set_parameters(after)
        gradients = model.gradients(X, Y)
        for layer, names in enumerate((("W1", "b1"), ("W2", "b2"))):
            length = np.sqrt(sum(np.sum(gradients[name] ** 2) for name in names))
            assert run.record.gradient_norm[epoch, layer] == pytest.approx(length, rel=1e-9)
        # The last batch has two rows; going back along its gradient at the weights before is not possible exactly, so
        # the step is made again from the epoch before.
        before = network(gl.nn.Dense(5, 8, "relu"))
        if epoch:
            before.set_parameters(steps[epoch - 1])
        gl.nn.train(before, X[:128], Y[:128], optimizer=gl.nn.SGD(0.05), epochs=1, shuffle=False)
        for layer, name in enumerate(("W1", "W2")):
            start = before.parameters[name]
            ratio = np.linalg.norm(after[name] - start) / np.linalg.norm(start)
            assert run.record.update_ratio[epoch, layer] == pytest.approx(ratio, rel=1e-9)
        hidden = np.maximum(X @ after["W1"] + after["b1"], 0)
        assert run.record.dead[epoch, 0] == np.mean(np.all(hidden == 0, axis=0))
    assert np.isnan(run.record.saturated).all() and np.isnan(run.record.dead[:, 1]).all()
    assert np.array_equal(run.record.loss, run.loss_curve)


def test_dead_units_are_found():
    model = network(gl.nn.Dense(5, 8, "relu"))
    values = model.parameters
    values["b1"][:3] = -1e3
    model.set_parameters(values)
    run = fit(model, record=True)
    assert np.array_equal(run.record.dead[:, 0], np.full(4, 3 / 8))


def test_saturated_units_are_found():
    model = network(gl.nn.Dense(5, 8, "tanh"))
    values = model.parameters
    values["b1"][:2] = 50.0
    model.set_parameters(values)
    run = fit(model, record=True)
    hidden = np.tanh(X @ model.parameters["W1"] + model.parameters["b1"])
    assert run.record.saturated[-1, 0] == np.mean(np.abs(hidden) > 0.99) >= 2 / 8
    assert np.isnan(run.record.dead[:, 0]).all()


@pytest.mark.parametrize(
    ("activation", "outputs", "dead", "saturated"),
    [
        ("relu", [[0.0, 1.0], [0.0, 0.0]], 0.5, np.nan),
        ("gelu", [[1e-4, 1.0], [-1e-4, 0.0]], 0.5, np.nan),
        ("tanh", [[0.995, 0.5], [-0.995, 0.98]], np.nan, 0.5),
        ("sigmoid", [[0.995, 0.5], [0.005, 0.02]], np.nan, 0.5),
        ("elu", [[-0.995, 5.0], [1.0, 2.0]], np.nan, 0.25),
        ("selu", [[-1.75, 5.0], [1.0, 2.0]], np.nan, 0.25),
        ("identity", [[0.0, 0.0]], np.nan, np.nan),
    ],
)
def test_idle_units_by_hand(activation, outputs, dead, saturated):
    assert np.array_equal(
        idle_shares(activation, np.array(outputs)), (dead, saturated), equal_nan=True
    )


def test_columns_are_layers():
    run = fit(network(*KINDS["norms"]), record=True, epochs=1)
    assert run.record.layers == (
        "2 dense identity", "3 batch norm relu", "4 dense identity", "5 layer norm tanh", "6 dense softmax",
    )  # fmt: skip
    own = fit(network(*KINDS["dropout and a sum"]), record=True, epochs=1)
    assert own.record.layers == ("2 dense gelu", "3 dense elu", "5 dense softmax")


@pytest.mark.parametrize("optimiser", [LBFGS, lambda: gl.nn.optimisers.NAdam(0.01)])
def test_every_kind_of_optimiser_is_recorded(optimiser):
    plain, noted = network(*KINDS["relu"]), network(*KINDS["relu"])
    fit(plain, record=False, optimiser=optimiser())
    run = fit(noted, record=True, optimiser=optimiser())
    assert np.all(run.record.gradient_norm > 0) and np.all(run.record.update_ratio > 0)
    for key, value in plain.parameters.items():
        assert np.array_equal(value, noted.parameters[key])


def test_a_recording_that_begins_later_has_nan_before(tmp_path):
    def go(epochs, record):
        return fit(
            network(*KINDS["relu"]), record=record, epochs=epochs, checkpoint=tmp_path / "training", resume=True
        )  # fmt: skip

    go(2, False)
    late = go(5, True).record
    whole = fit(network(*KINDS["relu"]), record=True, epochs=5).record
    assert np.isnan(late.gradient_norm[:2]).all()
    assert np.array_equal(late.gradient_norm[2:], whole.gradient_norm[2:])
    assert np.array_equal(late.loss, whole.loss)


def test_at_most_some_thousand_rows_are_looked_at():
    rows = np.random.default_rng(1).normal(size=(2 * MAX_ROWS + 1, 5))
    model = network(*KINDS["relu"])
    values = model.parameters
    values["W1"][:], values["b1"][:] = 0, -1
    values["W1"][0, 0] = 1
    model.set_parameters(values)
    rows[:, 0] = 0
    rows[1, 0] = (
        5.0  # the only row on which a unit fires, and not among those looked at: every third one
    )
    run = gl.nn.train(
        model, rows, np.zeros(len(rows), int), optimizer=gl.nn.SGD(1e-9), epochs=1, record=True
    )
    assert run.record.dead[0, 0] == 1.0


def test_weights_that_are_all_zero_on_the_sample_do_not_matter():
    weights = np.zeros(2 * MAX_ROWS)
    weights[1] = 1.0
    rows = np.random.default_rng(1).normal(size=(len(weights), 5))
    run = gl.nn.train(
        network(*KINDS["relu"]), rows, np.zeros(len(rows), int), optimizer=gl.nn.SGD(0.1), epochs=1,
        record=True, sample_weight=weights,
    )  # fmt: skip
    assert np.isfinite(run.record.gradient_norm).all()


def test_the_table_has_a_line_for_each_layer_of_some_epochs():
    run = fit(network(*KINDS["two"]), record=True, epochs=30, eval_set=(X, Y))
    lines = run.record.table(4).splitlines()
    assert lines[0].split() == ["epoch", "loss", "layer", "gradient", "update", "dead", "saturated"]
    assert [line.split()[0] for line in lines[1::3]] == ["1", "10", "20", "30"]
    assert "2 dense tanh" in lines[1] and "3 dense sigmoid" in lines[2] and len(lines) == 13
    assert f"{run.loss_curve[9]:.4g}" in lines[4]
    assert str(run.record) == run.record.table()
    assert np.array_equal(run.record.validation_loss, run.validation_loss_curve)
