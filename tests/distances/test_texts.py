"""Edit distances: against naive tables, rapidfuzz, by hand, their laws, and what a text may hold."""

import functools
import unicodedata

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ganglion as gl
from ganglion._native import available_isas, isa, use_isa
from ganglion.distances._texts import Texts, as_texts
from interrupting import ends_soon_and_whole
from oracles import sequences
from oracles.sequence_bits import filled, same_bits_everywhere

METRICS = ("levenshtein", "damerau_levenshtein", "jaro_winkler")
NAIVE = {name: getattr(sequences, name) for name in METRICS}
ALPHABETS = ("ab", "abcdefghij", "aé東🙂\u0301 xyz")


def texts(X, **parameters):
    return as_texts(X, parameters)


def square(X, Y=None, metric="levenshtein", dtype=None, **parameters):
    x = texts(X, **parameters)
    y = None if Y is None else texts(Y, **parameters)
    return filled(x.pairs(y, metric, parameters, dtype))


def random_texts(n, longest, alphabet="abcdefghij", seed=0):
    rng = np.random.default_rng(seed)
    return ["".join(rng.choice(list(alphabet), rng.integers(0, longest + 1))) for _ in range(n)]


@pytest.fixture(params=available_isas())
def each_isa(request):
    before = isa()
    use_isa(request.param)
    yield request.param
    use_isa(before)


