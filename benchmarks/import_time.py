"""What `import ganglion` costs beyond `import numpy`: the median over fresh processes.

    python -m benchmarks import

Each process imports NumPy first and then times the import of ganglion alone, so that the noise of starting Python and
reading NumPy stays outside. The goal is 60 ms.
"""

from __future__ import annotations

import statistics
import subprocess
import sys

from . import results

GOAL_MS = 60.0
TIMED = """
import time
start = time.perf_counter()
import numpy
middle = time.perf_counter()
import ganglion
print(1e3 * (middle - start), 1e3 * (time.perf_counter() - middle))
"""


def measure(repeats: int) -> tuple[list[float], list[float]]:
    """Return the milliseconds of importing NumPy and then ganglion, one pair for each fresh process."""
    numpy_ms: list[float] = []
    ours_ms: list[float] = []
    for _ in range(repeats + 1):
        done = subprocess.run(
            [sys.executable, "-c", TIMED], check=True, capture_output=True, text=True
        )
        first, second = (float(word) for word in done.stdout.split())
        numpy_ms.append(first)
        ours_ms.append(second)
    # The first process also writes bytecode and fills the file cache.
    return numpy_ms[1:], ours_ms[1:]


def main(_rows: str | None = None, *, quick: bool = False, threads: int = 1) -> str:
    """Return the section: the medians and their spread."""
    numpy_ms, ours_ms = measure(3 if quick else 15)
    rows = [
        [name, f"{statistics.median(values):.1f}", f"{min(values):.1f} to {max(values):.1f}"]
        for name, values in (("import numpy", numpy_ms), ("import ganglion after it", ours_ms))
    ]
    goal = f"Medians over fresh processes. The goal: at most {GOAL_MS:.0f} ms beyond NumPy."
    table = results.markdown(["statement", "median ms", "least and most"], rows)
    return "\n\n".join(["## Import", results.setting(threads), goal, table])
