"""The search for one partition: every partition enumerated, laws, by hand, and what the states must not show."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import ganglion as gl
from ganglion.cluster.bayesian import expected_loss, point_estimate
from ganglion.cluster.bayesian._partitions import search
from ganglion.cluster.bayesian._partitions.contingency import check_loss, loss_matrix
from ganglion.cluster.bayesian._partitions.draws import check_draws
from oracles import bayesian_partitions as oracle

# Most bytes of dense counts: always dense, sparse once there are more than 16 clusters or so, never dense.
KEPT = (10**9, 100_000, 0)
EVERY = {n: check_draws(oracle.partitions(n)) for n in range(1, 9)}


def noisy(n, n_draws, k, noise, seed=0):
    """Draws around one partition; each item has a cluster of its own to stray to."""
    random = np.random.default_rng(seed)
    center = random.integers(k, size=n)
    strays = random.random((n_draws, n)) < random.beta(0.5, 2, size=n) * noise
    return np.where(strays, (center + 1 + random.integers(2, size=(n_draws, n))) % k, center)


def least(draws, loss, a=1.0):
    """The expected losses of all partitions of so many items."""
    given_draws = check_draws(draws)
    return loss_matrix(given_draws, EVERY[given_draws.n], check_loss(loss, a)).mean(axis=1)


@pytest.mark.parametrize("loss", ["vi", "binder"])
@pytest.mark.parametrize("part", range(10))
def test_the_search_finds_the_enumerated_optimum_on_two_hundred_sets_of_draws(loss, part):
    random = np.random.default_rng(part)
    for seed in range(20):  # 10 parts of 20 sets
        n, n_draws = int(random.integers(1, 9)), int(random.integers(1, 30))
        draws = random.integers(random.integers(1, n + 1), size=(n_draws, n))
        found = point_estimate(draws, loss, random_state=seed)
        assert expected_loss(draws, found, loss) <= least(draws, loss).min() + 1e-12


@pytest.mark.parametrize("a", [0.2, 0.7, 1.4, 1.8])
def test_the_search_finds_the_enumerated_optimum_of_one_sided_losses(a):
    random = np.random.default_rng(int(10 * a))
    for seed in range(12):
        draws = random.integers(random.integers(1, 8), size=(int(random.integers(2, 12)), 7))
        for loss in ("vi", "binder"):
            found = point_estimate(draws, loss, random_state=seed, a=a)
            assert expected_loss(draws, found, loss, a=a) <= least(draws, loss, a).min() + 1e-12


@pytest.mark.heavy
def test_the_search_finds_the_enumerated_optimum_on_two_thousand_sets_of_draws():
    random = np.random.default_rng(99)
    for seed in range(2000):
        draws = random.integers(random.integers(1, 9), size=(int(random.integers(1, 40)), 8))
        for loss in ("vi", "binder"):
            found = point_estimate(draws, loss, random_state=seed)
            assert expected_loss(draws, found, loss) <= least(draws, loss).min() + 1e-12


@pytest.mark.parametrize("loss", ["vi", "binder"])
@pytest.mark.parametrize("most_bytes", KEPT)
def test_no_single_move_lowers_the_loss_of_what_is_found(loss, most_bytes, monkeypatch):
    monkeypatch.setattr(search, "_plan", lambda *_: (most_bytes, 2))
    draws = noisy(60, 80, 5, 1.5)
    found = point_estimate(draws, loss, random_state=0)
    reached = expected_loss(draws, found, loss)
    for i in range(60):
        for c in range(found.max() + 2):
            moved = found.copy()
            moved[i] = c
            assert expected_loss(draws, moved, loss) >= reached - 1e-12


@pytest.mark.parametrize(("n", "k"), [(40, 3), (300, 12), (200, 90)])
@pytest.mark.parametrize("loss", ["vi", "binder"])
def test_counts_lead_to_the_same_loss_however_they_are_kept(n, k, loss, monkeypatch):
    draws = noisy(n, 50, k, 1.0)
    reached = []
    for most_bytes in KEPT:
        monkeypatch.setattr(search, "_plan", lambda *_, most=most_bytes: (most, 1))
        found = point_estimate(draws, loss, random_state=3, n_runs=32)
        reached.append(expected_loss(draws, found, loss))
    # Sums are rounded in another order, so ties fall otherwise and runs part: both end in minima, about as good.
    assert reached[1:] == pytest.approx(reached[:1] * 2, rel=2e-3)


def test_many_items_that_are_best_alone_are_judged_to_the_end():
    # Nothing moves in a scan of 100 batches: the size of a batch, twice that of the one before, has to have an end.
    draws = np.random.default_rng(0).integers(10, size=(25, 1500))
    found = point_estimate(draws, random_state=0, n_runs=1, n_zealous=1)
    assert expected_loss(draws, found) <= expected_loss(draws, np.arange(1500))


# What the kernel counts of a process is no less than what its parent had when it started it; VmHWM is its own.
MEMORY = """
import re
import numpy as np
from ganglion.cluster.bayesian import point_estimate
def peak():
    with open("/proc/self/status") as file:
        return int(re.search(r"VmHWM:\\s+(\\d+) kB", file.read())[1]) / 1024
