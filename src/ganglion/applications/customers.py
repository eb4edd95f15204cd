"""Customers by what they bought: segments with names, who is about to leave, what sets each segment's baskets apart."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from .._arrays import Labels
from .._errors import ParameterError
from ..cluster import kmeans
from ..cluster.prediction import nearest_centers
from ..data.purchases import PurchaseBook, PurchaseOptions, PurchaseRecord, open_purchases
from ..progress import Progress
from ..selection import KChoice, choose_k
from ._customer_features import Habits, habits_of, logarithms, scale_of
from ._customer_names import STANDINGS, middles, segment_names
from ._customer_returns import ReturnCurves, curves_of, standing_of
from ._customer_segments import CustomerSegment, describe_segments
from .customer_model import CustomerModel

__all__ = [
    "STANDINGS",
    "CustomerModel",
    "CustomerSegment",
    "CustomerSegmentation",
    "SegmentOptions",
    "segment_customers",
]

Floats = NDArray[np.float64]
How = Literal["given", "found", "cut", "few", "model"]
CURVE_ROWS = 100_000  # customers that the number of segments is chosen by
CUT_EXPLAINS = 0.7  # part of the spread that a cut of a continuum must account for
LEAST_CUT, MOST_CUT = 3, 8
LEAST_MEMBERS = 5  # customers in a segment of a cut, on average


@dataclass(frozen=True, kw_only=True)
class SegmentOptions:
    """How segments are looked for.

    Attributes
    ----------
    max_clusters : int
        The most segments that are tried where the number is not given.
    n_init : int
        Starts of k-means, of which the best is taken.
    horizon : int
        Days within which a customer is expected back.
    random_state : int
        Seed: one seed, one answer.
    """

    max_clusters: int = 10
    n_init: int = 10
    horizon: int = 90
    random_state: int = 0


@dataclass(frozen=True, kw_only=True, eq=False)
class CustomerSegmentation:
    """Customers in segments.

    Attributes
    ----------
    purchases : PurchaseRecord
        What the file held, and how it was read.
    customers : ndarray of shape (n,), object
        Names of the customers, sorted.
    labels : ndarray of shape (n,), int32
        The segment of each; segments are numbered by what they spent, the largest sum first.
    habits : Habits
        Recency, frequency, monetary value, basket, tenure and gap of each.
    chance : ndarray of shape (n,), float64
        Chance of a purchase within the horizon, as that of customers with as many purchases who were silent as long;
        NaN where nobody ever came back.
    standing : ndarray of shape (n,), int8
        0 active, 1 lapsing, 2 lapsed, -1 unknown (nobody ever came back): the chance is at least half, at least a
        fifth, or less of what it was on the day of the last purchase; where it was 0 then, the part of the customers
        who came back after a longer silence.
    contact : ndarray of shape (n,), int64
        Place on the list of whom to contact next: lapsing customers by what they spent, the largest sum first; 0 for
        the others.
    segments : tuple of CustomerSegment
        What each segment is.
    points : ndarray of shape (n, 3), float64
        What was clustered.
    how : {"given", "found", "cut", "few", "model"}
        Where the number of segments comes from: asked for, standing out, a cut of a continuum (no number stands out),
        one because there are too few customers to cut, or an earlier model.
    choice : KChoice or None
        The curve over k, where it was looked at.
    explained : float
        Part of the spread that the segments account for, 0 to 1.
    model : CustomerModel
        What labels the customers of another file.
    horizon : int
        Days that the chance is for.
    """

    purchases: PurchaseRecord
    customers: NDArray[Any]
    labels: Labels
    habits: Habits
    chance: Floats
    standing: NDArray[np.int8]
    contact: NDArray[np.int64]
    segments: tuple[CustomerSegment, ...]
    points: Floats
    how: How
    choice: KChoice | None
    explained: float
    model: CustomerModel
    horizon: int

    def __repr__(self) -> str:
        segments = "; ".join(f"{one.name} ({one.size:,})" for one in self.segments)
        n, k = len(self.customers), len(self.segments)
        return f"<CustomerSegmentation of {n:,} customers in {k}: {segments}>"

    @property
    def purchases_come_back(self) -> bool:
        """Whether anything is known of who comes back: somebody bought twice."""
        return len(self.model.curves.days) > 0

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the segments, by label."""
        return self.model.names


