"""Pages and marked-up files to the text that a reader sees."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import final

_HIDDEN = frozenset({"script", "style", "template", "noscript", "svg", "math"})
_BLOCKS = frozenset(
    (
        "p div br li ul ol tr td th table h1 h2 h3 h4 h5 h6 section article header footer "
        "blockquote pre title dd dt"
    ).split()
)
_MARKDOWN = (
    (re.compile(r"\A---\n.*?\n---\n", re.DOTALL), ""),  # the front matter
    (re.compile(r"!?\[([^\]\n]*)\]\([^)\n]*\)"), r"\1"),  # links and pictures: what they say
    (re.compile(r"^\s{0,3}(?:#{1,6}|>|[-*+]|\d+\.)\s+", re.MULTILINE), ""),
    (re.compile(r"^(?:```|~~~).*$", re.MULTILINE), ""),
    (re.compile(r"[*_`|]+"), " "),
    (re.compile(r"<[^<>\n]{1,200}>"), " "),
)


def text_of_html(source: str) -> str:
    """Return what a page says: no tags, no scripts; a broken page gives what can be read of it."""
    reader = _Reader()
    reader.feed(source)
    reader.close()
    return re.sub(r"[ \t]*\n\s*", "\n", "".join(reader.parts)).strip()


def text_of_markdown(source: str) -> str:
    """Return what a Markdown file says: no marks, no addresses of links."""
    for pattern, replacement in _MARKDOWN:
        source = pattern.sub(replacement, source)
    return source.strip()


@final
class _Reader(HTMLParser):
    """Collects what stands outside of tags and scripts."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._hidden: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a new line for a block; hide what nobody sees."""
        if tag in _HIDDEN:
            self._hidden.append(tag)
        elif tag in _BLOCKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        """End what is hidden, or the line of a block."""
        if self._hidden and tag == self._hidden[-1]:
            self._hidden.pop()
        elif tag in _BLOCKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        """Keep what is seen."""
        if not self._hidden:
            self.parts.append(data)
