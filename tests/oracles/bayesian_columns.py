"""Log densities of rows under the column-independent families, written out cell by cell with math.lgamma.

A family is a dict of hyperparameters, each with one value per column; rows are lists, None where a cell is missing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

Row = Sequence[float | None]
Family = dict[str, Any]


def log_marginal(kind: str, family: Family, rows: Sequence[Row]) -> float:
    """The log density of all rows together, in one cluster."""
    if kind == "multinomial":
        return _multinomial(family["alpha"], rows)
    d = len(next(iter(family.values())))
    columns = [[row[j] for row in rows if row[j] is not None] for j in range(d)]
    column_density = _COLUMNS[kind]
    return math.fsum(
        column_density({name: values[j] for name, values in family.items()}, columns[j])
        for j in range(d)
    )


def log_predictive(kind: str, family: Family, rows: Sequence[Row], new: Row) -> float:
    """The log density of a row given others: a ratio of marginals."""
    return log_marginal(kind, family, [*rows, new]) - log_marginal(kind, family, rows)


def normal_joint(family: Family, rows: Sequence[Row], mean: Row, precision: Row) -> float:
    """Of members and parameters of one cluster under the semi-conjugate normal family."""
    total = 0.0
    for j, (m, p) in enumerate(zip(mean, precision, strict=True)):
        assert m is not None and p is not None
        for row in rows:
            value = row[j]
            if value is not None:
                total += 0.5 * math.log(p / (2 * math.pi)) - 0.5 * p * (value - m) ** 2
        variance, a, b = (family[name][j] for name in ("variance", "shape", "rate"))
        total -= 0.5 * math.log(2 * math.pi * variance) + (m - family["mean"][j]) ** 2 / (
            2 * variance
        )
        total += a * math.log(b) - math.lgamma(a) + (a - 1) * math.log(p) - b * p
    return total


def _multinomial(alpha: Sequence[float], rows: Sequence[Row]) -> float:
    """Dirichlet-multinomial, with the coefficient of each row."""
    total = 0.0
    for row in rows:
        counts = [x for x in row if x is not None]
        total += math.lgamma(sum(counts) + 1) - math.fsum(math.lgamma(x + 1) for x in counts)
    sums = [math.fsum(row[v] or 0 for row in rows) for v in range(len(alpha))]
    whole = math.fsum(alpha)
    total += math.lgamma(whole) - math.lgamma(whole + sum(sums))
    return total + math.fsum(
        math.lgamma(a + s) - math.lgamma(a) for a, s in zip(alpha, sums, strict=True)
    )


def _normal(h: Family, x: list[float]) -> float:
    """Normal-gamma."""
    n = len(x)
    if not n:
        return 0.0
    average = math.fsum(x) / n
    squares = math.fsum((v - average) ** 2 for v in x)
    k, a = h["kappa"] + n, h["shape"] + n / 2
    b = h["rate"] + squares / 2 + h["kappa"] * n * (average - h["mean"]) ** 2 / (2 * k)
    return (
        -n / 2 * math.log(2 * math.pi)
        + 0.5 * math.log(h["kappa"] / k)
        + math.lgamma(a)
        - math.lgamma(h["shape"])
        + h["shape"] * math.log(h["rate"])
        - a * math.log(b)
    )


def _bernoulli(h: Family, x: list[float]) -> float:
    """Beta."""
    s, n = sum(x), len(x)
    return _log_beta(h["a"] + s, h["b"] + n - s) - _log_beta(h["a"], h["b"])


def _poisson(h: Family, x: list[float]) -> float:
    """Gamma."""
    a, b, s = h["shape"], h["rate"], sum(x)
    own = math.fsum(math.lgamma(v + 1) for v in x)
    return (
        a * math.log(b) - math.lgamma(a) + math.lgamma(a + s) - (a + s) * math.log(b + len(x)) - own
    )


def _categorical(h: Family, x: list[float]) -> float:
    """Dirichlet, with one draw a cell."""
    alpha = h["alpha"]
    whole = math.fsum(alpha)
    total = math.lgamma(whole) - math.lgamma(whole + len(x))
    return total + math.fsum(
        math.lgamma(a + x.count(v)) - math.lgamma(a) for v, a in enumerate(alpha)
    )


def _log_beta(a: float, b: float) -> float:
    """log B(a, b)."""
    return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)


_COLUMNS = {
    "diagonal_normal": _normal,
    "bernoulli": _bernoulli,
    "poisson": _poisson,
    "categorical": _categorical,
}
