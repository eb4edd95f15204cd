"""The two engines agree on every kind of layer: what the kernels compute is what the differentiation engine says."""

from dataclasses import replace

import numpy as np
import pytest

from ganglion.nn import SGD, Adam
from ganglion.nn._engine.choosing import engine_for
from ganglion.nn._engine.program import Learned, Plan, Program
from ganglion.nn._engine.recorded import Recorded
from oracles.stage_cases import random_stack

RELATIVE = 1e-8  # three epochs, each step carried through norms that may divide by a tenth


def learned(case):
    """The data of a case, as the engines take them."""
    is_labels = case.network.loss_name == "cross_entropy" and case.y.ndim == 1
    targets = None if is_labels else np.ascontiguousarray(case.rows)
    labels = case.y.astype(np.int32) if is_labels else None
    return Learned(case.X, targets, labels, case.weights)


def trained(kind, case, optimiser):
    """What three epochs give: their records, parameters and statistics, outputs."""
    network = case.network
    # Their draws of dropout differ.
    stages = [replace(stage, dropout=0.0) for stage in network.stages]
    engine = kind(stages, network.loss_name, "float64")
    engine.write(network.parameters)
    engine.write_running(network.running)
    optimiser.prepare(network.parameters)
    engine.write_moments(optimiser)
    plan = Plan(4, is_mean=network.reduction == "mean", l2=0.1)
    passed = [engine.learn(learned(case), None, optimiser, plan) for _ in range(3)]
    arrays = {
        name: np.empty_like(value) for name, value in (network.parameters | network.running).items()
    }
    engine.read(arrays)
    return passed, arrays, engine.predict(case.X)


@pytest.mark.parametrize("seed", range(60))
def test_both_engines_learn_the_same(seed):
    case = random_stack(seed)
    # The epsilon keeps a gradient of rounding from becoming a step: a bias before a batch norm has none.
    rule = (lambda: SGD(0.01, momentum=0.5)) if seed % 2 else (lambda: Adam(0.01, epsilon=1e-2))
    (passed, arrays, outputs), (others, twins, repeated) = (
        trained(kind, case, rule()) for kind in (Program, Recorded)
    )
    for one, two in zip(passed, others, strict=True):
        assert (two.is_finite, two.batches) == (one.is_finite, one.batches)
        assert (two.loss, two.weight, two.penalty) == pytest.approx(
            (one.loss, one.weight, one.penalty), rel=RELATIVE
        )
    for name, value in arrays.items():
        np.testing.assert_allclose(twins[name], value, rtol=RELATIVE, atol=RELATIVE, err_msg=name)
    np.testing.assert_allclose(repeated, outputs, rtol=RELATIVE, atol=RELATIVE)


@pytest.mark.parametrize("seed", range(0, 60, 7))
def test_norms_and_residual_sums_are_trained_natively(seed):
    engine = engine_for(random_stack(seed).network)
    assert isinstance(engine, Program) and engine.name == "native"
