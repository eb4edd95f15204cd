"""When a training stops, what it goes back to, and who is told about its epochs."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ganglion as gl
from ganglion.progress import Step
from small_trainings import HELD_OUT, bits, classifier, fit


def stopping(curve, patience, tol):
    """The rule in words: how many epochs are made for this curve of losses."""
    best, waited = np.inf, 0
    for epoch, loss in enumerate(curve, 1):
        waited = 0 if loss < best - tol else waited + 1
        best = min(best, loss)
        if waited == patience:
            return epoch
    return len(curve)


@settings(max_examples=25, deadline=None)
@given(patience=st.integers(1, 6), tol=st.sampled_from([0.0, 1e-3, 0.02]), seed=st.integers(0, 5))
def test_patience_is_a_count_of_epochs_without_enough_gain(patience, tol, seed):
    options = {
        "eval_set": HELD_OUT,
        "optimizer": gl.nn.Adam(0.05),
        "tol": tol,
        "random_state": seed,
    }
    _, whole = fit(epochs=30, **options)
    options["optimizer"] = gl.nn.Adam(0.05)
    model, run = fit(epochs=30, patience=patience, **options)
    n = stopping(whole.validation_loss_curve, patience, tol)
    assert run.n_epochs == n and np.array_equal(run.loss_curve, whole.loss_curve[:n])
    assert run.stopped_by == ("patience" if n < 30 else run.stopped_by)
    assert run.best_epoch == 1 + np.argmin(run.validation_loss_curve)
    assert model.loss(*HELD_OUT) == pytest.approx(run.validation_loss_curve.min(), rel=1e-12)


def test_without_an_eval_set_patience_looks_at_the_training_loss():
    model, run = fit(epochs=500, patience=3, tol=0.01)
    assert run.stopped_by == "patience" and run.n_epochs < 500
    assert run.n_epochs == stopping(run.loss_curve, 3, 0.01)
    last, _ = fit(epochs=run.n_epochs)
    assert bits(model) == bits(last)  # the last state, not the best one


def test_restore_best_may_be_chosen():
    shown = {}
    options = {
        "eval_set": HELD_OUT, "epochs": 25,
        "callbacks": lambda epoch: shown.update({epoch.epoch: bits(epoch.model)}),
    }  # fmt: skip
    last, run = fit(optimizer=gl.nn.Adam(0.1), **options)
    assert bits(last) == shown[25] and run.best_epoch < 25
    best, run = fit(optimizer=gl.nn.Adam(0.1), restore_best=True, **options)
    assert bits(best) == shown[run.best_epoch]
    last, run = fit(optimizer=gl.nn.Adam(0.1), restore_best=False, patience=4, **options)
    assert run.stopped_by == "patience" and bits(last) == shown[run.n_epochs]
    assert run.best_epoch == run.n_epochs - 4


def test_callbacks_are_told_what_the_curves_say():
    told = []
    model, run = fit(eval_set=HELD_OUT, metric="accuracy", callbacks=[told.append, told.append])
    assert [epoch.epoch for epoch in told[::2]] == list(range(1, 9)) and told[::2] == told[1::2]
    assert [epoch.loss for epoch in told[::2]] == list(run.loss_curve)
    assert [epoch.validation_loss for epoch in told[::2]] == list(run.validation_loss_curve)
    assert [epoch.metric for epoch in told[::2]] == list(run.metric_curve)
    assert [epoch.learning_rate for epoch in told[::2]] == [0.02] * 8
    assert all(epoch.model is model for epoch in told)


def test_without_an_eval_set_there_is_no_validation_loss():
    told = []
    fit(epochs=1, callbacks=told.append)
    assert told[0].validation_loss is None and told[0].metric is None


@pytest.mark.parametrize("answer", [True, np.True_])
def test_true_stops_after_all_were_told(answer):
    told = []
    stop = lambda epoch: answer if epoch.epoch == 3 else None  # noqa: E731
    model, run = fit(callbacks=(stop, told.append))
    assert run.stopped_by == "callback" and run.n_epochs == len(told) == 3
    assert bits(model) == bits(fit(epochs=3)[0])


def test_other_answers_do_not_stop():
    _, run = fit(callbacks=lambda epoch: [epoch])
    assert run.n_epochs == 8


def test_an_exception_in_a_callback_leaves_the_epoch_and_the_optimiser():
    def fail(epoch):
        if epoch.epoch == 4:
            raise RuntimeError("enough")

    model, optimiser = classifier(), gl.nn.Adam(0.02)
    with pytest.raises(RuntimeError, match="enough"):
        fit(model, callbacks=fail, optimizer=optimiser)
    again, other = classifier(), gl.nn.Adam(0.02)
    fit(again, epochs=4, optimizer=other)
    assert bits(model) == bits(again) and optimiser.steps == other.steps
    for name, value in optimiser.second.items():
        assert np.array_equal(value, other.second[name])


def test_an_exception_in_a_metric_leaves_the_epoch():
    def fail(y, outputs):
        raise RuntimeError("no")

    model = classifier()
    with pytest.raises(RuntimeError, match="no"):
        fit(model, eval_set=HELD_OUT, metric=fail)
    assert bits(model) == bits(fit(epochs=1)[0])


def test_a_callback_may_give_the_model_new_arrays():
    def replace(epoch):
        epoch.model.set_parameters(epoch.model.parameters)

    model, _ = fit(callbacks=replace)
    assert bits(model) == bits(fit()[0])


def test_a_callback_may_change_the_rate():
    optimiser = gl.nn.SGD(0.1)

    def lower(epoch):
        optimiser.learning_rate = 0.1 / (1 + epoch.epoch)

    model, run = fit(optimizer=optimiser, callbacks=lower)
    np.testing.assert_allclose(run.learning_rate_curve, 0.1 / np.arange(1, 9))
    again = classifier()
    draws = np.random.default_rng(0)
    for epoch in range(1, 9):
        fit(again, optimizer=gl.nn.SGD(0.1 / epoch), random_state=draws, epochs=1)
    assert bits(model) == bits(again)


def test_progress_is_told_steps_and_may_stop():
    steps = []

    def progress(step):
        steps.append(step)
        return step.step == 5

    _, run = fit(progress=progress, eval_set=HELD_OUT, metric="accuracy")
    assert run.stopped_by == "callback" and run.n_epochs == 5
    assert steps[2] == Step("training", 3, 8, run.loss_curve[2], steps[2].message)
    assert steps[2].message == (
        f"loss {run.loss_curve[2]:.4g}, validation loss {run.validation_loss_curve[2]:.4g}, "
        f"metric {run.metric_curve[2]:.4g}, rate 0.02"
    )


def test_a_metric_cannot_write_to_the_targets():
    rows, targets = np.arange(6.0).reshape(6, 1), np.arange(6.0)

    def spoiling(y, outputs):
        y[...] = 7.0
        return 0.0

    with pytest.raises(ValueError, match="read-only"):
        gl.nn.train(
            gl.nn.Network([gl.nn.Dense(1, 1)], random_state=0), rows, targets,
            optimizer=gl.nn.SGD(0.01), epochs=1, eval_set=(rows, targets), metric=spoiling,
        )  # fmt: skip
    assert targets.tolist() == [0, 1, 2, 3, 4, 5]


def test_a_metric_of_numbers_that_overflows_asks_for_another_scale():
    rows, targets = np.arange(6.0).reshape(6, 1), np.arange(6.0)
    network = gl.nn.Network([gl.nn.Dense(1, 1)], "mae", random_state=0)
    with pytest.raises(
        gl.DataError, match=r"'mse' is not defined on this eval_set; got inf\. Scale"
    ):
        gl.nn.train(
            network, rows, targets, optimizer=gl.nn.SGD(0.01), epochs=1,
            eval_set=(rows, targets * 1e160), metric="mse",
        )  # fmt: skip
