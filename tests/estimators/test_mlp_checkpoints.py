"""Kill a fit at any moment, resume it, and the bits are those of the fit that was not killed."""

from __future__ import annotations

import signal
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest

import ganglion as gl
from ganglion.nn import schedules

RNG = np.random.default_rng(0)
X = RNG.normal(size=(300, 5))
Y = (X[:, 0] + X[:, 1] > 0).astype(int) + (X[:, 2] > 0.5)
T = X @ [1.0, -2.0, 0.5, 0.0, 1.0]
EVAL = (X[:60] + 0.1, Y[:60])

KINDS = {
    "adam": {},
    "adaptive sgd": {
        "solver": "sgd", "learning_rate": "adaptive", "tol": 0.02, "n_iter_no_change": 2, "learning_rate_init": 0.1,
    },
    "inverse scaling": {"solver": "sgd", "learning_rate": "invscaling", "learning_rate_init": 0.5},
    "dropout": {"dropout": 0.3, "batch_size": 32},
    "early stopping": {"early_stopping": True, "n_iter_no_change": 4, "learning_rate_init": 0.05},
    "lbfgs": {"solver": "lbfgs"},
    "a schedule": {"learning_rate": schedules.Step(3, 0.5), "solver": "rmsprop"},
    "float32": {"dtype": "float32", "class_weight": "balanced"},
}  # fmt: skip


def model(path, estimator=gl.MLPClassifier, **parameters):
    given = {"hidden_layer_sizes": (8,), "random_state": 3, "max_iter": 14, "resume": True}
    return estimator(**given | parameters, checkpoint=path)


def check_equal(one, other):
    for mine, theirs in zip(
        [*one.coefs_, *one.intercepts_], [*other.coefs_, *other.intercepts_], strict=True
    ):
        assert np.array_equal(mine, theirs)
    for name in ("loss_curve_", "n_iter_", "t_", "stopped_by_", "validation_scores_",
                 "validation_loss_curve_", "best_loss_", "best_validation_score_"):  # fmt: skip
        assert getattr(one, name) == getattr(other, name), name


class Killed(BaseException):
    """As abrupt as a kill: nothing after the checkpoint happens."""


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("every", [1, 3])
def test_a_fit_that_was_cut_off_ends_as_if_it_had_not_been(kind, every, tmp_path):
    path = tmp_path / "training"
    parameters = {**KINDS[kind], "checkpoint_every": every}
    whole = model(None, **{**parameters, "resume": False}).fit(X, Y, eval_set=EVAL)

    def kill_at(last):
        def callback(epoch):
            if epoch.epoch == last:
                raise Killed

        return callback

    for last in (2, 5, 6):
        with pytest.raises(Killed):
            model(path, **parameters, callbacks=kill_at(last)).fit(X, Y, eval_set=EVAL)
    check_equal(model(path, **parameters).fit(X, Y, eval_set=EVAL), whole)


@pytest.mark.parametrize("kind", ["adam", "early stopping", "lbfgs"])
def test_regressors_resume_as_well(kind, tmp_path):
    path = tmp_path / "training"
    whole = model(None, gl.MLPRegressor, **{**KINDS[kind], "resume": False}).fit(X, T)

    def kill(epoch):
        if epoch.epoch == 4:
            raise Killed

    with pytest.raises(Killed):
        model(path, gl.MLPRegressor, **KINDS[kind], callbacks=kill).fit(X, T)
    check_equal(model(path, gl.MLPRegressor, **KINDS[kind]).fit(X, T), whole)


@pytest.mark.parametrize("kind", ["adam", "early stopping", "adaptive sgd"])
def test_a_larger_number_of_epochs_goes_on_and_a_finished_fit_stays(kind, tmp_path):
    path = tmp_path / "training"
    whole = model(None, **{**KINDS[kind], "resume": False, "max_iter": 30}).fit(X, Y)
    short = model(path, **KINDS[kind], max_iter=9).fit(X, Y)
    check_equal(model(path, **KINDS[kind], max_iter=9).fit(X, Y), short)
    check_equal(model(path, **KINDS[kind], max_iter=30).fit(X, Y), whole)
    check_equal(model(path, **KINDS[kind], max_iter=30).fit(X, Y), whole)


def test_a_fit_that_ran_out_of_patience_stays_as_it_is(tmp_path):
    path = tmp_path / "training"
    parameters = {"tol": 10.0, "n_iter_no_change": 2, "max_iter": 50}
    first = model(path, **parameters).fit(X, Y)
    assert first.stopped_by_ == "patience"
    check_equal(model(path, **{**parameters, "max_iter": 500}).fit(X, Y), first)


def test_without_resume_a_fit_starts_anew(tmp_path):
    path = tmp_path / "training"
    first = model(path, resume=False).fit(X, Y)
    check_equal(model(path, resume=False).fit(X, Y), first)
    assert model(path, resume=False, max_iter=3).fit(X, Y).n_iter_ == 3


