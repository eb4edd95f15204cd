"""When a network's training ends, what it is judged by on the way, and who is told."""

from __future__ import annotations

import io
import re

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.metrics import cohen_kappa_score, get_scorer, log_loss, r2_score

import ganglion as gl
from ganglion.estimators._mlp.course import split_rows
from ganglion.estimators._mlp.progress import ProgressLine, duration
from interrupting import interrupt_soon

DIGITS, NUMBERS = load_digits(return_X_y=True)
DIGITS = DIGITS / 16
LEARN, HELD = slice(0, 400), slice(400, 600)
X, Y = DIGITS[LEARN], NUMBERS[LEARN]
EVAL = (DIGITS[HELD], NUMBERS[HELD])
NEVER = {"tol": 0.0, "n_iter_no_change": 10**9}


def model(estimator=gl.MLPClassifier, **parameters):
    given = {
        "hidden_layer_sizes": (12,),
        "random_state": 0,
        "max_iter": 10,
        "learning_rate_init": 0.01,
    }
    return estimator(**given | parameters)


@pytest.mark.parametrize("solver", ["adam", "sgd", "adamw", "nadam", "rmsprop"])
@pytest.mark.parametrize("early_stopping", [False, True])
def test_without_a_tolerance_every_epoch_is_made(solver, early_stopping):
    fitted = model(solver=solver, max_iter=37, early_stopping=early_stopping, **NEVER).fit(X, Y)
    assert fitted.n_iter_ == len(fitted.loss_curve_) == 37
    assert fitted.stopped_by_ == "epochs"


def test_lbfgs_tells_its_losses_and_ends_early_only_where_it_has_converged():
    fitted = model(solver="lbfgs", max_iter=15, **NEVER).fit(X, Y)
    assert fitted.n_iter_ == len(fitted.loss_curve_) == 15
    assert np.all(np.diff(fitted.loss_curve_) <= 0)
    easy = model(gl.MLPRegressor, solver="lbfgs", hidden_layer_sizes=(), max_iter=10_000, **NEVER)
    easy.fit(X[:, 20:23], X[:, 20:23] @ [1.0, 2.0, 3.0])
    assert easy.stopped_by_ == "converged"
    assert easy.n_iter_ < 10_000
    few = model(solver="lbfgs", max_iter=1000, max_fun=10, **NEVER).fit(X, Y)
    assert few.n_iter_ <= 10


def test_the_loss_on_the_eval_set_is_that_of_the_network():
    fitted = model().fit(X, Y, eval_set=EVAL)
    assert len(fitted.validation_loss_curve_) == 10
    expected = log_loss(EVAL[1], fitted.predict_proba(EVAL[0]))
    assert fitted.validation_loss_curve_[-1] == pytest.approx(expected)
    assert fitted.validation_scores_ is None
    plain = model().fit(X, Y)
    assert np.array_equal(plain.coefs_[0], fitted.coefs_[0])
    assert plain.validation_loss_curve_ is None


def test_weights_of_the_eval_set_count():
    weight = np.arange(200) % 3
    weighted = model().fit(X, Y, eval_set=(*EVAL, weight))
    repeated = tuple(np.repeat(part, weight, axis=0) for part in EVAL)
    again = model().fit(X, Y, eval_set=repeated)
    assert weighted.validation_loss_curve_ == pytest.approx(again.validation_loss_curve_)


def test_early_stopping_ends_with_the_weights_of_the_best_epoch():
    fitted = model(early_stopping=True, max_iter=300, n_iter_no_change=3).fit(X, Y, eval_set=EVAL)
    assert fitted.stopped_by_ == "patience"
    scores = fitted.validation_scores_
    assert fitted.n_iter_ == len(scores) < 300
    assert fitted.best_validation_score_ == max(scores) == fitted.score(*EVAL)
    best = int(np.argmax(scores)) + 1
    until = model(max_iter=best).fit(X, Y)
    assert np.array_equal(until.coefs_[0], fitted.coefs_[0])
    assert fitted.best_loss_ is None


