"""The metrics: scikit-learn's numbers, weights as repetition, cases by hand, and what they refuse."""

import numpy as np
import pytest
from sklearn import metrics as peers

import ganglion as gl
from ganglion.nn.metrics import metrics


def balanced_accuracy(y, outputs, w):
    return peers.balanced_accuracy_score(y, predicted(outputs), sample_weight=w)


def predicted(outputs):
    """The classes that are predicted."""
    return (outputs[:, 0] > 0.5).astype(int) if outputs.shape[1] == 1 else outputs.argmax(axis=1)


def roc_auc(y, outputs, w):
    if outputs.shape[1] <= 2:
        return peers.roc_auc_score(y, outputs[:, -1], sample_weight=w)
    return peers.roc_auc_score(y, outputs, sample_weight=w, multi_class="ovr")


PEERS_OF_CLASSES = {
    "accuracy": lambda y, o, w: peers.accuracy_score(y, predicted(o), sample_weight=w),
    "balanced_accuracy": balanced_accuracy,
    "f1_macro": lambda y, o, w: peers.f1_score(
        y, predicted(o), sample_weight=w, average="macro", zero_division=0
    ),
    "log_loss": lambda y, o, w: peers.log_loss(
        y, o[:, 0] if o.shape[1] == 1 else o, sample_weight=w, labels=range(max(2, o.shape[1]))
    ),
    "roc_auc": roc_auc,
}
PEERS_OF_SEVERAL = {
    "accuracy": lambda y, o, w: peers.accuracy_score(y, o > 0.5, sample_weight=w),
    "f1_macro": lambda y, o, w: peers.f1_score(
        y, o > 0.5, sample_weight=w, average="macro", zero_division=0
    ),
    "roc_auc": lambda y, o, w: peers.roc_auc_score(y, o, sample_weight=w),
}
PEERS_OF_VALUES = {
    "r2": lambda y, o, w: peers.r2_score(y, o, sample_weight=w),
    "rmse": lambda y, o, w: peers.root_mean_squared_error(y, o, sample_weight=w),
    "mse": lambda y, o, w: peers.mean_squared_error(y, o, sample_weight=w),
    "mae": lambda y, o, w: peers.mean_absolute_error(y, o, sample_weight=w),
}


