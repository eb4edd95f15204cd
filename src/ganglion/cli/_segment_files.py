"""The pictures that `ganglion segment` writes, each whole or not at all."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from .._errors import ParameterError
from .._replacing import replace_file
from ..applications.colors import hex_color
from ..applications.drawing import overlay, palette_picture
from ..applications.segmentation import Segmentation
from ..data.pictures import jpeg_bytes, png_bytes
from ._failures import writing
from ._talk import Talk
from ._targets import check_places


@dataclass(frozen=True, kw_only=True)
class SegmentFiles:
    """What is to be written.

    Attributes
    ----------
    out : str or None
        A folder for pictures.
    report : str or None
        A page.
    """

    out: str | None = None
    report: str | None = None

    def check(self, image: str) -> None:
        """Refuse what could not be written, before the work.

        Raises
        ------
        ParameterError
            A folder that is missing or not writable; a file where a folder is to be; the image itself.
        """
        inputs = [] if image == "-" else [image]
        if self.report is not None:
            check_places({"--report": self.report}, inputs)
        if self.out is None:
            return
        if os.path.exists(self.out) and not os.path.isdir(self.out):
            raise ParameterError(
                f"--out must name a folder; {self.out!r} is a file. Name a folder, which is made where it is not."
            )
        # A folder that is still to be made must have a place.
        probe = os.path.join(self.out, "x") if os.path.isdir(self.out) else self.out.rstrip("/\\")
        check_places({"--out": probe}, inputs)


def write_segment_files(
    found: Segmentation, files: SegmentFiles, asked: tuple[int, str], talk: Talk
) -> dict[str, str]:
    """Write what was asked for; `asked` is the seed and the command line. Return paths by what they hold."""
    written: dict[str, str] = {}
    if files.out is not None:
        os.makedirs(files.out, exist_ok=True)
        written |= _write_pictures(found, files.out)
        talk.wrote(f"{len(written)} files", files.out)
    if files.report is not None:
        from ..report.segments import segment_report
        from ..report.writing import write_page

        with writing("report", files.report):
            write_page(files.report, segment_report(found, seed=asked[0], command=asked[1]))
        talk.wrote("report", files.report)
        written["report"] = files.report
    return written


def _write_pictures(found: Segmentation, folder: str) -> dict[str, str]:
    """Encode side by side, where the encoders let go of the interpreter, and write."""
    makers: dict[str, tuple[str, Callable[[], bytes]]] = {
        "segmented": ("segmented.png", lambda: png_bytes(found.labels, found.palette)),
        "overlay": ("overlay.jpg", lambda: jpeg_bytes(overlay(found))),
        "palette": ("palette.png", lambda: png_bytes(palette_picture(found))),
        "colors": ("palette.json", lambda: _palette_json(found)),
    }
    digits = len(str(len(found.segments) - 1))
    for label in range(len(found.segments)):
        name = f"mask-{label:0{digits}d}.png"
        makers[f"mask {label}"] = (name, lambda label=label: png_bytes(found.mask(label)))
    paths = {what: os.path.join(folder, name) for what, (name, _) in makers.items()}

    def write(what: str) -> None:
        with writing(what, paths[what]):
            replace_file(paths[what], makers[what][1]())

    with ThreadPoolExecutor(max_workers=2) as threads:
        for _ in threads.map(write, makers):
            pass
    return paths


def _palette_json(found: Segmentation) -> bytes:
    """The palette as other programs read it."""
    colors = [
        {
            "label": s.label,
            "color": hex_color(s.color),
            "rgb": list(s.color),
            "lab": [round(value, 2) for value in s.lab],
            "name": s.name,
            "share": s.share,
        }
        for s in found.segments
    ]
    return (json.dumps({"source": found.source, "colors": colors}, indent=1) + "\n").encode()
