"""The gate of the report of a posterior: content that contradicts itself is refused before a page is made from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .._errors import DataError
from ._checks import check_cards, check_plane, need_finite, need_shape

if TYPE_CHECKING:
    from .posterior import ChainReplay, PosteriorReport


def check_posterior(content: PosteriorReport) -> None:
    """Raise DataError where sizes, shapes or shares of the content do not agree."""
    if content.k == 0:
        raise DataError(
            "A report needs at least one cluster; got no cards. Pass one ClusterCard per cluster."
        )
    n = content.n_rows
    check_plane(content.plane, content.k)
    check_cards(content)
    need_shape("certainty", content.certainty.shape, (n,))
    _need_shares("certainty", content.certainty)
    _need_shares("counts", content.counts)
    if content.counts.ndim != 2 or not np.allclose(content.counts.sum(axis=1), 1.0, atol=1e-6):
        raise DataError(
            f"counts must hold a row of shares for each chain that add up to 1; got shape {content.counts.shape}."
        )
    record = content.chains
    need_shape("chains.n_clusters", record.n_clusters.shape, record.log_posterior.shape)
    need_finite("chains.log_posterior", record.log_posterior)
    if not (content.similar.points < n).all():
        raise DataError(
            f"similar.points must be rows 0 to {n - 1}; got {content.similar.points.max()}."
        )
    for replay in content.replays:
        _check_replay(replay, n)


def _check_replay(replay: ChainReplay, n: int) -> None:
    """One partition of all rows for each step, the steps ascending."""
    need_shape("replay.partitions", replay.partitions.shape, (len(replay.steps), n))
    if len(replay.steps) == 0 or (np.diff(replay.steps) <= 0).any():
        raise DataError(
            f"replay.steps must ascend and hold at least one; got {len(replay.steps)} steps. Leave the replay out "
            "where nothing was kept."
        )


def _need_shares(name: str, values: np.ndarray) -> None:
    """Refuse what is no share."""
    need_finite(name, values)
    if (values < -1e-9).any() or (values > 1 + 1e-9).any():
        raise DataError(
            f"{name} must lie between 0 and 1; got {values.min():g} to {values.max():g}. Pass shares of the draws."
        )
