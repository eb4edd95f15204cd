"""Laws of loss and gradient, for every network that hypothesis can think of."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from ganglion.nn import Dense, Network
from oracles.network_cases import SMOOTH, random_case

moderate = settings(max_examples=60, deadline=None)
# Both sides add up the same terms in another order: at most 30 rows with weights up to 5 times 20 layers' terms.
SLACK = 1e-12


@st.composite
def cases(draw, **settings):
    """A random network with data, all weights still open."""
    case = random_case(draw(st.integers(0, 2**20)), **settings)
    case.weights = None
    return case


def close(found, expected):
    """The gradients agree, measured by the largest of them."""
    largest = max(1.0, *(np.abs(g).max() for g in expected.values()))
    assert list(found) == list(expected)
    for name, g in found.items():
        np.testing.assert_allclose(g, expected[name], rtol=0, atol=SLACK * largest, err_msg=name)


@moderate
@given(case=cases(), data=st.data())
def test_integer_weights_are_repeated_rows(case, data):
    n = len(case.X)
    weights = data.draw(st.lists(st.integers(0, 5), min_size=n, max_size=n).filter(any))
    repeated = np.repeat(case.X, weights, axis=0), np.repeat(case.y, weights, axis=0)
    loss = case.network.loss(*repeated)
    np.testing.assert_allclose(case.network.loss(case.X, case.y, weights), loss, rtol=SLACK)
    close(case.network.gradients(case.X, case.y, weights), case.network.gradients(*repeated))


@moderate
@given(case=cases(), seed=st.integers(0, 2**20))
def test_gradients_are_linear_in_the_weights(case, seed):
    rng = np.random.default_rng(seed)
    one, other = rng.random((2, len(case.X))) + 0.01
    network = case.network

    def gradients(weights):
        scale = weights.sum() if network.reduction == "mean" else 1.0
        return {name: scale * g for name, g in network.gradients(case.X, case.y, weights).items()}

    a, b = gradients(one), gradients(other)
    close(gradients(one + 2 * other), {name: a[name] + 2 * b[name] for name in a})


@moderate
@given(case=cases(), seed=st.integers(0, 2**20))
def test_the_order_of_the_rows_does_not_matter(case, seed):
    order = np.random.default_rng(seed).permutation(len(case.X))
    network, X, y = case.network, case.X, case.y
    np.testing.assert_allclose(network.loss(X[order], y[order]), network.loss(X, y), rtol=SLACK)
    close(network.gradients(X[order], y[order]), network.gradients(X, y))


@moderate
@given(case=cases())
def test_the_mean_is_the_sum_over_the_number_of_rows(case):
    rows = [case.network.loss(x, y) for x, y in zip(case.X, case.y, strict=True)]
    total = np.mean(rows) if case.network.reduction == "mean" else np.sum(rows)
    np.testing.assert_allclose(case.network.loss(case.X, case.y), total, rtol=SLACK)


@moderate
@given(case=cases(names=SMOOTH, losses=["squared", "mse", "cross_entropy", "binary_cross_entropy"]))
def test_the_gradient_is_the_change_of_the_loss(case):
    network, start = case.network, case.network.parameters
    rng = np.random.default_rng(0)
    direction = {name: rng.normal(size=value.shape) for name, value in start.items()}
    step = 1e-5

    def moved(by):
        network.set_parameters({name: start[name] + by * direction[name] for name in start})
        return network.loss(case.X, case.y)

    difference = (moved(step) - moved(-step)) / (2 * step)
    network.set_parameters(start)
    gradients = network.gradients(case.X, case.y)
    slope = sum(np.sum(gradients[name] * direction[name]) for name in start)
    size = sum(np.sum(np.abs(gradients[name] * direction[name])) for name in start)
    # Central differences: rounding eps * J / step, and a third derivative times step^2 / 6.
    rounding = 1e-15 * abs(network.loss(case.X, case.y)) / step
    assert abs(difference - slope) <= 100 * rounding + 1e-5 * max(size, 1.0)


def test_weights_whose_sum_overflows_are_a_mean_all_the_same():
    network = Network([Dense(2, 2)], random_state=0)
    X, Y = np.arange(6.0).reshape(3, 2), np.ones((3, 2))
    for weight in (1e308, 1e-320):
        found = network.loss(X, Y, [weight] * 3)
        np.testing.assert_allclose(found, network.loss(X, Y), rtol=1e-12)
