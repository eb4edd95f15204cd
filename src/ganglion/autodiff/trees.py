"""Trees: any nesting of dicts, lists, tuples, namedtuples and dataclasses, with numbers and arrays for leaves.

A tree is taken apart into its leaves, in order, and a structure that builds it again. The structure is flat (one entry
for every container and every leaf, containers before what they hold), so that nothing here recurses and a deep tree is
no deeper than a wide one.
"""

from __future__ import annotations

import dataclasses
from collections import OrderedDict
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, TypeAlias, cast

import numpy as np

from .._errors import DataError, NotDifferentiableError
from .graph import Value, Variable

Tree: TypeAlias = Any
# Sets of Any: pyright would narrow a class that is compared with these, to one with unknown parameters.
_LEAVES: frozenset[Any] = frozenset({Variable, np.ndarray, np.float64, float, int})
_DICTS: frozenset[Any] = frozenset({dict, OrderedDict})
_SEQUENCES: frozenset[Any] = frozenset({list, tuple})
_STRINGS: frozenset[Any] = frozenset({str})  # keys that are equal are the same; 1 and True are not


@dataclasses.dataclass(frozen=True, slots=True)
class Branch:
    """One container of a tree, without what it holds.

    Attributes
    ----------
    kind : type
        Its class.
    keys : tuple
        Keys of a dict, fields of a namedtuple or dataclass, positions in a list or tuple.
    """

    kind: Any
    keys: tuple[Any, ...]

    def piece(self, key: Any) -> str:
        """Return how a child is reached, as written in Python.

        Parameters
        ----------
        key : object
            One of `keys`.

        Returns
        -------
        str
            `['W1']`, `[0]` or `.bias`.
        """
        has_fields = self.kind not in _DICTS | _SEQUENCES
        return f".{key}" if has_fields else f"[{key!r}]"

    def build(self, children: list[Any]) -> Tree:
        """Return the container with these children.

        Parameters
        ----------
        children : list
            One for each key, in that order.

        Returns
        -------
        object
            A new container; a dataclass is filled field by field, its `__init__` does not run.
        """
        if self.kind is list:
            return children
        if self.kind is tuple:
            return tuple(children)
        if self.kind in _DICTS:
            return self.kind(zip(self.keys, children, strict=True))
        if _is_namedtuple(self.kind):
            return self.kind(*children)
        record = object.__new__(self.kind)
        for name, child in zip(self.keys, children, strict=True):
            object.__setattr__(record, name, child)  # a frozen one too
        return record


Structure: TypeAlias = "tuple[Branch | None, ...]"
_Link: TypeAlias = "tuple[_Link | None, str]"  # the parent's link, and the step from there


def _is_namedtuple(kind: Any) -> bool:
    """Whether a class was made by collections.namedtuple or typing.NamedTuple."""
    return issubclass(kind, tuple) and hasattr(cast("Any", kind), "_fields")


def _branch(value: Any) -> tuple[Branch | None, Sequence[Any]]:
    """Return the container that a value is, with its children; (None, ()) for a leaf."""
    kind = cast("Any", type(value))
    if kind in _LEAVES:
        return None, ()
    if kind in _DICTS:
        return Branch(kind, tuple(value)), list(value.values())
    if kind in _SEQUENCES:
        return Branch(kind, tuple(range(len(value)))), value
    if _is_namedtuple(kind):
        return Branch(kind, kind._fields), value
    if hasattr(kind, "__dataclass_fields__"):
        names = tuple(field.name for field in dataclasses.fields(kind))
        return Branch(kind, names), [getattr(value, name) for name in names]
    return None, ()


def _is_flat(tree: Tree) -> bool:
    """Whether a tree is a dict from strings to leaves, the usual form of parameters."""
    if type(tree) is not dict:
        return False
    found = cast("dict[Any, Any]", tree)
    return _LEAVES.issuperset(map(type, found.values())) and _STRINGS.issuperset(map(type, found))


@lru_cache(maxsize=256)
def _flat_dict(keys: tuple[Any, ...]) -> Structure:
    """Return the structure of a dict of leaves; made once, since a training asks for the same one at every step."""
    return (Branch(dict, keys), *[None] * len(keys))


