"""Random stacks of dense layers, norms and residual sums against loops over single numbers."""

import numpy as np
import pytest

from oracles import stage_networks as oracle
from oracles.network_cases import HIDDEN
from oracles.stage_cases import as_stages, random_stack


def by_name(network, found):
    """The oracle's gradients under the names of the parameters."""
    names = list(network.parameters)
    gradients = {}
    stages = [stage for stage in network.stages if stage.shapes]
    for stage, pair in zip(stages, found, strict=True):
        gradients.update(dict(zip(stage.shapes, pair, strict=False)))
    assert list(gradients) == names
    return gradients


@pytest.mark.parametrize("training", [False, True], ids=["evaluation", "training"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("seed", range(60))
def test_outputs_loss_and_gradients_equal_the_loops(seed, dtype, training):
    # A step of float32 sums may fall on the other side of 0; it has no gradient to compare anyway.
    names = [name for name in HIDDEN if dtype == "float64" or name != "step"]
    case = random_stack(seed, names=names, dtype=dtype)
    network, stages = case.network, as_stages(case.network)
    running = None if training else case.running
    X = case.X.astype(dtype).tolist()
    loss, found = oracle.loss_and_gradients(
        stages, network.loss_name, X, case.rows.tolist(),
        weights=case.weights, reduction=network.reduction, running=running,
    )  # fmt: skip
    # Sums of 10 terms through up to 15 stages, and each norm may divide by a deviation of a tenth.
    slack = 20_000 * float(np.finfo(dtype).eps)
    outputs = np.array(oracle.forward(stages, X, running)[0])
    largest = max(1.0, np.abs(outputs).max())
    np.testing.assert_allclose(
        network.forward(case.X, training=training), outputs, rtol=0, atol=slack * largest
    )
    assert network.loss(*case.data, training=training) == pytest.approx(loss, rel=slack, abs=slack)
    gradients = network.gradients(*case.data, training=training)
    largest = max(1.0, *(np.abs(g).max() for g in gradients.values()))
    for name, expected in by_name(network, found).items():
        assert gradients[name].dtype == dtype
        np.testing.assert_allclose(
            gradients[name], np.array(expected), rtol=0, atol=slack * largest, err_msg=name
        )


def test_every_kind_of_stage_is_drawn():
    kinds = {
        (stage.kind, stage.adds >= 0, stage.dropout > 0)
        for seed in range(60)
        for stage in random_stack(seed).network.stages
    }
    assert {kind for kind, _, _ in kinds} == {"dense", "batch_norm", "layer_norm", "sum"}
    assert {("sum", True, True), ("batch_norm", False, True)} < kinds
