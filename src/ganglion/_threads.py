"""How many threads the kernels use: what the process may really have, unless the caller says otherwise.

The number never shows in a result.
"""

from __future__ import annotations

import math
import os
from numbers import Integral
from pathlib import Path

from ._errors import ParameterError
from ._native import core

_CGROUP_V2 = Path("/sys/fs/cgroup/cpu.max")
_CGROUP_V1 = Path("/sys/fs/cgroup/cpu")


def set_num_threads(n: int) -> None:
    """Set how many threads the kernels use from now on.

    Parameters
    ----------
    n : int
        At least 1. More threads than processors are allowed. Results are the same to the bit for every number.

    Raises
    ------
    ParameterError
        When `n` is not an integer, or below 1.

    Examples
    --------
    >>> import ganglion as gl
    >>> gl.set_num_threads(1)
    >>> gl.get_num_threads()
    1
    """
    if isinstance(n, bool) or not isinstance(n, Integral) or n < 1:
        raise ParameterError(f"The number of threads must be an integer of at least 1; got {n!r}.")
    core.set_num_threads(int(n))


def get_num_threads() -> int:
    """Return how many threads the kernels use.

    Returns
    -------
    int
        At least 1.

    Examples
    --------
    >>> import ganglion as gl
    >>> gl.get_num_threads() >= 1
    True
    """
    return core.get_num_threads()


def default_num_threads() -> int:
    """Return what the environment asks for, or else the processors this process may use, by affinity and quota."""
    for name in ("GANGLION_NUM_THREADS", "OMP_NUM_THREADS"):
        asked = os.environ.get(name, "").split(",")[0].strip()
        if not asked:
            continue
        if asked.isdigit() and int(asked) >= 1:
            return int(asked)
        if name == "GANGLION_NUM_THREADS":
            raise ParameterError(
                f"GANGLION_NUM_THREADS must be an integer of at least 1; got {asked!r}. Unset it to use all processors."
            )
    return max(1, min(_affinity(), _quota()))


def _affinity() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _quota() -> int:
    """Whole processors that the control group grants; a container's share can be far below the machine's."""
    try:
        if _CGROUP_V2.exists():
            quota, period = _CGROUP_V2.read_text().split()[:2]
        else:
            quota = (_CGROUP_V1 / "cpu.cfs_quota_us").read_text()
            period = (_CGROUP_V1 / "cpu.cfs_period_us").read_text()
        return math.ceil(int(quota) / int(period)) if int(quota) > 0 else 1 << 20
    except (OSError, ValueError):  # no control group, or no limit ("max")
        return 1 << 20


core.set_num_threads(default_num_threads())