def test_rows_are_held_out_where_there_is_no_eval_set():
    fitted = model(early_stopping=True, validation_fraction=0.25).fit(X, Y)
    assert fitted.t_ == 10 * 300
    assert len(fitted.validation_scores_) == 10
    assert len(fitted.validation_loss_curve_) == 10


def test_held_out_rows_come_from_all_classes_in_proportion():
    groups = np.repeat([0, 1, 2], [50, 30, 20])
    learned, held = split_rows(100, 0.1, groups, np.random.default_rng(0))
    assert np.bincount(groups[held]).tolist() == [5, 3, 2]
    assert sorted([*learned, *held]) == list(range(100))
    other = split_rows(100, 0.1, groups, np.random.default_rng(1))[1]
    assert not np.array_equal(held, other)
    learned, held = split_rows(10, 0.25, None, np.random.default_rng(0))
    assert (len(learned), len(held)) == (7, 3)


METRICS = {
    "a name": ("balanced_accuracy", lambda m: get_scorer("balanced_accuracy")(m, *EVAL)),
    "a name, smaller is better": (
        "log_loss",
        lambda m: log_loss(EVAL[1], m.predict_proba(EVAL[0])),
    ),
    "a scorer's name": ("neg_log_loss", lambda m: -log_loss(EVAL[1], m.predict_proba(EVAL[0]))),
    "a scorer": (get_scorer("f1_macro"), lambda m: get_scorer("f1_macro")(m, *EVAL)),
    "a function": (cohen_kappa_score, lambda m: cohen_kappa_score(EVAL[1], m.predict(EVAL[0]))),
}


@pytest.mark.parametrize("kind", METRICS)
def test_any_metric_may_decide(kind):
    metric, expected = METRICS[kind]
    fitted = model(early_stopping=True, metric=metric, max_iter=200, n_iter_no_change=3)
    fitted.fit(X, Y, eval_set=EVAL)
    assert fitted.best_validation_score_ == pytest.approx(expected(fitted))
    sign = -1 if metric == "log_loss" else 1
    assert fitted.best_validation_score_ == sign * max(sign * s for s in fitted.validation_scores_)


def test_the_loss_may_decide():
    fitted = model(early_stopping=True, metric="loss", max_iter=200, n_iter_no_change=3)
    fitted.fit(X, Y, eval_set=EVAL)
    assert fitted.best_validation_score_ == -min(fitted.validation_loss_curve_)
    assert log_loss(EVAL[1], fitted.predict_proba(EVAL[0])) == pytest.approx(
        min(fitted.validation_loss_curve_)
    )


def test_a_metric_is_watched_without_stopping_on_it():
    fitted = model(metric="accuracy").fit(X, Y, eval_set=EVAL)
    assert fitted.validation_scores_[-1] == fitted.score(*EVAL)
    assert fitted.best_loss_ == min(fitted.loss_curve_)


@pytest.mark.parametrize("metric", [None, "rmse", "neg_mean_absolute_error", r2_score])
def test_regressors_are_judged_too(metric):
    fitted = model(gl.MLPRegressor, early_stopping=True, metric=metric, max_iter=60)
    fitted.fit(X, Y, eval_set=EVAL)
    if metric in (None, r2_score):
        assert fitted.best_validation_score_ == pytest.approx(fitted.score(*EVAL))
    assert len(fitted.validation_scores_) == fitted.n_iter_


def test_a_callback_is_told_of_every_epoch_and_may_stop():
    seen = []

    def tell(epoch):
        assert np.array_equal(epoch.model.predict(X[:1]), epoch.model.predict(X)[:1])
        seen.append((epoch.epoch, epoch.loss, epoch.validation_loss, epoch.model.n_iter_))
        return epoch.epoch == 4

    fitted = model(callbacks=tell).fit(X, Y, eval_set=EVAL)
    assert [row[0] for row in seen] == [row[3] for row in seen] == [1, 2, 3, 4]
    assert [row[1] for row in seen] == fitted.loss_curve_
    assert [row[2] for row in seen] == fitted.validation_loss_curve_
    assert fitted.stopped_by_ == "callback"
    assert np.array_equal(model(max_iter=4).fit(X, Y).coefs_[0], fitted.coefs_[0])