def test_an_unseeded_fit_resumes_with_its_own_draws(tmp_path):
    path = tmp_path / "training"
    first = model(path, random_state=None).fit(X, Y)
    check_equal(model(path, random_state=None).fit(X, Y), first)


OTHERS = {
    "X is not what it was": lambda m: m.fit(X + 1, Y, eval_set=EVAL),
    "y is not what it was": lambda m: m.fit(X, (Y + 1) % 3, eval_set=EVAL),
    "sample_weight is not what it was": lambda m: m.fit(X, Y, np.ones(300), eval_set=EVAL),
    "eval_set X is not what it was": lambda m: m.fit(X, Y, eval_set=(X, Y)),
    "classes was": lambda m: m.fit(
        X, np.array(["a", "b", "c"])[Y], eval_set=(EVAL[0], np.array(["a", "b", "c"])[EVAL[1]])
    ),
    "the architecture was": lambda m: m.set_params(hidden_layer_sizes=(9,)).fit(
        X, Y, eval_set=EVAL
    ),
    "optimizer was 'Adam' and is 'SGD'": lambda m: m.set_params(solver="sgd").fit(
        X, Y, eval_set=EVAL
    ),
    "learning_rate was": lambda m: m.set_params(learning_rate_init=0.1).fit(X, Y, eval_set=EVAL),
    "random_state was": lambda m: m.set_params(random_state=4).fit(X, Y, eval_set=EVAL),
    "batch_size was": lambda m: m.set_params(batch_size=7).fit(X, Y, eval_set=EVAL),
    "l2 was": lambda m: m.set_params(alpha=0.5).fit(X, Y, eval_set=EVAL),
    "tol was": lambda m: m.set_params(tol=0.5).fit(X, Y, eval_set=EVAL),
    "n_iter_no_change was": lambda m: m.set_params(n_iter_no_change=3).fit(X, Y, eval_set=EVAL),
    "restore_best was": lambda m: m.set_params(early_stopping=True).fit(X, Y, eval_set=EVAL),
}


@pytest.mark.parametrize("what", OTHERS)
def test_the_checkpoint_of_another_fit_is_refused(what, tmp_path):
    path = tmp_path / "training"
    model(path).fit(X, Y, eval_set=EVAL)
    with pytest.raises(gl.ParameterError, match=what):
        OTHERS[what](model(path, max_iter=40))


def test_another_encoding_of_a_frame_is_refused(tmp_path):
    path = tmp_path / "training"
    frame = pd.DataFrame(X, columns=list("abcde")).assign(f=np.where(Y == 1, "x", "y"))
    model(path).fit(frame, Y)
    with pytest.raises(gl.ParameterError, match="columns was"):
        model(path).fit(frame.assign(f=np.where(Y == 1, "x", "z")), Y)


@pytest.mark.parametrize("damage", [b"", b"cut", "half", "flip"])
def test_a_damaged_checkpoint_is_refused(damage, tmp_path):
    path = tmp_path / "training"
    model(path).fit(X, Y)
    whole = bytearray(path.read_bytes())
    if damage == "half":
        path.write_bytes(whole[: len(whole) // 2])
    elif damage == "flip":
        whole[len(whole) // 2] ^= 1
        path.write_bytes(whole)
    else:
        path.write_bytes(damage)
    with pytest.raises(gl.ModelFileError):
        model(path).fit(X, Y)


FIT = """
import sys
import numpy as np
import ganglion as gl
rng = np.random.default_rng(0)
X = rng.normal(size=(2000, 20)); y = (X[:, 0] > 0).astype(int)
m = gl.MLPClassifier((64,), random_state=0, batch_size=32, max_iter=int(sys.argv[2]), tol=0, n_iter_no_change=10**9,
                     dropout=0.1, checkpoint=sys.argv[1], resume=True)
m.fit(X, y, eval_set=(X[:100], y[:100]))
print(m.n_iter_, *(w.tobytes().hex() for w in [*m.coefs_, *m.intercepts_]), m.loss_curve_, m.validation_loss_curve_)
"""


def test_killed_processes_leave_what_the_next_one_needs(tmp_path):
    n_epochs = "60"
    command = [sys.executable, "-c", FIT]
    whole = subprocess.run(
        [*command, tmp_path / "whole", n_epochs], capture_output=True, check=True
    )
    waits = np.random.default_rng(0).uniform(0.0, 0.5, size=6)
    for wait in waits:
        process = subprocess.Popen(
            [*command, tmp_path / "killed", n_epochs], stdout=subprocess.PIPE
        )
        until = time.monotonic() + 300
        while not (tmp_path / "killed").exists() and time.monotonic() < until:
            time.sleep(0.01)
        time.sleep(wait)
        process.send_signal(signal.SIGKILL)
        process.communicate()
    after = subprocess.run(
        [*command, tmp_path / "killed", n_epochs], capture_output=True, check=True
    )
    assert after.stdout == whole.stdout
