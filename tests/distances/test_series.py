"""Dynamic time warping between series of different lengths."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ganglion as gl
from ganglion.distances._series import Series, as_series
from interrupting import ends_soon_and_whole
from oracles import sequences
from oracles.sequence_bits import filled, same_bits_everywhere

BANDS = (None, 0, 1, 5)


def square(X, Y=None, dtype=None, **parameters):
    y = None if Y is None else as_series(Y)
    return filled(as_series(X).pairs(y, "dtw", parameters, dtype))


def random_series(n, longest, channels=1, seed=0, dtype=np.float64):
    rng = np.random.default_rng(seed)
    return [
        rng.normal(size=(rng.integers(1, longest + 1), channels)).astype(dtype) for _ in range(n)
    ]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("step", ["squared", "absolute"])
@pytest.mark.parametrize("channels", [1, 3])
def test_distances_are_those_of_the_definition(dtype, step, channels):
    # A path of at most 40 cells: each sum and each of its terms rounds a few times in its own precision.
    tolerance = 100 * float(np.finfo(dtype).eps)
    longest = random_series(17, 17, channels, 1, dtype)
    Y = random_series(6, 23, channels, 2, dtype)
    for band in BANDS:
        # The naive code sees the most series once; fewer of them are its first rows and columns.
        inside, across, back = (
            np.array([[sequences.dtw(s, t, band, step) for t in b] for s in a])
            for a, b in ((longest, longest), (longest, Y), (Y, longest))
        )
        for n in (0, 1, 2, 7, 8, 9, 15, 16, 17):
            X = longest[:n]
            for a, b, wanted in (
                (X, None, inside[:n, :n]), (X, Y, across[:n]), (Y, X, back[:, :n]),
            ):  # fmt: skip
                found = square(a, b, np.dtype(dtype), band=band, step=step)
                assert found == pytest.approx(wanted, rel=tolerance, abs=tolerance)


def test_by_hand():
    """(0, 1, 1, 2) and (0, 1, 2): the repeated 1 waits, nothing costs. (0, 2) and (1): both meet 1, 1 + 1."""
    X = [[0.0, 1, 1, 2], [0.0, 1, 2], [0.0, 2], [1.0]]
    assert square(X)[0, 1] == 0
    assert square(X)[2, 3] == pytest.approx(np.sqrt(2), abs=1e-15)
    assert square(X, step="absolute")[2, 3] == 2
    # without any step aside the path of two equally long series is the diagonal
    assert square([[1.0, 2, 3]], [[2.0, 3, 4]], band=0)[0, 0] == pytest.approx(np.sqrt(3))
    assert square([[1.0, 2, 3]], [[2.0, 3, 4]])[0, 0] == pytest.approx(np.sqrt(2))


def test_a_share_of_the_longer_series_is_a_band_of_that_many_steps():
    X = random_series(20, 1, seed=3) + [np.random.default_rng(s).normal(size=40) for s in range(9)]
    assert np.array_equal(square(X, band=0.1)[20:, 20:], square(X[20:], band=4))


@given(st.lists(st.floats(-10, 10, width=32), min_size=1, max_size=12), st.data())
@settings(deadline=None)
def test_laws(x, data):
    y = data.draw(st.lists(st.floats(-10, 10, width=32), min_size=1, max_size=12))
    D = square([x, y], step="absolute")
    assert np.array_equal(D, D.T) and not D.diagonal().any()
    bands = [square([x, y], band=band, step="absolute")[0, 1] for band in (0, 2, 12)]
    assert bands[0] >= bands[1] >= bands[2] == D[0, 1]
    at = data.draw(st.integers(0, len(x) - 1))
    repeated = [*x[: at + 1], *x[at:]]  # a series may wait: a repeated step is free
    assert square([repeated], [x])[0, 0] == 0
    ends = abs(x[0] - y[0]) + abs(x[-1] - y[-1]) * (len(x) > 1 or len(y) > 1)
    assert D[0, 1] >= ends * (1 - 1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("band", [None, 3])
def test_tiles_threads_and_instruction_sets_give_the_same_bits(dtype, band):
    X, Y = as_series(random_series(71, 50, dtype=dtype)), as_series(random_series(70, 30, seed=1))
    parameters, kind = {"band": band, "step": "squared"}, np.dtype(dtype)
    for x, y in ((X, None), (X, Y), (Y, X)):
        assert same_bits_everywhere(lambda x=x, y=y: x.pairs(y, "dtw", parameters, kind))


def test_series_come_as_lists_and_arrays():
    rows = np.arange(6.0).reshape(2, 3)
    assert as_series(rows).values.shape == (6, 1)
    assert as_series(np.zeros((2, 3, 4), dtype=np.float32)).values.dtype == np.float32
    assert [len(one) for one in as_series([[1, 2], (3,), np.array([4, 5, 6])]).series()] == [
        2,
        1,
        3,
    ]
    some = as_series([[1, 2], [3]]).take(np.array([1, 0]))
    assert some.values.ravel().tolist() == [3, 1, 2]
    pandas = pytest.importorskip("pandas")
    assert as_series(pandas.DataFrame(rows)).offsets.tolist() == [0, 3, 6]


@pytest.mark.parametrize(
    ("X", "message"),
    [
        (3, "X must be a list of series; got int"),
        ("abc", "X must be a list of series; got str"),
        ([[1.0], None], "series 1 is None. Drop it or pass an array"),
        ([["a"]], "series 0 is of dtype <U1. Turn its values into floats"),
        ([[1.0], []], r"of one step at least; series 1 has shape \(0,\)"),
        ([[1.0], 2.0], r"series 1 has shape \(\)"),
        ([[1.0], [1.0, np.nan]], "series 1 has nan at step 1. Cut the series there"),
        ([np.array([[1.0, 2.0], [3.0, -np.inf]])], "series 0 has -inf at step 1, channel 1"),
        ([np.zeros((3, 2)), np.zeros(3)], "series 1 has 1, the first series has 2"),
    ],
)
def test_what_is_no_series_is_refused_with_its_place(X, message):
    with pytest.raises(gl.DataError, match=message):
        as_series(X)


def test_new_series_have_the_channels_of_the_fitted_ones():
    with pytest.raises(gl.DataError, match="series 0 has 1, the fitted series have 2"):
        as_series([[1.0]], like=as_series([np.zeros((3, 2))]))


def test_arrays_of_a_file_are_checked():
    whole = as_series([[1.0, 2], [3.0]])
    again = Series.from_arrays(whole.to_arrays())
    assert np.array_equal(again.values, whole.values)
    for change in (
        {"offsets": np.array([0, 3, 3])},
        {"offsets": np.array([0, 1, 4])},
        {"values": np.zeros(3)},
        {"values": np.full((3, 1), np.nan)},
    ):
        with pytest.raises(ValueError, match=r"offsets must|values must|series must"):
            Series.from_arrays(whole.to_arrays() | change)


def test_an_interrupt_ends_even_a_single_pair_of_long_series():
    ends_soon_and_whole("""
import sys, time
import numpy as np
from ganglion._native import core
from ganglion.distances._series import as_series

long = as_series(np.random.default_rng(0).normal(size=(2, 150_000)))
pairs = long.pairs(None, "dtw", {}, None)
out = np.zeros((2, 2))
try:
    print("ready", flush=True)
    core.fill_square(pairs, out, 0, 2)
except KeyboardInterrupt:
    print(time.monotonic(), flush=True)
else:
    sys.exit("the work was over before the signal came")
small = as_series([[0.0, 2.0], [1.0]]).pairs(None, "dtw", {"step": "absolute"}, None)
out = np.zeros((2, 2))
core.fill_square(small, out, 0, 2)
assert out[0, 1] == 2
print("whole", flush=True)
""")
