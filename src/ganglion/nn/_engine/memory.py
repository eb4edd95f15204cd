"""What a plan needs of the machine's memory, refused before anything is allocated."""

from __future__ import annotations

import math
import os
import sys

from ..._errors import MemoryPlanError

GIGABYTE = 1e9


def refuse_too_large(n_bytes: float, batch_size: int) -> None:
    """Raise the error for a batch whose activations the machine cannot hold all at once, as a batch norm needs them."""
    available = physical_memory()
    if n_bytes > available:
        raise MemoryPlanError(
            f"A BatchNorm needs the activations of a whole batch at once: {n_bytes / GIGABYTE:.3g} GB for a batch of "
            f"{batch_size} rows; this machine has {available / GIGABYTE:.3g} GB. Lower batch_size."
        )


def physical_memory() -> float:
    """Return the bytes of memory that the machine has, or infinity where it does not say."""
    if sys.platform == "win32":
        return math.inf
    return float(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
