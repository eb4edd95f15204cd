"""Every sampler x prior x component against the enumerated posterior, the prior alone, and the joint distribution."""

from __future__ import annotations

import pytest

from exactness import ALGORITHMS, COMPONENTS, FREE, PRIORS, goes_with
from ganglion.cluster.bayesian import DiagonalNormal, Normal
from ganglion.cluster.bayesian.check import (
    geweke,
    prior_run,
    simulation_based_calibration,
    total_variation_test,
)

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
