"""What is written comes back: values, types and bits; what would not is refused when saving."""

from __future__ import annotations

import math
from pathlib import Path
from types import SimpleNamespace

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
import safetensors
import safetensors.numpy
from hypothesis import given, settings
from hypothesis import strategies as st

from ganglion._errors import ParameterError
from ganglion.storage import ArraySummary, State, inspect, read_state, write_state

GOLDEN = Path(__file__).parent.parent / "golden"


def golden_state() -> State:
    """The state in golden/model-v1.safetensors. Never change it: old files must stay readable."""
    parameters = {
        "n_clusters": 3,
        "tol": 1e-4,
        "init": np.array([[0.0, -0.0], [np.inf, np.nan]]),
        "metric": "euclidean",
        "random_state": None,
        "copy": True,
        "limits": (math.inf, -math.inf, [np.float32(0.5), np.int64(-7), np.bool_(True)]),
        "weights": {"a": 1.5, 2: np.array([1, 2], dtype=np.int16)},
        "seed": 2**200,
        "title": "Gruppen \u00fcber \U0001f600",
    }
    arrays = {
        "cluster_centers_": np.arange(6, dtype=np.float32).reshape(3, 2) / 7,
        "labels_": np.array([0, 2, 1, 0], dtype=np.int32),
        "feature_names_in_": np.array(["income", "\u00e2ge"], dtype=object),
        "classes_": np.array(["yes", "no"]),
        "mask": np.array([True, False, True]),
        "inertia_": np.array(1 / 3),
        "nothing": np.empty((0, 4)),
    }
    return State("KMeans", parameters, arrays)


def same(a: object, b: object) -> bool:
    """Equal, of the same type, down to NaN, the sign of zero and the dtype."""
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        if a.dtype.kind in "OU":
            return a.dtype == b.dtype and a.shape == b.shape and a.tolist() == b.tolist()
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    if type(a) is not type(b):
        return False
    if isinstance(a, dict) and isinstance(b, dict):
        return same(list(a.items()), list(b.items()))
    if isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b, strict=True))
    if isinstance(a, (float, np.floating)) and isinstance(b, (float, np.floating)):
        return (math.isnan(a) and math.isnan(b)) or (a == b and repr(a) == repr(b))
    return a == b


def same_state(a: State, b: State) -> bool:
    def parts(state: State) -> list[object]:
        return [state.kind, *(dict(sorted(d.items())) for d in (state.parameters, state.arrays))]

    return same(parts(a), parts(b))


def test_a_state_comes_back_with_its_values_types_and_bits(tmp_path):
    path = tmp_path / "model.safetensors"
    write_state(path, golden_state())
    assert same_state(read_state(path), golden_state())


def test_a_file_of_version_1_is_read_and_written_as_it_was(tmp_path):
    golden = GOLDEN / "model-v1.safetensors"
    assert same_state(read_state(golden), golden_state())
    write_state(tmp_path / "again", golden_state())
    assert (tmp_path / "again").read_bytes() == golden.read_bytes()


def test_the_same_state_gives_the_same_bytes_whatever_its_layout_and_order(tmp_path):
    state = golden_state()
    arrays = dict(reversed(state.arrays.items()))
    arrays["cluster_centers_"] = np.asfortranarray(arrays["cluster_centers_"]).astype(">f4")
    wide = np.zeros((8,), dtype=np.int32)
    wide[::2] = arrays["labels_"]
    arrays["labels_"] = wide[::2]
    for array in arrays.values():
        array.flags.writeable = False
    other = State(state.kind, dict(reversed(state.parameters.items())), arrays)
    write_state(tmp_path / "a", state)
    write_state(tmp_path / "b", other)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_arrays_come_back_contiguous_aligned_native_and_writable(tmp_path):
    write_state(tmp_path / "a", golden_state())
    for array in read_state(tmp_path / "a").arrays.values():
        assert array.flags.c_contiguous
        assert array.flags.aligned
        assert array.flags.writeable
        assert array.dtype.isnative


def test_a_bool_made_from_other_bytes_is_stored_as_0_or_1(tmp_path):
    mask = np.array([0, 7, 255], dtype=np.uint8).view(bool)
    write_state(tmp_path / "a", State("Sample", {}, {"mask": mask}))
    assert read_state(tmp_path / "a").arrays["mask"].tolist() == [False, True, True]


