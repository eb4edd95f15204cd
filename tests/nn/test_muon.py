"""Muon: torch's trajectories for the matrices it takes, AdamW's for the others, and what it refuses."""

import os

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ganglion as gl
from ganglion.nn.muon import Muon, orthogonalised

LAYERS = ((7, 19, "tanh"), (19, 11, "silu"), (11, 13, "tanh"), (13, 4, "softmax"))


def problem(dtype="float64"):
    rng = np.random.default_rng(3)
    layers = [gl.nn.Dense(*sizes) for sizes in LAYERS]
    network = gl.nn.Network(layers, "cross_entropy", random_state=1, dtype=dtype)
    return network, rng.normal(size=(150, 7)), rng.integers(0, 4, size=150)


def torch_or_skip():
    try:
        import torch
    except ImportError:
        if os.environ.get("GANGLION_REQUIRE_PEERS") == "1":
            raise
        pytest.skip("torch is not installed")
    return torch


def torch_parameters(torch, network):
    """torch keeps matrices as (n_out, n_in)."""
    return {
        name: torch.tensor(value.T.copy(), requires_grad=True)
        for name, value in network.parameters.items()
    }


def stepped_by_torch(torch, p, optimisers, X, y, steps):
    F = torch.nn.functional
    for _ in range(steps):
        a = torch.tanh(F.linear(torch.tensor(X), p["W1"], p["b1"]))
        a = F.silu(F.linear(a, p["W2"], p["b2"]))
        a = torch.tanh(F.linear(a, p["W3"], p["b3"]))
        loss = F.cross_entropy(F.linear(a, p["W4"], p["b4"]), torch.tensor(y))
        for optimiser in optimisers:
            optimiser.zero_grad()
        loss.backward()
        for optimiser in optimisers:
            optimiser.step()


@pytest.mark.parametrize("nesterov", [True, False])
def test_a_hundred_steps_are_torchs(monkeypatch, nesterov):
    torch = torch_or_skip()
    # torch's own code, kept in float64: it rounds to bfloat16 before it iterates, which no trajectory would survive.
    monkeypatch.setattr(torch.Tensor, "bfloat16", lambda tensor: tensor.clone())
    network, X, y = problem()
    p = torch_parameters(torch, network)
    hidden = [p["W2"], p["W3"]]
    others = [value for name, value in p.items() if name not in ("W2", "W3")]
    optimisers = (
        torch.optim.Muon(hidden, lr=0.02, momentum=0.95, weight_decay=0.2, nesterov=nesterov),
        torch.optim.AdamW(others, lr=3e-4, weight_decay=0.05),
    )
    stepped_by_torch(torch, p, optimisers, X, y, 100)
    ours = Muon(
        0.02,
        momentum=0.95,
        nesterov=nesterov,
        weight_decay=0.2,
        others=gl.nn.AdamW(3e-4, weight_decay=0.05),
    )
    for _ in range(100):
        ours.step(network.parameters, network.gradients(X, y))
    for name, value in network.parameters.items():
        np.testing.assert_allclose(value, p[name].detach().numpy().T, rtol=0, atol=1e-10)


def test_one_step_is_torchs_to_the_precision_in_which_torch_iterates():
    torch = torch_or_skip()
    network, X, y = problem()
    p = torch_parameters(torch, network)
    start = network.parameters["W2"].copy()
    stepped_by_torch(
        torch, p, [torch.optim.Muon([p["W2"], p["W3"]], lr=1.0, weight_decay=0)], X, y, 1
    )
    Muon(1.0, weight_decay=0).step(network.parameters, network.gradients(X, y))
    ours = network.parameters["W2"] - start
    theirs = p["W2"].detach().numpy().T - start
    # bfloat16 rounds to 2^-8; five iterations whose slope at 0 is 3.4445 each may magnify that.
    assert np.linalg.norm(ours - theirs, 2) < 0.15 * np.linalg.norm(theirs, 2)


@settings(deadline=None, max_examples=30)
@given(
    st.integers(1, 9), st.integers(1, 9), st.integers(0, 10**6), st.sampled_from([1e-3, 1.0, 1e6])
)
def test_directions_stay_and_turned_matrices_turn_alike(n, m, seed, size):
    matrix = size * np.random.default_rng(seed).normal(size=(n, m))
    found = orthogonalised(matrix)
    np.testing.assert_allclose(orthogonalised(matrix.T), found.T, rtol=0, atol=1e-9)
    u, s, vt = np.linalg.svd(matrix, full_matrices=False)
    inside = u.T @ found @ vt.T  # diagonal in the directions of the matrix
    np.testing.assert_allclose(inside, np.diag(np.diag(inside)), atol=1e-6)
    kept = np.diag(inside)[s > 0.1 * np.linalg.norm(s)]
    assert np.all((kept > 0.5) & (kept < 1.3))


