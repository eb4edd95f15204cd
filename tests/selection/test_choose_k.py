"""choose_k: the right k for clusters that stand apart, no k for clouds without structure, and the curve itself."""

from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from sklearn.datasets import load_iris

import ganglion as gl
from ganglion.selection import RULES, choose_k

PENGUINS = Path(gl.__file__).parent / "data" / "examples" / "penguins.csv"


def blobs(k, d, *, seed, n=600, apart=8.0):
    """k normal clusters of standard deviation 1 whose centres are at least `apart` from each other."""
    rng = np.random.default_rng([seed, k, d])
    centers = np.empty((0, d))
    while len(centers) < k:
        new = rng.uniform(0, 3.0 * apart, d)
        if all(np.linalg.norm(centers - new, axis=1) >= apart):
            centers = np.vstack([centers, new])
    return centers[rng.integers(k, size=n)] + rng.normal(size=(n, d))


def standardised(X):
    return (X - X.mean(axis=0)) / X.std(axis=0)


def penguins():
    """The four measurements of the 342 birds that have them."""
    table = np.genfromtxt(PENGUINS, delimiter=",", skip_header=1, usecols=(2, 3, 4, 5))
    return standardised(table[~np.isnan(table).any(axis=1)])


@pytest.mark.parametrize("k", [2, 3, 5, 8])
@pytest.mark.parametrize("d", [2, 8, 16])
@pytest.mark.parametrize("seed", range(3))
def test_clusters_that_stand_apart_are_counted(k, d, seed):
    choice = choose_k(blobs(k, d, seed=seed), random_state=seed)
    assert choice.k == choice.votes["elbow"] == k
    assert f"bends at k = {k}" in choice.reason
    assert choice.agreement >= 0.5


def test_a_longer_curve_gives_the_same_answer():
    for k in (3, 8):
        assert choose_k(blobs(k, 4, seed=7), range(1, 26), random_state=0).k == k


CLOUDS = {
    "normal, 2 features": lambda rng, n: rng.normal(size=(n, 2)),
    "normal, 8 features": lambda rng, n: rng.normal(size=(n, 8)),
    "normal, 16 features": lambda rng, n: rng.normal(size=(n, 16)),
    "normal, stretched": lambda rng, n: rng.normal(size=(n, 4)) * [10, 3, 1, 1],
    "uniform, line": lambda rng, n: rng.uniform(size=(n, 1)),
    "uniform, square": lambda rng, n: rng.uniform(size=(n, 2)),
    "uniform, cube": lambda rng, n: rng.uniform(size=(n, 3)),
    "uniform, triangle": lambda rng, n: rng.dirichlet([1, 1, 1], size=n),
    "exponential": lambda rng, n: rng.exponential(size=(n, 2)),
    "heavy tails": lambda rng, n: rng.standard_t(3, size=(n, 3)),
}


@pytest.mark.parametrize("name", CLOUDS)
def test_clouds_without_clusters_are_not_divided(name):
    """One cluster or no answer, nineteen times in twenty; the elbow alone gives no answer."""
    cases = [(n, seed) for n in (150, 1000) for seed in range(10)]
    choices = [
        choose_k(CLOUDS[name](np.random.default_rng(seed), n), random_state=seed)
        for n, seed in cases
    ]
    assert sum(choice.k not in (1, None) for choice in choices) <= 1
    assert sum(choice.votes["elbow"] is not None for choice in choices) <= 1


@pytest.mark.parametrize("d", [1, 2, 5, 20])
def test_one_gaussian_is_called_one(d):
    answers = [
        choose_k(np.random.default_rng([d, seed]).normal(size=(300, d)), random_state=seed).k
        for seed in range(10)
    ]
    assert answers == [1] * 10


def test_a_cloud_without_clusters_is_told_why():
    cloud = np.random.default_rng(0).normal(size=(500, 2))
    choice = choose_k(cloud, random_state=0)
    assert choice.k == 1 and choice.votes["elbow"] is None
    assert choice.reason.startswith("One cluster: no division stands out. The WSS curve")
    alone = choose_k(cloud, rules=["elbow"], random_state=0)
    assert alone.k is None and alone.votes == {"elbow": None}
    assert "no knee" in alone.reason and alone.agreement == 0.0


