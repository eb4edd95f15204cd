"""Draws for ArviZ: the same statistics under its names; without it, an error that says how to get it."""

from __future__ import annotations

import os
import sys
from importlib import import_module

import numpy as np
import pytest

import ganglion as gl
from ganglion.cluster.bayesian import diagnose, sample_partitions, to_arviz

X = np.concatenate([np.linspace(0, 1, 8), np.linspace(9, 10, 8)])[:, None]


def installed_arviz():
    if os.environ.get("GANGLION_REQUIRE_PEERS") != "1":
        pytest.importorskip("arviz")
    return import_module("arviz")


def test_chains_have_their_statistics_in_arviz():
    installed_arviz()
    sample = sample_partitions(X, n_draws=50, n_burn_in=20, random_state=0)
    found = to_arviz(sample)
    posterior = found.posterior
    assert posterior["n_clusters"].shape == (4, 50)
    assert np.array_equal(posterior["n_clusters"], sample.n_clusters)
    assert np.array_equal(posterior["labels"], sample.draws)
    assert np.array_equal(posterior["concentration"], sample.hyperparameters["concentration"])
    assert np.array_equal(found.sample_stats["lp"], sample.log_posterior)
    for c, d in np.ndindex(4, 50):
        shares = np.bincount(sample.draws[c, d]) / 16
        assert posterior["largest"][c, d] == pytest.approx(shares.max())
        assert posterior["entropy"][c, d] == pytest.approx(
            -np.sum(shares * np.log(shares)), abs=1e-12
        )
    assert "labels" not in to_arviz(sample, labels=False).posterior


def test_its_r_hat_is_ours():
    peer = installed_arviz()
    model = gl.BayesianClustering(n_draws=60, n_burn_in=20, random_state=0).fit(X)
    summary = peer.rhat(model.to_arviz(), var_names=["n_clusters", "entropy"])
    own = diagnose(model.draws_, model.log_posterior_).r_hat
    for name in ("n_clusters", "entropy"):
        assert float(summary[name]) == pytest.approx(own[name], rel=1e-10)


def test_without_arviz_the_error_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "arviz", None)
    sample = sample_partitions(X, n_draws=5, n_burn_in=5, random_state=0)
    with pytest.raises(
        gl.ParameterError, match="to_arviz needs the package arviz, which is not installed"
    ):
        to_arviz(sample)
