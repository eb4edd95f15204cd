"""Automatic differentiation that shows its work: derivatives of NumPy code, and how each came about.

`grad` and its relatives take a function of numbers and arrays and return its derivatives; `trace` shows a computation,
node by node, with every value and every gradient as upstream x local. Plain NumPy code can be differentiated as it
stands; what NumPy has no name for (`sigmoid`, `logsumexp` ...) is here, with NumPy's own functions beside it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .checking import GradientCheck as GradientCheck
    from .checking import check_gradients as check_gradients
    from .graph import Variable as Variable
    from .showing.blocks import block as block
    from .showing.chains import Chain as Chain
    from .showing.nodes import Node as Node
    from .showing.tracing import Trace as Trace
    from .showing.tracing import trace as trace
    from .transforms import grad as grad
    from .transforms import hessian as hessian
    from .transforms import hvp as hvp
    from .transforms import jacobian as jacobian
    from .transforms import jvp as jvp
    from .transforms import value_and_grad as value_and_grad
    from .transforms import vjp as vjp

_HOMES = {
    "Chain": "showing.chains",
    "GradientCheck": "checking",
    "Node": "showing.nodes",
    "Trace": "showing.tracing",
    "Variable": "graph",
    "block": "showing.blocks",
    "check_gradients": "checking",
    "grad": "transforms",
    "hessian": "transforms",
    "hvp": "transforms",
    "jacobian": "transforms",
    "jvp": "transforms",
    "trace": "showing.tracing",  # of a computation; a matrix's is np.trace
    "value_and_grad": "transforms",
    "vjp": "transforms",
}
_FUNCTIONS = (
    # constants in a computation
    "stop_gradient",
    # arithmetic
    *"add subtract multiply divide remainder power negative reciprocal square sqrt cbrt hypot abs absolute".split(),
    *"sign floor ceil rint trunc maximum minimum clip where identity astype".split(),
    # exponentials, logarithms, angles
    *"exp exp2 expm1 log log2 log10 log1p logaddexp erf erfc sin cos tan arcsin arccos arctan arctan2".split(),
    *"sinh cosh tanh arcsinh arccosh arctanh".split(),
    # activations and losses
    *"sigmoid softplus relu leaky_relu elu selu gelu silu mish step softmax log_softmax cross_entropy".split(),
    # reductions
    *"sum mean var std prod max min norm logsumexp cumsum sort".split(),
    # linear algebra
    *"matmul einsum solve inv det slogdet cholesky".split(),
    # shapes
    *"reshape transpose broadcast_to concatenate stack pad diagonal tril triu".split(),
)

__all__ = [*_HOMES, *_FUNCTIONS]  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> Any:
    # The graph is small; tracing and drawing are read by those who use them.
    home = _HOMES.get(name) or ("functions" if name in _FUNCTIONS else None)
    if home is None:
        raise AttributeError(f"module 'ganglion.autodiff' has no attribute {name!r}")
    value = getattr(import_module(f".{home}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
