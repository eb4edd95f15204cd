"""`python -m benchmarks bayesian`: posteriors over partitions beside scikit-learn's variational mixture."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np

from . import comparisons
from .comparisons import OURS, Case, Machine, Row
from .problems import labelled_blobs
from .systems import limit_threads

PEER = "scikit-learn"
METHOD = """Points are 20 normal blobs of 8 features, unit variance, centres uniform in [-10, 10]^8. scikit-learn's
BayesianGaussianMixture is given what its users give it, n_components=40 and max_iter=200, and has the Dirichlet
process as prior; it answers with one local optimum. Ours is `BayesianClustering` with the default prior and
component: four chains, burn-in included, whose draws must earn the verdict "converged" (every R-hat at most 1.01,
every effective sample size at least 400), and the point estimate. Agreement: clusters found and adjusted Rand index
with the truth, ours then theirs; ours must have 20 and an index at least as high. The floor of a row is one label
step a sweep: n K d (d + 1) / 2 multiply-adds for each sweep of each chain, at the rate of the BLAS's product.
Collapsed Gibbs is one chain on one thread; its floor counts K d (d + 1) / 2 multiply-adds a reassignment, without the
logarithm and the exponential of each cluster. The partition search has no peer in Python; its floor is one scan of
all items, draws and clusters by each of its runs."""


def mixtures(n: int, machine: Machine, quick: bool) -> Case:
    """Make a row: our posterior, and scikit-learn's variational mixture of 40 components."""
    from sklearn.metrics import adjusted_rand_score
    from sklearn.mixture import BayesianGaussianMixture

    import ganglion as gl

    n, k = (2_000, 5) if quick else (n, 20)
    X32, truth = labelled_blobs(n, 8, k, seed=1)
    X = X32.astype(np.float64)
    draws, burn_in, chains = 105, 36, 4

    def ours(repetition: int) -> Any:
        model = gl.BayesianClustering(
            n_draws=draws, n_burn_in=burn_in, n_chains=chains, random_state=repetition
        ).fit(X)
        return model.labels_, model.diagnostics_.verdict

    def theirs(repetition: int) -> Any:
        mixture = BayesianGaussianMixture(n_components=40, max_iter=200, random_state=repetition)
        return mixture.fit(X).predict(X), "-"

    def agreement(found: Mapping[str, Any]) -> str:
        indices, counts = {}, {}
        for name, (labels, _) in found.items():
            indices[name] = adjusted_rand_score(truth, labels)
            counts[name] = len(np.unique(labels))
        verdict = found[OURS][1]
        said = f"{counts[OURS]}, {indices[OURS]:.4f} and {counts[PEER]}, {indices[PEER]:.4f}"
        if not quick and (verdict != "converged" or counts[OURS] != k):
            raise SystemExit(f"Ours must be converged with {k} clusters; {verdict}: {said}.")
        if indices[OURS] < indices[PEER] - 1e-12:
            raise SystemExit(f"Our adjusted Rand index is below scikit-learn's: {said}.")
        return said

    steps = (draws + burn_in) * chains * n * k * 8 * 9 / 2
    runs: dict[str, Callable[[int], Any]] = {OURS: ours, PEER: theirs}
    return Case(runs, agreement, steps / machine.slots)


def search(machine: Machine, quick: bool) -> Case:
    """Make the row of the partition that minimises the expected variation of information."""
    from ganglion.cluster import bayesian

    n_draws, n, k = (100, 100, 10) if quick else (1_000, 1_000, 10)
    rng = np.random.default_rng(0)
    truth = rng.integers(k, size=n)
    noise = rng.random((n_draws, n)) < 0.1
    draws = np.where(noise, rng.integers(k, size=(n_draws, n)), truth)

    def ours(repetition: int) -> Any:
        return bayesian.point_estimate(draws, "vi", random_state=repetition)

    def agreement(found: Mapping[str, Any]) -> str:
        ours = bayesian.expected_loss(draws, found[OURS])
        planted = bayesian.expected_loss(draws, truth)
        if ours > planted + 1e-12:
            raise SystemExit(f"The search found {ours}; the planted partition has {planted}.")
        return f"{ours:.4f} bits; planted {planted:.4f}"

    return Case({OURS: ours}, agreement, 16 * n * n_draws * k / machine.slots)


def reassignments(machine: Machine, quick: bool) -> Case:
    """Make the row of twenty sweeps of one collapsed chain on one thread, without proposals to split or merge."""
    import ganglion as gl
    from ganglion.cluster import bayesian
    from ganglion.cluster.bayesian._chains.collapsed import ChainOptions, GibbsChains
    from ganglion.cluster.bayesian._chains.native_model import build_model

    n, k, d, sweeps = (1_000 if quick else 10_000), 10, 8, 20
    X, truth = labelled_blobs(n, d, k, seed=1)
    component = bayesian.Normal().resolve(X.astype(np.float64))
    model = build_model(component.check(X.astype(np.float64)), component)
    table = bayesian.DirichletProcess(concentration=1.0).table(n, t_max=200)

    def ours(repetition: int) -> Any:
        threads = gl.get_num_threads()
        gl.set_num_threads(1)
        try:
            seeds = np.array([[1, 2, 3, repetition + 4]], dtype=np.uint64)
            chain = GibbsChains(model, seeds, truth[None], ChainOptions(n_split_merge=0))
            chain.advance([table], sweeps)
        finally:
            gl.set_num_threads(threads)
        return int(chain.n_clusters[0])

    def agreement(found: Mapping[str, Any]) -> str:
        return f"{found[OURS]} clusters"

    steps = sweeps * n * k * d * (d + 1) / 2
    return Case({OURS: ours}, agreement, steps / (machine.slots / gl.get_num_threads()))


ROWS = (
    Row("10000", "10,000 x 8, 20 blobs", "3", partial(mixtures, 10_000), repetitions=3),
    Row(
        "100000",
        "100,000 x 8, 20 blobs",
        "10",
        partial(mixtures, 100_000),
        budget=700.0,
        cap=20.0,
        repetitions=3,
    ),
    Row("gibbs", "collapsed Gibbs, 200,000 reassignments, d = 8, K = 10", "0.4 s", reassignments),
    Row("search", "SALSO, 1,000 draws x 1,000 items", "2 s", search),
)


def main(names: str | None, *, quick: bool, threads: int) -> str:
    """Run the rows, say each as it is done, and return the section."""
    with limit_threads(threads):
        table = comparisons.run(ROWS, names, quick=quick)
    return comparisons.section(
        "Posteriors over partitions", METHOD, table, quick=quick, threads=threads
    )