def segment_customers(
    purchases: str | os.PathLike[str] | Any,
    *,
    n_clusters: int | None = None,
    columns: Mapping[str, str] | None = None,
    model: CustomerModel | None = None,
    reading: PurchaseOptions | None = None,
    options: SegmentOptions | None = None,
    progress: Progress | None = None,
) -> CustomerSegmentation:
    """Turn purchases into segments of customers with names, and a list of whom to contact next.

    Parameters
    ----------
    purchases : path, or data frame
        Who bought when and for how much: a file as `open_purchases` reads it, or a data frame.
    n_clusters : int, optional
        Number of segments; by default the one that stands out. Where none does, the fewest that account for 70 % of
        the spread, from 3 to 8, and `how` says that they are a cut.
    columns : mapping of str to str, optional
        Columns by role ("customer", "date", "amount", "order", "product", "quantity", "price"); guessed by default.
    model : CustomerModel, optional
        Label the customers with these segments instead of looking for new ones; its columns are expected again.
    reading : PurchaseOptions, optional
        How the file is read.
    options : SegmentOptions, optional
        Most segments, starts, horizon, seed.
    progress : Progress, optional
        Told each number of segments that is tried.

    Returns
    -------
    CustomerSegmentation
        Labels, segments, habits, chances, and the model.

    Raises
    ------
    DataError
        The purchases cannot be read faithfully: see `open_purchases`.
    ParameterError
        There are fewer different customers than `n_clusters`; both `n_clusters` and `model` are given.

    Notes
    -----
    A customer is the point (log(1 + recency), log frequency, log(1 + basket)): days since the last purchase, number of
    purchases, mean value of one. From each its median is taken off, and it is divided by the larger of its standard
    deviation and its quartile distance / 1.349. Spend is frequency times basket, so it has no coordinate of its own.
    Segments are those of k-means (the best of `n_init` starts). The number is chosen on at most 100,000 customers.
    Time: one pass over the rows, then O(n k) a step for n customers; memory as `open_purchases` has it.

    The chance of a customer to buy within h days is 1 - S(r + h) / S(r), with r the days since the last purchase and S
    the product-limit estimate [1]_ over the spells of customers with as many purchases (1, 2, 3, 4, or 5 and more).

    References
    ----------
    .. [1] E. L. Kaplan, P. Meier, "Nonparametric estimation from incomplete observations", Journal of the American
       Statistical Association 53(282), 1958, doi:10.1080/01621459.1958.10501452, equation (2b).

    Examples
    --------
    >>> import ganglion as gl
    >>> rows = {"who": list("aabbccdd"), "day": ["2024-01-01", "2024-03-30"] * 2 + ["2024-01-01", "2024-01-02"] * 2,
    ...         "paid": [10, 12, 11, 13, 90, 95, 99, 91]}
    >>> found = gl.segment_customers(rows, n_clusters=2, columns={"customer": "who", "date": "day", "amount": "paid"})
    >>> found.labels.tolist(), found.names
    ([1, 1, 0, 0], ('active, occasional, large baskets', 'active, occasional, small baskets'))
    """
    asked = SegmentOptions() if options is None else options
    _check(n_clusters, model, asked)
    how = PurchaseOptions() if reading is None else reading
    how = replace(
        how,
        columns=dict(how.columns or {}) | dict(columns or {}),
        expected=how.expected if model is None else model.columns,
    )
    with open_purchases(purchases, how) as book:
        habits = habits_of(book)
        if model is not None:
            return _labelled(book, habits, model, asked.horizon)
        return _segmented(book, habits, n_clusters, asked, progress)


def _check(n_clusters: int | None, model: CustomerModel | None, asked: SegmentOptions) -> None:
    """Refuse what could not be done before the file is read."""
    if model is not None and n_clusters is not None:
        raise ParameterError(
            f"A model has its own number of segments, {len(model.names)}; got n_clusters={n_clusters} too. "
            "Leave one of them out."
        )
    for name, least in (("max_clusters", 1), ("n_init", 1), ("horizon", 1)):
        value = getattr(asked, name)
        if value < least:
            raise ParameterError(f"{name} must be at least {least}; got {value}.")
    if n_clusters is not None and n_clusters < 1:
        raise ParameterError(f"n_clusters must be at least 1; got {n_clusters}.")


def _segmented(
    book: PurchaseBook,
    habits: Habits,
    k: int | None,
    asked: SegmentOptions,
    progress: Progress | None,
) -> CustomerSegmentation:
    """Look for segments, number and name them, and remember what labels further customers."""
    logs = logarithms(habits)
    middle, spread = scale_of(logs)
    points = (logs - middle) / spread
    n_distinct = _check_number(points, k)
    choice = None
    how: How = "given"
    if k is None:
        choice = _choice(points, min(asked.max_clusters, n_distinct), asked.random_state, progress)
        how, k = _number(choice, len(points))
    centers = kmeans(points, k, n_init=asked.n_init, random_state=asked.random_state).centers
    centers = _by_spend(points, centers, habits)
    labels, curves = nearest_centers(points, centers), curves_of(book)
    model = CustomerModel(
        middle=middle,
        spread=spread,
        centers=centers,
        sizes=np.bincount(labels, minlength=len(centers)).astype(np.int64),
        names=_names(book, habits, labels, curves, asked.horizon),
        curves=curves,
        columns=book.record.columns,
        source=book.record.source,
        settings={
            "as_of": book.record.as_of.isoformat(),
            "horizon": asked.horizon,
            "how": how,
            "n_init": asked.n_init,
            "seed": asked.random_state,
        },
    )
    return _described(book, habits, model, (how, choice), asked.horizon)