draws = np.random.default_rng(1).integers(20, size=(100, 4000))
point_estimate(draws[:, :50], random_state=0, n_runs=1, n_zealous=0)
before = peak()
point_estimate(draws, random_state=0, n_runs=1, n_zealous=0)
print(peak() - before)
"""


def test_tables_stay_small_where_draws_agree_on_nothing():
    # Most items are best alone. Dense tables of 2,000 rows and 4,000 clusters would take 96 MB; a list of what each row
    # holds takes 3.
    run = subprocess.run([sys.executable, "-c", MEMORY], capture_output=True, text=True, check=True)
    assert float(run.stdout) < 48


def test_the_objective_of_a_run_is_the_expected_loss_of_its_end():
    draws = check_draws(noisy(90, 40, 6, 1.0))
    merged = search.distinct(draws)
    for name, a in (("vi", 1.0), ("binder", 1.0), ("vi", 0.6)):
        loss = check_loss(name, a)
        h, gain = loss.tables(90)
        bases = np.concatenate([[0], np.cumsum(merged.draws.n_clusters)])
        held = gl._native.core.PartitionSearch8(
            merged.draws.take(np.arange(merged.draws.count), merged.items), bases, merged.weights,
            np.bincount(merged.atoms), h, gain, 2 - a, 90,
        )  # fmt: skip
        labels, objectives = np.empty((6, len(merged.items)), dtype=np.int32), np.empty(6)
        for most_bytes in KEPT:
            starts = np.empty((0, len(merged.items)), dtype=np.int32)
            held.run(starts, 5, 2, most_bytes, 1, labels, objectives)
            ends = check_draws(labels[:, merged.atoms])
            sizes = [h[np.bincount(row, minlength=1)].sum() for row in draws.labels]
            expected = loss_matrix(draws, ends, loss).mean(axis=1)
            found = (objectives / draws.count + a * np.mean(sizes)) * loss.scale(90)
            np.testing.assert_allclose(found, expected, atol=1e-11)


@settings(max_examples=60, deadline=None)
@given(
    hnp.arrays(
        np.int64, st.tuples(st.integers(1, 8), st.integers(1, 20)), elements=st.integers(0, 4)
    ),
    st.integers(0, 100),
)
def test_the_estimate_is_canonical_and_never_worse_than_a_draw_or_the_trivial_partitions(
    draws, seed
):
    for loss in ("vi", "binder"):
        found = point_estimate(draws, loss, random_state=seed)
        assert found.dtype == np.int32 and found.tolist() == oracle.canonical(found.tolist())
        reached = expected_loss(draws, found, loss)
        n = draws.shape[1]
        for other in [*draws, np.zeros(n, int), np.arange(n)]:
            assert reached <= expected_loss(draws, other, loss) + 1e-12


@settings(max_examples=60, deadline=None)
@given(
    hnp.arrays(
        np.int64, st.tuples(st.integers(1, 8), st.integers(1, 12)), elements=st.integers(0, 3)
    ),
    st.integers(2, 5),
)
def test_repeated_draws_count_and_items_that_no_draw_parts_stay_together(draws, times):
    for loss in ("vi", "binder"):
        once = expected_loss(draws, point_estimate(draws, loss, random_state=0), loss)
        repeated = np.repeat(draws, times, axis=0)
        again = point_estimate(repeated, loss, random_state=0)
        assert expected_loss(repeated, again, loss) == pytest.approx(once, abs=1e-12)
        widened = np.repeat(draws, times, axis=1)
        found = point_estimate(widened, loss, random_state=0).reshape(-1, times)
        assert np.all(found == found[:, :1])


def test_items_that_no_draw_parts_make_atoms_in_the_order_of_their_first():
    draws = check_draws(np.array([[0, 0, 1, 1, 0], [0, 0, 0, 1, 0], [0, 0, 1, 1, 0]]))
    merged = search.distinct(draws)
    assert merged.items.tolist() == [0, 2, 3]
    assert merged.atoms.tolist() == [0, 0, 1, 2, 0]
    assert merged.weights.tolist() == [2, 1] and merged.draws.labels.tolist() == [
        [0, 0, 1, 1, 0],
        [0, 0, 0, 1, 0],
    ]


def test_a_majority_is_the_estimate_by_hand():
    # Of three draws two are {01}{23} and one is {012}{3}. For VI, with h in bits: VI between them is
    # 2 H(joint) - H - H' = 2 * 1.5 - 1 - 0.8113 = 1.1887; the first costs 1.1887 / 3, the second twice that.
    draws = [[0, 0, 1, 1], [0, 0, 1, 1], [0, 0, 0, 1]]
    assert point_estimate(draws, random_state=0).tolist() == [0, 0, 1, 1]
    assert expected_loss(draws, [0, 0, 1, 1]) == pytest.approx(
        (3 - 1 - (2 - 0.75 * np.log2(3))) / 3
    )


@pytest.mark.parametrize("n_clusters", [1, 2, 3, 4, 6, 9, 40])
def test_the_wanted_number_of_clusters_is_found(n_clusters):
    draws = noisy(80, 60, 4, 1.5)
    found = point_estimate(draws, random_state=0, n_clusters=n_clusters)
    assert found.max() + 1 == n_clusters


def test_the_wanted_number_of_clusters_may_be_the_one_that_is_best_anyway():
    draws = noisy(80, 60, 4, 0.5)
    best = point_estimate(draws, random_state=0)
    again = point_estimate(draws, random_state=0, n_clusters=int(best.max()) + 1)
    assert again.tolist() == best.tolist()


@pytest.mark.parametrize("most", [1, 2, 3, 7])
def test_there_are_never_more_clusters_than_allowed(most):
    for draws in (noisy(50, 40, 8, 1.0), np.arange(50)[None].repeat(3, axis=0)):
        assert point_estimate(draws, max_clusters=most, random_state=1).max() < most


def test_costs_of_parting_move_the_number_of_clusters():
    draws = noisy(100, 60, 6, 2.0)
    counts = [
        point_estimate(draws, random_state=0, a=a).max() + 1 for a in (0.05, 0.5, 1.0, 1.5, 2.0)
    ]
    assert counts == sorted(counts, reverse=True) and counts[-1] == 1


@pytest.mark.parametrize(("n", "k"), [(20, 20), (120, 120), (300, 280)])
def test_draws_of_singletons_are_answered_with_singletons(n, k):
    draws = np.stack([np.arange(n) % k] * 5)
    assert point_estimate(draws, random_state=0).tolist() == (np.arange(n) % k).tolist()


def test_one_draw_is_its_own_estimate():
    draw = np.random.default_rng(0).integers(30, size=500)
    assert point_estimate(draw[None], random_state=0).tolist() == oracle.canonical(draw.tolist())


@pytest.mark.parametrize(
    ("n_atoms", "n_draws"), [(1, 200_000), (100, 2000), (1000, 1000), (10_000, 200), (10**6, 100)]
)
def test_fewer_draws_are_seen_where_there_are_more_items(n_atoms, n_draws):
    assert search._draws_seen(n_atoms) == n_draws


def test_searches_that_see_some_of_the_draws_end_nearly_as_well(monkeypatch):
    draws = noisy(400, 500, 7, 1.0)
    full = expected_loss(draws, point_estimate(draws, random_state=0))
    monkeypatch.setattr(search, "_draws_seen", lambda _: 100)
    thinned = expected_loss(draws, point_estimate(draws, random_state=0))
    assert thinned <= full * (1 + 1e-3)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"loss": "nid"}, gl.ParameterError, "loss must be 'vi' or 'binder'; got 'nid'"),
        ({"a": -0.1}, gl.ParameterError, "from 0 to 2; got -0.1"),
        ({"n_runs": 0}, gl.ParameterError, "n_runs must be an integer of at least 1; got 0"),
        ({"n_zealous": -1}, gl.ParameterError, "n_zealous must be an integer.*got -1"),
        (
            {"max_clusters": 0},
            gl.ParameterError,
            "max_clusters must be an integer of at least 1; got 0",
        ),
        (
            {"n_clusters": 0},
            gl.ParameterError,
            "n_clusters must be an integer of at least 1; got 0",
        ),
        (
            {"n_clusters": 4},
            gl.ParameterError,
            "n_clusters must be at most 3: no draw tells apart more",
        ),
        ({"memory_limit": 10}, gl.MemoryPlanError, "contingency tables of 1 draws of 4 items"),
        ({"random_state": "x"}, gl.ParameterError, "random_state must be"),
    ],
)
def test_what_cannot_be_searched_is_refused_by_name(options, error, message):
    with pytest.raises(error, match=message):
        point_estimate([[0, 0, 1, 2]], **options)
