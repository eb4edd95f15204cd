"""Two hundred fits and the hashes of their answers; run as a script for another processor or pool.

python determinism_fits.py 1 2 7      prints one JSON object {threads: [hash, ...]}
"""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path

import numpy as np
import scipy.sparse as sp

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

import ganglion as gl
from oracles.kmeans_cases import blobs, fingerprint, run_bits

# Rows beyond a few thousand are there to give several threads something to share.
SIZES = [
    (17, 1, 3), (33, 3, 33), (100, 2, 7), (257, 5, 16), (500, 64, 10),
    (1000, 17, 8), (1023, 100, 33), (2000, 7, 100), (4097, 16, 16), (30_001, 2, 20),
]  # fmt: skip
INITS = ("k-means++", "k-means||", "random", "array", "callable")
VARIANTS = ("plain", "weights", "cosine", "sparse")
DTYPES = (np.float32, np.float64)


def middle_rows(X, n_clusters, random_state):
    """A callable start: rows from the middle of X, dense or not."""
    first = (X.shape[0] - n_clusters) // 2
    rows = X[first : first + n_clusters]
    return rows.toarray() if sp.issparse(rows) else rows


def problems():
    """200 = 10 sizes x 5 starts x 4 variants; the dtype alternates, so all are met in both."""
    number = 0
    for i, (n, d, k) in enumerate(SIZES):
        for j, init in enumerate(INITS):
            for variant in VARIANTS:
                X = blobs(n, d, seed=number, groups=6, dtype=DTYPES[(i + j + number) % 2])
                options = {"init": init, "random_state": number, "max_iter": 40, "tol": 1e-6}
                if init == "random":
                    options["n_init"] = 3
                if init == "array":
                    options["init"] = X[:k]
                if variant == "weights":
                    options["sample_weight"] = np.random.default_rng(number).exponential(size=n)
                if variant == "cosine":
                    options["metric"] = "cosine"
                if variant == "sparse":
                    X[np.random.default_rng(number).random(X.shape) < 0.5] = 0
                    options["on_duplicates"] = "reduce"
                    X = sp.csr_array(X)
                if init == "callable":
                    options["init"] = middle_rows
                yield X, k, options
                number += 1


def hashes():
    """One hash of centres, labels, statistics and every step for each of the 200 fits."""
    found = []
    for X, k, options in problems():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", gl.GanglionWarning)  # equal rows among the sparse ones
            run = gl.kmeans(X, k, record=True, **options)
        history = run.history
        steps = fingerprint(history.inertia, history.shift, history.changed, history.sizes)
        found.append(run_bits(run) + steps + run.stopped_by)
    return found


def by_threads(counts):
    """{threads: hashes()} for every count."""
    before = gl.get_num_threads()
    answers = {}
    for count in counts:
        gl.set_num_threads(count)
        answers[str(count)] = hashes()
    gl.set_num_threads(before)
    return answers


if __name__ == "__main__":
    json.dump(by_threads([int(count) for count in sys.argv[1:]]), sys.stdout)  # the parent reads it
