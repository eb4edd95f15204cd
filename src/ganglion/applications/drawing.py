"""What a segmentation looks like: mean colours, borders over the image, the palette."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..data.pictures import scaled_down
from .segmentation import Segmentation
from .superpixels import LabelImage

# One pixel of line for each so many pixels of the longer side: a line that is seen when the image fills a screen.
_PIXELS_A_LINE = 900
_LIGHT = 62.0


def overlay(found: Segmentation, longest: int | None = None) -> NDArray[np.uint8]:
    """Return the image with the borders of its segments drawn over it.

    Parameters
    ----------
    found : Segmentation
        From `segment_image`.
    longest : int, optional
        Pixels of the longer side at most; None keeps the image's size.

    Returns
    -------
    ndarray of shape (height, width, 3), uint8
        Lines are dark inside light segments and light inside dark ones, and thicker in larger images.

    Examples
    --------
    >>> import numpy as np
    >>> import ganglion as gl
    >>> from ganglion.applications.drawing import overlay
    >>> image = np.zeros((30, 40, 3), np.uint8)
    >>> image[:, 25:] = (200, 30, 30)
    >>> drawn = overlay(gl.segment_image(image, 2, random_state=0))
    >>> drawn[0, 24].tolist(), drawn[0, 25].tolist(), drawn[0, 30].tolist()
    ([255, 255, 255], [255, 255, 255], [200, 30, 30])
    """
    pixels, labels = scaled(found, longest)
    on_border = thick_borders(labels, max(1, round(max(labels.shape) / _PIXELS_A_LINE)))
    lines = np.array(
        [0 if segment.lab[0] > _LIGHT else 255 for segment in found.segments], np.uint8
    )
    drawn = pixels.copy()
    drawn[on_border] = lines[labels[on_border]][:, None]
    return drawn


def scaled(found: Segmentation, longest: int | None) -> tuple[NDArray[np.uint8], LabelImage]:
    """Return the image and its labels at a size that a page has room for.

    Parameters
    ----------
    found : Segmentation
        From `segment_image`.
    longest : int or None
        Pixels of the longer side at most; None keeps the size.

    Returns
    -------
    pixels : ndarray of shape (h, w, 3), uint8
        Means of pixels that fall together.
    labels : ndarray of shape (h, w), int32
        The label in the middle of them.

    Examples
    --------
    >>> import numpy as np
    >>> import ganglion as gl
    >>> from ganglion.applications.drawing import scaled
    >>> found = gl.segment_image(np.zeros((40, 80), np.uint8), 1, random_state=0)
    >>> [part.shape for part in scaled(found, 20)]
    [(10, 20, 3), (10, 20)]
    """
    if longest is None:
        return found.pixels, found.labels
    pixels = scaled_down(found.pixels, longest)
    rows, columns = (
        _middles(size, small)
        for size, small in zip(found.labels.shape, pixels.shape[:2], strict=True)
    )
    return pixels, np.ascontiguousarray(found.labels[np.ix_(rows, columns)])


def _middles(size: int, small: int) -> NDArray[np.int64]:
    """The middle of each of `small` equal parts of `size` pixels."""
    return (2 * np.arange(small, dtype=np.int64) + 1) * size // (2 * small)


def alone(found: Segmentation, label: int, longest: int | None = None) -> NDArray[np.uint8]:
    """Return the image with one segment as it is, and the rest grey: pale around dark segments, dark around light ones.

    Parameters
    ----------
    found : Segmentation
        From `segment_image`.
    label : int
        The segment that is shown.
    longest : int, optional
        Pixels of the longer side at most; None keeps the image's size.

    Returns
    -------
    ndarray of shape (height, width, 3), uint8
        Greys are from 200 to 255 around dark segments and from 0 to 55 around light ones: what is outside cannot be
        taken for the segment.

    Examples
    --------
    >>> import numpy as np
    >>> import ganglion as gl
    >>> from ganglion.applications.drawing import alone
    >>> image = np.zeros((30, 40, 3), np.uint8)
    >>> image[:, 25:] = (200, 30, 30)
    >>> shown = alone(gl.segment_image(image, 2, random_state=0), 1)
    >>> shown[0, 0].tolist(), shown[0, 30].tolist()
    ([200, 200, 200], [200, 30, 30])
    """
    pixels, labels = scaled(found, longest)
    least = 0 if found.segments[label].lab[0] > _LIGHT else 200
    greys = least + pixels.mean(axis=2) * (55 / 255)
    rest = np.repeat(greys.astype(np.uint8)[:, :, None], 3, axis=2)
    return np.where((labels == label)[:, :, None], pixels, rest)


def thick_borders(labels: LabelImage, thickness: int = 1) -> NDArray[np.bool_]:
    """Return which pixels are within `thickness` of another label, along a row or a column.

    Parameters
    ----------
    labels : ndarray of shape (height, width)
        The labels.
    thickness : int, default 1
        Pixels on each side.

    Returns
    -------
    ndarray of shape (height, width), bool
        True on borders.

    Examples
    --------
    >>> import numpy as np
    >>> from ganglion.applications.drawing import thick_borders
    >>> thick_borders(np.array([[0, 0, 0, 1, 1]])).astype(int).tolist()
    [[0, 0, 1, 1, 0]]
    """
    border = np.zeros(labels.shape, np.bool_)
    # A view over rows and one over columns: what differs from the next pixel marks `thickness` pixels on both sides.
    for seen, marked in ((labels, border), (labels.T, border.T)):
        differs = seen[1:] != seen[:-1]
        for step in range(thickness):
            before, after = len(differs) - step, step + 1
            if before > 0:
                marked[:before] |= differs[step:]
                marked[after:] |= differs[: len(seen) - after]
    return border


def palette_picture(found: Segmentation, width: int = 640, height: int = 96) -> NDArray[np.uint8]:
    """Return the mean colours side by side, each as wide as its share.

    Parameters
    ----------
    found : Segmentation
        From `segment_image`.
    width, height : int
        Pixels.

    Returns
    -------
    ndarray of shape (height, width, 3), uint8
        The palette, the largest segment on the left; each colour has at least one column where there is room.

    Examples
    --------
    >>> import numpy as np
    >>> import ganglion as gl
    >>> from ganglion.applications.drawing import palette_picture
    >>> found = gl.segment_image(np.zeros((4, 4), np.uint8), 1, random_state=0)
    >>> palette_picture(found, 8, 2).shape
    (2, 8, 3)
    """
    shares = np.array([segment.share for segment in found.segments])
    ends = np.rint(np.cumsum(shares) * width).astype(np.int64)
    columns = np.searchsorted(ends[:-1], np.arange(width), side="right")
    return np.repeat(found.palette[columns][None], height, axis=0)
