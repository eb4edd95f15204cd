"""What the networks' estimators refuse at the gate, and what they take as it is: frames, labels, weights, steps."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.base import clone

import ganglion as gl

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 4))
LABELS = np.array(["a", "b", "c"])[(X[:, 0] > 0).astype(int) + (X[:, 1] > 0.5)]
NUMBERS = 2 * X[:, 0]
BOTH = [(gl.MLPClassifier, LABELS), (gl.MLPRegressor, NUMBERS)]


def model(estimator=gl.MLPClassifier, **parameters):
    given = {"hidden_layer_sizes": (8,), "max_iter": 3, "random_state": 0}
    return estimator(**given | parameters)


def finite_everywhere(fitted):
    given = getattr(fitted, "predict_proba", fitted.predict)(X)
    return bool(np.isfinite(given).all())


@pytest.fixture
def no_warnings():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


@pytest.mark.parametrize(("estimator", "y"), BOTH)
@pytest.mark.parametrize("solver", ["adam", "sgd", "rmsprop"])
def test_a_last_step_out_of_the_finite_numbers_is_a_divergence(estimator, y, solver, no_warnings):
    fitted = model(estimator, solver=solver, learning_rate_init=1e290, max_iter=1)
    with pytest.raises(gl.DivergenceError, match="in epoch 1: the loss after the last step"):
        fitted.fit(X, y)
    assert finite_everywhere(fitted)
    assert fitted.n_iter_ == len(fitted.loss_curve_) == 1


@pytest.mark.parametrize(("estimator", "y"), BOTH)
def test_a_divergence_of_the_last_step_leaves_what_was_trained(estimator, y):
    fitted = model(estimator, warm_start=True, max_iter=20).fit(X, y)
    score, before = fitted.score(X, y), [array.copy() for array in fitted.coefs_]
    fitted.set_params(max_iter=1, learning_rate_init=1e200)
    with pytest.raises(gl.DivergenceError, match="the loss after the last step"):
        fitted.fit(X, y)
    assert fitted.score(X, y) == score
    assert all(np.array_equal(a, b) for a, b in zip(before, fitted.coefs_, strict=True))


def test_a_checkpoint_of_a_divergence_in_the_last_step_says_so_again(tmp_path):
    settings = {"learning_rate_init": 1e200, "max_iter": 1, "checkpoint": str(tmp_path / "c")}
    for resume in (False, True):
        fitted = model(gl.MLPRegressor, **settings, resume=resume)
        with pytest.raises(gl.DivergenceError, match="in epoch 1"):
            fitted.fit(X, NUMBERS)
        assert finite_everywhere(fitted)


@pytest.mark.parametrize(("estimator", "y"), BOTH)
def test_one_call_of_partial_fit_that_diverges_leaves_what_predicts(estimator, y):
    fitted = model(estimator, learning_rate_init=1e200)
    more = {"classes": np.unique(y)} if estimator is gl.MLPClassifier else {}
    with pytest.raises(gl.DivergenceError, match="the loss after the last step"):
        fitted.partial_fit(X, y, **more)
    assert finite_everywhere(fitted)


def test_large_steps_that_stay_finite_are_no_divergence():
    fitted = model(learning_rate_init=1e5, max_iter=1).fit(X, LABELS)
    assert max(np.abs(array).max() for array in fitted.coefs_) > 1e4
    assert finite_everywhere(fitted)


def test_columns_of_one_name_are_refused():
    frame = pd.DataFrame(X, columns=list("abca"))
    with pytest.raises(gl.DataError, match="different names; 'a' names 2 of them"):
        model().fit(frame, LABELS)
    fitted = model().fit(frame.set_axis(list("abcd"), axis=1), LABELS)
    with pytest.raises(gl.DataError, match="different names; 'a' names 2 of them"):
        fitted.predict(frame)


def test_a_frame_without_columns_is_refused():
    with pytest.raises(gl.DataError, match="at least one column"):
        model().fit(pd.DataFrame(index=range(60)), LABELS)


@pytest.mark.filterwarnings("ignore:Determining the column names")
def test_a_plan_for_a_frame_is_refused():
    with pytest.raises(gl.DataError, match=r"got a LazyFrame.*collect"):
        model().fit(pl.DataFrame(X, schema=list("abcd")).lazy(), LABELS)


@pytest.mark.parametrize("library", [pd.DataFrame, pl.DataFrame])
def test_a_frame_of_float32_stays_float32(library):
    columns = {"a": X[:, 0].astype(np.float32), "b": X[:, 1].astype(np.float32)}
    with_gaps = columns | {"b": np.where(X[:, 1] > 0, np.float32(np.nan), columns["b"])}
    mixed = columns | {"c": X[:, 2]}
    texts = columns | {"s": ["x", "y"] * 30}
    found = [
        model().fit(library(frame), LABELS).coefs_[0].dtype.name
        for frame in (columns, with_gaps, texts, mixed)
    ]
    assert found == ["float32", "float32", "float32", "float64"]


@pytest.mark.parametrize(
    "y",
    [
        pd.Series([None, *([0, 1] * 29), 1], dtype="Int64"),
        pl.Series([None, *([0, 1] * 29), 1]),
        np.array(["NaT", *(["2020-01-01", "2020-01-02"] * 29), "2020-01-01"], dtype="M8[D]"),
    ],
    ids=["pandas", "polars", "dates"],
)
def test_a_label_that_is_missing_is_named_by_its_row(y, no_warnings):
    with pytest.raises(gl.DataError, match=r"y must hold a label for each row; got .* at row 0"):
        model().fit(X, y)


@pytest.mark.parametrize("y", BOTH, ids=["classifier", "regressor"])
def test_errors_of_shape_say_that_they_are_about_the_eval_set(y):
    estimator, targets = y
    for other in ((X[:, :3], targets), (X[:0], targets[:0]), (X[0], targets[:1])):
        with pytest.raises(gl.DataError, match=r"^eval_set: "):
            model(estimator).fit(X, targets, eval_set=other)


@pytest.mark.parametrize(("estimator", "y"), BOTH)
def test_a_weight_that_float32_cannot_hold_is_refused(estimator, y):
    weights = np.ones(60)
    weights[5] = 1e300
    for dtype in ("float32", "float64"):
        fitted = model(estimator, dtype=dtype)
        if dtype == "float64":
            assert finite_everywhere(fitted.fit(X, y, sample_weight=weights))
            continue
        with pytest.raises(gl.DataError, match=r"^sample_weight must fit into float32"):
            fitted.fit(X, y, sample_weight=weights)
        with pytest.raises(gl.DataError, match=r"^eval_set: sample_weight must fit into float32"):
            fitted.fit(X, y, eval_set=(X, y, weights))


@pytest.mark.parametrize("class_weight", ["balanced", {"a": 2.0, "b": 0.5}])
def test_the_scale_of_weights_does_not_show_however_large(class_weight, no_warnings):
    fitted = model(class_weight=class_weight, solver="sgd", alpha=0.0)  # a penalty knows the scale
    alone, heavy = (
        clone(fitted).fit(X, LABELS, sample_weight=np.full(60, w)) for w in (1.0, 1e308)
    )
    for a, b in zip(alone.coefs_, heavy.coefs_, strict=True):  # steps differ by rounding alone
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize(("estimator", "y"), BOTH)
def test_a_split_that_leaves_no_weight_says_which_side(estimator, y):
    weights = np.zeros(60)
    weights[0] = 1
    with pytest.raises(gl.DataError, match=r"all \d+ rows that are (left|held out)"):
        model(estimator, early_stopping=True).fit(X, y, sample_weight=weights)


@pytest.mark.parametrize("classes", [["a", "b"], list("abcd"), [1, 2, 3], ["x", "y", "z"]])
def test_other_classes_in_a_further_partial_fit_are_refused(classes):
    fitted = model().partial_fit(X, LABELS, classes=list("cab"))
    fitted.partial_fit(X, LABELS, classes=list("abc"))
    with pytest.raises(gl.ParameterError, match="classes must be those of the first call"):
        fitted.partial_fit(X, LABELS, classes=classes)
    assert len(fitted.loss_curve_) == 2


@pytest.mark.parametrize("classes", [[], "abc", 3])
def test_classes_must_be_a_list_of_labels(classes):
    with pytest.raises(gl.ParameterError, match="classes must be a list of labels"):
        model().partial_fit(X, LABELS, classes=classes)


def test_a_class_that_is_missing_is_refused():
    with pytest.raises(gl.DataError, match="classes must hold a label for each row; got nan"):
        model().partial_fit(X, NUMBERS > 0, classes=[0.0, 1.0, np.nan])


@pytest.mark.parametrize("y", [None, 3])
def test_a_first_partial_fit_needs_labels(y):
    with pytest.raises(gl.DataError, match="y must"):
        model().partial_fit(X, y, classes=["a", "b"])


def test_going_on_in_another_dtype_is_refused():
    fitted = model(warm_start=True, dtype="float64").fit(X, LABELS)
    fitted.set_params(dtype="float32")
    with pytest.raises(gl.ParameterError, match="same dtype; the network has float64"):
        fitted.fit(X, LABELS)
    with pytest.raises(gl.ParameterError, match="same dtype; the network has float64"):
        fitted.partial_fit(X, LABELS)
    fitted.set_params(dtype=None).fit(X.astype(np.float32), LABELS)
    assert fitted.coefs_[0].dtype == np.float64
