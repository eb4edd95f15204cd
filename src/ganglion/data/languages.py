"""Which language a text is in, by its function words, or by its script where that tells it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from ._function_words import EMPTY_WORDS, FUNCTION_WORDS, SCRIPTS
from ._words import NumberedTexts, words_of

__all__ = ["LANGUAGES", "guess_language", "stop_words", "words_of"]

LANGUAGES: tuple[str, ...] = tuple(FUNCTION_WORDS)
"""The languages that are told apart by their words."""

# characters of a text that are looked at: its language does not change behind them
LONGEST = 20_000
_ENOUGH = 2  # function words that a guess needs
_LEAST_SHARE = 0.08  # of all words; running text has 0.3 to 0.5
_SCRIPT_SHARE = 0.3  # of the letters
_FIRST_SCRIPT = "\u0370"  # what lies below is Latin


def _index() -> Mapping[str, tuple[str, ...]]:
    """Return the languages of each function word."""
    found: dict[str, tuple[str, ...]] = {}
    for language, words in FUNCTION_WORDS.items():
        for word in dict.fromkeys(words):
            found[word] = (*found.get(word, ()), language)
    return found


_LANGUAGES_OF = _index()


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


def guess_languages(texts: Sequence[str], numbered: NumberedTexts) -> tuple[str | None, ...]:
    """Return `guess_language` of each text, whose words are known by their numbers."""
    best, is_enough = _most_function_words(numbered)
    found: list[str | None] = []
    for at, text in enumerate(texts):
        if len(text) > LONGEST:
            found.append(guess_language(text))
            continue
        by_script = _by_script(text)
        by_words = LANGUAGES[best[at]] if is_enough[at] else None
        found.append(by_words if by_script is None else by_script)
    return tuple(found)


def _most_function_words(numbered: NumberedTexts) -> tuple[list[int], list[bool]]:
    """Return the place of the language that wins by words, for each text, and whether these are enough."""
    n, shape = len(numbered), (len(numbered.words), len(LANGUAGES))
    place = {language: at for at, language in enumerate(LANGUAGES)}
    is_word_of = np.zeros(shape, dtype=np.bool_)
    for at, word in enumerate(numbered.words):
        for language in _LANGUAGES_OF.get(word, ()):
            is_word_of[at, place[language]] = True
    languages_of = np.count_nonzero(is_word_of, axis=1)
    told = languages_of[numbered.numbers] > 0
    words = numbered.numbers[told]
    text_of = np.repeat(np.arange(n), numbered.sizes)[told]
    is_alone = is_word_of & (languages_of == 1)[:, None]
    score = np.zeros((n, len(LANGUAGES)), dtype=np.int64)
    hits = np.zeros_like(score)
    for at in np.flatnonzero(is_word_of.any(axis=0)).tolist():
        hits[:, at] = np.bincount(text_of[is_word_of[words, at]], minlength=n)
        alone = np.bincount(text_of[is_alone[words, at]], minlength=n)
        score[:, at] = hits[:, at] * (len(words) + 1) + alone  # hits first, then those of its own
    best = score.argmax(axis=1)
    most = hits[np.arange(n), best]
    is_enough = (most >= _ENOUGH) & (most >= _LEAST_SHARE * numbered.sizes)
    return best.tolist(), is_enough.tolist()


def _by_script(text: str) -> str | None:
    """Return the language that the script tells; Japanese before Chinese, whose characters it shares."""
    if text.isascii() or max(text) < _FIRST_SCRIPT:
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
