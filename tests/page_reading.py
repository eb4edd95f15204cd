"""What stands in a page: its elements, its words, its data, its policy."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

VOID = {"meta", "link", "input", "br", "wbr", "img"}
WORST = "</script><img src=x onerror=alert(1)>&amp;\"'{{7*7}}{% raw %}\u2028\u202eabc\x00\ud800 😀"


class Outline(HTMLParser):
    """Every element of a page with its attributes, and the elements left open."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.elements, self.open, self.wrong = [], [], []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)


def outline(page):
    parser = Outline()
    parser.feed(page)
    parser.close()
    return parser


def policy_of(page):
    return next(
        attributes["content"]
        for tag, attributes in outline(page).elements
        if attributes.get("http-equiv") == "Content-Security-Policy"
    )


def data_of(page):
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    return json.loads(found[1])


def text_of(page):
    """What a reader reads, without scripts, styles and tags."""
    page = re.sub(r"<(script|style)\b.*?</\1>|<meta[^>]*>", " ", page, flags=re.DOTALL)
    return re.sub(
        r"\s+", " ", re.sub(r"<wbr>|</?bdi>", "", page).replace("\N{NO-BREAK SPACE}", " ")
    )
