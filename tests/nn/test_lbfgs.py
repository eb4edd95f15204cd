"""L-BFGS: problems with known answers, the formulas written as matrices, SciPy's objective, and the same bits again."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ganglion as gl
from ganglion.nn._wolfe import CURVATURE, DECREASE
from ganglion.nn.lbfgs import LBFGS, two_loops


def rosenbrock(x):
    turn = x[1:] - x[:-1] ** 2
    gradient = np.zeros_like(x)
    gradient[:-1] = -400 * x[:-1] * turn - 2 * (1 - x[:-1])
    gradient[1:] += 200 * turn
    return float(np.sum(100 * turn**2 + (1 - x[:-1]) ** 2)), gradient


def beale(x):
    a, b = x
    r = np.array([1.5 - a * (1 - b), 2.25 - a * (1 - b**2), 2.625 - a * (1 - b**3)])
    by_a = np.array([b - 1, b**2 - 1, b**3 - 1])
    by_b = a * np.array([1, 2 * b, 3 * b**2])
    return float(r @ r), 2 * np.array([r @ by_a, r @ by_b])


def powell(x):
    """Powell's singular function: flat to fourth order at its minimum."""
    a, b, c, d = x
    f = (a + 10 * b) ** 2 + 5 * (c - d) ** 2 + (b - 2 * c) ** 4 + 10 * (a - d) ** 4
    return f, np.array(
        [
            2 * (a + 10 * b) + 40 * (a - d) ** 3,
            20 * (a + 10 * b) + 4 * (b - 2 * c) ** 3,
            10 * (c - d) - 8 * (b - 2 * c) ** 3,
            -10 * (c - d) - 40 * (a - d) ** 3,
        ]
    )


def quadratic(condition, n=20, seed=0):
    """x' A x / 2 - b' x, and its minimum."""
    rng = np.random.default_rng(seed)
    turn = np.linalg.qr(rng.normal(size=(n, n)))[0]
    A = (turn * np.geomspace(1, condition, n)) @ turn.T
    b = rng.normal(size=n)
    return lambda x: (float(0.5 * x @ A @ x - b @ x), A @ x - b), np.linalg.solve(A, b)


def minimised(method, evaluate, point, most=2000):
    """All iterations, until the method says that it has converged."""
    history = []
    while not history or not history[-1].is_converged:
        history.append(method.advance(evaluate, point))
        point = history[-1].point
        assert len(history) < most
    return history


PROBLEMS = {
    "Rosenbrock, 2": (rosenbrock, np.array([-1.2, 1.0]), np.ones(2)),
    "Rosenbrock, 10": (rosenbrock, np.tile([-1.2, 1.0], 5), np.ones(10)),
    "Rosenbrock, 100": (rosenbrock, np.tile([-1.2, 1.0], 50), np.ones(100)),
    "Beale": (beale, np.array([1.0, 1.0]), np.array([3.0, 0.5])),
    "Powell": (powell, np.array([3.0, -1.0, 0.0, 1.0]), np.zeros(4)),
    "well conditioned": (quadratic(10)[0], np.ones(20), quadratic(10)[1]),
    "badly conditioned": (quadratic(1e5)[0], np.ones(20), quadratic(1e5)[1]),
}


@pytest.mark.parametrize("name", PROBLEMS)
def test_problems_with_known_answers_are_solved(name):
    evaluate, start, answer = PROBLEMS[name]
    method = LBFGS(tolerance_grad=1e-9, tolerance_change=0)
    history = minimised(method, evaluate, start)
    # Powell's function is x^4 near its minimum: a gradient of 1e-9 stands 1e-3 away. Where curvatures differ by 1e5,
    # the falls of the last steps are those of rounding, in which SciPy stops too.
    slack = {"Powell": 1e-2, "badly conditioned": 1e-5}.get(name, 1e-6)
    lowest = evaluate(answer)[0]
    assert history[-1].loss <= lowest + 1e-10 * max(1.0, abs(lowest))
    np.testing.assert_allclose(history[-1].point, answer, rtol=0, atol=slack)
    assert method.steps == len(history)
    assert method.n_evaluations == sum(each.n_evaluations for each in history)
    assert history[0].n_evaluations >= 2


@pytest.mark.parametrize("name", PROBLEMS)
def test_a_handful_of_evaluations_suffices_for_an_iteration(name):
    evaluate, start, _ = PROBLEMS[name]
    method = LBFGS()
    history = minimised(method, evaluate, start)
    assert method.n_evaluations <= 1.5 * len(history) + 4


@pytest.mark.parametrize("name", PROBLEMS)
def test_the_objective_is_at_least_as_low_as_scipys(name):
    from scipy import optimize

    evaluate, start, _ = PROBLEMS[name]
    peer = optimize.minimize(
        evaluate, start, jac=True, method="L-BFGS-B", options={"gtol": 1e-8, "maxiter": 5000}
    )
    history = minimised(LBFGS(tolerance_grad=1e-8), evaluate, start)
    assert history[-1].loss <= peer.fun + 1e-12 * max(1.0, abs(peer.fun))