def test_the_safetensors_library_opens_our_files(tmp_path):
    path = tmp_path / "model.safetensors"
    write_state(path, golden_state())
    arrays = safetensors.numpy.load_file(path)
    for name in ("cluster_centers_", "labels_", "mask", "inertia_", "nothing"):
        assert same(arrays[name], golden_state().arrays[name])
    assert same(arrays["parameters.init"], golden_state().parameters["init"])
    with safetensors.safe_open(path, framework="numpy") as file:
        assert file.metadata()["kind"] == "KMeans"


def test_inspect_lists_what_a_file_holds(tmp_path):
    path = tmp_path / "model.safetensors"
    write_state(path, golden_state())
    contents = inspect(path)
    assert (contents.kind, contents.version) == ("KMeans", 1)
    assert contents.n_bytes == path.stat().st_size
    assert contents.sha256.encode() in path.read_bytes()
    assert same(contents.parameters["limits"], golden_state().parameters["limits"])
    assert ArraySummary("cluster_centers_", "float32", (3, 2), 24) in contents.arrays
    names = [array.name for array in contents.arrays]
    assert names == sorted(golden_state().arrays)


scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**1024) + 1, 2**1024 - 1)
    | st.floats()
    | st.text(st.characters(exclude_categories=()), max_size=8)
    | st.sampled_from("bool int8 uint8 int16 uint16 int32 uint32 int64 uint64".split()).flatmap(
        lambda name: hnp.from_dtype(np.dtype(name))
    )
    | st.sampled_from("float16 float32 float64".split()).flatmap(
        lambda name: hnp.from_dtype(np.dtype(name))
    )
)
numbers = hnp.arrays(
    dtype=hnp.boolean_dtypes() | hnp.integer_dtypes() | hnp.floating_dtypes(sizes=(16, 32, 64)),
    shape=hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4),
)
texts = hnp.arrays(
    dtype=st.just(np.dtype(object)) | hnp.unicode_string_dtypes(),
    shape=hnp.array_shapes(min_dims=0, max_dims=2, min_side=0, max_side=4),
    elements=st.text(st.characters(exclude_characters="\0"), max_size=1),
)
views = (numbers | texts).flatmap(
    lambda array: st.sampled_from([array, array.T, array[..., ::-1] if array.ndim else array])
)
keys = st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=3)
values = st.recursive(
    scalars | views,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(keys, inner, max_size=3)
    ),
    max_leaves=6,
)
names = st.from_regex(r"[a-zA-Z_][a-zA-Z0-9_]{0,5}", fullmatch=True)
states = st.builds(
    State,
    st.sampled_from(["KMeans", "Sample"]),
    st.dictionaries(names, values, max_size=4),
    st.dictionaries(names, views, max_size=4),
)


def native(value):
    """The value with its arrays in the machine's byte order, as they come back."""
    if isinstance(value, np.ndarray):
        return value.astype(value.dtype.newbyteorder("="))
    if isinstance(value, (list, tuple)):
        return type(value)(native(item) for item in value)
    return {k: native(v) for k, v in value.items()} if isinstance(value, dict) else value


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("states")


@settings(max_examples=150, deadline=None)
@given(state=states)
def test_every_state_comes_back_and_writes_the_same_bytes_again(folder, state):
    write_state(folder / "a", state)
    back = read_state(folder / "a")
    assert same_state(back, State(state.kind, native(state.parameters), native(state.arrays)))
    write_state(folder / "b", back)
    assert (folder / "a").read_bytes() == (folder / "b").read_bytes()
    safetensors.numpy.load_file(folder / "a")


def endless() -> list:
    loop: list = []
    loop.append(loop)
    return loop


