"""Densities of measurements with normal components: whole clusters, new rows, and draws.

Clusters are the first axis everywhere. Sums over columns run in their order, so that a row's density does not depend on
what else is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from ...._errors import ParameterError
from .._components.normals import DiagonalNormal, Normal
from .._rows import Rows
from .._special import log_rising
from .groups import Groups

Floats = NDArray[np.float64]
_CHUNK = 1 << 20
"""How many cells of matrices (d, d) are held at a time."""


@dataclass(frozen=True, eq=False)
class NormalPosterior:
    """Hyperparameters given the members of K clusters: mean (K, d), kappa and dof (K,), scale (K, d, d)."""

    mean: Floats
    kappa: Floats
    dof: Floats
    scale: Floats


def normal_posterior(component: Normal, x: Floats, groups: Groups) -> NormalPosterior:
    """Murphy 2007, equations 250 to 253; squares are of differences to the cluster's mean."""
    prior_mean, prior_scale = cast("Floats", component.mean), cast("Floats", component.scale)
    kappa, dof = cast("float", component.kappa), cast("float", component.dof)
    sizes = groups.sizes
    centred = x - prior_mean
    offset = groups.sums(centred) / sizes[:, None]
    left = centred - offset[groups.labels]
    d = x.shape[1]
    scale = np.empty((len(groups), d, d))
    shrunk = kappa * sizes / (kappa + sizes)
    for i in range(d):
        for j in range(i + 1):
            scatter = groups.sums(left[:, i] * left[:, j]) + shrunk * offset[:, i] * offset[:, j]
            scale[:, i, j] = scale[:, j, i] = prior_scale[i, j] + scatter
    mean = prior_mean + (sizes / (kappa + sizes))[:, None] * offset
    return NormalPosterior(mean, kappa + sizes, dof + sizes, scale)


