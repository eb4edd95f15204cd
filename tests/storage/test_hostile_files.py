"""Files that are damaged or made to do harm: a `ModelFileError`, at once, and nothing else."""

from __future__ import annotations

import hashlib
import io
import json
import os
import pickle
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy

from ganglion._errors import ModelFileError
from ganglion.storage import State, inspect, load, read_state, write_state

ZEROS = "0" * 64
METADATA = {
    "sha256": ZEROS,
    "format": "ganglion-model",
    "version": "1",
    "kind": "KMeans",
    "parameters": "{}",
    "strings": "{}",
}
FLOATS = {"dtype": "F64", "shape": [2], "data_offsets": [0, 16]}


def forge(path: Path, header: str | bytes | dict, data: bytes = b"", length: int | None = None):
    """Write a file with a right digest, so that what is wrong with it is the header's content."""
    text = json.dumps(header, separators=(",", ":")) if isinstance(header, dict) else header
    raw = text.encode() if isinstance(text, str) else text
    head = (len(raw) if length is None else length).to_bytes(8, "little") + raw
    digest = hashlib.sha256(head + data).hexdigest().encode()
    path.write_bytes(head.replace(ZEROS.encode(), digest, 1) + data)
    return path


def with_metadata(**changes: object) -> dict:
    return {"__metadata__": METADATA | changes}


def with_arrays(**arrays: object) -> dict:
    return {"__metadata__": METADATA, **arrays}


def floats(**changes: object) -> dict:
    return with_arrays(a=FLOATS | changes)


@pytest.fixture
def small(tmp_path):
    """A small model file with some of everything."""
    path = tmp_path / "small"
    arrays = {"centers": np.arange(3.0), "names": np.array(["a", "b"]), "on": np.array([True])}
    write_state(path, State("KMeans", {"k": 2, "init": np.ones(1, dtype="f4")}, arrays))
    return path


def refused(path: Path, match: str = "Cannot read .*: ") -> None:
    with pytest.raises(ModelFileError, match=match):
        read_state(path)


def test_a_forged_file_without_a_fault_is_read(tmp_path):
    state = read_state(forge(tmp_path / "a", floats(), bytes(16)))
    assert state.arrays["a"].tolist() == [0.0, 0.0]


def test_a_file_cut_at_any_length_is_refused(small, tmp_path):
    whole = small.read_bytes()
    for length in range(len(whole)):
        (tmp_path / "cut").write_bytes(whole[:length])
        refused(tmp_path / "cut")


def test_a_file_with_any_bit_flipped_is_refused(small, tmp_path):
    whole = small.read_bytes()
    for position in range(len(whole)):
        for bit in range(8):
            flipped = bytearray(whole)
            flipped[position] ^= 1 << bit
            (tmp_path / "flipped").write_bytes(flipped)
            refused(tmp_path / "flipped")


@pytest.mark.parametrize("more", [b"\0", b" ", b"x" * 8, b"\0" * 5000])
def test_a_file_with_bytes_added_is_refused(small, tmp_path, more):
    (tmp_path / "longer").write_bytes(small.read_bytes() + more)
    refused(tmp_path / "longer", "must have the digest that it names; they have another")
    forge(tmp_path / "longer", floats(), bytes(16) + more)
    refused(tmp_path / "longer", f"they take 16 bytes and {16 + len(more)} are there")


@pytest.mark.parametrize("length", [0, 1, 90, 4000, 2**24 + 1, 2**40, 2**63, 2**64 - 1])
def test_a_header_length_that_lies_is_refused(tmp_path, length):
    forge(tmp_path / "a", floats(), bytes(16), length=length)
    refused(tmp_path / "a", f"length of its header must fit .* it says {length} bytes")


@pytest.mark.parametrize("step", [-8, -1, 1, 8])
def test_a_header_length_that_is_a_little_off_is_refused(tmp_path, step):
    length = len(json.dumps(floats(), separators=(",", ":"))) + step
    refused(forge(tmp_path / "a", floats(), bytes(16), length=length), "must be JSON|Unexpected")


