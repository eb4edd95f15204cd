"""Images: a PNG, JPEG, BMP or Netpbm file becomes 8-bit sRGB pixels; what had to be decided on the way is said."""

from __future__ import annotations

import contextlib
import os
import warnings
from collections.abc import Callable, Generator
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any, BinaryIO, TypeAlias

import numpy as np
from numpy.typing import NDArray

from .._errors import DataError
from .._memory import check_memory

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

Pixels: TypeAlias = NDArray[np.uint8]
"""(height, width, 3), sRGB."""

MAX_PIXELS = 250_000_000
# While it is decoded and turned upright: Pillow has 4 bytes for each pixel, twice, and the array 3.
_BYTES_A_PIXEL = 11
# Columns and regions are numbered with 32 bits.
_MOST_PIXELS = 2**31 - 1
# Of a pipe, which may have no end.
_LONGEST_STREAM = 2**30
# No deflate stream grows by more than this.
_LARGEST_EXPANSION = 1032

# Only these decoders are ever reached, whatever others Pillow has: few, old and without external data.
_SIGNATURES = {
    b"\x89PNG\r\n\x1a\n": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"BM": "BMP",
    b"P4": "Netpbm",
    b"P5": "Netpbm",
    b"P6": "Netpbm",
}
_OTHERS = {
    b"GIF8": "a GIF",
    b"II*\0": "a TIFF",
    b"MM\0*": "a TIFF",
    b"%PDF": "a PDF",
    b"<svg": "an SVG",
    b"<?xm": "an SVG or XML",
    b"\0\0\1\0": "an icon",
    b"8BPS": "a Photoshop",
}
_ORIENTATION = 0x0112
_UPRIGHT = 1
_SOLID = 255


@dataclass(frozen=True)
class Image:
    """An image as pixels.

    Attributes
    ----------
    pixels : ndarray of shape (height, width, 3), uint8
        sRGB, upright.
    source : str
        The file's name, "-" for standard input.
    format : {"PNG", "JPEG", "BMP", "Netpbm"}
        What the file is, by its first bytes.
    mode : str
        How the file keeps its pixels, in Pillow's words: "RGB", "L", "RGBA", "P", "CMYK", "I;16" ...
    notes : tuple of str
        What was decided while reading: transparency, a colour profile, an orientation, more bits than 8.
    """

    pixels: Pixels
    source: str
    format: str
    mode: str
    notes: tuple[str, ...]


def read_image(
    path: str | os.PathLike[str] | BinaryIO,
    *,
    max_pixels: int = MAX_PIXELS,
    memory_limit: int | float | str | None = None,
) -> Image:
    """Read an image file as 8-bit sRGB pixels.

    Parameters
    ----------
    path : str, path-like or binary file
        A PNG, JPEG, BMP or Netpbm (PGM, PPM) file, recognised by its first bytes, not by its name.
    max_pixels : int, default 250,000,000
        Larger images are refused before anything is decoded.
    memory_limit : int, float or str, optional
        Bytes, or a text such as "2GB", that reading may take at most; None takes what the machine has.

    Returns
    -------
    Image
        Pixels, and notes on what had to be decided: transparent pixels are laid over white, an orientation of the
        camera is applied, 16 bits become 8, colours are read as sRGB whatever profile the file embeds.

    Raises
    ------
    DataError
        The file is empty, of another format, damaged, cut short or too large.
    MemoryPlanError
        The pixels do not fit into memory.
    OSError
        The file cannot be read.

    Notes
    -----
    Sizes are read from the header, and judged, before a pixel is decoded: a file of a hundred bytes that claims
    100,000 x 100,000 pixels costs nothing. A PNG that claims more pixels than its bytes could expand to is refused
    as well. Time and memory are O(pixels): some 10 ns and 11 bytes for each while reading, 3 after.

    Examples
    --------
    >>> from ganglion.data import read_image, png_bytes
    >>> import io
    >>> import numpy as np
    >>> file = io.BytesIO(png_bytes(np.zeros((2, 3, 3), np.uint8)))
    >>> image = read_image(file)
    >>> image.pixels.shape, image.format, image.notes
    ((2, 3, 3), 'PNG', ())
    """
    if not isinstance(path, str | os.PathLike):
        # A pipe cannot be searched, and the size of a file is part of what is checked.
        content = path.read(_LONGEST_STREAM + 1)
        if len(content) > _LONGEST_STREAM:
            raise DataError(
                f"An image from a stream must have at most {_LONGEST_STREAM:,} bytes; this one goes on. Name a file."
            )
        return _read(BytesIO(content), "-", max_pixels, memory_limit)
    source = os.fspath(path)
    with open(source, "rb") as file:
        return _read(file, os.path.basename(source), max_pixels, memory_limit)


def _read(
    file: BinaryIO, source: str, max_pixels: int, memory_limit: int | float | str | None
) -> Image:
    """Open by signature, judge the size, decode."""
    form = _format_of(file, source)
    with _damage_named(source, form), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow's on metadata; what is wrong with pixels is raised
        picture = _decoders()[form](file)
        _check_size(picture, file, source, (max_pixels, memory_limit))
        notes: list[str] = []
        mode = _mode_of(picture)
        if mode.endswith(" of 16 bits"):
            notes.append("its 16 bits a channel are read as 8")
        picture.load()
        if picture.info.get("icc_profile") and b"sRGB" not in picture.info["icc_profile"]:
            notes.append("its colour profile is not applied: colours are read as sRGB")
        if getattr(picture, "n_frames", 1) > 1:
            notes.append(f"it holds {picture.n_frames} pictures, of which the first is read")
        upright = _upright(picture, notes)
        return Image(_pixels(upright, notes), source, form, mode, tuple(notes))


