"""Whole processes: what they took at their peak."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

PROGRAM = Path(sys.executable).parent / "ganglion"
# A process begins with the peak of the one that starts it, so a small one starts and measures it.
LAUNCHER = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def peak_mb(words: Sequence[object], threads: int) -> float:
    """Run a command to its end, with as many threads for every system, and return the peak of its memory in MB."""
    counts = ("GANGLION_NUM_THREADS", "OMP_NUM_THREADS", "POLARS_MAX_THREADS")
    environment = os.environ | dict.fromkeys(counts, str(threads))
    run = subprocess.run(
        [sys.executable, "-c", LAUNCHER, *map(str, words)],
        check=True,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    return float(run.stdout) / 1024  # KiB on Linux