START = json.dumps(with_metadata(), separators=(",", ":"))[:-1]
HEADERS = [
    (START, "must be JSON"),
    (START + ",}", "must be JSON"),
    (START + "}]", "must be JSON"),
    (START + ',"a":1,"a":2}', "Names in the header must be unique; 'a' comes twice"),
    (START + ',"__metadata__":{}}', "'__metadata__' comes twice"),
    (START[:-1] + ',"kind":"Other"}}', "'kind' comes twice"),
    (START + ',"a":' + "[" * 100_000 + "]" * 100_000 + "}", "nest at most 128 deep"),
    (START + ',"a":' + '{"a":' * 3_000_000, "nest at most 128 deep"),
    (START + ',"a":"' + '\\"' * 4_000_000, "must be JSON"),
    (START + ',"a":' + '"' * 4_000_001, "must be JSON"),
    (START + ',"a":NaN}', "must be finite; found NaN"),
    (START + ',"a":-Infinity}', "must be finite; found -Infinity"),
    (START + ',"a":1e999}', "must fit a float64; found 1e999"),
    (START + ',"a":' + "9" * 1_000_000 + "}", "at most 320 digits; found 1000000"),
    (START.encode() + b',"\xff":1}', "must be UTF-8"),
    (START.encode() + b',"\xed\xa0\x80":1}', "must be UTF-8"),
    (START + ',"a":1}', "must have dtype, shape and data_offsets alone"),
    (START + ',"a":[]}', "must have dtype, shape and data_offsets alone"),
]


@pytest.mark.parametrize(("header", "message"), HEADERS, ids=range(len(HEADERS)))
def test_a_header_that_is_not_strict_json_is_refused(tmp_path, header, message):
    refused(forge(tmp_path / "a", header, bytes(16)), message)


def test_deep_nesting_is_refused_whatever_the_recursion_limit(tmp_path):
    deep = "[" * 200_000 + "]" * 200_000
    forge(tmp_path / "a", with_metadata(parameters=deep))
    limit = sys.getrecursionlimit()
    try:
        sys.setrecursionlimit(10**6)
        refused(tmp_path / "a", "nest at most 128 deep")
    finally:
        sys.setrecursionlimit(limit)


METADATA_FAULTS = [
    (with_metadata(format="pt"), "The format must be 'ganglion-model'; found 'pt'"),
    (with_metadata(format=None), "The format must be 'ganglion-model'; found None"),
    (with_metadata(version="2"), r"version 2 of the format; .* up to 1\. Update ganglion"),
    (with_metadata(version="7", brand_new="{}"), "version 7 of the format"),
    (with_metadata(version="01"), "The version must be a number; found '01'"),
    (with_metadata(version=1), "The version must be a number; found 1"),
    (with_metadata(extra="x"), "The metadata must be strings named sha256, format, version"),
    (with_metadata(strings=1), "The metadata must be strings named"),
    (with_metadata(kind="os.system"), "The kind must be a name; found 'os.system'"),
    (with_metadata(parameters="[]"), "parameters in the header must be a JSON object"),
    (with_metadata(parameters='{"a":1,"a":2}'), "'a' comes twice"),
    (with_metadata(parameters='{"a b":1}'), "Names of parameters must be identifiers"),
    (with_metadata(parameters='{"a":NaN}'), "must be finite; found NaN"),
    (with_metadata(parameters='{"a":{}}'), "exactly one key; found 0"),
    (with_metadata(parameters='{"a":{"tuple":[],"dict":[]}}'), "exactly one key; found 2"),
    (with_metadata(parameters='{"a":{"object":"os.system"}}'), "a known one; found 'object'"),
    (with_metadata(parameters='{"a":{"float":"nope"}}'), "must be nan, inf or -inf; got nope"),
    (with_metadata(parameters='{"a":{"float":[]}}'), "must be nan, inf or -inf"),
    (with_metadata(parameters='{"a":{"tuple":1}}'), "A tuple must hold a list"),
    (with_metadata(parameters='{"a":{"dict":[[1]]}}'), "A dict must hold a list of pairs"),
    (with_metadata(parameters='{"a":{"dict":[[1,2],[1,3]]}}'), "must be plain and differ"),
    (with_metadata(parameters='{"a":{"dict":[[[],2]]}}'), "must be plain and differ"),
    (with_metadata(parameters='{"a":{"str_":1}}'), "type str_ must hold a string"),
    (with_metadata(parameters='{"a":{"int8":300}}'), "A value of type int8 must hold one"),
    (with_metadata(parameters='{"a":{"int8":true}}'), "A value of type int8 must hold one"),
    (with_metadata(parameters='{"a":{"float32":0.1}}'), "A value of type float32 must hold one"),
    (with_metadata(parameters='{"a":{"float32":1e300}}'), "A value of type float32 must hold"),
    (with_metadata(parameters='{"a":{"int64":{"dict":[]}}}'), "A value of type int64 must hold"),
    (with_metadata(parameters='{"a":{"array":"parameters.a"}}'), "must be in the file, and used"),
    (with_metadata(parameters='{"a":{"array":1}}'), "must be in the file, and used once"),
    (with_metadata(strings="[]"), "strings in the header must be a JSON object"),
    (with_metadata(strings='{"a":1}'), "Strings 'a' must have a dtype, a shape and values"),
    (
        with_metadata(strings='{"a":{"dtype":"U1","shape":[2],"values":["a"]}}'),
        r"must have as many values as their shape says; found 1 for \[2\]",
    ),
    (
        with_metadata(strings='{"a":{"dtype":"U1","shape":[1],"values":["ab"]}}'),
        "must have a dtype, a shape and values that fit",
    ),
    (
        with_metadata(strings='{"a":{"dtype":"object","shape":[1],"values":[{"a":1}]}}'),
        "must have a dtype, a shape and values that fit",
    ),
    (
        with_metadata(strings='{"a":{"dtype":"U0","shape":[0],"values":[]}}'),
        "must have a dtype, a shape and values that fit",
    ),
    (
        with_metadata(strings='{"a":{"dtype":"O","shape":[0],"values":[]}}'),
        "must have a dtype, a shape and values that fit",
    ),
    (
        with_metadata(strings='{"a":{"dtype":"U999999999","shape":[1],"values":["a"]}}'),
        "must take at most 268435456 bytes",
    ),
    (
        with_metadata(
            strings='{"a":{"dtype":"object","shape":[0,4611686018427387904],"values":[]}}'
        ),
        "must have a dtype, a shape and values that fit",
    ),
    (
        with_metadata(strings='{"a b":{"dtype":"object","shape":[0],"values":[]}}'),
        "Names of arrays must be plain and unique; found 'a b'",
    ),
]