def _format_of(file: BinaryIO, source: str) -> str:
    """The format by the first bytes."""
    head = file.read(16)
    file.seek(0)
    if not head:
        raise DataError(f"An image file must hold an image; {source!r} is empty. Check the path.")
    for signature, form in _SIGNATURES.items():
        if head.startswith(signature):
            return form
    found = next((name for start, name in _OTHERS.items() if head.startswith(start)), "no such")
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        found = "a WebP"
    if head[4:8] == b"ftyp":
        found = "a HEIC, AVIF or film"
    raise DataError(
        f"An image must be a PNG, JPEG, BMP or Netpbm file; {source!r} is {found} file, by its first bytes. "
        "Save it as PNG or JPEG."
    )


def _decoders() -> dict[str, Callable[[BinaryIO], Any]]:
    """Pillow's own classes: its `Image.open` would look through every format that it knows."""
    from PIL import BmpImagePlugin, JpegImagePlugin, PngImagePlugin, PpmImagePlugin

    return {
        "PNG": PngImagePlugin.PngImageFile,
        "JPEG": JpegImagePlugin.JpegImageFile,
        "BMP": BmpImagePlugin.BmpImageFile,
        "Netpbm": PpmImagePlugin.PpmImageFile,
    }


@contextlib.contextmanager
def _damage_named(source: str, form: str) -> Generator[None]:
    """Whatever a decoder has to say about damage, in one error."""
    try:
        yield
    except DataError:
        raise
    except (OSError, SyntaxError, ValueError, EOFError, IndexError, TypeError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise  # the system's, not the decoder's
        what = str(error).strip() or type(error).__name__
        raise DataError(
            f"An image file must be whole; {source!r} begins as {form} and cannot be decoded: {what}. "
            "Copy or download it again."
        ) from error


def _check_size(
    picture: Picture,
    file: BinaryIO,
    source: str,
    limits: tuple[int, int | float | str | None],
) -> None:
    """Refuse what is too large, by the header alone."""
    max_pixels, memory_limit = limits
    width, height = picture.size
    pixels, most = width * height, min(max_pixels, _MOST_PIXELS)
    size = f"{width:,} x {height:,} = {pixels:,} pixels"
    if pixels > most:
        raise DataError(
            f"An image must have at most {most:,} pixels; {source!r} claims {size}. "
            "Scale it down, or raise max_pixels."
        )
    n_bytes = os.fstat(file.fileno()).st_size if _is_real(file) else len(_buffer(file))
    if picture.format == "PNG" and pixels // 8 > _LARGEST_EXPANSION * n_bytes:
        raise DataError(
            f"An image file must be whole; {source!r} claims {size}, which cannot be in its {n_bytes:,} bytes. "
            "Copy or download it again."
        )
    check_memory(
        _BYTES_A_PIXEL * pixels,
        f"Reading {source!r} with its {size}",
        "Scale the image down first.",
        memory_limit,
    )


def _is_real(file: BinaryIO) -> bool:
    return not isinstance(file, BytesIO)


def _buffer(file: BinaryIO) -> memoryview:
    assert isinstance(file, BytesIO)
    return file.getbuffer()


def _mode_of(picture: Any) -> str:
    """How the file keeps its pixels; Pillow hands out 16 bits of three channels as 8 without a word."""
    arguments = str(picture.tile[0][3]) if picture.tile else ""
    return (
        f"{picture.mode} of 16 bits"
        if ";16" in arguments and "I" not in picture.mode
        else picture.mode
    )


def _upright(picture: Picture, notes: list[str]) -> Picture:
    """The picture as its camera was held."""
    from PIL import ImageOps

    try:
        turned = picture.getexif().get(_ORIENTATION, _UPRIGHT)
    except Exception:
        # a damaged block of metadata is no damage to the pixels, whatever its parser trips over
        notes.append("its metadata are damaged and were not read")
        return picture
    if turned == _UPRIGHT or turned not in range(2, 9):
        return picture
    notes.append("it was turned upright, as its camera says")
    return ImageOps.exif_transpose(picture)


def _pixels(picture: Picture, notes: list[str]) -> Pixels:
    """8-bit sRGB of any mode."""
    mode = picture.mode
    if mode == "I" or mode.startswith("I;16"):
        return _deep_greys(picture, notes)
    if mode in ("LA", "PA", "La", "RGBA", "RGBa") or "transparency" in picture.info:
        return _over_white(picture, notes)
    if mode == "CMYK":
        notes.append("its printing colours (CMYK) are converted without a profile")
    return np.asarray(picture if mode == "RGB" else picture.convert("RGB"))


def _deep_greys(picture: Picture, notes: list[str]) -> Pixels:
    """Greys of 16 bits, as 8: of the formats that are read none has more."""
    notes.append("its greys of 16 bits are read as 8")
    greys = ((np.asarray(picture).astype(np.uint32) + 128) // 257).astype(np.uint8)
    return np.repeat(greys[:, :, None], 3, axis=2)


def _over_white(picture: Picture, notes: list[str]) -> Pixels:
    """Transparent pixels over a white ground."""
    from PIL import Image as Pillow

    seen = picture.convert("RGBA")
    low = np.asarray(seen.getchannel("A")).min()
    if low == _SOLID:
        return np.asarray(seen.convert("RGB"))
    notes.append("its transparent pixels are laid over white")
    ground = Pillow.new("RGBA", seen.size, (255, 255, 255, 255))
    ground.alpha_composite(seen)
    return np.asarray(ground.convert("RGB"))
