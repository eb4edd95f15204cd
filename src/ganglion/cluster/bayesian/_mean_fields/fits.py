"""A mean-field approximation and the steps that raise its evidence bound: sweeps over the rows, merges of clusters."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...._native import core
from .._components.component import Component
from .._densities.groups import Groups
from .._priors.partition_prior import PartitionPrior
from .._rows import Rows, select
from .features import MeanField, mean_field
from .sticks import at_concentration, weigh

Floats = NDArray[np.float64]
_LANES = 16
"""Clusters stand in lanes of this many."""
_PAIRS_PER_CLUSTER = 5


@dataclass(frozen=True, eq=False)
class Fit:
    """Sums that fix all factors of K clusters, the largest first, and the bound that they reach.

    Attributes
    ----------
    counts : ndarray of shape (K,)
        Sums of responsibilities.
    sums : ndarray of shape (K, p)
        Of responsibilities times features.
    entropy : float
        Of the memberships.
    overlaps : ndarray of shape (K, K) or None
        What the entropy changes by where two clusters become one.
    names : ndarray of shape (K,), int64
        Which cluster is which, from step to step.
    bound : float
        The evidence bound, all constants included.
    concentration : float or None
        Its mean under q.
    """

    counts: Floats
    sums: Floats
    entropy: float
    overlaps: Floats | None
    names: NDArray[np.int64]
    bound: float = -np.inf
    concentration: float | None = None

    def __len__(self) -> int:
        return len(self.counts)


class Engine:
    """Rows, component and prior, as the sweeps take them; `subset` has the same factors for some of the rows."""

    def __init__(self, rows: Rows, component: Component, prior: PartitionPrior) -> None:
        self.prior = prior
        self.fields: list[MeanField] = []
        for columns, part in component.parts(rows.shape[1]):
            own = rows if len(columns) == rows.shape[1] else select(rows, columns)
            self.fields.append(mean_field(part, own))
        self.z = np.ascontiguousarray(np.hstack([field.z for field in self.fields]))
        self.base = sum(field.base for field in self.fields)
        pairs: list[tuple[int, int]] = []
        first = 0
        for field in self.fields:
            pairs += [(first + a, first + b if b >= 0 else -1) for a, b in field.pairs]
            first += field.z.shape[1]
        self.pairs = np.array(pairs, dtype=np.int32).reshape(-1, 2)

    def subset(self, rows: NDArray[np.intp], prior: PartitionPrior) -> Engine:
        """The same components for some of the rows, without the constant part of their density."""
        some: Engine = object.__new__(Engine)
        some.prior, some.fields, some.pairs = prior, self.fields, self.pairs
        some.z, some.base = self.z[rows], 0.0
        return some

    @property
    def n(self) -> int:
        """How many rows there are."""
        return len(self.z)

    def whole(self) -> Fit:
        """All rows in one cluster."""
        none = np.zeros((1, len(self.pairs)))
        return self._swept(
            np.zeros((1, 1)), none, Fit(np.ones(1), none, 0.0, None, np.zeros(1, np.int64)), False
        )

    def grouped(self, groups: Groups, names: NDArray[np.int64]) -> Fit:
        """Rows in clusters, each with its whole weight."""
        sums = np.empty((len(groups), len(self.pairs)))
        for j, (a, b) in enumerate(self.pairs):
            sums[:, j] = groups.sums(self.z[:, a] * self.z[:, b] if b >= 0 else self.z[:, a])
        return self.judged(Fit(groups.sizes, sums, 0.0, None, names))

    def sweep(self, fit: Fit, *, overlaps: bool = False) -> Fit:
        """Fit the factors to the sums, then the memberships to the factors, and add up anew."""
        weights, constants = self.expected(fit)
        return self._swept(constants, weights, fit, overlaps)

    def _swept(self, constants: Floats, weights: Floats, fit: Fit, overlaps: bool) -> Fit:
        k = len(fit)
        counts, sums = np.empty(k), np.empty((k, len(self.pairs)))
        shared = np.empty((k, k)) if overlaps else None
        packed = self._packed(constants.reshape(-1), weights)
        entropy = core.meanfield_sweep(self.z, self.pairs, *packed, counts, sums, shared)
        found = Fit(counts, sums, entropy, shared, fit.names, concentration=fit.concentration)
        return self.judged(found)

    def expected(self, fit: Fit) -> tuple[Floats, Floats]:
        """Weights of the features (K, p), and constants (K,) with the expected log weights of the clusters."""
        constants = weigh(self.prior, fit.counts, fit.concentration).log_weights.copy()
        weights: list[Floats] = []
        for field, own in zip(self.fields, self._own(fit.sums), strict=True):
            slope, constant = field.expected(fit.counts, own)
            weights.append(slope)
            constants += constant
        return np.hstack(weights), constants

    def judged(self, fit: Fit) -> Fit:
        """The fit with the largest clusters first, and its bound (Hughes and Sudderth 2013, equation 7)."""
        order = np.argsort(-fit.counts, kind="stable")
        shared = None if fit.overlaps is None else fit.overlaps[np.ix_(order, order)]
        fit = replace(
            fit,
            counts=fit.counts[order],
            sums=fit.sums[order],
            overlaps=shared,
            names=fit.names[order],
        )
        weighing = weigh(self.prior, fit.counts, fit.concentration)
        bound = weighing.bound + fit.entropy + self.base
        bound += float(np.sum(self.log_marginals(fit.counts, fit.sums)))
        return replace(fit, bound=bound, concentration=weighing.concentration)

    def log_marginals(self, counts: Floats, sums: Floats) -> Floats:
        """What each cluster's rows add to the bound, (K,)."""
        total = np.zeros(len(counts))
        for field, own in zip(self.fields, self._own(sums), strict=True):
            total += field.log_marginals(counts, own)
        return total

    def assign(self, fit: Fit) -> NDArray[np.int32]:
        """The cluster (n,) with the largest share in each row."""
        labels = np.empty(self.n, np.int32)
        weights, constants = self.expected(fit)
        packed = self._packed(constants, weights)
        core.meanfield_assign(self.z, self.pairs, *packed, len(fit), labels, None)
        return labels

    def responsibilities(self, fit: Fit, rows: slice) -> Floats:
        """Shares (m, K) of the clusters in some of the rows."""
        z = np.ascontiguousarray(self.z[rows])
        out = np.empty((len(z), len(fit)))
        weights, constants = self.expected(fit)
        packed = self._packed(constants, weights)
        core.meanfield_assign(z, self.pairs, *packed, len(fit), None, out)
        return out

    def _packed(self, constants: Floats, weights: Floats) -> tuple[Floats, Floats]:
        """Weights (p, stride) and constants (stride), clusters in whole groups of lanes."""
        k = len(constants)
        stride = -(-k // _LANES) * _LANES
        packed = np.zeros((len(self.pairs), stride))
        packed[:, :k] = weights.T
        padded = np.full(stride, -np.inf)
        padded[:k] = constants
        return packed, padded

    def _own(self, sums: Floats) -> list[Floats]:
        """The sums of each field's features."""
        ends = np.cumsum([len(field.pairs) for field in self.fields])
        return np.split(sums, ends[:-1], axis=1)


def without_empty(engine: Engine, fit: Fit) -> Fit:
    """The fit without clusters that hold less than a millionth of a row."""
    kept = fit.counts > 1e-6
    if kept.all() or not kept.any():
        return fit
    shared = None if fit.overlaps is None else fit.overlaps[np.ix_(kept, kept)]
    parts: dict[str, Any] = {
        "counts": fit.counts[kept],
        "sums": fit.sums[kept],
        "names": fit.names[kept],
    }
    found = engine.judged(replace(fit, overlaps=shared, **parts))
    return (
        found if found.bound >= fit.bound else fit
    )  # a finite mixture may want its empty components


def merged(engine: Engine, fit: Fit) -> Fit:
    """Merge pairs of clusters that share rows, the best first, as long as the bound rises; each cluster once.

    Sums and entropies of a merged pair are exact (Hughes and Sudderth 2013, section 3.3), without a pass over the rows.
    """
    gains = _gains(engine, fit)
    taken: set[int] = set()
    chosen: list[tuple[int, int]] = []
    for gain, a, b in sorted(gains, key=lambda each: (-each[0], each[1], each[2])):
        if gain > 1e-9 * abs(fit.bound) and not taken & {a, b}:
            chosen.append((a, b))
            taken |= {a, b}
    while chosen:
        candidate = _with_merged(engine, fit, chosen)
        if candidate.bound > fit.bound:
            return candidate
        chosen = chosen[: len(chosen) // 2]  # gains of several together need not add up
    return fit


def _gains(engine: Engine, fit: Fit) -> list[tuple[float, int, int]]:
    """What the bound rises by, for the pairs that share most."""
    assert fit.overlaps is not None
    if len(fit) < 2:
        return []
    first, second = np.triu_indices(len(fit), 1)
    shared = fit.overlaps[first, second]
    most = np.argsort(shared, kind="stable")[: _PAIRS_PER_CLUSTER * len(fit)]
    most = most[shared[most] < 0]
    first, second, shared = first[most], second[most], shared[most]
    apart = engine.log_marginals(fit.counts, fit.sums)
    counts, sums = fit.counts[first] + fit.counts[second], fit.sums[first] + fit.sums[second]
    rise = engine.log_marginals(counts, sums) - apart[first] - apart[second] + shared
    prior = at_concentration(engine.prior, fit.concentration)
    before = weigh(prior, fit.counts).bound
    found: list[tuple[float, int, int]] = []
    for a, b, count, gain in zip(first, second, counts, rise, strict=True):
        left = np.delete(fit.counts, [a, b])
        after = np.sort(np.append(left, count))[::-1]
        change = weigh(prior, after).bound - before
        found.append((float(gain + change), int(a), int(b)))
    return found


def _with_merged(engine: Engine, fit: Fit, pairs: list[tuple[int, int]]) -> Fit:
    assert fit.overlaps is not None
    counts, sums, names = fit.counts.copy(), fit.sums.copy(), fit.names.copy()
    entropy = fit.entropy
    for a, b in pairs:
        counts[a] += counts[b]
        sums[a] += sums[b]
        entropy += float(fit.overlaps[a, b])
        names[a] = names.max() + 1
    kept = np.setdiff1d(np.arange(len(fit)), [b for _, b in pairs])
    found = Fit(
        counts[kept], sums[kept], entropy, None, names[kept], concentration=fit.concentration
    )
    return engine.judged(found)