def _check_number(points: Floats, k: int | None) -> int:
    """Return how many customers differ, after comparing k with it."""
    n_distinct = len(np.unique(points, axis=0))
    if k is not None and k > n_distinct:
        raise ParameterError(
            f"n_clusters must be at most the number of different customers; got {k} and {n_distinct} of "
            f"{len(points)} customers who differ. Lower it or add purchases."
        )
    return n_distinct


def _choice(points: Floats, last: int, seed: int, progress: Progress | None) -> KChoice:
    """Look at the curve over k, of a sample where there are very many customers."""
    rows = points
    if len(points) > CURVE_ROWS:
        chosen = np.random.default_rng(seed).choice(len(points), CURVE_ROWS, replace=False)
        rows = points[np.sort(chosen)]
    last = min(last, len(np.unique(rows, axis=0)))
    return choose_k(rows, range(1, last + 1), random_state=seed, progress=progress)


def _number(choice: KChoice, n: int) -> tuple[How, int]:
    """Return the number that stands out, or where to cut a continuum; one cloud is a continuum too."""
    tried = [int(k) for k in choice.table["k"]]
    if tried[-1] == 1:
        return "found", 1
    if choice.k is not None and choice.k > 1:
        return "found", choice.k
    if n < 2 * LEAST_MEMBERS:
        return "few", 1
    enough = [
        k
        for k, share in zip(tried, choice.table["explained"], strict=True)
        if share >= CUT_EXPLAINS and k >= LEAST_CUT
    ]
    return "cut", min([*enough, MOST_CUT, tried[-1], n // LEAST_MEMBERS])


def _by_spend(points: Floats, centers: NDArray[Any], habits: Habits) -> Floats:
    """Number segments by what their customers spent, the largest sum first; a segment without customers goes."""
    centers = np.ascontiguousarray(centers, dtype=np.float64)
    while True:
        labels = nearest_centers(points, centers)
        k = len(centers)
        held = np.bincount(labels, minlength=k) > 0
        if held.all():
            break
        centers = np.ascontiguousarray(centers[held])
    spend = np.bincount(labels, weights=habits.monetary, minlength=k)
    order = np.lexsort((*centers.T, -spend))
    return np.ascontiguousarray(centers[order])


def _names(
    book: PurchaseBook, habits: Habits, labels: Labels, curves: ReturnCurves, horizon: int
) -> tuple[str, ...]:
    """Return the names of the segments."""
    standing = None
    if book.spells.ended.any():
        standing = standing_of(curves, habits.frequency, habits.recency, horizon)[1]
    found = middles(habits, labels, int(labels.max()) + 1, standing)
    return segment_names(habits, found, book.record.currency)


def _labelled(
    book: PurchaseBook, habits: Habits, model: CustomerModel, horizon: int
) -> CustomerSegmentation:
    """Label customers with the segments of a model."""
    return _described(book, habits, model, ("model", None), horizon)


def _described(
    book: PurchaseBook,
    habits: Habits,
    model: CustomerModel,
    origin: tuple[How, KChoice | None],
    horizon: int,
) -> CustomerSegmentation:
    """Put together labels, chances, the list of whom to contact, and the cards."""
    points = model.points(habits)
    labels = nearest_centers(points, model.centers)
    chance, standing = standing_of(model.curves, habits.frequency, habits.recency, horizon)
    contact = np.zeros(len(labels), dtype=np.int64)
    lapsing = np.flatnonzero(standing == 1)
    ranked = lapsing[np.argsort(-habits.monetary[lapsing], kind="stable")]
    contact[ranked] = np.arange(1, len(ranked) + 1)
    segments = describe_segments(book, habits, model.names, labels, (points, chance, standing))
    tss = float(np.sum((points - points.mean(axis=0)) ** 2))
    wss = float(np.sum((points - model.centers[labels]) ** 2))
    return CustomerSegmentation(
        purchases=book.record,
        customers=book.sums.names,
        labels=labels,
        habits=habits,
        chance=chance,
        standing=standing,
        contact=contact,
        segments=segments,
        points=points,
        how=origin[0],
        choice=origin[1],
        explained=1.0 - wss / tss if tss > 0 else 1.0,
        model=model,
        horizon=horizon,
    )
