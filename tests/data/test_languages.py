"""Languages by their function words, and words out of texts."""

from __future__ import annotations

import pytest

from ganglion.data.languages import LANGUAGES, guess_language, stop_words, words_of
from oracles.sentences import TEXTS

OTHERS = {
    "Italian": "Non è vero che la città sia più bella della campagna, ma ci sono anche altre cose da vedere.",
    "Dutch": "Het is niet waar dat de stad mooier is dan het land, maar er zijn ook andere dingen.",
    "Danish": "Det er ikke sandt, at han også kommer ud af huset efter to dage, og nu skal vi se hvad der sker.",
    "Norwegian": "Det er ikke sant at han også kommer ut av huset etter to dager, men nå skal vi se hva som skjer.",
    "Finnish": "Se ei ole niin kuin minä sanoin, vaan he ovat kaikki olleet täällä jo kauan ennen meitä.",
    "Romanian": "Nu este adevărat că orașul este mai frumos decât satul, dar sunt și alte lucruri care se văd.",
    "Chinese": "这是一个关于经济的文档",
    "Japanese": "これは経済についての文書です",
    "Korean": "이것은 경제에 관한 문서입니다",
    "Arabic": "هذه وثيقة عن الاقتصاد",
    "Hebrew": "זהו מסמך על הכלכלה",
    "Hindi": "यह अर्थव्यवस्था के बारे में एक दस्तावेज़ है",
    "Thai": "นี่คือเอกสารเกี่ยวกับเศรษฐกิจ",
}


@pytest.mark.parametrize("language", sorted(TEXTS | OTHERS))
def test_a_sentence_shows_its_language(language):
    assert guess_language((TEXTS | OTHERS)[language]) == language


def test_every_language_has_its_case():
    assert set(LANGUAGES) <= set(TEXTS | OTHERS)


@pytest.mark.parametrize("text", ["", "42", "!!!", "Ganglion", "zzz qqq xxx", "\ud800"])
def test_what_shows_no_language_has_none(text):
    assert guess_language(text) is None


def test_function_words_are_in_lower_case_and_cut_as_texts_are():
    for language in LANGUAGES:
        for word in stop_words([language]):
            assert word == word.lower()
            assert (
                words_of(word) in ([word], [word.removesuffix("'s")])
                or not words_of(word)
                or "'" in word
            )


def test_words_are_cut_without_marks_numbers_and_addresses():
    text = (
        "Mail a.b@example.org or https://example.org/x?y=1, don't wait: B2B, 3rd, l'été, x_y, naïve"
    )
    assert words_of(text) == "mail or don't wait b2b rd l'été x y naïve".split()


def test_scripts_without_blanks_become_pairs_of_characters():
    assert words_of("東京都 and 大") == ["東京", "京都", "and", "大"]


def test_a_text_of_a_million_characters_is_cut_in_time():
    assert len(words_of("storm over the bay " * 60_000)) == 240_000
