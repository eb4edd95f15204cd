"""The losses with numbers of their own, on rows that are not learned from."""

import numpy as np
import pytest

import ganglion as gl
from ganglion.nn.losses import Gaussian, Huber, Quantile

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(80, 4)), RNG.poisson(2.0, size=(80, 2)).astype(float)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    ("loss", "n_out"),
    [
        ("poisson", 2),
        (Quantile((0.1, 0.5, 0.9)), 6),
        ("gaussian", 4),
        (Gaussian(0.1), 4),
        (Huber(0.3), 2),
    ],
)
def test_the_validation_loss_is_that_of_the_network(loss, n_out, dtype):
    last = "softplus" if loss == "poisson" else "identity"
    layers = [gl.nn.Dense(4, 5, "tanh"), gl.nn.Dense(5, n_out, last)]
    model = gl.nn.Network(layers, loss, random_state=0, dtype=dtype)
    weights = RNG.random(80)
    run = gl.nn.train(
        model, X, Y, optimizer=gl.nn.Adam(), epochs=3, random_state=0, eval_set=(X, Y, weights)
    )
    close = 1e-5 if dtype == "float32" else 1e-12
    assert run.validation_loss_curve[-1] == pytest.approx(model.loss(X, Y, weights), rel=close)


def test_a_metric_of_numbers_needs_one_output_for_each():
    model = gl.nn.Network([gl.nn.Dense(4, 6)], Quantile((0.1, 0.5, 0.9)), random_state=0)
    with pytest.raises(gl.DataError, match="metric 'mae' compares numbers; y has the shape"):
        gl.nn.train(model, X, Y, optimizer=gl.nn.Adam(), epochs=1, eval_set=(X, Y), metric="mae")


def test_numbers_of_a_loss_are_part_of_the_architecture(tmp_path):
    def go(delta, resume):
        model = gl.nn.Network([gl.nn.Dense(4, 2)], Huber(delta), random_state=0)
        gl.nn.train(
            model, X, Y, optimizer=gl.nn.Adam(), epochs=2, random_state=0, checkpoint=tmp_path / "training",
            resume=resume,
        )  # fmt: skip

    go(0.5, False)
    with pytest.raises(
        gl.ParameterError, match=r"the architecture was .*huber\[0.5\].* and is .*huber\[0.25\]"
    ):
        go(0.25, True)
