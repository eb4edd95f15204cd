"""What NumPy's own functions do with variables: the two tables behind `__array_ufunc__` and `__array_function__`.

A function is in one of three places: among the rules, which record a primitive or several; among those that are
constant by nature (shapes, comparisons, positions), which get plain values; or nowhere, and then it is refused by name.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .._errors import NotDifferentiableError
from . import _arranging as arranging
from . import _calculating as calculating
from . import functions
from ._methods import METHODS
from .graph import PRIMITIVES, UFUNCS, Rule, Value, Variable

__all__ = ["CONSTANT_FUNCTIONS", "CONSTANT_UFUNCS", "FUNCTIONS"]

# Ufuncs that have a primitive under another name, and those that are constant by nature.
OTHER_NAMES: dict[np.ufunc, str] = {
    np.fabs: "absolute",
    np.float_power: "power",
    np.positive: "identity",
    np.conjugate: "identity",
}
CONSTANT_UFUNCS: tuple[np.ufunc, ...] = (
    np.equal, np.not_equal, np.less, np.less_equal, np.greater, np.greater_equal,
    np.logical_and, np.logical_or, np.logical_not, np.logical_xor,
    np.isfinite, np.isinf, np.isnan, np.signbit,
)  # fmt: skip
REDUCTIONS: dict[np.ufunc, Rule] = {
    np.add: functions.sum,
    np.multiply: functions.prod,
    np.maximum: functions.max,
    np.minimum: functions.min,
}

CONSTANT_FUNCTIONS: tuple[Rule, ...] = (
    np.shape, np.ndim, np.size, np.argmax, np.argmin, np.argsort, np.nonzero, np.argwhere, np.flatnonzero,
    np.count_nonzero, np.any, np.all, np.isclose, np.allclose, np.array_equal, np.array_equiv, np.result_type,
    np.iscomplexobj, np.isrealobj, np.isposinf, np.isneginf, np.searchsorted, np.digitize, np.broadcast_shapes,
    np.zeros_like, np.ones_like, np.empty_like, np.array2string, np.array_repr, np.array_str, np.may_share_memory,
    np.shares_memory, np.min_scalar_type, np.can_cast, np.lexsort,
)  # fmt: skip

FUNCTIONS: dict[Any, Rule] = {
    np.sum: functions.sum,
    np.mean: functions.mean,
    np.var: functions.var,
    np.std: functions.std,
    np.prod: functions.prod,
    np.max: functions.max,
    np.min: functions.min,
    np.amax: functions.max,
    np.amin: functions.min,
    np.cumsum: functions.cumsum,
    np.sort: calculating.sort,
    np.where: calculating.where,
    np.clip: calculating.clip,
    np.round: calculating.round_to,
    np.around: calculating.round_to,
    np.reshape: arranging.reshape,
    np.transpose: functions.transpose,
    np.broadcast_to: functions.broadcast_to,
    np.concatenate: functions.concatenate,
    np.stack: functions.stack,
    np.pad: calculating.pad,
    np.diagonal: functions.diagonal,
    np.trace: functions.trace,
    np.tril: functions.tril,
    np.triu: functions.triu,
    np.astype: functions.astype,
    np.einsum: calculating.einsum,
    np.linalg.norm: calculating.norm,
    np.linalg.solve: functions.solve,
    np.linalg.inv: functions.inv,
    np.linalg.det: functions.det,
    np.linalg.slogdet: functions.slogdet,
    np.linalg.cholesky: calculating.cholesky,
    np.linalg.multi_dot: calculating.multi_dot,
    np.linalg.matrix_power: calculating.matrix_power,
    np.dot: calculating.dot,
    np.vdot: calculating.vdot,
    np.inner: calculating.inner,
    np.outer: calculating.outer,
    np.tensordot: calculating.tensordot,
    np.kron: calculating.kron,
    np.ravel: arranging.ravel,
    np.squeeze: arranging.squeeze,
    np.expand_dims: arranging.expand_dims,
    np.swapaxes: arranging.swapaxes,
    np.moveaxis: arranging.moveaxis,
    np.rollaxis: arranging.rollaxis,
    np.atleast_1d: arranging.atleast_1d,
    np.atleast_2d: arranging.atleast_2d,
    np.broadcast_arrays: arranging.broadcast_arrays,
    np.vstack: arranging.vstack,
    np.hstack: arranging.hstack,
    np.dstack: arranging.dstack,
    np.column_stack: arranging.column_stack,
    np.append: arranging.append,
    np.split: arranging.split,
    np.array_split: arranging.array_split,
    np.vsplit: arranging.vsplit,
    np.hsplit: arranging.hsplit,
    np.flip: arranging.flip,
    np.flipud: arranging.flipud,
    np.fliplr: arranging.fliplr,
    np.roll: arranging.roll,
    np.rot90: arranging.rot90,
    np.tile: arranging.tile,
    np.repeat: arranging.repeat,
    np.take: arranging.take,
    np.take_along_axis: arranging.take_along_axis,
    np.delete: arranging.delete,
    np.diff: arranging.diff,
    np.diag: arranging.diag,
    np.average: calculating.average,
    np.ptp: calculating.ptp,
    np.median: calculating.median,
    np.full_like: calculating.full_like,
    np.copy: calculating.copy,
    np.real: calculating.copy,
    np.cov: calculating.cov,
}

METHOD_NAMES = (
    "sum mean var std prod max min cumsum dot clip round astype reshape transpose swapaxes ravel squeeze "
    "diagonal trace repeat take argmax argmin argsort nonzero any all"
)


def plain(value: Any) -> Any:
    """Return arguments without their history, in lists and tuples too."""
    if type(value) is Variable:
        return value.value
    if isinstance(value, list | tuple):
        return type(value)(plain(v) for v in value)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    return value


def on_plain_values(function: Rule) -> Rule:
    """Return the function of the variables' values: what is constant by nature has no history to lose."""

    def call(*arguments: Any, **options: Any) -> Any:
        return function(
            *plain(arguments), **{name: plain(option) for name, option in options.items()}
        )

    call.__name__ = getattr(function, "__name__", "function")
    return call


