"""What a chain is: labels, a stream, explicit parameters; the same bits for any threads and any instruction set."""

from pathlib import Path

import numpy as np
import pytest
from cluster.bayesian.chain_cases import PRIORS, chains, chains_on, normal_case

import ganglion as gl
from ganglion._native import available_isas, isa, use_isa
from ganglion.cluster.bayesian import (
    Bernoulli,
    Categorical,
    DiagonalNormal,
    Mixed,
    Multinomial,
    Normal,
    Poisson,
    SemiConjugateNormal,
)
from interrupting import ends_soon_and_whole

TESTS = str(Path(__file__).resolve().parents[2])
COMPONENTS = {
    "normal": Normal(),
    "diagonal": DiagonalNormal(),
    "explicit": SemiConjugateNormal(),
    "mixed": Mixed({(0, 1): Normal(), (2,): Poisson(), (3,): Bernoulli(), (4,): Categorical()}),
    "mixed explicit": Mixed(
        {
            (0,): SemiConjugateNormal(),
            (1,): DiagonalNormal(),
            (2, 3): Multinomial(),
            (4,): Poisson(),
        }
    ),
}


def sampler_of(name, n=50, n_chains=5):
    """Chains on rows that suit the component."""
    rng = np.random.default_rng(4)
    z = rng.integers(0, 3, n)
    X = np.column_stack(
        [z * 3 + rng.normal(size=n), z - rng.normal(size=n), rng.poisson(1 + 4 * z), z % 2, z]
    ).astype(np.float64)
    if name in ("normal", "diagonal", "explicit"):
        X = X[:, :2]
    component = COMPONENTS[name].resolve(X)
    starts = rng.integers(0, 4, (n_chains, n))
    return chains_on(X, component, starts)


def run(sampler, n_sweeps, prior="py"):
    """Advance; return all that the chains are."""
    n = sampler.labels.shape[1]
    sampler.advance([PRIORS[prior].table(n)] * len(sampler.labels), n_sweeps)
    return sampler.state() | {"log_likelihood": sampler.log_likelihood}


def assert_same(a, b):
    """To the bit."""
    assert a.keys() == b.keys()
    for name, values in a.items():
        np.testing.assert_array_equal(values, b[name], err_msg=name)


@pytest.mark.parametrize("name", COMPONENTS)
def test_a_restored_chain_goes_on_as_if_it_had_not_stopped(name):
    whole, other = sampler_of(name), sampler_of(name)
    expected = run(whole, 25)
    state = run(sampler_of(name), 10)
    run(other, 3)  # it has been elsewhere
    other.restore(state)
    assert_same(run(other, 15), expected)


@pytest.mark.parametrize("name", COMPONENTS)
def test_how_sweeps_are_grouped_does_not_show(name):
    one_by_one = sampler_of(name)
    for _ in range(9):
        run(one_by_one, 1)
    assert_same(run(one_by_one, 1), run(sampler_of(name), 10))


@pytest.mark.parametrize("name", COMPONENTS)
def test_threads_and_instruction_sets_do_not_show(name):
    before, threads, found = isa(), gl.get_num_threads(), []
    try:
        for each in available_isas():
            use_isa(each)
            for n_threads in (1, 2, 3, 7):
                gl.set_num_threads(n_threads)
                found.append(run(sampler_of(name), 8))
    finally:
        use_isa(before)
        gl.set_num_threads(threads)
    for other in found[1:]:
        assert_same(other, found[0])


def test_a_chain_does_not_depend_on_its_company():
    together, alone = sampler_of("normal", n_chains=5), sampler_of("normal", n_chains=5)
    alone._chains = alone._chains[3:4]
    np.testing.assert_array_equal(run(together, 10)["labels"][3], run(alone, 10)["labels"][0])


def test_what_chains_did_is_counted():
    case = normal_case(80, 2, seed=3, spread=1.0)
    sampler = chains(case, np.zeros(80, int), n_split_merge=3)
    sampler.advance([PRIORS["dp"].table(80)], 50)
    counts = {name: int(values[0]) for name, values in sampler.counts.items()}
    # With one cluster there is no other to be merged with.
    assert 75 < counts["splits_proposed"] + counts["merges_proposed"] <= 150
    assert 0 < counts["splits_accepted"] <= counts["splits_proposed"]
    assert counts["merges_accepted"] <= counts["merges_proposed"]
    assert 0 < counts["new_clusters"] <= counts["moves"]
    assert sampler.peak[0] >= sampler.n_clusters[0]


def test_labels_are_numbered_by_first_appearance():
    sampler = sampler_of("normal")
    labels = run(sampler, 5)["labels"]
    for chain, n_clusters in zip(labels, sampler.n_clusters, strict=True):
        firsts = [int(np.argmax(chain == c)) for c in range(n_clusters)]
        assert firsts == sorted(firsts)
        assert firsts[0] == 0


def test_data_a_thousand_times_larger_and_moved_take_the_same_way():
    # A power of 2 and a shift that costs no digits: the rows differ in their exponents alone.
    rng = np.random.default_rng(8)
    X = np.round((rng.normal(size=(60, 3)) + 4 * rng.integers(0, 3, (60, 1))) * 2**20) / 2**20
    X[30:] = -X[:30]  # the mean is 0, exactly
    labels = rng.integers(0, 4, (2, 60))
    found = []
    for size in (1.0, 1024.0, 2.0**-30):
        component = Normal().resolve(X * size)
        sampler = chains_on(X * size, component, labels)
        found.append(run(sampler, 20)["labels"])
    np.testing.assert_array_equal(found[1], found[0])
    np.testing.assert_array_equal(found[2], found[0])


INTERRUPTED = """
import time
import numpy as np
from cluster.bayesian.chain_cases import PRIORS, chains, normal_case

case = normal_case(100_000, 8, seed=0)
starts = [np.zeros(100_000, int), np.arange(100_000) % 300]
sampler = chains(case, starts, n_split_merge={n_split_merge})
table = PRIORS["dp"].table(100_000)
try:
    print("ready", flush=True)
    sampler.advance([table] * 2, 1000)
except KeyboardInterrupt:
    print(time.monotonic())
for labels, n_clusters in zip(sampler.labels, sampler.n_clusters):
    assert np.array_equal(np.unique(labels), np.arange(n_clusters))
assert np.isfinite(sampler.log_likelihood).all()
sampler.restore(sampler.state())
print("whole")
"""


@pytest.mark.parametrize("n_split_merge", [0, 3])
def test_an_interrupt_is_heard_within_half_a_second_and_leaves_whole_clusters(n_split_merge):
    ends_soon_and_whole(
        f"import sys; sys.path.append({TESTS!r})" + INTERRUPTED.format(n_split_merge=n_split_merge)
    )
