"""What makes a page safe to open: data that cannot end its element, and hashes that name the only script and style."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping

from markupsafe import Markup, escape

# JSON allows these characters as escapes inside strings only, and nowhere else may they occur in it; escaped, no HTML
# parser finds a tag, an entity or a comment, and no script parser a line's end.
_ESCAPES = {ord(c): f"\\u{ord(c):04x}" for c in "<>&\u2028\u2029"}


def embed_json(data: Mapping[str, object]) -> Markup:
    """`data` as JSON for a script element."""
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return Markup(text.translate(_ESCAPES))


def breakable(text: str) -> Markup:
    """`text` escaped, with places where a line may end: column names hold no spaces but underscores."""
    pieces = re.split(r"(?<=[_=/\\])(?=[^_=/\\])", text)
    return Markup("<wbr>").join(escape(piece) for piece in pieces)


def source_hash(text: str) -> str:
    """The content-security-policy source that allows exactly this inline text."""
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"


def policy(*, script: str, style: str) -> str:
    """Nothing may be fetched, framed, submitted or run but this one script and this one style sheet."""
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src {source_hash(script)}",
            f"style-src {source_hash(style)}",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )
