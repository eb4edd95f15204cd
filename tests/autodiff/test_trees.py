"""Trees come apart into leaves and back, and say where something stands that has no derivative."""

from __future__ import annotations

import dataclasses
from collections import OrderedDict, defaultdict, namedtuple
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import ganglion as gl
from ganglion.autodiff.trees import flatten, leaf_path, real_leaves, unflatten

Point = namedtuple("Point", "x y")


class Layer(NamedTuple):
    W: Any
    b: Any = 0.0


@dataclasses.dataclass(frozen=True)
class Frozen:
    W: Any
    b: Any


@dataclasses.dataclass(slots=True)
class Slotted:
    left: Any
    right: Any = dataclasses.field(default=0.0, kw_only=True)
    total: Any = dataclasses.field(init=False, default=7.0)


@dataclasses.dataclass
class Checked:
    value: Any

    def __post_init__(self) -> None:
        self.value = np.asarray(self.value, dtype=float)


leaves = st.one_of(st.floats(allow_nan=False), st.integers(-9, 9))
trees = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.lists(inner, max_size=4).map(tuple),
        st.dictionaries(st.one_of(st.text(max_size=3), st.integers()), inner, max_size=4),
        st.tuples(inner, inner).map(lambda pair: Point(*pair)),
        st.tuples(inner, inner).map(lambda pair: Layer(*pair)),
        st.tuples(inner, inner).map(lambda pair: Frozen(*pair)),
        st.tuples(inner, inner).map(lambda pair: Slotted(pair[0], right=pair[1])),
    ),
    max_leaves=20,
)


@given(trees)
def test_a_tree_is_the_same_after_it_was_taken_apart(tree):
    values, structure = flatten(tree)
    again = unflatten(structure, values)
    assert again == tree and type(again) is type(tree)
    assert flatten(again) == (values, structure)


@given(trees)
def test_every_leaf_is_where_its_path_says(tree):
    values, structure = flatten(tree)
    for index, value in enumerate(values):
        assert eval(leaf_path(structure, index, "tree"), {"tree": tree}) is value


def test_leaves_come_in_the_order_of_insertion():
    tree = {"b": [1.0, (2.0, {})], "a": Layer(3.0, Frozen(4.0, [])), 0: Slotted(5.0, right=6.0)}
    assert flatten(tree)[0] == [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]
    rebuilt = unflatten(flatten(tree)[1], list("abcdefg"))
    assert list(rebuilt) == ["b", "a", 0]
    assert rebuilt["b"] == ["a", ("b", {})]
    assert rebuilt["a"] == Layer("c", Frozen("d", []))
    assert rebuilt[0].total == "g"


def test_an_ordered_dict_stays_one_and_empty_containers_stay():
    tree = OrderedDict(z=[], a=(), m={})
    values, structure = flatten(tree)
    assert values == []
    assert type(unflatten(structure, [])) is OrderedDict and unflatten(structure, []) == tree


def test_a_dataclass_is_filled_without_running_its_init():
    # Its own __post_init__ would turn the variables of a differentiation into plain arrays.
    def f(record):
        return np.sum(record.value * record.value)

    gradient = gl.autodiff.grad(f)(Checked([1.0, 2.0]))
    assert type(gradient) is Checked and gradient.value.tolist() == [2.0, 4.0]


def test_the_gradient_has_the_form_of_its_argument():
    parameters = {
        "layers": [Layer(np.array([1.0, 2.0]), 3), Frozen(np.float32(4.0), np.float64(5.0))],
        "scale": (np.array(6.0), 7),
        "counts": np.array([8, 9]),
    }

    def f(p):
        (W, b), frozen = p["layers"]
        scaled = (np.sum(W) * b + frozen.W * frozen.b) * p["scale"][0]
        return scaled * p["scale"][1] + np.sum(p["counts"] * p["counts"])

    gradient = gl.autodiff.grad(f)(parameters)
    assert list(gradient) == ["layers", "scale", "counts"]
    layer, frozen = gradient["layers"]
    assert type(layer) is Layer and layer.W.tolist() == [126.0, 126.0] and layer.b == 126.0
    assert type(layer.b) is float
    assert type(frozen) is Frozen and type(frozen.W) is np.float32 and frozen.W == 210.0
    assert type(frozen.b) is np.float64 and frozen.b == 168.0
    scale = gradient["scale"]
    assert type(scale) is tuple and type(scale[0]) is np.ndarray and scale[0].shape == ()
    assert scale[0] == 203.0 and scale[1] == 174.0 and type(scale[1]) is float
    assert gradient["counts"].dtype == np.float64 and gradient["counts"].tolist() == [16.0, 18.0]


