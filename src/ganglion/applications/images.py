"""Images by their regions: superpixels, clusters of their colours and places, and labels that agree with neighbours."""

from __future__ import annotations

import os
from dataclasses import dataclass
from numbers import Integral
from numbers import Real as RealNumber
from typing import Any, BinaryIO, TypeAlias, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._errors import DataError, ParameterError
from .._memory import check_memory
from .._native import core
from .._random import RandomState, generator
from ..cluster import kmeans
from ..data.images import MAX_PIXELS, Pixels, read_image
from ..selection import KChoice, choose_k
from ._smoothing import potts_model, smoothed
from .colors import Floats, color_name, lab_planes, srgb_from_lab
from .superpixels import LabelImage, Superpixels, superpixels

Labels: TypeAlias = NDArray[np.int32]

_Told: TypeAlias = tuple[KChoice | None, dict[str, int | float | None], str, tuple[str, ...]]

MAX_SEGMENTS = 256
# Up to this many pixels each is a region of its own; above, regions of some 150 pixels, within these numbers.
_SMALL = 40_000
_PIXELS_A_REGION, _FEWEST, _MOST = 150, 2_000, 10_000
# Planes 6, two labels 4 each, runs of labels and what pictures are made of.
_BYTES_A_PIXEL = 40
# Of a small image, as a matrix with a graph between its rows.
_BYTES_A_NODE = 200


class NoNumberError(DataError):
    """No number of segments stands out in an image."""


@dataclass(frozen=True)
class Segment:
    """One segment of an image.

    Attributes
    ----------
    label : int
        Its number; segments are numbered by size.
    share : float
        Of the image's pixels.
    color : tuple of int
        Mean colour in sRGB, from 0 to 255.
    lab : tuple of float
        Mean colour in CIELAB.
    name : str
        The colour in words.
    n_regions : int
        Connected regions.
    coherence : float
        Share of the segment's pixels in its largest region.
    """

    label: int
    share: float
    color: tuple[int, int, int]
    lab: tuple[float, float, float]
    name: str
    n_regions: int
    coherence: float


@dataclass(frozen=True)
class Segmentation:
    """What `segment_image` found.

    Attributes
    ----------
    labels : ndarray of shape (height, width), int32
        The segment of each pixel, 0 the largest.
    segments : tuple of Segment
        One for each label.
    superpixels : Superpixels
        The small regions that were clustered.
    explained : float
        Share of the image's variance of colour (in CIELAB) that lies between the segments.
    coherence : float
        Share of all pixels that lie in the largest region of their segment.
    n_regions : int
        Connected regions in all.
    choice : KChoice or None
        How the number was chosen, where it was.
    settings : dict of str to int, float or None
        What was asked for: "n_segments", "position", "smoothing", "n_superpixels", "compactness", "max_segments".
    pixels : ndarray of shape (height, width, 3), uint8
        The image as it was read.
    source : str
        The file's name, "array" for an array.
    notes : tuple of str
        What was decided while reading.
    """

    labels: LabelImage
    segments: tuple[Segment, ...]
    superpixels: Superpixels
    explained: float
    coherence: float
    n_regions: int
    choice: KChoice | None
    settings: dict[str, int | float | None]
    pixels: Pixels
    source: str
    notes: tuple[str, ...]

    @property
    def palette(self) -> NDArray[np.uint8]:
        """The mean colours (k, 3), in sRGB."""
        return np.array([segment.color for segment in self.segments], np.uint8)

    def mask(self, label: int) -> NDArray[np.bool_]:
        """Return which pixels are of a segment.

        Parameters
        ----------
        label : int
            Its number.

        Returns
        -------
        ndarray of shape (height, width), bool
            True inside.
        """
        return self.labels == label


