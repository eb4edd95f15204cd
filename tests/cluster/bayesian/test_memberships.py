"""Where new rows belong: the compiled path against the definition in arrays, draw by draw."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from ganglion import _native
from ganglion._native import core
from ganglion.cluster.bayesian import (
    Bernoulli,
    Categorical,
    DiagonalNormal,
    DirichletProcess,
    Gamma,
    Mixed,
    MixtureOfFiniteMixtures,
    Multinomial,
    Normal,
    PitmanYor,
    Poisson,
    PosteriorSample,
    SemiConjugateNormal,
    membership,
    prediction,
)
from ganglion.cluster.bayesian._partitions.numbering import by_first_appearance

N, M = 40, 30


def rows_of(name, n, seed):
    rng = np.random.default_rng(seed)
    if name == "counts":
        return rng.poisson(rng.gamma(0.5, 6, (n, 3))).astype(float)
    if name == "codes":
        return rng.integers(0, 3, (n, 3)).astype(float)
    if name == "bits":
        return (rng.random((n, 3)) < 0.4).astype(float)
    X = rng.normal(size=(n, 3)) * 3
    if name == "gaps":
        X[rng.random(X.shape) < 0.3] = np.nan
    if name == "mixed":
        X[:, 1] = rng.integers(0, 2, n)
        X[:, 2] = rng.poisson(4, n)
    return X


CODES = [np.array([0.5, 0.2, 1.0])] * 3
CASES = [
    ("numbers", Normal()),
    ("numbers", DiagonalNormal()),
    ("gaps", DiagonalNormal(allow_missing=True)),
    ("counts", Poisson()),
    ("counts", Multinomial(alpha=0.7)),
    ("bits", Bernoulli(a=0.5, b=0.8)),
    ("codes", Categorical(alpha=CODES)),
    ("mixed", Mixed({(0,): DiagonalNormal(), (1,): Bernoulli(), (2,): Poisson()})),
]


def sample_of(component, prior, n_clusters=6, **hyperparameters):
    """Draws with up to so many clusters, some of them equal."""
    rng = np.random.default_rng(1)
    draws = np.empty((2, 25, N), np.int8)
    for chain, at in np.ndindex(2, 25):
        k = 1 + (at // 2) % n_clusters
        draws[chain, at] = by_first_appearance(np.random.default_rng(at // 2).integers(0, k, N))
    draws[0, 0] = np.arange(N)
    values = {name: rng.gamma(2.0, 1.0, (2, 25)) for name in hyperparameters}
    return PosteriorSample(draws, np.zeros((2, 25)), prior, component, hyperparameters=values)


def by_arrays(new, rows, sample, reference):
    """The mean over draws, from tables of densities."""
    known, rows_new = sample.component.check(rows), sample.component.check(new)
    labels = by_first_appearance(np.asarray(reference))
    shares, log_density = prediction._sum_memberships(rows_new, known, sample, labels)
    return shares / 50, log_density - np.log(50)


@pytest.mark.parametrize(("name", "component"), CASES)
def test_every_family_predicts_as_its_densities_in_arrays_do(name, component):
    rows, new = rows_of(name, N, 0), rows_of(name, M, 1)
    sample = sample_of(component.resolve(rows), DirichletProcess(concentration=1.5))
    reference = np.arange(N) % 17
    found = membership(new, rows, sample, reference)
    shares, log_density = by_arrays(new, rows, sample, reference)
    np.testing.assert_allclose(found.probabilities, shares, rtol=1e-11, atol=1e-13)
    np.testing.assert_allclose(found.log_density, log_density, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(
    "prior",
    [
        PitmanYor(discount=0.3, concentration=0.5),
        DirichletProcess(concentration=Gamma(shape=1.0, rate=1.0)),
        MixtureOfFiniteMixtures(gamma=0.8, n_components_prior=np.full(4, 0.25)),
    ],
)
def test_every_prior_weighs_as_its_table_in_arrays_does(prior):
    rows, new = rows_of("numbers", N, 0), rows_of("numbers", M, 1)
    free = dict.fromkeys(prior.free, 0)
    sample = sample_of(DiagonalNormal().resolve(rows), prior, n_clusters=4, **free)
    reference = np.arange(N) % 3
    if isinstance(prior, MixtureOfFiniteMixtures):  # all apart is outside its support
        sample.draws[0, 0] = 0
    found = membership(new, rows, sample, reference)
    shares, log_density = by_arrays(new, rows, sample, reference)
    np.testing.assert_allclose(found.probabilities, shares, rtol=1e-11, atol=1e-13)
    np.testing.assert_allclose(found.log_density, log_density, rtol=1e-12)


def test_sparse_rows_predict_as_dense_ones_do():
    rows, new = rows_of("counts", N, 0), rows_of("counts", M, 1)
    component = Multinomial(alpha=0.4).resolve(rows)
    sample = sample_of(component, DirichletProcess(concentration=1.0))
    dense = membership(new, rows, sample, np.zeros(N, int))
    sparse = membership(csr_array(new), csr_array(rows), sample, np.zeros(N, int))
    np.testing.assert_array_equal(dense.probabilities, sparse.probabilities)
    np.testing.assert_array_equal(dense.log_density, sparse.log_density)


def test_nobody_sees_how_many_rows_are_looked_at_together(monkeypatch):
    rows, new = rows_of("numbers", N, 0), rows_of("numbers", M, 1)
    sample = sample_of(Normal().resolve(rows), DirichletProcess(concentration=1.0))
    whole = membership(new, rows, sample, np.arange(N) % 3)
    monkeypatch.setattr(prediction, "rows_at_once", lambda _: 7)
    parts = membership(new, rows, sample, np.arange(N) % 3)
    np.testing.assert_array_equal(whole.probabilities, parts.probabilities)
    np.testing.assert_array_equal(whole.log_density, parts.log_density)


@pytest.mark.parametrize(("name", "component"), CASES[:3])
def test_bits_depend_neither_on_the_instruction_set_nor_on_threads(name, component):
    rows, new = rows_of(name, N, 0), rows_of(name, M, 1)
    sample = sample_of(component.resolve(rows), DirichletProcess(concentration=1.5))
    before, threads, seen = _native.isa(), core.get_num_threads(), set()
    try:
        for isa in _native.available_isas():
            _native.use_isa(isa)
            for count in (1, 2, 3, 7):
                core.set_num_threads(count)
                found = membership(new, rows, sample, np.arange(N) % 3)
                seen.add(found.probabilities.tobytes() + found.log_density.tobytes())
    finally:
        _native.use_isa(before)
        core.set_num_threads(threads)
    assert len(seen) == 1


def test_a_component_without_closed_form_predicts_too():
    rows, new = rows_of("numbers", N, 0)[:, :1], rows_of("numbers", 3, 1)[:, :1]
    component = SemiConjugateNormal(mean=0, variance=4.0, shape=2.0, rate=1.0).resolve(rows)
    draws = np.zeros((1, 2, N), np.int8)
    sample = PosteriorSample(
        draws, np.zeros((1, 2)), DirichletProcess(concentration=1.0), component
    )
    found = membership(new, rows, sample, np.zeros(N, int))
    np.testing.assert_allclose(found.probabilities.sum(axis=1), 1, rtol=1e-12)
