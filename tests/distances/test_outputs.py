"""Where distances go: new arrays, the caller's, files; what is planned before; how it ends early."""

import importlib
import subprocess
import sys

import numpy as np
import pytest

import ganglion as gl
from ganglion import _memory
from ganglion.distances import condensed, nearest, pairwise, plan, square_form, within

X = np.random.default_rng(0).normal(size=(300, 4))


def test_an_array_of_the_callers_is_filled_and_given_back():
    expected = pairwise(X)
    for dtype in (np.float32, np.float64):
        out = np.full((300, 300), np.nan, dtype=dtype)
        assert pairwise(X, out=out) is out
        assert np.allclose(out, expected, rtol=1e-6)
    out = np.empty(300 * 299 // 2)
    assert condensed(X, out=out) is out and np.array_equal(square_form(out), expected)


def test_a_path_becomes_a_file_that_numpy_opens_beyond_the_memory_limit(tmp_path):
    path = tmp_path / "distances.npy"
    made = pairwise(X, out=path, memory_limit=1000)
    assert isinstance(made, np.memmap)
    del made
    assert np.array_equal(np.load(path, mmap_mode="r"), pairwise(X))
    condensed(X, out=str(tmp_path / "triangle.npy"), memory_limit="1 kB")
    assert np.array_equal(np.load(tmp_path / "triangle.npy"), condensed(X))


def test_a_memory_map_of_the_callers_may_be_larger_than_the_limit(tmp_path):
    mapped = np.memmap(tmp_path / "raw", dtype=np.float32, mode="w+", shape=(300, 300))
    pairwise(X, out=mapped, memory_limit=1)
    assert np.allclose(mapped, pairwise(X), rtol=1e-6)


@pytest.mark.parametrize(
    ("out", "words"),
    [
        (np.empty((3, 300)), r"out must have the shape \(300, 300\); got \(3, 300\)"),
        (np.empty((300, 300), np.int64), r"out must be of float32 or float64; got int64"),
        (np.empty((300, 300), ">f8"), r"out must be of float32 or float64; got >f8"),
        (np.empty((300, 300)).T[:, ::-1], r"C-contiguous .* it is not C-contiguous"),
        ([[0.0]], r"an array, a memory map or the path of a new \.npy file; got list"),
        ("distances.bin", r"out must end with \.npy"),
        ("no/such/folder/d.npy", r"no 'no/such/folder'"),
    ],
)
def test_an_output_that_cannot_be_filled_is_refused(out, words):
    with pytest.raises(gl.ParameterError, match=words):
        pairwise(X, out=out)


def test_a_file_that_exists_and_an_array_that_is_read_only_are_left_alone(tmp_path):
    path = tmp_path / "old.npy"
    path.write_bytes(b"kept")
    with pytest.raises(gl.ParameterError, match=r"out must be a new file; .* exists"):
        pairwise(X, out=path)
    assert path.read_bytes() == b"kept"
    out = np.zeros((300, 300))
    out.flags.writeable = False
    with pytest.raises(gl.ParameterError, match="it is read-only"):
        pairwise(X, out=out)


def test_what_does_not_fit_is_refused_with_bytes_and_what_would():
    words = (
        r"A matrix of 300 x 300 distances in float64 needs 720,000 bytes; memory_limit allows 100,000 bytes\. "
        r'Write it to a file with out="distances\.npy", .*nearest or within, .* float32 input, .* gl\.kmedoids'
    )
    with pytest.raises(gl.MemoryPlanError, match=words):
        pairwise(X, memory_limit=100_000)
    with pytest.raises(gl.MemoryPlanError, match="358,800 bytes"):
        condensed(X, memory_limit="100 kB")
    with pytest.raises(gl.MemoryPlanError, match="Lower k, or pass X in parts"):
        nearest(X, k=5, memory_limit=10)
    many = np.zeros((10_000_000, 1))
    with pytest.raises(gl.MemoryPlanError, match=r"800,000,000,000,000 bytes \(800 TB\)"):
        pairwise(many)
    with pytest.raises(MemoryError):
        condensed(many)


@pytest.mark.parametrize(
    ("given", "size"),
    [
        ("2GB", 2e9),
        ("500 MiB", 500 * 2**20),
        ("1.5kb", 1500),
        (10, 10),
        (1e9, 1e9),
        ("7", 7),
        (None, None),
    ],
)
def test_limits_are_read_as_people_write_them(given, size):
    assert _memory.read_memory_limit(given) == size


@pytest.mark.parametrize("given", ["much", "-1 GB", 0, True, float("nan"), "0", [1]])
def test_a_limit_that_is_none_is_refused(given):
    with pytest.raises(
        gl.ParameterError, match="memory_limit must be a positive number of bytes or a text"
    ):
        pairwise(X, memory_limit=given)


def test_the_plan_says_what_the_matrix_takes():
    found = plan(X.astype(np.float32))
    assert (found.square_bytes, found.condensed_bytes, found.dtype) == (360_000, 179_400, "float32")
    assert found.fits and "300 x 300 in float32" in str(found)
    large = plan(np.zeros((10_000_000, 1)))
    assert not large.fits and 'out="distances.npy"' in str(large)
    assert plan(X, X[:7]).square_bytes == 300 * 7 * 8


def test_the_memory_of_a_control_group_counts(tmp_path, monkeypatch):
    (tmp_path / "memory.max").write_text("1000000\n")
    (tmp_path / "memory.current").write_text("600000\n")
    (tmp_path / "memory.stat").write_text("anon 1\ninactive_file 100000\n")
    monkeypatch.setattr(_memory, "_CGROUP_V2", tmp_path)
    assert _memory.available_memory() == 500_000
    (tmp_path / "memory.max").write_text("max\n")
    assert _memory.available_memory() > 1e6


def test_progress_is_told_and_can_stop(monkeypatch):
    monkeypatch.setattr(
        importlib.import_module("ganglion.distances.pairwise"), "_PAIRS_A_STEP", 100 * 300
    )
    steps = []
    expected = pairwise(X)
    assert np.array_equal(pairwise(X, progress=steps.append), expected)
    assert (len(steps), steps[0].step, steps[0].total, steps[0].message) == (
        3,
        100,
        300,
        "100 of 300 rows",
    )
    stopped = pairwise(X, progress=lambda step: step.step == 200)
    assert np.array_equal(stopped[:200], expected[:200]) and np.isnan(stopped[200:]).all()
    triangle = condensed(X, progress=lambda step: step.step == 200)
    known = 200 * 300 - 200 * 201 // 2
    assert (
        np.array_equal(triangle[:known], condensed(X)[:known]) and np.isnan(triangle[known:]).all()
    )
    with pytest.raises(gl.ParameterError, match="progress must be callable"):
        pairwise(X, progress=3)


def test_neighbours_are_those_of_the_matrix():
    D = pairwise(X)
    np.fill_diagonal(D, np.inf)
    found = nearest(X, k=5)
    assert np.array_equal(found.indices, np.argsort(D, axis=1, kind="stable")[:, :5])
    assert np.array_equal(found.distances, np.take_along_axis(D, found.indices, axis=1))
    around = within(X, radius=1.0)
    assert np.array_equal(np.diff(around.indptr), (D <= 1).sum(axis=1))
    for i in (0, 17, 299):
        indices, distances = around.of(i)
        assert np.array_equal(indices, np.flatnonzero(D[i] <= 1)) and np.array_equal(
            distances, D[i, indices]
        )
    other = nearest(X[:9], X, k=1)
    assert other.indices.ravel().tolist() == list(range(9)) and not other.distances.any()


def test_blocks_of_rows_find_the_same_neighbours(monkeypatch):
    whole = [
        within(X, radius=1.0),
        within(X[:50], X, radius=1.0),
        within(["a", "ab", "c"], None, 1, "levenshtein"),
    ]
    monkeypatch.setattr(
        importlib.import_module("ganglion.distances.neighbors"), "_PAIRS_A_BLOCK", 7 * 300
    )
    parts = [within(X, radius=1.0), within(X[:50], X, radius=1.0)]
    monkeypatch.setattr(
        importlib.import_module("ganglion.distances.neighbors"), "_PAIRS_A_BLOCK", 3
    )
    parts.append(within(["a", "ab", "c"], None, 1, "levenshtein"))
    for one, other in zip(whole, parts, strict=True):
        for name in ("indptr", "indices", "distances"):
            assert np.array_equal(getattr(one, name), getattr(other, name))
    with pytest.raises(gl.MemoryPlanError, match="Lower the radius"):
        within(X, radius=9.0, memory_limit=1000)


def test_a_k_or_radius_that_is_none_is_refused():
    with pytest.raises(
        gl.ParameterError, match=r"k must be an integer from 1 to 299, .* X without the item itself"
    ):
        nearest(X, k=300)
    with pytest.raises(
        gl.ParameterError, match="k must be an integer from 1 to 7, the number of items in Y; got 0"
    ):
        nearest(X, X[:7], k=0)
    with pytest.raises(gl.ParameterError, match="radius must be a number of at least 0; got -1"):
        within(X, radius=-1)


INTERRUPTED = """
import sys, time
import numpy as np
import ganglion as gl
from ganglion.distances import pairwise, nearest
{setup}
try:
    print("ready", flush=True)
    {work}
except KeyboardInterrupt:
    print(time.monotonic())
    print("whole")
"""


@pytest.mark.parametrize(
    ("setup", "work"),
    [
        ("X = np.random.default_rng(0).normal(size=(40000, 64)); out = np.empty((2000, 40000))",
         "[pairwise(X[:2000], X, 'minkowski', metric_params={'p': 2.7}, out=out) for _ in range(1000)]"),
        ("X = np.random.default_rng(0).normal(size=(200000, 64))", "nearest(X, k=3, metric='canberra')"),
        ("X = list(range(5000))", "pairwise(X, metric=lambda x, y: abs(x - y))"),
    ],
)  # fmt: skip
def test_ctrl_c_gives_control_back_within_half_a_second(setup, work):
    from interrupting import ends_soon_and_whole

    ends_soon_and_whole(INTERRUPTED.format(setup=setup, work=work))


def test_importing_distances_reads_no_heavy_library():
    script = "import sys; import ganglion.distances; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    roots = {name.partition(".")[0] for name in done.stdout.split()}
    assert roots & {"scipy", "sklearn", "pandas", "polars", "matplotlib", "duckdb"} == set()
