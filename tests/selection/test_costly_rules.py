"""The costly rules on data whose answer is known: one cloud, blobs, groups of groups, and data with no answer."""

from __future__ import annotations

import numpy as np
import pytest

import ganglion as gl
from ganglion.selection import Sweep
from ganglion.selection.consensus import consensus
from ganglion.selection.gmeans import gmeans
from ganglion.selection.posterior import posterior
from ganglion.selection.prediction_strength import prediction_strength
from ganglion.selection.stability import stability

RULES = {
    "gmeans": gmeans,
    "prediction_strength": prediction_strength,
    "stability": stability,
    "consensus": consensus,
    "posterior": posterior,
}
RESAMPLING = ("prediction_strength", "stability", "consensus")
every_rule = pytest.mark.parametrize("name", RULES)
every_resampling_rule = pytest.mark.parametrize("name", RESAMPLING)


def ask(name, X, k=(1, 2, 3, 4, 5), weight=None, seed=0):
    return RULES[name](Sweep(np.asarray(X), weight, tuple(k), (), 1.0, (), (seed,)))


def cloud(n=120, d=2, seed=0):
    return np.random.default_rng([7, seed]).normal(size=(n, d))


# What subsamples of a hundred rows along a line agree on may be a gap among them by luck: consensus needs more rows
# to tell two clusters from that.
ENOUGH = {"consensus": 150}


def blobs(centers, each=60, seed=0):
    middle = np.repeat(np.asarray(centers, dtype=float), each, axis=0)
    return middle + np.random.default_rng([8, seed]).normal(size=middle.shape)


@every_rule
def test_one_normal_cloud_is_one(name):
    verdict = ask(name, cloud())
    assert verdict.k == 1, verdict.reason


# Measured over 50 clouds each of 120 points: see the counts beside the names; at least 45 are asked for.
@pytest.mark.heavy
@pytest.mark.parametrize("d", [1, 2, 8])
@every_rule
def test_nine_in_ten_normal_clouds_are_one(name, d):
    found = [ask(name, cloud(d=d, seed=seed), seed=seed).k for seed in range(50)]
    assert found.count(1) >= 45, found


@every_rule
@pytest.mark.parametrize("stretch", [1.0, 5.0])
def test_two_far_blobs_are_two(name, stretch):
    X = blobs([[0, 0], [12 * stretch, 0]], each=ENOUGH.get(name, 60)) * [1, stretch]
    verdict = ask(name, X)
    assert verdict.k == 2, verdict.reason


@every_rule
def test_four_corners_are_four(name):
    verdict = ask(name, blobs([[0, 0], [0, 9], [9, 0], [9, 9]]))
    assert verdict.k == 4, verdict.reason


@every_rule
def test_groups_of_groups_are_counted_at_the_finer_number(name):
    verdict = ask(name, blobs([[0, 0], [10, 0], [60, 0], [70, 0]]))
    assert verdict.k == 4, verdict.reason


@every_resampling_rule
def test_a_long_cloud_is_one_though_its_halves_are_stable(name):
    verdict = ask(name, cloud(200) * [6, 1])
    assert verdict.k == 1, verdict.reason


@every_rule
def test_one_is_no_answer_where_it_was_not_tried(name):
    assert ask(name, cloud(), k=(2, 3, 4)).k is None


@every_rule
def test_gaps_among_the_numbers_and_more_than_rows_can_answer(name):
    X = blobs([[0, 0], [0, 12]], each=ENOUGH.get(name, 60))
    verdict = ask(name, X, k=(2, 5, 80))
    assert verdict.k == 2, verdict.reason
    for values in verdict.columns.values():
        assert len(values) == 3


@every_rule
def test_a_few_rows_and_equal_rows_have_no_number_of_clusters(name):
    for X in (np.zeros((1, 2)), cloud(4), np.full((60, 3), 4.5)):
        verdict = ask(name, X)
        assert verdict.k in ((None, 1) if name == "gmeans" and len(X) == 60 else (None,))
        assert verdict.reason.endswith((".", "rows."))


@every_rule
def test_every_column_has_a_value_for_each_number(name):
    verdict = ask(name, blobs([[0, 0], [0, 12]]))
    assert verdict.columns
    for column, values in verdict.columns.items():
        assert len(values) == 5
        assert column.split("_error")[0] in verdict.columns
        assert np.isfinite(values[1]) or name == "gmeans"


@every_rule
def test_one_seed_gives_one_answer_at_any_number_of_threads(name):
    X = blobs([[0, 0], [0, 4]], each=30)
    before, found = gl.get_num_threads(), []
    try:
        for threads in (1, 3):
            gl.set_num_threads(threads)
            found.append(ask(name, X, k=(1, 2, 3)))
    finally:
        gl.set_num_threads(before)
    assert found[0].k == found[1].k
    for column, values in found[0].columns.items():
        np.testing.assert_array_equal(values, found[1].columns[column])


