"""Products, solutions and factors of matrices, with stacks of them along the leading axes."""

# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import numpy as np

from ..._errors import DataError
from ..graph import Options, Primitive, Value
from ._rules import linear, raw, register, special, unbroadcast

__all__ = ["einsum", "inv", "solve"]


def swap(a: Value) -> Value:
    """Transpose the last two axes."""
    return a.T if a.ndim == 2 else np.swapaxes(a, -1, -2)


def matmul_left(g: Value, y: Value, a: Value, b: Value) -> Value:
    """g b', in a's shape."""
    if a.ndim == 2 and b.ndim == 2:
        return g @ b.T
    if b.ndim == 1:
        return g * b if a.ndim == 1 else np.expand_dims(g, -1) * b
    if a.ndim == 1:
        return unbroadcast((b @ np.expand_dims(g, -1))[..., 0], a)
    return unbroadcast(g @ swap(b), a)


def matmul_right(g: Value, y: Value, a: Value, b: Value) -> Value:
    """a' g, in b's shape."""
    if a.ndim == 2 and b.ndim == 2:
        return a.T @ g
    if a.ndim == 1:
        return g * a if b.ndim == 1 else np.expand_dims(a, -1) * np.expand_dims(g, -2)
    if b.ndim == 1:
        return np.reshape(g, (-1,)) @ np.reshape(a, (-1, a.shape[-1]))
    if b.ndim == 2:  # one product over all rows, not one a matrix and a sum over them
        return np.reshape(a, (-1, a.shape[-1])).T @ np.reshape(g, (-1, g.shape[-1]))
    return unbroadcast(swap(a) @ g, b)


def einsum_value(*operands: Value, subscripts: str) -> Value:
    """NumPy's einsum; by way of matmul where the work is worth the planning."""
    return np.einsum(
        subscripts, *operands, optimize=len(operands) > 2 or max(map(np.size, operands)) > 4096
    )


def einsum_pull(
    position: int, g: Value, y: Value, operands: tuple[Value, ...], options: Options
) -> Value:
    """The sum with the upstream gradient in the operand's place; letters of the operand alone are stretched."""
    inputs, output = options["subscripts"].split("->")
    letters = inputs.split(",")
    own = letters[position]
    rest = [i for i in range(len(operands)) if i != position]
    known = set(output).union(*(letters[i] for i in rest))
    subscripts = (
        ",".join([output, *(letters[i] for i in rest)])
        + "->"
        + "".join(c for c in own if c in known)
    )
    share = np.einsum(subscripts, g, *(operands[i] for i in rest))
    missing = tuple(i for i, c in enumerate(own) if c not in known)
    if missing:
        share = np.expand_dims(share, missing)
    operand = operands[position]
    share = unbroadcast(share, operand) if share.size > operand.size else share
    return share if share.shape == operand.shape else np.broadcast_to(share, operand.shape)


def einsum_push(
    position: int, t: Value, y: Value, operands: tuple[Value, ...], options: Options
) -> Value:
    """The sum with the tangent in the operand's place."""
    return einsum(*operands[:position], t, *operands[position + 1 :], **options)


def square_matrix(name: str, a: Value) -> None:
    """Refuse what is not a square matrix or a stack of them."""
    if a.ndim < 2 or a.shape[-1] != a.shape[-2]:
        raise DataError(f"{name} needs square matrices; got shape {a.shape}.")


def solve_value(a: Value, b: Value) -> Value:
    """The x with a x = b."""
    square_matrix("solve", a)
    try:
        return np.linalg.solve(a, b)
    except np.linalg.LinAlgError as error:
        raise DataError(
            f"solve needs an invertible matrix; got shape {a.shape}: {error}."
        ) from None


def solve_pull(
    position: int, g: Value, y: Value, arguments: tuple[Value, ...], options: Options
) -> Value:
    """For b: a'^-1 g. For a: less that times y'."""
    a, b = arguments
    back = solve(swap(a), g)
    if position == 1:
        return unbroadcast(back, b)
    outer = np.expand_dims(back, -1) * np.expand_dims(y, -2) if b.ndim == 1 else back @ swap(y)
    return unbroadcast(-outer, a)


def solve_push(
    position: int, t: Value, y: Value, arguments: tuple[Value, ...], options: Options
) -> Value:
    """a^-1 (db - da y)."""
    return solve(arguments[0], t) if position == 1 else -solve(arguments[0], t @ y)


