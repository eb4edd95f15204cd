"""The rows of the k-means benchmark: data with fixed seeds, and the starting centres that every system is given.

Blobs are those of scikit-learn's `make_blobs` (centres uniform in [-10, 10]^d, unit normal noise), except in the row
"many", whose centres are so close (normal, standard deviation 0.6) that neighbouring clusters overlap: about one point
in three then has a foreign blob's centre nearer than its own.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import DTypeLike, NDArray

Samples = NDArray[np.floating]

FASHION_MNIST = Path("/usr/share/datasets/fashion-mnist/train-images-idx3-ubyte.gz")
QUICK_ROWS = 10_000
BLOCK_ROWS = 8_192


@dataclass(frozen=True)
class Problem:
    """One row: how to make X (as float32), and the number of clusters.

    Attributes
    ----------
    name, title : str
        What `--rows` calls it, and what the table calls it beside its size.
    n_clusters : int
        k.
    make : callable
        ``make(n)`` returns X with at most n rows (all rows where n is None).
    start : "given" or "own"
        Whether all systems start from the same centres, or each runs its own default seeding and stopping rule.
    """

    name: str
    title: str
    n_clusters: int
    make: Callable[[int | None], Samples]
    start: str = "given"

    def heading(self, X: Samples) -> str:
        """Return the title with the size that X really has."""
        return f"{self.title}, {len(X):,} x {X.shape[1]}"


def blobs(n: int, d: int, k: int, *, seed: int, spread: float | None = None) -> Samples:
    """Draw n points around k centres: uniform in [-10, 10]^d, or normal with standard deviation `spread`."""
    return labelled_blobs(n, d, k, seed=seed, spread=spread)[0]


def labelled_blobs(
    n: int, d: int, k: int, *, seed: int, spread: float | None = None
) -> tuple[Samples, NDArray[np.int64]]:
    """Draw the points of `blobs`, and say whose they are."""
    rng = np.random.default_rng(seed)
    centers = (
        rng.uniform(-10, 10, (k, d)) if spread is None else spread * rng.standard_normal((k, d))
    )
    X = rng.standard_normal((n, d), dtype=np.float32)
    owner = rng.integers(k, size=n)
    X += centers.astype(np.float32)[owner]
    return X, owner


def blob_problem(name: str, n: int, d: int, k: int, *, spread: float | None = None) -> Problem:
    """Return the row of k blobs; the seed is k, so that no two rows share their noise."""

    def make(limit: int | None) -> Samples:
        return blobs(min(n, limit or n), d, k, seed=k, spread=spread)

    title = "blobs" if spread is None else "many clusters"
    return Problem(name, title, k, make)


def fashion_mnist(limit: int | None) -> Samples:
    """Read the 60,000 training images, 784 pixels in [0, 1] (Debian package dataset-fashion-mnist)."""
    if not FASHION_MNIST.exists():
        raise FileNotFoundError(
            f"The rows fashion-* read {FASHION_MNIST}, which is not there. "
            "Install the Debian package dataset-fashion-mnist, or choose other rows with --rows."
        )
    with gzip.open(FASHION_MNIST) as file:
        pixels = np.frombuffer(file.read(), dtype=np.uint8, offset=16).reshape(-1, 784)
    return pixels[:limit].astype(np.float32) / np.float32(255)


def china(limit: int | None) -> Samples:
    """Return the pixels of scikit-learn's china.jpg (427 x 640), colours in [0, 1]."""
    from sklearn.datasets import load_sample_image

    pixels = load_sample_image("china.jpg").reshape(-1, 3)
    step = 1 if limit is None else max(1, len(pixels) // limit)
    return pixels[::step].astype(np.float32) / np.float32(255)


def gaussian(limit: int | None) -> Samples:
    """Draw 100,000 x 16 from one normal distribution: there is nothing to find."""
    return np.random.default_rng(16).standard_normal((limit or 100_000, 16), dtype=np.float32)


def digits(limit: int | None) -> Samples:
    """Return scikit-learn's 1,797 handwritten digits of 64 pixels."""
    from sklearn.datasets import load_digits

    return load_digits().data[:limit].astype(np.float32)


PROBLEMS: dict[str, Problem] = {
    problem.name: problem
    for problem in (
        blob_problem("blobs-2d", 1_000_000, 2, 20),
        blob_problem("blobs-8d", 1_000_000, 8, 50),
        blob_problem("blobs-32d", 200_000, 32, 100),
        blob_problem("blobs-128d", 200_000, 128, 256),
        Problem("fashion-10", "Fashion-MNIST", 10, fashion_mnist),
        Problem("fashion-100", "Fashion-MNIST", 100, fashion_mnist),
        Problem("pixels", "china.jpg", 64, china),
        Problem("gaussian", "one Gaussian", 50, gaussian),
        blob_problem("many", 100_000, 64, 1000, spread=0.6),
        Problem("digits", "digits, default fit", 10, digits, start="own"),
    )
}


def choose(names: str | None, *, known: dict[str, Problem]) -> list[Problem]:
    """Return the problems of a comma-separated list of names (all of them for None)."""
    wanted = list(known) if names is None else [name.strip() for name in names.split(",")]
    unknown = [name for name in wanted if name not in known]
    if unknown:
        raise SystemExit(f"--rows takes {', '.join(known)}; got {', '.join(unknown)}.")
    return [known[name] for name in wanted]


def load(problem: Problem, *, quick: bool, dtype: DTypeLike) -> Samples:
    """Make the problem's X, small if `quick`, in `dtype`."""
    return np.ascontiguousarray(problem.make(QUICK_ROWS if quick else None), dtype=dtype)


def seeds(X: Samples, k: int, *, seed: int) -> Samples:
    """Return the k rows of X that scikit-learn's k-means++ chooses: the start that its users get."""
    from sklearn.cluster import kmeans_plusplus

    centers, _ = kmeans_plusplus(X, k, random_state=seed)
    return np.ascontiguousarray(centers, dtype=X.dtype)


def potential(X: Samples, centers: Samples) -> float:
    """Return the WSS of `centers`, in float64 from differences, whatever the system computed it from.

    The nearest centre is found by a float64 product of centred blocks; the distance to it is then summed from
    differences, so that the rounding of the product can only matter between centres that are equally near.
    """
    middle = centers.mean(axis=0, dtype=np.float64)
    C = centers.astype(np.float64) - middle
    half_norms = 0.5 * np.einsum("kd,kd->k", C, C)
    total = 0.0
    for start in range(0, len(X), BLOCK_ROWS):
        block = X[start : start + BLOCK_ROWS].astype(np.float64) - middle
        nearest = np.argmax(block @ C.T - half_norms, axis=1)
        difference = block - C[nearest]
        total += float(np.einsum("nd,nd->", difference, difference))
    return total
