"""Chains: counted exactly, listed by size, and their sum is the gradient."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ganglion as gl
from ganglion.autodiff import trace
from oracles.chains import every_chain
from quickness import done_within

EPSILON = np.finfo(np.float64).eps


def doubled(x, times):
    """Twice as many chains at every turn: 1.5 x + x."""
    for _ in range(times):
        x = x * 1.5 + x
    return x


def test_every_factor_of_a_chain_stands_in_its_order():
    # f = (x + y) z: f - v1 - x has the factors df/dv1 = z = -4 and dv1/dx = 1.
    found = trace("(x + y) * z", x=-2, y=5, z=-4)
    (chain,) = found.paths("x")
    assert (chain.nodes, chain.factors, chain.product) == (("f", "v1", "x"), (-4.0, 1.0), -4.0)
    assert repr(chain) == "Chain(f <- v1 <- x, product=-4.0)"
    assert [c.factors for c in found.paths("z")] == [(3.0,)]
    assert [c.nodes for c in found.paths("v1")] == [("f", "v1")]


def test_two_to_the_forty_chains_are_counted_at_once():
    found = trace(lambda x: doubled(x, 40), x=1.0)
    assert done_within(1, lambda: found.count_paths("x")) == 2**40
    with pytest.raises(
        ValueError, match=r"1099511627776 chains lead from 'f' to 'x', more than max_paths=10000"
    ):
        found.paths("x")
    with pytest.raises(gl.ParameterError, match="Pass largest=10"):
        found.paths("x", max_paths=2**40 - 1)


def test_a_count_of_thousands_of_digits_is_exact_and_can_be_said():
    def halved(x):
        for _ in range(15_000):
            x = x * 0.5 + x / 2
        return x

    found = trace(halved, x=1)
    assert found.count_paths("x") == 2**15_000
    with pytest.raises(ValueError, match=r"About 10\^4515 chains"):
        found.paths("x")


def test_the_largest_of_very_many_are_found_without_the_others():
    found = trace(lambda x: doubled(x, 40), x=1.0)
    listed = found.paths("x", largest=42)
    # The largest takes the factor 1.5 at all 40 turns; then come 40 that leave one out, then one that leaves out two.
    expected = [1.5**40] + [1.5**39] * 40 + [1.5**38]
    np.testing.assert_allclose([chain.product for chain in listed], expected, rtol=80 * EPSILON)
    assert len({chain.nodes for chain in listed}) == 42


def test_the_largest_of_very_many_arrays_are_found_too():
    found = trace(lambda x: np.sum(doubled(x, 30)), x=np.ones(3))
    listed = found.paths("x", largest=3)
    np.testing.assert_allclose(listed[0].product, np.full(3, 1.5**30), rtol=100 * EPSILON)
    np.testing.assert_allclose(listed[1].product, np.full(3, 1.5**29), rtol=100 * EPSILON)
    assert len({chain.nodes for chain in listed}) == 3


def test_arrays_that_cannot_be_told_apart_in_time_are_an_error_that_says_so():
    weights = np.random.default_rng(0).normal(size=(40, 2, 4))

    def f(x):
        for w, u in weights:
            x = x * w + x * u
        return np.sum(x)

    with pytest.raises(gl.ParameterError, match="too many and too alike to find the largest"):
        trace(f, x=np.ones(4)).paths("x", largest=10)


def test_chains_are_listed_by_the_size_of_what_they_contribute():
    found = trace("sum(a * x) - sum(b * x) + sum(x)", a=[1, -1], b=[3, 4], x=[1, 1])
    sizes = [float(np.linalg.norm(chain.product)) for chain in found.paths("x")]
    np.testing.assert_allclose(sizes, [5.0, np.sqrt(2), np.sqrt(2)], rtol=1e-15)
    np.testing.assert_array_equal(found.paths("x")[0].product, [-3.0, -4.0])
    np.testing.assert_array_equal(found.paths("x", largest=1)[0].product, [-3.0, -4.0])


def test_a_chain_that_contributes_nothing_is_a_chain():
    found = trace("x * 0 + where(x > 3, x * x, 2 * x)", x=1)
    assert (
        found.count_paths("x") == 4
    )  # times 0; the condition; the branch that is not taken; the one that is
    assert sorted(chain.product for chain in found.paths("x")) == [0.0, 0.0, 0.0, 2.0]
    assert [chain.product for chain in found.paths("x", largest=1)] == [2.0]


def test_limits_are_inclusive_and_checked():
    found = trace(lambda x: doubled(x, 3), x=1.0)
    assert len(found.paths("x", max_paths=8)) == 8
    assert len(found.paths("x", largest=100)) == 8
    with pytest.raises(ValueError, match=r"8 chains .* more than max_paths=7"):
        found.paths("x", 7)
    with pytest.raises(ValueError, match="largest must be at least 1; got 0"):
        found.paths("x", largest=0)


def test_infinite_factors_come_first_and_break_nothing():
    with pytest.warns(gl.GanglionWarning, match="is infinite"):
        found = trace("log(x) + x + x * 0", x=0)
    assert [chain.product for chain in found.paths("x")] == [np.inf, 1.0, 0.0]
    assert [chain.product for chain in found.paths("x", largest=2)] == [np.inf, 1.0]


STEPS = st.lists(
    st.tuples(st.sampled_from("+-*st"), st.integers(0, 99), st.integers(0, 99)),
    min_size=1,
    max_size=9,
)


def random_graph(steps, of=float):
    """A function that applies the steps to what is known so far; every value stays within [-4, 4] or so."""

    def f(x, y):
        known = [x, y]
        for kind, i, j in steps:
            a, b = known[i % len(known)], known[j % len(known)]
            known.append(
                {"+": lambda a, b: a + 0.5 * b, "-": lambda a, b: 0.5 * a - b, "*": lambda a, b: np.sin(a) * b,
                 "s": lambda a, b: np.sin(a + b), "t": lambda a, b: np.tanh(a) - b * b * 0.1}[kind](a, b)
            )  # fmt: skip
        return known[-1] if of is float else np.sum(known[-1])

    return f


@settings(deadline=None)
@given(STEPS, st.floats(-2, 2), st.floats(-2, 2), st.integers(1, 6))
def test_chains_are_those_of_the_definition_and_add_up_to_the_gradient(steps, x, y, largest):
    found = trace(random_graph(steps), x=x, y=y)
    for name in ("x", "y"):
        expected = every_chain(found.nodes, found.output, name)
        listed = found.paths(name)
        assert found.count_paths(name) == len(expected) == len(listed)
        assert {(chain.nodes, chain.factors) for chain in listed} == set(expected)
        sizes = [abs(chain.product) for chain in listed]
        assert sizes == sorted(sizes, reverse=True)
        for chain in listed:
            assert chain.product == pytest.approx(
                np.prod(chain.factors), rel=2 * EPSILON * (1 + len(chain.factors))
            )
        # Every product has an error of its length in rounding units, and so has the sum.
        bound = EPSILON * (2 * len(found.nodes) + len(sizes)) * sum(sizes)
        assert abs(sum(chain.product for chain in listed) - found.grad[name]) <= bound + 1e-300
        best = [abs(chain.product) for chain in found.paths(name, largest=largest)]
        np.testing.assert_allclose(best, sizes[:largest], rtol=1e-9, atol=1e-300)


@settings(deadline=None)
@given(STEPS, st.integers(0, 2**32 - 1), st.integers(1, 4))
def test_chains_of_arrays_add_up_to_the_gradient(steps, seed, largest):
    x, y = np.random.default_rng(seed).uniform(-2, 2, (2, 3))
    found = trace(random_graph(steps, of=np.ndarray), x=x, y=y)
    for name in ("x", "y"):
        listed = found.paths(name)
        assert len(listed) == len(every_chain(found.nodes, found.output, name))
        total = sum((chain.product for chain in listed), start=np.zeros(3))
        size = sum((np.abs(chain.product) for chain in listed), start=np.zeros(3))
        bound = EPSILON * (2 * len(found.nodes) + len(listed)) * size
        assert np.all(np.abs(total - found.grad[name]) <= bound + 1e-300)
        best = [np.linalg.norm(chain.product) for chain in found.paths(name, largest=largest)]
        every = sorted((np.linalg.norm(chain.product) for chain in listed), reverse=True)
        np.testing.assert_allclose(best, every[:largest], rtol=1e-9, atol=1e-300)