REFUSED_PARAMETERS = [
    (len, r"'x' is a builtins\.builtin_function_or_method\. A model file holds no code: set it"),
    (np.mean, r"A model file holds no code: set it to a name or to numbers before saving"),
    ([1, lambda: 0], r"'x\.1' is a builtins\.function"),
    (np.random.default_rng(0), "Set it to an integer or None before saving"),
    (np.random.RandomState(0), "Set it to an integer or None before saving"),
    (SimpleNamespace(a=1), r"'x' is a types\.SimpleNamespace\. Replace it by numbers"),
    (1 + 2j, "'x' is a builtins.complex"),
    (b"raw", "'x' is a builtins.bytes"),
    ({1, 2}, "'x' is a builtins.set"),
    (np.datetime64("2020-01-01"), r"'x' is a numpy\.datetime64"),
    (np.longdouble(1), r"'x' is a numpy\.longdouble"),
    (2**1024, r"Integers must be below 2\^1024 to be saved; parameter 'x' has 1025 bits"),
    ({(1, 2): 3}, "Keys of a dict must be numbers, strings or None"),
    (endless(), "must nest at most 32 deep"),
]


@pytest.mark.parametrize(("value", "message"), REFUSED_PARAMETERS)
def test_a_parameter_that_would_not_come_back_is_refused(tmp_path, value, message):
    with pytest.raises(ParameterError, match=message):
        write_state(tmp_path / "a", State("Sample", {"x": value}, {}))
    assert list(tmp_path.iterdir()) == []


REFUSED_ARRAYS = [
    (np.array([1 + 2j]), "'x' has dtype complex128"),
    (np.array(["2020-01-01"], dtype="M8[D]"), r"'x' has dtype datetime64\[D\]"),
    (np.array([(1, 2.0)], dtype="i4,f8"), "Convert it first"),
    (np.array([b"raw"]), r"'x' has dtype \|S3"),
    (np.ma.masked_array([1, 2], [True, False]), r"'x' is a numpy\.ma\.MaskedArray"),
    (np.array(["a", None], dtype=object), "'x' holds a NoneType at position 1"),
    (np.array([1, "a"], dtype=object), "'x' holds a int at position 0"),
    (np.zeros((1,) * 33), "33 axes"),
    ([1, 2], r"'x' is a builtins\.list"),
]


@pytest.mark.parametrize(("array", "message"), REFUSED_ARRAYS)
@pytest.mark.parametrize("place", ["arrays", "parameters"])
def test_an_array_that_would_not_come_back_is_refused(tmp_path, array, message, place):
    if place == "parameters" and not isinstance(array, np.ndarray):
        array, message = np.array([1j]), "'x' has dtype complex128"
    state = State("Sample", **{"parameters": {}, "arrays": {}, place: {"x": array}})
    with pytest.raises(ParameterError, match=message):
        write_state(tmp_path / "a", state)


def test_strings_that_take_too_much_room_are_refused(tmp_path):
    names = np.array(["x" * 2**20, *("y" for _ in range(64))])
    with pytest.raises(ParameterError, match="must take at most 268435456 bytes"):
        write_state(tmp_path / "a", State("Sample", {}, {"names": names}))


def test_a_header_that_no_reader_would_take_is_refused(tmp_path):
    with pytest.raises(ParameterError, match="must fit into 16777216 bytes"):
        write_state(tmp_path / "a", State("Sample", {"x": "a" * 2**24}, {}))
    many = {f"a{i}": np.empty(0) for i in range(2**16 + 1)}
    with pytest.raises(ParameterError, match="65536 at most"):
        write_state(tmp_path / "a", State("Sample", {}, many))


@pytest.mark.parametrize(
    "name", ["", "__metadata__", "a b", "../a", "parameters.x", "\u00e9", "a\n"]
)
def test_the_name_of_an_array_must_be_plain(tmp_path, name):
    with pytest.raises(ParameterError, match="Names of arrays must be"):
        write_state(tmp_path / "a", State("Sample", {}, {name: np.zeros(1)}))


@pytest.mark.parametrize("name", ["", "a b", "a.b", "1a", "a" * 101])
def test_the_name_of_a_parameter_must_be_an_identifier(tmp_path, name):
    with pytest.raises(ParameterError, match="Names of parameters must be identifiers"):
        write_state(tmp_path / "a", State("Sample", {name: 1}, {}))


@pytest.mark.parametrize("kind", ["", "os.system", "a:b", "K" * 65, "K\n"])
def test_the_kind_must_be_the_name_of_a_class(tmp_path, kind):
    with pytest.raises(ParameterError, match="kind must be the name of a class"):
        write_state(tmp_path / "a", State(kind, {}, {}))