@every_rule
def test_a_power_of_two_changes_no_bit(name):
    X = blobs([[0, 0], [0, 5]], each=20)
    one, other = (ask(name, X * scale, k=(1, 2, 3)) for scale in (1.0, 2.0**-300))
    assert one.k == other.k
    for column, values in one.columns.items():
        np.testing.assert_array_equal(values, other.columns[column])


@every_rule
def test_float32_far_from_the_origin(name):
    X = (blobs([[0, 0], [0, 16]], each=ENOUGH.get(name, 60)) + 4096).astype(np.float32)
    assert ask(name, X, k=(1, 2, 3)).k == 2


@pytest.mark.parametrize("name", [*RESAMPLING, "gmeans"])
def test_rows_without_weight_do_not_count(name):
    X = blobs([[0, 0], [0, 12]], each=ENOUGH.get(name, 60))
    more = np.concatenate([X, np.full((9, 2), 50.0)])
    weight = np.concatenate([np.ones(len(X)), np.zeros(9)])
    without, held = ask(name, X, k=(1, 2, 3)), ask(name, more, k=(1, 2, 3), weight=weight)
    assert without.k == held.k == 2
    for column, values in without.columns.items():
        np.testing.assert_allclose(values, held.columns[column], rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("name", [*RESAMPLING, "gmeans"])
def test_weights_say_what_is_a_group(name):
    # Rows between two blobs hide the gap unless they hardly count.
    far = blobs([[0, 0], [14, 0]], each=ENOUGH.get(name, 60))
    X = np.concatenate([far, cloud(60) + np.array([7, 0])])
    weight = np.concatenate([np.ones(len(far)), np.full(60, 1e-6)])
    assert ask(name, X, k=(1, 2, 3, 4)).k == 3
    assert ask(name, X, k=(1, 2), weight=weight).k == 2


@pytest.mark.parametrize("name", [*RESAMPLING, "gmeans"])
def test_the_size_of_all_weights_together_does_not_matter(name):
    X = blobs([[0, 0], [14, 0]], each=ENOUGH.get(name, 60))
    found = [ask(name, X, k=(1, 2), weight=np.full(len(X), w)) for w in (1.0, 1e-200, 1e200)]
    assert [verdict.k for verdict in found] == [2, 2, 2]


def test_a_posterior_given_weights_is_not_defined():
    X, weight = cloud(60), np.linspace(1, 2, 60)
    verdict = ask("posterior", X, weight=weight)
    assert verdict.k is None
    assert "weights is not defined" in verdict.reason
    assert ask("posterior", X, k=(1, 2), weight=np.full(60, 2.0)).k == 1


def test_chains_that_disagree_after_a_short_run_are_run_longer():
    verdict = ask("posterior", cloud(d=1, seed=44), seed=44)  # R-hat is 1.48 after the short one
    assert verdict.k == 1, verdict.reason


def test_posterior_probabilities_add_up():
    verdict = ask("posterior", blobs([[0, 0], [0, 12]], each=25), k=range(1, 12))
    assert sum(verdict.columns["posterior"]) == pytest.approx(1.0, abs=1e-12)
    assert verdict.columns["posterior"][1] > 0.8


def test_chains_that_disagree_give_no_answer(monkeypatch):
    # No data is known on which chains of this length always disagree: the bound is made one that none keeps.
    monkeypatch.setattr("ganglion.selection.posterior.MOST_R_HAT", 0.0)
    verdict = ask("posterior", cloud(40))
    assert verdict.k is None
    assert "did not converge" in verdict.reason


def test_gmeans_gives_no_answer_where_clusters_are_no_normal_clouds():
    ring = np.random.default_rng(3).uniform(0, 2 * np.pi, 2000)
    verdict = ask("gmeans", np.c_[np.cos(ring), np.sin(ring)], k=(1, 2, 3))
    assert verdict.k is None
    assert "3 clusters one still does not look normal" in verdict.reason
    beyond = ask("gmeans", blobs([[0, 0], [0, 12], [12, 0]]), k=(1, 2, 5))
    assert beyond.k is None
    assert "stops at k = 3, which is not among the numbers tried" in beyond.reason


def test_gmeans_is_not_misled_by_the_line_that_it_chose_itself():
    # The line that divides 100 rows in 50 dimensions best shows two heaps of any cloud; on rows that had no part in
    # choosing it, it does not.
    assert ask("gmeans", cloud(100, 50), k=(1, 2)).k == 1


def test_many_rows_cost_what_a_sample_does():
    X = blobs([[0, 0], [0, 9], [9, 0]], each=20_000)
    assert [ask(name, X, k=(1, 2, 3, 4)).k for name in ("gmeans", "stability")] == [3, 3]
