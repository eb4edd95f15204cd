"""Each loss against its formula (N5), and at weighted sums so large that every probability is 0 or 1."""

import copy
import pickle

import numpy as np
import pytest

import ganglion as gl
from ganglion.nn.losses import is_named
from oracles import networks as oracle

EPS = np.finfo(np.float64).eps


def passing(k, loss):
    """A network that hands its inputs on: what goes in are the weighted sums of the last layer."""
    known = gl.nn.losses[loss] if isinstance(loss, str) else loss
    behind = known.behind or "identity"
    network = gl.nn.Network([gl.nn.Dense(k, k, behind, bias=False)], loss, reduction="sum")
    network.set_parameters({"W1": np.eye(k)})
    return network


def test_a_loss_without_its_formula_fails():
    several = {"cross_entropy", "binary_cross_entropy", "gaussian"}
    assert set(gl.nn.losses) == {*oracle.LOSSES, *several}
    assert all(row.name == name for name, row in gl.nn.losses.items())


@pytest.mark.parametrize(
    ("loss", "by_hand", "slopes"),
    [
        # outputs (3, -1, 0.5) and targets (1, 1, 0): differences 2, -2, 0.5.
        ("squared", (4 + 4 + 0.25) / 2, [2, -2, 0.5]),
        ("mse", 4 + 4 + 0.25, [4, -4, 1]),
        ("mae", 2 + 2 + 0.5, [1, -1, 1]),
        ("huber", 1.5 + 1.5 + 0.125, [1, -1, 0.5]),
    ],
)
def test_n5_losses_of_differences_by_hand(loss, by_hand, slopes):
    network = passing(3, loss)
    x, y = [3.0, -1.0, 0.5], [1.0, 1.0, 0.0]
    assert network.loss(x, y) == by_hand
    # z = x W, so dJ/dW[i,j] = x_i dJ/da_j.
    assert network.gradients(x, y)["W1"].tolist() == np.outer(x, slopes).tolist()


def test_n5_cross_entropy_by_hand():
    # softmax of log(1, 2, 5) is (1, 2, 5) / 8.
    network, z = passing(3, "cross_entropy"), np.log([1.0, 2.0, 5.0])
    assert network.loss(z, 1) == pytest.approx(np.log(4), rel=4 * EPS)
    assert network.loss(z, [0.5, 0.5, 0.0]) == pytest.approx(
        1.5 * np.log(2) + np.log(2), rel=8 * EPS
    )
    slopes = np.array([1 / 8, 2 / 8 - 1, 5 / 8])
    np.testing.assert_allclose(network.gradients(z, 1)["W1"], np.outer(z, slopes), atol=8 * EPS)


def test_n5_binary_cross_entropy_by_hand():
    # sigmoid(log 3) = 3/4, sigmoid(0) = 1/2: -log(3/4) - log(1/2).
    network, z = passing(2, "binary_cross_entropy"), np.array([np.log(3.0), 0.0])
    assert network.loss(z, [1, 0]) == pytest.approx(np.log(8 / 3), rel=4 * EPS)
    np.testing.assert_allclose(
        network.gradients(z, [1, 0])["W1"], np.outer(z, [-0.25, 0.5]), atol=8 * EPS
    )


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_sums_of_ten_thousand_are_exact(dtype):
    def network(k, loss):
        made = gl.nn.Network(
            [gl.nn.Dense(k, k, gl.nn.losses[loss].behind, bias=False)], loss, dtype=dtype
        )
        made.set_parameters({"W1": np.eye(k)})
        return made

    three, z = network(3, "cross_entropy"), [1e4, -1e4, 0.0]
    assert [three.loss(z, label) for label in range(3)] == [0.0, 2e4, 1e4]
    assert three.gradients(z, 1)["W1"].tolist() == np.outer(z, [1.0, -1.0, 0.0]).tolist()
    two, z = network(2, "binary_cross_entropy"), [1e4, -1e4]
    assert [two.loss(z, y) for y in ([1, 0], [0, 0], [0, 1])] == [0.0, 1e4, 2e4]
    assert two.gradients(z, [0, 1])["W1"].tolist() == np.outer(z, [1.0, -1.0]).tolist()


