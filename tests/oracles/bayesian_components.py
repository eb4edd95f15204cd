"""Components by their definitions: densities of clusters from the textbooks' formulas, one number at a time.

Hyperparameters are plain numbers. A density of a new row is the ratio of two marginals.
"""

from __future__ import annotations

import math

import numpy as np
from scipy import special, stats

from ganglion.cluster.bayesian import SemiConjugateNormal


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
    """Gauss's rule over the rate, of Gauss's rule over each cluster's precision."""
    total = 0.0
    g, h = part.rate_numbers()
    for j in range(x.shape[1]):
        blocks = [x[members, j] for members in clusters_of(labels)]
        blocks = [block[~np.isnan(block)] for block in blocks]
        numbers = float(part.mean[j]), float(part.variance[j]), float(part.shape[j])
        if not g[j]:
            total += math.fsum(given_rate(one, *numbers, float(part.rate[j])) for one in blocks)
            continue

        def log_term(v, j=j, blocks=blocks, numbers=numbers):
            terms = stats.gamma.logpdf(np.exp(v), g[j], scale=1 / h[j]) + v  # slope of exp(v)
            inner = [[given_rate(one, *numbers, math.exp(at)) for one in blocks] for at in v]
            return terms + np.sum(inner, axis=1)

        top = math.log(60 / h[j])
        total += _log_integral(log_term, top - 60 / min(g[j], 1.0) - 20, top)
    return total


def given_rate(block, mean, variance, shape, rate):
    """log p(block): cells share one mean, so that their covariance is 1 / t on the diagonal plus the variance."""
    n = len(block)
    if not n:
        return 0.0
    left, scatter = np.mean(block) - mean, np.sum((block - np.mean(block)) ** 2)

    def log_term(u):
        t = np.exp(u)
        # That covariance has the eigenvalue 1 / t + n variance along (1, ..., 1), and 1 / t across it.
        along = 1 / t + n * variance
        terms = np.log(along) - (n - 1) * u + n * left**2 / along + scatter * t
        terms = -0.5 * (n * math.log(2 * math.pi) + terms)
        return terms + stats.gamma.logpdf(t, shape, scale=1 / rate) + u

    middle = math.log(shape + n) - math.log(rate + scatter + n * left**2)
    beyond = math.log1p((scatter + n * left**2) / rate) + 8
    return _log_integral(log_term, middle - 60 / min(shape, 1.0) - 10, middle + beyond)


def _log_integral(log_term, low, high):
    """log of an integral of exp(log_term), by Gauss's rule in panels of 2, where it is not negligible."""
    coarse = np.linspace(low, high, 150)
    heights = log_term(coarse)
    inside = coarse[heights > heights.max() - 45]
    step = coarse[1] - coarse[0]
    low, high = inside[0] - step, inside[-1] + step
    edges = np.linspace(low, high, math.ceil((high - low) / 2) + 1)
    nodes, weights = np.polynomial.legendre.leggauss(20)
    half = (edges[1] - edges[0]) / 2
    at = (edges[:-1, None] + half + half * nodes).ravel()
    return special.logsumexp(log_term(at), b=np.tile(weights * half, len(edges) - 1))