@pytest.mark.parametrize("name", PROBLEMS)
def test_every_step_satisfies_the_strong_wolfe_conditions(name):
    evaluate, point, _ = PROBLEMS[name]
    method, loss = LBFGS(tolerance_change=0), np.inf
    for _ in range(30):
        f, g = evaluate(point)
        done = method.advance(evaluate, point)
        move = done.point - point
        slope = g @ move
        if done.is_converged:
            break
        assert done.loss <= f + DECREASE * slope * (1 - 1e-9)
        end = evaluate(done.point)
        assert done.loss == end[0] and done.gradient_norm == np.max(np.abs(end[1]))
        assert abs(end[1] @ move) <= CURVATURE * abs(slope) * (1 + 1e-9)
        assert done.loss < loss
        point, loss = done.point, done.loss


def inverse_by_matrices(moves, turns):
    """H by the update of Broyden, Fletcher, Goldfarb and Shanno, with whole matrices (equation 6.17)."""
    n = moves.shape[1]
    H = np.eye(n) * (moves[-1] @ turns[-1] / (turns[-1] @ turns[-1]))
    for s, y in zip(moves, turns, strict=True):
        share = 1 / (s @ y)
        V = np.eye(n) - share * np.outer(y, s)
        H = V.T @ H @ V + share * np.outer(s, s)
    return H


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 8), st.integers(1, 6), st.integers(0, 10**6))
def test_the_two_loops_are_the_update_by_matrices(n, k, seed):
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(n, n))
    moves = rng.normal(size=(k, n))
    turns = moves @ (root @ root.T + np.eye(n))  # of positive curvature
    gradient = rng.normal(size=n)
    H = inverse_by_matrices(moves, turns)
    scale = np.linalg.cond(H)
    np.testing.assert_allclose(
        two_loops(gradient, moves, turns), H @ gradient, rtol=1e-12 * scale, atol=1e-12 * scale
    )


def test_without_history_the_direction_is_the_gradient():
    gradient = np.array([1.0, -2.0])
    np.testing.assert_array_equal(two_loops(gradient, np.zeros((0, 2)), np.zeros((0, 2))), gradient)


def test_the_history_holds_the_newest_pairs():
    method = LBFGS(history_size=3, tolerance_change=0)
    point, points = np.tile([-1.2, 1.0], 5), [np.tile([-1.2, 1.0], 5)]
    for _ in range(7):
        point = method.advance(rosenbrock, point).point
        points.append(point)
    state = method.state()
    np.testing.assert_array_equal(state["moves"], np.diff(points, axis=0)[-3:])
    gradients = np.array([rosenbrock(p)[1] for p in points])
    np.testing.assert_array_equal(state["turns"], np.diff(gradients, axis=0)[-3:])


def test_the_first_step_by_hand():
    # f = (x - 3)^2 from 0: slope -6, so the first step has the length 1 / 6 of 6, which is 1; the slope -4 there is
    # less than 0.9 of -6, and the value 4 below 9 - 1e-4 * 6: both conditions hold.
    done = LBFGS().advance(lambda x: (float((x[0] - 3) ** 2), 2 * (x - 3)), np.zeros(1))
    np.testing.assert_allclose(done.point, [1.0])
    assert done.loss == pytest.approx(4.0)
    assert done.gradient_norm == pytest.approx(4.0)
    assert done.n_evaluations == 2 and not done.is_converged


def test_the_second_step_of_a_parabola_is_its_minimum():
    def parabola(x):
        return float((x[0] - 3) ** 2), 2 * (x - 3)

    method = LBFGS()
    first = method.advance(parabola, np.zeros(1))
    second = method.advance(parabola, first.point)
    np.testing.assert_allclose(second.point, [3.0], atol=1e-12)
    assert second.is_converged and second.n_evaluations == 1


def test_a_minimum_is_left_alone():
    method = LBFGS()
    done = method.advance(rosenbrock, np.ones(3))
    assert done.is_converged and done.loss == 0 and done.n_evaluations == 1
    np.testing.assert_array_equal(done.point, np.ones(3))
    again = method.advance(rosenbrock, done.point)
    assert again.is_converged and again.n_evaluations == 0


def test_a_loss_that_cannot_fall_ends_it():
    # The gradient promises what the loss does not keep: no step is taken, and every length was tried but once.
    done = LBFGS(max_evaluations=40).advance(lambda x: (1.0, np.ones(2)), np.zeros(2))
    assert done.is_converged and done.loss == 1.0
    np.testing.assert_array_equal(done.point, np.zeros(2))
    assert done.n_evaluations <= 41


def test_a_wall_of_infinity_is_stepped_back_from():
    def walled(x):
        if x[0] > 1:
            return np.inf, np.zeros(1)
        return float((x[0] - 0.9) ** 2), 2 * (x - 0.9)

    history = minimised(LBFGS(8.0), walled, np.array([-50.0]))
    np.testing.assert_allclose(history[-1].point, [0.9], atol=1e-7)