def segment_image(
    image: str | os.PathLike[str] | BinaryIO | ArrayLike,
    n_segments: int | None = None,
    *,
    position: float = 0.1,
    smoothing: float = 1.0,
    n_superpixels: int | None = None,
    compactness: float = 10.0,
    max_segments: int = 12,
    random_state: RandomState = None,
    max_pixels: int = MAX_PIXELS,
    memory_limit: int | float | str | None = None,
) -> Segmentation:
    """Divide an image into segments of like colour and place.

    Parameters
    ----------
    image : str, path-like, binary file or array-like of shape (height, width), (height, width, 3) or (height, width, 4)
        A PNG, JPEG, BMP or Netpbm file, or an array: uint8 from 0 to 255, truth values, or floats from 0 to 1. A fourth
        channel is opacity: what is transparent is laid over white.
    n_segments : int or None, default None
        From 1 to 256; None lets `choose_k` look for the number.
    position : float, default 0.1
        How much place counts beside colour: the longer side of the image counts as 100 times this difference in CIELAB
        (black and white differ by 100). 0 clusters colours alone.
    smoothing : float, default 1.0
        How much neighbours must agree; 0 leaves each region where its colour is nearest.
    n_superpixels : int, optional
        About how many small regions are clustered. By default a region for each 150 pixels, from 2,000 to 10,000; each
        pixel by itself in an image of at most 40,000.
    compactness : float, default 10.0
        Of superpixels: more makes them squarer.
    max_segments : int, default 12
        Where the search for the number ends.
    random_state : int, Generator, RandomState or None
        Seed of the starts. One seed gives one answer, whatever the number of threads.
    max_pixels : int, default 250,000,000
        Larger files are refused before they are decoded.
    memory_limit : int, float or str, optional
        Bytes, or a text such as "2GB", that the work may take at most.

    Returns
    -------
    Segmentation
        Labels, mean colours, regions, and how much of the image's colours they explain.

    Raises
    ------
    ParameterError
        A parameter is out of its range, or there are more segments than pixels.
    DataError
        The image is damaged, of another format, or its values are no colours; as `NoNumberError`, where no number of
        segments stands out.
    MemoryPlanError
        The image does not fit into memory.
    OSError
        The file cannot be read.

    Notes
    -----
    Pixels become CIELAB, where distances are differences as people see them; superpixels (SLIC) become points
    (L*, a*, b*, x, y), weighted by their pixels, and k-means divides them. Then labels minimise, node by node from
    there,
    ``E = sum_i n_i |f_i - c_l(i)|² + smoothing * sum_{i~j, l(i) != l(j)} w_ij`` with w_ij the length of the border
    between superpixels i and j, less where they differ in colour. Segments are numbered by size.

    Time: O(pixels), some 60 ns for each on one core: twelve megapixels take less than a second on two. Memory: 17 bytes
    a pixel in the result, at most 40 while it is made.

    References
    ----------
    .. [1] R. Achanta et al., "SLIC superpixels compared to state-of-the-art superpixel methods", IEEE TPAMI 34(11),
       2012, doi:10.1109/TPAMI.2012.120.
    .. [2] J. Besag, "On the statistical analysis of dirty pictures", Journal of the Royal Statistical Society B 48(3),
       1986: iterated conditional modes, section 2.5.
    .. [3] Y. Boykov, M.-P. Jolly, "Interactive graph cuts", ICCV 2001, doi:10.1109/ICCV.2001.937505: borders cost less
       where colours change, equation 5.

    Examples
    --------
    >>> import numpy as np
    >>> import ganglion as gl
    >>> image = np.zeros((30, 40, 3), np.uint8)
    >>> image[:, 25:] = (200, 30, 30)
    >>> found = gl.segment_image(image, 2, random_state=0)
    >>> [(segment.name, segment.share) for segment in found.segments]
    [('black', 0.625), ('red', 0.375)]
    """
    _check_parameters(n_segments, position, smoothing, compactness, n_superpixels, max_segments)
    pixels, source, notes = _pixels_of(image, max_pixels, memory_limit)
    rng = generator(random_state)
    parts = _parts_of(pixels, n_superpixels, compactness, memory_limit)
    n = len(parts.counts)
    if n_segments is not None and n_segments > n:
        raise ParameterError(
            f"segment_image needs n_segments <= regions of the image; got n_segments={n_segments} and {n} of "
            f"{pixels.shape[1]} x {pixels.shape[0]} pixels. Lower n_segments or raise n_superpixels."
        )
    features = _features(parts, pixels.shape, position)
    weights = parts.counts / parts.counts.mean()
    choice = None
    if n_segments is None:
        choice = choose_k(
            features, range(1, min(max_segments, n) + 1), sample_weight=weights, random_state=rng
        )
        n_segments = _chosen(choice)
    run = kmeans(features, n_segments, n_init=10, sample_weight=weights, random_state=rng)
    model = potts_model(parts, features, run.centers.astype(np.float64), run.labels, smoothing)
    labels = smoothed(model, run.labels) if smoothing > 0 else run.labels
    asked: dict[str, int | float | None] = {
        "n_segments": None if choice is not None else n_segments,
        "position": position,
        "smoothing": smoothing,
        "n_superpixels": n_superpixels,
        "compactness": compactness,
        "max_segments": max_segments,
    }
    return _finished(pixels, parts, _by_size(labels, parts), (choice, asked, source, notes))


