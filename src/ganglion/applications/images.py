"""Images by their regions: superpixels, clusters of their colours and places, and labels that agree with neighbours."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import BinaryIO, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._errors import ParameterError
from .._memory import check_memory
from .._random import RandomState, generator
from ..cluster import kmeans
from ..data.images import MAX_PIXELS, Pixels
from ..selection import KChoice, choose_k
from ._describing import Told, described
from ._pixels import pixels_of
from ._smoothing import join_crumbs, potts_model, refine_borders, smoothed
from .colors import Floats, LabPlanes, lab_planes
from .segmentation import NoNumberError, Segmentation, SegmentSettings
from .superpixels import Superpixels, superpixels

Labels: TypeAlias = NDArray[np.int32]

_FLAT = "its number of colours is {}, and each is a segment"
_FEWER = "its number of colours is {}: {} segments divide what looks the same"
# Up to this many pixels each is a region of its own; above, regions of some 150 pixels, within these numbers.
_SMALL = 40_000
_PIXELS_A_REGION, _FEWEST, _MOST = 150, 2_000, 10_000
# Planes 6, two labels 4 each, and pieces of labels: 15 in a photograph, up to 70 in noise.
_BYTES_A_PIXEL = 80
# Of a small image, as a matrix with a graph between its rows.
_BYTES_A_NODE = 200


def segment_image(
    image: str | os.PathLike[str] | BinaryIO | ArrayLike,
    n_clusters: int | None = None,
    *,
    position: float = 0.1,
    smoothing: float = 1.0,
    n_superpixels: int | None = None,
    compactness: float = 10.0,
    max_clusters: int = 12,
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
    n_clusters : int or None, default None
        From 1 to 256; None lets `choose_k` look for the number, but for an image of at most `max_clusters` flat
        colours, which are its segments.
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
    max_clusters : int, default 12
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
    between superpixels i and j, less where they differ in colour. Last, pixels on borders choose again by the same
    rule, each by itself: superpixels are as coarse as their grid where an image is smooth; and pieces below a quarter
    of a superpixel join a neighbour. Segments are numbered by size.

    Time: O(pixels), some 0.2 µs for each on one core, most of which several cores share. Memory: 17 bytes
    a pixel in the result, some 25 while it is made, at most 80 in an image of noise.

    References
    ----------
    .. [1] R. Achanta et al., "SLIC superpixels compared to state-of-the-art superpixel methods", IEEE TPAMI 34(11),
       2012, doi:10.1109/TPAMI.2012.120.
    .. [2] J. Besag, "On the statistical analysis of dirty pictures", Journal of the Royal Statistical Society B 48(3),
       1986: iterated conditional modes, section 2.5.
    .. [3] P. Perona, J. Malik, "Scale-space and edge detection using anisotropic diffusion", IEEE TPAMI 12(7), 1990,
       doi:10.1109/34.56205: how much less borders cost where colours change, the second function of section V.

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
    asked = SegmentSettings(
        n_clusters=n_clusters,
        position=position,
        smoothing=smoothing,
        n_superpixels=n_superpixels,
        compactness=compactness,
        max_clusters=max_clusters,
    )
    rng = generator(random_state)
    pixels, source, notes = pixels_of(image, max_pixels, memory_limit)
    planes = _planes_of(pixels, asked, memory_limit)
    parts = superpixels(planes, _n_superpixels(planes.shape, asked), compactness=compactness)
    features = _features(parts, planes.shape, position)
    grouped = _grouped(parts, features, asked, rng)
    labels = grouped.labels
    if smoothing > 0:
        labels = smoothed(potts_model(parts, features, grouped.centers, labels, smoothing), labels)
    painted = labels[parts.labels]
    if smoothing > 0 and len(parts.counts) < painted.size:
        refine_borders(planes, painted, grouped.centers, smoothing=smoothing, position=position)
        join_crumbs(planes, painted, len(parts.counts))
    notes = (*notes, grouped.note) if grouped.note else notes
    return described(pixels, planes, painted, parts, Told(grouped.choice, asked, source, notes))


@dataclass(frozen=True)
class _Grouped:
    """Superpixels in clusters: labels (n,), centres (k, d), how their number was chosen, and what is to be said."""

    labels: Labels
    centers: Floats
    choice: KChoice | None
    note: str = ""


def _grouped(
    parts: Superpixels, features: Floats, asked: SegmentSettings, rng: np.random.Generator
) -> _Grouped:
    """Cluster superpixels, weighted by their pixels."""
    n, k, choice = len(parts.counts), asked.n_clusters, None
    if k is not None and k > n:
        raise ParameterError(
            f"segment_image needs n_clusters <= regions of the image; got n_clusters={k} and {n} regions in "
            f"{parts.labels.size:,} pixels. Lower n_clusters or raise n_superpixels."
        )
    weights = parts.counts / parts.counts.mean()
    flat = None if k is not None else _flat_colors(parts, features, asked.max_clusters)
    if flat is not None:
        run = kmeans(features, len(flat), init=flat, sample_weight=weights)
        return _Grouped(run.labels, run.centers.astype(np.float64), None, _FLAT.format(len(flat)))
    if k is None:
        tried = range(1, min(asked.max_clusters, n) + 1)
        choice = choose_k(features, tried, sample_weight=weights, random_state=rng)
        k = _chosen(choice)
    run = kmeans(features, k, n_init=10, sample_weight=weights, random_state=rng)
    n_colors = len(np.unique(parts.lab, axis=0))
    note = _FEWER.format(n_colors, k) if n_colors < k else ""
    return _Grouped(run.labels, run.centers.astype(np.float64), choice, note)


def _flat_colors(parts: Superpixels, features: Floats, most: int) -> Floats | None:
    """Means of the superpixels of each colour, where an image has so few that each is a segment: flags, logos."""
    colors, which = np.unique(parts.lab, axis=0, return_inverse=True)
    if len(colors) > most:
        return None
    counts = parts.counts.astype(np.float64)
    sums = [np.bincount(which, weights=counts * column) for column in features.T]
    return np.stack(sums, axis=1) / np.bincount(which, weights=counts)[:, None]


def _chosen(choice: KChoice) -> int:
    """The number that stands out."""
    if choice.k is None:
        raise NoNumberError(
            f"No number of segments stands out: {choice.reason} Say how many there are to be (n_clusters)."
        )
    return choice.k


def _n_superpixels(shape: tuple[int, int], asked: SegmentSettings) -> int:
    """As many as were asked for; otherwise by the size of the image."""
    n_pixels = shape[0] * shape[1]
    if asked.n_superpixels is not None:
        return min(asked.n_superpixels, n_pixels)
    if n_pixels <= _SMALL:
        return n_pixels
    return min(max(n_pixels // _PIXELS_A_REGION, _FEWEST), _MOST)


def _planes_of(
    pixels: Pixels, asked: SegmentSettings, memory_limit: int | float | str | None
) -> LabPlanes:
    """CIELAB, where there is memory for all that follows."""
    height, width = pixels.shape[:2]
    n = _n_superpixels((height, width), asked)
    check_memory(
        _BYTES_A_PIXEL * height * width + _BYTES_A_NODE * n,
        f"Segmenting {width:,} x {height:,} = {height * width:,} pixels in {n:,} superpixels",
        "Scale the image down or lower n_superpixels.",
        memory_limit,
    )
    return lab_planes(pixels)


def _features(parts: Superpixels, shape: tuple[int, ...], position: float) -> Floats:
    """Colour, and place in the same units, of each superpixel."""
    if position == 0:
        return parts.lab
    return np.column_stack([parts.lab, parts.places * (100 * position / max(shape[:2]))])
