"""`python -m benchmarks memory`: the peak of resident memory beyond X, per sample, each row in its own process."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from . import problems, results
from .problems import PROBLEMS
from .systems import MAX_ITER

ROWS = (
    "blobs-2d",
    "blobs-8d",
    "blobs-32d",
    "blobs-128d",
    "fashion-10",
    "fashion-100",
    "pixels",
    "gaussian",
    "many",
)
SYSTEMS = ("ganglion", "scikit-learn")
LIMIT = 40.0

METHOD = f"""Each row runs in a process of its own: X is read into memory, a fit of 2,000 of its rows loads and
warms what a fit needs, the kernel's record of the peak (VmHWM) is reset, and the fit with its default seeding
(`kmeans(X, k, random_state=0)`, at most {MAX_ITER} iterations for ganglion and 10 for scikit-learn, which holds its
memory from the first) runs once. Bytes are the peak less what was resident just before, that is beyond X. The
labels that the fit returns (4 bytes a sample) are in it. The goal: at most {LIMIT:.0f} bytes a sample plus the
centres and blocks."""

# The child imports nothing of this package, so that nothing but the fit can grow.
CHILD = """
import json, re, sys
import numpy as np
path, system, k, threads = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
if system == "ganglion":
    import ganglion as gl
    gl.set_num_threads(threads)
    fit = lambda X, k: gl.kmeans(X, k, random_state=0)
else:
    from sklearn.cluster import KMeans
    fit = lambda X, k: KMeans(k, random_state=0, max_iter=10, copy_x=False).fit(X)
def status(key):
    return 1024 * int(re.search(key + r":\\s+(\\d+) kB", open("/proc/self/status").read()).group(1))
X = np.load(path)
fit(X[:2000].copy(), min(k, 20))
open("/proc/self/clear_refs", "w").write("5")
before = status("VmRSS")
result = fit(X, k)
json.dump(status("VmHWM") - before, sys.stdout)
"""


def beyond(path: Path, system: str, k: int, threads: int) -> float:
    """Return the bytes beyond X at the peak of one fit, measured in a process of its own."""
    command = [sys.executable, "-c", CHILD, str(path), system, str(k), str(threads)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return float(json.loads(done.stdout))


def main(names: str | None, *, quick: bool, threads: int) -> str:
    """Measure the rows, say each as it is done, and return the section."""
    if not Path("/proc/self/clear_refs").exists():
        raise SystemExit("The memory benchmark reads the peak from /proc, which only Linux has.")
    rows: list[list[str]] = []
    for problem in problems.choose(names, known={name: PROBLEMS[name] for name in ROWS}):
        X = problems.load(problem, quick=quick, dtype=np.float32)
        n, k = len(X), min(problem.n_clusters, len(X) // 20)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "X.npy"
            np.save(path, X)
            peaks = [beyond(path, system, k, threads) for system in SYSTEMS]
        rows.append([problem.heading(X), str(k), f"{X.nbytes / 2**20:.0f}"])
        rows[-1] += [cell for peak in peaks for cell in (f"{peak / 2**20:.1f}", f"{peak / n:.1f}")]
        print("; ".join(rows[-1]), flush=True)
    header = ["row", "k", "X MiB"]
    header += [cell for system in SYSTEMS for cell in (f"{system} MiB", f"{system} bytes a sample")]
    title = "## Memory beyond X" + (" (quick: small data, no result)" if quick else "")
    return "\n\n".join(
        [title, results.setting(threads), results.paragraph(METHOD), results.markdown(header, rows)]
    )
