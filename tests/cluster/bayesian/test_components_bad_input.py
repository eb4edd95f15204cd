"""What components refuse, in which words."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from ganglion import DataError, ParameterError
from ganglion.cluster.bayesian import (
    Bernoulli,
    Categorical,
    DiagonalNormal,
    Gamma,
    Mixed,
    Multinomial,
    Normal,
    Poisson,
    SemiConjugateNormal,
    component_from_state,
    log_marginal,
)
from ganglion.cluster.bayesian._densities.partitioned import predictive, simulate_rows

X = np.arange(12.0).reshape(4, 3) ** 1.5
EVERY = [
    Normal(),
    DiagonalNormal(),
    Multinomial(),
    Bernoulli(),
    Poisson(),
    Categorical(),
    SemiConjugateNormal(),
]


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (lambda: Normal(mean=[[1.0]]), "mean must be a number, or one for each column"),
        (lambda: Normal(mean=np.nan), "mean must be finite"),
        (lambda: Normal(mean="low"), "mean must be a number"),
        (lambda: Normal(kappa=0.0), "kappa must be positive and finite; got 0"),
        (lambda: Normal(kappa=True), "kappa must be a number, or None; got True"),
        (lambda: Normal(dof=-1), "dof must be positive"),
        (lambda: Normal(scale=0.0), "scale must be positive; got 0"),
        (
            lambda: Normal(scale=np.ones((2, 3))),
            r"scale must be a square matrix .* got shape \(2, 3\)",
        ),
        (lambda: Normal(scale=[[1.0, 0.5], [0.4, 1.0]]), "scale must be symmetric; got 0.5 at"),
        (
            lambda: Normal(scale=[[1.0, 1.0], [1.0, 1.0]]),
            "positive definite; its correlations have the eigenvalue",
        ),
        (
            lambda: Normal(scale=[[1.0, 0.0], [0.0, -1.0]]),
            "positive definite; its diagonal holds -1 at 1",
        ),
        (lambda: DiagonalNormal(rate=[1.0, -2.0]), "rate must be positive; got -2"),
        (lambda: DiagonalNormal(shape=[]), "shape must be a number"),
        (lambda: Multinomial(alpha=0), "alpha must be positive; got 0"),
        (lambda: Bernoulli(a=[0.5, 0.0]), "a must be positive; got 0"),
        (lambda: Poisson(rate=np.inf), "rate must be finite"),
        (lambda: Categorical(alpha=-1.0), "alpha must be positive and finite; got -1"),
        (lambda: Categorical(alpha=[1.0, 2.0]), "a list with one array for each column"),
        (lambda: Categorical(alpha="a"), "a list with one array for each column; got 'a'"),
        (lambda: SemiConjugateNormal(variance=0), "variance must be positive"),
        (
            lambda: SemiConjugateNormal(rate=[1.0, Gamma(shape=1, rate=1)]),
            "a Gamma for every column",
        ),
        (lambda: DiagonalNormal(allow_missing=1), "allow_missing must be True or False; got 1"),
        (lambda: Mixed({0: Normal()}, allow_missing="no"), "allow_missing must be True or False"),
        (lambda: Mixed({}), "Mixed needs a dict from columns to components"),
        (lambda: Mixed([Normal()]), "Mixed needs a dict"),
        (lambda: Mixed({0: 3}), "one family for each of its keys; got 3 for 0"),
        (lambda: Mixed({0: Mixed({0: Normal()})}), "one family for each of its keys"),
        (lambda: Mixed({1.5: Normal()}), "got the key 1.5"),
        (lambda: Mixed({(): Normal()}), r"got the key \(\)"),
        (lambda: Mixed({0: Normal(), (0, 1): Poisson()}), "column 0 is in two"),
        (
            lambda: component_from_state({"kind": "cauchy"}),
            "must hold its kind and hyperparameters",
        ),
        (lambda: component_from_state({"kind": "normal", "rho": 1}), "must hold its kind"),
    ],
)
def test_a_hyperparameter_out_of_its_range_is_named(build, words):
    with pytest.raises(ParameterError, match=words):
        build()


@pytest.mark.parametrize(
    ("component", "words"),
    [
        (Normal(dof=2.0), "dof > d - 1; got dof=2 and 3 columns"),
        (Normal(mean=[1.0, 2.0]), "mean must be a number, or one value for each of the 3 columns"),
        (Normal(scale=np.eye(2)), r"scale must have shape \(3, 3\)"),
        (DiagonalNormal(kappa=np.ones(4)), "kappa must be a number, or one value for each"),
        (SemiConjugateNormal(rate=[Gamma(shape=1, rate=1)]), "one Gamma for each of the 3 columns"),
        (
            Mixed({(0, 1): Normal()}),
            "a component for every column of X; there is none for column 2",
        ),
        (Mixed({(0, 1, 2): Normal(), 3: Normal()}), "names column 3, but X has the columns 0 to 2"),
        (Mixed({"mass": Normal()}), "'mass', but X has no names"),
    ],
)
def test_a_hyperparameter_that_does_not_fit_the_columns_is_named(component, words):
    with pytest.raises(ParameterError, match=words):
        component.resolve(X)


def test_as_many_categories_as_columns_are_needed():
    with pytest.raises(ParameterError, match="one array for each of the 3 columns of X; got 1"):
        Categorical(alpha=[[1.0, 1.0]]).resolve(np.zeros((4, 3)))


@pytest.mark.parametrize(
    "component",
    [
        Normal(),
        DiagonalNormal(),
        Poisson(),
        Bernoulli(),
        Categorical(),
        SemiConjugateNormal(),
        Multinomial(),
    ],
)
@pytest.mark.parametrize(
    ("bad", "words"), [(np.nan, "1 NaN, the first at row 2, column 1"), (np.inf, "infinity")]
)
def test_what_is_missing_or_infinite_is_named_with_its_place(component, bad, words):
    rows = np.ones((4, 3))
    rows[2, 1] = bad
    with pytest.raises(DataError, match=words):
        component.resolve(rows)


def test_missing_cells_are_refused_by_what_cannot_integrate_them_out():
    rows = np.ones((4, 2))
    rows[2, 1] = np.nan
    with pytest.raises(DataError, match=r"Use DiagonalNormal\(allow_missing=True\)"):
        Mixed({(0, 1): Normal()}, allow_missing=True).check(rows)
    with pytest.raises(DataError, match="The total of such a row is unknown"):
        Mixed({(0, 1): Multinomial()}, allow_missing=True).check(rows)
    with pytest.raises(DataError, match="allow_missing=True"):
        Poisson().check(rows)


@pytest.mark.parametrize(
    ("component", "value", "words"),
    [
        (Multinomial(), 1.5, "Multinomial needs counts, .* got 1.5 at row 2, column 1"),
        (Multinomial(), -1, "got -1 at row 2, column 1"),
        (Poisson(), 0.25, "Poisson needs counts, .* got 0.25 at row 2, column 1"),
        (Poisson(), 1e300, "whole numbers from 0 to"),
        (Bernoulli(), 2, "Bernoulli needs 0 and 1; got 2 at row 2, column 1"),
        (Categorical(), -1, "Categorical needs codes, .* got -1"),
        (Categorical(), 1e9, "Categorical needs codes"),
        (
            Categorical(alpha=[[1.0, 1.0]] * 3),
            2,
            "knows the codes 0 to 1 in column 1; got 2 at row 2",
        ),
    ],
)
def test_what_is_no_count_or_code_is_named_with_its_place(component, value, words):
    rows = np.zeros((4, 3))
    rows[2, 1] = value
    with pytest.raises(DataError, match=words):
        component.resolve(rows)


def test_sparse_rows_are_for_counts_only_and_are_checked_too():
    rows = sparse.csr_matrix(np.array([[0.0, 2.0], [1.5, 0.0]]))
    with pytest.raises(DataError, match=r"got 1\.5 at row 1, column 0"):
        Multinomial().check(rows)
    with pytest.raises(DataError, match="Only Multinomial takes sparse rows"):
        Normal().check(rows)


def test_the_place_of_a_bad_cell_is_named_by_its_column():
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame({"age": [1.0, 2.0], "income": [3.0, np.nan]})
    with pytest.raises(DataError, match="row 1, column 'income'"):
        DiagonalNormal().resolve(frame)


@pytest.mark.parametrize("component", [Normal(), DiagonalNormal(), SemiConjugateNormal()])
def test_a_column_of_one_value_leaves_its_scale_open(component):
    rows = np.array([[1.0, 5.0], [2.0, 5.0], [3.0, 5.0]])
    with pytest.raises(DataError, match="must vary in every column; column 1 holds 5 in all rows"):
        component.resolve(rows)


def test_a_column_of_one_value_is_described_where_its_scale_is_given():
    rows = np.array([[1.0, 5.0], [2.0, 5.0], [3.0, 5.0]])
    assert np.isfinite(log_marginal(rows, [0, 1, 0], Normal(scale=1.0)))
    assert np.isfinite(log_marginal(rows, [0, 1, 0], DiagonalNormal(rate=1.0)))
    assert np.isfinite(log_marginal(rows, [0, 1, 0], SemiConjugateNormal(variance=1.0, rate=1.0)))


@pytest.mark.parametrize("rows", [[[3.0, -7.0]], [[3.0, 0.0]] * 6])
@pytest.mark.parametrize("component", [Normal(), DiagonalNormal(), SemiConjugateNormal(rate=1.0)])
def test_one_row_and_equal_rows_have_a_density(component, rows):
    found = log_marginal(rows, [0] * len(rows), component)
    assert np.isfinite(found)
    if len(rows) > 1:
        assert found > log_marginal(rows, range(len(rows)), component)


def test_equal_values_and_a_rate_that_goes_to_0_have_no_density():
    # A cluster of n equal values adds b^-(n - 1)/2 as the rate b goes to 0, its prior b^g with g = 0.2.
    with pytest.raises(DataError, match="a rate that is sampled would go to 0"):
        SemiConjugateNormal().resolve([[3.0, 0.0]] * 6)
    assert np.isfinite(log_marginal([[3.0]], [0], SemiConjugateNormal()))
    X = [[1.0], [1.0], [2.0], [2.0]]
    with pytest.raises(DataError, match="no finite density where clusters hold equal values only"):
        log_marginal(X, [0, 0, 1, 1], SemiConjugateNormal())
    assert np.isfinite(log_marginal(X, [0, 0, 0, 0], SemiConjugateNormal()))
    assert np.isfinite(log_marginal(X, [0, 0, 1, 1], SemiConjugateNormal(rate=0.1)))


def test_a_new_row_beyond_float64_is_named():
    for component in (Normal(), DiagonalNormal(), SemiConjugateNormal()):
        resolved = component.resolve(X)
        with pytest.raises(DataError, match=r"density of each new row .* that of row 1 does not"):
            predictive(
                resolved.check([[0.0] * 3, [1e200] * 3]), resolved.check(X), [0, 0, 1, 1], resolved
            )


def test_a_column_without_any_value_is_named():
    rows = np.array([[1.0, np.nan], [2.0, np.nan]])
    with pytest.raises(DataError, match="holds no value in column 1: all 2 cells are missing"):
        DiagonalNormal(allow_missing=True).resolve(rows)
    with pytest.raises(DataError, match="holds no value in column 1, which leaves its categories"):
        Categorical(allow_missing=True).resolve(rows)


def test_sizes_beyond_float64_are_named():
    with pytest.raises(DataError, match="overflows in column 0"):
        Normal().resolve([[1e200], [-1e200]])
    with pytest.raises(DataError, match="underflows in column 0"):
        DiagonalNormal().resolve([[1e-200], [-1e-200]])
    with pytest.raises(DataError, match="log density of the rows must fit into float64"):
        log_marginal([[1e200], [0.0]], [0, 0], DiagonalNormal(mean=0.0, rate=1.0))
    with pytest.raises(ParameterError, match="scale must not vanish beside the data"):
        log_marginal([[1.0, 1.0], [2.0, 2.0], [4.0, 4.0]], [0, 0, 0], Normal(scale=1e-30))


def test_labels_are_one_integer_for_each_row():
    with pytest.raises(
        DataError, match=r"one integer for each of the 4 rows of X; got shape \(3,\)"
    ):
        log_marginal(X, [0, 0, 1], DiagonalNormal())
    with pytest.raises(DataError, match="labels must be integers; got dtype float64"):
        log_marginal(X, [0.0, 0.0, 0.5, 1.0], DiagonalNormal())
    with pytest.raises(DataError, match="labels must be integers; got dtype float64"):
        log_marginal(X, [0.0, 0.0, np.inf, 1.0], DiagonalNormal())
    whole = log_marginal(X, [0.0, 0.0, 1.0, 1.0], DiagonalNormal())
    assert whole == log_marginal(X, [0, 0, 1, 1], DiagonalNormal())


def test_a_component_is_a_component():
    with pytest.raises(ParameterError, match=r"got <class .*Use DiagonalNormal\(\)"):
        log_marginal(X, [0] * 4, DiagonalNormal)
    with pytest.raises(ParameterError, match="got 'normal'"):
        log_marginal(X, [0] * 4, "normal")


def test_new_rows_have_the_columns_of_the_old_ones():
    component = DiagonalNormal().resolve(X)
    with pytest.raises(DataError, match="must have the 3 columns of X; got 2"):
        predictive(component.check(X[:, :2]), component.check(X), [0] * 4, component)


def test_rows_of_counts_are_simulated_with_given_totals():
    with pytest.raises(ParameterError, match="totals must hold the total of each of the 2 rows"):
        simulate_rows([0, 0], Multinomial(alpha=[1.0, 1.0]), np.random.default_rng(0))
    with pytest.raises(ParameterError, match="must be resolved first"):
        simulate_rows([0, 0], DiagonalNormal(), np.random.default_rng(0))
