"""Which cluster of a partition is which of the one before: clusters followed through a chain, their births and ends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._errors import DataError
from ..cluster.bayesian._partitions.numbering import by_first_appearance

Integers = NDArray[np.int64]
Kind = Literal["birth", "split", "merge", "end"]

MOSTLY = 0.5  # a share from which on members come from one cluster, or go to one


@dataclass(frozen=True)
class ChainEvent:
    """What became of one cluster between two partitions.

    Attributes
    ----------
    step : int
        The partition in which it is so for the first time.
    kind : {"birth", "split", "merge", "end"}
        A new cluster of points from several others, or of more than half from one; one whose points went to several
        others, or more than half to one.
    cluster : int
        The cluster that began or ended.
    other : int
        The one it split from or merged into; -1 for a birth or an end among several.
    size : int
        Its points when it began, or the last time that it was there.
    """

    step: int
    kind: Kind
    cluster: int
    other: int
    size: int


@dataclass(frozen=True, eq=False)
class ChainStory:
    """A chain of partitions whose clusters keep their numbers.

    Attributes
    ----------
    labels : ndarray of shape (n_steps, n), int64
        The same partitions; a cluster has one number as long as it lives, and no other cluster gets it.
    n_clusters : int
        How many clusters there were in all.
    events : tuple of ChainEvent
        Beginnings and ends, in order.
    """

    labels: Integers
    n_clusters: int
    events: tuple[ChainEvent, ...]

    def sizes(self) -> Integers:
        """Return how many points each cluster has at each step.

        Returns
        -------
        ndarray of shape (n_steps, n_clusters)
            0 where it is not there.
        """
        return np.stack([np.bincount(own, minlength=self.n_clusters) for own in self.labels])


def follow_clusters(partitions: ArrayLike, *, ending: ArrayLike | None = None) -> ChainStory:
    """Follow the clusters of a chain from partition to partition.

    Parameters
    ----------
    partitions : array-like of int, shape (n_steps, n)
        Partitions in the order of the chain; any integers.
    ending : array-like of int, shape (n,), optional
        A partition with labels 0, 1, ... whose numbers the clusters at the end of the chain are to have: they are
        followed from there backwards.

    Returns
    -------
    ChainStory
        The partitions with numbers that last, and the clusters' beginnings and ends.

    Raises
    ------
    DataError
        What is no such array, or an ending of other points.

    Notes
    -----
    A sampler's labels have no meaning from one draw to the next. Here a cluster of the next partition carries on the
    cluster with which it shares most points: pairs are joined by falling number of shared points, each cluster once;
    among equals a smaller new cluster comes first, and then the one that appears first. Time O(n + k log k) for each
    step with k pairs of clusters that overlap.

    Examples
    --------
    >>> from ganglion.explain.chains import follow_clusters
    >>> story = follow_clusters([[0, 0, 0, 0, 1], [5, 5, 3, 3, 7], [1, 1, 0, 0, 0]])
    >>> story.labels.tolist()
    [[0, 0, 0, 0, 1], [0, 0, 2, 2, 1], [0, 0, 2, 2, 2]]
    >>> [(event.step, event.kind, event.cluster, event.other) for event in story.events]
    [(1, 'split', 2, 0), (2, 'merge', 1, 2)]
    """
    given: NDArray[Any] = np.asarray(partitions)
    if given.ndim != 2 or 0 in given.shape or given.dtype.kind not in "iu":
        raise DataError(
            f"partitions must be integers of shape (n_steps, n); got shape {given.shape} of {given.dtype}. Pass the "
            "draws of one chain."
        )
    if ending is None:
        followed, born = _followed(given, by_first_appearance(given[0]))
    else:
        backwards = np.concatenate((_labels_of(ending, given.shape[1])[None], given[::-1]))
        followed, born = _followed(backwards, backwards[0])
        followed = followed[:0:-1]
    events: list[ChainEvent] = []
    for step in range(1, len(given)):
        events += _events_between(step, followed[step - 1], followed[step])
    return ChainStory(followed, born, tuple(events))


def _labels_of(ending: ArrayLike, n: int) -> NDArray[Any]:
    """The partition (n,) at the end, or the error that it is none."""
    labels: NDArray[Any] = np.asarray(ending)
    if labels.shape != (n,) or labels.dtype.kind not in "iu" or labels.min() < 0:
        raise DataError(
            f"ending must hold a label 0, 1, ... for each of the {n} points; got shape {labels.shape} of "
            f"{labels.dtype}. Pass the partition that stands for all draws."
        )
    return labels


def _followed(partitions: NDArray[Any], first: NDArray[Any]) -> tuple[Integers, int]:
    """Follow the clusters from the first partition on, whose numbers are given; return how many there are in all."""
    followed = np.empty(partitions.shape, dtype=np.int64)
    followed[0] = first
    born = int(followed[0].max()) + 1
    for step in range(1, len(partitions)):
        codes = by_first_appearance(partitions[step]).astype(np.int64)
        followed[step], born = _carry_on(followed[step - 1], codes, born)
    return followed, born


def _carry_on(before: Integers, codes: Integers, born: int) -> tuple[Integers, int]:
    """Number the clusters of codes (n,) by those of before (n,); new ones from `born` on."""
    k = int(codes.max()) + 1
    pairs, shared = np.unique(before * k + codes, return_counts=True)
    old, new = pairs // k, pairs % k
    sizes = np.bincount(codes)
    order = np.lexsort((new, old, sizes[new], -shared))
    number = np.full(k, -1, dtype=np.int64)
    taken: set[int] = set()
    for first, second in zip(old[order].tolist(), new[order].tolist(), strict=True):
        if first not in taken and number[second] < 0:
            number[second] = first
            taken.add(first)
    fresh = np.flatnonzero(number < 0)
    number[fresh] = born + np.arange(len(fresh))
    return number[codes], born + len(fresh)


def _events_between(step: int, before: Integers, after: Integers) -> list[ChainEvent]:
    """The beginnings and the ends between two partitions."""
    began = np.setdiff1d(after, before)
    ended = np.setdiff1d(before, after)
    events = [_event(step, ("split", "birth"), after == one, before, one) for one in began.tolist()]
    return events + [
        _event(step, ("merge", "end"), before == one, after, one) for one in ended.tolist()
    ]


def _event(
    step: int, kinds: tuple[Kind, Kind], inside: NDArray[np.bool_], others: Integers, one: int
) -> ChainEvent:
    """Say where most of a cluster's points came from, or went."""
    names, counts = np.unique(others[inside], return_counts=True)
    size = int(counts.sum())
    if counts.max() > MOSTLY * size:
        return ChainEvent(step, kinds[0], one, int(names[np.argmax(counts)]), size)
    return ChainEvent(step, kinds[1], one, -1, size)
