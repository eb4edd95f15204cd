"""500 random programs: value, gradient and products with the Hessian, against torch in float64."""

from __future__ import annotations

import os

import numpy as np
import pytest

import ganglion as gl

try:
    import torch
except ImportError:
    if os.environ.get("GANGLION_REQUIRE_PEERS") == "1":
        raise
    pytest.skip("no torch; pip install '.[peers]'", allow_module_level=True)

from oracles.program_operations import BINARY, CHOICES, KINKED, SMOOTH
from oracles.random_programs import random_program

PROGRAMS, BATCH, SECOND_ORDER = 500, 25, 5
TOLERANCE = 1e-9


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def assert_close(ours, theirs, what, program, *, scale=0.0):
    """Compare arrays, relative to the largest number among all of them."""
    scale = max([scale, *(float(np.max(np.abs(t), initial=0.0)) for t in theirs)])
    for i, (found, expected) in enumerate(zip(ours, theirs, strict=True)):
        assert np.shape(found) == expected.shape
        worst = float(np.max(np.abs(found - expected), initial=0.0))
        assert worst <= TOLERANCE * scale, (
            f"{what} {i} is off by {worst:.2e} of {scale:.2e} in\n{program}"
        )
    return scale


def torch_gradients(program, directions):
    """Value, gradients and, where directions are given, Hessian x directions."""
    leaves = [torch.tensor(x, requires_grad=True) for x in program.inputs]
    value = program.theirs(*leaves)
    options = {"allow_unused": True, "materialize_grads": True}
    gradients = torch.autograd.grad(value, leaves, create_graph=directions is not None, **options)
    products = []
    if directions is not None:
        along = sum((g * torch.tensor(v)).sum() for g, v in zip(gradients, directions, strict=True))
        products = torch.autograd.grad(along, leaves, **options) if along.requires_grad else []
    return value, *([g.detach().numpy() for g in found] for found in (gradients, products))


def compare(seed):
    """Compare one program; every fifth to second order."""
    program = random_program(seed)
    generator = np.random.default_rng(seed)
    directions = [np.asarray(generator.normal(size=x.shape)) for x in program.inputs]
    is_second = seed % SECOND_ORDER == 0
    value, gradients, products = torch_gradients(program, directions if is_second else None)

    every = tuple(range(len(program.inputs)))
    found, ours = gl.autodiff.value_and_grad(program.ours, argnums=every)(*program.inputs)
    scale = assert_close([found], [value.detach().numpy()], "the value", program)
    scale = assert_close(ours, gradients, "gradient", program, scale=scale)
    if is_second and products:
        x, v = tuple(program.inputs), tuple(directions)
        ours = gl.autodiff.hvp(lambda inputs: program.ours(*inputs), x, v)
        assert_close(ours, products, "Hessian times vector", program, scale=scale)


@pytest.mark.parametrize("batch", range(PROGRAMS // BATCH))
def test_random_programs_agree_with_torch(batch):
    for seed in range(batch * BATCH, (batch + 1) * BATCH):
        compare(seed)


def test_the_programs_use_every_operation_and_reuse_values():
    programs = [random_program(seed) for seed in range(PROGRAMS)]
    texts = {line.text for program in programs for line in program.lines}
    assert texts >= {*SMOOTH, *KINKED, *BINARY, *CHOICES}
    words = "sum mean logsumexp norm var std max min softmax cumsum prod flip sort ravel tril pad concatenate stack"
    for word in [
        *words.split(),
        "einsum",
        "@",
        "solve",
        "inv",
        "det",
        "cholesky",
        "trace",
        "diagonal",
        "transpose",
    ]:
        assert any(word in text for text in texts), word
    reused = [
        max(sum(i in line.arguments for line in program.lines) for i in range(len(program.values)))
        for program in programs
    ]
    assert np.median(reused) >= 4
    broadcast = [
        len({program.values[i].shape for i in line.arguments}) > 1
        for program in programs
        for line in program.lines
        if len(line.arguments) == 2
    ]
    assert np.mean(broadcast) > 0.3


def test_a_program_is_the_same_every_time():
    assert str(random_program(7)) == str(random_program(7))