def test_one_cluster_is_no_answer_where_it_was_not_tried():
    choice = choose_k(np.random.default_rng(0).normal(size=(300, 2)), range(2, 9), random_state=0)
    assert choice.k is None and "k = 1 was not tried" in choice.reason


def test_a_ring_is_divided_ever_further_and_has_no_number_of_clusters():
    rng = np.random.default_rng(0)
    angle = rng.uniform(0, 2 * np.pi, 2000)
    ring = np.c_[np.cos(angle), np.sin(angle)] + 0.05 * rng.normal(size=(2000, 2))
    choice = choose_k(ring, random_state=0)
    assert choice.k is None
    assert "falls faster than that of structureless data" in choice.reason


def test_real_tables_iris_has_three_and_penguins_five_groups():
    """Five: of three species two have females and males of clearly different size."""
    iris = load_iris().data
    assert choose_k(iris, random_state=0).k == 3
    assert choose_k(standardised(iris), random_state=0).k == 3
    assert choose_k(penguins(), random_state=0).k == 5
    assert choose_k(penguins(), range(1, 21), random_state=1).k == 5


def test_the_curve_never_rises_and_adds_up():
    rng = np.random.default_rng(3)
    for n_init in (1, 3):
        X = np.vstack([rng.normal(size=(200, 2)), rng.normal(size=(50, 2)) + 9])
        table = choose_k(X, range(1, 40), n_init=n_init, random_state=0).table
        assert table["k"] == list(range(1, 40))
        assert np.all(np.diff(table["wss"]) <= 0)
        total = np.add(table["wss"], table["bss"])
        assert np.allclose(total, total[0], rtol=1e-10)
        assert np.allclose(table["explained"], np.divide(table["bss"], total[0]), rtol=1e-10)
        assert table["wss"][0] == pytest.approx(((X - X.mean(axis=0)) ** 2).sum(), rel=1e-10)


def test_the_curve_is_that_of_the_centers_that_come_with_it():
    X = blobs(3, 3, seed=1)
    choice = choose_k(X, random_state=0)
    assert list(choice.centers) == choice.table["k"]
    for k, wss in zip(choice.table["k"], choice.table["wss"], strict=True):
        run = gl.kmeans(X, k, init=choice.centers[k])
        assert len(run.centers) == k
        assert run.inertia <= wss * (1 + 1e-12)


def test_one_seed_gives_one_answer_to_the_bit():
    X = blobs(5, 3, seed=2)
    first, second = (choose_k(X, random_state=4) for _ in range(2))
    assert first.table == second.table and first.reason == second.reason


def test_a_change_of_unit_changes_nothing():
    X = blobs(4, 3, seed=3)
    plain, scaled = choose_k(X, random_state=0), choose_k(2.0**40 * X, random_state=0)
    assert plain.k == scaled.k
    assert np.allclose(plain.table["gain"], scaled.table["gain"], atol=1e-9)
    assert np.allclose(np.multiply(plain.table["wss"], 2.0**80), scaled.table["wss"], rtol=1e-9)


def test_weights_stand_for_repeated_points():
    X = blobs(3, 2, seed=4, n=200)
    weighted = choose_k(X, sample_weight=np.full(200, 2.0), random_state=0)
    repeated = choose_k(np.repeat(X, 2, axis=0), random_state=0)
    assert weighted.k == repeated.k == 3
    assert np.allclose(weighted.table["wss"][:3], repeated.table["wss"][:3], rtol=1e-9)


def test_points_of_weight_zero_are_not_there():
    X = np.vstack([blobs(3, 2, seed=5), [[500.0, 500.0]]])
    weight = np.r_[np.ones(600), 0.0]
    assert choose_k(X, sample_weight=weight, random_state=0).k == 3


def test_float32_and_float64_agree():
    X = blobs(5, 4, seed=6).astype(np.float32)
    assert choose_k(X, random_state=0).k == choose_k(X.astype(float), random_state=0).k == 5


