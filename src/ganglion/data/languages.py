"""Which language a text is in, by its function words, or by its script where that tells it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from ._function_words import EMPTY_WORDS, FUNCTION_WORDS, SCRIPTS

__all__ = ["LANGUAGES", "guess_language", "stop_words", "words_of"]

LANGUAGES: tuple[str, ...] = tuple(FUNCTION_WORDS)
"""The languages that are told apart by their words."""

# characters of a text that are looked at: its language does not change behind them
LONGEST = 20_000
_ENOUGH = 2  # function words that a guess needs
_LEAST_SHARE = 0.08  # of all words; running text has 0.3 to 0.5
_SCRIPT_SHARE = 0.3  # of the letters

# Scripts that are written without blanks: a run of them is cut into pairs of characters.
_UNSPACED = "\u0e00-\u0e7f\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_RUN = re.compile(f"[{_UNSPACED}]+")
_WORD = re.compile(
    f"[{_UNSPACED}]+|(?:(?![{_UNSPACED}])[^\\W\\d_])(?:(?![{_UNSPACED}])[^\\W_])*"
    f"(?:['\u2019](?:(?![{_UNSPACED}])[^\\W\\d_])+)*"
)
_ADDRESS = re.compile(r"\S+://\S+|\bwww\.\S+|\S+@\S+\.\S+")
_POSSESSIVE = ("'s", "\u2019s")


def _index() -> Mapping[str, tuple[str, ...]]:
    """Return the languages of each function word."""
    found: dict[str, tuple[str, ...]] = {}
    for language, words in FUNCTION_WORDS.items():
        for word in dict.fromkeys(words):
            found[word] = (*found.get(word, ()), language)
    return found


_LANGUAGES_OF = _index()


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
    if "://" in text or "www." in text or "@" in text:
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


def guess_language(text: str, words: Sequence[str] | None = None) -> str | None:
    """Say which language a text is in.

    Parameters
    ----------
    text : str
        The text; of a long one the first 20,000 characters are looked at.
    words : sequence of str, optional
        Its words as from `words_of`, where they are known.

    Returns
    -------
    str or None
        One of `LANGUAGES` or a language that its script tells (Chinese, Japanese, Korean, Arabic, Hebrew, Hindi,
        Thai); None where too few function words are there to say.

    Notes
    -----
    The language of which most words are function words wins, if these are at least two and 8 % of all; among equals
    the one that has more of them to itself, then the first of `LANGUAGES`. Closely related languages (Danish and
    Norwegian) are told apart in long texts only.

    Examples
    --------
    >>> from ganglion.data.languages import guess_language
    >>> guess_language("Der Rat hat den Plan für die neue Brücke nicht angenommen.")
    'German'
    >>> guess_language("42") is None
    True
    """
    head = text[:LONGEST]
    by_script = _by_script(head)
    if by_script is not None:
        return by_script
    found = words_of(head) if words is None else words[: LONGEST // 4]
    hits: Counter[str] = Counter()
    alone: Counter[str] = Counter()
    for word in found:
        languages = _LANGUAGES_OF.get(word, ())
        hits.update(languages)
        if len(languages) == 1:
            alone.update(languages)
    if not hits:
        return None
    best = max(LANGUAGES, key=lambda language: (hits[language], alone[language]))
    enough = hits[best] >= _ENOUGH and hits[best] >= _LEAST_SHARE * len(found)
    return best if enough else None


def _by_script(text: str) -> str | None:
    """Return the language that the script tells; Japanese before Chinese, whose characters it shares."""
    if text.isascii():
        return None
    letters = [ord(character) for character in text if character.isalpha()]
    high = [code for code in letters if code >= 0x0370]
    if len(high) < _SCRIPT_SHARE * max(len(letters), 1):
        return None
    counts = {name: sum(first <= code <= last for code in high) for name, first, last in SCRIPTS}
    if counts["Japanese"] >= 0.05 * len(letters):
        return "Japanese"
    best = max(counts, key=lambda name: counts[name])
    return best if counts[best] >= _SCRIPT_SHARE * len(letters) else None


def stop_words(languages: Iterable[str]) -> frozenset[str]:
    """Return the function words of some languages, and titles and words of saying: what no topic is made of.

    Parameters
    ----------
    languages : iterable of str
        Names as from `guess_language`; those without words of their own (Chinese ...) add none.

    Returns
    -------
    frozenset of str
        Words in lower case.

    Examples
    --------
    >>> from ganglion.data.languages import stop_words
    >>> "und" in stop_words(["German"]), "und" in stop_words(["English"])
    (True, False)
    """
    return frozenset(
        word
        for language in languages
        for word in (*FUNCTION_WORDS.get(language, ()), *EMPTY_WORDS.get(language, ()))
    )
