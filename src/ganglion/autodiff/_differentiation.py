"""One differentiation: its inputs as variables of a new level, its outputs, and the passes between them."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeAlias, cast, final

import numpy as np

from .._errors import DataError, NotDifferentiableError, ParameterError
from . import primitives as primitives  # fills the table
from ._constants import held
from .graph import NO_OPTIONS, PRIMITIVES, Options, Primitive, Value, Variable, next_serial
from .passes import Ordered, order, pull_back, push_forward
from .trees import Structure, Tree, dressed, real_leaves, unflatten

Function: TypeAlias = Callable[..., Any]
Argnums: TypeAlias = "int | tuple[int, ...]"


def _hand_over(position: int, value: Any, y: Value, arguments: Any, options: Options) -> Value:
    """Give each output its own seed."""
    return value[position]


def _collect(position: int, tangent: Value, y: Value, arguments: Any, options: Options) -> Value:
    """Keep the change of each output."""
    options["changes"][position] = tangent
    return 0.0


# The common end of several outputs: one pass serves all of them. Its seed is the list of theirs.
_OUTPUTS = Primitive("outputs", lambda *values: values, pull=_hand_over, push=_collect)


def _called(f: Function) -> str:
    """Return what the caller calls the function."""
    return getattr(f, "__name__", cast("Any", type(f)).__name__)


def _kind(value: object) -> str:
    """Return the name of a value's class."""
    return type(value).__name__


def argument_name(f: Function, position: int) -> str:
    """Return what the function calls its argument; "argument 0" where that cannot be told."""
    try:
        parameters = list(inspect.signature(f).parameters.values())
    except (TypeError, ValueError):
        parameters = []
    named = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    if position < len(parameters) and parameters[position].kind in named:
        return parameters[position].name
    return f"argument {position}"


def _leaf(value: Value, level: int) -> Variable:
    """Return an input of a differentiation: a new one, or the inner face of an outer variable."""
    if type(value) is Variable:
        return Variable(
            value.value, PRIMITIVES["identity"], (value,), NO_OPTIONS, next_serial(), level
        )
    return Variable(value, None, (), NO_OPTIONS, next_serial(), level)


def call(f: Function, arguments: Sequence[Any], options: Options = NO_OPTIONS) -> Any:
    """Call a function on variables, and say it where NumPy hides that one was about to lose its derivative.

    NumPy turns our error about `array[0] = x` into its own, "setting an array element with a sequence".
    """
    try:
        return f(*arguments, **options)
    except ValueError as error:
        if isinstance(error.__cause__, NotDifferentiableError):
            raise NotDifferentiableError(
                "Storing a variable in a plain array (array[i] = x) would lose the derivative. "
                "Make the array of variables, with np.stack, np.concatenate or np.where."
            ) from error
        raise


@final
class Inputs:
    """The chosen arguments of one call, as variables of a new level."""

    __slots__ = ("arguments", "given", "leaves", "level", "structures")

    def __init__(
        self,
        f: Function,
        arguments: Sequence[Any],
        positions: tuple[int, ...],
    ) -> None:
        self.level = next_serial()
        self.arguments = list(arguments)
        self.given: list[list[Any]] = []
        self.leaves: list[list[Variable]] = []
        self.structures: list[Structure] = []
        for position in positions:
            if position >= len(arguments):
                raise ParameterError(
                    f"argnums names argument {position} of {_called(f)}, which was called with {len(arguments)} "
                    "positional arguments. Pass it by position."
                )
            try:
                given, values, structure = real_leaves(arguments[position], "")
            except TypeError:
                real_leaves(
                    arguments[position], argument_name(f, position)
                )  # the same error, with the name
                raise
            leaves = [_leaf(held(value), self.level) for value in values]
            self.given.append(given)
            self.leaves.append(leaves)
            self.structures.append(structure)
            self.arguments[position] = unflatten(structure, leaves)

    def run(self, f: Function, options: Options = NO_OPTIONS) -> Any:
        """Call the function on the variables."""
        return call(f, self.arguments, options)

    def flat(self) -> list[Variable]:
        """Return the leaves of all arguments, in order."""
        return [leaf for leaves in self.leaves for leaf in leaves]

    def originals(self) -> list[Any]:
        """Return the leaves of all arguments as the caller passed them."""
        return [leaf for leaves in self.given for leaf in leaves]

    def dress(self, gradients: dict[Variable, Value], seeds: Sequence[Value] = ()) -> list[Value]:
        """Return the gradient of every leaf in its form, in memory that is neither another one's nor a seed's."""
        taken = {id(seed) for seed in seeds}
        found: list[Value] = []
        for leaf, given in zip(self.flat(), self.originals(), strict=True):
            gradient = gradients.get(leaf)
            found.append(dressed(gradient, given, shared=id(gradient) in taken))
            taken.add(id(gradient))
        return found

    def trees(self, values: Sequence[Value]) -> tuple[Tree, ...]:
        """Return one value for every leaf in the form of the arguments."""
        rest = iter(values)
        return tuple(
            unflatten(structure, [next(rest) for _ in leaves])
            for structure, leaves in zip(self.structures, self.leaves, strict=True)
        )