@pytest.mark.parametrize(
    ("tree", "message"),
    [
        ({"W1": ["text"]}, r"p\['W1'\]\[0\] is a str;"),
        ([Layer(1.0, None)], r"p\[0\]\.b is a NoneType;"),
        (Frozen(True, 0.0), r"p\.W is a bool;"),
        ((1.0, [np.array([True])]), r"p\[1\]\[0\] is an array of dtype bool;"),
        ({1: np.complex128(1j)}, r"p\[1\] is a number of dtype complex128;"),
        ({"a": 1.0, "b": {2.0}}, r"p\['b'\] is a set;"),
        (np.array(["a"]), r"p is an array of dtype <U1;"),
        (np.array([None]), r"p is an array of dtype object;"),
        (defaultdict(float, a=1.0), r"p is a defaultdict;"),
        (np.ma.masked_array([1.0], [True]), r"p is a MaskedArray;"),
        (np.datetime64("2020-01-01"), r"p is a number of dtype datetime64"),
        (10**400, r"p is an int beyond what float64 holds;"),
        (1j, r"p is a complex;"),
        (Layer, r"p is a type;"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_has_no_derivative_is_refused_with_its_place(tree, message):
    with pytest.raises(gl.NotDifferentiableError, match=f"^{message}.*Convert it to floats"):
        gl.autodiff.grad(lambda p: 0.0)(tree)
    with pytest.raises(TypeError, match=f"^{message}"):
        real_leaves(tree, "p")


def test_an_argument_without_a_name_is_called_by_its_number():
    with pytest.raises(gl.NotDifferentiableError, match=r"^argument 1\['w'\] is a str"):
        gl.autodiff.grad(lambda *rest: 0.0, argnums=1)(1.0, {"w": "x"})


def test_a_memory_map_is_an_array(tmp_path):
    held = np.memmap(tmp_path / "held", dtype=np.float32, mode="w+", shape=(3,))
    held[:] = [1.0, 2.0, 3.0]
    gradient = gl.autodiff.grad(lambda x: np.sum(x * x))(held)
    assert type(gradient) is np.ndarray
    assert gradient.dtype == np.float32 and gradient.tolist() == [2.0, 4.0, 6.0]


@pytest.mark.parametrize(
    ("seed", "message"),
    [
        (
            1.0,
            r"^seed must be built as value is: seed is a number or array where a dict with",
        ),
        (
            {"a": 1.0},
            r"^seed must be .*: seed is a dict with 'a' where a dict with 'a', 'b' is needed",
        ),
        ({"b": 1.0, "a": np.ones(3)}, r"a dict with 'b', 'a' where a dict with 'a', 'b'"),
        (
            {"a": [1.0], "b": np.ones(3)},
            r": seed\['a'\] is a list with 0 where a number or",
        ),
        (
            {"a": 1.0, "b": np.ones(2)},
            r"seed\['b'\] has shape \(2,\), and value\['b'\] has shape \(3,\)",
        ),
    ],
)
def test_a_seed_of_another_form_is_refused(seed, message):
    _, pullback = gl.autodiff.vjp(lambda x: {"a": x, "b": x * np.ones(3)}, 2.0)
    with pytest.raises(gl.DataError, match=message):
        pullback(seed)


def test_keys_that_are_equal_but_not_the_same_stay_themselves():
    for tree in ({1: 2.0}, {True: 2.0}, {1.0: 2.0}, {"a": 2.0}):
        found, structure = flatten(tree)
        assert repr(unflatten(structure, found)) == repr(tree)


def test_an_empty_container_among_leaves_is_not_taken_for_a_leaf():
    tree = {"W": 1.0, "rest": []}
    found, structure = flatten(tree)
    assert found == [1.0]
    assert unflatten(structure, found) == tree
