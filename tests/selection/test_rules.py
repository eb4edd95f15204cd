"""Each rule against its definition, by hand, under changes that must not matter, and on data with a known answer."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

import ganglion as gl
from benchmarks.groups import groups, thirty
from ganglion._native import available_isas, isa, use_isa
from ganglion.selection import RULES, Verdict, choose_k
from ganglion.selection._decision import decide
from ganglion.selection._sweep import sweep
from oracles import choosing as oracle
from oracles.kmeans_cases import blobs

CHEAP = [name for name, row in RULES.items() if row.is_default]


def swept(X, k=range(1, 9), *, weight=None, seed=0, n_init=1):
    return sweep(
        np.ascontiguousarray(X),
        tuple(k),
        n_init=n_init,
        rng=np.random.default_rng(seed),
        sample_weight=weight,
    )


@given(n=st.integers(12, 60), d=st.integers(1, 4), seed=st.integers(0, 10**6))
@settings(max_examples=25, deadline=None)
def test_every_column_is_its_definition(n, d, seed):
    X = np.random.default_rng(seed).normal(size=(n, d)) * [1 + (seed % 3)] + 100.0
    found = swept(X, range(1, 6), seed=seed)
    columns = {
        name: value for rule in CHEAP for name, value in RULES[rule].decide(found).columns.items()
    }
    assert columns["jump"] == pytest.approx(oracle.jumps(found.wss, n, d), rel=1e-9, abs=1e-12)
    for at, run in enumerate(found.runs):
        labels = run.labels
        assert columns["bic"][at] == pytest.approx(oracle.bic(X, labels), rel=1e-9)
        if at == 0:
            continue
        values = oracle.silhouettes(X, labels)
        assert columns["silhouette"][at] == pytest.approx(np.mean(values), abs=1e-9)
        error = np.std(values, ddof=1) / np.sqrt(n)
        assert columns["silhouette_error"][at] == pytest.approx(error, abs=1e-9)
        assert columns["calinski_harabasz"][at] == pytest.approx(
            oracle.calinski_harabasz(X, labels), rel=1e-9
        )
        assert columns["davies_bouldin"][at] == pytest.approx(
            oracle.davies_bouldin(X, labels), rel=1e-9
        )
        assert columns["valley"][at] == pytest.approx(
            oracle.valley(X, labels), rel=1e-9, nan_ok=True
        )


def test_the_variance_ratio_and_davies_bouldin_are_those_of_scikit_learn():
    X = blobs(400, 5, groups=4, seed=1, spread=0.3)
    found = swept(X, range(2, 8))
    for rule, peer in (
        ("calinski_harabasz", metrics.calinski_harabasz_score),
        ("davies_bouldin", metrics.davies_bouldin_score),
    ):
        (values,) = RULES[rule].decide(found).columns.values()
        theirs = [peer(X, run.labels) for run in found.runs]
        assert values == pytest.approx(theirs, rel=1e-10)


def test_the_gap_counts_groups_and_calls_one_gaussian_one():
    apart = blobs(300, 3, groups=4, seed=2, spread=0.15)
    verdict = RULES["gap"].decide(swept(apart, range(1, 8)))
    assert verdict.k == 4
    rng = np.random.default_rng(1)
    answers = [
        RULES["gap"].decide(swept(rng.normal(size=(150, 2)), range(1, 6), seed=s)).k
        for s in range(5)
    ]
    assert answers.count(1) >= 4


def test_the_gap_is_the_rule_of_one_standard_error_on_its_own_columns():
    verdict = RULES["gap"].decide(swept(blobs(200, 2, groups=3, seed=5, spread=0.4), range(1, 8)))
    gap, error = (np.array(verdict.columns[name]) for name in ("gap", "gap_error"))
    top = int(gap.argmax())
    within = [k for k in range(1, 8) if gap[k - 1] >= gap[top] - error[top]]
    assert verdict.k == within[0]
    again = RULES["gap"].decide(swept(blobs(200, 2, groups=3, seed=5, spread=0.4), range(1, 8)))
    assert again.columns == verdict.columns


def test_jumps_by_hand():
    """Two features, so the power is 1 and D(k)^-1 is n d / WSS: with WSS 8, 2, 1 in units of n d these are 1/8, 1/2, 1.

    The jumps are 1/8, 3/8, 1/2; over the largest 1/4, 3/4, 1.
    """
    X = np.zeros((4, 2))
    found = swept(np.arange(8.0).reshape(4, 2), range(1, 4))
    runs = [replace(run, inertia=wss * 8.0) for run, wss in zip(found.runs, (8, 2, 1), strict=True)]
    verdict = RULES["jump"].decide(replace(found, X=X, runs=tuple(runs)))
    assert verdict.columns["jump"] == pytest.approx((0.25, 0.75, 1.0))
    assert verdict.k == 3


def test_a_valley_by_hand():
    """Ten points at 0 and ten at 8 have their centres there: nothing is between, and all are about the centres.

    S = 2 * 10 * 10 / 20 = 10, M = 0, so that M / S = 0 and z = 10 / sqrt(10) = 3.16, above 2.5: two clusters.
    """
    X = np.r_[np.linspace(-0.1, 0.1, 10), np.linspace(7.9, 8.1, 10)][:, None]
    verdict = RULES["valleys"].decide(swept(X, [1, 2, 3]))
    assert verdict.k == 2
    assert verdict.columns["valley"][1] == 0.0
    assert "3.2 standard errors" in verdict.reason


@pytest.mark.parametrize("rule", CHEAP)
def test_groups_that_stand_apart_are_counted_by_every_rule(rule):
    X = blobs(300, 3, groups=4, seed=2, spread=0.15)
    verdict = RULES[rule].decide(swept(X, n_init=3))
    assert verdict.k == 4
    assert verdict.reason.endswith(".")
    assert all(len(values) == 8 for values in verdict.columns.values())


@pytest.mark.parametrize("rule", CHEAP)
@pytest.mark.parametrize("k", [[1], [3], [2, 5], range(2, 6)])
def test_every_rule_reads_any_numbers(rule, k):
    RULES[rule].decide(swept(blobs(60, 2, groups=3, seed=3, spread=0.2), k))


@pytest.mark.parametrize("rule", CHEAP)
@pytest.mark.parametrize(
    "X",
    [
        np.full((20, 2), 3.25),
        np.repeat(np.eye(3), 7, axis=0),
        np.array([[1.0, 2.0]]),
        np.array([[0.0], [1.0]]),
        np.arange(12.0).reshape(6, 2) * 1e150,
    ],
    ids=["equal", "three points", "one row", "two rows", "huge"],
)
def test_every_rule_stands_what_has_no_spread(rule, X):
    verdict = RULES[rule].decide(swept(X, range(1, min(len(X), 6) + 1)))
    assert verdict.k is None or 1 <= verdict.k <= len(X)


@pytest.mark.parametrize("rule", ["silhouette", "valleys", "calinski_harabasz", "bic"])
def test_weights_stand_for_repeated_points(rule):
    X = blobs(120, 2, groups=3, seed=4, spread=0.3)
    once, twice = swept(X, weight=np.full(120, 2.0)), swept(np.repeat(X, 2, axis=0))
    centers = [run.centers for run in once.runs]
    runs = tuple(gl.kmeans(twice.X, len(c), init=c) for c in centers)
    weighted, repeated = (RULES[rule].decide(s) for s in (once, replace(twice, runs=runs)))
    assert weighted.k == repeated.k
    if rule in ("silhouette", "calinski_harabasz", "bic"):
        name = next(iter(weighted.columns))
        assert weighted.columns[name][1:] == pytest.approx(repeated.columns[name][1:], rel=2e-2)


def test_the_bits_do_not_depend_on_threads_or_instruction_sets():
    X = groups(5, "unequal spread", np.random.default_rng(3)).X
    X = np.vstack([X + shift for shift in np.linspace(0.0, 0.5, 8)])
    tables = []
    before = gl.get_num_threads()
    try:
        for threads in (1, 2, 3, 7):
            gl.set_num_threads(threads)
            tables.append(choose_k(X, range(1, 9), random_state=0).table)
    finally:
        gl.set_num_threads(before)
    assert len(X) > 4096  # so that a coreset is searched
    exact = ["k", "wss", "silhouette", "silhouette_error", "valley", "bic", "davies_bouldin"]
    for table in tables[1:]:
        for name in exact:
            assert np.array_equal(table[name], tables[0][name], equal_nan=True)


def test_the_curve_is_as_good_as_that_of_ten_fresh_starts():
    """The mean over k within half a percent, every k within two: local optima are known to differ by more."""
    rng = np.random.default_rng(5)
    sets = {
        "groups": groups(12, "overlapping", rng).X,
        "square": rng.uniform(size=(3000, 2)),
        "heavy tails": rng.standard_t(3, size=(3000, 3)),
    }
    for X in sets.values():
        ours = np.array(swept(X, range(1, 16), n_init=3).wss)
        fresh = [gl.kmeans(X, k, n_init=10, random_state=0).inertia for k in range(1, 16)]
        ratio = ours / fresh
        assert ratio.mean() < 1.005
        assert ratio.max() < 1.03


@pytest.mark.parametrize(("step", "least"), [(3, 9), pytest.param(1, 27, marks=pytest.mark.heavy)])
def test_thirty_sets_with_a_known_number_are_counted(step, least):
    """Seeds that nothing was chosen on; at least 24 of 30 are asked for. Every third, or all of them."""
    sets = thirty(2026)[::step]
    found = [choose_k(each.X, range(1, 16), random_state=0).k for each in sets]
    assert sum(k == each.k for k, each in zip(found, sets, strict=True)) >= least
    assert all(k == 1 for k, each in zip(found, sets, strict=True) if each.k == 1)


def test_the_sample_is_shared_nested_and_has_rows_of_weight_only():
    weight = np.r_[np.zeros(50), np.ones(150)]
    found = swept(np.random.default_rng(0).normal(size=(200, 2)), [1, 2], weight=weight)
    large, small = found.sample(100), found.sample(30)
    assert set(small) < set(large) and (np.diff(large) > 0).all() and large.min() >= 50
    assert found.sample(1000).tolist() == list(range(50, 200))
    assert found.seed("a").entropy != found.seed("b").entropy


def verdicts(**votes):
    """Verdicts with these votes, and the columns that a decision asks for."""
    valley = {"valley": (np.nan, 0.2, 0.3, 0.4, 1.2)}
    return {
        name: Verdict(k, f"{name} says so.", valley if name == "valleys" else {})
        for name, k in votes.items()
    }


@pytest.mark.parametrize(
    ("votes", "k"),
    [
        # the knee is the answer, also against indices of compactness
        ({"elbow": 4, "valleys": 2, "silhouette": 2, "davies_bouldin": 2, "bic": 5}, 4),
        # BIC and two others overrule it
        ({"elbow": 4, "valleys": 2, "silhouette": 3, "davies_bouldin": 3, "bic": 3}, 3),
        # valleys without a knee: what three name, one of them no index of compactness
        ({"elbow": None, "valleys": 2, "silhouette": 3, "davies_bouldin": 3, "bic": 3}, 3),
        ({"elbow": None, "valleys": 4, "silhouette": 3, "davies_bouldin": 3, "bic": 2}, None),
        ({"elbow": None, "valleys": 4, "silhouette": 5, "davies_bouldin": 5, "bic": 5}, None),
        # neither: one cluster, whatever the others name
        ({"elbow": None, "valleys": 1, "silhouette": 3, "davies_bouldin": 5, "bic": 1}, 1),
        # rules that were asked without the two are counted
        ({"silhouette": 3, "davies_bouldin": 3, "bic": 4}, 3),
        ({"silhouette": 3, "bic": 4}, 4),
        ({"bic": None, "jump": None}, None),
    ],
)
def test_the_decision(votes, k):
    X = np.random.default_rng(0).normal(size=(60, 2))
    assert decide(swept(X, range(1, 6)), verdicts(**votes)).k == k


def test_the_reason_counts_who_agrees_and_names_who_does_not():
    X = np.random.default_rng(0).normal(size=(60, 2))
    found = decide(
        swept(X, range(1, 6)),
        verdicts(elbow=4, valleys=2, silhouette=2, davies_bouldin=2, bic=5),
    )
    assert found.agreement == pytest.approx(1 / 5)
    assert found.reason == (
        "1 of 5 rules name 4 clusters (elbow). The rules disagree: 2 by valleys, silhouette, davies bouldin; "
        "5 by bic. elbow says so."
    )


def test_the_curve_has_the_same_bits_on_every_instruction_set():
    X = blobs(200, 3, groups=3, seed=6, spread=0.1)
    before = isa()
    try:
        answers = []
        for name in available_isas():
            use_isa(name)
            answers.append(choose_k(X, range(1, 7), random_state=0).table["wss"])
    finally:
        use_isa(before)
    assert all(answer == answers[0] for answer in answers)
