"""The page: a drawing that plays the forward pass and then the backward pass; one HTML file that fetches nothing."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from ._details import details
from ._figure import FOOT, figure_of
from ._painting import description, paint, style, text
from ._story import story
from ._wording import cut

if TYPE_CHECKING:
    from ..tracing import Trace

SCRIPTS = ("stage.js", "panel.js", "player.js")
LOCAL_ROOM = 62.0  # "× −0.1223" in the letters of page.css
PHASES = ("given", "forward", "turn", "backward", "done")
# Escaped inside of strings, where alone they occur in JSON, these end neither their element nor a line of a script.
_ESCAPES = {ord(c): f"\\u{ord(c):04x}" for c in "<>&\u2028\u2029"}
_SLOT = re.compile(r"\{(\w+)\}")


def draw_page(trace: Trace) -> str:
    """Make a page that plays a computation, step by step: values forward, then gradients backward.

    Parameters
    ----------
    trace : Trace
        The computation.

    Returns
    -------
    str
        An HTML file's text. It fetches nothing and runs one script, which its content-security policy names by hash.

    Notes
    -----
    Space plays and pauses, the arrow keys step, Home and End go to the ends, + - 0 zoom, f follows the step that plays.
    A node under the pointer, focused, clicked or chosen from the list is explained: its formula with names and with
    numbers, upstream x local for every parent, its gradient as the sum over its consumers, and how many chains lead to
    it, with the three largest. Of a page about 2.5 kB for each node are its story.
    """
    figure = figure_of(trace, local_room=LOCAL_ROOM)
    title = trace.title or f"The computation of {trace.output}"
    script, sheet = _script(), _file("page.css") + style()
    filled = {
        "policy": text(_policy(script, sheet)),
        "version": version("ganglion"),
        "title": text(title),
        "heading": text(cut(title, 160)),
        "output": text(cut(trace.output)),
        "description": text(description(trace)),
        "width": f"{figure.width:.0f}",
        "height": f"{figure.height - FOOT:.0f}",
        "drawing": paint(trace, figure, plays=True),
        "data": _embedded(_data(trace)),
        "script": script,
        "style": sheet,
    }
    return _SLOT.sub(lambda found: filled[found[1]], _file("page.html"))


def _data(trace: Trace) -> dict[str, Any]:
    """Return what the script plays."""
    steps = [
        {
            "p": PHASES.index(step.phase),
            "n": step.node,
            "t": step.lines,
            "s": list(step.shown.items()),
        }
        for step in story(trace)
    ]
    output = next(i for i, node in enumerate(trace.nodes) if node.name == trace.output)
    return {"nodes": details(trace), "steps": steps, "output": output}


def _embedded(data: dict[str, Any]) -> str:
    written = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return written.translate(_ESCAPES)


def _policy(script: str, sheet: str) -> str:
    """Nothing may be fetched, framed, submitted or run but this one script and this one style sheet."""
    return (
        f"default-src 'none'; script-src {_hash(script)}; style-src {_hash(sheet)}; img-src data:; base-uri 'none'; "
        "form-action 'none'"
    )


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"


@cache
def _script() -> str:
    """Return the page's script, made of its parts."""
    return "(() => {\n" + "\n".join(['"use strict";', *map(_file, SCRIPTS)]) + "})();"


@cache
def _file(name: str) -> str:
    """Return a file of this folder, with the line ends that an HTML parser would make of them."""
    return files("ganglion.autodiff.showing.drawing").joinpath(name).read_text(encoding="utf-8")
