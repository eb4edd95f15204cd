"""The records of a segmented image: what was asked, each segment, all of it."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Integral
from numbers import Real as RealNumber
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._errors import DataError, ParameterError
from ..data.images import Pixels
from ..selection import KChoice
from .superpixels import LabelImage, Superpixels

MAX_SEGMENTS = 256
_MOST_REGIONS, _LARGEST = 2**31 - 1, 1e6


@dataclass(frozen=True, kw_only=True)
class SegmentSettings:
    """The parameters of `segment_image`, checked.

    Attributes
    ----------
    n_clusters : int or None
        How many segments; None where the number was looked for.
    position, smoothing : float
        What place counts beside colour, and how much neighbours must agree.
    n_superpixels : int or None
        About how many superpixels; None where the size of the image decided.
    compactness : float
        Of superpixels.
    max_clusters : int
        Where the search for the number ends.

    Raises
    ------
    ParameterError
        A parameter is out of its range.
    """

    n_clusters: int | None
    position: float
    smoothing: float
    n_superpixels: int | None
    compactness: float
    max_clusters: int

    def __post_init__(self) -> None:
        counts = {
            "n_clusters": MAX_SEGMENTS,
            "max_clusters": MAX_SEGMENTS,
            "n_superpixels": _MOST_REGIONS,
        }
        for name, most in counts.items():
            value: Any = getattr(self, name)
            if value is None and name != "max_clusters":
                continue
            if not _is_number(value, Integral) or not 1 <= int(value or 0) <= most:
                raise ParameterError(
                    f"{name} must be an integer from 1 to {most:,}; got {value!r}."
                )
        for name in ("position", "smoothing", "compactness"):
            value = getattr(self, name)
            if not _is_number(value, RealNumber) or not 0 <= value <= _LARGEST:
                raise ParameterError(
                    f"{name} must be a number from 0 to {_LARGEST:,.0f}; got {value!r}."
                )


def _is_number(value: object, kind: type) -> bool:
    """Whether a value is a number of this kind, and no truth value."""
    return isinstance(value, kind) and not isinstance(value, bool)


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
    settings : SegmentSettings
        What was asked for.
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
    settings: SegmentSettings
    pixels: Pixels
    source: str
    notes: tuple[str, ...]

    def __repr__(self) -> str:
        height, width = self.labels.shape
        colours = ", ".join(f"{one.name} {100 * one.share:.0f} %" for one in self.segments)
        return f"<Segmentation of {width} x {height} pixels in {len(self.segments)}: {colours}>"

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
