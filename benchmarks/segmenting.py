"""Twelve megapixels in segments: seconds and memory of the whole process, step by step, and scikit-image's superpixels.

    python -m benchmarks segmenting

The images are the two photographs that come with scikit-learn, brought to 4000 x 3000 pixels, with the noise of a
sensor. The goals: under 3 s on two cores from the command line, pictures written, and under 1 GB.

The floor of the middle part, SLIC: a step reads 6 bytes of colour a pixel and compares nine centres, 15 operations
each in lanes of float32. That is 12e6 * 9 * 15 / 16 lanes = 1e8 vector operations, 50 ms at 2 a nanosecond; reading
at 10 GB/s takes 7 ms. So ten steps cannot take less than some 0.5 s of one core; decoding the JPEG takes 0.15 s more.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from . import results, timing

GOAL_S, GOAL_MB = 3.0, 1000.0
NAMES = ("china", "flower")
PROGRAM = Path(sys.executable).parent / "ganglion"
LAUNCHER = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def photograph(name: str, size: tuple[int, int], folder: Path) -> Path:
    """Write a photograph of `size` with the noise of a sensor, and return its path."""
    from PIL import Image

    found = find_spec("sklearn")
    assert found is not None and found.origin is not None
    small = Image.open(Path(found.origin).parent / "datasets" / "images" / f"{name}.jpg")
    large = np.asarray(small.resize(size, Image.Resampling.BICUBIC)).astype(np.float32)
    noise = np.random.default_rng(0).normal(0, 4, large.shape)
    path = folder / f"{name}.jpg"
    Image.fromarray(np.clip(large + noise, 0, 255).astype(np.uint8)).save(path, quality=92)
    return path


def whole_process(path: Path, folder: Path, threads: int) -> float:
    """Run the command as a user does, with all pictures written."""
    words = [PROGRAM, "segment", path, "-k", "6", "--out", folder / "out", "--quiet"]
    environment = os.environ | {"GANGLION_NUM_THREADS": str(threads)}
    # A process begins with the peak of the one that starts it, so a small one starts and measures it.
    launched = [sys.executable, "-c", LAUNCHER, *words]
    run = subprocess.run(launched, check=True, env=environment, capture_output=True, text=True)
    return float(run.stdout) / 1024


def steps(path: Path) -> list[tuple[str, float]]:
    """Return the seconds of each step in this process."""
    from ganglion.applications.colors import lab_planes
    from ganglion.applications.images import segment_image
    from ganglion.applications.superpixels import superpixels
    from ganglion.data import read_image

    reading, image = timing.timed(lambda _: read_image(path))
    colors, planes = timing.timed(lambda _: lab_planes(image.pixels))
    regions, _ = timing.timed(lambda _: superpixels(planes, 10_000))
    whole, _ = timing.timed(lambda _: segment_image(image.pixels, 6, random_state=0))
    rest = whole - colors - regions
    return [
        ("decode the JPEG", reading),
        ("sRGB to CIELAB", colors),
        ("superpixels, ten steps and their borders", regions),
        ("k-means, smoothing, borders, counting", rest),
    ]


def against_skimage(path: Path, budget: float) -> list[list[str]]:
    """Return superpixels of scikit-image beside ours, each with how much of the colours they explain."""
    from ganglion.applications.colors import lab_planes
    from ganglion.applications.superpixels import superpixels
    from ganglion.data import read_image

    if find_spec("skimage") is None:
        return []
    from skimage.segmentation import slic

    pixels = read_image(path).pixels
    planes = lab_planes(pixels)
    runs = {
        "ganglion": lambda _: superpixels(lab_planes(pixels), 10_000).labels,
        "scikit-image": lambda _: slic(
            pixels, 10_000, compactness=10, max_num_iter=10, start_label=0
        ),
    }
    timings = timing.interleave(runs, budget=budget, cap=60.0, repetitions=3)
    ours = timings["ganglion"].median
    lab = np.stack(planes.all, axis=-1).reshape(-1, 3).astype(np.float64)
    rows: list[list[str]] = []
    for name, found in timings.items():
        labels = np.asarray(found.results[-1]).ravel()
        counts = np.bincount(labels)
        means = (
            np.stack([np.bincount(labels, lab[:, c]) for c in range(3)], axis=1)
            / np.maximum(counts, 1)[:, None]
        )
        within = ((lab - means[labels]) ** 2).sum() / ((lab - lab.mean(axis=0)) ** 2).sum()
        regions = str(np.count_nonzero(counts))
        rows.append(
            [
                name,
                f"{found.median:.2f}",
                f"{found.median / ours:.1f}",
                regions,
                f"{1 - within:.4f}",
            ]
        )
    return rows


def main(_rows: str | None = None, *, quick: bool = False, threads: int = 1) -> str:
    """Return the section: the whole process, its steps, and the peer."""
    size = (400, 300) if quick else (4000, 3000)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        paths = [photograph(each, size, folder) for each in NAMES]
        whole: list[list[str]] = []
        for path in paths:
            timings = timing.interleave(
                {"all": lambda _, path=path: whole_process(path, folder, threads)},
                budget=1.0 if quick else 60.0,
                cap=60.0,
                repetitions=1 if quick else 5,
            )["all"]
            whole.append([path.stem, f"{timings.median:.2f}", f"{max(timings.results):.0f}"])
        parts = [[what, f"{seconds:.2f}"] for what, seconds in steps(paths[0])]
        peer = against_skimage(paths[0], 1.0 if quick else 60.0)
    goal = (
        f"{size[0]} x {size[1]} pixels, `ganglion segment IMAGE -k 6 --out FOLDER` as a process of its own, pictures "
        f"written; medians. The goals: at most {GOAL_S:.0f} s and {GOAL_MB:.0f} MB."
    )
    sections = ["## Segmenting images", results.setting(threads), goal]
    sections.append(results.markdown(["image", "seconds", "peak MB"], whole))
    sections.append(results.markdown(["step (china)", "seconds"], parts))
    if peer:
        heads = ["10,000 superpixels", "median s", "ratio", "regions", "explained"]
        sections.append(results.markdown(heads, peer))
    return "\n\n".join(sections)
