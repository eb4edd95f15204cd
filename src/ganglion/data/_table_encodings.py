"""Tables in other encodings than UTF-8, by their mark, by what the caller said or by their letters; copies in UTF-8."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from typing import IO

from .._errors import DataError
from ._letters import LOOKED_FOR, Reading, readings_of
from ._records import Limits, shown
from ._text_encodings import MARKS, utf16_of

CHUNK = 2**20
_WORD = re.compile(rb"[A-Za-z\x80-\xff]*[\x80-\xff][A-Za-z\x80-\xff]*")
_MOST_WORDS = 2_000  # different ones that are looked at
_LONGEST_WORD = 100
_PARSED = ("utf-8", "utf-8-sig")

_REMEDY = (
    "Say encoding=NAME, such as windows-1250, or save it as UTF-8 ('CSV UTF-8' in a spreadsheet)."
)


@dataclass(frozen=True)
class TextEncoding:
    """How a text is to be read.

    Attributes
    ----------
    codec : str
        Python's name of the encoding.
    name : str
        The name for people.
    note : str
        How it was found, after the name of the file; "" for plain UTF-8.
    """

    codec: str
    name: str
    note: str = ""


def encoding_of(path: str, name: str, encoding: str | None) -> TextEncoding:
    """Return the encoding of a file of text.

    Raises
    ------
    DataError
        Its letters fit none or several of the encodings that are looked for; it holds NUL bytes.
    """
    if encoding is not None:
        codec = codecs.lookup(encoding).name
        return TextEncoding(codec, encoding, f"was read as {encoding}, as was said")
    with open(path, "rb") as file:
        head = file.read(65536)
        for mark, codec, called in MARKS:
            if head.startswith(mark):
                return TextEncoding(codec, called, f"was read as {called}, which its mark says")
        wide = utf16_of(head)
        if wide is not None:
            return TextEncoding(
                wide, "UTF-16", "was read as UTF-16, by the NUL bytes in every second place"
            )
        file.seek(0)
        line = line_that_is_not_utf8(file, name)
    return TextEncoding("utf-8", "UTF-8") if line is None else _by_letters(path, name, line)


def line_that_is_not_utf8(file: IO[bytes], name: str) -> int | None:
    """Return the first line that is not UTF-8, from 1; None where there is none. A NUL byte is an error."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    done, lines = 0, 1
    while True:
        chunk = file.read(CHUNK)
        if b"\x00" in chunk:
            line = lines + chunk[: chunk.index(b"\x00")].count(b"\n")
            raise DataError(
                f"A text table must not hold NUL bytes; {name} has one at byte {done + chunk.index(0)} "
                f"(line {line}). It is a binary file or damaged: export it again as text."
            )
        try:
            decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError as error:
            return lines + chunk[: error.start].count(b"\n")
        if not chunk:
            return None
        done += len(chunk)
        lines += chunk.count(b"\n")


def _by_letters(path: str, name: str, line: int) -> TextEncoding:
    """Return the encoding in which the words of the file show letters of a language."""
    found = readings_of(_words(path))
    if len(found) == 1:
        how = f"was read as {found[0].name}, by the letters that it then shows{_example(found[0])}"
        return TextEncoding(found[0].codec, found[0].name, how)
    if not found:
        raise DataError(
            f"A text table must be UTF-8, or show by its letters what it is; {name} is not UTF-8 (line {line}) and in "
            f"none of {', '.join(LOOKED_FOR)} has letters of a language. {_REMEDY}"
        )
    one, other = found
    raise DataError(
        f"A text table must be UTF-8, or show by its letters what it is; {name} is not UTF-8 (line {line}), and may be "
        f"{one.name}{_example(one)} as well as {other.name}{_example(other)}. {_REMEDY}"
    )


def _example(reading: Reading) -> str:
    return f" ({shown(reading.example)})" if reading.example else ""


def _words(path: str) -> list[bytes]:
    """Return different words of the file that have a byte beyond ASCII, the first of them."""
    found: dict[bytes, None] = {}
    with open(path, "rb") as file:
        while len(found) < _MOST_WORDS and (chunk := file.read(CHUNK)):
            # to the end of a line: a word that is cut has other neighbours
            chunk += file.readline(CHUNK)
            found.update((word[:_LONGEST_WORD], None) for word in _WORD.findall(chunk))
    return list(found)[:_MOST_WORDS]


def write_as_utf8(path: str, target: str, name: str, found: TextEncoding, limits: Limits) -> None:
    """Write the text of a file to `target` in UTF-8.

    Raises
    ------
    DataError
        The bytes are not of this encoding, or the text is over the cap on bytes.
    """
    decoder = codecs.getincrementaldecoder(found.codec)()
    total, lines = 0, 1
    with open(path, "rb") as file, open(target, "wb") as out:
        while True:
            chunk = file.read(CHUNK)
            try:
                text = decoder.decode(chunk, final=not chunk).encode("utf-8")
            except UnicodeError as error:
                raise DataError(
                    f"A text table must be in one encoding; {name} is not {found.name} throughout ({error}, after line "
                    f"{lines}). {_REMEDY}"
                ) from error
            total += len(text)
            if total > limits.bytes:
                raise DataError(
                    f"A file may hold at most {limits.bytes} bytes of text; {name} has more. "
                    "Raise limits.bytes if you trust it."
                )
            out.write(text)
            if not chunk:
                return
            lines += text.count(b"\n")


def is_utf8(found: TextEncoding) -> bool:
    """Whether the parser can read the file itself."""
    return found.codec in _PARSED
