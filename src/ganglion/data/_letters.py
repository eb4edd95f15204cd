"""Which older encoding bytes are in, by the letters that each reading shows: the cells of a table make no sentences.

Every reading says which letters stand there; every language says how often it has each. The reading under which the
letters are most probable is taken where no other, that differs, comes near: a name that is misspelt in silence is worse
than a question.
"""

from __future__ import annotations

import math
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

# Letters beyond ASCII in running text, of a thousand letters; two digits are enough for what they decide.
_WESTERN = (
    "ü9.9 ä5.8 ö4.4 ß3.1 é0.1",
    "é15 à4.9 è2.7 ê2.2 ç0.9 û0.6 ù0.6 â0.5 î0.5 ô0.2 œ0.2 ë0.1 ï0.1 ü0.1",
    "ó8.3 í7.3 á5 é4.3 ñ3.1 ú1.7 ü0.1",
    "ã7.3 ç5.3 é3.4 ó3 ê2.5 á4.2 í1.8 ú1.2 õ0.9 â0.6 à0.7 ô0.6",
    "à6.4 è2.6 ù1.7 é0.5 ì1 ò0.5",
    "ä18 å13 ö13 é0.2",
    "å12 ø9.4 æ8.7 é0.2",
    "ä36 ö4.4 å0.1",
    "ð44 á18 í16 þ15 ó9.9 æ8.7 ö7.8 é6.5 ú6.1 ý2.3",
    "ë0.7 é0.6 ï0.3 è0.1 ö0.1 ü0.1 ç0.1",
)
_CENTRAL = (
    "ł21 ó11 ę10 ś8.1 ą7 ć7 ż7 ń3.6 ź0.8",
    "í16 ě12 ý10 á8.7 ž7.2 š6.9 é6.3 č4.6 ř3.8 ů2 ú0.5 ó0.2 ď0.2 ň0.1 ť0.1",
    "á18 í11 č9 ý9 ú9 é8 š8 ž8 ť6 ľ5 ô2 ď2 ä1 ň1 ó1 ĺ0.1 ŕ0.1",
    "á34 é33 ö11 ó10 ő10 í6.2 ü5.7 ú3.2 ű2",
    "ă24 î14 ş12 ţ11 â9",
    "č12 š10 ž7 ć6 đ2",
)
_BALTIC = (
    "ė16 ų11 š10 ž8 ą7 į5 ū4.5 č4.5 ę2",
    "ā39 ī18 ē17 š10 ū9 ļ3 ņ3 ž3 ķ2 č1 ģ1",
    "ä12 õ10 ü6 ö3 š0.1 ž0.1",
)
_TURKISH = ("ı51 ü19 ş18 ç12 ğ11 ö7.8 İ1 â0.1",)
_CYRILLIC = ("оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё", "оанивеіртслкдумпязьбгйчхцїєжшющфґ")
_GREEK = ("αοιετσνηυρπκμλςωδγίάόέήθύχφώβξζψϊΐϋΰ",)
_HEBREW = ("יוהלאתרבמשנדקעחפטגזכסצםןךףץ",)
_ARABIC = ("اليمونرتبةعدسفهكقحجأشطصخىإضذثئزغظءآؤ",)

_FLOOR = 5e-4  # of what no language has there
_SIGN = 0.02
_AGAIN = 0.1  # how often a letter beyond ASCII follows another one where most letters are ASCII
_MOST_ODD = 0.1  # share of what no language has, above which a reading is none
_MARGIN = math.log(50.0)
_FEW, _MARGIN_OF_FEW = 4, math.log(1000.0)
_ODD, _A_SIGN = "?", "$"
_ALONE = frozenset("àáéèêíìóòôúùyåöøæаивокусяєіїйηοήαως")  # words of one letter
_INSIDE = frozenset("’‘–—‑·´")  # signs that stand between two letters
_MONEY = frozenset("£€¥¢¤")
_SIGNS = _INSIDE | _MONEY | frozenset("§©®°±²³µ¹º»¼½¾¿¡ª«“”„‚…•™‰†×÷№ \u00ad\u00a0")


@dataclass(frozen=True)
class Reading:
    """A reading of bytes.

    Attributes
    ----------
    codec : str
        Python's name of the encoding.
    name : str
        The name for people.
    example : str
        A word that it shows.
    """

    codec: str
    name: str
    example: str


def _shares(letters: str) -> dict[str, float]:
    """Shares of letters that are written with their numbers: "ü9.9 ä5.8"."""
    counts = {part[0]: float(part[1:]) for part in letters.split()}
    return {letter: count / sum(counts.values()) for letter, count in counts.items()}


def _by_rank(letters: str) -> dict[str, float]:
    """Shares of letters that are written from the most frequent on: by 1 / (rank + 4), about Zipf's law."""
    weights = [1 / (rank + 4) for rank in range(len(letters))]
    return {letter: w / sum(weights) for letter, w in zip(letters, weights, strict=True)}


