"""A map of documents in groups: discs that lie near discs with like words, typical documents in their middles.

Two axes of many-dimensional words show two or three groups and throw the others over one another. A map is for finding
one's way, so each group gets room of its own, by its size; where two discs lie follows the likeness of their groups.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._latent import jacobi_eigen

Floats = NDArray[np.float64]

ROUNDS = 300
STEPS = 20
_GAP = 1.12  # of the sum of two radii, between two discs
_FILLED = 0.85  # of a disc's radius, that its documents take


def document_map(
    latent: Floats, codes: NDArray[np.integer[Any]], similarity: Floats, k: int
) -> tuple[Floats, Floats]:
    """Return the places of the documents (n, 2) and of the groups (k, 2).

    Parameters
    ----------
    latent : ndarray of shape (n, r)
        Documents in latent space, rows of length 1.
    codes : ndarray of shape (n,)
        Their groups, 0 .. k - 1.
    similarity : ndarray of shape (n,)
        With the centre of their group.
    k : int
        Number of groups.
    """
    sizes = np.bincount(codes, minlength=k)
    radii = np.sqrt(np.maximum(sizes, 1) / max(len(codes), 1))
    middles = np.stack(
        [np.add.reduce(latent[codes == group], axis=0) / max(sizes[group], 1) for group in range(k)]
    )
    anchors = _apart(_places(middles, radii), radii)
    points = np.empty((len(codes), 2))
    for group in range(k):
        mine = np.flatnonzero(codes == group)
        if len(mine):
            disc = _in_disc(latent[mine] - middles[group], similarity[mine])
            points[mine] = anchors[group] + _FILLED * radii[group] * disc
    return points, anchors


def _places(middles: Floats, radii: Floats) -> Floats:
    """Return classical scaling (k, 2) of the distances of the groups' middles (Torgerson 1952)."""
    k = len(middles)
    if k == 1:
        return np.zeros((1, 2))
    squares = np.add.reduce((middles[:, None, :] - middles[None, :, :]) ** 2, axis=2)
    centred = squares - squares.mean(axis=0) - squares.mean(axis=1)[:, None] + squares.mean()
    values, vectors = jacobi_eigen(-centred / 2)
    found = np.zeros((k, 2))
    most = min(2, len(values))
    found[:, :most] = vectors[:, :most] * np.sqrt(values[:most])
    places = np.abs(found).argmax(axis=0)
    found *= np.where(found[places, np.arange(2)] < 0, -1.0, 1.0)
    size = float(np.abs(found).max()) or 1.0
    return found / size * float(np.sqrt(np.add.reduce(radii**2))) * 1.2


def _apart(places: Floats, radii: Floats) -> Floats:
    """Push discs apart until none overlap, a little towards the middle in each round so that the map stays small."""
    found = places.copy()
    k = len(found)
    turn = (
        np.arange(k) * 2.399963
    )  # the golden angle: a direction of its own for discs in one place
    nudge = 1e-6 * np.stack([np.cos(turn), np.sin(turn)], axis=1)
    wanted = _GAP * (radii[:, None] + radii[None, :])
    for at in range(ROUNDS):
        between = found[:, None, :] - found[None, :, :] + (nudge[:, None, :] - nudge[None, :, :])
        lengths = np.sqrt(np.add.reduce(between**2, axis=2))
        np.fill_diagonal(lengths, np.inf)
        overlap = np.maximum(wanted - lengths, 0.0)
        push = np.where(np.isfinite(lengths), overlap / (2.0 * lengths), 0.0)
        found = found + np.add.reduce(push[:, :, None] * between, axis=1)
        if at < ROUNDS // 2:
            found = found * 0.98
    return found


def _in_disc(offsets: Floats, similarity: Floats) -> Floats:
    """Return places in the unit disc: how far out by the rank of likeness, in which direction by the two main axes."""
    n = len(offsets)
    axes = _two_axes(offsets)
    along = np.stack([np.add.reduce(offsets * axes[row], axis=1) for row in range(2)], axis=1)
    angles = np.arctan2(along[:, 1], along[:, 0])
    ranks = np.empty(n)
    ranks[np.argsort(-similarity, kind="stable")] = np.arange(n)
    radius = np.sqrt((ranks + 0.5) / n) if n > 1 else np.zeros(1)
    # Angles are spread to fill the disc evenly; their order stays.
    spread = np.empty(n)
    spread[np.argsort(angles, kind="stable")] = np.arange(n) / n * 2 * np.pi
    return np.stack([radius * np.cos(spread), radius * np.sin(spread)], axis=1)


def _two_axes(offsets: Floats) -> Floats:
    """Return the two main axes (2, r) of the offsets, by iteration from fixed starts."""
    r = offsets.shape[1]
    axes = np.zeros((2, r))
    start = np.cos(np.arange(1.0, r + 1.0) * np.array([[1.0], [2.0]]))
    for row in range(2):
        axis = start[row]
        for _ in range(STEPS):
            scores = np.add.reduce(offsets * axis, axis=1)
            axis = np.add.reduce(offsets * scores[:, None], axis=0)
            for earlier in axes[:row]:
                axis = axis - np.add.reduce(axis * earlier) * earlier
            length = float(np.sqrt(np.add.reduce(axis * axis)))
            axis = axis / length if length > 1e-300 else np.zeros(r)
        axes[row] = axis
    return axes