def _chosen(choice: KChoice) -> int:
    """The number that stands out."""
    if choice.k is None:
        raise NoNumberError(
            f"No number of segments stands out: {choice.reason} Say how many there are to be (n_segments)."
        )
    return choice.k


def _check_parameters(
    n_segments: Any,
    position: Any,
    smoothing: Any,
    compactness: Any,
    n_superpixels: Any,
    max_segments: Any,
) -> None:
    counts = {
        "n_segments": (n_segments, MAX_SEGMENTS),
        "max_segments": (max_segments, MAX_SEGMENTS),
    }
    counts["n_superpixels"] = (n_superpixels, 2**31 - 1)
    for name, (value, most) in counts.items():
        if value is None and name != "max_segments":
            continue
        if (
            isinstance(value, bool)
            or not isinstance(value, Integral)
            or not 1 <= int(value) <= most
        ):
            raise ParameterError(f"{name} must be an integer from 1 to {most:,}; got {value!r}.")
    for name, value in {
        "position": position,
        "smoothing": smoothing,
        "compactness": compactness,
    }.items():
        if (
            isinstance(value, bool)
            or not isinstance(value, RealNumber)
            or not 0 <= float(value) <= 1e6
        ):
            raise ParameterError(f"{name} must be a number from 0 to 1,000,000; got {value!r}.")


def _pixels_of(
    image: Any, max_pixels: int, memory_limit: int | float | str | None
) -> tuple[Pixels, str, tuple[str, ...]]:
    """8-bit sRGB of a file or an array, its name, and notes."""
    if isinstance(image, str | os.PathLike) or hasattr(image, "read"):
        found = read_image(cast("str", image), max_pixels=max_pixels, memory_limit=memory_limit)
        return found.pixels, found.source, found.notes
    return _pixels_of_array(np.asarray(image)), "array", ()


def _pixels_of_array(array: NDArray[Any]) -> Pixels:
    channels = array.shape[2] if array.ndim == 3 else 1
    if array.ndim not in (2, 3) or channels not in (1, 3, 4) or not array.size:
        raise DataError(
            "An image must be an array (height, width), (height, width, 3) or (height, width, 4) with pixels; got "
            f"shape {array.shape}. Reorder its axes."
        )
    values = array.reshape(*array.shape[:2], channels)
    if values.dtype == np.uint8 and channels == 3:
        return np.ascontiguousarray(values)
    scaled = _scaled(values)
    if channels == 4:
        scaled = 255 - (255 - scaled[:, :, :3]) * (scaled[:, :, 3:] / 255)
    colors = np.rint(scaled).astype(np.uint8)
    return np.repeat(colors, 3, axis=2) if channels == 1 else colors


