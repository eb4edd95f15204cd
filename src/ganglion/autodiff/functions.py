"""The functions to write models with: of variables, arrays, numbers or lists, with NumPy's names where it has them.

The elementwise ones are the primitives themselves; they take arrays and numbers and broadcast. Those with options are
plain functions around a primitive, which pass on only what differs from the default, so that only this is shown: those
that work along axes stand in `reductions`, those that rearrange elements in `arrays`.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ._einsum import explicit_notation
from .arrays import (
    astype as astype,
)
from .arrays import (
    broadcast_to as broadcast_to,
)
from .arrays import (
    concatenate as concatenate,
)
from .arrays import (
    cumsum as cumsum,
)
from .arrays import (
    diagonal as diagonal,
)
from .arrays import (
    pad as pad,
)
from .arrays import (
    reshape as reshape,
)
from .arrays import (
    sort as sort,
)
from .arrays import (
    stack as stack,
)
from .arrays import (
    trace as trace,
)
from .arrays import (
    transpose as transpose,
)
from .arrays import (
    tril as tril,
)
from .arrays import (
    triu as triu,
)
from .graph import PRIMITIVES, Value, Variable
from .primitives import KINKS as KINKS
from .reductions import (
    logsumexp as logsumexp,
)
from .reductions import (
    max as max,  # noqa: A004 - NumPy's name
)
from .reductions import (
    mean as mean,
)
from .reductions import (
    min as min,  # noqa: A004 - NumPy's name
)
from .reductions import (
    norm as norm,
)
from .reductions import (
    prod as prod,
)
from .reductions import (
    std as std,
)
from .reductions import (
    sum as sum,  # noqa: A004 - NumPy's name
)
from .reductions import (
    var as var,
)

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


def softmax(x: Value, axis: int = -1) -> Value:
    """Divide exp(x) by its sum along an axis.

    Parameters
    ----------
    x : array-like or Variable
        Logits, of any size.
    axis : int
        The axis along which the result adds up to 1.

    Returns
    -------
    Variable or numpy.ndarray
        Probabilities in the shape of x.

    Examples
    --------
    >>> import ganglion as gl
    >>> gl.autodiff.softmax([0.0, 0.0, 1e4]).tolist()
    [0.0, 0.0, 1.0]
    """
    return PRIMITIVES["softmax"](x) if axis == -1 else PRIMITIVES["softmax"](x, axis=axis)


def log_softmax(x: Value, axis: int = -1) -> Value:
    """Take the logarithm of softmax, exact where softmax itself is rounded to 0.

    Parameters
    ----------
    x : array-like or Variable
        Logits, of any size.
    axis : int
        The axis along which the probabilities add up to 1.

    Returns
    -------
    Variable or numpy.ndarray
        Logarithms in the shape of x.
    """
    return PRIMITIVES["log_softmax"](x) if axis == -1 else PRIMITIVES["log_softmax"](x, axis=axis)


def cross_entropy(logits: Value, targets: Value, *, reduction: str = "mean") -> Value:
    """Compare logits with labels or probabilities: -sum(targets * log_softmax(logits)) for every row.

    Parameters
    ----------
    logits : array-like or Variable, shape (..., k)
        A number for each of k classes; exact at any size.
    targets : array-like or Variable
        Labels 0..k-1 of shape (...), or probabilities of the logits' shape.
    reduction : {"mean", "sum", "none"}
        What becomes of the rows' losses.

    Returns
    -------
    Variable, numpy.ndarray or numpy.floating
        The loss: one number, or with "none" one a row.

    Examples
    --------
    >>> import ganglion as gl
    >>> float(gl.autodiff.cross_entropy([[1e4, 0.0], [0.0, 1e4]], [0, 0]))
    5000.0
    """
    if reduction == "mean":
        return PRIMITIVES["cross_entropy"](logits, targets)
    return PRIMITIVES["cross_entropy"](logits, targets, reduction=reduction)


def clip(x: Value, low: Value = None, high: Value = None) -> Value:
    """Bring every element between two bounds.

    Parameters
    ----------
    x : array-like or Variable
        Values.
    low, high : array-like, Variable or None
        The bounds; None is no bound. At a bound the derivative by x is 1.

    Returns
    -------
    Variable, numpy.ndarray or numpy.floating
        The values between the bounds.
    """
    return PRIMITIVES["clip"](
        x, -math.inf if low is None else low, math.inf if high is None else high
    )


def slogdet(a: Value) -> Any:
    """Take the sign and the logarithm of a determinant; the sign has no derivative.

    Parameters
    ----------
    a : array-like or Variable, shape (..., n, n)
        Square matrices.

    Returns
    -------
    SlogdetResult
        NumPy's pair `sign`, `logabsdet`.
    """
    logarithm = PRIMITIVES["slogdet"](a)
    plain = np.linalg.slogdet(a.value if type(a) is Variable else np.asarray(a))
    return type(plain)(plain.sign, logarithm)


def einsum(subscripts: str, *operands: Value) -> Value:
    """Sum products of elements over indices, in Einstein's notation.

    Parameters
    ----------
    subscripts : str
        The indices of every operand and, behind an arrow, of the result: `"ij,jk->ik"`; an ellipsis stands for any.
    *operands : array-like or Variable
        The factors.

    Returns
    -------
    Variable, numpy.ndarray or numpy.floating
        The sums.

    Examples
    --------
    >>> import ganglion as gl
    >>> gl.autodiff.einsum("ij->j", [[1.0, 2.0], [3.0, 4.0]]).tolist()
    [4.0, 6.0]
    """
    arrays, explicit = explicit_notation(subscripts, operands)
    return PRIMITIVES["einsum"](*arrays, subscripts=explicit)
