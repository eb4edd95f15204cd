"""The compiled kernels, for the instruction set that this processor has (or that GANGLION_ISA names)."""

from __future__ import annotations

import os

from . import _core as core

__all__ = ["available_isas", "core", "isa", "use_isa"]


def available_isas() -> tuple[str, ...]:
    """Names of the instruction sets that this machine can run, the best last."""
    return tuple(core.available_isas())


def isa() -> str:
    """Name of the instruction set in use."""
    return core.isa()


def use_isa(name: str) -> None:
    """Run the kernels of another instruction set from now on; results are the same to the bit.

    Raises
    ------
    ImportError
        When this processor does not have the instruction set.
    """
    if not core.use_isa(name):
        raise ImportError(
            f"GANGLION_ISA must be one of {', '.join(available_isas())} on this machine; got {name!r}. "
            "Unset it to use the best one."
        )


_wanted = os.environ.get("GANGLION_ISA")
if _wanted:
    use_isa(_wanted)