def test_the_numbers_may_come_in_any_order_with_repeats_and_gaps():
    X = blobs(3, 2, seed=7)
    choice = choose_k(X, [8, 3, 2, 3, 5, np.int64(4)], random_state=0)
    assert choice.table["k"] == [2, 3, 4, 5, 8]
    assert choice.k == 3


def test_two_clusters_are_found_without_trying_one():
    assert choose_k(blobs(2, 3, seed=8), range(2, 8), random_state=0).k == 2


@pytest.mark.parametrize("k", [[3], [1, 3], [2, 3]])
def test_fewer_than_three_numbers_make_no_knee(k):
    choice = choose_k(blobs(3, 2, seed=9), k, rules="elbow", random_state=0)
    assert choice.k is None
    assert choice.reason == f"A knee needs at least three values of k; got {len(k)}."
    assert choice.table["k"] == k


def test_equal_points_have_nothing_to_divide():
    choice = choose_k(np.full((30, 2), 4.2), random_state=0)
    assert choice.k is None and "All points are equal" in choice.reason
    assert choice.table["wss"] == [0.0] * 10 and choice.table["explained"] == [0.0] * 10


def test_a_few_distinct_points_are_as_many_clusters():
    choice = choose_k(np.repeat(np.eye(3), 7, axis=0), random_state=0)
    assert choice.k == 3
    assert choice.table["wss"][2:] == [0.0] * 8


@pytest.mark.parametrize("n", [1, 2, 3, 4, 8])
def test_as_many_clusters_as_points_may_be_tried(n):
    choice = choose_k(np.random.default_rng(n).normal(size=(n, 2)), range(1, n + 1), random_state=0)
    assert choice.table["wss"][-1] == 0.0
    assert choice.k is None or choice.k < n


def test_progress_is_told_each_k_and_can_stop():
    steps = []

    def until_four(step):
        steps.append(step)
        return step.step == 4

    choice = choose_k(blobs(3, 2, seed=10), range(1, 9), random_state=0, progress=until_four)
    assert [step.step for step in steps] == [1, 2, 3, 4]
    assert {(step.task, step.total) for step in steps} == {("choose k", 8)}
    assert [step.value for step in steps] == choice.table["wss"]
    assert choice.table["k"] == [1, 2, 3, 4]


def test_rules_are_named_one_by_one_or_all():
    X = blobs(3, 2, seed=11, n=100)
    for rules in ("elbow", ["elbow"], ("elbow", "elbow")):
        assert choose_k(X, rules=rules, random_state=0).votes == {"elbow": 3}
    cheap = [name for name, row in RULES.items() if row.is_default]
    assert list(choose_k(X, rules="default", random_state=0).votes) == cheap
    assert list(choose_k(X, random_state=0).votes) == cheap
    assert cheap[0] == "elbow" and len(cheap) >= 7


def test_every_rule_has_its_row_in_the_table_of_rules():
    choice = choose_k(blobs(3, 2, seed=11, n=100), random_state=0)
    assert [row.name for row in choice.rules] == list(choice.votes)
    for row in choice.rules:
        assert row.vote == choice.votes[row.name] and row.reason.endswith(".") and row.cost
    assert len(choice.seconds) == len(choice.table["k"]) and min(choice.seconds) >= 0


def test_a_rule_says_the_same_whichever_others_are_asked():
    X = blobs(4, 3, seed=12, n=200)
    together = choose_k(X, random_state=1)
    for name in together.votes:
        alone = choose_k(X, rules=name, random_state=1)
        assert alone.votes[name] == together.votes[name]
        assert alone.table["wss"] == together.table["wss"]


def test_the_choice_draws_itself():
    mpl.use("Agg")
    ax = choose_k(blobs(3, 2, seed=12, n=100), random_state=0).plot()
    assert ax.get_xlabel() == "number of clusters k"