def flatten(tree: Tree) -> tuple[list[Any], Structure]:
    """Take a tree apart.

    Parameters
    ----------
    tree : object
        Dicts, lists, tuples, namedtuples and dataclasses in any nesting; everything else is a leaf.

    Returns
    -------
    leaves : list
        In order: a dict's in the order of insertion, a dataclass's in that of its fields.
    structure : tuple
        What `unflatten` needs; equal for trees of the same form.

    Examples
    --------
    >>> from ganglion.autodiff.trees import flatten, unflatten
    >>> leaves, structure = flatten({"W": [1.0, 2.0], "b": 3.0})
    >>> leaves
    [1.0, 2.0, 3.0]
    >>> unflatten(structure, [10.0, 20.0, 30.0])
    {'W': [10.0, 20.0], 'b': 30.0}
    """
    if _is_flat(tree):
        return list(tree.values()), _flat_dict(tuple(tree))
    leaves: list[Any] = []
    structure: list[Branch | None] = []
    stack: list[Any] = [tree]
    while stack:
        value = stack.pop()
        branch, children = _branch(value)
        structure.append(branch)
        if branch is None:
            leaves.append(value)
        else:
            stack.extend(reversed(children))
    return leaves, tuple(structure)


def unflatten(structure: Structure, leaves: Sequence[Any]) -> Tree:
    """Build a tree from its structure and its leaves.

    Parameters
    ----------
    structure : tuple
        As `flatten` returned it.
    leaves : sequence
        One for each leaf, in order.

    Returns
    -------
    object
        The tree.
    """
    root = structure[0]
    if root is None:
        return leaves[0]
    if len(leaves) == len(root.keys) == len(structure) - 1:  # nothing but leaves
        return root.build(list(leaves))
    remaining = list(leaves)
    built: list[Any] = []  # from the end, so that what a container holds is there before it
    for branch in reversed(structure):
        if branch is None:
            built.append(remaining.pop())
        else:
            count = len(branch.keys)
            children = built[len(built) - count :][::-1]
            del built[len(built) - count :]
            built.append(branch.build(children))
    return built.pop()


def leaf_path(structure: Structure, index: int, root: str) -> str:
    """Return how a leaf is reached, as written in Python.

    Parameters
    ----------
    structure : tuple
        Structure of the tree.
    index : int
        Number of the leaf.
    root : str
        What the tree itself is called.

    Returns
    -------
    str
        Such as `parameters['W1'][0]`.
    """
    return _part_path(
        structure, [i for i, part in enumerate(structure) if part is None][index], root
    )


def _part_path(structure: Structure, index: int, root: str) -> str:
    """Return how a part of a tree, container or leaf, is reached."""
    stack: list[_Link] = [(None, root)]
    for part in structure[:index]:
        link = stack.pop()
        if part is not None:
            stack.extend((link, part.piece(key)) for key in reversed(part.keys))
    link: _Link | None = stack.pop()
    pieces: list[str] = []
    while link is not None:
        link, piece = link
        pieces.append(piece)
    return "".join(reversed(pieces))


def real_leaf(leaf: Any) -> Value:
    """Return a leaf as the engine takes it: a variable, or a NumPy scalar or array of floats.

    Parameters
    ----------
    leaf : object
        A number, an array or a variable; integers become float64.

    Returns
    -------
    Variable, numpy.floating or numpy.ndarray
        The same values; the same object where nothing had to change.

    Raises
    ------
    NotDifferentiableError
        If it is anything else; says what it is.
    """
    kind = cast("Any", type(leaf))
    if kind is Variable or kind is np.float64 or (kind is np.ndarray and leaf.dtype.kind == "f"):
        return leaf
    if kind is float or kind is int:
        try:
            return np.float64(leaf)
        except OverflowError:
            raise NotDifferentiableError("an int beyond what float64 holds") from None
    if kind is np.ndarray or issubclass(kind, np.generic | np.memmap):
        if leaf.dtype.kind == "f":
            return leaf
        if leaf.dtype.kind in "iu":
            return leaf.astype(np.float64)
        noun = "a number" if issubclass(kind, np.generic) else "an array"
        raise NotDifferentiableError(f"{noun} of dtype {leaf.dtype}")
    raise NotDifferentiableError(f"a {kind.__name__}")


