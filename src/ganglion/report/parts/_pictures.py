"""Pictures: one, two to compare under a slider, many side by side, and the colours of one."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..._errors import DataError
from .. import _wording
from .sizing import Drawn, Limits

# By the first bytes: a picture is shown as what it is, whatever it is called.
_KINDS = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"RIFF", "image/webp"),
)


@dataclass(frozen=True, kw_only=True)
class PicturePart:
    """One picture.

    Attributes
    ----------
    picture : bytes or str
        PNG, JPEG or WebP; or SVG as text, which is shown as a picture and runs nothing.
    alt : str
        What it shows, for those who do not see it.
    caption : str
        What is written below it.
    title : str
        What the section is called; of a picture in a gallery, what stands above it.
    """

    picture: bytes | str
    alt: str
    caption: str = ""
    title: str = "The picture"


@dataclass(frozen=True, kw_only=True)
class ComparePart:
    """Two pictures of the same size, one over the other, with a slider between them.

    Attributes
    ----------
    before, after : bytes or str
        The pictures, as `PicturePart` takes them.
    names : pair of str
        What they are called.
    alt : str
        What they show.
    caption : str
        What is written below.
    title : str
        What the section is called.
    """

    before: bytes | str
    after: bytes | str
    names: tuple[str, str] = ("before", "after")
    alt: str = ""
    caption: str = ""
    title: str = "Before and after"


@dataclass(frozen=True, kw_only=True)
class GalleryPart:
    """Pictures side by side.

    Attributes
    ----------
    pictures : sequence of PicturePart
        The pictures in order.
    title : str
        What the section is called.
    caption : str
        What they are.
    """

    pictures: Sequence[PicturePart]
    title: str
    caption: str = ""


@dataclass(frozen=True, kw_only=True)
class PalettePart:
    """Colours, each as wide as its share.

    Attributes
    ----------
    colours : sequence of (str, float, str)
        "#rrggbb", its share from 0 to 1, and a name, which may be empty.
    title : str
        What the section is called.
    caption : str
        What they are the colours of.
    """

    colours: Sequence[tuple[str, float, str]]
    title: str = "The palette"
    caption: str = ""


def draw_picture(part: PicturePart, limits: Limits) -> Drawn:
    """The picture inside the page."""
    return Drawn("picture", limits.name(part.title), {"picture": _shown(part, limits)})


def draw_compare(part: ComparePart, limits: Limits) -> Drawn:
    """Both pictures; the script lays one over the other."""
    return Drawn(
        "compare",
        limits.name(part.title),
        {
            "before": address_of(part.before),
            "after": address_of(part.after),
            "names": tuple(limits.name(name) for name in part.names),
            "alt": limits.shown(part.alt),
            "caption": limits.shown(part.caption),
        },
    )


def draw_gallery(part: GalleryPart, limits: Limits) -> Drawn:
    """As many pictures as may be listed."""
    shown = part.pictures[: limits.listed]
    return Drawn(
        "gallery",
        limits.name(part.title),
        {
            "pictures": [_shown(picture, limits) for picture in shown],
            "n_pictures": len(part.pictures),
            "caption": limits.shown(part.caption),
        },
    )


def draw_palette(part: PalettePart, limits: Limits) -> Drawn:
    """One bar of all colours, and each with its code."""
    start, bars = 0.0, list[Mapping[str, object]]()
    wrong = [share for _, share, _ in part.colours if not 0 <= share <= 1]
    if wrong:
        raise DataError(
            f"Shares of colours must be from 0 to 1; got {wrong[0]!r}. Divide by the whole."
        )
    total = sum(share for _, share, _ in part.colours) or 1.0
    for colour, share, name in part.colours[: limits.listed]:
        if not re.fullmatch("#[0-9a-fA-F]{6}", colour):
            raise DataError(f"A colour must be #rrggbb; got {colour!r}. Write it with six digits.")
        width = 100 * share / total
        bars.append(
            {
                "colour": colour.lower(),
                "x": round(start, 3),
                "width": round(width, 3),
                "share": _wording.percent(share),
                "name": limits.name(name),
            }
        )
        start += width
    return Drawn(
        "palette",
        limits.name(part.title),
        {"bars": bars, "n_colours": len(part.colours), "caption": limits.shown(part.caption)},
    )


def address_of(picture: bytes | str) -> str:
    """Return a picture as an address that holds it, for an image element, where nothing in it can run.

    Parameters
    ----------
    picture : bytes or str
        PNG, JPEG or WebP; SVG as text.

    Returns
    -------
    str
        ``data:image/...``.

    Raises
    ------
    DataError
        Bytes that are none of these.
    """
    if isinstance(picture, str):
        if "<svg" not in picture[:1000]:
            raise DataError(f"A picture given as text must be SVG; got {picture[:40]!r}.")
        kind, data = "image/svg+xml", picture.encode("utf-8")
    else:
        data = bytes(picture)
        known = [kind for start, kind in _KINDS if data.startswith(start)]
        if not known:
            raise DataError(
                f"A picture must be PNG, JPEG or WebP, or SVG as text; got {len(data):,} bytes that begin with "
                f"{data[:8]!r}."
            )
        kind = known[0]
    return f"data:{kind};base64,{base64.b64encode(data).decode('ascii')}"


def _shown(part: PicturePart, limits: Limits) -> Mapping[str, object]:
    """One picture with its words."""
    return {
        "address": address_of(part.picture),
        "alt": limits.shown(part.alt),
        "caption": limits.shown(part.caption),
        "title": limits.name(part.title),
    }