def refuse(what: str, remedy: str) -> Any:
    """Raise the error that names what has no rule here."""
    raise NotDifferentiableError(f"{what} cannot be differentiated here. {remedy}")


def check_call(rule: Rule, name: str, arguments: Any, options: dict[str, Any]) -> dict[str, Any]:
    """Refuse options that the rule does not know, such as out= and dtype=; leave out those that are None."""
    code = getattr(rule, "__code__", None)
    if code is None or code.co_flags & 0x08:  # a primitive, or a function with **options
        if code is None and options:
            refuse(f"{name} with {next(iter(options))}=", "Leave the option out.")
        return options
    known = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    kept = {key: value for key, value in options.items() if key in known or value is not None}
    for key in kept:
        if key not in known:
            refuse(f"{name} with {key}=", "Leave the option out.")
    if len(arguments) > code.co_argcount and not code.co_flags & 0x04:
        refuse(
            f"{name} with {len(arguments)} positional arguments",
            f"Pass at most {code.co_argcount}, and options by name.",
        )
    return kept


def checked(rule: Rule, name: str) -> Rule:
    """Return the method of that rule, which refuses options by name."""

    def method(x: Value, *arguments: Any, **options: Any) -> Value:
        if options or len(arguments) > 1:
            options = check_call(rule, f".{name}()", (x, *arguments), options)
        return rule(x, *arguments, **options)

    return method


