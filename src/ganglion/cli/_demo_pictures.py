"""The part of `ganglion demo` with a photograph: the same k-means, asked about pixels instead of penguins."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from ..applications.images import Segmentation, segment_image
from ._demo_saying import tell, title
from ._printing import percent
from ._segment_files import SegmentFiles, write_segment_files
from ._talk import Screen, Talk

N_SEGMENTS = 4


def tell_picture(screen: Screen, page: str) -> None:
    """Divide a photograph that comes with scikit-learn into segments, say what they are, and write their page."""
    path = _photograph("flower.jpg")
    found = segment_image(path, N_SEGMENTS, random_state=0)
    command = f"ganglion segment {Path(path).name} -k {N_SEGMENTS}"
    write_segment_files(found, SegmentFiles(report=page), (0, command), Talk(quiet=True))
    height, width = found.labels.shape
    title(screen, "9", "And what is not a table?")
    tell(
        screen,
        f"A photograph of a flower has {width * height:,} pixels. Neighbours of like colour become "
        f"{len(found.superpixels.counts):,} small regions, and k-means groups those as it grouped penguins: "
        f"{_palette(found)}.",
    )
    tell(
        screen,
        "Customers by what they bought and documents by their words have commands of their own too.",
    )
    screen.print()


def _photograph(name: str) -> str:
    """The path of an image of scikit-learn's, which is not imported for it."""
    spec = find_spec("sklearn")
    assert spec is not None and spec.origin is not None  # ganglion depends on it
    return str(Path(spec.origin).parent / "datasets" / "images" / name)


def _palette(found: Segmentation) -> str:
    """The segments in words."""
    each = [f"{segment.name} ({percent(segment.share)})" for segment in found.segments]
    return f"{', '.join(each[:-1])} and {each[-1]}"
