"""Pictures as bytes: arrays of colours, of numbered colours or of truths become PNG and JPEG."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._errors import DataError

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

MOST_COLORS = 256
# zlib's Z_RLE.
_RUNS = 3


def png_bytes(pixels: ArrayLike, palette: ArrayLike | None = None) -> bytes:
    """Encode an array as a PNG.

    Parameters
    ----------
    pixels : array-like of shape (height, width, 3), (height, width)
        uint8 colours or greys; truth values, which take one bit each; or with `palette` the number of each pixel's
        colour.
    palette : array-like of shape (n_colors, 3), optional
        At most 256 colours of uint8 for an indexed PNG.

    Returns
    -------
    bytes
        The file. The same input gives the same bytes, with one version of zlib.

    Raises
    ------
    DataError
        The shapes are others, or a number has no colour in the palette.

    Examples
    --------
    >>> from ganglion.data import png_bytes
    >>> png_bytes([[0, 1]], palette=[[255, 0, 0], [0, 0, 255]])[:4]
    b'\\x89PNG'
    """
    buffer = BytesIO()
    if palette is None:
        _picture(np.asarray(pixels)).save(buffer, "PNG", compress_level=2)
        return buffer.getvalue()
    # Numbered pixels are long runs: looking for nothing else takes less time and fewer bytes.
    picture = _numbered(np.asarray(pixels), np.asarray(palette))
    picture.save(buffer, "PNG", compress_type=_RUNS)
    return buffer.getvalue()


def jpeg_bytes(pixels: ArrayLike, *, quality: int = 90) -> bytes:
    """Encode colours as a JPEG.

    Parameters
    ----------
    pixels : array-like of shape (height, width, 3)
        Colours of uint8.
    quality : int, default 90
        From 1 to 95; more makes a larger file that is nearer to the pixels.

    Returns
    -------
    bytes
        The file.

    Raises
    ------
    DataError
        The array holds no colours.

    Examples
    --------
    >>> import numpy as np
    >>> from ganglion.data import jpeg_bytes
    >>> jpeg_bytes(np.zeros((8, 8, 3), np.uint8))[:3]
    b'\\xff\\xd8\\xff'
    """
    buffer = BytesIO()
    _picture(np.asarray(pixels)).save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


def scaled_down(pixels: NDArray[np.uint8], longest: int) -> NDArray[np.uint8]:
    """Return colours at a size that a page has room for.

    Parameters
    ----------
    pixels : ndarray of shape (height, width, 3)
        Colours of uint8.
    longest : int
        Pixels of the longer side at most.

    Returns
    -------
    ndarray of shape (height, width, 3)
        Means of the pixels that fall together; `pixels` itself where it is small enough.

    Examples
    --------
    >>> import numpy as np
    >>> from ganglion.data import scaled_down
    >>> scaled_down(np.zeros((40, 80, 3), np.uint8), 20).shape
    (10, 20, 3)
    """
    height, width = pixels.shape[:2]
    if max(height, width) <= longest:
        return pixels
    from PIL import Image as Pillow

    scale = longest / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return np.asarray(
        Pillow.fromarray(pixels).resize(size, Pillow.Resampling.BOX, reducing_gap=2.0)
    )


def _picture(pixels: NDArray[Any]) -> Picture:
    from PIL import Image as Pillow

    kind = pixels.dtype
    if kind == np.bool_ and pixels.ndim == 2 and pixels.size:
        packed = np.packbits(pixels, axis=1)
        return Pillow.frombytes("1", (pixels.shape[1], pixels.shape[0]), packed.tobytes())
    colors = pixels.ndim == 3 and pixels.shape[2] == 3
    if kind != np.uint8 or not (colors or pixels.ndim == 2) or not pixels.size:
        raise DataError(
            "A picture must be an array (height, width, 3) or (height, width) of uint8, or (height, width) of truth "
            f"values; got shape {pixels.shape} of {kind}. Convert it first."
        )
    return Pillow.fromarray(np.ascontiguousarray(pixels))


def _numbered(numbers: NDArray[Any], palette: NDArray[Any]) -> Picture:
    from PIL import Image as Pillow

    if palette.ndim != 2 or palette.shape[1] != 3 or not 1 <= len(palette) <= MOST_COLORS:
        raise DataError(
            f"A palette must hold from 1 to {MOST_COLORS} colours (n, 3); got shape {palette.shape}. "
            "Use fewer colours."
        )
    if numbers.ndim != 2 or not numbers.size or numbers.dtype.kind not in "iu":
        raise DataError(
            f"Numbered pixels must be integers (height, width); got shape {numbers.shape} of {numbers.dtype}. "
            "Pass labels, or colours without a palette."
        )
    low, high = int(numbers.min()), int(numbers.max())
    if low < 0 or high >= len(palette):
        raise DataError(
            f"Every pixel must have a colour; numbers go from {low} to {high}, the palette from 0 to "
            f"{len(palette) - 1}. Add colours or change the numbers."
        )
    picture = Pillow.fromarray(np.ascontiguousarray(numbers, dtype=np.uint8))
    picture.putpalette(palette.astype(np.uint8).tobytes())
    return picture
