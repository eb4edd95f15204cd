"""`ganglion segment`: an image in segments of like colour and place."""

from __future__ import annotations

import shlex
import sys
from typing import Any

import click
from click.core import ParameterSource

from ..applications.colors import hex_color
from ..applications.images import segment_image
from ..applications.segmentation import MAX_SEGMENTS, NoNumberError, Segmentation
from ..data.images import MAX_PIXELS
from . import _options
from ._failures import NoAnswer, in_options
from ._printing import (
    grid,
    percent,
    plural,
    print_headline,
    print_json,
    print_stripped,
    print_table,
)
from ._segment_files import SegmentFiles, write_segment_files
from ._talk import Screen, Talk, clean
from ._version import VERSION

EPILOG = """\b
Examples:
  ganglion segment photo.jpg -k 6 --out photo-segments
  ganglion segment photo.jpg --report photo.html
  ganglion segment scan.png -k 3 --position 0 --json"""


@click.command("segment", epilog=EPILOG)
@click.argument("image", type=click.Path(allow_dash=True))
@click.option(
    "-k",
    "k",
    callback=_options.number_of_clusters,
    metavar="N|auto",
    default="auto",
    show_default=True,
    help="Number of segments; auto looks for it as `ganglion choose-k` does.",
)
@click.option(
    "--max-k",
    type=click.IntRange(1, MAX_SEGMENTS),
    default=12,
    show_default=True,
    help="Where the search for the number ends.",
)
@click.option(
    "--position",
    type=click.FloatRange(min=0),
    default=0.1,
    show_default=True,
    metavar="W",
    help="How much place counts beside colour; 0 groups colours alone, 1 makes the longer side count as much as black "
    "and white differ.",
)
@click.option(
    "--smoothing",
    type=click.FloatRange(min=0),
    default=1.0,
    show_default=True,
    metavar="W",
    help="How much neighbours must agree; 0 leaves every small region where its colour is nearest.",
)
@click.option(
    "--superpixels",
    type=click.IntRange(min=1),
    default=None,
    metavar="N",
    help="About how many small regions are grouped; by default one for each 150 pixels, from 2,000 to 10,000.",
)
@click.option(
    "--out",
    type=click.Path(),
    default=None,
    metavar="FOLDER",
    help="Write segmented.png (mean colours), overlay.jpg (borders), palette.png, palette.json and a mask for each "
    "segment there. The folder is made where it is not.",
)
@click.option(
    "--report", type=click.Path(), default=None, metavar="FILE.html", help="Write a page."
)
@click.option(
    "--max-pixels",
    type=click.IntRange(min=1),
    default=MAX_PIXELS,
    show_default=True,
    help="Larger images are refused before they are decoded.",
)
@_options.seed_option
@_options.json_option
@_options.quiet_option
def command(
    image: str,
    *,
    k: int | None,
    max_k: int,
    position: float,
    smoothing: float,
    superpixels: int | None,
    max_pixels: int,
    seed: int,
    as_json: bool,
    quiet: bool,
    **places: Any,
) -> None:
    """Divide IMAGE into segments of like colour and place.

    Reads PNG, JPEG, BMP and Netpbm files. Colours are compared as people see them (CIELAB); large images are divided
    into superpixels first. Prints the palette: each segment's mean colour, its share, and in how many pieces it is.
    """
    files = SegmentFiles(**places)
    files.check(image)
    talk = Talk(quiet=quiet)
    options: dict[str, Any] = {
        "position": position,
        "smoothing": smoothing,
        "n_superpixels": superpixels,
        "max_clusters": max_k,
        "random_state": seed,
        "max_pixels": max_pixels,
    }
    with talk.listening():
        try:
            found = segment_image(sys.stdin.buffer if image == "-" else image, k, **options)
        except NoNumberError as error:
            raise NoAnswer(in_options(str(error))) from error
    for note in found.notes:
        talk.note(f"{found.source}: {note}")
    written = write_segment_files(found, files, (seed, _command(image, k)), talk)
    if as_json:
        print_json(_as_json(found, seed) | {"files": written})
        return
    _print_segments(found, Screen())
    if not written:
        talk.note("no picture was written; --out FOLDER or --report FILE.html does")


def _print_segments(found: Segmentation, screen: Screen) -> None:
    """Print the palette."""
    height, width = found.labels.shape
    headline = (
        f"{width:,} x {height:,} pixels in {plural(len(found.segments), 'segment')}, which account for "
        f"{percent(found.explained)} of the spread of colours"
    )
    print_headline(screen, found.source, headline)
    heads = ("segment", "share", "pieces", "largest piece")
    table = grid("segment", "colour", "", "share", "pieces", "largest piece", right=heads)
    for s in found.segments:
        table.add_row(
            str(s.label),
            hex_color(s.color),
            s.name,
            percent(s.share),
            f"{s.n_regions:,}",
            percent(s.coherence),
        )
    print_table(screen, table)
    n = len(found.superpixels.counts)
    print_stripped(
        screen,
        f"{plural(found.n_regions, 'piece')} in all; {percent(found.coherence)} of the pixels are in the largest piece "
        f"of their segment. {plural(n, 'superpixel')}.",
    )
    if found.choice is not None:
        print_stripped(screen, clean(found.choice.reason))


def _as_json(found: Segmentation, seed: int) -> dict[str, Any]:
    """Return the result as one object."""
    height, width = found.labels.shape
    return {
        "ganglion": VERSION,
        "command": "segment",
        "source": found.source,
        "seed": seed,
        "width": width,
        "height": height,
        "notes": list(found.notes),
        "k": len(found.segments),
        "reason": None if found.choice is None else found.choice.reason,
        "superpixels": len(found.superpixels.counts),
        "explained": found.explained,
        "coherence": found.coherence,
        "pieces": found.n_regions,
        "segments": [
            {
                "label": s.label,
                "share": s.share,
                "color": hex_color(s.color),
                "lab": list(s.lab),
                "name": s.name,
                "pieces": s.n_regions,
                "largest_piece": s.coherence,
            }
            for s in found.segments
        ],
    }


def _command(image: str, k: int | None) -> str:
    """The command line that makes the same segments."""
    context = click.get_current_context()
    words = ["ganglion", "segment", image, "-k", "auto" if k is None else str(k)]
    for name in ("max_k", "position", "smoothing", "superpixels", "seed"):
        if context.get_parameter_source(name) is not ParameterSource.DEFAULT:
            words += [f"--{name.replace('_', '-')}", str(context.params[name])]
    return shlex.join(words)
