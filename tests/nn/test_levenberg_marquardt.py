"""Levenberg-Marquardt: known answers, the steps by hand, Jacobians by finite differences, and what it refuses."""

import numpy as np
import pytest

import ganglion as gl
from ganglion.nn.levenberg_marquardt import LevenbergMarquardt


def rosenbrock(x):
    return np.array([10 * (x[1] - x[0] ** 2), 1 - x[0]]), np.array([[-20 * x[0], 10], [-1, 0]])


def minimised(method, evaluate, point, most=200):
    history = []
    while not history or not history[-1].is_converged:
        history.append(method.advance(evaluate, point))
        point = history[-1].point
        assert len(history) < most
    return history


def test_rosenbrocks_valley_is_solved_in_a_few_steps():
    method = LevenbergMarquardt()
    history = minimised(method, rosenbrock, np.array([-1.2, 1.0]))
    np.testing.assert_allclose(history[-1].point, [1, 1], atol=1e-9)
    assert len(history) < 30
    assert method.steps == len(history)
    assert method.n_evaluations == sum(done.n_evaluations for done in history)
    assert method.n_evaluations <= 3 * len(history) + 1
    assert np.all(np.diff([done.loss for done in history]) <= 0)


def test_a_linear_problem_is_solved_like_numpys_least_squares():
    rng = np.random.default_rng(0)
    A, b = rng.normal(size=(30, 6)), rng.normal(size=30)
    history = minimised(LevenbergMarquardt(), lambda x: (A @ x - b, A), np.zeros(6))
    answer = np.linalg.lstsq(A, b, rcond=None)[0]
    np.testing.assert_allclose(history[-1].point, answer, atol=1e-8)
    assert history[-1].loss == pytest.approx(0.5 * np.sum((A @ answer - b) ** 2))


def test_a_singular_problem_still_falls():
    A = np.array([[1.0, 1.0], [2.0, 2.0]])
    history = minimised(
        LevenbergMarquardt(), lambda x: (A @ x - np.array([1.0, 2.0]), A), np.zeros(2)
    )
    np.testing.assert_allclose(history[-1].point, [0.5, 0.5], atol=1e-6)


def test_the_first_step_by_hand():
    # r = (2 x - 6), J = (2): J'J = 4, g = -12 at 0, mu = 0.5 * 4 = 2, d = 12 / 6 = 2, F falls from 18 to 2.
    # The model promises (mu d - g) d / 2 = (4 + 12) 2 / 2 = 16, all of which is kept: the gain is 1, mu becomes 2 / 3.
    method = LevenbergMarquardt(damping=0.5)
    done = method.advance(lambda x: (2 * x - 6, np.array([[2.0]])), np.zeros(1))
    np.testing.assert_allclose(done.point, [2.0])
    assert done.loss == pytest.approx(2.0)
    assert done.gradient_norm == pytest.approx(4.0)
    assert method.state()["mu"] == pytest.approx(2 / 3)
    assert method.state()["growth"] == 2.0


def test_damping_doubles_faster_and_faster_until_a_step_lowers_the_loss():
    # r = exp-like wall: with a tiny damping the first steps overshoot into infinity.
    def wall(x):
        with np.errstate(over="ignore"):
            return np.array([np.exp(-x[0]) - 3 if x[0] > -3 else np.inf]), np.array(
                [[-np.exp(-x[0])]]
            )

    method = LevenbergMarquardt(damping=1e-12)
    start = np.array([4.0])  # slope e^-4: the undamped step goes to 4 - 3 e^4
    first = method.advance(wall, start)
    assert first.n_evaluations > 5
    history = minimised(method, wall, first.point)
    np.testing.assert_allclose(history[-1].point, [-np.log(3)], atol=1e-9)


def test_a_start_that_is_not_finite_is_given_back():
    done = LevenbergMarquardt().advance(lambda x: (np.array([np.nan]), np.ones((1, 2))), np.ones(2))
    assert np.isnan(done.loss) and not done.is_converged
    np.testing.assert_array_equal(done.point, np.ones(2))


def test_a_minimum_is_left_alone():
    done = LevenbergMarquardt().advance(rosenbrock, np.ones(2))
    assert done.is_converged and done.n_evaluations == 1
    np.testing.assert_array_equal(done.point, np.ones(2))


@pytest.mark.parametrize("at", [0, 1, 5])
def test_a_restored_method_goes_on_with_the_same_bits(at):
    alone, before, point = LevenbergMarquardt(), LevenbergMarquardt(), np.array([-1.2, 1.0])
    expected = [alone.advance(rosenbrock, point)]
    for _ in range(9):
        expected.append(alone.advance(rosenbrock, expected[-1].point))
    for _ in range(at):
        point = before.advance(rosenbrock, point).point
    after = LevenbergMarquardt()
    after.restore(before.state())
    again = LevenbergMarquardt()
    again.restore(after.state())
    for done in expected[at:]:
        found = again.advance(rosenbrock, point)
        np.testing.assert_array_equal(found.point, done.point)
        assert found.loss == done.loss and found.gradient_norm == done.gradient_norm
        point = found.point
    assert again.steps == alone.steps and again.n_evaluations == alone.n_evaluations