@pytest.mark.parametrize(("loss", "y"), [("cross_entropy", 0), ("binary_cross_entropy", [1, 0])])
def test_a_loss_close_to_zero_keeps_its_digits(loss, y):
    # Both are softplus(-d), with d = 20 between the two sums, or 20 for one and 20 for the other output.
    network = passing(2, loss)
    z = [10.0, -10.0] if loss == "cross_entropy" else [20.0, -20.0]
    each = np.log1p(np.exp(-20.0))
    expected = each if loss == "cross_entropy" else 2 * each
    # cross_entropy takes the logarithm of a sum that begins with 1: its error is a rounding of 1.
    slack = {"abs": EPS} if loss == "cross_entropy" else {"rel": 8 * EPS}
    assert network.loss(z, y) == pytest.approx(expected, **slack)


def test_slopes_at_the_kinks_of_mae_and_huber():
    assert passing(1, "mae").gradients([2.0], [2.0])["W1"].tolist() == [[0.0]]
    assert passing(1, "huber").gradients([2.0], [1.0])["W1"].tolist() == [[2.0]]


def test_formulas_read_like_the_lectures():
    assert gl.nn.losses["squared"].formula == "1/2 * sum((a - y)**2)"
    assert gl.nn.losses["cross_entropy"].formula == "-sum(y * log(a))"


def test_losses_with_numbers_by_hand():
    # Outputs (3, -1, 0.5), targets (1, 1, 0): differences 2, -2, 0.5; huber beyond 0.25 is 0.25 (|r| - 0.125).
    network, x, y = passing(3, gl.nn.Huber(0.25)), [3.0, -1.0, 0.5], [1.0, 1.0, 0.0]
    assert network.loss(x, y) == 0.25 * (1.875 + 1.875 + 0.375)
    slopes = np.array([0.25, -0.25, 0.25])
    assert network.gradients(x, y)["W1"].tolist() == np.outer(x, slopes).tolist()
    # Two targets (1, -2) with levels 0.25 and 0.75 each, outputs (3, -1) and (-2, 0): too large by 2, too small by 2,
    # right, too large by 2.
    network, x = passing(4, gl.nn.Quantile((0.25, 0.75))), [3.0, -1.0, -2.0, 0.0]
    assert network.loss(x, [1.0, -2.0]) == 0.75 * 2 + 0.75 * 2 + 0 + 0.25 * 2
    slopes = np.array([0.75, -0.75, 0.0, 0.25])
    assert network.gradients(x, [1.0, -2.0])["W1"].tolist() == np.outer(x, slopes).tolist()


def test_counts_by_hand():
    # exp(log 3) - 2 log 3, and exp(0) - 0; the slopes are rate - count.
    network, z = passing(2, "poisson"), np.array([np.log(3.0), 0.0])
    assert network.loss(z, [2, 0]) == pytest.approx(3 - 2 * np.log(3) + 1, rel=4 * EPS)
    np.testing.assert_allclose(
        network.gradients(z, [2, 0])["W1"], np.outer(z, [1.0, 1.0]), atol=8 * EPS
    )


def test_a_gaussian_by_hand():
    # Targets (1, 5), means (3, 5), s = log of 3 and 0 with epsilon 1: variances 4 and 2, residuals 2 and 0.
    network, x = passing(4, gl.nn.Gaussian(1.0)), np.array([3.0, 5.0, np.log(3.0), 0.0])
    expected = 0.5 * (np.log(4) + 4 / 4) + 0.5 * np.log(2)
    assert network.loss(x, [1.0, 5.0]) == pytest.approx(expected, rel=4 * EPS)
    # r / v; half the share of exp(s) in v, times 1 - r^2 / v.
    slopes = [2 / 4, 0.0, 0.5 * 3 / 4 * (1 - 1), 0.5 * 1 / 2]
    np.testing.assert_allclose(
        network.gradients(x, [1.0, 5.0])["W1"], np.outer(x, slopes), atol=16 * EPS
    )


