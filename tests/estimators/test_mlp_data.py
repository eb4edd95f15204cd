"""What the networks' estimators take as samples, targets and weights, and what they refuse by name."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import scipy.sparse as sp

import ganglion as gl

RNG = np.random.default_rng(0)
X = RNG.normal(size=(80, 4))
Y = np.arange(80) % 3
T = X @ [1.0, 2.0, 3.0, -1.0]
BOTH = [(gl.MLPClassifier, Y), (gl.MLPRegressor, T)]


def model(estimator=gl.MLPClassifier, **parameters):
    return estimator(**{"hidden_layer_sizes": (6,), "max_iter": 5, "random_state": 0} | parameters)


def put(array, at, value):
    changed = array.astype(np.float64)
    changed[at] = value
    return changed


@pytest.mark.parametrize(("estimator", "y"), BOTH)
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
class TestNumbersThatAreNone:
    def test_in_X(self, estimator, y, bad):
        with pytest.raises(
            gl.DataError, match=r"X must be finite; .* the first at row 7, column 2"
        ):
            model(estimator).fit(put(X, (7, 2), bad), y)
        fitted = model(estimator).fit(X, y)
        with pytest.raises(
            gl.DataError, match=r"X must be finite; .* the first at row 7, column 2"
        ):
            fitted.predict(put(X, (7, 2), bad))
        with pytest.raises(ValueError, match="X must be finite"):
            fitted.partial_fit(put(X, (7, 2), bad), y)

    def test_in_y(self, estimator, y, bad):
        with pytest.raises(gl.DataError, match="y must "):
            model(estimator).fit(X, put(y, 5, bad))

    def test_in_the_weights(self, estimator, y, bad):
        with pytest.raises(gl.DataError, match=r"sample_weight must be finite; .* at row 3"):
            model(estimator).fit(X, y, sample_weight=put(np.ones(80), 3, bad))

    def test_in_the_eval_set(self, estimator, y, bad):
        with pytest.raises(gl.DataError, match="eval_set: X must be finite"):
            model(estimator).fit(X, y, eval_set=(put(X, (7, 2), bad), y))
        with pytest.raises(gl.DataError, match="eval_set: y must "):
            model(estimator).fit(X, y, eval_set=(X, put(y, 5, bad)))
        with pytest.raises(gl.DataError, match="eval_set: sample_weight must be finite"):
            model(estimator).fit(X, y, eval_set=(X, y, put(np.ones(80), 3, bad)))


def test_nan_is_said_with_the_way_to_have_it_filled():
    with pytest.raises(gl.DataError, match="missing='impute' fills in what is missing"):
        model().fit(put(X, (7, 2), np.nan), Y)


@pytest.mark.parametrize(("estimator", "y"), BOTH)
def test_what_float32_cannot_hold_is_refused(estimator, y):
    with pytest.raises(gl.DataError, match="X must fit into float32"):
        model(estimator, dtype="float32").fit(put(X, (7, 2), 1e39), y)
    fitted = model(estimator).fit(X.astype(np.float32), y)
    with pytest.raises(gl.DataError, match="X must fit into float32"):
        fitted.predict(put(X, (7, 2), 1e39))
    with pytest.raises(gl.DataError, match="eval_set: X must fit into float32"):
        model(estimator, dtype="float32").fit(X, y, eval_set=(put(X, (7, 2), 1e39), y))
    with pytest.raises(gl.DataError, match="y must fit into float32"):
        model(gl.MLPRegressor, dtype="float32").fit(X, put(T, 5, 1e39))


WRONG = {
    "sample_weight must not be negative; got -1.0 at row 2": lambda y: (
        X,
        y,
        put(np.ones(80), 2, -1),
    ),
    r"sample_weight.shape must be \(80,\)": lambda y: (X, y, np.ones(79)),
    "y must have a target for each row: there are 80 rows and 79": lambda y: (X, y[:79]),
    "y must have a target for each row: there are 80 rows and one value": lambda y: (X, 3),
    "minimum of 1 is required": lambda y: (X[:0], y[:0]),
    "Expected 2D array, got 1D array": lambda y: (X[:, 0], y),
    "requires y to be passed, but the target y is None": lambda y: (X, None),
}


@pytest.mark.parametrize(("estimator", "y"), BOTH)
@pytest.mark.parametrize("message", WRONG)
def test_data_that_do_not_fit_are_named(estimator, y, message):
    with pytest.raises(ValueError, match=message):
        model(estimator).fit(*WRONG[message](y))


@pytest.mark.parametrize(("estimator", "y"), BOTH)
def test_another_width_is_refused(estimator, y):
    fitted = model(estimator).fit(X, y)
    with pytest.raises(ValueError, match=r"X has 3 features, but .* is expecting 4"):
        fitted.predict(X[:, :3])
    with pytest.raises(ValueError, match=r"X has 3 features, but .* is expecting 4"):
        model(estimator).fit(X, y, eval_set=(X[:, :3], y))
    with pytest.raises(gl.ParameterError, match=r"eval_set must be \(X, y\)"):
        model(estimator).fit(X, y, eval_set=X)


def test_labels_of_the_eval_set_must_be_those_of_y():
    with pytest.raises(
        gl.DataError, match=r"eval_set: y must hold the known classes, 0, 1, 2; got 3"
    ):
        model().fit(X, Y, eval_set=(X, Y + 1))
    names = np.array(["a", "b", "c"])[Y]
    with pytest.raises(
        gl.DataError, match="eval_set: y must hold the known classes, 'a', 'b', 'c'"
    ):
        model().fit(X, names, eval_set=(X, Y))


def test_targets_that_are_no_labels_are_refused():
    with pytest.raises(ValueError, match="Unknown label type"):
        model().fit(X, T)
    with pytest.raises(gl.DataError, match="Multioutput target data is not supported"):
        model().fit(X, np.stack([Y, Y], axis=1))
    with pytest.raises(ValueError, match=r"Labels must be of one kind, .* y mixes them"):
        model().fit(X, np.array([1, "a"] * 40, dtype=object))
    with pytest.raises(gl.DataError, match="y must hold a label for each row; got None at row 1"):
        model().fit(X, np.array(["a", None] * 40, dtype=object))
    with pytest.raises(ValueError, match="y must hold real numbers"):
        model(gl.MLPRegressor).fit(X, np.array(["a"] * 80))
    with pytest.raises(gl.DataError, match="y must be dense"):
        model(gl.MLPRegressor).fit(X, sp.csr_array(X))


def test_a_failed_fit_leaves_the_estimator_as_it_was():
    fitted = model().fit(X, Y)
    before = fitted.predict_proba(X)
    with pytest.raises(ValueError, match="X has 4 features"):
        fitted.fit(X[:, :2], Y, eval_set=(X, Y))
    assert fitted.n_features_in_ == 4
    assert np.array_equal(fitted.predict_proba(X), before)


LABELS = {
    "integers": Y,
    "others": Y * 7 - 3,
    "texts": np.array(["low", "mid", "high"])[Y],
    "objects": np.array(["low", "mid", "high"], dtype=object)[Y],
    "floats": Y.astype(np.float32),
    "booleans": Y == 1,
    "a list": np.array(["low", "mid", "high"])[Y].tolist(),
    "pandas": pd.Series(Y, dtype="category"),
    "nullable": pd.Series(Y, dtype="Int64"),
    "polars": pl.Series(["low", "mid", "high"] * 27)[:80],
}


@pytest.mark.parametrize("kind", LABELS)
def test_labels_come_back_as_they_were(kind):
    y = np.asarray(LABELS[kind])
    fitted = model(max_iter=60, learning_rate_init=0.05).fit(np.eye(3)[Y], LABELS[kind])
    assert fitted.classes_.tolist() == sorted(set(y.tolist()))
    predicted = fitted.predict(np.eye(3)[Y])
    assert predicted.tolist() == y.tolist()
    if y.dtype.kind != "O":
        assert predicted.dtype == y.dtype


def test_a_single_class_is_always_predicted():
    fitted = model().fit(X, np.full(80, "only"))
    assert set(fitted.predict(X)) == {"only"}
    assert fitted.predict_proba(X).tolist() == [[1.0]] * 80


def test_the_shape_of_numbers_comes_back():
    assert model(gl.MLPRegressor).fit(X, T).predict(X).shape == (80,)
    two = np.stack([T, -T], axis=1)
    fitted = model(gl.MLPRegressor, solver="lbfgs", max_iter=300, hidden_layer_sizes=()).fit(X, two)
    assert fitted.predict(X).shape == (80, 2)
    np.testing.assert_allclose(fitted.predict(X), two, atol=1e-2)
    assert fitted.n_outputs_ == 2


def test_rows_with_several_labels_come_back_as_they_came():
    labels = np.stack([X[:, 0] > 0, X[:, 1] > 0], axis=1).astype(int)
    fitted = model(max_iter=300, learning_rate_init=0.05).fit(X, labels)
    assert (fitted.predict(X) == labels).mean() > 0.95
    assert fitted.predict_proba(X).shape == (80, 2)
    sparse = model(max_iter=300, learning_rate_init=0.05).fit(X, sp.csr_array(labels))
    found = sparse.predict(X)
    assert sp.issparse(found)
    assert np.array_equal(found.toarray(), fitted.predict(X))


@pytest.mark.parametrize(("estimator", "y"), BOTH)
@pytest.mark.parametrize("kind", [sp.csr_array, sp.csc_matrix, sp.coo_array])
def test_a_sparse_matrix_is_the_array_that_it_holds(estimator, y, kind):
    some = X * (RNG.random(X.shape) < 0.4)
    plain, sparse = model(estimator).fit(some, y), model(estimator).fit(kind(some), y)
    assert np.array_equal(plain.coefs_[0], sparse.coefs_[0])
    assert np.array_equal(plain.predict(some), sparse.predict(kind(some)))
    assert np.array_equal(plain.predict(some), sparse.predict(some))


def test_many_sparse_rows_are_predicted_block_by_block():
    fitted = model().fit(X, Y)
    tall = sp.csr_array(np.tile(X, (130, 1)))
    assert np.array_equal(fitted.predict_proba(tall)[-80:], fitted.predict_proba(X))


def test_a_sparse_matrix_that_cannot_be_dense_is_refused_before_it_is_tried():
    wide = sp.csr_array((np.ones(2), ([0, 1], [0, 2**33])), shape=(2**10, 2**34))
    with pytest.raises((gl.MemoryPlanError, gl.DataError, ValueError)):
        model().fit(wide, np.arange(2**10) % 2)
    large = sp.csr_array((np.ones(2), ([0, 1], [0, 1])), shape=(2**20, 2**30))
    with pytest.raises(gl.MemoryPlanError, match="takes 9,007,199,254,740,992 bytes"):
        model().fit(large, np.arange(2**20) % 2)


@pytest.mark.parametrize("library", [pd.DataFrame, pl.DataFrame, pa.table])
def test_a_frame_of_numbers_is_the_array_that_it_holds(library):
    frame = library({name: X[:, at] for at, name in enumerate("abcd")})
    framed, plain = model().fit(frame, Y), model().fit(X, Y)
    assert list(framed.feature_names_in_) == list("abcd")
    assert np.array_equal(framed.coefs_[0], plain.coefs_[0])
    assert np.array_equal(framed.predict(frame), plain.predict(X))


MIXED = {
    "size": [1.0, 2.0, None, 4.0] * 20,
    "colour": ["red", "blue", None, "red"] * 20,
    "is_new": [True, False, True, False] * 20,
    "count": list(range(80)),
}


@pytest.mark.parametrize("library", [pd.DataFrame, pl.DataFrame, pa.table])
def test_a_frame_of_anything_becomes_numbers(library):
    frame = library(MIXED)
    y = np.array(["a", "b", "a", "c"] * 20)
    fitted = model(max_iter=200, learning_rate_init=0.05).fit(frame, y)
    assert fitted.n_features_in_ == 4
    assert list(fitted.feature_names_in_) == list(MIXED)
    assert fitted.inputs_ == [
        "size", "size is missing", "colour=blue", "colour=red", "is_new=false", "is_new=true", "count",
    ]  # fmt: skip
    assert fitted.coefs_[0].shape == (7, 6)
    assert fitted.score(frame, y) == 1.0
    strange = library({"size": [None], "colour": ["green"], "is_new": [None], "count": [3]})
    assert fitted.predict(strange).shape == (1,)


def test_a_row_of_a_frame_has_the_same_bits_alone():
    frame = pd.DataFrame(MIXED)
    fitted = model().fit(frame, Y)
    together = fitted.predict_proba(frame)
    alone = np.concatenate([fitted.predict_proba(frame.iloc[[row]]) for row in range(len(frame))])
    assert np.array_equal(alone, together)


def test_columns_are_checked_by_name_and_order():
    frame = pd.DataFrame(MIXED)
    fitted = model().fit(frame, Y)
    with pytest.raises(ValueError, match="feature names should match"):
        fitted.predict(frame[["colour", "size", "is_new", "count"]])
    with pytest.raises(ValueError, match="feature names should match"):
        fitted.predict(frame.rename(columns={"size": "length"}))
    with pytest.raises(gl.DataError, match="Column 'size' must hold numbers"):
        fitted.predict(frame.assign(size="large"))
    with pytest.warns(UserWarning, match="does not have valid feature names"):
        as_objects = fitted.predict(frame.to_numpy(dtype=object))
    assert np.array_equal(as_objects, fitted.predict(frame))


def test_gaps_can_be_refused_or_filled():
    frame = pd.DataFrame({"age": [1.0, np.nan, 3.0, 5.0] * 20, "b": np.arange(80.0)})
    with pytest.raises(
        gl.DataError, match=r"column 'age' misses 20, the first at row 1. Drop those"
    ):
        model(missing="error").fit(frame, Y)
    assert model().fit(frame, Y).inputs_ == ["age", "age is missing", "b"]
    array = frame.to_numpy()
    with pytest.raises(gl.DataError, match="X must be finite"):
        model().fit(array, Y)
    fitted = model(missing="impute").fit(array, Y)
    assert fitted.inputs_ == ["x0", "x0 is missing", "x1"]
    assert fitted.predict([[np.nan, np.nan]]).shape == (1,)
    with pytest.raises(gl.DataError, match="X must be finite; it holds 1 infinity"):
        fitted.predict([[np.inf, 1.0]])


def test_dates_are_refused_with_advice():
    frame = pd.DataFrame({"day": pd.date_range("2026-01-01", periods=80), "b": np.arange(80.0)})
    with pytest.raises(gl.DataError, match=r"'day' holds dates. Turn them into numbers"):
        model().fit(frame, Y)


def test_scaled_numbers_make_their_scale_irrelevant():
    far = X * [1e6, 1e-6, 1.0, 1e3] + [1e7, 0, 5, 0]
    fitted = model(scale="standard", max_iter=20).fit(X, Y)
    same = model(scale="standard", max_iter=20).fit(far, Y)
    np.testing.assert_allclose(same.predict_proba(far), fitted.predict_proba(X), atol=1e-6)
    assert model(scale="robust").fit(far, Y).loss_ < 3
