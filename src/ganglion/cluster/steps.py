"""What an algorithm with centres tells its listeners beyond the numbers of a step."""

from __future__ import annotations

from dataclasses import dataclass

from .._arrays import Real
from ..progress import Step


@dataclass(frozen=True, eq=False, kw_only=True)
class CenterStep(Step):
    """A step that moved centres.

    Attributes
    ----------
    task, step, total, value, message : str, int, int or None, float, str
        As in `ganglion.progress.Step`.
    centers : ndarray of shape (n_clusters, n_features)
        Where they are after the step, in the units of X; not to be written to.
    """

    centers: Real