def test_several_callbacks_are_all_told():
    seen = []
    told = [lambda epoch: seen.append("a") or True, lambda epoch: seen.append("b")]
    model(callbacks=told).fit(X, Y)
    assert seen == ["a", "b"]


def test_an_error_of_a_callback_leaves_the_state_so_far():
    def fail(epoch):
        if epoch.epoch == 3:
            raise RuntimeError("mine")

    failing = model(callbacks=fail)
    with pytest.raises(RuntimeError, match="mine"):
        failing.fit(X, Y)
    assert np.array_equal(model(max_iter=3).fit(X, Y).coefs_[0], failing.coefs_[0])
    assert failing.n_iter_ == 3


@pytest.mark.parametrize("estimator", [gl.MLPClassifier, gl.MLPRegressor])
@pytest.mark.parametrize("solver", ["sgd", "adam"])
def test_divergence_is_an_error_that_names_the_epoch_and_the_best_state_stays(estimator, solver):
    target = Y if estimator is gl.MLPClassifier else Y * 1.0
    wild = model(estimator, solver=solver, learning_rate_init=1e200, max_iter=50)
    with pytest.raises(
        gl.DivergenceError, match=r"left the finite numbers in epoch \d+: .*layer \d"
    ):
        wild.fit(X, target)
    assert np.isfinite(wild.coefs_[0]).all()
    assert wild.predict(X).shape == Y.shape


@pytest.mark.parametrize("estimator", [gl.MLPClassifier, gl.MLPRegressor])
@pytest.mark.parametrize("early_stopping", [False, True])
def test_what_was_trained_is_no_worse_after_a_fit_that_diverged(estimator, early_stopping):
    target = Y if estimator is gl.MLPClassifier else Y * 1.0
    fitted = model(estimator, warm_start=True, early_stopping=early_stopping, solver="sgd")
    score, loss = fitted.fit(X, target).score(X, target), fitted.network_.loss(X, target)
    for rate in (10.0, 1e3, 1e8, 1e150):
        fitted.set_params(learning_rate_init=rate, max_iter=200)
        try:
            fitted.fit(X, target)
        except gl.DivergenceError:
            assert fitted.score(X, target) >= score
            assert fitted.network_.loss(X, target) <= loss * (1 + 1e-12)
        else:
            score, loss = fitted.score(X, target), fitted.network_.loss(X, target)


def test_huge_targets_are_refused_or_diverge_but_never_give_nan():
    wild = model(gl.MLPRegressor, solver="sgd", learning_rate_init=0.1)
    with pytest.raises(gl.DivergenceError):
        wild.fit(X, Y * 1e300)
    assert np.isfinite(wild.predict(X)).all()


def test_warm_start_goes_on_and_its_curves_with_it():
    half = model(shuffle=False, warm_start=True, solver="sgd", momentum=0.0, max_iter=5).fit(X, Y)
    first = list(half.loss_curve_)
    half.fit(X, Y)
    whole = model(shuffle=False, solver="sgd", momentum=0.0).fit(X, Y)
    assert half.loss_curve_ == whole.loss_curve_
    assert half.loss_curve_[:5] == first
    assert (half.n_iter_, half.t_) == (5, 4000)
    assert np.array_equal(half.coefs_[0], whole.coefs_[0])
    with pytest.raises(gl.ParameterError, match=r"the network has 64-12-10 neurons, .* 64-9-10"):
        half.set_params(hidden_layer_sizes=(9,)).fit(X, Y)
    with pytest.raises(gl.DataError, match="has the same classes as in the previous call to fit"):
        half.set_params(hidden_layer_sizes=(12,)).fit(X[Y < 5], Y[Y < 5])


@pytest.mark.parametrize("solver", ["sgd", "adam"])
@pytest.mark.parametrize("learning_rate", ["constant", "invscaling", "adaptive"])
def test_calls_of_partial_fit_are_the_epochs_of_fit(solver, learning_rate):
    parameters = {
        "solver": solver,
        "learning_rate": learning_rate,
        "shuffle": False,
        "dropout": 0.0,
    }
    whole = model(**parameters, max_iter=8, **NEVER).fit(X, Y)
    parts = model(**parameters)
    for _ in range(8):
        parts.partial_fit(X, Y, classes=np.arange(10))
    assert np.array_equal(parts.coefs_[0], whole.coefs_[0])
    assert parts.loss_curve_ == whole.loss_curve_
    assert parts.t_ == whole.t_