@pytest.mark.parametrize(("header", "message"), METADATA_FAULTS, ids=range(len(METADATA_FAULTS)))
def test_metadata_that_do_not_fit_are_refused(tmp_path, header, message):
    refused(forge(tmp_path / "a", header), message)


ARRAY_FAULTS = [
    (floats(dtype="F80"), "dtype of 'a' must be one of BOOL, .*; found 'F80'"),
    (floats(dtype=["F64"]), "dtype of 'a' must be one of"),
    (floats(dtype="C64"), "found 'C64'"),
    (floats(extra=1), "must have dtype, shape and data_offsets alone"),
    (floats(shape=[3]), r"agree; found shape \[3\] and range \[0, 16\] for F64"),
    (floats(shape=[-2]), "must have a shape and a range of bytes that agree"),
    (floats(shape=[2.0]), "must have a shape and a range of bytes that agree"),
    (floats(shape=[True, 2]), "must have a shape and a range of bytes that agree"),
    (floats(shape="2"), "must have a shape and a range of bytes that agree"),
    (floats(shape=[1] * 33 + [2]), "must have a shape and a range of bytes that agree"),
    (floats(shape=[2**40, 2**40]), "must have a shape and a range of bytes that agree"),
    (floats(shape=[2**32, 2**32, 2]), "must have a shape and a range of bytes that agree"),
    (floats(shape=[2**62, 4]), "must have a shape and a range of bytes that agree"),
    (
        floats(shape=[0, 2**62, 2**62], data_offsets=[0, 0]),
        "must have a shape and a range of bytes that agree",
    ),
    (floats(shape=[2**40], data_offsets=[0, 2**43]), "they take 8796093022208 bytes and 16 are"),
    (floats(data_offsets=[16, 0]), "must have a shape and a range of bytes that agree"),
    (floats(data_offsets=[-16, 0]), "must have a shape and a range of bytes that agree"),
    (floats(data_offsets=[0, 16, 16]), "must have a shape and a range of bytes that agree"),
    (floats(data_offsets=[0, "16"]), "must have a shape and a range of bytes that agree"),
    (floats(data_offsets=[8, 24]), "'a' leaves a gap before it"),
    (floats(shape=[1], data_offsets=[8, 16]), "'a' leaves a gap before it"),
    (floats(shape=[1], data_offsets=[0, 8]), "they take 8 bytes and 16 are there"),
    (with_arrays(a=FLOATS, b=FLOATS), "'b' overlaps the one before"),
    (
        with_arrays(a=FLOATS, b={"dtype": "U8", "shape": [1], "data_offsets": [9, 10]}),
        "'b' overlaps the one before",
    ),
    (
        with_arrays(
            a={"dtype": "F32", "shape": [1], "data_offsets": [0, 4]},
            b={"dtype": "F64", "shape": [1], "data_offsets": [8, 16]},
        ),
        "'b' leaves a gap before it",
    ),
    (with_arrays(**{"a b": FLOATS}), "Names of arrays must be plain and unique; found 'a b'"),
    (with_arrays(**{"../../etc": FLOATS}), "Names of arrays must be plain and unique"),
    (with_arrays(**{"parameters.a": FLOATS}), "belongs to a parameter that is not there"),
    (
        with_metadata(strings='{"a":{"dtype":"object","shape":[0],"values":[]}}') | {"a": FLOATS},
        "Names of arrays must be plain and unique; found 'a'",
    ),
    (
        with_metadata(parameters='{"a":{"array":"parameters.b"},"b":{"array":"parameters.b"}}')
        | {"parameters.b": FLOATS},
        "must be in the file, and used once; 'parameters.b' is not",
    ),
    (
        with_metadata(parameters='{"a":{"array":"b"}}') | {"b": FLOATS},
        "must be in the file, and used once; 'b' is not",
    ),
]


