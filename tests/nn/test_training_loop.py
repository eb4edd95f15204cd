"""What `train` does around its epochs: looks at an eval_set, stops, goes back to the best, tells, and changes rates."""

import numpy as np
import pytest

import ganglion as gl
from ganglion._native import available_isas, isa, use_isa
from ganglion.nn import schedules
from ganglion.nn.lbfgs import LBFGS
from ganglion.nn.metrics import metrics
from small_trainings import HELD_OUT, bits, classifier, fit, rows


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_validation_loss_is_the_networks_loss_after_each_epoch(dtype):
    weights = np.random.default_rng(3).random(90)
    seen = []
    _, run = fit(
        classifier(dtype), eval_set=(*HELD_OUT, weights),
        callbacks=lambda epoch: seen.append(epoch.model.loss(*HELD_OUT, weights)),
    )  # fmt: skip
    np.testing.assert_allclose(
        run.validation_loss_curve, seen, rtol=1e-5 if dtype == "float32" else 1e-12
    )
    assert run.metric_curve.shape == (0,) and run.validation_loss_curve.shape == (8,)


@pytest.mark.parametrize(
    ("activation", "loss", "y"),
    [
        ("identity", "squared", np.linspace(-2, 2, 90)),
        ("identity", "mae", np.linspace(-2, 2, 90)),
        ("tanh", "huber", np.linspace(-2, 2, 90)),
        ("sigmoid", "binary_cross_entropy", np.arange(90) % 2),
        ("sigmoid", "mse", np.linspace(0, 1, 90)),
    ],
)
@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_the_validation_loss_is_that_of_every_loss(activation, loss, y, reduction):
    layers = [gl.nn.Dense(6, 4, "tanh"), gl.nn.Dense(4, 1, activation)]
    model = gl.nn.Network(layers, loss, reduction=reduction, random_state=0)
    X = HELD_OUT[0]
    run = gl.nn.train(
        model, X, y, optimizer=gl.nn.Adam(), epochs=2, random_state=0, eval_set=(X, y)
    )
    assert run.validation_loss_curve[-1] == pytest.approx(model.loss(X, y), rel=1e-12)


def test_logits_of_any_size_have_an_exact_validation_loss():
    model = gl.nn.Network([gl.nn.Dense(1, 2, "softmax")], "cross_entropy", random_state=0)
    model.set_parameters({"W1": [[1e4, -1e4]], "b1": [0, 0]})
    run = gl.nn.train(
        model, [[0.0]], [0], optimizer=gl.nn.SGD(1e-300), epochs=1, eval_set=([[1.0]], [1])
    )
    assert run.validation_loss_curve[0] == 2e4


def test_looking_changes_nothing():
    plain, _ = fit()
    told, run = fit(
        eval_set=HELD_OUT, metric="accuracy", callbacks=[lambda _: None, lambda _: False],
        progress=lambda _: None, record=True,
    )  # fmt: skip
    assert bits(plain) == bits(told) and run.stopped_by == "epochs"


@pytest.mark.parametrize("name", [m.name for m in metrics.values() if m.kind == "classes"])
def test_a_named_metric_is_measured_with_the_weights(name):
    weights = np.random.default_rng(3).random(90)
    model, run = fit(eval_set=(*HELD_OUT, weights), metric=name)
    assert run.metric_curve.shape == (8,)
    outputs = model.forward(HELD_OUT[0])
    assert run.metric_curve[-1] == pytest.approx(metrics[name](HELD_OUT[1], outputs, weights))
    best = np.argmax if metrics[name].is_larger_better else np.argmin
    assert run.best_epoch == 1 + best(run.metric_curve)


def test_rows_of_probabilities_have_the_metrics_of_their_labels():
    _, by_label = fit(eval_set=HELD_OUT, metric="accuracy")
    _, by_row = fit(eval_set=(HELD_OUT[0], np.eye(3)[HELD_OUT[1]]), metric="accuracy")
    assert np.array_equal(by_label.metric_curve, by_row.metric_curve)