def test_the_quintic_by_hand():
    # A 1 x 1 matrix divided by its norm is 1, and p(1) = 3.4445 - 4.7750 + 2.0315 = 0.701; and so on five times.
    value = 1.0
    for _ in range(5):
        value = 3.4445 * value - 4.7750 * value**3 + 2.0315 * value**5
    assert orthogonalised(np.array([[-3.0]])).item() == pytest.approx(-value, rel=1e-12)


def test_zeros_stay_zeros():
    np.testing.assert_array_equal(orthogonalised(np.zeros((3, 2))), np.zeros((3, 2)))


def test_first_and_last_weights_biases_and_gains_follow_adamw():
    network, X, y = problem()
    other, _, _ = problem()
    adamw = gl.nn.AdamW(3e-4, weight_decay=0.0)
    Muon(0.01).step(network.parameters, network.gradients(X, y))
    adamw.step(other.parameters, other.gradients(X, y))
    for name, value in network.parameters.items():
        is_same = np.array_equal(value, other.parameters[name])
        assert is_same == (name not in ("W2", "W3")), name


def test_named_matrices_are_taken():
    network, X, y = problem()
    optimiser = Muon(matrices=["W1", "W4"])
    optimiser.step(network.parameters, network.gradients(X, y))
    assert set(optimiser.first) == {"W1", "W4"}
    assert set(optimiser.others.first) == set(network.parameters) - {"W1", "W4"}


def test_float32_stays_float32():
    network, X, y = problem("float32")
    optimiser = Muon()
    optimiser.step(network.parameters, network.gradients(X, y))
    assert all(value.dtype == np.float32 for value in network.parameters.values())
    assert orthogonalised(np.eye(3, dtype=np.float32)).dtype == np.float32


def test_a_rate_for_a_step_moves_both_rates():
    network, X, y = problem()
    other, _, _ = problem()
    start = {name: value.copy() for name, value in network.parameters.items()}
    Muon(0.02).step(network.parameters, network.gradients(X, y), learning_rate=0)
    for name, value in network.parameters.items():
        np.testing.assert_array_equal(value, start[name])
    Muon(0.02).step(network.parameters, network.gradients(X, y), learning_rate=0.01)
    halved = Muon(0.01, others=gl.nn.AdamW(1.5e-4, weight_decay=0.0))
    halved.step(other.parameters, other.gradients(X, y))
    for name, value in network.parameters.items():
        np.testing.assert_allclose(value, other.parameters[name], rtol=1e-14, atol=1e-16)


def test_a_restored_muon_goes_on_with_the_same_bits():
    alone, X, y = problem()
    resumed, _, _ = problem()
    optimiser, before = Muon(), Muon()
    for _ in range(6):
        optimiser.step(alone.parameters, alone.gradients(X, y))
    for _ in range(2):
        before.step(resumed.parameters, resumed.gradients(X, y))
    after = Muon()
    after.restore(before.state())
    for _ in range(4):
        after.step(resumed.parameters, resumed.gradients(X, y))
    for name, value in alone.parameters.items():
        np.testing.assert_array_equal(resumed.parameters[name], value)
    with pytest.raises(gl.DataError, match=r"must have the number 'steps'"):
        after.restore({"learning_rate": 0.1, "steps": 1})


def test_threads_do_not_show():
    found, usual = [], gl.get_num_threads()
    for threads in (1, 2, 3):
        network, X, y = problem()
        gl.set_num_threads(threads)
        try:
            gl.nn.train(network, X, y, optimizer=Muon(), epochs=2, random_state=0)
        finally:
            gl.set_num_threads(usual)
        found.append(network.parameters)
    for other in found[1:]:
        for name, value in found[0].items():
            np.testing.assert_array_equal(other[name], value)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Muon(0), "Muon: learning_rate"),
        (lambda: Muon(momentum=1), "Muon: momentum must be a number at least 0 and below 1"),
        (lambda: Muon(weight_decay=-1), "Muon: weight_decay"),
        (lambda: Muon(nesterov="no"), "Muon: nesterov must be True or False"),
        (lambda: Muon(matrices="W1"), "matrices must be a sequence of names"),
        (lambda: Muon(others=gl.nn.Adam()), "others must be a gl.nn.AdamW"),
    ],
)
def test_what_muon_does_not_take_is_refused(make, words):
    with pytest.raises(gl.ParameterError) as caught:
        make()
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("optimiser", "words"),
    [
        (Muon(), r"among W1, W2; there is no hidden one. Name them"),
        (Muon(matrices=["W3", "b1"]), r"among W1, W2; got W3, b1"),
        (Muon(matrices=[]), "there is no hidden one"),
    ],
)
def test_a_network_without_such_matrices_is_refused(optimiser, words):
    network = gl.nn.Network([gl.nn.Dense(3, 5, "relu"), gl.nn.Dense(5, 1)])
    X = np.ones((4, 3))
    with pytest.raises(gl.ParameterError, match=words):
        optimiser.step(network.parameters, network.gradients(X, np.ones(4)))
    with pytest.raises(gl.ParameterError, match=words):
        gl.nn.train(network, X, np.ones(4), optimizer=optimiser, epochs=1)