@pytest.mark.parametrize(
    ("k", "message"),
    [
        ([0, 1, 2], "1 <= k <= n_samples; got k=0 and 5 samples"),
        ([-3, 2], "got k=-3"),
        (range(1, 11), "got k=10 and 5 samples"),
        ([1, 2.5], r"k must hold integers; got 2\.5"),
        ([1, True], "k must hold integers; got True"),
        (["2"], "k must hold integers; got '2'"),
        ([], "at least one number of clusters; got none"),
        (3, "the numbers of clusters to try; got 3"),
    ],
)
def test_numbers_of_clusters_that_are_none_are_refused(k, message):
    with pytest.raises(gl.ParameterError, match=message):
        choose_k(np.arange(10.0).reshape(5, 2), k)


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        (["knee"], "rules must be 'default', 'all' or some of 'elbow', .*; got 'knee'"),
        ("silhuette", "got 'silhuette'"),
        ([], "got none"),
        (None, "rules must be 'default', 'all' or names of rules; got None"),
        (3, "got 3"),
    ],
)
def test_unknown_rules_are_refused(rules, message):
    with pytest.raises(gl.ParameterError, match=message):
        choose_k(np.arange(10.0).reshape(5, 2), [1, 2], rules=rules)


@pytest.mark.parametrize("n_init", [0, -1, 1.5, True, "3"])
def test_restarts_that_are_none_are_refused(n_init):
    with pytest.raises(gl.ParameterError, match="n_init must be an integer of at least 1"):
        choose_k(np.arange(10.0).reshape(5, 2), [1, 2], n_init=n_init)


def test_nan_is_refused_with_its_place():
    with pytest.raises(gl.DataError, match="row 1"):
        choose_k([[0.0], [np.nan], [1.0]], [1, 2])


def test_the_default_range_ends_where_the_points_do():
    choice = choose_k(np.arange(10.0).reshape(5, 2), random_state=0)
    assert choice.table["k"] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("make", ["rounded", "coins"])
def test_points_on_a_grid_are_no_groups(make):
    for seed in range(1000, 1010):
        rng = np.random.default_rng(seed)
        X = rng.normal(size=(300, 2)).round(0) if make == "rounded" else rng.random((300, 5)) < 0.5
        choice = choose_k(np.asarray(X, dtype=float), random_state=0)
        assert choice.k in (1, None)
        assert choice.votes["valleys"] is None


def test_an_answer_at_the_end_of_the_range_says_so():
    rng = np.random.default_rng(0)
    X = np.repeat(30.0 * rng.normal(size=(12, 3)), 50, axis=0) + rng.normal(size=(600, 3))
    choice = choose_k(X, range(1, 11), random_state=0)
    assert choice.k in (None, 10)
    if choice.k == 10:
        assert "It is the largest k tried: there may be more." in choice.reason


def test_one_number_alone_is_compared_with_nothing():
    choice = choose_k(blobs(3, 2, seed=9), [3], random_state=0)
    assert choice.k is None and choice.agreement == 0.0
    assert choice.reason == "One number of clusters has nothing to be compared with."


def test_a_choice_prints_its_answer_and_why_and_not_its_arrays():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(90, 2)) + 20 * np.repeat(np.eye(2), 45, axis=0)
    choice = choose_k(X, range(1, 5), random_state=0)
    assert repr(choice).startswith("KChoice(k=2, agreement=1.00, votes={'elbow': 2, ")
    lines = str(choice).splitlines()
    assert lines[0] == f"k = 2: {choice.reason}"
    assert [line.split()[:2] for line in lines[1:]] == [
        [row.name, str(row.vote)] for row in choice.rules
    ]
    assert str(choose_k(np.ones((30, 2)))).startswith("no answer: All points are equal")


@pytest.mark.parametrize("factor", [2.0**-900, 2.0**900])
def test_weights_whose_squares_leave_float64_are_weights(factor):
    """What rests on ratios of weights has the same bits; the number of points they stand for is the caller's."""
    X = blobs(3, 2, seed=1)
    weight = np.random.default_rng(0).uniform(0.5, 1.5, size=len(X))
    plain = choose_k(X, sample_weight=weight, random_state=0)
    scaled = choose_k(X, sample_weight=weight * factor, random_state=0)
    for name in ("silhouette", "silhouette_error", "valley", "valley_error", "gain", "chance"):
        np.testing.assert_array_equal(scaled.table[name], plain.table[name])
