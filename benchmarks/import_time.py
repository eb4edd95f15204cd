"""What `import ganglion` costs beyond `import numpy`: the median over fresh processes.

    python -m benchmarks.import_time [REPEATS]

Each process imports NumPy first and then times the import of ganglion alone, so that the noise of starting Python and
reading NumPy stays outside. The goal is 60 ms.
"""

from __future__ import annotations

import statistics
import subprocess
import sys

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


def main(arguments: list[str]) -> int:
    """Print the medians and their spread."""
    numpy_ms, ours_ms = measure(int(arguments[0]) if arguments else 15)
    for name, values in (("import numpy", numpy_ms), ("+ import ganglion", ours_ms)):
        low, high = min(values), max(values)
        print(f"{name:<18} median {statistics.median(values):6.1f} ms   ({low:.1f} to {high:.1f})")
    print(f"{'goal':<18} at most {GOAL_MS:5.1f} ms beyond NumPy")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
