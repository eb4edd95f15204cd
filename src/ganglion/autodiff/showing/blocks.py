"""Named parts of a computation, which a trace can show as one node each."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from ..._errors import ParameterError
from ..graph import next_serial


@dataclass(frozen=True)
class Block:
    """A part of a computation: everything that was recorded between two serial numbers.

    Attributes
    ----------
    name : str
        The name that it is folded by.
    start, stop : int
        What was recorded has serial numbers between these two.
    """

    name: str
    start: int
    stop: int


_open_record: ContextVar[list[Block] | None] = ContextVar(
    "blocks of the running trace", default=None
)


@contextmanager
def block(name: str) -> Generator[None]:
    """Give a name to what is computed inside, so that a trace can show it as one node.

    Parameters
    ----------
    name : str
        The block's name. Where a name comes again, "name #2", "name #3" ... are the later ones.

    Yields
    ------
    None
        Nothing; outside of `trace` a block does nothing either.

    Raises
    ------
    ParameterError
        The name is empty or no text.

    Notes
    -----
    Blocks may stand in blocks. A block may be left by more than one value: its node then holds them in one array.

    Examples
    --------
    >>> import ganglion as gl
    >>> def f(x, w):
    ...     with gl.autodiff.block("neuron"):
    ...         a = gl.autodiff.sigmoid(x * w)
    ...     return (a - 1) ** 2
    >>> gl.autodiff.trace(f, x=1.0, w=0.0).fold("neuron")["neuron"].value
    0.5
    """
    if not isinstance(name, str) or not name:  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ParameterError(f"A block's name must be a text that is not empty; got {name!r}.")
    start = next_serial()
    yield
    known = _open_record.get()
    if known is not None:
        known.append(Block(_free(name, known), start, next_serial()))


def _free(name: str, known: list[Block]) -> str:
    """Return the name, numbered where it is taken."""
    taken = {found.name for found in known}
    free, number = name, 1
    while free in taken:
        number += 1
        free = f"{name} #{number}"
    return free


@contextmanager
def recorded_blocks() -> Generator[list[Block]]:
    """Collect the blocks that are opened inside.

    Yields
    ------
    list of Block
        Filled as blocks end.
    """
    found: list[Block] = []
    token = _open_record.set(found)
    try:
        yield found
    finally:
        _open_record.reset(token)