def normal_log_marginals(component: Normal, rows: Rows, groups: Groups) -> Floats:
    """The log density (K,) of each cluster's rows (Murphy 2007, equation 266)."""
    x = rows.dense
    d = x.shape[1]
    kappa, dof = cast("float", component.kappa), cast("float", component.dof)
    prior = log_determinants(cast("Floats", component.scale)[None])[0]
    out = np.empty(len(groups))
    for at, inner, members in groups.chunks(max(1, _CHUNK // d**2)):
        posterior = normal_posterior(component, x[members], inner)
        sizes = inner.sizes
        total = -0.5 * sizes * d * np.log(np.pi) - 0.5 * d * np.log1p(sizes / kappa)
        total += 0.5 * dof * prior - 0.5 * posterior.dof * log_determinants(posterior.scale)
        freedom = np.broadcast_to(0.5 * (dof - np.arange(d, dtype=np.float64)), (len(sizes), d))
        out[at] = total + in_order(log_rising(freedom, 0.5 * sizes[:, None]))
    return out


def normal_predictives(component: Normal, new: Rows, rows: Rows, groups: Groups) -> Floats:
    """Log densities (m, K + 1) of new rows given each cluster, and none (Murphy 2007, equation 258)."""
    x, members = new.dense, rows.dense
    d = x.shape[1]
    out = np.empty((len(x), len(groups) + 1))
    for at, inner, chosen in groups.chunks(max(1, _CHUNK // d**2)):
        posterior = normal_posterior(component, members[chosen], inner)
        out[:, at] = _student_densities(x, posterior)
    out[:, -1:] = _student_densities(x, _prior(component))
    return out


def normal_draw(
    component: Normal, m: int, rng: np.random.Generator, given: Rows, shared: bool
) -> Floats:
    """m rows (m, d) of a cluster with members `given`: of one draw of its parameters, or of one each."""
    if given.shape[0]:
        posterior = normal_posterior(component, given.dense, _one_group(given.shape[0]))
    else:
        posterior = _prior(component)
    d = given.shape[1]
    draws = 1 if shared else m
    lower = cholesky(posterior.scale)[0]
    # Bartlett 1933: A A' is Wishart(dof, I), so that L A'^-1 is a root of an inverse-Wishart(dof, L L').
    bartlett = np.tril(rng.standard_normal((draws, d, d)), -1)
    freedom = posterior.dof[0] - np.arange(d)
    bartlett[:, np.arange(d), np.arange(d)] = np.sqrt(rng.chisquare(freedom, (draws, d)))
    root = lower @ np.linalg.inv(bartlett.transpose(0, 2, 1))
    kappa = posterior.kappa[0]
    mean = (root @ rng.standard_normal((draws, d, 1)))[:, :, 0] / np.sqrt(kappa)
    noise = (root @ rng.standard_normal((m, d, 1)))[:, :, 0]
    return posterior.mean[0] + mean + noise


def diagonal_posterior(
    component: DiagonalNormal, rows: Rows, groups: Groups
) -> tuple[Floats, Floats, Floats, Floats]:
    """Cells (K, d) that are there, mean, shape and rate given them (Murphy 2007, equations 86 to 89)."""
    prior_mean, kappa, shape, rate = _numbers(component)
    x = rows.dense
    there = np.isfinite(x)
    cells = np.where(there, x - prior_mean, 0.0)
    counts = groups.sums(there)
    offset = groups.sums(cells) / np.maximum(counts, 1)
    left = np.where(there, cells - offset[groups.labels], 0.0)
    shrunk = kappa * counts / (kappa + counts)
    squares = groups.sums(left**2) + shrunk * offset**2
    mean = prior_mean + counts / (kappa + counts) * offset
    return counts, mean, shape + 0.5 * counts, rate + 0.5 * squares


def diagonal_log_marginals(component: DiagonalNormal, rows: Rows, groups: Groups) -> Floats:
    """The log density (K,) of each cluster's rows, missing cells integrated out (Murphy 2007, equation 95)."""
    _, kappa, shape, rate = _numbers(component)
    counts, _, a, b = diagonal_posterior(component, rows, groups)
    terms = -0.5 * counts * np.log(2 * np.pi * rate) - 0.5 * np.log1p(counts / kappa)
    terms += log_rising(np.broadcast_to(shape, counts.shape), 0.5 * counts)
    terms -= a * np.log(b / rate)
    return in_order(terms)


def diagonal_predictives(
    component: DiagonalNormal, new: Rows, rows: Rows, groups: Groups
) -> Floats:
    """Log densities (m, K + 1) of new rows given each cluster, and none (Murphy 2007, equation 100)."""
    prior_mean, prior_kappa, prior_shape, prior_rate = _numbers(component)
    counts, mean, a, b = diagonal_posterior(component, rows, groups)
    mean = np.vstack([mean, prior_mean])
    kappa = np.vstack([prior_kappa + counts, prior_kappa])
    a, b = np.vstack([a, prior_shape]), np.vstack([b, prior_rate])
    constant = log_rising(a, 0.5) - 0.5 * np.log(2 * np.pi * b) - 0.5 * np.log1p(1 / kappa)
    factor = 0.5 * kappa / ((kappa + 1) * b)
    out = np.zeros((new.shape[0], len(groups) + 1))
    for j, column in enumerate(new.dense.T):
        there = np.isfinite(column)[:, None]
        z = np.where(there, column[:, None] - mean[:, j], 0.0)
        density = constant[:, j] - (a[:, j] + 0.5) * np.log1p(factor[:, j] * z**2)
        out += np.where(there, density, 0.0)
    return out


def diagonal_draw(
    component: DiagonalNormal, m: int, rng: np.random.Generator, given: Rows, shared: bool
) -> Floats:
    """m rows (m, d) of a cluster with members `given`: of one draw of its parameters, or of one each."""
    mean, kappa, shape, rate = _numbers(component)
    if given.shape[0]:
        counts, means, a, b = diagonal_posterior(component, given, _one_group(given.shape[0]))
        mean, kappa, shape, rate = means[0], kappa + counts[0], a[0], b[0]
    size = (1 if shared else m, len(mean))
    variance = rate / rng.gamma(shape, size=size)
    centre = mean + np.sqrt(variance / kappa) * rng.standard_normal(size)
    return centre + np.sqrt(variance) * rng.standard_normal((m, len(mean)))


def cholesky(matrices: Floats) -> Floats:
    """Lower factors (K, d, d), all matrices side by side: the same bits on every machine."""
    lower = np.array(matrices)
    d = lower.shape[1]
    with np.errstate(
        invalid="ignore", divide="ignore"
    ):  # a pivot that is not positive is refused below
        for j in range(d):
            lower[:, j, j] = np.sqrt(lower[:, j, j])
            lower[:, j + 1 :, j] /= lower[:, j, j, None]
            lower[:, j, j + 1 :] = 0.0
            below = lower[:, j + 1 :, j]
            lower[:, j + 1 :, j + 1 :] -= below[:, :, None] * below[:, None, :]
    pivots = np.diagonal(lower, axis1=1, axis2=2)
    least = 4 * d * np.finfo(np.float64).eps * np.diagonal(matrices, axis1=1, axis2=2)
    if not np.all(pivots**2 > least):  # what is left of a pivot is rounding
        raise ParameterError(
            "Normal: scale must not vanish beside the data; a cluster's scatter plus scale is singular in float64. "
            "Raise scale, drop columns that are sums of others, or use DiagonalNormal."
        )
    return lower


def log_determinants(matrices: Floats) -> Floats:
    """log |A| (K,) of positive definite matrices."""
    pivots = np.diagonal(cholesky(matrices), axis1=1, axis2=2)
    return 2 * in_order(np.log(pivots))


def in_order(terms: Floats) -> Floats:
    """Sums (K,) over the columns, in their order."""
    total = np.zeros(len(terms))
    for column in terms.T:
        total += column
    return total


def _student_densities(x: Floats, posterior: NormalPosterior) -> Floats:
    """Log densities (m, K) of a multivariate Student-t with dof - d + 1 degrees of freedom."""
    d = x.shape[1]
    lower = cholesky(posterior.scale)
    pivots = np.diagonal(lower, axis1=1, axis2=2)
    square = np.zeros((len(x), len(lower)))
    z = np.empty((d, len(x), len(lower)))
    for i in range(d):
        z[i] = x[:, i, None] - posterior.mean[:, i]
        for j in range(i):
            z[i] -= lower[:, i, j] * z[j]
        z[i] /= pivots[:, i]
        square += z[i] ** 2
    dof, kappa = posterior.dof, posterior.kappa
    constant = log_rising(0.5 * (dof - d + 1), 0.5 * d) - 0.5 * d * np.log(np.pi)
    constant -= 0.5 * d * np.log1p(1 / kappa) + in_order(np.log(pivots))
    return constant - 0.5 * (dof + 1) * np.log1p(kappa / (kappa + 1) * square)


def _prior(component: Normal) -> NormalPosterior:
    """A cluster without members."""
    number: Any = component
    return NormalPosterior(
        number.mean[None], np.array([number.kappa]), np.array([number.dof]), number.scale[None]
    )


def _numbers(component: DiagonalNormal) -> tuple[Floats, Floats, Floats, Floats]:
    number: Any = component
    return number.mean, number.kappa, number.shape, number.rate


def _one_group(n: int) -> Groups:
    return Groups(np.zeros(n, np.int32), np.arange(n), np.array([0, n], dtype=np.intp))