def test_smoothed_classes_are_rows_of_probabilities():
    z, label = np.log([1.0, 2.0, 5.0, 8.0]), 2
    rows = np.full(4, 0.2 / 4)
    rows[label] += 0.8
    smoothed, plain = passing(4, gl.nn.CrossEntropy(0.2)), passing(4, "cross_entropy")
    assert smoothed.loss(z, label) == pytest.approx(plain.loss(z, rows), rel=8 * EPS)
    np.testing.assert_allclose(
        smoothed.gradients(z, label)["W1"], plain.gradients(z, rows)["W1"], atol=8 * EPS
    )
    # Of rows: 0.8 y + 0.05, whose entries still add up to 1.
    y = [0.5, 0.5, 0.0, 0.0]
    mixed = 0.8 * np.array(y) + 0.05
    assert smoothed.loss(z, y) == pytest.approx(plain.loss(z, mixed), rel=8 * EPS)


def test_sums_of_ten_thousand_are_exact_when_smoothed():
    # -log softmax of (1e4, -1e4) is (0, 2e4): nine tenths of the label's and a tenth of their mean.
    assert passing(2, gl.nn.CrossEntropy(0.1)).loss([1e4, -1e4], 0) == pytest.approx(1e3, rel=EPS)


EVERY = [
    *gl.nn.losses.values(),
    gl.nn.Huber(0.5),
    gl.nn.Quantile((0.1, 0.5, 0.9)),
    gl.nn.Gaussian(1e-3),
    gl.nn.CrossEntropy(0.1),
]


@pytest.mark.parametrize("loss", EVERY, ids=lambda loss: f"{loss.name}{loss.numbers}")
def test_name_and_numbers_are_all_that_there_is_to_a_loss(loss):
    again = gl.nn.loss_of(loss.name, loss.numbers)
    assert again == loss and hash(again) == hash(loss) and is_named(loss)
    assert pickle.loads(pickle.dumps(loss)) == loss == copy.deepcopy(loss)
    assert gl.nn.loss_of(loss.name) is gl.nn.losses[loss.name]


def test_losses_differ_by_their_numbers():
    assert len(set(EVERY)) == len(EVERY)
    assert gl.nn.Huber() == gl.nn.losses["huber"]
    assert gl.nn.Quantile(0.5) == gl.nn.Quantile([0.5]) == gl.nn.losses["quantile"]
    own = gl.nn.Loss("mse", "", "({a} - {y})**4", lambda a, y: ((a - y) ** 4).sum(-1))
    assert not is_named(own) and not is_named(gl.nn.Loss("luck", "", "", own.of_outputs))


def test_formulas_say_their_numbers():
    assert gl.nn.losses["huber"].formula == "sum(huber(a - y))"
    assert gl.nn.Huber(0.5).terms(["a2[0]"], [3.0]) == ["huber(a2[0] - 3, 0.5)"]
    assert gl.nn.losses["poisson"].formula == "sum((exp(a) - y * a))"
    assert gl.nn.Quantile((0.1, 0.9)).terms(["p", "q", "r", "s"], [1.0, 2.0]) == [
        "pinball(1 - p, 0.1)",
        "pinball(1 - q, 0.9)",
        "pinball(2 - r, 0.1)",
        "pinball(2 - s, 0.9)",
    ]
    terms = gl.nn.Gaussian(1e-3).terms(["m", "n", "s", "t"], [1.0, 2.0])
    assert terms[1] == "(log(0.001 + exp(t)) + (n - 2)**2 / (0.001 + exp(t)))"
    assert gl.nn.CrossEntropy(0.2).terms(["p", "q"], [1.0, 0.0]) == ["0.9 * log(p)", "0.1 * log(q)"]


