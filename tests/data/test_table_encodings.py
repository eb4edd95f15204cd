"""Tables that are not UTF-8: read as what they show, with a note, or refused by name."""

from __future__ import annotations

import gzip
import json
import random
import re

import pytest

from ganglion import ParameterError
from ganglion.data import Limits, read_table, write_labels
from ganglion.data._function_words import FUNCTION_WORDS
from ganglion.data._letters import readings_of
from ganglion.data._table_encodings import CHUNK
from oracles.sentences import TEXTS

TOWNS = {
    "cp1252": "Besançon Béziers Hyères Orléans Sète Mâcon Thônes",
    "cp1250": "Łódź Gdańsk Poznań Zielona Góra Częstochowa Toruń Białystok",
    "iso8859-2": "Łódź Gdańsk Poznań Zielona Góra Częstochowa Toruń Białystok",
    "cp1251": "Москва Казань Томск Самара Тула Омск",
    "koi8-u": "Москва Казань Томск Самара Тула Омск",
    "cp1253": "Αθήνα Πάτρα Βόλος Λάρισα Ρόδος Χανιά",
    "cp1254": "İstanbul Eskişehir Muğla Diyarbakır Şanlıurfa Çanakkale Iğdır",
    "cp1255": "ירושלים חיפה אשדוד נתניה רחובות",
    "cp1256": "القاهرة الرياض بيروت دمشق الكويت",
    "cp1257": "Šiauliai Panevėžys Klaipėda Mažeikiai Kėdainiai Telšiai Biržai Radviliškis Plungė",
}


def towns(codec: str) -> bytes:
    rows = "".join(f"{town},{at}\n" for at, town in enumerate(TOWNS[codec].split()))
    return f"town,v\n{rows}".encode(codec)


@pytest.mark.parametrize("codec", sorted(TOWNS))
def test_names_show_their_encoding(tmp_path, codec):
    path = tmp_path / "towns.csv"
    path.write_bytes(towns(codec))
    found = read_table(path)
    assert found.column("town").values.tolist() == TOWNS[codec].split()
    assert re.fullmatch(
        r"'towns.csv' was read as \S+, by the letters that it then shows \('.+'\)", found.notes[0]
    )


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("name", ["t.csv", "t.tsv", "t.csv.gz", "t.jsonl"])
def test_wide_characters_are_read_with_and_without_a_mark(tmp_path, codec, name):
    if name == "t.jsonl":
        text = "".join(json.dumps({"name": n, "v": 1}, ensure_ascii=False) + "\n" for n in "aé€")
    else:
        text = "name,v\na,1\né,1\n€,1\n".replace(",", "\t" if name == "t.tsv" else ",")
    data = text.encode(codec)
    path = tmp_path / name
    path.write_bytes(gzip.compress(data, mtime=0) if name.endswith(".gz") else data)
    found = read_table(path)
    assert found.names == ("name", "v")
    assert found.column("name").values.tolist() == ["a", "é", "€"]
    assert f"'{name}' was read as {codec[:6].upper()}" in found.notes[0]


def test_plain_tables_have_no_note(tmp_path):
    for encoding in ("utf-8", "utf-8-sig", "ascii"):
        path = tmp_path / "t.csv"
        path.write_bytes("name,v\nJose,1\n".encode(encoding))
        assert read_table(path).notes == ()


def test_the_encoding_that_is_said_counts(tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes("name,v\nDvořák,1\n北京,2\n".encode("gb18030"))
    found = read_table(path, encoding="gb18030")
    assert found.column("name").values.tolist() == ["Dvořák", "北京"]
    assert found.notes == ("'t.csv' was read as gb18030, as was said",)
    with pytest.raises(
        ParameterError, match=r"encoding must be the name of a text encoding.*utf-9'"
    ):
        read_table(path, encoding="utf-9")


def test_rows_are_written_as_they_were_read(tmp_path):
    path, out = tmp_path / "t.csv", tmp_path / "out.csv"
    for data, encoding in ((towns("cp1250"), None), ("town,v\nДон,1\n".encode("cp866"), "cp866")):
        path.write_bytes(data)
        table = read_table(path, encoding=encoding)
        write_labels(table, [0] * table.n_rows, out)
        first = out.read_text(encoding="utf-8").splitlines()[1]
        assert first == f"{table.column('town').values[0]},{table.column('v').values[0]},0"


def test_what_stands_after_the_first_blocks_is_seen(tmp_path):
    path = tmp_path / "t.csv"
    rare = "2,Čadca\n3,Žižkov\n4,Plzeň\n5,Dvořák\n6,Jiří\n"
    path.write_bytes(b"v,w\n" + b"1,some words\n" * (CHUNK // 8) + rare.encode("cp1250"))
    assert read_table(path).column("w").values[-1] == "Jiří"


def test_the_decoded_text_is_under_the_cap_on_bytes(tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes(("n,v\n" + "€€€,1\n" * 100).encode("cp1252"))
    with pytest.raises(ValueError, match="may hold at most 1000 bytes of text"):
        read_table(path, encoding="cp1252", limits=Limits(bytes=1000))


CODECS = {
    "German": ("cp1252",), "French": ("cp1252",), "Spanish": ("cp1252",), "Portuguese": ("cp1252",),
    "Italian": ("cp1252",), "Swedish": ("cp1252",), "Danish": ("cp1252",), "Finnish": ("cp1252",),
    "Polish": ("cp1250", "iso8859-2"), "Czech": ("cp1250", "iso8859-2"), "Hungarian": ("cp1250", "iso8859-2"),
    "Russian": ("cp1251", "koi8-u"), "Ukrainian": ("cp1251", "koi8-u"), "Greek": ("cp1253",), "Turkish": ("cp1254",),
}  # fmt: skip


@pytest.mark.parametrize(("language", "codec"), [(k, c) for k, v in CODECS.items() for c in v])
def test_words_are_read_right_or_refused(language, codec):
    texts = re.split(r"[\s,.:]+", TEXTS.get(language, ""))
    words = sorted(
        {w for w in (*texts, *FUNCTION_WORDS[language]) if not w.isascii() and len(w) > 2}
    )
    draws, right = random.Random(0), 0
    samples = [
        draws.sample(words, min(size, len(words))) for size in (2, 4, 6, 8) for _ in range(10)
    ]
    for chosen in samples:
        found = readings_of([word.encode(codec) for word in chosen])
        if len(found) == 1:
            assert [word.encode(codec).decode(found[0].codec) for word in chosen] == chosen
            right += 1
    assert right >= 0.4 * len(samples)


@pytest.mark.parametrize(
    ("codec", "text"),
    [
        ("gb18030", "这是一个 中文文档"),
        ("shift_jis", "これは 日本語"),
        ("euc_kr", "이것은 한국어"),
        ("big5", "這是一個 文件"),
    ],
)
def test_scripts_that_are_not_looked_for_are_refused(codec, text):
    assert readings_of([word.encode(codec) for word in text.split()]) == []


def test_signs_alone_do(tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes("price £;area m²;t °C\n£5;3 m²;4 °C\n".encode("cp1252"))
    assert read_table(path).names == ("price £", "area m²", "t °C")
