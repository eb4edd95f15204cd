"""A tree and its cut as a model file holds them; what comes back is checked before it is believed."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..._arrays import Labels
from ...distances import Items
from ...storage.state import State
from .._new_items.descent import Descent, splits_above
from .._new_items.membership import CENTRAL, Membership
from ..tree import Tree
from .records import checked_labels, expect

Arrays = dict[str, NDArray[Any]]

_TREE = "tree."
_SPLITS = "splits."


def tree_state(tree: Tree) -> tuple[dict[str, Any], Arrays]:
    """A tree as a model file holds it: a record, and arrays whose names begin with ``tree.``"""
    state = tree._to_state()  # pyright: ignore[reportPrivateUsage]
    return state.parameters, {_TREE + name: array for name, array in state.arrays.items()}


def take_tree(record: Any, arrays: Arrays) -> Tree:
    """The tree of a record, out of `arrays`; ValueError where it is none."""
    expect(type(record) is dict, "its tree must be a dict")
    own = [name for name in arrays if name.startswith(_TREE)]
    parts = {name.removeprefix(_TREE): arrays.pop(name) for name in own}
    return Tree._from_state(State("Tree", record, parts))  # pyright: ignore[reportPrivateUsage]


def take_labels(name: str, arrays: Arrays, n: int | None, k: int) -> Labels:
    """Labels (n,) of exactly k clusters, out of `arrays`."""
    labels = checked_labels(arrays.pop(name), k)
    expect(n is None or len(labels) == n, f"{name} must have {n} labels; found {len(labels)}")
    expect(len(np.unique(labels)) == k, f"{name} must name each of {k} clusters")
    return labels


def take_floats(name: str, arrays: Arrays, shape: tuple[int | None, ...]) -> NDArray[np.float64]:
    """A finite float64 array, out of `arrays`; None in `shape` is any length."""
    found = arrays.pop(name)
    fits = len(found.shape) == len(shape) and all(
        wanted in (None, length) for wanted, length in zip(shape, found.shape, strict=True)
    )
    expect(
        found.dtype == np.float64 and fits and bool(np.isfinite(found).all()),
        f"{name} must be finite float64 of shape {shape}; found {found.dtype} of shape {found.shape}",
    )
    return found


def membership_arrays(known: Membership, prefix: str) -> Arrays:
    """The clusters of a linkage as arrays whose names begin with `prefix`."""
    parts = {
        "labels": known.labels,
        "shares": known.shares,
        "masses": known.masses,
        "inner": known.inner,
        "centers": known.centers,
    }
    return {prefix + name: part for name, part in parts.items() if part is not None}


def take_membership(
    tree: Tree, items: Items | None, k: int, arrays: Arrays, prefix: str, width: int | None = None
) -> Membership:
    """The clusters out of `arrays`, for a tree and items that were read already; ValueError where they do not fit."""
    n, method, centers = tree.n_leaves, tree.method, None
    if items is None:
        centers = take_floats(f"{prefix}centers", arrays, (k, width))
        expect(method in CENTRAL, f"a linkage of method={method!r} needs its items")
    expect(items is None or items.n == n, f"there must be {n} items, the leaves of the tree")
    known = Membership(
        method=method,
        labels=take_labels(f"{prefix}labels", arrays, n, k),
        shares=take_floats(f"{prefix}shares", arrays, (n,)),
        masses=take_floats(f"{prefix}masses", arrays, (k,)),
        inner=take_floats(f"{prefix}inner", arrays, (n if method == "minimax" else k,)),
        centers=centers,
    )
    expect(bool(np.all(known.masses > 0)), "masses must be positive")
    return known


def descent_arrays(known: Descent) -> Arrays:
    """The splits as arrays whose names begin with ``splits.``; the labels are those of the tree."""
    parts = {
        "children": known.children,
        "centers": known.centers,
        "directions": known.directions,
        "scales": known.scales,
    }
    return {_SPLITS + name: part for name, part in parts.items() if part is not None}


def take_descent(
    tree: Tree, items: Items | None, k: int, arrays: Arrays, width: int | None = None
) -> Descent:
    """The splits out of `arrays`, for a tree and items that were read already; ValueError where they do not fit."""
    expect(k <= tree.n_leaves, "there are more clusters than items")
    labels, expected = splits_above(tree, k)
    children = arrays.pop(f"{_SPLITS}children")
    expect(
        children.dtype == np.int64 and np.array_equal(np.sort(children), np.sort(expected)),
        "splits.children must be those of the tree",
    )
    on_rows = tree.method in ("bisecting", "pddp")
    expect((items is None) == on_rows, f"items do not go with method={tree.method!r}")
    if items is not None:
        expect(items.n == tree.n_leaves, "there must be an item for each leaf")
        return Descent(tree.method, labels, children)
    centers = take_floats(f"{_SPLITS}centers", arrays, (2 * k - 1, width))
    if tree.method == "bisecting":
        return Descent("bisecting", labels, children, centers)
    directions = take_floats(f"{_SPLITS}directions", arrays, (k - 1, centers.shape[1]))
    scales = take_floats(f"{_SPLITS}scales", arrays, (k - 1,))
    return Descent("pddp", labels, children, centers, directions, scales)
