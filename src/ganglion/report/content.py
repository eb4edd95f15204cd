"""What a report is made from: plain numbers and strings, no models and no tables.

The records hold what was found, never how it is drawn: the page is what shortens, samples and escapes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from ..explain.clusters import ClusterCard
    from ._sections import Sections

Coordinates = NDArray[np.floating[Any]]
Codes = NDArray[np.integer[Any]]


class Mapped(Protocol):
    """What has a map and cards: a report of clusters of rows."""

    @property
    def cards(self) -> Sequence[ClusterCard]:
        """One card for each label."""
        ...

    @property
    def plane(self) -> PlaneMap:
        """The map."""
        ...

    @property
    def k(self) -> int:
        """Number of clusters."""
        ...

    @property
    def n_rows(self) -> int:
        """Rows that were clustered."""
        ...


@dataclass(frozen=True, kw_only=True)
class ElbowCurve:
    """WSS for a range of k, and what it says about the number of clusters.

    Attributes
    ----------
    k : sequence of int
        Numbers of clusters tried, ascending.
    wss : sequence of float
        The within sum of squares reached for each.
    chosen : int or None
        The k at the knee; None where the curve has none.
    reason : str
        Why this k, or why none: one sentence.
    """

    k: Sequence[int]
    wss: Sequence[float]
    chosen: int | None
    reason: str


@dataclass(frozen=True, kw_only=True)
class PlaneMap:
    """The rows and centres in the plane of the first two principal axes.

    Attributes
    ----------
    points : ndarray of shape (n, 2)
        Coordinates of all rows; the page draws at most 5,000 and says so.
    labels : ndarray of shape (n,)
        Cluster of each row, from 0.
    centers : ndarray of shape (k, 2)
        The final centres in the same plane.
    explained : pair of float
        Share of the total variance along each axis.
    loadings : ndarray of shape (2, d)
        Direction of each axis in terms of the features.
    features : sequence of str
        Names of the d features.
    rows : sequence of str or None
        What to call each row, such as its identifier; None counts them from 1.
    """

    points: Coordinates
    labels: Codes
    centers: Coordinates
    explained: tuple[float, float]
    loadings: Coordinates
    features: Sequence[str]
    rows: Sequence[str] | None = None


@dataclass(frozen=True, kw_only=True)
class Replay:
    """What k-means did, step by step, in the plane of the map.

    Step t assigns with ``centers[t]``, which gives ``labels[t]`` and ``wss[t]``, and then moves the centres.

    Attributes
    ----------
    centers : ndarray of shape (steps, k, 2)
        Projected centres with which each assignment was made.
    labels : ndarray of shape (steps, n)
        The assignments, of all rows in the order of ``PlaneMap.points``.
    wss : ndarray of shape (steps,)
        WSS of each assignment.
    changed : ndarray of shape (steps,)
        How many rows changed cluster.
    shift : ndarray of shape (steps,)
        Summed squared shift of the centres in the move after the assignment.
    """

    centers: Coordinates
    labels: Codes
    wss: Coordinates
    changed: Codes
    shift: Coordinates


@dataclass(frozen=True, kw_only=True)
class ReportContent:
    """All that the report of one k-means run says.

    Attributes
    ----------
    title : str
        Title of the page.
    source : str
        Name of the data, such as a file's name.
    version : str
        Version of ganglion that made the run.
    seed : int or None
        Seed of the run; None where it drew a fresh one.
    wss, bss, tss : float
        Within, between and total sum of squares; ``wss + bss == tss``.
    n_iter : int
        Steps until the run stopped.
    stopped_by : str
        ``"labels"``, ``"tol"``, ``"epsilon"`` or ``"max_iter"``.
    cards : sequence of ganglion.explain.ClusterCard
        One per label 0, 1, ..., in this order, as `ganglion.explain.describe_clusters` makes them. The largest
        differences come first; the page shows eight of each cluster.
    plane : PlaneMap
        The map.
    elbow : ElbowCurve or None
        The elbow curve; None where k was given and no curve computed.
    replay : Replay or None
        The steps; None where they were not recorded.
    done : sequence of str
        What was done before clustering, one sentence each: rows read, missing values, scaling.
    columns_used : sequence of str
        Columns that took part.
    columns_left_out : sequence of (str, str)
        Columns that did not, each with the reason.
    parameters : sequence of (str, str)
        Name and value of every parameter of the run.
    sections : Sections or None
        Rules, the choice of k with all its rules, the data's problems, the command: what pages of all methods have.
    """

    title: str
    source: str
    version: str
    seed: int | None
    wss: float
    bss: float
    tss: float
    n_iter: int
    stopped_by: str
    cards: Sequence[ClusterCard]
    plane: PlaneMap
    elbow: ElbowCurve | None = None
    replay: Replay | None = None
    done: Sequence[str] = ()
    columns_used: Sequence[str] = ()
    columns_left_out: Sequence[tuple[str, str]] = ()
    parameters: Sequence[tuple[str, str]] = ()
    sections: Sections | None = None

    @property
    def k(self) -> int:
        """Number of clusters."""
        return len(self.cards)

    @property
    def sizes(self) -> tuple[int, ...]:
        """Rows in each cluster."""
        return tuple(card.size for card in self.cards)

    @property
    def n_rows(self) -> int:
        """Rows that were clustered."""
        return int(self.plane.labels.shape[0])
