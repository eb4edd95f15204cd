"""Draws for other tools: what chains of partitions are in ArviZ."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..._errors import ParameterError
from ._partitions.contingency import check_loss, size_sums
from ._partitions.draws import check_draws
from .posterior import PosteriorSample

# Labels of all points are many numbers that mean nothing one by one; with these few they can be looked at.
_MOST_LABELS = 10_000_000


def to_arviz(sample: PosteriorSample, *, labels: bool | None = None) -> Any:
    """Return chains as ArviZ has them, so that its pictures and diagnostics can be used; ArviZ must be installed.

    Parameters
    ----------
    sample : PosteriorSample
        Draws of partitions.
    labels : bool, optional
        Whether the partitions themselves go along, as ``labels`` (chain, draw, sample). By default where they are at
        most ten million labels.

    Returns
    -------
    arviz.InferenceData
        Group ``posterior``: ``n_clusters``, ``largest`` (the share of the largest cluster), ``entropy`` (of the sizes,
        in nats), each hyperparameter that was sampled, and ``labels``. Group ``sample_stats``: ``lp``, the log
        posterior. ArviZ 1.0 and later has a DataTree of the same groups.

    Raises
    ------
    ParameterError
        When ArviZ is not installed.

    Notes
    -----
    Labels are numbered within each draw: their means over draws say nothing, the statistics do.

    Examples
    --------
    >>> from ganglion.cluster.bayesian import sample_partitions, to_arviz
    >>> sample = sample_partitions([[0.0], [0.1], [9.0]], n_draws=100, random_state=0)
    >>> to_arviz(sample).posterior["n_clusters"].shape  # doctest: +SKIP
    (4, 100)
    """
    arviz = _package()
    posterior: dict[str, NDArray[Any]] = {**_statistics(sample.draws), **sample.hyperparameters}
    if labels or (labels is None and sample.draws.size <= _MOST_LABELS):
        posterior["labels"] = sample.draws
    stats = {"lp": sample.log_posterior}
    about = {"labels": ["sample"]} if "labels" in posterior else {}
    if hasattr(arviz, "InferenceData"):
        return arviz.from_dict(posterior=posterior, sample_stats=stats, dims=about)
    return arviz.from_dict({"posterior": posterior, "sample_stats": stats}, dims=about)


def _statistics(draws: NDArray[Any]) -> dict[str, NDArray[Any]]:
    """What does not depend on how clusters are numbered, (n_chains, n_draws) each."""
    given = check_draws(draws)
    sums, largest = size_sums(given, check_loss("vi").tables(given.n)[0])
    found = {
        "n_clusters": given.n_clusters,
        "largest": largest / given.n,
        "entropy": np.log(given.n) - sums / given.n,
    }
    return {name: trace.reshape(draws.shape[:2]) for name, trace in found.items()}


def _package() -> Any:
    try:
        return import_module("arviz")
    except ImportError as error:
        raise ParameterError(
            "to_arviz needs the package arviz, which is not installed. Install it with pip install 'ganglion[arviz]'."
        ) from error