def test_the_first_partial_fit_needs_all_classes():
    with pytest.raises(gl.ParameterError, match="classes must be passed on the first call"):
        model().partial_fit(X, Y)
    some = Y < 4
    parts = model().partial_fit(X[some], Y[some], classes=np.arange(10)).partial_fit(X, Y)
    assert parts.classes_.tolist() == list(range(10))
    with pytest.raises(gl.DataError, match=r"y must hold the known classes, .* got 1[01]"):
        parts.partial_fit(X, Y + 2)


def test_partial_fit_is_only_there_for_solvers_with_batches():
    assert not hasattr(gl.MLPClassifier(solver="lbfgs"), "partial_fit")
    assert hasattr(gl.MLPClassifier(solver="adamw"), "partial_fit")


@pytest.mark.parametrize("eval_set", [None, EVAL])
def test_partial_fit_stops_early_and_goes_back_to_its_best_weights(eval_set):
    parts = model(early_stopping=True, n_iter_no_change=3, learning_rate_init=0.05)
    for _ in range(400):
        parts.partial_fit(X, Y, classes=np.arange(10), eval_set=eval_set)
        if parts.stopped_by_ == "patience":
            break
    assert parts.stopped_by_ == "patience"
    assert len(parts.validation_scores_) < 400
    if eval_set is not None:
        assert parts.score(*eval_set) == max(parts.validation_scores_)
    before = [weights.copy() for weights in parts.coefs_]
    parts.partial_fit(X, Y, eval_set=eval_set)
    assert np.array_equal(parts.coefs_[0], before[0])


def test_partial_fit_tells_callbacks_how_many_calls_there_were():
    seen = []
    parts = model(callbacks=lambda epoch: seen.append((epoch.epoch, epoch.model)))
    parts.partial_fit(X, Y, classes=np.arange(10)).partial_fit(X, Y)
    assert seen == [(1, parts), (2, parts)]


def test_the_verbose_line_says_loss_metric_rate_and_time(capsys):
    model(verbose=True, metric="accuracy", max_iter=3).fit(X, Y, eval_set=EVAL)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 4
    pattern = (
        r"MLPClassifier: epoch 2/3  loss \S+  validation loss \S+  metric \S+  rate 0.01  .* left"
    )
    assert re.fullmatch(pattern, lines[1])
    assert re.fullmatch(r"MLPClassifier: stopped by epochs after .*", lines[3])


def test_in_a_terminal_the_line_stays_one():
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    stream = Terminal()
    line = ProgressLine("net", 2, stream)
    model(callbacks=line, max_iter=2).fit(X, Y)
    line.finish("epochs")
    assert stream.getvalue().count("\r") == 3
    assert stream.getvalue().count("\n") == 1


def test_times_are_written_as_people_read_them():
    assert [duration(s) for s in (0.04, 9.94, 12.3, 200, 7500)] == [
        "0.0 s", "9.9 s", "12 s", "3 min 20 s", "2 h 5 min",
    ]  # fmt: skip


INTERRUPTED = """
import numpy as np, time
import ganglion as gl
rng = np.random.default_rng(0)
X, y = rng.normal(size=(20_000, 50)), rng.integers(0, 3, 20_000)
model = gl.MLPClassifier(
    (256, 256), solver="{solver}", batch_size=20_000, max_iter=10_000, tol=0, n_iter_no_change=10**9
)
try:
    print("ready", flush=True)
    model.fit(X, y)
except KeyboardInterrupt:
    print(time.monotonic(), model.stopped_by_, model.predict(X[:2]).shape)
"""


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_an_interrupt_returns_at_once_with_the_state_so_far(solver):
    (line,) = interrupt_soon(INTERRUPTED.format(solver=solver), 1.0)
    assert line.split(maxsplit=1)[1] == "interrupted (2,)"
