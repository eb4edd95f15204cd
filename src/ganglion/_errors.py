"""The errors and warnings that ganglion raises: what must hold, what was found, what to do."""

from __future__ import annotations

import sys
import warnings


class GanglionError(Exception):
    """Base of every error that ganglion raises on purpose."""


class ParameterError(GanglionError, ValueError):
    """A parameter is outside its range, misspelt, or does not fit another one."""


class DataError(GanglionError, ValueError):
    """The data hold something that the algorithm cannot be faithful to."""


class NotDifferentiableError(GanglionError, TypeError):
    """An operation has no derivative here, or would lose it; names the operation and what to use instead."""


class DivergenceError(GanglionError, ArithmeticError):
    """Training left the finite numbers; names the epoch."""


class ModelFileError(GanglionError, ValueError):
    """A model file is damaged, cut, or not one of ours."""


class MemoryPlanError(GanglionError, MemoryError):
    """The work does not fit into memory; names the bytes needed and what to do instead."""


class GanglionWarning(UserWarning):
    """Something the caller can act on; points at the caller's line."""


def warn_caller(message: str) -> None:
    """Warn, once a place, at the caller's line: the first outside this package and scikit-learn's wrappers."""
    level, frame = 2, sys._getframe(1)  # pyright: ignore[reportPrivateUsage]
    while frame.f_back is not None and frame.f_globals.get("__name__", "").split(".")[0] in (
        "ganglion",
        "sklearn",
    ):
        level, frame = level + 1, frame.f_back
    warnings.warn(message, GanglionWarning, stacklevel=level)
