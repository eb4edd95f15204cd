"""The functions to write models with: of variables, arrays, numbers or lists, with NumPy's names where it has them.

The elementwise ones are the primitives themselves; they take arrays and numbers and broadcast. Those with options are
plain functions around a primitive.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from .graph import PRIMITIVES, Value, Variable
from .primitives import KINKS as KINKS

Axis = int | tuple[int, ...] | None

add = PRIMITIVES["add"]
subtract = PRIMITIVES["subtract"]
multiply = PRIMITIVES["multiply"]
divide = PRIMITIVES["divide"]
remainder = PRIMITIVES["remainder"]
power = PRIMITIVES["power"]
negative = PRIMITIVES["negative"]
reciprocal = PRIMITIVES["reciprocal"]
square = PRIMITIVES["square"]
sqrt = PRIMITIVES["sqrt"]
cbrt = PRIMITIVES["cbrt"]
hypot = PRIMITIVES["hypot"]
absolute = PRIMITIVES["absolute"]
abs = PRIMITIVES["absolute"]  # noqa: A001 - NumPy's name
sign = PRIMITIVES["sign"]
floor = PRIMITIVES["floor"]
ceil = PRIMITIVES["ceil"]
rint = PRIMITIVES["rint"]
trunc = PRIMITIVES["trunc"]
maximum = PRIMITIVES["maximum"]
minimum = PRIMITIVES["minimum"]
where = PRIMITIVES["where"]
exp = PRIMITIVES["exp"]
exp2 = PRIMITIVES["exp2"]
expm1 = PRIMITIVES["expm1"]
log = PRIMITIVES["log"]
log2 = PRIMITIVES["log2"]
log10 = PRIMITIVES["log10"]
log1p = PRIMITIVES["log1p"]
logaddexp = PRIMITIVES["logaddexp"]
sin = PRIMITIVES["sin"]
cos = PRIMITIVES["cos"]
tan = PRIMITIVES["tan"]
arcsin = PRIMITIVES["arcsin"]
arccos = PRIMITIVES["arccos"]
arctan = PRIMITIVES["arctan"]
arctan2 = PRIMITIVES["arctan2"]
sinh = PRIMITIVES["sinh"]
cosh = PRIMITIVES["cosh"]
tanh = PRIMITIVES["tanh"]
arcsinh = PRIMITIVES["arcsinh"]
arccosh = PRIMITIVES["arccosh"]
arctanh = PRIMITIVES["arctanh"]
erf = PRIMITIVES["erf"]
erfc = PRIMITIVES["erfc"]
sigmoid = PRIMITIVES["sigmoid"]
softplus = PRIMITIVES["softplus"]
relu = PRIMITIVES["relu"]
leaky_relu = PRIMITIVES["leaky_relu"]
elu = PRIMITIVES["elu"]
selu = PRIMITIVES["selu"]
gelu = PRIMITIVES["gelu"]
silu = PRIMITIVES["silu"]
mish = PRIMITIVES["mish"]
step = PRIMITIVES["step"]
identity = PRIMITIVES["identity"]
stop_gradient = PRIMITIVES["stop_gradient"]
matmul = PRIMITIVES["matmul"]
solve = PRIMITIVES["solve"]
inv = PRIMITIVES["inv"]
det = PRIMITIVES["det"]
cholesky = PRIMITIVES["cholesky"]


def _reduce(name: str, x: Value, axis: Axis, keepdims: bool) -> Value:
    """Call a reduction with the options that differ from the defaults, so that these alone are shown."""
    if axis is None:
        return PRIMITIVES[name](x, keepdims=True) if keepdims else PRIMITIVES[name](x)
    axis = tuple(axis) if isinstance(axis, list) else axis
    return PRIMITIVES[name](x, axis=axis, keepdims=True) if keepdims else PRIMITIVES[name](x, axis=axis)


def sum(x: Value, axis: Axis = None, *, keepdims: bool = False) -> Value:  # noqa: A001 - NumPy's name
    """Add the elements up."""
    return _reduce("sum", x, axis, keepdims)


def mean(x: Value, axis: Axis = None, *, keepdims: bool = False) -> Value:
    """Average the elements."""
    return _reduce("mean", x, axis, keepdims)


def prod(x: Value, axis: Axis = None, *, keepdims: bool = False) -> Value:
    """Multiply the elements."""
    return _reduce("prod", x, axis, keepdims)


def max(x: Value, axis: Axis = None, *, keepdims: bool = False) -> Value:  # noqa: A001 - NumPy's name
    """Take the largest element."""
    return _reduce("max", x, axis, keepdims)


def min(x: Value, axis: Axis = None, *, keepdims: bool = False) -> Value:  # noqa: A001 - NumPy's name
    """Take the smallest element."""
    return _reduce("min", x, axis, keepdims)


def logsumexp(x: Value, axis: Axis = None, *, keepdims: bool = False) -> Value:
    """Take the logarithm of the sum of exp(x), without overflow."""
    return _reduce("logsumexp", x, axis, keepdims)


def norm(x: Value, axis: Axis = None, *, keepdims: bool = False) -> Value:
    """Take the root of the sum of squares."""
    return _reduce("norm", x, axis, keepdims)


def _spread(name: str, x: Value, axis: Axis, ddof: float, keepdims: bool) -> Value:
    """Call var or std with the options that differ from the defaults."""
    options: dict[str, Any] = {}
    if axis is not None:
        options["axis"] = axis
    if ddof:
        options["ddof"] = ddof
    if keepdims:
        options["keepdims"] = True
    return PRIMITIVES[name](x, **options)


def var(x: Value, axis: Axis = None, *, ddof: float = 0, keepdims: bool = False) -> Value:
    """Average the squared deviations from the mean."""
    return _spread("var", x, axis, ddof, keepdims)


def std(x: Value, axis: Axis = None, *, ddof: float = 0, keepdims: bool = False) -> Value:
    """Take the root of the variance."""
    return _spread("std", x, axis, ddof, keepdims)


def softmax(x: Value, axis: int = -1) -> Value:
    """Divide exp(x) by its sum along an axis."""
    return PRIMITIVES["softmax"](x) if axis == -1 else PRIMITIVES["softmax"](x, axis=axis)


def log_softmax(x: Value, axis: int = -1) -> Value:
    """Take the logarithm of softmax, without overflow or rounding to log 0."""
    return PRIMITIVES["log_softmax"](x) if axis == -1 else PRIMITIVES["log_softmax"](x, axis=axis)


def cross_entropy(logits: Value, targets: Value, *, reduction: str = "mean") -> Value:
    """Compare logits with labels or probabilities: the rows' -sum(targets * log_softmax(logits))."""
    if reduction == "mean":
        return PRIMITIVES["cross_entropy"](logits, targets)
    return PRIMITIVES["cross_entropy"](logits, targets, reduction=reduction)