@functools.cache
def naive_cases(metric, n):
    """Texts, others, and what the naive code says of them: the same for every instruction set."""
    cases = []
    for alphabet, longest in zip(ALPHABETS, (7, 12, 20), strict=True):
        X, Y = random_texts(n, longest, alphabet, 1), random_texts(5, longest, alphabet + "!", 2)
        for a, b in ((X, None), (X, Y), (Y, X)):
            cases.append(
                (a, b, [[NAIVE[metric](s, t) for t in (a if b is None else b)] for s in a])
            )
    return cases


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("n", [0, 1, 2, 7, 8, 9, 15, 16, 17])
def test_distances_are_those_of_the_definition(metric, n, each_isa):
    for a, b, wanted in naive_cases(metric, n):
        found = square(a, b, metric, np.dtype(np.float64), normalize=None)
        assert found == pytest.approx(np.reshape(wanted, found.shape), abs=1e-14)


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("longest", [8, 9, 16, 17, 32, 33, 63, 64, 65, 127, 129, 300])
def test_every_width_of_lanes_equals_rapidfuzz(metric, longest, each_isa):
    distance = pytest.importorskip("rapidfuzz.distance")
    theirs = {
        "levenshtein": distance.Levenshtein,
        "damerau_levenshtein": distance.DamerauLevenshtein,
        "jaro_winkler": distance.JaroWinkler,
    }[metric].distance
    X = [*random_texts(20, longest, "abcd", longest), "a" * longest, "ab" * (longest // 2)]
    Y = [*random_texts(9, longest // 2, "abce", 3), "b" * longest]
    for a, b in ((X, X), (X, Y), (Y, X)):
        wanted = np.array([[theirs(s, t) for t in b] for s in a])
        found = square(a, None if a is b else b, metric, np.dtype(np.float64))
        assert found == pytest.approx(wanted, abs=1e-12)


def test_a_thousand_words_equal_rapidfuzz_whole_and_normalized():
    process = pytest.importorskip("rapidfuzz.process")
    from rapidfuzz.distance import DamerauLevenshtein, Levenshtein

    X = random_texts(1000, 14)
    for metric, theirs in (
        ("levenshtein", Levenshtein),
        ("damerau_levenshtein", DamerauLevenshtein),
    ):
        whole = process.cdist(X, X, scorer=theirs.distance)
        assert np.array_equal(square(X, metric=metric), whole)
        share = process.cdist(X, X, scorer=theirs.normalized_distance, dtype=np.float64)
        # one division each: the same double, or its neighbour where they multiply by a reciprocal
        assert square(X, metric=metric, normalized=True) == pytest.approx(share, abs=1e-15)


def test_by_hand():
    """kitten -> sitting: k becomes s, e becomes i, g is new. CA -> ABC: swap to AC, put B between: 2, not 3."""
    assert square(["kitten"], ["sitting"])[0, 0] == 3
    assert square(["CA"], ["ABC"])[0, 0] == 3
    assert square(["CA"], ["ABC"], "damerau_levenshtein")[0, 0] == 2
    assert square(["kitten"], ["sitting"], normalized=True)[0, 0] == 3 / 7
    # Winkler's MARTHA and MARHTA: 6 of 6 match, T and H moved (one half of two): (1 + 1 + 5/6) / 3 = 17/18; three
    # common first letters add 3 x 0.1 x 1/18.
    assert square(["MARTHA"], ["MARHTA"], "jaro_winkler")[0, 0] == pytest.approx(
        1 / 18 - 0.3 / 18, abs=1e-15
    )
    assert square(["MARTHA"], ["MARHTA"], "jaro_winkler", prefix_weight=0.0)[0, 0] == pytest.approx(
        1 / 18, abs=1e-15
    )


@pytest.mark.parametrize("metric", METRICS)
def test_empty_texts(metric):
    found = square(["", "", "abc"], metric=metric, normalized=True)
    assert found.tolist() == [[0, 0, 1], [0, 0, 1], [1, 1, 0]]


words = st.text(alphabet="abcé🙂", max_size=12)


@given(x=words, y=words, z=words)
@settings(deadline=None)
def test_laws_of_edit_distances(x, y, z):
    for metric in ("levenshtein", "damerau_levenshtein"):
        D = square([x, y, z], metric=metric)
        assert np.array_equal(D, D.T) and not D.diagonal().any()
        assert D[0, 2] <= D[0, 1] + D[1, 2]
        assert abs(len(x) - len(y)) <= D[0, 1] <= max(len(x), len(y))
        assert (D[0, 1] == 0) == (x == y)
        # what stands before and after both changes nothing; two joints cost at most the sum of their parts
        assert square([z + x + z], [z + y + z], metric)[0, 0] == D[0, 1]
        assert square([x + y], [y + z], metric)[0, 0] <= D[0, 1] + D[1, 2]
    swaps, edits = square([x], [y], "damerau_levenshtein")[0, 0], square([x], [y])[0, 0]
    assert swaps <= edits <= 2 * swaps


@given(x=words, y=words)
@settings(deadline=None)
def test_laws_of_jaro_winkler(x, y):
    D = square([x, y], metric="jaro_winkler")
    assert np.array_equal(D, D.T) and not D.diagonal().any()
    assert 0 <= D[0, 1] <= 1
    assert D[0, 1] == pytest.approx(sequences.jaro_winkler(x, y), abs=1e-14)


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_tiles_threads_and_instruction_sets_give_the_same_bits(metric, dtype):
    X = texts([*random_texts(150, 20), *random_texts(5, 200), *random_texts(99, 40, "aé東🙂")])
    Y = texts(random_texts(70, 30))
    for x, y in ((X, None), (X, Y), (Y, X)):
        assert same_bits_everywhere(lambda x=x, y=y: x.pairs(y, metric, {}, np.dtype(dtype)))


def test_characters_are_code_points_of_the_normal_form():
    composed, apart = "Łódź", unicodedata.normalize("NFD", "Łódź")
    assert len(apart) > len(composed)
    assert square([composed], [apart])[0, 0] == 0
    assert square([composed], [apart], normalize="NFD")[0, 0] == 0
    assert square([composed], [apart], normalize=None)[0, 0] == 4  # o and ´ for ó, z and ´ for ź
    assert square(["ﬁle"], ["file"])[0, 0] == 2  # NFC keeps the ligature: f, i for it
    assert square(["ﬁle"], ["file"], normalize="NFKC")[0, 0] == 0
    assert square(["🙂"], ["🙃"])[0, 0] == 1  # beyond 16 bits one character all the same
    assert square(["👩‍👩‍👧"], ["👩"])[0, 0] == 4  # a family is five code points
    assert square(["a\ud800"], ["a"])[0, 0] == 1  # half a surrogate pair, as Python lets it be
    assert texts([composed, "", "🙂"]).texts() == [composed, "", "🙂"]


@pytest.mark.parametrize(
    ("X", "message"),
    [
        ("abc", r"X must be a list of texts; got one: 'abc'. Pass \[text\]"),
        ({"a", "b"}, "X must be a list of texts, in order; got set"),
        (3, "X must be a list of texts, in order; got int"),
        (["a", None], r"X holds a missing text at item 1 \(None\). Drop it"),
        (["a", "b", float("nan")], r"X holds a missing text at item 2 \(nan\)"),
        ([b"a"], r"item 0 is b'a', of type bytes. Decode it first"),
        (["a", 7], "item 1 is 7, of type int. Turn it into a string"),
        (np.array([["a"], ["b"]]), r"an array of shape \(2, 1\). Choose one column"),
    ],
)
def test_what_is_no_text_is_refused_with_its_place(X, message):
    with pytest.raises(gl.DataError, match=message):
        texts(X)


def test_missing_cells_of_data_frames_are_missing_texts():
    pandas = pytest.importorskip("pandas")
    column = pandas.Series(["a", pandas.NA, "b"], dtype="string")
    with pytest.raises(gl.DataError, match=r"missing text at item 1 \(<NA>\)"):
        texts(column)
    assert texts(column.dropna()).texts() == ["a", "b"]


def test_texts_come_as_any_sequence():
    for given_as in (["a", "bc"], ("a", "bc"), np.array(["a", "bc"]), iter(["a", "bc"])):
        assert texts(given_as).texts() == ["a", "bc"]
    some = texts(["a", "bc", "", "def"]).take(np.array([3, 0, 3, 2]))
    assert some.texts() == ["def", "a", "def", ""]


def test_arrays_of_a_file_are_checked():
    whole = texts(["ab", "", "é🙂"])
    again = Texts.from_arrays(whole.to_arrays())
    assert again.texts() == whole.texts()
    for change in (
        {"offsets": np.array([0, 3, 2, 4])},
        {"offsets": np.array([0, 2, 2, 9])},
        {"offsets": np.zeros(0, dtype=np.int64)},
        {"codes": np.array([1, 2, 3, -1])},
        {"codes": np.array([1, 2, 3, 2**31])},
        {"codes": np.zeros(4)},
    ):
        with pytest.raises(ValueError, match=r"offsets must|codes must"):
            Texts.from_arrays(whole.to_arrays() | change)


def test_lengths_beyond_16_bits_do_not_overflow():
    long = "ab" * 40_000
    near = long[:70_000] + "c" + long[70_001:] + "d"
    X = [long, near, "ab", ""]
    found = square(X)
    assert found[:, 0].tolist() == [0, 2, 79_998, 80_000]
    assert found[:, 1].tolist() == [2, 0, 79_999, 80_001]
    assert square([long], ["ba"], "damerau_levenshtein")[0, 0] == 79_998
    # both letters of "ab" match, none moved: 2/3 and a little, too little for the bonus of a common prefix
    assert square([long], ["ab"], "jaro_winkler", np.dtype(np.float64))[0, 0] == pytest.approx(
        1 - (2 / 80_000 + 1 + 1) / 3, abs=1e-15
    )


@pytest.mark.parametrize("metric", ["levenshtein", "damerau_levenshtein"])
def test_an_interrupt_ends_even_a_single_pair_of_long_texts(metric):
    ends_soon_and_whole(f"""
import sys, time
import numpy as np
from ganglion._native import core
from ganglion.distances._texts import as_texts

rng = np.random.default_rng(0)
long = ["".join(rng.choice(list("abcdefgh"), 400_000)) for _ in range(3)]
pairs = as_texts(long, {{}}).pairs(None, {metric!r}, {{}}, None)
out = np.zeros((3, 3), dtype=np.float32)
try:
    print("ready", flush=True)
    core.fill_square(pairs, out, 0, 3)
except KeyboardInterrupt:
    print(time.monotonic(), flush=True)
else:
    sys.exit("the work was over before the signal came")
small = as_texts(["ab", "ba"], {{}}).pairs(None, {metric!r}, {{}}, None)
out = np.zeros((2, 2), dtype=np.float32)
core.fill_square(small, out, 0, 2)
assert out[0, 1] == {{"levenshtein": 2, "damerau_levenshtein": 1}}[{metric!r}]
print("whole", flush=True)
""")