def classified(n, k, seed):
    """Labels and probabilities with ties, right a little more often than by chance."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, max(k, 2), n)
    raw = rng.integers(1, 8, (n, max(k, 2))).astype(float)
    raw[np.arange(n), y] += 2
    outputs = raw / raw.sum(axis=1, keepdims=True)
    return y, outputs[:, 1:] if k == 1 else outputs


def test_every_metric_has_a_peer():
    assert set(metrics) == {*PEERS_OF_CLASSES, *PEERS_OF_VALUES}
    for name, metric in metrics.items():
        assert metric.name == name
        assert metric.kind == ("classes" if name in PEERS_OF_CLASSES else "values")
        assert metric.is_larger_better == (name not in ("log_loss", "rmse", "mse", "mae"))


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("k", [1, 2, 3, 6])
@pytest.mark.parametrize("name", PEERS_OF_CLASSES)
def test_a_metric_of_classes_is_scikit_learns(name, k, weighted):
    for seed in range(5):
        y, outputs = classified(60, k, seed)
        weights = np.random.default_rng(seed).random(60) if weighted else None
        expected = PEERS_OF_CLASSES[name](y, outputs, weights)
        assert metrics[name](y, outputs, weights) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("name", PEERS_OF_SEVERAL)
def test_a_metric_of_several_labels_is_scikit_learns(name, weighted):
    for seed in range(5):
        rng = np.random.default_rng(seed)
        y, outputs = rng.integers(0, 2, (50, 4)), rng.random((50, 4)).round(1)
        weights = rng.random(50) if weighted else None
        expected = PEERS_OF_SEVERAL[name](y, outputs, weights)
        assert metrics[name](y, outputs, weights) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("k", [1, 3])
@pytest.mark.parametrize("name", PEERS_OF_VALUES)
def test_a_metric_of_values_is_scikit_learns(name, k, weighted):
    for seed in range(5):
        rng = np.random.default_rng(seed)
        y = rng.normal(size=(40, k))
        outputs = y + rng.normal(size=(40, k))
        weights = rng.random(40) if weighted else None
        expected = PEERS_OF_VALUES[name](y, outputs, weights)
        assert metrics[name](y, outputs, weights) == pytest.approx(expected, rel=1e-12)
        if k == 1:
            assert metrics[name](y[:, 0], outputs[:, 0], weights) == metrics[name](
                y, outputs, weights
            )


@pytest.mark.parametrize("name", metrics)
def test_integer_weights_are_repeated_rows(name):
    rng = np.random.default_rng(0)
    times = rng.integers(0, 4, 60)
    y, outputs = classified(60, 3, 1)
    if metrics[name].kind == "values":
        y = rng.normal(size=(60, 3))
    repeated = metrics[name](np.repeat(y, times, axis=0), np.repeat(outputs, times, axis=0))
    assert metrics[name](y, outputs, times) == pytest.approx(repeated, rel=1e-12)


def test_two_by_hand():
    # Three of four are right. Of class 0 both, of class 1 one of two: recall 1 and 1/2; F1 4/5 and 2/3.
    y, outputs = [0, 0, 1, 1], [[0.9, 0.1], [0.6, 0.4], [0.7, 0.3], [0.2, 0.8]]
    assert metrics["accuracy"](y, outputs) == 0.75
    assert metrics["balanced_accuracy"](y, outputs) == 0.75
    assert metrics["f1_macro"](y, outputs) == pytest.approx((4 / 5 + 2 / 3) / 2)
    assert (
        metrics["roc_auc"](y, outputs) == 0.75
    )  # of the four pairs only (0.4, 0.3) is in the wrong order
    assert metrics["log_loss"](y, outputs) == pytest.approx(-np.log([0.9, 0.6, 0.3, 0.8]).mean())


def test_ends_of_a_range():
    assert metrics["r2"]([[1.0], [1.0]], [[1.0], [1.0]]) == 1.0
    assert metrics["r2"]([[1.0], [1.0]], [[1.0], [2.0]]) == 0.0
    assert np.isnan(metrics["roc_auc"]([1, 1], [[0.2, 0.8], [0.4, 0.6]]))
    sure_and_wrong = np.array([[0.0, 1.0]], dtype=np.float32)
    assert metrics["log_loss"]([0], sure_and_wrong) == pytest.approx(
        -np.log(np.finfo(np.float32).eps)
    )


@pytest.mark.parametrize(
    ("name", "y", "outputs", "words"),
    [
        ("accuracy", [0, 1], [[0.1, 0.9]], "needs outputs .n, k. and y for each of their rows"),
        ("accuracy", [], np.zeros((0, 2)), "needs outputs"),
        ("accuracy", [0, 2], np.zeros((2, 2)), "needs labels from 0 to 1; .* from 0 to 2"),
        ("accuracy", [0.0, 1.0], np.zeros((2, 2)), "needs labels from 0 to 1; .* dtype float64"),
        ("log_loss", np.eye(2), np.eye(2), "needs one label for each row"),
        ("r2", [0, 1], np.zeros((2, 2)), r"compares numbers; y has the shape \(2, 1\)"),
        ("r2", [np.nan], "a", "outputs must hold real numbers"),
    ],
)
def test_what_does_not_fit_is_refused(name, y, outputs, words):
    with pytest.raises(gl.DataError, match=words):
        metrics[name](y, outputs)


def test_weights_are_checked():
    with pytest.raises(gl.DataError, match="sample_weight must not be negative"):
        metrics["mae"]([1.0], [2.0], [-1.0])


@pytest.mark.parametrize("name", ["accuracy", "f1_macro", "roc_auc"])
def test_numbers_are_no_classes(name):
    with pytest.raises(
        gl.DataError, match="needs classes, 0 or 1 for each output; got y from -1 to 2"
    ):
        metrics[name]([-1.0, 0.5, 2.0], [[0.1], [0.2], [0.9]])
    with pytest.raises(gl.DataError, match="or use a metric of numbers, such as 'r2'"):
        metrics[name]([1, 2], [[0.1], [0.2]])


@pytest.mark.parametrize("power", [-1000, 1000])
def test_metrics_of_numbers_have_no_scale(power):
    y, outputs = np.array([1.0, 2.0, 4.0]), np.array([1.5, 2.0, 3.0])
    far = np.ldexp(y, power), np.ldexp(outputs, power)
    assert metrics["r2"](*far) == metrics["r2"](y, outputs)
    for name in ("rmse", "mae"):
        assert metrics[name](*far) == np.ldexp(metrics[name](y, outputs), power)
