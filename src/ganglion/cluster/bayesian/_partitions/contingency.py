"""What losses between partitions are computed from: contingency tables and sums over their cells."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...._errors import ParameterError
from ...._native import core
from ...._values import check_base, is_real
from .draws import Draws, same_type

LOSSES = ("vi", "binder")


@dataclass(frozen=True)
class Loss:
    """What both losses have in common: a sum over clusters of a convex function of their sizes.

    Attributes
    ----------
    name : {"vi", "binder"}
        Which loss.
    a : float
        What it costs to part items that belong together, from 0 to 2; 2 - a is the cost of the reverse.
    base : float
        Of the logarithm in "vi".
    """

    name: str
    a: float = 1.0
    base: float = 2.0

    def tables(self, n: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return h(m) for m = 0 .. n + 1, and h(m + 1) - h(m)."""
        return _tables(self.name, n)

    def scale(self, n: int) -> float:
        """Return what a difference of sums of h is multiplied with."""
        return 1.0 / (n * math.log(self.base)) if self.name == "vi" else 1.0 / float(n) ** 2


@lru_cache(maxsize=8)
def _tables(name: str, n: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    count = n + 2
    if name == "vi":
        h, gain = np.empty(count), np.empty(count)
        core.entropy_table(h, gain)
    else:
        m = np.arange(count, dtype=np.float64)
        h, gain = m * m, 2.0 * m + 1.0
    h.flags.writeable = gain.flags.writeable = False
    return h, gain


def check_loss(loss: Any, a: Any = 1.0, base: Any = 2.0) -> Loss:
    """The loss that parameters name."""
    if loss not in LOSSES:
        raise ParameterError(f"loss must be 'vi' or 'binder'; got {loss!r}.")
    if not is_real(a) or not 0 <= float(a) <= 2:
        raise ParameterError(
            f"a, the cost of parting items that belong together, must be a number from 0 to 2; got {a!r}. "
            "1 weighs both errors equally."
        )
    return Loss(str(loss), float(a), check_base(base))


def loss_matrix(truths: Draws, estimates: Draws, loss: Loss) -> NDArray[np.float64]:
    """Losses (n_estimates, n_truths) of each estimate where each draw is the truth."""
    truths, estimates = same_type(truths, estimates)
    h, _ = loss.tables(truths.n)
    joint = np.empty((estimates.count, truths.count))
    core.joint_sums(
        estimates.labels, estimates.n_clusters, truths.labels, truths.n_clusters, h, joint
    )
    own, _ = size_sums(estimates, h)
    true, _ = size_sums(truths, h)
    sums = (2.0 - loss.a) * own[:, None] + loss.a * true - 2.0 * joint
    # Sums of equal partitions cancel to the bit where a is 1; rounding may leave less than nothing elsewhere.
    return np.maximum(sums, 0.0) * loss.scale(truths.n)


def size_sums(
    draws: Draws, h: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """For each draw sum_c h(n_c) and the size of the largest cluster."""
    sums, largest = np.empty(draws.count), np.empty(draws.count, dtype=np.int64)
    core.partition_sizes(draws.labels, draws.n_clusters, h, sums, largest)
    return sums, largest
