"""Bytes to text by evidence: what the bytes say themselves first, then which reading makes words of a language.

A wrong guess is worse than none, because it is not seen: every text says how it was read, and bytes that no reading
turns into words are an error.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from typing import TypeAlias

from .._errors import ParameterError
from ._function_words import FUNCTION_WORDS
from .languages import guess_language, words_of

# The marks at the beginning of a text; UTF-32 before UTF-16, whose mark its own begins with.
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig", "UTF-8"),
    (codecs.BOM_UTF32_LE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF32_BE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)
_DECLARED = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?\s*([A-Za-z0-9_.:-]{2,40})""")
_DECLARATION_BYTES = 2048

# What a text of bytes can be that names no encoding and is not UTF-8, and the languages that would prove it.
Candidate: TypeAlias = tuple[str, str, tuple[str, ...]]
_CANDIDATES: tuple[Candidate, ...] = (
    (
        "cp1252",
        "Windows-1252",
        (
            "English",
            "German",
            "French",
            "Spanish",
            "Italian",
            "Portuguese",
            "Dutch",
            "Swedish",
            "Danish",
            "Norwegian",
            "Finnish",
        ),
    ),
    ("cp1250", "Windows-1250", ("Polish", "Czech", "Hungarian", "Romanian")),
    ("iso8859-2", "ISO-8859-2", ("Polish", "Czech", "Hungarian", "Romanian")),
    ("cp1251", "Windows-1251", ("Russian", "Ukrainian")),
    ("koi8-u", "KOI8", ("Russian", "Ukrainian")),
    ("cp1253", "Windows-1253", ("Greek",)),
    ("cp1254", "Windows-1254", ("Turkish",)),
)
_LOOKED_AT = 100_000  # bytes of a text whose words are counted
_MOST_CONTROLS = 0.02  # of the characters, above which bytes are no text
_CONTROL = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")


@dataclass(frozen=True)
class Decoded:
    """A text and how it was read.

    Attributes
    ----------
    text : str
        The text, line ends as "\\n".
    encoding : str
        The name for people: "UTF-8", "Windows-1252", ...
    assumed : bool
        Whether the bytes left it open, so that a person should look.
    """

    text: str
    encoding: str
    assumed: bool


class NotText(ValueError):
    """The bytes are no text, or none that can be read without guessing; says why."""


def decode_text(data: bytes, encoding: str | None = None) -> Decoded:
    """Decode bytes: by `encoding` where it is given, else by what they show.

    Raises
    ------
    NotText
        Why they are not a text; the caller adds the name of the file and what to do.
    """
    if encoding is not None:
        return _by_name(data, encoding)
    for mark, codec, name in MARKS:
        if data.startswith(mark):
            return Decoded(_plain(_strict(data, codec, name)), name, assumed=False)
    if b"\x00" in data[:65536]:
        return _utf16_without_mark(data)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        return _by_evidence(data, error.start)
    return Decoded(_text_only(_plain(text)), "UTF-8", assumed=False)


def _by_name(data: bytes, encoding: str) -> Decoded:
    """Decode by the encoding that the caller named."""
    try:
        return Decoded(_plain(data.decode(encoding)), encoding, assumed=False)
    except UnicodeDecodeError as error:
        raise NotText(f"is not {encoding} (byte {error.start}: {error.reason})") from error


def _strict(data: bytes, codec: str, name: str) -> str:
    try:
        return data.decode(codec)
    except UnicodeDecodeError as error:
        raise NotText(
            f"begins with the mark of {name} and is not {name} (byte {error.start})"
        ) from error


def _utf16_without_mark(data: bytes) -> Decoded:
    """UTF-16 of Latin text; other NUL bytes are no text."""
    codec = utf16_of(data[:65536])
    if codec is not None:
        try:
            return Decoded(_text_only(_plain(data.decode(codec))), "UTF-16", assumed=True)
        except UnicodeDecodeError:
            pass
    raise NotText(f"holds a NUL byte (byte {data.index(0)}): it is a binary file")


def utf16_of(head: bytes) -> str | None:
    """Return the kind of UTF-16 that the beginning of a text shows: a NUL in every second byte, always the same one."""
    even, odd = head[::2].count(0), head[1::2].count(0)
    if max(even, odd) > 0.3 * (len(head) / 2) and min(even, odd) < 0.05 * max(even, odd):
        return "utf-16-le" if odd > even else "utf-16-be"
    return None


def check_encoding(encoding: str | None) -> None:
    """Refuse what is not the name of a text encoding."""
    if encoding is None:
        return
    try:
        "".encode(encoding)
    except (LookupError, UnicodeError, TypeError):
        raise ParameterError(
            f"encoding must be the name of a text encoding, such as utf-8 or windows-1252; got {encoding!r}."
        ) from None


def _by_evidence(data: bytes, first_bad: int) -> Decoded:
    """Decode bytes that are not UTF-8: as they declare, or as the reading whose function words are found most."""
    declared = _DECLARED.search(data[:_DECLARATION_BYTES])
    if declared is not None:
        name = declared[1].decode("ascii")
        try:
            return Decoded(_text_only(_plain(data.decode(name))), name, assumed=False)
        except (LookupError, UnicodeDecodeError, ValueError):
            pass  # it declares what it is not
    tried = [_reading(data, candidate) for candidate in _CANDIDATES]
    readings = [found for found in tried if found is not None]
    proved = [found for found in readings if found[0] > 0]
    if proved:
        _, text, name = max(proved, key=lambda found: found[0])
        return Decoded(_text_only(_plain(text)), name, assumed=True)
    western = next((found for found in readings if found[2] == "Windows-1252"), None)
    if western is not None and _reads_as_western(western[1]):
        return Decoded(_text_only(_plain(western[1])), "Windows-1252", assumed=True)
    raise NotText(
        f"is not UTF-8 (byte {first_bad}), names no encoding, and no reading of it shows words of a known language"
    )


def _reading(data: bytes, candidate: Candidate) -> tuple[int, str, str] | None:
    """Return how many function words of its languages a reading shows, the text, its name; None where it fails."""
    codec, name, languages = candidate
    try:
        text = data.decode(codec)
    except UnicodeDecodeError:
        return None
    found = words_of(text[:_LOOKED_AT])
    language = guess_language(text, found)
    if language is None or language not in languages:
        return 0, text, name
    known = frozenset(FUNCTION_WORDS[language])
    # One letter alone proves nothing: bytes of another script make many such words.
    hits = [word for word in found if word in known and len(word) > 1]
    if len(hits) < 2:
        return 0, text, name
    # Words with an accent tell the readings of one language apart; the others only the languages.
    accented = sum(not word.isascii() for word in hits)
    return accented * len(found) + len(hits), text, name


def _reads_as_western(text: str) -> bool:
    """Whether what is beyond ASCII is the few accents and signs of a Western text, and not another script's bytes."""
    letters = [character for character in text if character.isalpha()]
    beyond = sum(not character.isascii() for character in letters)
    return beyond <= 0.3 * len(letters)


def _plain(text: str) -> str:
    """Return the text without a mark at its beginning, with line feeds alone as line ends."""
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def _text_only(text: str) -> str:
    """Return the text, or raise: a file of control characters is a binary one that happens to decode."""
    controls = len(_CONTROL.findall(text[:_LOOKED_AT]))
    if controls > _MOST_CONTROLS * min(len(text), _LOOKED_AT):
        raise NotText("holds control characters throughout: it is a binary file")
    return text