def test_a_function_as_metric_gets_targets_and_outputs():
    def hits(y, outputs):
        assert y.shape == (90,) and outputs.shape == (90, 3)
        return np.sum(outputs.argmax(axis=1) == y)

    _, named = fit(eval_set=HELD_OUT, metric="accuracy")
    _, own = fit(eval_set=HELD_OUT, metric=hits)
    np.testing.assert_allclose(own.metric_curve, 90 * named.metric_curve)
    assert own.best_epoch == named.best_epoch


class Halving(schedules.Schedule):
    """A schedule that halves the rate after so many steps."""

    def __init__(self, every):
        self.every = every
        self.asked = []

    def rates(self, first_step, n_batches, n_total_steps, base):
        self.asked.append((first_step, n_batches, n_total_steps))
        return base * 0.5 ** (np.arange(first_step, first_step + n_batches) // self.every)

    def _rate(self, at):
        raise AssertionError("`rates` is asked")


def test_a_schedule_gives_every_batch_its_rate():
    schedule = Halving(5)
    model, run = fit(optimizer=gl.nn.SGD(0.1), schedule=schedule, epochs=3)
    assert schedule.asked == [(0, 7, 21), (7, 7, 21), (14, 7, 21)]
    np.testing.assert_allclose(run.learning_rate_curve, 0.1 * 0.5 ** (np.array([6, 13, 20]) // 5))
    plain, draws, optimiser = classifier(), np.random.default_rng(0), gl.nn.SGD(0.1)
    X, y = rows()
    for step, batch in enumerate(
        order[i : i + 32]
        for order in [draws.permutation(200) for _ in range(3)]
        for i in range(0, 200, 32)
    ):
        optimiser.learning_rate = 0.1 * 0.5 ** (step // 5)
        optimiser.step(plain.parameters, plain.gradients(X[batch], y[batch]))
    for name, value in plain.parameters.items():
        np.testing.assert_allclose(model.parameters[name], value, rtol=0, atol=1e-11)


def test_the_penalty_is_in_the_loss_and_in_the_step():
    X, y = rows()
    model, run = fit(optimizer=gl.nn.SGD(1e-3), l2=5.0, batch_size=200, epochs=1)
    start = classifier()
    squares = sum(np.sum(value**2) for name, value in start.parameters.items() if name[0] == "W")
    assert run.loss_curve[0] == pytest.approx(start.loss(X, y) + 2.5 * squares / 200, rel=1e-12)
    gradient = start.gradients(X, y)["W1"] + 5.0 * start.parameters["W1"] / 200
    np.testing.assert_allclose(
        model.parameters["W1"], start.parameters["W1"] - 1e-3 * gradient, atol=1e-14
    )


def test_smoothed_labels_are_the_smoothed_rows():
    X, y = rows()
    smoothed, by_hand = classifier(), classifier()
    fit(smoothed, label_smoothing=0.3, epochs=3)
    gl.nn.train(
        by_hand, X, np.eye(3)[y] * 0.7 + 0.1, optimizer=gl.nn.Adam(0.02), epochs=3, random_state=0
    )
    for name, value in by_hand.parameters.items():
        np.testing.assert_allclose(smoothed.parameters[name], value, rtol=0, atol=1e-9)


def test_there_are_no_labels_to_smooth_without_classes():
    model = gl.nn.Network([gl.nn.Dense(6, 1)], random_state=0)
    X, y = rows()
    with pytest.raises(
        gl.ParameterError, match=r"label_smoothing spreads .* the loss is 'squared'"
    ):
        gl.nn.train(model, X, y, optimizer=gl.nn.Adam(), epochs=1, label_smoothing=0.1)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"eval_set": HELD_OUT[0]}, r"eval_set must be \(X, y\) or \(X, y, sample_weight\)"),
        ({"eval_set": HELD_OUT[:1]}, "eval_set must be"),
        ({"eval_set": (HELD_OUT[0], HELD_OUT[1] + 3)}, "eval_set: Labels must be integers"),
        ({"eval_set": (HELD_OUT[0] * np.nan, HELD_OUT[1])}, "eval_set: X must be finite"),
        ({"eval_set": (HELD_OUT[0][:, :5], HELD_OUT[1])}, "eval_set: .* the last axis must be 6"),
        ({"eval_set": (*HELD_OUT, [-1.0] * 90)}, "eval_set: sample_weight must not be negative"),
        ({"metric": "accuracy"}, "metric is measured on eval_set, and there is none"),
        ({"metric": "acuracy", "eval_set": HELD_OUT}, "Did you mean 'accuracy'"),
        ({"metric": 3, "eval_set": HELD_OUT}, "metric must be one of accuracy"),
        ({"metric": "r2", "eval_set": HELD_OUT}, "metric 'r2' compares numbers"),
        ({"patience": 0}, "patience must be an integer, at least 1; got 0"),
        ({"tol": -1.0}, "tol must be a number at least 0; got -1.0"),
        ({"tol": np.nan}, "tol must be a number at least 0; got nan"),
        ({"restore_best": 2}, "restore_best must be True or False; got 2"),
        ({"l2": -1}, "l2 must be a number at least 0; got -1"),
        ({"label_smoothing": 1.0}, "label_smoothing must be a number at least 0 and below 1"),
        ({"clip_norm": 0}, "clip_norm must be a number above 0; got 0"),
        ({"clip_value": -1}, "clip_value must be a number above 0; got -1"),
        ({"ema": 1.0}, "ema must be a number above 0 and below 1; got 1.0"),
        ({"callbacks": 3}, "callbacks must be a function of one record, or a list"),
        ({"callbacks": [print, 3]}, "callbacks must be a function of one record, or a list"),
        ({"progress": 3}, "progress must be callable or None; got int"),
        ({"record": "yes"}, "record must be True or False; got 'yes'"),
        ({"resume": True}, "resume=True needs checkpoint="),
        ({"resume": 1.5}, "resume must be True or False"),
        ({"checkpoint": 3}, "checkpoint must be a path; got 3"),
        ({"checkpoint_every": 0}, "checkpoint_every must be an integer, at least 1"),
    ],
)
def test_bad_options_are_refused_and_change_nothing(change, words):
    model, optimiser = classifier(), gl.nn.Adam()
    with pytest.raises(ValueError, match=words) as caught:
        fit(model, optimizer=optimiser, **change)
    assert isinstance(caught.value, gl.GanglionError)
    assert bits(model) == bits(classifier()) and optimiser.steps == 0