def _with_mixture(languages: Iterable[dict[str, float]]) -> tuple[dict[str, float], ...]:
    """Languages, and what a list of names from all of them has."""
    known = tuple(languages)
    letters = {letter for language in known for letter in language}
    mixed = {x: sum(language.get(x, 0.0) for language in known) / len(known) for x in letters}
    return (*known, mixed)


_western, _central = (_with_mixture(map(_shares, s)) for s in (_WESTERN, _CENTRAL))
_cyrillic = _with_mixture(map(_by_rank, _CYRILLIC))
_CANDIDATES = (
    ("cp1252", "Windows-1252", _western),
    ("cp1250", "Windows-1250", _central),
    ("iso8859-2", "ISO-8859-2", _central),
    ("cp1251", "Windows-1251", _cyrillic),
    ("koi8-u", "KOI8", _cyrillic),
    ("cp1253", "Windows-1253", tuple(map(_by_rank, _GREEK))),
    ("cp1254", "Windows-1254", tuple(map(_shares, _TURKISH))),
    ("cp1257", "Windows-1257", _with_mixture(map(_shares, _BALTIC))),
    ("cp1255", "Windows-1255", tuple(map(_by_rank, _HEBREW))),
    ("cp1256", "Windows-1256", tuple(map(_by_rank, _ARABIC))),
)
LOOKED_FOR = tuple(name for _, name, _ in _CANDIDATES)


def readings_of(words: Iterable[bytes]) -> list[Reading]:
    """Return the reading of different words, each of which has a byte beyond ASCII: one, none, or two that come near.

    Of two the likelier comes first; readings that differ in no word count as one.
    """
    several = list(words)
    found: list[tuple[float, Reading, list[str]]] = []
    for codec, name, languages in _CANDIDATES:
        try:
            texts = [word.decode(codec) for word in several]
        except UnicodeDecodeError:
            continue
        seen = Counter(kind for text in texts for kind in _kinds(text))
        score = max((_score(seen, language) for language in languages), default=-math.inf)
        if score > -math.inf and all(texts != other for *_, other in found):
            found.append((score, Reading(codec, name, ""), texts))
    found.sort(key=lambda each: -each[0])
    margin = _MARGIN_OF_FEW if len(several) < _FEW else _MARGIN
    near = [each for each in found if each[0] > found[0][0] - margin][:2]
    # the example is a word in which the two differ
    differ = (at for at in range(len(several)) if len({each[2][at] for each in near}) == len(near))
    at = next(differ, 0)
    return [Reading(reading.codec, reading.name, texts[at]) for _, reading, texts in near]


def _score(seen: Counter[str], language: Mapping[str, float]) -> float:
    """Return the logarithm of how probable what was seen is; -inf where too much of it is odd, or there is nothing."""
    total, n, odd = 0.0, sum(seen.values()), 0
    for kind, count in seen.items():
        chance = _SIGN if kind == _A_SIGN else language.get(kind[0], 0.0)
        chance = max(chance * _AGAIN ** (len(kind) - 1), _FLOOR)
        odd += count * (chance == _FLOOR)
        total += count * math.log(chance)
    return total if n and odd <= _MOST_ODD * n else -math.inf


def _kinds(text: str) -> Iterator[str]:
    """What each character beyond ASCII tells: itself, doubled where it follows another one, a sign, or an odd one.

    Letters that are words tell nothing.
    """
    for at, char in enumerate(text):
        if char.isascii():
            continue
        before, after = text[at - 1 : at] if at else "", text[at + 1 : at + 2]
        neighbours = [other for other in (before, after) if other.isalpha()]
        low = char.lower() if len(char.lower()) == 1 else char
        if char in _SIGNS:
            # "¾±" are bytes of another script
            is_odd = _is_odd_sign(before) or _is_odd_sign(after)
            most = 0 if char in _MONEY else 2 if char in _INSIDE else 1
            yield _ODD if is_odd or len(neighbours) > most else _A_SIGN
        elif not char.isalpha() or not (neighbours or low in _ALONE):
            yield _ODD
        elif neighbours:
            mixes = any(_script(char) != _script(other) for other in neighbours)
            repeats = before.isalpha() and not before.isascii() and _script(char) == "LATIN"
            if mixes or (char.isupper() and before.islower()):
                yield _ODD
            else:
                yield low * (1 + repeats)


def _is_odd_sign(char: str) -> bool:
    """Whether a neighbour is a sign beyond ASCII that does not stand beside others."""
    return not char.isascii() and not char.isalpha() and char not in _INSIDE


@cache
def _script(letter: str) -> str:
    """Which alphabet a letter is of."""
    return unicodedata.name(letter, "").partition(" ")[0]
