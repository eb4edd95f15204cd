"""The graph that a function leaves behind as it runs: variables, and the primitives that made them.

A `Variable` holds a value, the primitive that computed it and that primitive's arguments. It knows its parents and
nobody knows its children, so a graph is freed, node by node, as soon as its output is dropped.

Every variable gets a serial number from one counter: arguments have lower ones than results, so that sorting by it is
a topological order. The `level` of a variable is the serial at which the differentiation began that it belongs to
(the innermost of its arguments' ones). A pass of that differentiation visits variables of its level and above, and no
others; that is all there is to nesting, and why no derivative is ever confused with another one's.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from itertools import count
from typing import Any, TypeAlias, final

import numpy as np

from .._errors import DataError, GanglionError
from ._constants import constant, held, held_index
from ._methods import REFUSED, Method, Refused

__all__ = [
    "NO_OPTIONS",
    "PRIMITIVES",
    "UFUNCS",
    "Options",
    "Primitive",
    "Rule",
    "Value",
    "Variable",
    "next_serial",
]

Value: TypeAlias = Any  # a float, a NumPy scalar or array of floats; in a recorded pass a Variable
Rule: TypeAlias = Callable[..., Value]
Options: TypeAlias = Mapping[str, Any]

NO_OPTIONS: Options = {}
operators: Any = operator  # both are overloaded beyond what a type checker can follow
UNRECORDED = -1  # the level of a plain value
next_serial = count().__next__

# A graph keeps its intermediate arrays until it is dropped. The C library then hands the memory back to the system,
# and the next graph pays a page fault for every 4 kB: a 64-64-10 network on 256 rows took 2.6 times as long. Its
# thresholds follow the largest block freed so far, so one of 16 MB, never touched, makes it keep what it has.
np.empty(2**21)


@final
class Primitive:
    """A function that the engine takes as a whole, with its derivatives.

    Parameters
    ----------
    name : str
        NumPy's name of it, where it has one.
    forward : callable
        `forward(*values, **options)`, the value; NumPy in, NumPy out.
    pull : callable or None
        `pull(position, upstream, y, arguments, options)`: the upstream gradient carried back to one argument, in its
        shape (the vjp). Written in operations that also take variables, so that it can be differentiated again.
        None for a function that is constant almost everywhere.
    push : callable or None
        `push(position, tangent, y, arguments, options)`: the change of y when that argument changes by `tangent` (the
        jvp).
    local : callable or None
        `local(position, y, arguments)`: the derivative of an elementwise primitive by one argument, in y's shape or one
        that broadcasts to it. None where a derivative is not a number per element.
    formula : str
        y as text, the arguments in braces: `"{0} * {1}"`, for showing. Empty where their number is free: then it is
        the name with all arguments in parentheses.
    latex : str
        The same for TeX, the arguments as `#1` and `#2`: `"\\frac{#1}{#2}"`. Empty where the formula will do.
    slopes : tuple of str
        The derivative by each argument as text, in y and x, or in y, a and b: `("1 - y^2",)`. Empty where it is not a
        number per element.
    constant : tuple of int
        Positions whose argument is never differentiated: the condition of `where`.
    keeps : str
        Where not empty, `forward` returns a pair: the value, and something it computed on the way that the pull needs
        again. A recorded node carries it among its options under this name.
    """

    __slots__ = (
        "constant", "formula", "forward", "keeps", "latex", "local", "name", "pull", "push", "slopes",
    )  # fmt: skip

    def __init__(
        self,
        name: str,
        forward: Rule,
        *,
        pull: Rule | None,
        push: Rule | None,
        local: Rule | None = None,
        formula: str = "",
        latex: str = "",
        slopes: tuple[str, ...] = (),
        constant: tuple[int, ...] = (),
        keeps: str = "",
    ) -> None:
        self.name = name
        self.forward = forward
        self.pull = pull
        self.push = push
        self.local = local
        self.formula = formula
        self.latex = latex
        self.slopes = slopes
        self.constant = constant
        self.keeps = keeps

    def __call__(self, *arguments: Value, **options: Any) -> Value:
        """Compute the value, and record it where an argument is a variable."""
        level = UNRECORDED
        values: list[Value] = []
        kept = arguments
        for argument in arguments:
            if type(argument) is Variable:
                values.append(argument.value)
                if argument.level > level:
                    level = argument.level
            else:
                value = constant(argument, self.name)
                values.append(value)
                if value is not argument or type(value) is np.ndarray:
                    kept = None
        try:
            value = self.forward(*values, **options)
        except ValueError as error:
            raise shape_error(self.name, values, error) from None
        if self.keeps:
            value, residue = value
            options = {**options, self.keeps: residue}
        if level == UNRECORDED:
            return value
        if kept is None:  # an array, or a list that became one
            kept = tuple(
                a if type(a) is Variable else held(v)
                for a, v in zip(arguments, values, strict=True)
            )
        return Variable(value, self, kept, options or NO_OPTIONS, next_serial(), level)

    def __repr__(self) -> str:
        return f"<primitive {self.name}>"


PRIMITIVES: dict[
    str, Primitive
] = {}  # every primitive by its name; filled by ganglion.autodiff.primitives
# What NumPy's names mean on variables; filled by ganglion.autodiff.numpy_functions.
UFUNCS: dict[Any, Rule] = {}


def shape_error(name: str, values: list[Value], error: Exception) -> Exception:
    """Return the error that names the operation and the shapes it got; one of our own is clear as it is."""
    if isinstance(error, GanglionError):
        return error
    shapes = " and ".join(str(np.shape(value)) for value in values)
    return DataError(f"{name} got shapes {shapes}, which do not fit: {error}.")


def _binary(name: str, compute: Any, *, swapped: bool = False) -> Any:
    """Return the operator's method: the same as the primitive's call, without its loop."""

    def method(self: Variable, other: Value) -> Variable:
        level = self.level
        if type(other) is Variable:
            if other.level > level:
                level = other.level
            right = other.value
        else:
            right = constant(other, name)
            other = held(right)
        left = self.value
        pair = (self, other)
        if swapped:
            left, right, pair = right, left, (other, self)
        try:
            value = compute(left, right)
        except ValueError as error:
            raise shape_error(name, [left, right], error) from None
        return Variable(value, PRIMITIVES[name], pair, NO_OPTIONS, next_serial(), level)

    return method


def _compare(compute: Callable[[Any, Any], Any]) -> Any:
    """Return the comparison of values: a plain boolean, which has no derivative."""

    def method(self: Variable, other: Value) -> Any:
        return compute(self.value, other.value if type(other) is Variable else other)

    return method


@final
class Variable:
    """A value inside a function that is being differentiated; behaves as the NumPy array or number it stands for.

    Parameters
    ----------
    value : numpy.ndarray or numpy.floating
        What was computed.
    primitive : Primitive or None
        What computed it; None for an input.
    arguments : tuple
        The primitive's arguments: variables, or plain values.
    options : mapping
        Its keyword arguments, such as `axis`.
    serial : int
        Its place in the order of computation.
    level : int
        The serial at which the differentiation began that it belongs to.
    """

    __slots__ = ("arguments", "level", "options", "primitive", "serial", "value")
    __array_priority__ = 1000.0

    def __init__(
        self,
        value: Value,
        primitive: Primitive | None,
        arguments: tuple[Value, ...],
        options: Options,
        serial: int,
        level: int,
    ) -> None:
        self.value = value
        self.primitive = primitive
        self.arguments = arguments
        self.options = options
        self.serial = serial
        self.level = level

    __add__ = _binary("add", operators.add)
    __radd__ = _binary("add", operators.add, swapped=True)
    __sub__ = _binary("subtract", operators.sub)
    __rsub__ = _binary("subtract", operators.sub, swapped=True)
    __mul__ = _binary("multiply", operators.mul)
    __rmul__ = _binary("multiply", operators.mul, swapped=True)
    __truediv__ = _binary("divide", operators.truediv)
    __rtruediv__ = _binary("divide", operators.truediv, swapped=True)
    __pow__ = _binary("power", operators.pow)
    __rpow__ = _binary("power", operators.pow, swapped=True)
    __mod__ = _binary("remainder", operators.mod)
    __rmod__ = _binary("remainder", operators.mod, swapped=True)
    __floordiv__ = _binary("floor_divide", operators.floordiv)
    __rfloordiv__ = _binary("floor_divide", operators.floordiv, swapped=True)
    __matmul__ = _binary("matmul", operators.matmul)
    __rmatmul__ = _binary("matmul", operators.matmul, swapped=True)

    __lt__ = _compare(operator.lt)
    __le__ = _compare(operator.le)
    __gt__ = _compare(operator.gt)
    __ge__ = _compare(operator.ge)
    __eq__ = _compare(operator.eq)
    __ne__ = _compare(operator.ne)
    __hash__ = object.__hash__  # by identity: a dict asks for equality only between equal hashes

    __array__ = Refused(
        "Turning a variable into a plain array (np.array, np.asarray, or storing it in one)",
        "Use NumPy's functions on it as it is, and np.stack to make an array of variables.",
    )
    __float__ = Refused(
        "float(), or a function of the math module,", "Use NumPy's function of that name."
    )
    __int__ = Refused("int()", "Use stop_gradient(x) where a constant is meant.")
    __complex__ = Refused("complex()", "Variables are real.")
    __index__ = Refused("Using a variable as an index", "Index with integers.")
    __setitem__ = Refused("Assigning into an array", "Build it with concatenate, stack or where.")
    __reduce__ = Refused("Pickling a variable", "Pickle a plain value.")

    sum = Method("sum")
    mean = Method("mean")
    var = Method("var")
    std = Method("std")
    prod = Method("prod")
    max = Method("max")
    min = Method("min")
    cumsum = Method("cumsum")
    dot = Method("dot")
    clip = Method("clip")
    round = Method("round")
    astype = Method("astype")
    reshape = Method("reshape")
    transpose = Method("transpose")
    swapaxes = Method("swapaxes")
    ravel = Method("ravel")
    flatten = Method("ravel")
    squeeze = Method("squeeze")
    diagonal = Method("diagonal")
    trace = Method("trace")
    repeat = Method("repeat")
    take = Method("take")
    argmax = Method("argmax")
    argmin = Method("argmin")
    argsort = Method("argsort")
    nonzero = Method("nonzero")
    any = Method("any")
    all = Method("all")

    @property
    def shape(self) -> tuple[int, ...]:
        """The length of every axis."""
        return self.value.shape

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return self.value.ndim

    @property
    def size(self) -> int:
        """The number of elements."""
        return self.value.size

    @property
    def dtype(self) -> Any:
        """The type of the elements: float64 or float32."""
        return self.value.dtype

    @property
    def T(self) -> Variable:
        """The transpose."""
        return PRIMITIVES["transpose"](self)

    def copy(self) -> Variable:
        """Return the variable itself: nothing changes it.

        Returns
        -------
        Variable
            The same one.
        """
        return self

    def __copy__(self) -> Variable:
        return self

    def __deepcopy__(self, memo: Any) -> Variable:
        return self

    def __neg__(self) -> Variable:
        return Variable(
            -self.value, PRIMITIVES["negative"], (self,), NO_OPTIONS, next_serial(), self.level
        )

    def __pos__(self) -> Variable:
        return self

    def __abs__(self) -> Variable:
        return PRIMITIVES["absolute"](self)

    def __bool__(self) -> bool:
        return bool(self.value)

    def __len__(self) -> int:
        return len(self.value)

    def __iter__(self) -> Iterator[Variable]:
        return (self[i] for i in range(len(self.value)))

    def __getitem__(self, index: Any) -> Variable:
        return PRIMITIVES["getitem"](self, index=held_index(index))

    def __repr__(self) -> str:
        return f"Variable({self.value!r})"

    def __format__(self, spec: str) -> str:
        return format(self.value, spec)

    def __array_ufunc__(
        self, ufunc: np.ufunc, method: str, *inputs: Value, **options: Any
    ) -> Value:
        rule = UFUNCS.get(ufunc)
        if rule is not None and method == "__call__" and not options:
            return rule(*inputs)
        from .numpy_functions import call_ufunc  # the uncommon ways; that module needs this one

        return call_ufunc(ufunc, method, inputs, options)

    def __array_function__(self, function: Rule, types: Any, arguments: Any, options: Any) -> Value:
        from .numpy_functions import call_function

        return call_function(function, arguments, options)


for _name, _refusal in REFUSED.items():
    setattr(Variable, _name, _refusal)
