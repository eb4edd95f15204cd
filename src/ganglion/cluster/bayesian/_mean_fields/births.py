"""New clusters for a mean-field approximation: one of them at a time is fitted afresh, by itself, with many."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from .._densities.groups import group_rows
from .fits import Engine, Fit, merged, without_empty
from .sticks import at_concentration

Floats = NDArray[np.float64]
_FRESH = 10
"""Clusters that a birth begins with (Hughes and Sudderth 2013, section 3.2)."""
_SAMPLE = 8192
"""Rows of a cluster that a birth looks at."""
_SWEEPS = 40


class Births:
    """Where births were tried without success: a cluster is tried again when a tenth of it has changed."""

    def __init__(self, max_clusters: int) -> None:
        self.max_clusters = max_clusters
        self.failed: dict[int, float] = {}

    def tried(self, engine: Engine, fit: Fit, rng: np.random.Generator) -> Fit:
        """The fit with new clusters, or itself where none raises the bound."""
        proposals: list[tuple[float, int, Fit]] = []
        labels = engine.assign(fit)
        for target, (name, count) in enumerate(zip(fit.names, fit.counts, strict=True)):
            before = self.failed.get(int(name))
            if before is not None and abs(count - before) <= 0.1 * before:
                continue
            self.failed[int(name)] = float(count)
            local_engine = _members(engine, fit, labels == target, rng)
            gain, local = _refitted(local_engine, float(count), rng)
            if local is not None and len(fit) + len(local) - 1 <= self.max_clusters:
                proposals.append((gain, target, local))
        proposals.sort(key=lambda each: -each[0])
        together = self._within_limit(fit, proposals)
        if len(together) > 1:
            found = _with_births(engine, fit, together)
            if found.bound > fit.bound:
                return found
        for proposal in proposals[:5]:
            found = _with_births(engine, fit, [proposal])
            if found.bound > fit.bound:
                return found
        return fit

    def _within_limit(
        self, fit: Fit, proposals: list[tuple[float, int, Fit]]
    ) -> list[tuple[float, int, Fit]]:
        """The best proposals that fit into the number of clusters."""
        chosen, k = list[tuple[float, int, Fit]](), len(fit)
        for proposal in proposals:
            if k + len(proposal[2]) - 1 <= self.max_clusters:
                chosen.append(proposal)
                k += len(proposal[2]) - 1
        return chosen


def _members(
    engine: Engine, fit: Fit, chosen: NDArray[np.bool_], rng: np.random.Generator
) -> Engine:
    """The rows of a cluster, or as many as a birth looks at."""
    members = np.flatnonzero(chosen)
    if len(members) > _SAMPLE:
        members = np.sort(rng.choice(members, _SAMPLE, replace=False))
    return engine.subset(members, at_concentration(engine.prior, fit.concentration))


def _refitted(local: Engine, count: float, rng: np.random.Generator) -> tuple[float, Fit | None]:
    """What a cluster's rows gain from clusters of their own, and these; None where they gain nothing."""
    if local.n < 2:
        return 0.0, None
    whole = local.whole()
    labels = _nearest_seeds(local.z, min(_FRESH, local.n // 2 + 1), rng)
    groups = group_rows(labels, local.n)
    fit = local.grouped(groups, np.arange(len(groups), dtype=np.int64))
    for at in range(_SWEEPS):
        before = fit.bound
        fit = without_empty(local, local.sweep(fit, overlaps=at % 5 == 4))
        if at % 5 == 4:
            fit = merged(local, fit)
        if at > 5 and abs(fit.bound - before) <= 1e-5 * abs(before):
            break
    fit = merged(local, without_empty(local, local.sweep(fit, overlaps=True)))
    if len(fit) < 2 or fit.bound <= whole.bound:
        return 0.0, None
    scale = count / local.n
    return scale * (fit.bound - whole.bound), replace(
        fit, counts=scale * fit.counts, sums=scale * fit.sums
    )


def _with_births(engine: Engine, fit: Fit, proposals: list[tuple[float, int, Fit]]) -> Fit:
    """Put fresh clusters in the place of others, and sweep until the bound is above the old one, or stays below."""
    targets = [target for _, target, _ in proposals]
    kept = np.setdiff1d(np.arange(len(fit)), targets)
    locals_ = [local for _, _, local in proposals]
    counts = np.concatenate([fit.counts[kept], *(local.counts for local in locals_)])
    sums = np.concatenate([fit.sums[kept], *(local.sums for local in locals_)])
    first = int(fit.names.max()) + 1
    fresh = np.arange(first, first + len(counts) - len(kept), dtype=np.int64)
    names = np.concatenate([fit.names[kept], fresh])
    found = engine.judged(Fit(counts, sums, 0.0, None, names, concentration=fit.concentration))
    for _ in range(3):
        found = without_empty(engine, engine.sweep(found))
        if found.bound > fit.bound:
            break
    return found


def _nearest_seeds(z: Floats, k: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """The nearest (m,) of k rows drawn in proportion to squared distances, each column in units of its spread."""
    spread = z.std(axis=0)
    scaled = z[:, spread > 0] / spread[spread > 0]
    labels = np.zeros(len(z), np.int64)
    nearest = ((scaled - scaled[rng.integers(len(z))]) ** 2).sum(axis=1)
    for seed in range(1, k):
        total = nearest.sum()
        if not total > 0:
            break
        chosen = rng.choice(len(z), p=nearest / total)
        away = ((scaled - scaled[chosen]) ** 2).sum(axis=1)
        labels[away < nearest] = seed
        nearest = np.minimum(nearest, away)
    return labels
