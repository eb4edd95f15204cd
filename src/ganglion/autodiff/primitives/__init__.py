"""The table of primitives: every function that the engine takes as a whole, with its derivatives.

Where a function has a kink, the derivative is a choice; all choices stand in `KINKS`.
"""

from __future__ import annotations

from . import (
    activations as activations,
)
from . import (
    arithmetic as arithmetic,
)
from . import (
    cross_entropy as cross_entropy,
)
from . import (
    linear_algebra as linear_algebra,
)
from . import (
    reductions as reductions,
)
from . import (
    shaping as shaping,
)
from . import (
    transcendental as transcendental,
)

KINKS: dict[str, str] = {
    "absolute": "0 at 0",
    "sign, step, floor, ceil, rint, trunc, round, floor_divide": "0 everywhere; step(0) is 1",
    "relu": "0 at 0",
    "leaky_relu": "0.01 at 0",
    "elu, selu": "the slope from the left at 0: 1, and 1.7581",
    "maximum, minimum": "half each at ties",
    "max, min": "equal shares among tied elements",
    "clip": "1 at the bounds",
    "sort": "ties keep their order, and so do their gradients",
    "norm, std, hypot": "0 where they are 0",
    "sqrt, cbrt": "infinite at 0",
    "power": "by the base 0 where the exponent is 0; by the exponent 0 where the base is 0, NaN where it is negative",
    "remainder": "by the first argument 1, by the second -floor(a / b), also at the jumps",
    "where": "of the argument taken; none for the condition",
    "cholesky": "of the matrix's symmetric part, so that the gradient is symmetric",
}
