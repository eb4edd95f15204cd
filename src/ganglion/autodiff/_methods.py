"""How a variable gets NumPy's methods, and how it refuses those that would lose its history."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, final

from .._errors import NotDifferentiableError

METHODS: dict[
    str, Callable[..., Any]
] = {}  # what they do; filled by ganglion.autodiff.numpy_functions


@final
class Method:
    """A method that is NumPy's function of that name, with the variable as its first argument."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __get__(self, variable: Any, owner: type) -> Any:
        if variable is None:
            return self
        if not METHODS:
            from . import (
                numpy_functions as numpy_functions,  # fills the table
            )
        return partial(METHODS[self.name], variable)


@final
class Refused:
    """A method that would turn a variable into something without its history: it says so."""

    __slots__ = ("remedy", "what")

    def __init__(self, what: str, remedy: str) -> None:
        self.what = what
        self.remedy = remedy

    def __call__(self, *_: Any, **__: Any) -> Any:
        raise NotDifferentiableError(f"{self.what} would lose the derivative. {self.remedy}")


IN_PLACE = ("byteswap", "fill", "partition", "put", "resize", "setfield", "setflags", "sort")
WITHOUT_HISTORY = ("dump", "dumps", "getfield", "item", "tobytes", "tofile", "tolist", "view")
WITHOUT_RULE = (
    "argpartition", "choose", "compress", "conj", "conjugate", "cumprod", "searchsorted",
)  # fmt: skip


def _refused() -> dict[str, Refused]:
    """Every refused method by its name."""
    found: dict[str, Refused] = {}
    for name in IN_PLACE:
        found[name] = Refused(
            f".{name}(), which works in place,", f"Build a new array, as np.{name} would."
        )
    for name in WITHOUT_HISTORY:
        found[name] = Refused(f".{name}()", "Use the variable as it is, or stop_gradient(x).")
    for name in WITHOUT_RULE:
        found[name] = Refused(f".{name}()", "It has no rule here: use indexing, sums and where.")
    return found


REFUSED = _refused()
