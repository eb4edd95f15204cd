"""`python -m benchmarks segmenting`: twelve megapixels in segments, as a process and step by step."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from . import comparisons, results, timing
from .floor import best_of
from .processes import PROGRAM, peak_mb

GOAL_S, GOAL_MB = 3.0, 1000.0
NAMES = ("china", "flower")
REGIONS = 10_000
STEPS, CENTERS, OPERATIONS = 10, 9, 15
BYTES_OF_COLOR = 6
METHOD = f"""The two photographs that come with scikit-learn, brought to 4000 x 3000 pixels, with the noise of a sensor.
*Whole*: `ganglion segment IMAGE -k 6 --out FOLDER` as a process of its own, pictures written; medians, and the largest
peak. The goals: at most {GOAL_S:.0f} s and {GOAL_MB:.0f} MB. *Steps* are those of a call in this process. Floors: the
decoding by Pillow alone; CIELAB, 3 bytes a pixel read and {BYTES_OF_COLOR} written to fresh pages; superpixels, {STEPS}
steps in which each pixel is compared with {CENTERS} centres, {OPERATIONS} operations each in lanes of float32 (twice
the measured rate of float64); the rest, one pass over labels and colours; the whole, their sum. *Superpixels*: ours
from pixels to labels beside scikit-image's `slic` with the same number, weight of the place and steps, run once where
it takes longer than 20 s; explained is the part of the colours' variance (CIELAB) that the regions' means account
for."""


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


def whole_process(path: Path, folder: Path, threads: int, _repetition: int) -> float:
    """Run the command as a user does, with all pictures written; return its peak in MB."""
    words = [PROGRAM, "segment", path, "-k", "6", "--out", folder / "out", "--quiet"]
    return peak_mb(words, threads)


def floors(path: Path, machine: comparisons.Machine) -> list[float]:
    """Return the seconds below which the four steps cannot go."""
    from PIL import Image

    n = int(np.prod(Image.open(path).size))
    compared = n * STEPS * CENTERS * OPERATIONS
    return [
        best_of(lambda: np.asarray(Image.open(path).convert("RGB")), 3),
        n * (3 / machine.reading + BYTES_OF_COLOR / machine.writing),
        compared / (2 * machine.slots),
        n * (4 + BYTES_OF_COLOR) / machine.reading,
    ]


def steps(path: Path) -> list[tuple[str, float]]:
    """Return the median seconds of each step in this process."""
    from ganglion.applications.colors import lab_planes
    from ganglion.applications.images import segment_image
    from ganglion.applications.superpixels import superpixels
    from ganglion.data import read_image

    image = read_image(path)
    planes = lab_planes(image.pixels)
    runs: dict[str, Callable[[int], Any]] = {
        "reading": lambda _: read_image(path),
        "colors": lambda _: lab_planes(image.pixels),
        "regions": lambda _: superpixels(planes, REGIONS),
        "whole": lambda _: segment_image(image.pixels, 6, random_state=0),
    }
    timings = timing.interleave(runs, budget=20.0, cap=20.0, repetitions=3)
    reading, colors, regions, whole = (timings[name].median for name in runs)
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
    runs: dict[str, Callable[[int], Any]] = {
        "ganglion": lambda _: superpixels(lab_planes(pixels), REGIONS).labels,
        "scikit-image": lambda _: slic(
            pixels, REGIONS, compactness=10, max_num_iter=10, start_label=0
        ),
    }
    timings = timing.interleave(runs, budget=budget, cap=20.0, repetitions=3)
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


def _whole(paths: list[Path], folder: Path, threads: int, *, quick: bool) -> list[list[str]]:
    """Return the rows of whole processes."""
    rows: list[list[str]] = []
    for path in paths:
        timings = timing.interleave(
            {"all": partial(whole_process, path, folder, threads)},
            budget=1.0 if quick else 30.0,
            cap=60.0,
            repetitions=1 if quick else 5,
        )["all"]
        rows.append([path.stem, f"{timings.median:.2f}", f"{max(timings.results):.0f}"])
        print("; ".join(rows[-1]), flush=True)
    return rows


def main(_rows: str | None = None, *, quick: bool = False, threads: int = 1) -> str:
    """Return the section: the whole process, its steps, and the peer."""
    import ganglion as gl

    gl.set_num_threads(threads)
    size = (400, 300) if quick else (4000, 3000)
    machine = comparisons.machine()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        paths = [photograph(each, size, folder) for each in NAMES]
        whole = _whole(paths, folder, threads, quick=quick)
        least = floors(paths[0], machine)
        parts = [
            [what, f"{seconds:.3f}", f"{floor:.3f}", f"{seconds / floor:.1f}"]
            for (what, seconds), floor in zip(steps(paths[0]), least, strict=True)
        ]
        peer = against_skimage(paths[0], 1.0 if quick else 60.0)
    for row in whole:
        row += [f"{sum(least):.2f}", f"{float(row[1]) / sum(least):.1f}"]
    note = " (quick: small data, no result)" if quick else ""
    sections = [
        f"## Segmenting images{note}",
        results.setting(threads, ("pillow", "scikit-image")),
        results.paragraph(METHOD),
        results.markdown(["whole", "seconds", "peak MB", "floor s", "seconds / floor"], whole),
        results.markdown(["step (china)", "seconds", "floor s", "seconds / floor"], parts),
    ]
    if peer:
        heads = [f"{REGIONS:,} superpixels", "seconds", "ratio", "regions", "explained"]
        sections.append(results.markdown(heads, peer))
    return "\n\n".join(sections)
