"""Texts in any encoding: read right or refused, and what was assumed is said."""

from __future__ import annotations

import pytest

from ganglion import DataError, ParameterError
from ganglion.data import read_documents
from ganglion.data._text_encodings import NotText, decode_text
from oracles.sentences import TEXTS

OLD = [
    *((language, "cp1252") for language in "English German French Spanish Portuguese Swedish".split()),
    *((language, codec) for language in ("Polish", "Czech", "Hungarian") for codec in ("cp1250", "iso8859-2")),
    *((language, codec) for language in ("Russian", "Ukrainian") for codec in ("cp1251", "koi8-u")),
    ("Greek", "cp1253"),
    ("Turkish", "cp1254"),
]  # fmt: skip


@pytest.mark.parametrize("language", sorted(TEXTS))
@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_unicode_is_read_as_it_is(language, codec):
    found = decode_text(TEXTS[language].encode(codec))
    assert found.text == TEXTS[language] and not found.assumed


@pytest.mark.parametrize(("language", "codec"), OLD)
def test_older_encodings_are_found_by_the_words_that_they_show(language, codec):
    found = decode_text(TEXTS[language].encode(codec))
    assert found.text == TEXTS[language] and found.assumed


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
def test_utf16_without_a_mark_is_found_by_its_nul_bytes(codec):
    found = decode_text("Plain words, nothing else.".encode(codec))
    assert (found.text, found.encoding, found.assumed) == (
        "Plain words, nothing else.",
        "UTF-16",
        True,
    )


def test_few_signs_that_show_no_language_are_taken_for_the_western_encoding_and_that_is_said(
    tmp_path,
):
    (tmp_path / "menu.txt").write_bytes("Café £5\nCrème brûlée £7 incl. VAT".encode("cp1252"))
    found = read_documents(tmp_path / "menu.txt")
    assert found.texts[0] == "Café £5"
    assert "read as Windows-1252" in found.notes[-1]


def test_what_a_page_declares_counts(tmp_path):
    page = '<meta charset="koi8-r"><p>Привет, мир: краткий текст</p>'
    (tmp_path / "page.html").write_bytes(page.encode("koi8-r"))
    assert read_documents(tmp_path).texts == ("Привет, мир: краткий текст",)


def test_what_is_declared_and_is_not_so_does_not_count():
    text = '<meta charset="utf-8"><p>Für die Brücke ist nicht genügend Geld da</p>'
    assert decode_text(text.encode("cp1252")).text == text


UNREAD = {
    "gb18030": "这是一个关于经济的中文文档",
    "shift_jis": "これは日本語の文書です",
    "euc_kr": "이것은 한국어 문서입니다",
    "big5": "這是一個關於經濟的文件",
}


@pytest.mark.parametrize("codec", sorted(UNREAD))
def test_bytes_that_no_reading_turns_into_words_are_refused_rather_than_shown_wrong(codec):
    text = UNREAD[codec]
    with pytest.raises(NotText, match="no reading of it shows words of a known language"):
        decode_text(text.encode(codec))
    assert decode_text(text.encode(codec), codec).text == text


def test_the_error_of_a_file_says_what_to_do(tmp_path):
    (tmp_path / "a.txt").write_bytes("这是一个关于经济的中文文档".encode("gb18030"))
    with pytest.raises(DataError, match=r"must be text; .* or its encoding"):
        read_documents(tmp_path / "a.txt")
    assert read_documents(tmp_path / "a.txt", encoding="gb18030").texts == (
        "这是一个关于经济的中文文档",
    )


def test_an_encoding_that_does_not_fit_is_refused(tmp_path):
    (tmp_path / "a.txt").write_bytes(b"\xff\xfe\xfd")
    with pytest.raises(DataError, match=r"is not ascii \(byte 0"):
        read_documents(tmp_path / "a.txt", encoding="ascii")
    with pytest.raises(ParameterError, match="encoding must be the name of a text encoding"):
        read_documents(tmp_path / "a.txt", encoding="utf-99")


@pytest.mark.parametrize("data", [b"\xff\xfea", b"\xff\xfe\x00\x00abc", b"\xef\xbb\xbf\xff"])
def test_a_mark_that_lies_is_refused(data):
    with pytest.raises(NotText, match="begins with the mark of"):
        decode_text(data)


def test_control_characters_throughout_are_a_binary_file():
    with pytest.raises(NotText, match="control characters throughout"):
        decode_text(b"\x01\x02\x03\x04 abc " * 40)


def test_line_ends_become_line_feeds():
    assert decode_text(b"a\r\nb\rc\nd").text == "a\nb\nc\nd"