def regression(n=40):
    """Targets that a 1-4-1 network of tanh can fit without error."""
    rng = np.random.default_rng(5)
    teacher = gl.nn.Network([gl.nn.Dense(1, 4, "tanh"), gl.nn.Dense(4, 1)], random_state=7)
    X = rng.uniform(-2, 2, size=(n, 1))
    return X, teacher.forward(X)


def student():
    return gl.nn.Network([gl.nn.Dense(1, 4, "tanh"), gl.nn.Dense(4, 1)], random_state=3)


def test_a_small_regression_is_solved_where_adam_does_not():
    X, y = regression()
    network = student()
    method = LevenbergMarquardt(tolerance_grad=1e-14, tolerance_change=0)
    run = gl.nn.train(network, X, y, optimizer=method, epochs=300)
    assert network.loss(X, y) < 1e-12
    assert method.n_evaluations <= 4 * run.n_epochs
    other = student()
    gl.nn.train(other, X, y, optimizer=gl.nn.Adam(0.01), epochs=3 * run.n_epochs, random_state=0)
    assert other.loss(X, y) > 1e-6


def test_threads_do_not_show():
    X, y = regression()
    found, usual = [], gl.get_num_threads()
    for threads in (1, 2, 3):
        network = student()
        gl.set_num_threads(threads)
        try:
            gl.nn.train(network, X, y, optimizer=LevenbergMarquardt(), epochs=5)
        finally:
            gl.set_num_threads(usual)
        found.append(network.parameters)
    for other in found[1:]:
        for name, value in found[0].items():
            np.testing.assert_array_equal(other[name], value)


def test_large_networks_are_refused_with_the_bytes():
    network = gl.nn.Network([gl.nn.Dense(50, 100, "tanh"), gl.nn.Dense(100, 1)])
    with pytest.raises(
        gl.MemoryPlanError, match=r"needs 865,\d{3},\d{3} bytes for 5,201 parameters"
    ):
        gl.nn.train(network, np.ones((3, 50)), np.ones(3), optimizer=LevenbergMarquardt(), epochs=1)
    with pytest.raises(
        gl.MemoryPlanError, match="needs 128 bytes for 2 parameters; max_bytes is 100"
    ):
        LevenbergMarquardt(max_bytes=100).advance(rosenbrock, np.ones(2))


def test_losses_that_are_no_sums_of_squares_are_refused():
    network = gl.nn.Network([gl.nn.Dense(2, 3, "softmax")], "cross_entropy")
    with pytest.raises(gl.ParameterError, match="'squared' or 'mse'; got 'cross_entropy'"):
        gl.nn.train(network, np.ones((3, 2)), [0, 1, 2], optimizer=LevenbergMarquardt(), epochs=1)
    network = gl.nn.Network([gl.nn.Dense(2, 1)], "mae")
    with pytest.raises(gl.ParameterError, match=r"Use gl.nn.LBFGS\(\) for other losses"):
        gl.nn.train(network, np.ones((3, 2)), np.ones(3), optimizer=LevenbergMarquardt(), epochs=1)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: LevenbergMarquardt(damping=0), "damping must be a number above 0"),
        (lambda: LevenbergMarquardt(tolerance_grad=-1), "tolerance_grad must be a number at least"),
        (lambda: LevenbergMarquardt(tolerance_change=-1), "tolerance_change"),
        (lambda: LevenbergMarquardt(max_trials=0), "max_trials must be an integer, at least 1"),
        (lambda: LevenbergMarquardt(max_bytes=0), "max_bytes must be an integer, at least 1"),
    ],
)
def test_numbers_outside_their_range_are_refused(make, words):
    with pytest.raises(gl.ParameterError, match=words):
        make()


def test_a_jacobian_of_another_shape_is_refused():
    with pytest.raises(gl.DataError, match=r"Jacobian \(m, 2\); got \(3,\) and \(2, 3\)"):
        LevenbergMarquardt().advance(lambda x: (np.ones(3), np.ones((2, 3))), np.ones(2))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"mu": None}, "must have the number 'mu'"),
        ({"n_evaluations": None}, "must have the number 'n_evaluations'"),
        ({"point": 3.0}, "must have the float64 array 'point'"),
        ({"moves": np.zeros(2)}, "not a state of LevenbergMarquardt: it has no 'moves'"),
    ],
)
def test_a_state_of_something_else_is_refused(change, words):
    method = LevenbergMarquardt()
    method.advance(rosenbrock, np.array([-1.2, 1.0]))
    with pytest.raises(gl.DataError, match=words):
        method.restore(method.state() | change)


def test_products_too_large_for_a_step_are_no_convergence():
    done = LevenbergMarquardt().advance(lambda x: (np.ones(1), np.full((1, 2), 1e200)), np.ones(2))
    assert np.isnan(done.loss) and not done.is_converged
