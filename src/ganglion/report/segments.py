"""The page of a segmented image: how many segments of which colours, the image beside them, each by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

import numpy as np

from ..applications.colors import hex_color
from ..applications.drawing import alone, overlay, scaled
from ..applications.segmentation import Segmentation
from ..data.pictures import jpeg_bytes, png_bytes
from .parts import (
    Answer,
    ComparePart,
    GalleryPart,
    PalettePart,
    Part,
    PicturePart,
    Problem,
    ProblemsPart,
    ReproducePart,
    TablePart,
    choice_of,
    page,
)

# Tried in turn until the page fits: pixels of the longer side of large pictures, of small ones, and their quality.
_SIZES = ((1200, 360, 82), (900, 280, 75), (640, 220, 70), (400, 140, 65))
_ROOM = 1_000_000
_MOST_SHOWN = 24
# Below this share of pixels in the largest pieces, segments are colours more than things.
_SCATTERED = 0.5


def segment_report(found: Segmentation, *, seed: int | None = None, command: str = "") -> str:
    """Make the page of a segmented image.

    Parameters
    ----------
    found : Segmentation
        From `segment_image`.
    seed : int, optional
        What it was made with, to be told.
    command : str, default ""
        The command line that makes it again.

    Returns
    -------
    str
        One self-contained HTML file under 1.5 MB, with the pictures inside.

    Examples
    --------
    >>> import numpy as np
    >>> import ganglion as gl
    >>> from ganglion.report.segments import segment_report
    >>> found = gl.segment_image(np.zeros((8, 8), np.uint8), 1, random_state=0)
    >>> "1 segment" in segment_report(found, seed=0)
    True
    """
    parts: list[Answer | Part] = [_answer(found), *_pictures(found), _palette(found), _table(found)]
    parts += _choice(found)
    if found.notes:
        notes = [
            Problem(name=f"while reading, {at}", sentence=f"{note[:1].upper()}{note[1:]}.")
            for at, note in enumerate(found.notes, start=1)
        ]
        parts.append(ProblemsPart(problems=notes))
    parts.append(_reproduce(found, seed, command))
    return page(f"Segments of {found.source}", parts, kicker=found.source)


def _percent(share: float) -> str:
    """A share as the terminal writes it, on one line."""
    return f"{100 * share:.{0 if 0.1 <= share < 0.995 or share == 1 else 1}f}\u00a0%"


def _answer(found: Segmentation) -> Answer:
    """How many, which, and how much they explain."""
    height, width = found.labels.shape
    k = len(found.segments)
    names = [f"{s.name} ({_percent(s.share)})" for s in found.segments[:6]]
    more = f" and {k - 6} more" if k > 6 else ""
    sentences = [
        f"{k} {'segment' if k == 1 else 'segments'}",
        f"By size: {', '.join(names)}{more}.",
        f"They account for {_percent(found.explained)} of the spread of colours.",
    ]
    doubts: list[str] = []
    if k > 1 and found.coherence < _SCATTERED:
        doubts.append(
            f"Only {_percent(found.coherence)} of the pixels lie in the largest piece of their segment: the segments "
            "are colours that occur in many places more than things. More smoothing or a larger position joins them."
        )
    facts = (
        ("segments", f"{k}"),
        ("pixels", f"{width:,} x {height:,}"),
        ("pieces", f"{found.n_regions:,}"),
        ("superpixels", f"{len(found.superpixels.counts):,}"),
    )
    return Answer(sentences=sentences, facts=facts, doubts=doubts)


def _pictures(found: Segmentation) -> list[Part]:
    """The image against its segments, the borders, and each segment by itself."""
    large: list[bytes] = []
    each: list[bytes] = []
    for longest, small, quality in _SIZES:
        pixels, labels = scaled(found, longest)
        large = [
            jpeg_bytes(pixels, quality=quality),
            png_bytes(labels, found.palette),
            jpeg_bytes(overlay(found, longest), quality=quality),
        ]
        shown = range(min(len(found.segments), _MOST_SHOWN))
        each = [jpeg_bytes(alone(found, c, small), quality=quality) for c in shown]
        if sum(map(len, large)) + sum(map(len, each)) < _ROOM:
            break
    return [*_large(found, large), *_each(found, each)]


def _large(found: Segmentation, files: Sequence[bytes]) -> list[Part]:
    before, after, borders = files
    k = len(found.segments)
    return [
        ComparePart(
            before=before,
            after=after,
            names=("the image", "its segments"),
            alt=f"The image, and the same in the {k} mean colours of its segments",
            title="The image and its segments",
            caption="Each segment is shown in its mean colour.",
        ),
        PicturePart(
            picture=borders,
            alt=f"The image with lines around its {found.n_regions} pieces",
            title="Where the borders are",
            caption="Lines are dark in light segments and light in dark ones.",
        ),
    ]


def _each(found: Segmentation, files: Sequence[bytes]) -> list[Part]:
    pictures = [
        PicturePart(
            picture=file,
            alt=f"Segment {s.label}, {s.name}: its pixels as they are, the rest grey",
            title=f"{s.label}: {s.name}",
            caption=f"{_percent(s.share)} of the image in {s.n_regions:,} {'piece' if s.n_regions == 1 else 'pieces'}",
        )
        for s, file in zip(found.segments, files, strict=False)
    ]
    left = len(found.segments) - len(pictures)
    caption = f"The {len(pictures)} largest; {left} more are in the table." if left else ""
    return [GalleryPart(pictures=pictures, title="Each segment by itself", caption=caption)]


def _palette(found: Segmentation) -> PalettePart:
    return PalettePart(
        colours=[(hex_color(s.color), s.share, s.name) for s in found.segments],
        caption="Mean colours of the segments, each as wide as its share.",
    )


def _table(found: Segmentation) -> TablePart:
    columns = (
        "name",
        "colour",
        "segment",
        "share in %",
        "pieces",
        "largest piece in %",
        "L*",
        "a*",
        "b*",
    )
    rows = [
        (
            s.name,
            hex_color(s.color),
            s.label,
            round(100 * s.share, 2),
            s.n_regions,
            round(100 * s.coherence, 1),
            *(round(value, 1) for value in s.lab),
        )
        for s in found.segments
    ]
    return TablePart(columns=columns, rows=rows, title="The segments in numbers")


def _choice(found: Segmentation) -> list[Part]:
    """The curves over the number of segments, where it was chosen."""
    if found.choice is None:
        return []
    return [choice_of(found.choice, used=len(found.segments))]


def _reproduce(found: Segmentation, seed: int | None, command: str) -> ReproducePart:
    settings = [
        (name, "chosen" if value is None else f"{value:g}")
        for name, value in asdict(found.settings).items()
    ]
    return ReproducePart(
        command=command,
        seed=seed,
        versions=[("numpy", np.__version__)],
        parameters=settings,
        done=[
            "Pixels were compared in CIELAB, where distances are differences as people see them.",
            f"{len(found.superpixels.counts):,} superpixels were grouped by colour and place; then neighbours had to "
            "agree where their colours do.",
        ],
    )