def call_ufunc(
    ufunc: np.ufunc, method: str, inputs: tuple[Value, ...], options: dict[str, Any]
) -> Value:
    """Call a ufunc on variables in another way than `ufunc(*inputs)`, or one without a rule."""
    name = f"np.{ufunc.__name__}"
    if options.get("out") is not None:
        refuse(
            f"{name} with out=, or an in-place operator on a plain array,",
            "Write `a = a + x` instead of `a += x`.",
        )
    options = {key: value for key, value in options.items() if value is not None or key == "axis"}
    if ufunc not in UFUNCS:
        refuse(
            name,
            REMEDIES.get(
                ufunc.__name__, "Write it in functions that have a rule, or use stop_gradient(x)."
            ),
        )
    if method == "__call__" and not options:
        return UFUNCS[ufunc](*inputs)
    if method == "reduce" and ufunc in REDUCTIONS:
        options.setdefault("axis", 0)
        rule = REDUCTIONS[ufunc]
        return rule(*inputs, **check_call(rule, f"{name}.reduce", inputs, options))
    if method == "accumulate" and ufunc is np.add:
        return functions.cumsum(*inputs, **{"axis": 0, **options})
    if method == "outer" and not options:
        left, right = inputs
        return UFUNCS[ufunc](functions.reshape(left, np.shape(left) + (1,) * np.ndim(right)), right)
    if method == "__call__":
        refuse(
            f"{name} with {next(iter(options))}=",
            "Leave the option out; use where() for a condition.",
        )
    return refuse(f"{name}.{method}", "Use operators, indexing, sum, max or concatenate.")


def call_function(function: Any, arguments: Any, options: dict[str, Any]) -> Value:
    """Call one of NumPy's functions on variables."""
    rule = FUNCTIONS.get(function)
    if rule is None:
        module = getattr(function, "__module__", "numpy").replace("numpy", "np")
        return refuse(
            f"{module}.{function.__name__}",
            REMEDIES.get(
                function.__name__,
                "Write it in functions that have a rule, or use stop_gradient(x).",
            ),
        )
    if options or len(arguments) > 2:
        options = check_call(rule, f"np.{function.__name__}", arguments, options)
    return rule(*arguments, **options)


REMEDIES: dict[str, str] = {
    "heaviside": "Use gl.autodiff.step, or where.",
    "fmax": "Use np.maximum.",
    "fmin": "Use np.minimum.",
    "fmod": "Use np.remainder.",
    "cumprod": "Use np.exp(np.cumsum(np.log(x))) for positive numbers.",
    "nan_to_num": "Use np.where(np.isfinite(x), x, 0.0).",
    "copyto": "Build the array with where or concatenate.",
    "fill_diagonal": "Build the array with where.",
    "put": "Build the array with where or concatenate.",
    "cross": "Write it with indexing.",
    "percentile": "Use np.sort and indexing.",
    "quantile": "Use np.sort and indexing.",
    "nansum": "Use np.where(np.isnan(x), 0.0, x) first.",
    "nanmean": "Use np.where and sums.",
    "partition": "Use np.sort.",
}


def fill_tables() -> None:
    """Enter every ufunc that has a primitive of its name, the constants, and the methods."""
    for name, primitive in PRIMITIVES.items():
        found = getattr(np, name, None)
        if isinstance(found, np.ufunc) and name != "clip":
            UFUNCS[found] = primitive
    for ufunc, name in OTHER_NAMES.items():
        UFUNCS[ufunc] = PRIMITIVES[name]
    UFUNCS[np.deg2rad] = UFUNCS[np.radians] = calculating.radians
    UFUNCS[np.rad2deg] = UFUNCS[np.degrees] = calculating.degrees
    for ufunc in CONSTANT_UFUNCS:
        UFUNCS[ufunc] = on_plain_values(ufunc)
    for function in CONSTANT_FUNCTIONS:
        FUNCTIONS[function] = on_plain_values(function)
    for name in METHOD_NAMES.split():
        METHODS[name] = checked(
            METHODS_OF_THEIR_OWN.get(name) or FUNCTIONS[getattr(np, name)], name
        )


def _reshape_method(x: Value, *shape: Any, order: str = "C") -> Value:
    """`x.reshape(2, 3)` and `x.reshape((2, 3))`."""
    return arranging.reshape(x, shape[0] if len(shape) == 1 else shape, order=order)


def _transpose_method(x: Value, *axes: Any) -> Value:
    """`x.transpose(1, 0)`, `x.transpose((1, 0))` and `x.transpose()`."""
    if len(axes) == 1 and (axes[0] is None or type(axes[0]) in (list, tuple)):
        return functions.transpose(x, axes[0])
    return functions.transpose(x, axes or None)


METHODS_OF_THEIR_OWN: dict[str, Rule] = {"reshape": _reshape_method, "transpose": _transpose_method}
fill_tables()