def clip(x: Value, low: Value = None, high: Value = None) -> Value:
    """Bring every element between two bounds; None is no bound."""
    return PRIMITIVES["clip"](x, -math.inf if low is None else low, math.inf if high is None else high)


def reshape(x: Value, shape: int | tuple[int, ...]) -> Value:
    """Lay the elements out in another shape, in their order."""
    return PRIMITIVES["reshape"](x, shape=shape)


def transpose(x: Value, axes: Sequence[int] | None = None) -> Value:
    """Permute the axes; without `axes` reverse them."""
    return PRIMITIVES["transpose"](x) if axes is None else PRIMITIVES["transpose"](x, axes=tuple(axes))


def broadcast_to(x: Value, shape: int | tuple[int, ...]) -> Value:
    """Stretch to a shape."""
    return PRIMITIVES["broadcast_to"](x, shape=(shape,) if isinstance(shape, int) else tuple(shape))


def concatenate(arrays: Sequence[Value], axis: int | None = 0) -> Value:
    """Put arrays one behind the other along an axis; None flattens them first."""
    if axis is None:
        return PRIMITIVES["concatenate"](*(reshape(a, (-1,)) for a in arrays))
    return PRIMITIVES["concatenate"](*arrays) if axis == 0 else PRIMITIVES["concatenate"](*arrays, axis=axis)


def stack(arrays: Sequence[Value], axis: int = 0) -> Value:
    """Put arrays of one shape side by side along a new axis."""
    return PRIMITIVES["stack"](*arrays) if axis == 0 else PRIMITIVES["stack"](*arrays, axis=axis)


def cumsum(x: Value, axis: int | None = None) -> Value:
    """Add up along an axis; None flattens first."""
    if axis is None:
        return PRIMITIVES["cumsum"](reshape(x, (-1,)))
    return PRIMITIVES["cumsum"](x, axis=axis)


def sort(x: Value, axis: int | None = -1) -> Value:
    """Sort along an axis, ties in their order; None flattens first."""
    if axis is None:
        return PRIMITIVES["sort"](reshape(x, (-1,)))
    return PRIMITIVES["sort"](x) if axis == -1 else PRIMITIVES["sort"](x, axis=axis)


def pad(x: Value, pad_width: Any, value: float = 0.0) -> Value:
    """Set an array into a frame of one value."""
    widths = np.broadcast_to(np.asarray(pad_width, int), (np.ndim(x), 2))
    frame = tuple((int(before), int(after)) for before, after in widths)
    return PRIMITIVES["pad"](x, widths=frame, value=value) if value else PRIMITIVES["pad"](x, widths=frame)


def diagonal(x: Value, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Value:
    """Take the diagonal of matrices along two axes."""
    return PRIMITIVES["diagonal"](x, **_differing(offset, axis1, axis2))


def trace(x: Value, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Value:
    """Add up the diagonal of matrices along two axes."""
    return PRIMITIVES["trace"](x, **_differing(offset, axis1, axis2))


def _differing(offset: int, axis1: int, axis2: int) -> dict[str, int]:
    """The options of a diagonal that differ from NumPy's defaults."""
    given = {"offset": offset, "axis1": axis1, "axis2": axis2}
    return {} if given == {"offset": 0, "axis1": 0, "axis2": 1} else given


def tril(x: Value, k: int = 0) -> Value:
    """Keep the lower triangle, up to the k-th diagonal."""
    return PRIMITIVES["tril"](x, k=k) if k else PRIMITIVES["tril"](x)


def triu(x: Value, k: int = 0) -> Value:
    """Keep the upper triangle, from the k-th diagonal on."""
    return PRIMITIVES["triu"](x, k=k) if k else PRIMITIVES["triu"](x)


def astype(x: Value, dtype: Any) -> Value:
    """Change the precision to float32 or float64."""
    return PRIMITIVES["astype"](x, dtype=np.dtype(dtype))


def slogdet(a: Value) -> Any:
    """Take sign and logarithm of the determinant; the sign has no derivative."""
    matrices = a.value if type(a) is Variable else np.asarray(a)
    logarithm = PRIMITIVES["slogdet"](a)
    sign_, _ = np.linalg.slogdet(matrices)
    return type(np.linalg.slogdet(np.eye(1)))(sign_, logarithm)


def einsum(subscripts: str, *operands: Value) -> Value:
    """Sum products of elements over indices, in Einstein's notation."""
    from ._einsum import normalised

    arrays, explicit = normalised(subscripts, operands)
    return PRIMITIVES["einsum"](*arrays, subscripts=explicit)
