"""The gate of the report: content that contradicts itself is refused before a page is made from it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .._errors import DataError
from .content import Codes, Coordinates, ElbowCurve, Mapped, PlaneMap, Replay, ReportContent

# k-means keeps the identity to 1e-10; a report made from rounded numbers is still told apart from a wrong one.
IDENTITY_TOLERANCE = 1e-6


def check_content(content: ReportContent) -> None:
    """Raise DataError where sizes, shapes or sums of the content do not agree."""
    if content.k == 0:
        raise DataError(
            "A report needs at least one cluster; got no cards. Pass one ClusterCard per cluster."
        )
    _check_sums(content)
    check_plane(content.plane, content.k)
    check_cards(content)
    if content.elbow is not None:
        _check_elbow(content.elbow)
    if content.replay is not None:
        _check_replay(content.replay, n_rows=content.n_rows, k=content.k)


def _check_sums(content: ReportContent) -> None:
    """TSS = BSS + WSS, all finite and none negative."""
    wss, bss, tss = content.wss, content.bss, content.tss
    need_finite("wss, bss and tss", (wss, bss, tss))
    gap = abs(wss + bss - tss)
    if min(wss, bss, tss) < 0 or gap > IDENTITY_TOLERANCE * tss:
        raise DataError(
            f"A report needs wss + bss == tss, none negative; got wss={wss!r}, bss={bss!r}, "
            f"tss={tss!r}. Pass the three sums of the same run."
        )


def check_plane(plane: PlaneMap, k: int) -> None:
    """Shapes of the map, finite coordinates, labels that name a card."""
    n_rows = plane.labels.shape[0]
    need_shape("plane.points", plane.points.shape, (n_rows, 2))
    need_shape("plane.centers", plane.centers.shape, (k, 2))
    need_shape("plane.loadings", plane.loadings.shape, (2, len(plane.features)))
    if plane.rows is not None:
        need_shape("plane.rows", (len(plane.rows),), (n_rows,))
    need_finite("plane.points", plane.points)
    need_finite("plane.centers", plane.centers)
    need_finite("plane.loadings", plane.loadings)
    need_finite("plane.explained", plane.explained)
    _need_labels("plane.labels", plane.labels, k)


def check_cards(content: Mapped) -> None:
    """One card per label in the order of the labels, each counting its rows."""
    counted = np.bincount(content.plane.labels.astype(np.int64), minlength=content.k)
    for label, card in enumerate(content.cards):
        if card.label != label or card.size != counted[label]:
            raise DataError(
                f"Card {label} must describe the {counted[label]} rows with label {label}; got label={card.label} "
                f"and size={card.size}. Pass the cards of the same labels, by rising label."
            )


def _check_elbow(elbow: ElbowCurve) -> None:
    """One WSS for each k; the chosen k is one of them."""
    need_shape("elbow.wss", (len(elbow.wss),), (len(elbow.k),))
    need_finite("elbow.wss", elbow.wss)
    if elbow.chosen is not None and elbow.chosen not in elbow.k:
        raise DataError(
            f"elbow.chosen must be one of the k tried; got {elbow.chosen} and k={list(elbow.k)}. "
            "Pass None where the curve has no knee."
        )


def _check_replay(replay: Replay, *, n_rows: int, k: int) -> None:
    """All series have one entry per step."""
    steps = replay.wss.shape[0]
    if steps == 0:
        raise DataError(
            "A replay needs at least one step; got none. Pass replay=None where nothing was recorded."
        )
    need_shape("replay.centers", replay.centers.shape, (steps, k, 2))
    need_shape("replay.labels", replay.labels.shape, (steps, n_rows))
    need_shape("replay.changed", replay.changed.shape, (steps,))
    need_shape("replay.shift", replay.shift.shape, (steps,))
    need_finite("replay.centers", replay.centers)
    need_finite("replay.wss", replay.wss)
    need_finite("replay.shift", replay.shift)
    _need_labels("replay.labels", replay.labels, k)


def need_shape(name: str, found: tuple[int, ...], needed: tuple[int, ...]) -> None:
    """Refuse an array of another shape."""
    if found != needed:
        raise DataError(
            f"{name} must have shape {needed}; got {found}. Pass arrays of the same run."
        )


def need_finite(name: str, values: Coordinates | Sequence[float]) -> None:
    """Refuse NaN and infinity, which have no place on a page."""
    finite = bool(np.isfinite(np.asarray(values, dtype=np.float64)).all())
    if not finite:
        raise DataError(
            f"{name} must be finite; got NaN or infinity. Leave out what could not be computed."
        )


def _need_labels(name: str, labels: Codes, k: int) -> None:
    """Refuse labels that name no card."""
    if labels.size == 0:
        raise DataError(f"{name} must hold at least one label; got none. Pass one label per row.")
    if labels.dtype.kind not in "iu":
        raise DataError(
            f"{name} must be whole numbers; got {labels.dtype}. Pass the labels of the run."
        )
    low, high = int(labels.min()), int(labels.max())
    if low < 0 or high >= k:
        raise DataError(
            f"{name} must lie in 0..{k - 1}; got {low}..{high}. Pass one card for each label."
        )
