"""Automatic differentiation that shows its work: derivatives of NumPy code, and how each came about."""

from __future__ import annotations

from importlib import import_module
from typing import Any

_HOMES = {
    "Chain": "chains",
    "GradientCheck": "checking",
    "Node": "tracing",
    "Trace": "tracing",
    "Variable": "graph",
    "block": "blocks",
    "check_gradients": "checking",
    "grad": "transforms",
    "hessian": "transforms",
    "hvp": "transforms",
    "jacobian": "transforms",
    "jvp": "transforms",
    "trace": "tracing",
    "value_and_grad": "transforms",
    "vjp": "transforms",
}


def __getattr__(name: str) -> Any:
    if name.startswith("_"):
        raise AttributeError(f"module 'ganglion.autodiff' has no attribute {name!r}")
    try:
        value = getattr(import_module(f".{_HOMES.get(name, 'functions')}", __name__), name)
    except ModuleNotFoundError:
        raise AttributeError(f"module 'ganglion.autodiff' has no attribute {name!r}") from None
    globals()[name] = value
    return value