@pytest.mark.parametrize("value", [np.nan, np.inf, None, "good", [1.0], 1j])
def test_a_metric_that_is_no_number_is_refused_by_name(value):
    def odd(y, outputs):
        return value

    with pytest.raises(gl.ParameterError, match=r"must return a finite number, .*odd returned"):
        fit(eval_set=HELD_OUT, metric=odd)


def test_a_metric_that_is_not_defined_is_refused():
    layers = [gl.nn.Dense(6, 1, "sigmoid")]
    model = gl.nn.Network(layers, "binary_cross_entropy", random_state=0)
    X, y = rows()
    with pytest.raises(gl.DataError, match="metric='roc_auc' is not defined on this eval_set"):
        gl.nn.train(
            model, X, y > 0, optimizer=gl.nn.Adam(), epochs=1, eval_set=(X, np.ones(200)), metric="roc_auc"
        )  # fmt: skip


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_threads_and_instruction_sets_do_not_show_in_any_curve(dtype):
    def hashed():
        layers = [
            gl.nn.Dense(6, 200, "gelu"), gl.nn.Dropout(0.2), gl.nn.Dense(200, 150, "tanh"),
            gl.nn.Dense(150, 3, "softmax"),
        ]  # fmt: skip
        model = gl.nn.Network(layers, "cross_entropy", random_state=0, dtype=dtype)
        run = gl.nn.train(
            model, *rows(900), optimizer=gl.nn.Adam(0.01), epochs=4, batch_size=300, random_state=0, patience=2,
            eval_set=rows(700, seed=1), metric="log_loss", l2=0.1, schedule=schedules.Cosine(), label_smoothing=0.1,
        )  # fmt: skip
        curves = (run.loss_curve, run.validation_loss_curve, run.metric_curve)
        return bits(model) + b"".join(curve.tobytes() for curve in curves)

    threads, before, found = gl.get_num_threads(), isa(), set()
    try:
        for number in (1, 2, 3, 4, 7):
            gl.set_num_threads(number)
            found.add(hashed())
        for name in available_isas():
            use_isa(name)
            found.add(hashed())
    finally:
        gl.set_num_threads(threads)
        use_isa(before)
    assert len(found) == 1


