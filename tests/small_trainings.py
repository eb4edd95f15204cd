"""A small classifier and rows for it: what the tests of training train."""

import numpy as np

import ganglion as gl


def rows(n=200, d=6, k=3, seed=0):
    """Rows, and labels by a rule with some noise."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, d))
    noisy = X @ np.random.default_rng(9).normal(size=(d, k)) + rng.normal(size=(n, k))
    return X, noisy.argmax(axis=1)


def classifier(dtype="float64", seed=0, width=12):
    """6 inputs, 3 classes."""
    layers = [gl.nn.Dense(6, width, "relu"), gl.nn.Dense(width, 3, "softmax")]
    return gl.nn.Network(layers, "cross_entropy", random_state=seed, dtype=dtype)


def fit(model=None, *, epochs=8, **options):
    """Train a classifier on 200 rows."""
    model = classifier() if model is None else model
    given = {"optimizer": gl.nn.Adam(0.02), "random_state": 0, "epochs": epochs} | options
    return model, gl.nn.train(model, *rows(), **given)


def bits(model):
    """The bytes of all parameters."""
    return b"".join(value.tobytes() for value in model.parameters.values())


HELD_OUT = rows(90, seed=1)
