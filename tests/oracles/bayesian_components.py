"""Components by their definitions: densities of clusters from the textbooks' formulas, one number at a time.

Hyperparameters are plain numbers. A density of a new row is the ratio of two marginals.
"""

from __future__ import annotations

import math

import numpy as np
from scipy import integrate, special, stats

from ganglion.cluster.bayesian import Mixed, Multinomial, SemiConjugateNormal


def clusters_of(labels):
    """The rows of each cluster, by first appearance."""
    labels = list(labels)
    return [[i for i, one in enumerate(labels) if one == c] for c in dict.fromkeys(labels)]


def log_marginal(X, labels, component):
    """log p(X | labels) of a resolved component."""
    X = np.asarray(X, dtype=np.float64)
    total = 0.0
    for columns, part in component.parts(X.shape[1]):
        own = X[:, list(columns)]
        if isinstance(part, SemiConjugateNormal):
            total += semi_conjugate(own, labels, part)
        else:
            total += math.fsum(
                FAMILIES[part.kind](own[members], part) for members in clusters_of(labels)
            )
    return total


def log_predictive(x, X, component):
    """log p(x | the rows X of one cluster), of a component whose clusters stand apart."""
    both = np.vstack([X, [x]])
    after = log_marginal(both, [0] * len(both), component)
    return after - (log_marginal(X, [0] * len(X), component) if len(X) else 0.0)


def normal(x, part):
    """The normal-inverse-Wishart marginal, with scatter round the origin."""
    n, d = x.shape
    kn, nun = part.kappa + n, part.dof + n
    shifted = x - part.mean  # the density depends on differences to the prior mean only
    mn = shifted.sum(axis=0) / kn
    scale_n = part.scale + shifted.T @ shifted - kn * np.outer(mn, mn)
    return (
        -0.5 * n * d * math.log(math.pi)
        + special.multigammaln(nun / 2, d)
        - special.multigammaln(part.dof / 2, d)
        + 0.5 * part.dof * np.linalg.slogdet(part.scale)[1]
        - 0.5 * nun * np.linalg.slogdet(scale_n)[1]
        + 0.5 * d * math.log(part.kappa / kn)
    )


def diagonal_normal(x, part):
    """Column by column, cell by cell: the product of Student-t predictives."""
    total = 0.0
    for j in range(x.shape[1]):
        m, k, a, b = (float(v[j]) for v in (part.mean, part.kappa, part.shape, part.rate))
        for value in x[:, j]:
            if math.isnan(value):
                continue
            total += stats.t.logpdf(value, 2 * a, m, math.sqrt(b * (k + 1) / (a * k)))
            b += 0.5 * k / (k + 1) * (value - m) ** 2
            m, k, a = (k * m + value) / (k + 1), k + 1, a + 0.5
    return total


def multinomial(x, part):
    """Row by row: Dirichlet-multinomial, whose parameters grow by the counts."""
    alpha, total = np.array(part.alpha), 0.0
    for row in x:
        total += stats.dirichlet_multinomial.logpmf(row.astype(int), alpha, int(row.sum()))
        alpha = alpha + row
    return float(total)


def bernoulli(x, part):
    """Cell by cell: the share of ones so far, with a and b counted in."""
    total = 0.0
    for j in range(x.shape[1]):
        a, b = float(part.a[j]), float(part.b[j])
        for value in x[:, j]:
            if not math.isnan(value):
                total += math.log((a if value == 1 else b) / (a + b))
                a, b = a + value, b + 1 - value
    return total


def poisson(x, part):
    """Cell by cell: negative binomial."""
    total = 0.0
    for j in range(x.shape[1]):
        a, b = float(part.shape[j]), float(part.rate[j])
        for value in x[:, j]:
            if not math.isnan(value):
                total += stats.nbinom.logpmf(int(value), a, b / (b + 1))
                a, b = a + value, b + 1
    return float(total)


def categorical(x, part):
    """Cell by cell: the share of the category so far, with alpha counted in."""
    total = 0.0
    for j in range(x.shape[1]):
        alpha = np.array(part.alpha[j])
        for value in x[:, j]:
            if not math.isnan(value):
                total += math.log(alpha[int(value)] / alpha.sum())
                alpha[int(value)] += 1
    return total


FAMILIES = {
    "normal": normal,
    "diagonal_normal": diagonal_normal,
    "multinomial": multinomial,
    "bernoulli": bernoulli,
    "poisson": poisson,
    "categorical": categorical,
}


def semi_conjugate(x, labels, part):
    """Adaptive quadrature over the rate of the quadratures over each cluster's precision."""
    total = 0.0
    g, h = part.rate_numbers()
    for j in range(x.shape[1]):
        blocks = [x[members, j] for members in clusters_of(labels)]
        blocks = [block[~np.isnan(block)] for block in blocks]
        numbers = float(part.mean[j]), float(part.variance[j]), float(part.shape[j])
        if not g[j]:
            rate = float(part.rate[j])
            total += math.fsum(_given_rate(block, *numbers, rate) for block in blocks)
            continue

        def log_term(v, j=j, blocks=blocks, numbers=numbers):
            terms = math.fsum(_given_rate(block, *numbers, math.exp(v)) for block in blocks)
            # the density of the rate, and the slope of exp(v)
            return terms + stats.gamma.logpdf(math.exp(v), g[j], scale=1 / h[j]) + v

        top = math.log(50 / h[j])
        total += _log_integral(log_term, top - 60 / g[j] - 20, top)
    return total


def _given_rate(block, mean, variance, shape, rate):
    if not len(block):
        return 0.0

    def log_term(u):
        t = math.exp(u)
        covariance = np.eye(len(block)) / t + variance  # the mean integrated out: cells share it
        density = stats.multivariate_normal.logpdf(block, np.full(len(block), mean), covariance)
        return density + stats.gamma.logpdf(t, shape, scale=1 / rate) + u

    middle = math.log(shape / rate)
    return _log_integral(log_term, middle - 60 / shape - 10, middle + 6)


def _log_integral(log_term, low, high):
    """log of an integral of exp(log_term), by adaptive quadrature round its largest value."""
    grid = np.linspace(low, high, 400)
    values = np.array([log_term(v) for v in grid])
    peak = values.max()
    inside = grid[values > peak - 45]
    value, _ = integrate.quad(
        lambda v: math.exp(log_term(v) - peak),
        inside[0] - (grid[1] - grid[0]),
        inside[-1] + (grid[1] - grid[0]),
        points=[float(grid[values.argmax()])],
        limit=400,
        epsabs=0,
        epsrel=1e-11,
    )
    return peak + math.log(value)
