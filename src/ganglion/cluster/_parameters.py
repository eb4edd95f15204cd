"""Checks of the parameters that the k-means family shares."""

from __future__ import annotations

from typing import Any

from .._errors import DataError, ParameterError, warn_caller
from .._values import check_count


def check_n_clusters(n_clusters: Any, n_samples: int) -> int:
    """n_clusters as an int between 1 and n_samples."""
    check_count("n_clusters", n_clusters)
    if n_clusters > n_samples:
        raise ParameterError(
            f"KMeans needs n_clusters <= n_samples; got n_clusters={n_clusters} and {n_samples} samples "
            f"(n_samples={n_samples} should be >= n_clusters={n_clusters}). Lower n_clusters or add data."
        )
    return int(n_clusters)


def check_progress(progress: object) -> None:
    """Progress must be callable, or None."""
    if progress is not None and not callable(progress):
        raise ParameterError(f"progress must be callable with one Step, or None; got {progress!r}.")


def report_duplicates(found: int, k: int, on_duplicates: str) -> None:
    message = f"X has {found} distinct samples but n_clusters={k}"
    if on_duplicates == "error":
        raise DataError(f"{message}. Lower n_clusters to {found} at most.")
    warn_caller(f"{message}: {found} clusters are returned. Lower n_clusters.")
