"""scikit-learn's callbacks (1.9 and later) see every step; earlier versions do without."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
import sklearn
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import ganglion as gl
from oracles.kmeans_cases import blobs

X = blobs(200, 3)
TRUTH = np.arange(200) % 2

WITH_CALLBACKS = tuple(int(part) for part in sklearn.__version__.split(".")[:2]) >= (1, 9)


class Diary:
    """A callback that writes down what it is told."""

    def __init__(self, stop_after=None):
        self.lines, self.n_ended, self.stop_after = [], 0, stop_after

    def setup(self, estimator, context):
        self.lines.append(("setup", context.task_name))

    def teardown(self, estimator, context):
        self.lines.append(("teardown", context.task_name))

    def on_fit_task_begin(self, estimator, context, *, X=None, metadata=None):
        self.lines.append(("begin", context.task_name))

    def on_fit_task_end(
        self, estimator, context, *, X=None, y=None, metadata=None, fitted_estimator=None
    ):
        self.lines.append(("end", context.task_name))
        if context.task_name != "step":
            return False
        self.n_ended += 1
        self.fitted, self.metadata = fitted_estimator, metadata
        return self.n_ended == self.stop_after


if WITH_CALLBACKS:
    from sklearn.callback import ProgressBar, ScoringMonitor

    @pytest.mark.parametrize("estimator", [gl.KMeans, gl.MiniBatchKMeans])
    def test_every_step_is_a_task(estimator):
        diary = Diary()
        model = estimator(5, random_state=0).set_callbacks(diary).fit(X)
        steps = [("begin", "step"), ("end", "step")] * getattr(model, "n_steps_", model.n_iter_)
        assert diary.lines == [
            ("setup", "fit"),
            ("begin", "fit"),
            *steps,
            ("end", "fit"),
            ("teardown", "fit"),
        ]
        assert np.array_equal(model.labels_, estimator(5, random_state=0).fit(X).labels_)

    def test_every_start_is_a_task_of_its_own():
        diary = Diary()
        gl.KMeans(5, n_init=3, random_state=0).set_callbacks(diary).fit(X)
        assert [line for line in diary.lines if line[1] == "start"] == [
            ("begin", "start"),
            ("end", "start"),
        ] * 3
        assert diary.lines[-3:] == [("end", "start"), ("end", "fit"), ("teardown", "fit")]

    @pytest.mark.parametrize("estimator", [gl.KMeans, gl.MiniBatchKMeans])
    def test_a_callback_may_stop_the_fit(estimator):
        model = estimator(5, init=X[:5], random_state=0).set_callbacks(Diary(stop_after=2)).fit(X)
        assert model.stopped_by_ == "progress"
        assert not model.converged_
        assert getattr(model, "n_steps_", model.n_iter_) == 2
        assert np.array_equal(model.labels_, model.predict(X))

    @pytest.mark.parametrize("estimator", [gl.KMeans, gl.MiniBatchKMeans])
    def test_a_step_hands_over_an_estimator_as_if_the_fit_had_stopped_there(estimator):
        diary = Diary(stop_after=3)
        weight = np.ones(200)
        model = (
            estimator(5, init=X[:5], random_state=0)
            .set_callbacks(diary)
            .fit(X, sample_weight=weight)
        )
        assert diary.metadata == {"sample_weight": weight}
        assert np.array_equal(diary.fitted.cluster_centers_, model.cluster_centers_)
        assert np.array_equal(diary.fitted.predict(X), model.labels_)

    def test_scores_are_monitored_step_by_step():
        monitor = ScoringMonitor(scoring=["adjusted_rand_score"])
        model = gl.KMeans(5, random_state=0).set_callbacks(monitor).fit(X, TRUTH)
        rows = [row for row in monitor.get_logs().data if row["task_name"] == "step"]
        assert [row["task_id"] for row in rows] == list(range(model.n_iter_))
        assert all(-1 <= row["adjusted_rand_score"] <= 1 for row in rows)

    def test_the_monitored_inertia_never_rises():
        monitor = ScoringMonitor(scoring={"score": lambda estimator, X, y: estimator.score(X)})
        model = gl.KMeans(5, init=X[:5]).set_callbacks(monitor).fit(X, TRUTH)
        scores = [row["score"] for row in monitor.get_logs().data if row["task_name"] == "step"]
        assert len(scores) == model.n_iter_
        assert np.all(np.diff(scores) >= 0)
        assert scores[-1] == pytest.approx(-model.inertia_, rel=1e-12)

    @pytest.mark.parametrize(
        "estimator", [gl.KMeans(5, n_init=2, random_state=0), gl.MiniBatchKMeans(5)]
    )
    def test_a_progress_bar_runs_to_its_end(estimator, capsys):
        estimator.set_callbacks(ProgressBar(max_propagation_depth=None)).fit(X)
        shown = capsys.readouterr().out
        assert f"{type(estimator).__name__} - fit" in shown
        assert "100%" in shown

    def test_a_pipeline_shows_the_steps_inside(capsys):
        bar = ProgressBar(max_propagation_depth=None)
        make_pipeline(StandardScaler(), gl.KMeans(3, random_state=0)).set_callbacks(bar).fit(X)
        assert "KMeans - fit" in capsys.readouterr().out

    def test_callbacks_are_told_of_a_failure():
        diary = Diary()
        with pytest.raises(gl.ParameterError):
            gl.KMeans(500).set_callbacks(diary).fit(X)
        assert diary.lines == [("setup", "fit"), ("begin", "fit"), ("teardown", "fit")]


WITHOUT = """
import sys
sys.modules["sklearn.callback"] = None  # as in scikit-learn 1.8: there is no such module to import
import ganglion as gl
model = gl.KMeans(2, random_state=0).fit([[0.0], [1.0], [9.0]])
assert not hasattr(model, "set_callbacks")
print(model.inertia_)
"""


def test_without_callbacks_estimators_work_as_before():
    done = subprocess.run([sys.executable, "-c", WITHOUT], capture_output=True, text=True)
    assert done.stdout.strip() == "0.5", done.stderr
