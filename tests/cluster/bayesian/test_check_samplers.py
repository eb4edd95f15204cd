"""Every sampler x prior x component against the enumerated posterior, the prior alone, and the joint distribution."""

from __future__ import annotations

import numpy as np
import pytest

from exactness import ALGORITHMS, COMPONENTS, FREE, PRIORS, goes_with
from ganglion.cluster.bayesian import (
    Categorical,
    DiagonalNormal,
    DirichletProcess,
    Normal,
    PitmanYor,
    Poisson,
    sample_partitions,
)
from ganglion.cluster.bayesian.check import (
    geweke,
    prior_run,
    simulation_based_calibration,
    total_variation_test,
)
from ganglion.cluster.bayesian.check._statistics import batch_errors

GRID = [
    (algorithm, prior, component)
    for algorithm in ALGORITHMS
    for prior in PRIORS
    for component in COMPONENTS
    if goes_with(algorithm, component)
]
# For every run a covering part: each component with each algorithm, priors in turn.
COVER = [
    (algorithm, list(PRIORS)[(i + shift) % len(PRIORS)], component)
    for shift, algorithm in enumerate(ALGORITHMS)
    for i, component in enumerate(COMPONENTS)
    if goes_with(algorithm, component)
]


@pytest.mark.parametrize(("algorithm", "prior", "component"), COVER)
def test_draws_have_the_enumerated_posterior(algorithm, prior, component):
    X, family = COMPONENTS[component]
    found = total_variation_test(X, PRIORS[prior], family, algorithm=algorithm, n_draws=600)
    assert found.passed, found.sentence


@pytest.mark.heavy
@pytest.mark.parametrize(("algorithm", "prior", "component"), GRID)
def test_many_draws_have_the_enumerated_posterior(algorithm, prior, component):
    X, family = COMPONENTS[component]
    found = total_variation_test(X, PRIORS[prior], family, algorithm=algorithm, n_draws=20_000)
    assert found.passed, found.sentence


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("prior", FREE)
def test_hyperparameters_are_integrated_over_while_partitions_are_drawn(algorithm, prior):
    X, family = COMPONENTS["diagonal"]
    found = total_variation_test(X, FREE[prior], family, algorithm=algorithm, n_draws=150)
    assert found.passed, found.sentence


@pytest.mark.heavy
@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("prior", FREE)
@pytest.mark.parametrize("component", ["normal", "multinomial", "semi-conjugate"])
def test_many_draws_integrate_over_hyperparameters(algorithm, prior, component):
    if not goes_with(algorithm, component):
        algorithm = "gibbs"
    X, family = COMPONENTS[component]
    found = total_variation_test(X, FREE[prior], family, algorithm=algorithm, n_draws=5000)
    assert found.passed, found.sentence


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("prior", PRIORS)
def test_points_that_say_nothing_are_partitioned_by_the_prior(algorithm, prior):
    found = prior_run(PRIORS[prior], 6, algorithm=algorithm, n_draws=600)
    assert found.passed, found.sentence


@pytest.mark.heavy
@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("prior", [*PRIORS.values(), *FREE.values()])
def test_many_draws_of_points_that_say_nothing(algorithm, prior):
    found = prior_run(prior, 7, algorithm=algorithm, n_draws=10_000)
    assert found.passed, found.sentence


JOINT = [("dp", "normal"), ("py", "poisson"), ("mfm", "categorical"), ("mfm, function", "mixed")]


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize(("prior", "component"), JOINT)
def test_draws_forward_and_in_alternation_agree(algorithm, prior, component):
    X, family = COMPONENTS[component]
    found = geweke(X, PRIORS[prior], family, algorithm=algorithm, n_draws=250)
    assert found.passed, found.sentence


@pytest.mark.heavy
@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("prior", [*PRIORS.values(), *FREE.values()])
@pytest.mark.parametrize("component", [name for name in COMPONENTS if "semi" not in name])
def test_many_draws_forward_and_in_alternation_agree(algorithm, prior, component):
    X, family = COMPONENTS[component]
    found = geweke(X, prior, family, algorithm=algorithm, n_draws=3000)
    assert found.passed, found.sentence


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize(
    "prior",
    [DirichletProcess(concentration=20.0), PitmanYor(discount=0.7, concentration=2.0)],
    ids=["dp", "py"],
)
def test_fifty_points_that_say_nothing_have_the_priors_number_of_clusters(algorithm, prior):
    # About 26 clusters of 50 points: far more than the kernels have lanes.
    sample = sample_partitions(
        np.zeros((50, 1)),
        prior,
        Categorical(alpha=1.0),
        n_draws=500,
        n_burn_in=100,
        algorithm=algorithm,
        random_state=1,
    )
    t, p = sample.n_clusters, prior.n_clusters_probability(50)
    mean = p @ np.arange(51)
    error = batch_errors(t[:, :, None].astype(float))[0]
    assert abs(t.mean() - mean) < 5 * error
    assert t.max() > 32


# A covering part in every run, as above.
MANY = [("gibbs", Normal()), ("hybrid", DiagonalNormal()), ("hybrid", Poisson())]


@pytest.mark.parametrize(
    ("algorithm", "family"),
    [
        *MANY,
        *(
            pytest.param(algorithm, family, marks=pytest.mark.heavy)
            for algorithm in ALGORITHMS
            for family in (Normal(), DiagonalNormal(), Poisson())
            if (algorithm, family) not in MANY
        ),
    ],
    ids=lambda value: getattr(value, "kind", value),
)
def test_many_clusters_at_once_pass_the_joint_test(algorithm, family):
    X = np.random.default_rng(0).poisson(3.0, size=(40, 2)).astype(float)
    prior = DirichletProcess(concentration=15.0)
    found = geweke(X, prior, family, algorithm=algorithm, n_draws=250)
    assert found.passed, found.sentence


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_the_truth_ranks_anywhere_among_the_draws(algorithm):
    found = simulation_based_calibration(
        COMPONENTS["diagonal"][0],
        FREE["dp"],
        DiagonalNormal(),
        algorithm=algorithm,
        n_simulations=40,
        n_draws=7,
        thin=5,
    )
    assert found.passed, found.sentence


@pytest.mark.heavy
@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("prior", FREE)
@pytest.mark.parametrize("family", [Normal(), DiagonalNormal()], ids=["normal", "diagonal"])
def test_the_truth_ranks_anywhere_over_many_data_sets(algorithm, prior, family):
    found = simulation_based_calibration(
        COMPONENTS["normal"][0].repeat(4, axis=0),
        FREE[prior],
        family.resolve(COMPONENTS["normal"][0]),
        algorithm=algorithm,
        n_simulations=400,
    )
    assert found.passed, found.sentence
