"""scikit-learn's contract, by scikit-learn's own checks: all of them, none excused."""

from __future__ import annotations

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

import ganglion as gl
from ganglion.cluster.bayesian import DiagonalNormal, MixtureOfFiniteMixtures


@pytest.fixture(autouse=True)
def array_api(monkeypatch):
    """Without it scikit-learn leaves its array API checks out."""
    monkeypatch.setenv("SCIPY_ARRAY_API", "1")


@pytest.mark.filterwarnings("ignore:X has .* distinct samples:ganglion.GanglionWarning")
@parametrize_with_checks(
    [
        gl.KMeans(),
        gl.KMeans(n_clusters=2, init="random", n_init=3, max_iter=5),
        gl.KMeans(n_clusters=3, init="k-means||", metric="cosine", record=True),
        gl.MiniBatchKMeans(),
        gl.BisectingKMeans(),
        gl.BisectingKMeans(n_clusters=3, init="k-means++", bisecting_strategy="largest_cluster"),
        gl.KMedoids(),
        gl.KMedoids(n_clusters=3, metric="manhattan", init="build", max_iter=5),
        gl.MiniBatchKMeans(n_clusters=2, init="random", batch_size=10, max_iter=5, tol=1e-3),
        gl.AgglomerativeClustering(),
        gl.AgglomerativeClustering(linkage="average", metric="manhattan"),
        gl.AgglomerativeClustering(linkage="single"),
        gl.AgglomerativeClustering(linkage="minimax"),
        gl.AgglomerativeClustering(linkage="median"),
        gl.DivisiveClustering(),
        gl.DivisiveClustering(method="bisecting"),
        gl.DivisiveClustering(method="pddp"),
        gl.DivisiveClustering(method="mst", metric="manhattan"),
        gl.BayesianClustering(n_draws=20, n_burn_in=30),
        gl.BayesianClustering(
            prior=MixtureOfFiniteMixtures(gamma=1.0, n_components_prior=[0.2] * 5),
            component=DiagonalNormal(allow_missing=True),
            n_draws=20,
            n_burn_in=100,
            loss="binder",
            algorithm="hybrid",
        ),
    ]
)
def test_every_check_of_scikit_learn_holds(estimator, check):
    check(estimator)
