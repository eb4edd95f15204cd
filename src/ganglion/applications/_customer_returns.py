"""Who comes back: the chance of another purchase within some days, read off the spells of customers like this one.

The curve of a stratum is the product-limit estimate: S(t) = prod over days s <= t of (1 - ended(s) / at_risk(s)), the
part of the spells that last longer than t days; spells that still run count as long as they are seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from ..data.purchases import PurchaseBook

# spells that a curve of its own takes; a stratum with fewer shares that of all customers
LEAST_ENDED = 30
ACTIVE, LAPSED = 0.5, 0.2  # parts of the chance right after a purchase

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class ReturnCurves:
    """How spells last, by the number of purchases before them.

    Attributes
    ----------
    days : ndarray of shape (m,), int64
        Days at which a curve falls, strata behind one another, rising within each.
    survival : ndarray of shape (m,), float64
        The part of the spells that last longer.
    starts : ndarray of shape (strata + 1,), int64
        Where each stratum begins.
    """

    days: Ints
    survival: Floats
    starts: Ints

    def lasting(self, visits: Ints, silent: NDArray[np.generic]) -> Floats:
        """Return the part of the spells of such customers that last longer than they have been `silent`, in days."""
        strata = np.minimum(visits, len(self.starts) - 1) - 1
        found = np.ones(len(visits))
        for stratum in range(len(self.starts) - 1):
            mine = np.flatnonzero(strata == stratum)
            own = slice(self.starts[stratum], self.starts[stratum + 1])
            place = np.searchsorted(self.days[own], silent[mine], side="right")
            found[mine] = np.concatenate([[1.0], self.survival[own]])[place]
        return found

    def chance(self, visits: Ints, silent: Ints, horizon: int) -> Floats:
        """Return the chance of a purchase within `horizon` days of customers who have been `silent` so long.

        1 - S(silent + horizon) / S(silent); 0 where nobody was ever silent for so long and came back.
        """
        now = self.lasting(visits, silent)
        then = self.lasting(visits, silent + horizon)
        return np.where(
            now > 0, 1.0 - np.divide(then, now, out=np.ones(len(now)), where=now > 0), 0.0
        )


def return_curves(stratum: Ints, days: Ints, ended: Ints, running: Ints) -> ReturnCurves:
    """Estimate the curve of each stratum from counted spells (Kaplan and Meier 1958)."""
    n_strata = max(int(stratum.max(initial=1)), 1)
    parts = [_curve(days, ended, running)] * n_strata
    for at in range(n_strata):
        mine = stratum == at + 1
        if ended[mine].sum() >= LEAST_ENDED:
            parts[at] = _curve(days[mine], ended[mine], running[mine])
    starts = np.cumsum([0, *(len(part[0]) for part in parts)])
    return ReturnCurves(
        np.concatenate([part[0] for part in parts]),
        np.concatenate([part[1] for part in parts]),
        starts.astype(np.int64),
    )


def _curve(days: Ints, ended: Ints, running: Ints) -> tuple[Ints, Floats]:
    """Return the days on which spells ended, and the part that lasts longer."""
    distinct, place = np.unique(days, return_inverse=True)
    fell = np.bincount(place, weights=ended, minlength=len(distinct))
    left = fell + np.bincount(place, weights=running, minlength=len(distinct))
    at_risk = left[::-1].cumsum()[::-1]
    falls = np.flatnonzero(fell)
    survival: Floats = np.cumprod(1.0 - fell[falls] / at_risk[falls]).astype(np.float64)
    return distinct[falls], survival


def curves_of(book: PurchaseBook) -> ReturnCurves:
    """Return the curves of a book of purchases."""
    found = book.spells
    return return_curves(found.stratum, found.days, found.ended, found.running)


def standing_of(
    curves: ReturnCurves, visits: Ints, silent: Ints, horizon: int
) -> tuple[Floats, NDArray[np.int8]]:
    """Return the chance of each customer, and whether they are active (0), lapsing (1) or lapsed (2).

    Measured against the chance of the same customer on the day of the last purchase; where nobody comes back within
    the horizon even then, by the part of the spells that last longer than this silence: who buys every half year is not
    lapsed on the day of a purchase. Where nobody ever came back both are unknown: NaN and -1.
    """
    if len(curves.days) == 0:
        return np.full(len(visits), np.nan), np.full(len(visits), -1, dtype=np.int8)
    chance = curves.chance(visits, silent, horizon)
    fresh = curves.chance(visits, np.zeros_like(silent), horizon)
    part = np.divide(chance, fresh, out=curves.lasting(visits, silent), where=fresh > 0)
    return chance, np.where(part >= ACTIVE, 0, np.where(part >= LAPSED, 1, 2)).astype(np.int8)
