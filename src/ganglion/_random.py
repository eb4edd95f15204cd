"""One gate for `random_state`: whatever the caller has becomes a NumPy Generator."""

from __future__ import annotations

from numbers import Integral

import numpy as np

from ._errors import ParameterError

RandomState = int | np.random.Generator | np.random.RandomState | None


def generator(random_state: RandomState) -> np.random.Generator:
    """Return the generator for `random_state`: a Generator itself, or one seeded from an int, a RandomState or None."""
    if isinstance(random_state, np.random.Generator):
        return random_state
    if isinstance(random_state, np.random.RandomState):
        return np.random.default_rng(random_state.randint(0, 2**32, size=4, dtype=np.uint32))
    if random_state is None:
        return np.random.default_rng()
    if isinstance(random_state, Integral) and not _is_bool(random_state) and random_state >= 0:
        return np.random.default_rng(int(random_state))
    raise ParameterError(
        "random_state must be None, an integer >= 0, a numpy Generator or a RandomState; "
        f"got {random_state!r}. Pass an integer to get the same answer every time."
    )


def _is_bool(value: object) -> bool:
    return isinstance(value, bool)