def inv_value(a: Value) -> Value:
    """The inverse."""
    square_matrix("inv", a)
    try:
        return np.linalg.inv(a)
    except np.linalg.LinAlgError as error:
        raise DataError(f"inv needs an invertible matrix; got shape {a.shape}: {error}.") from None


def det_value(a: Value) -> Value:
    """The determinant."""
    square_matrix("det", a)
    return np.linalg.det(a)


def slogdet_value(a: Value) -> Value:
    """Logarithm of the determinant's magnitude."""
    square_matrix("slogdet", a)
    return np.linalg.slogdet(a)[1]


def column(g: Value) -> Value:
    """A number for each matrix, so that it multiplies the matrix."""
    return np.expand_dims(g, (-1, -2))


def cofactors(a: Value, y: Value) -> Value:
    """Derivative of the determinant y: y times the inverse's transpose, and signed minors where a is singular."""
    if np.all(raw(y) != 0):
        return column(y) * swap(inv(a))
    n = a.shape[-1]
    if n > 32:
        raise DataError(
            f"det has no derivative here at a singular matrix of {n} rows, only up to 32. Use slogdet."
        )
    if n == 1:
        return np.ones(a.shape, a.dtype)
    # rest[i] holds the other indices; minors[..., i, j, :, :] is a without row i and column j.
    rest = np.array([[k for k in range(n) if k != i] for i in range(n)])
    minors = a[..., rest[:, None, :, None], rest[None, :, None, :]]
    signs = (-1.0) ** np.add.outer(np.arange(n), np.arange(n))
    return np.linalg.det(minors) * signs.astype(a.dtype)


def over_matrix(product: Value) -> Value:
    """Sum over the last two axes."""
    return np.sum(product, axis=(-2, -1))


def lower_half(a: Value) -> Value:
    """The lower triangle with half of the diagonal."""
    n = a.shape[-1]
    return a * (np.tri(n, k=-1) + 0.5 * np.eye(n)).astype(a.dtype)


def cholesky_value(a: Value) -> Value:
    """The lower factor of the symmetric part of a."""
    square_matrix("cholesky", a)
    symmetric = 0.5 * (a + swap(a))
    try:
        return np.linalg.cholesky(symmetric)
    except np.linalg.LinAlgError:
        smallest = np.linalg.eigvalsh(symmetric).min()
        raise DataError(
            f"cholesky needs positive definite matrices; got shape {a.shape} with the eigenvalue {smallest:.3g}. "
            "Add a small multiple of the identity."
        ) from None


def cholesky_pull(g: Value, y: Value, a: Value) -> Value:
    """y'^-1 Phi(y' g) y^-1, symmetrised (Murray 2016, Differentiation of the Cholesky decomposition, equation 10)."""
    inner = lower_half(swap(y) @ np.tril(g))
    above = swap(y)
    share = swap(solve(above, swap(solve(above, inner))))
    return 0.5 * (share + swap(share))


def cholesky_push(t: Value, y: Value, a: Value) -> Value:
    """Y Phi(y^-1 da y'^-1) (Murray 2016, equation 8)."""
    return y @ lower_half(solve(y, swap(solve(y, 0.5 * (t + swap(t))))))


linear("matmul", np.matmul, matmul_left, matmul_right, formula="{0} @ {1}", latex="#1 #2")
einsum = register(Primitive("einsum", einsum_value, pull=einsum_pull, push=einsum_push))
solve = register(
    Primitive(
        "solve",
        solve_value,
        pull=solve_pull,
        push=solve_push,
        formula="solve({0}, {1})",
        latex="{#1}^{-1} #2",
    )
)
inv = special(
    "inv",
    inv_value,
    lambda g, y, a: -swap(y) @ g @ swap(y),
    lambda t, y, a: -y @ t @ y,
    formula="inv({0})",
    latex="{#1}^{-1}",
)
special(
    "det",
    det_value,
    lambda g, y, a: column(g) * cofactors(a, y),
    lambda t, y, a: over_matrix(t * cofactors(a, y)),
    formula="det({0})",
    latex=r"\det #1",
)
special(
    "slogdet",
    slogdet_value,
    lambda g, y, a: column(g) * swap(inv(a)),
    lambda t, y, a: over_matrix(t * swap(inv(a))),
    formula="slogdet({0})",
    latex=r"\ln \left| \det #1 \right|",
)
special(
    "cholesky",
    cholesky_value,
    cholesky_pull,
    cholesky_push,
    formula="cholesky({0})",
    latex=r"\operatorname{chol}(#1)",
)
