"""Checks of the parameters that the k-means family shares."""

from __future__ import annotations

from numbers import Integral
from typing import Any

from .._errors import DataError, ParameterError, warn_caller


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


def check_count(name: str, value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, Integral) or value < 1:
        raise ParameterError(f"{name} must be an integer of at least 1; got {value!r}.")


def check_choice(name: str, value: Any, known: tuple[str, ...]) -> None:
    if value not in known:
        listed = ", ".join(repr(choice) for choice in known)
        raise ParameterError(f"{name} must be one of {listed}; got {value!r}.")


def report_duplicates(found: int, k: int, on_duplicates: str) -> None:
    message = f"X has {found} distinct samples but n_clusters={k}"
    if on_duplicates == "error":
        raise DataError(f"{message}. Lower n_clusters to {found} at most.")
    warn_caller(f"{message}: {found} clusters are returned. Lower n_clusters.")