@final
class Outputs:
    """The result of one call: its leaves, the variable at which a pass begins, and whether outer variables feed it."""

    __slots__ = ("given", "level", "ordered", "root", "structure", "values")

    def __init__(self, f: Function, result: Any, level: int) -> None:
        self.level = level
        self.given, self.values, self.structure = real_leaves(result, f"{_called(f)}(...)")
        alive = any(self.depends(value) for value in self.values)
        if alive and len(self.values) == 1:
            self.root = self.values[0]
        elif alive:
            options = {"changes": [None] * len(self.values)}
            self.root = Variable(None, _OUTPUTS, tuple(self.values), options, next_serial(), level)
        else:
            self.root = None
        self.ordered: Ordered = ([], False) if self.root is None else order(self.root, level)

    def depends(self, value: Value) -> bool:
        """Whether a leaf was computed from the inputs (a variable of an outer level was not)."""
        return type(value) is Variable and value.level >= self.level

    def result(self, *, copy: bool = False) -> Tree:
        """Return what the function computed: plain values, unless an outer differentiation needs their history."""
        leaves = [
            value.value if self.depends(value) and not self.ordered[1] else original
            for value, original in zip(self.values, self.given, strict=True)
        ]
        if copy:
            leaves = [leaf.copy() if type(leaf) is np.ndarray else leaf for leaf in leaves]
        return unflatten(self.structure, leaves)

    def plain(self) -> list[Any]:
        """Return the leaves without their history."""
        return [value.value if type(value) is Variable else value for value in self.values]

    def pull(self, seeds: Sequence[Value]) -> dict[Variable, Value]:
        """Return the gradients of the sum of <seed, output> over the outputs."""
        if self.root is None:
            return {}
        return pull_back(
            self.root, seeds[0] if len(seeds) == 1 else seeds, self.level, ordered=self.ordered
        )

    def push(self, tangents: dict[Variable, Value]) -> list[Value | None]:
        """Return the change of every output; None where it does not depend on the inputs."""
        if self.root is None:
            return [None] * len(self.values)
        change = push_forward(self.root, tangents, self.level, ordered=self.ordered)
        if len(self.values) == 1:
            return [change]
        changes: list[Value | None] = self.root.options["changes"]
        found = list(changes)
        changes[:] = [None] * len(found)
        return found


def check_positions(f: Function, argnums: Argnums) -> tuple[int, ...]:
    """Return the positions that argnums names; refuse what is no function."""
    if not callable(f):
        raise ParameterError(
            f"What is differentiated must be a function; got {_kind(f)}. Pass f itself, not f(x)."
        )
    positions = argnums if isinstance(argnums, tuple) else (argnums,)
    whole = all(type(p) is int or isinstance(p, np.integer) for p in positions)
    if not positions or not whole or min(positions) < 0 or len(set(positions)) < len(positions):
        raise ParameterError(
            f"argnums must be a position from 0 on, or a tuple of different ones; got {argnums!r}."
        )
    return positions


def check_one_number(f: Function, result: Any, transform: str) -> None:
    """Refuse a result that is not one real number."""
    value = result.value if type(result) is Variable else result
    kind = cast("Any", type(value))
    real = (
        issubclass(kind, int | float | np.generic | np.ndarray)
        and np.asarray(value).dtype.kind in "fiu"
    )
    if real and np.shape(value) == ():
        return
    if real:
        found = f"an array of shape {np.shape(value)}"
        remedy = "Sum it or index it, or use vjp or jacobian."
    else:
        found = f"a {kind.__name__}"
        remedy = "Return the loss alone; vjp and jacobian take trees."
    raise DataError(
        f"{transform} needs one number from {_called(f)}, which returned {found}. {remedy}"
    )


def _basis(value: Value) -> Iterator[Value]:
    """Yield the arrays of a shape that are 1 in one place and 0 elsewhere."""
    for i in range(np.size(value)):
        unit = np.zeros(np.shape(value), value.dtype)
        unit.flat[i] = 1.0
        yield unit[()] if unit.ndim == 0 else unit


def by_rows(inputs: Inputs, outputs: Outputs) -> list[list[Value]]:
    """Return the Jacobian of each output by each leaf, from a pass backward for each number in the output."""
    blocks: list[list[Value]] = []
    for value, plain in zip(outputs.values, outputs.plain(), strict=True):
        alive = outputs.depends(value)
        rows: list[list[Value]] = []
        ordered = order(value, outputs.level) if alive else None
        for seed in _basis(plain):
            found = pull_back(value, seed, outputs.level, ordered=ordered) if alive else {}
            rows.append(inputs.dress(found, (seed,)))
        blocks.append(
            [
                _joined(
                    [row[i] for row in rows],
                    0,
                    np.shape(plain),
                    np.shape(leaf.value),
                    leaf.value.dtype,
                )
                for i, leaf in enumerate(inputs.flat())
            ]
        )
    return blocks


def by_columns(inputs: Inputs, outputs: Outputs) -> list[list[Value]]:
    """Return the Jacobian of each output by each leaf, from a pass forward for each number in the input."""
    blocks: list[list[Value]] = [[] for _ in outputs.values]
    for leaf, given in zip(inputs.flat(), inputs.originals(), strict=True):
        columns = [outputs.push({leaf: tangent}) for tangent in _basis(leaf.value)]
        for i, value in enumerate(outputs.plain()):
            parts = [dressed(changes[i], value) for changes in columns]
            block = _joined(parts, -1, np.shape(value), np.shape(leaf.value), leaf.value.dtype)
            # A number by a number has the form that a gradient has.
            blocks[i].append(dressed(block, given) if np.shape(value) == () else block)
    return blocks


def _joined(
    parts: list[Value], axis: int, out: tuple[int, ...], into: tuple[int, ...], dtype: np.dtype[Any]
) -> Value:
    """Return rows (axis 0) or columns (axis -1) as one block of the output's shape followed by the input's."""
    if not parts:
        return np.zeros((*out, *into), dtype)
    if (into if axis else out) == ():
        return parts[0]
    return np.reshape(np.stack(parts, axis=axis), (*out, *into))
