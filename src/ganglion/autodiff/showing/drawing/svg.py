"""The drawing as SVG: values above each wire, gradients below."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from ._figure import FOOT, MARGIN, Figure, figure_of
from ._painting import description, paint, style, text
from ._wording import cut

if TYPE_CHECKING:
    from ..tracing import Trace


def draw_svg(trace: Trace) -> str:
    """Draw a computation, with every value above and every gradient below its wire.

    Parameters
    ----------
    trace : Trace
        The computation.

    Returns
    -------
    str
        Well-formed XML that needs nothing else: no fonts, no scripts. Inputs are pills, constants small pills with a
        dashed rim, operations circles with their sign, the output a double circle; light or dark as the reader has it.

    Notes
    -----
    A wire that serves several consumers has the gradient's whole sum below its start and, in drawings of up to 40
    nodes, each consumer's share below its end. Arrays are shown by shape and Euclidean norm. Drawings wider than about
    1,700 units go on in a second line; a tag with a name stands where a wire comes from there.
    """
    figure = figure_of(trace)
    title = trace.title or f"The computation of {trace.output}"
    key = f"gl{zlib.crc32((title + description(trace)).encode('utf-8', 'replace')):08x}"
    width, height = f"{figure.width:.0f}", f"{figure.height:.0f}"
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" class="ganglion-trace" viewBox="0 0 {width} {height}" '
            f'width="{width}" height="{height}" role="img" aria-labelledby="{key}t {key}d">',
            f'<title id="{key}t">{text(title)}</title>',
            f'<desc id="{key}d">{text(description(trace))}</desc>',
            f"<style>{style()}</style>",
            f'<rect class="paper" width="{width}" height="{height}" rx="6"/>',
            paint(trace, figure),
            _key(trace, figure),
            "</svg>",
            "",
        )
    )


def _key(trace: Trace, figure: Figure) -> str:
    """Return the line below that says what stands where."""
    return (
        f'<text class="key" x="{MARGIN:.0f}" y="{figure.height - FOOT / 2:.0f}">'
        f'above a wire: its <tspan class="value">value</tspan>'
        f' · below: the <tspan class="gradient">gradient</tspan> of {text(cut(trace.output))} by it</text>'
    )
