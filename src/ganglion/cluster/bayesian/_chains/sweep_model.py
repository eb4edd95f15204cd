"""The data and the component as whole sweeps read them: measurements in lines, counts as features of sparse rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...._arrays import Sparse
from ...._native import core
from .._rows import Rows
from .._special import log_gamma

Floats = NDArray[np.float64]

KINDS = frozenset(
    ("normal", "diagonal_normal", "bernoulli", "poisson", "multinomial", "categorical")
)
"""The families that sweeps know: conjugate ones."""


def can_sweep(component: Any, d: int) -> bool:
    """Whether every part of the component belongs to a family with a posterior in closed form."""
    return all(part.component.kind in KINDS for part in component.parts(d))


def sweep_model(rows: Rows, component: Any) -> core.SweepModel:
    """Return the model of checked rows (n, d) and a resolved component."""
    build = _Build(rows.shape[0])
    for columns, family in component.parts(rows.shape[1]):
        if isinstance(rows.values, Sparse):
            build.add_sparse(rows.values, family)
        else:
            _ADDERS[family.kind](build, rows.values[:, list(columns)], family)
    return build.finish()


@dataclass
class _Build:
    """A model while its parts are added: lines of tiles, and features (row, number, value) of sparse rows."""

    n: int
    lines: list[Floats] = field(default_factory=list[Floats])
    dense: list[tuple[str, int, bool, list[Floats]]] = field(default_factory=list[Any])
    counts: list[tuple[str, int, bool, list[Floats]]] = field(default_factory=list[Any])
    features: list[tuple[NDArray[np.int64], NDArray[np.int64], Floats]] = field(
        default_factory=list[Any]
    )
    n_features: int = 0
    constant: float = 0.0

    def add_normal(self, X: Floats, family: Any) -> None:
        d = X.shape[1]
        origin = X.mean(axis=0)  # sums of squares round less near 0
        self.lines.append(X - origin)
        if d % 2:
            self.lines.append(np.zeros((self.n, 1)))
        numbers = [_vector(family.mean - origin), np.array(family.scale, dtype=np.float64)]
        self.dense.append(("normal", d, False, [*numbers, _vector([family.kappa, family.dof])]))

    def add_diagonal(self, X: Floats, family: Any) -> None:
        missing = np.isnan(X)
        gaps = bool(missing.any())
        there = np.maximum((~missing).sum(axis=0), 1)
        origin = np.where(missing, 0.0, X).sum(axis=0) / there
        self.lines.append(np.where(missing, 0.0, X - origin))
        if gaps:
            self.lines.append((~missing).astype(np.float64))
        rest = [_vector(each) for each in (family.kappa, family.shape, family.rate)]
        block = ("diagonal_normal", X.shape[1], gaps, [_vector(family.mean - origin), *rest])
        self.dense.append(block)

    def add_bernoulli(self, X: Floats, family: Any) -> None:
        self._add_cells(X, "bernoulli", [_vector(family.a), _vector(family.b)])

    def add_poisson(self, X: Floats, family: Any) -> None:
        there = X[~np.isnan(X)]
        self.constant -= float(log_gamma(there + 1.0).sum())
        self._add_cells(X, "poisson", [_vector(family.shape), _vector(family.rate)])

    def add_multinomial(self, X: Floats, family: Any) -> None:
        row, column = np.nonzero(X)
        self._add_counts(row, column, X[row, column], X.sum(axis=1), family)

    def add_sparse(self, X: Sparse, family: Any) -> None:
        row = np.repeat(np.arange(self.n), np.diff(X.indptr))
        totals = np.bincount(row, weights=X.values, minlength=self.n).astype(np.float64)
        self._add_counts(row, X.columns.astype(np.int64), X.values, totals, family)

    def add_categorical(self, X: Floats, family: Any) -> None:
        offsets = np.concatenate([[0], np.cumsum([len(each) for each in family.alpha])])
        row, column = np.nonzero(~np.isnan(X))
        feature = offsets[column] + X[row, column].astype(np.int64)
        self._add_features(row, feature, np.ones(len(row)), int(offsets[-1]))
        numbers = [_vector(np.concatenate(family.alpha)), _vector(offsets)]
        self.counts.append(("categorical", X.shape[1], False, numbers))

    def _add_counts(
        self, row: NDArray[Any], column: NDArray[Any], counts: Any, totals: Floats, family: Any
    ) -> None:
        counts = np.asarray(counts, dtype=np.float64)
        self.constant += float(log_gamma(totals + 1.0).sum() - log_gamma(counts + 1.0).sum())
        self._add_features(row, column, counts, len(family.alpha))
        self.counts.append(("multinomial", len(family.alpha), False, [_vector(family.alpha)]))

    def _add_cells(self, X: Floats, kind: str, numbers: list[Floats]) -> None:
        """Values that are not 0, and beyond the columns a feature for each cell that is missing."""
        d = X.shape[1]
        missing = np.isnan(X)
        row, column = np.nonzero(X)  # NaN is not 0
        gap = missing[row, column]
        values = np.where(gap, 1.0, X[row, column])
        self._add_features(row, column + d * gap, values, 2 * d)
        self.counts.append((kind, d, False, numbers))

    def _add_features(
        self, row: NDArray[Any], feature: NDArray[Any], values: Floats, count: int
    ) -> None:
        self.features.append((row, feature + self.n_features, values))
        self.n_features += count

    def finish(self) -> core.SweepModel:
        lines = np.ascontiguousarray(np.hstack([np.zeros((self.n, 0)), *self.lines]))
        blocks = self.dense + self.counts  # the statistics of counts stand behind all others
        if not self.n_features:
            return core.SweepModel(lines, None, None, None, blocks, self.constant)
        row, feature, values = (np.concatenate(each) for each in zip(*self.features, strict=True))
        order = np.argsort(row, kind="stable")
        indptr = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=self.n))])
        return core.SweepModel(
            lines,
            indptr.astype(np.int64),
            feature[order].astype(np.int32),
            _vector(values[order]),
            blocks,
            self.constant,
        )


_ADDERS = {
    "normal": _Build.add_normal,
    "diagonal_normal": _Build.add_diagonal,
    "bernoulli": _Build.add_bernoulli,
    "poisson": _Build.add_poisson,
    "multinomial": _Build.add_multinomial,
    "categorical": _Build.add_categorical,
}


def _vector(values: Any) -> Floats:
    return np.array(values, dtype=np.float64).ravel()