def test_moments_of_outputs():
    mean, variance = gl.nn.gaussian_moments([[1.0, 2.0, 0.0, -900.0]])
    assert mean.tolist() == [[1.0, 2.0]]
    np.testing.assert_allclose(variance, [[1 + 1e-6, 1e-6]])
    _, variance = gl.nn.gaussian_moments(np.zeros(2, np.float32), gl.nn.Gaussian(0.5))
    assert variance.tolist() == [1.5] and variance.dtype == np.float32
    with pytest.raises(gl.ParameterError, match="needs outputs of a network with loss 'gaussian'"):
        gl.nn.gaussian_moments([0.0, 0.0], gl.nn.Huber())
    with pytest.raises(gl.ParameterError, match="needs 2 outputs for each target"):
        gl.nn.gaussian_moments([0.0, 0.0, 0.0])


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: gl.nn.Huber(0), r"Huber: delta must be a number above 0; got 0"),
        (lambda: gl.nn.Huber("wide"), r"Huber: delta must be a number above 0; got 'wide'"),
        (
            lambda: gl.nn.Gaussian(0.0),
            r"Gaussian: epsilon must be a number at least 1e-30; got 0.0",
        ),
        (
            lambda: gl.nn.CrossEntropy(1.0),
            r"CrossEntropy: smoothing must be a number at least 0 and",
        ),
        (
            lambda: gl.nn.Quantile(1.0),
            r"Quantile: a level must be a number above 0 and below 1; got 1",
        ),
        (lambda: gl.nn.Quantile(None), r"Quantile: a level must be a number .*; got None"),
        (
            lambda: gl.nn.Quantile(()),
            r"Quantile: levels must be one or more numbers between 0 and 1",
        ),
        (lambda: gl.nn.Quantile((0.9, 0.1)), r"each larger than the one before; got \(0.9, 0.1\)"),
        (lambda: gl.nn.Quantile((0.5, 0.5)), r"Sort them, and drop what is there twice"),
        (lambda: gl.nn.loss_of("hubber"), r"must be one of squared, .*Did you mean 'huber'"),
        (lambda: gl.nn.loss_of("mse", (1.0,)), r"loss='mse' has 0 numbers; got \[1.0\]"),
        (lambda: gl.nn.loss_of("huber", ()), r"loss='huber' has 1 numbers; got \[\]"),
        (
            lambda: gl.nn.Network([gl.nn.Dense(2, 5)], gl.nn.Quantile((0.1, 0.9))),
            r"loss='quantile' needs 2 outputs for each target; the last layer has 5 neurons. Give it 6",
        ),
        (
            lambda: gl.nn.Network([gl.nn.Dense(2, 1)], "gaussian"),
            r"loss='gaussian' needs 2 outputs for each target; the last layer has 1 neurons. Give it 2",
        ),
    ],
)
def test_what_cannot_be_a_loss(make, words):
    with pytest.raises(gl.ParameterError, match=words):
        make()


@pytest.mark.parametrize(
    ("loss", "k", "y", "words"),
    [
        ("poisson", 1, [1.0, -2.0], r"y must not be negative for loss='poisson'.*got -2 at row 1, output 0"),
        ("poisson", 2, [1.0, 2.0], r"shape of the outputs, \(2, 2\); got \(2,\)"),
        ("gaussian", 4, np.zeros((2, 4)), r"with 2 outputs for each target, \(2, 2\); got \(2, 4\)"),
        (gl.nn.Quantile((0.1, 0.9)), 2, np.zeros((2, 2)), r"each target, \(2, 1\) or \(2,\); got \(2, 2\)"),
        ("gaussian", 2, [np.nan, 1.0], r"y must be finite"),
    ],
)  # fmt: skip
def test_targets_that_do_not_fit(loss, k, y, words):
    network = gl.nn.Network([gl.nn.Dense(3, k)], loss)
    with pytest.raises(gl.DataError, match=words):
        network.loss(np.zeros((2, 3)), y)


@pytest.mark.parametrize("level", ["scalar", "layer"])
@pytest.mark.parametrize("loss", EVERY, ids=lambda loss: f"{loss.name}{loss.numbers}")
def test_a_trace_says_what_the_network_computes(loss, level):
    k = 2 * loss.outputs_per_target
    layers = [gl.nn.Dense(3, 4, "tanh"), gl.nn.Dense(4, k, loss.behind or "identity")]
    network = gl.nn.Network(layers, loss, random_state=0)
    x, y = [0.3, -1.0, 2.0], 1 if loss.targets == "classes" else [1.0, 0.0]
    shown, gradients = network.trace(x, y, level=level), network.gradients(x, y)
    assert shown.value == pytest.approx(network.loss(x, y), rel=16 * EPS)
    for name, values in gradients.items():
        if level == "layer":
            np.testing.assert_allclose(shown.grad[name], values, atol=16 * EPS)
            continue
        for index in np.ndindex(values.shape):
            single = shown.grad[f"{name}[{','.join(map(str, index))}]"]
            assert single == pytest.approx(values[index], abs=16 * EPS)
