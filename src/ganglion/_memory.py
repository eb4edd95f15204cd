"""The gate for memory: what this process may still take, asked before anything large is allocated."""

from __future__ import annotations

import math
import re
import sys
from numbers import Integral
from pathlib import Path
from typing import Any

from ._errors import MemoryPlanError, ParameterError

_MEMINFO = Path("/proc/meminfo")
_CGROUP_V2 = Path("/sys/fs/cgroup")
_CGROUP_V1 = Path("/sys/fs/cgroup/memory")
_UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12} | {
    f"{unit}i": 2 ** (10 * at) for at, unit in enumerate("kmgt", start=1)
}
_SIZE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([kmgt]i?)?b?\s*", re.IGNORECASE)


def available_memory() -> float:
    """Return the bytes that can still be taken: what the machine and the control group have left; inf if unknown."""
    return min(_machine_has_left(), _group_has_left())


def check_memory(
    bytes_needed: float, what: str, instead: str, memory_limit: int | float | str | None = None
) -> None:
    """Raise MemoryPlanError where work needs more than the limit, or more than there is.

    `what` begins the sentence and names the work; `instead` is a whole sentence that says what would fit.
    """
    limit = read_memory_limit(memory_limit)
    there = available_memory()
    most = there if limit is None else min(limit, there)
    if bytes_needed <= most:
        return
    found = (
        f"memory_limit allows {shown_bytes(limit)}"
        if limit is not None and limit <= there
        else f"{shown_bytes(there)} are available"
    )
    raise MemoryPlanError(f"{what} needs {shown_bytes(bytes_needed)}; {found}. {instead}")


def read_memory_limit(memory_limit: Any) -> float | None:
    """Return a limit in bytes from a number or a text such as "2GB" or "500 MiB"; None stays None."""
    if memory_limit is None:
        return None
    if isinstance(memory_limit, str):
        found = _SIZE.fullmatch(memory_limit)
        if found and float(found[1]) > 0:
            return float(found[1]) * _UNITS[(found[2] or "").lower()]
    elif not isinstance(memory_limit, bool) and isinstance(memory_limit, Integral | float):
        limit = float(memory_limit)
        if limit > 0:
            return limit
    raise ParameterError(
        f'memory_limit must be a positive number of bytes or a text such as "2GB" or "500 MiB"; got {memory_limit!r}.'
    )


def shown_bytes(n_bytes: float) -> str:
    """Return a number of bytes for people: exact, and in a unit that fits."""
    exact = f"{n_bytes:,.0f} bytes"
    for unit, size in (("TB", 1e12), ("GB", 1e9), ("MB", 1e6)):
        if size <= n_bytes < math.inf:
            return f"{exact} ({n_bytes / size:.3g} {unit})"
    return exact


def _machine_has_left() -> float:
    """Linux counts what it could free at once as available; elsewhere half of the memory is a fair guess."""
    try:
        found = re.search(r"^MemAvailable:\s+(\d+) kB", _MEMINFO.read_text(), flags=re.MULTILINE)
        if found:
            return 1024.0 * int(found[1])
    except OSError:
        pass
    if sys.platform == "win32":
        return math.inf
    import os

    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2


def _group_has_left() -> float:
    """A container's share can be far below the machine's; file pages that can be dropped count as free."""
    try:
        if (_CGROUP_V2 / "memory.max").exists():
            limit, used = _CGROUP_V2 / "memory.max", _CGROUP_V2 / "memory.current"
            droppable = "inactive_file"
        else:
            limit = _CGROUP_V1 / "memory.limit_in_bytes"
            used = _CGROUP_V1 / "memory.usage_in_bytes"
            droppable = "total_inactive_file"
        folder = limit.parent
        most = int(limit.read_text())
        counts = dict(line.split() for line in (folder / "memory.stat").read_text().splitlines())
        return max(0.0, most - int(used.read_text()) + int(counts.get(droppable, 0)))
    except (OSError, ValueError):  # no control group, or no limit ("max")
        return math.inf
