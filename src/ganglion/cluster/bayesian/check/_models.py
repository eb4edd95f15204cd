"""Draws forward from a model, and single steps of a sampler on data of the same shape."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...._arrays import Labels
from ...._errors import ParameterError
from .._chains.samplers import build_sampler
from .._components.component import Component
from .._densities.partitioned import simulate_rows
from .._priors.partition_prior import PartitionPrior, PriorTable
from .._rows import Rows

Statistics = dict[str, float]


@dataclass(frozen=True)
class Joint:
    """A model of rows of one shape: hyperparameters, a partition, rows.

    Attributes
    ----------
    prior : the prior over partitions
    component : resolved
    shape : of the rows
    totals : those of rows of counts, which are given and not drawn
    tables : of the prior by the number of points, where its hyperparameters are fixed; filled as they are asked for
    """

    prior: PartitionPrior
    component: Component
    shape: tuple[int, int]
    totals: NDArray[np.int64] | None
    tables: dict[int, PriorTable] = field(default_factory=dict[int, PriorTable])

    @classmethod
    def like(cls, X: Any, prior: PartitionPrior, component: Component) -> Joint:
        """The model whose rows are shaped like X, with what the component takes from X."""
        resolved = component.resolve(X)
        rows = resolved.check(X)
        kinds = {part.component.kind for part in resolved.parts(rows.shape[1])}
        totals = rows.dense.sum(axis=1).astype(np.int64) if "multinomial" in kinds else None
        return cls(prior, resolved, rows.shape, totals)

    def partition(self, values: dict[str, float], rng: np.random.Generator) -> Labels:
        """A draw (n,) from the prior: points come one after the other (the EPPF's prediction rule)."""
        n = self.shape[0]
        labels = np.zeros(n, np.int32)
        sizes = [1]
        for i in range(1, n):
            table = self._table(values, i + 1)
            new = np.exp(table.log_v[len(sizes) + 1] - table.log_v[len(sizes)])
            weights = np.append(np.array(sizes) + table.shift, new)
            labels[i] = rng.choice(len(weights), p=weights / weights.sum())
            sizes = np.bincount(labels[: i + 1]).tolist()
        return labels

    def rows(self, labels: Labels, rng: np.random.Generator) -> Rows:
        """Rows drawn given the partition; parameters of clusters are drawn afresh."""
        drawn = simulate_rows(labels, self.component, rng, self.totals)
        return self.component.check(drawn)

    def takes(self, rows: Rows) -> bool:
        """Whether the component can be asked about such rows; it refuses those beside which its scale is rounding."""
        try:
            self.component.resolve(rows.dense)
        except ParameterError:
            return False
        return True

    def move(
        self,
        rows: Rows,
        labels: Labels,
        values: dict[str, float],
        algorithm: str,
        rng: np.random.Generator,
    ) -> tuple[Labels, dict[str, float]]:
        """One sweep of a sampler from a partition, and one step of the hyperparameters."""
        seeds = rng.integers(0, 2**63, size=(1, 4), dtype=np.uint64)
        sampler = build_sampler(algorithm, rows, self.component, labels[None], seeds, n_burn_in=0)
        sampler.advance([self._table(values, self.shape[0])], 1)
        moved = np.array(sampler.labels[0])
        if not self.prior.free:
            return moved, values
        sizes = np.unique(moved, return_counts=True)[1]
        return moved, self.prior.update(values, sizes, len(moved), rng)

    def _table(self, values: dict[str, float], n: int) -> PriorTable:
        if values:
            return self.prior.table(n, values)
        if n not in self.tables:
            self.tables[n] = self.prior.table(n)
        return self.tables[n]


def statistics(labels: Labels, values: dict[str, float], rows: Rows) -> Statistics:
    """What is compared between two ways to draw from a joint distribution."""
    sizes = np.unique(labels, return_counts=True)[1]
    x = rows.dense
    together = labels[:, None] == labels
    filled = np.where(np.isfinite(x), x, 0.0)
    products = filled @ filled.T
    scale = float(np.abs(products).sum()) or 1.0
    return {
        "number of clusters": float(sizes.size),
        "largest cluster": float(sizes.max()),
        "first two points together": float(labels[0] == labels[1]),
        "first column of the first point": float(np.arctan(filled[0, 0])),
        "products within clusters": float(products[together].sum()) / scale,
        **{f"log {name}": float(np.log(value)) for name, value in values.items()},
    }
