"""Texts cut into words; many texts at once as numbers of words, so that what follows works on arrays."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# Scripts that are written without blanks: a run of them is cut into pairs of characters.
_UNSPACED = "\u0e00-\u0e7f\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_RUN = re.compile(f"[{_UNSPACED}]+")
_WORD = re.compile(
    f"[{_UNSPACED}]+|(?:(?![{_UNSPACED}])[^\\W\\d_])(?:(?![{_UNSPACED}])[^\\W_])*"
    f"(?:['\u2019](?:(?![{_UNSPACED}])[^\\W\\d_])+)*"
)
_ADDRESS = re.compile(r"\S+://\S+|\bwww\.\S+|\S+@\S+\.\S+")
_POSSESSIVE = ("'s", "\u2019s")
# What may stand in a word of ASCII, in lower case; everything else ends one.
_PLAIN = {
    code: ord(chr(code).lower()) if chr(code).isalnum() or chr(code) == "'" else ord(" ")
    for code in range(128)
}
_MOST_PIECES = 2**18  # that are known at a time, some 30 MB; beyond it all are forgotten
_BATCH = 2**22  # characters whose pieces are in a list of Python's before they become an array


def words_of(text: str) -> list[str]:
    """Cut a text into words, in lower case.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    list of str
        Runs of letters and digits that begin with a letter, with apostrophes inside and without a possessive 's; the
        runs of scripts without blanks (Chinese, Japanese, Thai) as pairs of neighbouring characters. Addresses of
        pages and of mail are left out.

    Examples
    --------
    >>> from ganglion.data.languages import words_of
    >>> words_of("The council's 3 plans: Covid19, 東京都")
    ['the', 'council', 'plans', 'covid19', '東京', '京都']
    """
    if _has_address(text):
        text = _ADDRESS.sub(" ", text)
    words: list[str] = []
    for found in _WORD.findall(text.lower()):
        if found[0] >= "\u0e00" and _RUN.match(found):
            words += [found[at : at + 2] for at in range(max(len(found) - 1, 1))]
        elif found.endswith(_POSSESSIVE):
            words.append(found[:-2])
        else:
            words.append(found)
    return words


@dataclass(frozen=True)
class NumberedTexts:
    """Texts as numbers of words.

    Attributes
    ----------
    words : tuple of str
        The different words, in the order in which they first appear.
    numbers : ndarray of shape (w,), int32
        Each word of each text, one text after the other, by its place in `words`.
    edges : ndarray of shape (n + 1,), int64
        Text i is `numbers[edges[i] : edges[i + 1]]`.
    """

    words: tuple[str, ...]
    numbers: NDArray[np.int32]
    edges: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.edges) - 1

    @property
    def sizes(self) -> NDArray[np.int64]:
        """The number of words of each text (n,)."""
        return np.diff(self.edges)

    def chosen(self, texts: NDArray[np.int64]) -> NumberedTexts:
        """Return some of the texts, by their places; `words` stays."""
        places, edges = pieces_at(self.edges[texts], self.sizes[texts])
        return NumberedTexts(self.words, self.numbers[places], edges)


def pieces_at(
    starts: NDArray[np.int64], sizes: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the places start, start + 1 ... of each piece, piece after piece, and their edges (n + 1,)."""
    edges = np.zeros(len(sizes) + 1, dtype=np.int64)
    np.cumsum(sizes, out=edges[1:])
    places: NDArray[np.int64] = np.repeat(starts - edges[:-1], sizes) + np.arange(int(edges[-1]))
    return places, edges


def number_words(texts: Sequence[str]) -> NumberedTexts:
    """Cut texts into words as `words_of` does, and number these.

    No word holds a blank, so a text is split at blanks, and only pieces that are new are cut into words: most have been
    seen. Texts of ASCII without addresses are split at all signs that no word holds, so that fewer pieces differ.
    Time O(characters), memory O(w).
    """
    known = _Pieces()
    numbers: list[NDArray[np.int32]] = []
    sizes: list[NDArray[np.int64]] = []
    for batch in _batches(texts):
        if len(known) > _MOST_PIECES:
            known = _Pieces(known.words)
        found, counts = _numbered(batch, known)
        numbers.append(found)
        sizes.append(counts)
    edges = np.zeros(len(texts) + 1, dtype=np.int64)
    np.cumsum(np.concatenate([*sizes, np.empty(0, np.int64)]), out=edges[1:])
    return NumberedTexts(
        tuple(known.words), np.concatenate([*numbers, np.empty(0, np.int32)]), edges
    )


class _Pieces(dict[str, int]):
    """Numbers of pieces of text; one that is new is cut into words when it is looked up."""

    def __init__(self, words: dict[str, int] | None = None) -> None:
        super().__init__()
        self.words: dict[str, int] = {} if words is None else words
        self.cut: list[int] = []  # the words of all pieces
        self.ends: list[int] = [0]  # of piece i: cut[ends[i] : ends[i + 1]]

    def __missing__(self, piece: str) -> int:
        number = self[piece] = len(self)
        words = self.words
        self.cut += [words.setdefault(word, len(words)) for word in words_of(piece)]
        self.ends.append(len(self.cut))
        return number


def _batches(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    """Yield the texts in runs of about as many characters."""
    first, characters = 0, 0
    for at, text in enumerate(texts):
        characters += len(text)
        if characters > _BATCH:
            yield texts[first : at + 1]
            first, characters = at + 1, 0
    yield texts[first:]


def _numbered(texts: Sequence[str], known: _Pieces) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Return the words of the texts, one text after the other, and how many each has (n,)."""
    flat: list[int] = []
    ends = [0]
    for text in texts:
        is_plain = text.isascii() and not _has_address(text)
        flat += map(known.__getitem__, (text.translate(_PLAIN) if is_plain else text).split())
        ends.append(len(flat))
    pieces = np.array(flat, dtype=np.int64)
    starts = np.array(known.ends, dtype=np.int64)
    places, edges = pieces_at(starts[pieces], np.diff(starts)[pieces])
    return np.array(known.cut, dtype=np.int32)[places], np.diff(edges[ends])


def _has_address(text: str) -> bool:
    """Whether a text may hold the address of a page or of mail."""
    return "://" in text or "www." in text or "@" in text