def test_a_start_that_is_not_finite_is_given_back():
    done = LBFGS().advance(lambda x: (np.nan, x), np.ones(2))
    assert np.isnan(done.loss) and not done.is_converged
    np.testing.assert_array_equal(done.point, np.ones(2))


def test_the_start_is_not_written_to():
    start = np.array([-1.2, 1.0])
    method = LBFGS()
    done = method.advance(rosenbrock, start)
    np.testing.assert_array_equal(start, [-1.2, 1.0])
    done.point[:] = 0
    assert not np.any(method.state()["point"] == 0)


@pytest.mark.parametrize("at", [0, 1, 4])
def test_a_restored_method_goes_on_with_the_same_bits(at):
    alone, before, point = LBFGS(), LBFGS(), np.tile([-1.2, 1.0], 5)
    expected = [alone.advance(rosenbrock, point)]
    for _ in range(14):
        expected.append(alone.advance(rosenbrock, expected[-1].point))
    for _ in range(at):
        point = before.advance(rosenbrock, point).point
    state = before.state()
    before.advance(rosenbrock, point)
    after = LBFGS()
    after.restore(state)
    for done in expected[at:]:
        found = after.advance(rosenbrock, point)
        np.testing.assert_array_equal(found.point, done.point)
        assert found.loss == done.loss and found.n_evaluations == done.n_evaluations
        point = found.point
    assert after.steps == alone.steps and after.n_evaluations == alone.n_evaluations


def test_another_point_is_a_new_start():
    method = LBFGS()
    method.advance(rosenbrock, np.array([-1.2, 1.0]))
    done = method.advance(rosenbrock, np.array([0.5, 0.5]))
    fresh = LBFGS().advance(rosenbrock, np.array([0.5, 0.5]))
    np.testing.assert_array_equal(done.point, fresh.point)


def test_a_point_rounded_to_float32_goes_on():
    method = LBFGS()
    first = method.advance(rosenbrock, np.array([-1.2, 1.0]))
    exact, rounded = LBFGS(), LBFGS()
    exact.restore(method.state())
    rounded.restore(method.state())
    np.testing.assert_array_equal(
        exact.advance(rosenbrock, first.point).point,
        rounded.advance(rosenbrock, first.point.astype(np.float32)).point,
    )


def test_an_interrupted_iteration_leaves_the_method_as_it_was():
    method, point = LBFGS(), np.array([-1.2, 1.0])
    point = method.advance(rosenbrock, point).point
    state, calls = method.state(), []

    def interrupted(x):
        calls.append(x)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        method.advance(interrupted, point)
    assert calls
    for key, value in method.state().items():
        np.testing.assert_array_equal(value, state[key])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"n_evaluations": None}, "must have the number 'n_evaluations'"),
        ({"loss": None}, "must have the number 'loss'"),
        ({"gradient": None}, "must have the float64 array 'gradient'; got NoneType"),
        (
            {"moves": np.zeros((1, 2), np.float32)},
            "must have the float64 array 'moves'; got ndarray",
        ),
        ({"moves": np.zeros((2, 2))}, "arrays of a state of LBFGS must belong together"),
        ({"gradient": np.zeros(3)}, "arrays of a state of LBFGS must belong together"),
        ({"first.W1": np.zeros(3)}, "not a state of LBFGS: it has no 'first.W1'"),
    ],
)
def test_a_state_of_something_else_is_refused(change, words):
    method = LBFGS()
    point = method.advance(rosenbrock, np.array([-1.2, 1.0])).point
    state = method.state()
    with pytest.raises(gl.DataError, match=words):
        method.restore(state | change)
    method.restore(state)
    assert method.advance(rosenbrock, point).n_evaluations > 0


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: LBFGS(0), "LBFGS: learning_rate must be a number above 0"),
        (lambda: LBFGS(history_size=0), "LBFGS: history_size must be an integer, at least 1"),
        (lambda: LBFGS(tolerance_grad=-1), "LBFGS: tolerance_grad must be a number at least 0"),
        (lambda: LBFGS(tolerance_change=-1), "LBFGS: tolerance_change"),
        (lambda: LBFGS(max_evaluations=0), "LBFGS: max_evaluations must be an integer"),
    ],
)
def test_numbers_outside_their_range_are_refused(make, words):
    with pytest.raises(gl.ParameterError, match=words):
        make()


def test_one_gradient_is_not_enough():
    parameters = {"W1": np.ones(2)}
    with pytest.raises(
        gl.ParameterError, match="LBFGS needs the loss at several points in one step"
    ):
        LBFGS().step(parameters, parameters)
    with pytest.raises(gl.ParameterError, match="LBFGS needs the loss at several points"):
        LBFGS().change("W1", np.ones(2), np.ones(2))


def test_a_gradient_too_large_for_a_direction_is_no_convergence():
    done = LBFGS().advance(lambda x: (1e200, np.full(2, 1e200)), np.ones(2))
    assert np.isnan(done.loss) and not done.is_converged