def real_leaves(tree: Tree, name: str) -> tuple[list[Any], list[Value], Structure]:
    """Take a tree of numbers, arrays and variables apart, and check every leaf.

    Parameters
    ----------
    tree : object
        The tree.
    name : str
        What the caller calls it, for the error.

    Returns
    -------
    given : list
        The leaves as they are.
    values : list
        The leaves as the engine takes them.
    structure : tuple
        What `unflatten` needs.

    Raises
    ------
    NotDifferentiableError
        If a leaf is no real number, array of real numbers or variable; says where it is.
    """
    given, structure = flatten(tree)
    values: list[Value] = []
    for index, leaf in enumerate(given):
        try:
            values.append(real_leaf(leaf))
        except NotDifferentiableError as found:
            raise NotDifferentiableError(
                f"{leaf_path(structure, index, name)} is {found}; derivatives are of real numbers and arrays of them, "
                "in dicts, lists, tuples and dataclasses. Convert it to floats, or pass it as an argument that is not "
                "differentiated."
            ) from None
    return given, values, structure


def matching_leaves(
    tree: Tree, name: str, structure: Structure, values: Sequence[Value], like: str
) -> list[Value]:
    """Take apart a tree that must have the form, and whose leaves must have the shapes, of another one.

    Parameters
    ----------
    tree : object
        Tangents or seeds.
    name : str
        What the caller calls it.
    structure : tuple
        Structure that it must have.
    values : sequence
        Leaves whose shapes and dtypes it must have.
    like : str
        What the caller calls the other tree.

    Returns
    -------
    list
        The leaves, in the dtypes of the others; variables as they are.

    Raises
    ------
    DataError
        If the form or a shape differs; says where and how.
    """
    _, found, form = real_leaves(tree, name)
    if form != structure:
        raise DataError(f"{name} must be built as {like} is: {_difference(form, structure, name)}.")
    fitted: list[Value] = []
    for index, (leaf, value) in enumerate(zip(found, values, strict=True)):
        target = value.value if type(value) is Variable else value
        if np.shape(leaf.value if type(leaf) is Variable else leaf) != np.shape(target):
            raise DataError(
                f"{leaf_path(structure, index, name)} has shape {np.shape(leaf)}, and "
                f"{leaf_path(structure, index, like)} has shape {np.shape(target)}; they must be equal."
            )
        fitted.append(leaf if type(leaf) is Variable else leaf.astype(target.dtype, copy=False))
    return fitted


def _difference(form: Structure, structure: Structure, name: str) -> str:
    """Say where two structures part, at the latest at the first one's end."""
    index = next(
        i for i, (mine, theirs) in enumerate(zip(form, structure, strict=False)) if mine != theirs
    )
    place = _part_path(form, index, name)
    return f"{place} is {_described(form[index])} where {_described(structure[index])} is needed"


def _described(branch: Branch | None) -> str:
    """Return what stands at a place of a tree."""
    if branch is None:
        return "a number or array"
    name = branch.kind.__name__
    if not branch.keys:
        return f"an empty {name}"
    return (
        f"a {name} with " + ", ".join(map(repr, branch.keys[:5])) + ", ..." * (len(branch.keys) > 5)
    )


def dressed(gradient: Value, given: Any, *, shared: bool = False) -> Value:
    """Return a gradient in the form of the leaf that it belongs to.

    Parameters
    ----------
    gradient : Variable, numpy.floating, numpy.ndarray or None
        What a pass found; None for zero. A variable stays one.
    given : object
        The leaf as the caller passed it: a Python number makes the gradient a float, an array one of its dtype.
    shared : bool, default False
        Whether somebody else may hold the same memory, so that it has to be copied.

    Returns
    -------
    float, numpy.floating, numpy.ndarray or Variable
        The gradient; an array is the caller's own.
    """
    kind = cast("Any", type(gradient))
    if kind is Variable:
        return gradient
    if kind is type(given) is np.ndarray and not shared and gradient.dtype == given.dtype:
        return gradient if gradient.flags.owndata else gradient.copy()
    if type(given) is float or type(given) is int:
        return 0.0 if gradient is None else float(gradient)
    like = real_leaf(given)
    like = like.value if type(like) is Variable else like
    if isinstance(like, np.generic):
        number = cast("Any", like).dtype.type
        return number(0.0 if gradient is None else gradient)
    if gradient is None:
        return np.zeros(like.shape, like.dtype)
    own = not shared and type(gradient) is np.ndarray and gradient.flags.owndata
    return np.array(gradient, dtype=like.dtype, copy=None if own else True)