def test_a_full_batch_method_makes_an_iteration_an_epoch():
    model, run = fit(optimizer=LBFGS(), epochs=400)
    assert run.stopped_by == "converged" and run.n_epochs == run.n_steps < 400
    assert np.all(np.diff(run.loss_curve) <= 0) and np.isnan(run.learning_rate_curve).all()
    assert run.loss_curve[-1] == pytest.approx(model.loss(*rows()), rel=1e-12)
    steps = []
    fit(optimizer=LBFGS(), epochs=1, progress=steps.append)
    assert steps[0].message == f"loss {steps[0].value:.4g}"


def test_a_full_batch_method_takes_no_schedule():
    with pytest.raises(
        gl.ParameterError, match="finds the length of its steps itself; leave out schedule"
    ):
        fit(optimizer=LBFGS(), schedule=Halving(1))


def test_a_plateau_is_seen_on_the_eval_set():
    schedule = schedules.OnPlateau(factor=0.5, patience=1)
    _, run = fit(optimizer=gl.nn.SGD(1.0), schedule=schedule, epochs=30, eval_set=HELD_OUT)
    expected, twin = [], schedules.OnPlateau(factor=0.5, patience=1)
    for loss in run.validation_loss_curve:
        expected.append(twin.rates(0, 1, 1, 1.0)[0])
        twin.after(loss)
    assert np.array_equal(run.learning_rate_curve, expected) and expected[-1] < 1.0


def test_which_engine_ran_is_said():
    assert fit(epochs=1)[1].engine == "native"
    layers = [gl.nn.Dense(6, 5, lambda z: z / (1 + z * z)), gl.nn.Dense(5, 3, "softmax")]
    own = gl.nn.Network(layers, "cross_entropy", random_state=0)
    run = fit(own, eval_set=HELD_OUT)[1]
    assert run.engine == "autodiff"
    assert run.validation_loss_curve[-1] == pytest.approx(own.loss(*HELD_OUT), rel=1e-9)


def test_a_network_with_norms_is_judged_by_its_running_statistics():
    layers = [
        gl.nn.Dense(6, 8),
        gl.nn.BatchNorm(8, "relu"),
        gl.nn.Dropout(0.2),
        gl.nn.Dense(8, 3, "softmax"),
    ]
    model = gl.nn.Network(layers, "cross_entropy", random_state=0)
    seen = []
    watch = lambda epoch: seen.append(epoch.model.loss(*HELD_OUT))  # noqa: E731
    _, run = fit(
        model,
        eval_set=HELD_OUT,
        epochs=20,
        optimizer=gl.nn.Adam(0.1),
        callbacks=watch,
        restore_best=True,
    )
    np.testing.assert_allclose(run.validation_loss_curve, seen, rtol=1e-9)
    assert model.loss(*HELD_OUT) == pytest.approx(min(seen), rel=1e-9) and run.best_epoch < 20