@pytest.mark.parametrize(("header", "message"), ARRAY_FAULTS, ids=range(len(ARRAY_FAULTS)))
def test_arrays_that_do_not_fit_the_data_are_refused(tmp_path, header, message):
    refused(forge(tmp_path / "a", header, bytes(16)), message)


def test_bools_other_than_0_and_1_are_refused(tmp_path):
    header = floats(dtype="BOOL", shape=[16])
    refused(forge(tmp_path / "a", header, bytes([2] * 16)), "Bools must be 0 or 1")


def test_arrays_that_are_not_aligned_are_read(tmp_path):
    byte = {"dtype": "U8", "shape": [1], "data_offsets": [0, 1]}
    number = {"dtype": "F64", "shape": [1], "data_offsets": [1, 9]}
    data = b"\x07" + np.float64(0.1).tobytes()
    arrays = read_state(forge(tmp_path / "a", with_arrays(a=byte, b=number), data)).arrays
    assert (arrays["a"][0], arrays["b"][0], arrays["b"].flags.aligned) == (7, 0.1, True)


def test_too_many_arrays_are_refused(tmp_path):
    empty = {"dtype": "F64", "shape": [0], "data_offsets": [0, 0]}
    header = with_arrays(**{f"a{i}": empty for i in range(2**16 + 1)})
    refused(forge(tmp_path / "a", header), "Arrays must be at most 65536; found 65537")


def test_an_unknown_kind_is_inspected_but_not_loaded(tmp_path):
    path = forge(tmp_path / "a", with_metadata(kind="Subprocess"))
    assert inspect(path).kind == "Subprocess"
    with pytest.raises(
        ModelFileError, match=r"kind must be one of .*KMeans, .*; found 'Subprocess'"
    ):
        load(path)


class Exploit:
    def __reduce__(self):
        return os.mkdir, (os.environ["EXPLOIT"],)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_pickle_is_refused_and_not_run(tmp_path, monkeypatch, protocol):
    monkeypatch.setenv("EXPLOIT", str(tmp_path / "was-run"))
    (tmp_path / "a").write_bytes(pickle.dumps([Exploit(), "x" * 200], protocol=protocol))
    refused(tmp_path / "a", "It is a pickle. Pickles run code" if protocol > 1 else "no model file")
    assert not (tmp_path / "was-run").exists()


def test_files_of_other_programs_are_refused(tmp_path):
    path = tmp_path / "a"
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("data", "x" * 200)
    for content in (archive.getvalue(), b"a,b\n1,2\n" * 50, b"\x89HDF\r\n\x1a\n" * 20, bytes(500)):
        path.write_bytes(content)
        refused(path, "It is no model file of ganglion")
    safetensors.numpy.save_file({"a": np.zeros(50)}, path, metadata={"format": "np"})
    refused(path, "it may be a safetensors file of another library")


def test_an_empty_file_is_refused(tmp_path):
    (tmp_path / "a").touch()
    refused(tmp_path / "a", "it has 0: cut or empty")