def _scaled(values: NDArray[Any]) -> Floats:
    """Values from 0 to 255."""
    if values.dtype == np.uint8 or values.dtype == np.bool_:
        return values.astype(np.float64) * (255 if values.dtype == np.bool_ else 1)
    if values.dtype == np.uint16:
        return values.astype(np.float64) / 257
    if values.dtype.kind == "f" and np.all((values >= 0) & (values <= 1)):
        return values.astype(np.float64) * 255
    if values.dtype.kind in "iu" and values.min() >= 0 and values.max() <= 255:
        return values.astype(np.float64)
    found = f" from {values.min()} to {values.max()}" if values.dtype.kind in "iuf" else ""
    raise DataError(
        f"An image must hold whole numbers from 0 to 255, floats from 0 to 1 or uint16; got {values.dtype}{found}. "
        "Scale it first."
    )


def _parts_of(
    pixels: Pixels,
    n_superpixels: int | None,
    compactness: float,
    memory_limit: int | float | str | None,
) -> Superpixels:
    """The image in small regions."""
    height, width = pixels.shape[:2]
    n_pixels = height * width
    several = min(max(n_pixels // _PIXELS_A_REGION, _FEWEST), _MOST)
    n = (n_pixels if n_pixels <= _SMALL else several) if n_superpixels is None else n_superpixels
    check_memory(
        _BYTES_A_PIXEL * n_pixels + _BYTES_A_NODE * min(n, n_pixels),
        f"Segmenting {width:,} x {height:,} = {n_pixels:,} pixels in {n:,} superpixels",
        "Scale the image down or lower n_superpixels.",
        memory_limit,
    )
    return superpixels(lab_planes(pixels), n, compactness=compactness)


def _features(parts: Superpixels, shape: tuple[int, ...], position: float) -> Floats:
    """Colour, and place in the same units, of each superpixel."""
    if position == 0:
        return parts.lab
    return np.column_stack([parts.lab, parts.places * (100 * position / max(shape[:2]))])


def _by_size(labels: Labels, parts: Superpixels) -> Labels:
    """Number labels by their pixels, the largest first; labels without any have no number."""
    _, found = np.unique(labels, return_inverse=True)
    sizes = np.bincount(found, weights=parts.counts)
    rank = np.empty(len(sizes), np.int32)
    rank[np.argsort(-sizes, kind="stable")] = np.arange(len(sizes), dtype=np.int32)
    return rank[found]


def _finished(
    pixels: Pixels,
    parts: Superpixels,
    labels: Labels,
    told: tuple[KChoice | None, str, tuple[str, ...]],
) -> Segmentation:
    """Paint the labels, and look at what they make."""
    counts = parts.counts.astype(np.float64)
    sizes = np.bincount(labels, weights=counts)
    sums = np.stack(
        [np.bincount(labels, weights=counts * parts.lab[:, c]) for c in range(3)], axis=1
    )
    lab = sums / sizes[:, None]
    mean = sums.sum(axis=0) / sizes.sum()
    tss = parts.squares - float(sizes.sum() * (mean**2).sum())
    bss = float((sizes[:, None] * (lab - mean) ** 2).sum())
    painted = labels[parts.labels]
    names, regions = core.pixels_regions(painted)
    largest = np.zeros(len(sizes), np.int64)
    np.maximum.at(largest, names, regions)
    colors = srgb_from_lab(lab)
    segments = tuple(
        Segment(
            label=c,
            share=float(sizes[c] / sizes.sum()),
            color=cast("tuple[int, int, int]", tuple(int(value) for value in colors[c])),
            lab=cast("tuple[float, float, float]", tuple(float(value) for value in lab[c])),
            name=color_name(lab[c]),
            n_regions=int(np.count_nonzero(names == c)),
            coherence=float(largest[c] / sizes[c]),
        )
        for c in range(len(sizes))
    )
    choice, asked, source, notes = told
    return Segmentation(
        labels=painted,
        segments=segments,
        superpixels=parts,
        explained=min(1.0, max(0.0, bss / tss)) if tss > 0 else 1.0,
        coherence=float(largest.sum() / sizes.sum()),
        n_regions=len(names),
        choice=choice,
        settings=asked,
        pixels=pixels,
        source=source,
        notes=notes,
    )
