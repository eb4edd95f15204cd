"""What every primitive of the engine is checked on: a literal table of inputs and options."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

# --- inputs: away from kinks and singularities by at least 0.3, so that differences over 2^-7 see neither ---


def real(rng, shape):
    return rng.uniform(0.3, 2.0, shape) * rng.choice([-1.0, 1.0], shape)


def positive(rng, shape):
    return rng.uniform(0.5, 2.5, shape)


def inside_one(rng, shape):
    return rng.uniform(-0.7, 0.7, shape)


def above_one(rng, shape):
    return rng.uniform(1.5, 3.0, shape)


def below_two(rng, shape):
    return rng.uniform(0.3, 1.8, shape)


def above_two(rng, shape):
    return rng.uniform(2.2, 3.0, shape)


def distinct(rng, shape):
    return 0.2 * rng.permutation(math.prod(shape)).reshape(shape) - 1.0


def invertible(rng, shape):
    return rng.uniform(-1, 1, shape) + 3.0 * np.eye(shape[-1])


def definite(rng, shape):
    return 0.3 * rng.uniform(-1, 1, shape) + 3.0 * np.eye(shape[-1])


def probabilities(rng, shape):
    rows = rng.uniform(0.1, 1.0, shape)
    return rows / rows.sum(axis=-1, keepdims=True)


def labels(rng, shape):
    return rng.integers(0, 4, shape)


def condition(rng, shape):
    return rng.random(shape) < 0.5


def whole(rng, shape):
    return rng.integers(2, 5, shape).astype(float)


# --- the table: what every primitive is checked on ---

ELEMENTWISE = {
    "identity": [real], "add": [real, real], "subtract": [real, real], "multiply": [real, real],
    "divide": [real, real], "remainder": [below_two, above_two], "power": [positive, real], "negative": [real],
    "reciprocal": [real], "square": [real], "sqrt": [positive], "cbrt": [positive], "hypot": [real, real],
    "absolute": [real], "maximum": [positive, inside_one], "minimum": [positive, inside_one],
    "clip": [real, inside_one, above_one], "where": [condition, real, real],
    "exp": [real], "exp2": [real], "expm1": [real], "log": [positive], "log2": [positive], "log10": [positive],
    "log1p": [positive], "logaddexp": [real, real], "logaddexp2": [real, real],
    "sin": [real], "cos": [real], "tan": [inside_one], "arcsin": [inside_one], "arccos": [inside_one],
    "arctan": [real], "arctan2": [positive, real], "sinh": [real], "cosh": [real], "tanh": [real],
    "arcsinh": [real], "arccosh": [above_one], "arctanh": [inside_one], "erf": [real], "erfc": [real],
    "sigmoid": [real], "softplus": [real], "silu": [real], "mish": [real], "gelu": [real], "relu": [real],
    "leaky_relu": [real], "elu": [real], "selu": [real],
}  # fmt: skip
FLAT = ["floor_divide", "sign", "floor", "ceil", "rint", "trunc", "round", "step", "stop_gradient"]

Input = tuple  # (a function of the above, a shape)


@dataclass(frozen=True)
class Case:
    """The inputs of one call: (draw, shape) each, and the options."""

    inputs: list[Input]
    options: dict = field(default_factory=dict)


def on(*inputs, **options):
    return Case(list(inputs), options)


REDUCED = [{}, {"axis": 1}, {"axis": 0, "keepdims": True}, {"axis": (0, 2)}, {"axis": -1}]
OTHERS = {
    **{name: [on((real, (2, 3, 4)), **o) for o in REDUCED] for name in ("sum", "mean", "norm", "logsumexp")},
    **{name: [on((distinct, (2, 3, 4)), **o) for o in REDUCED] for name in ("max", "min")},
    "prod": [on((real, (2, 3, 2)), **o) for o in REDUCED] + [on((real, (7,)))],
    "var": [on((real, (2, 3, 4)), **o) for o in (*REDUCED, {"axis": 1, "ddof": 1})],
    "std": [on((distinct, (2, 3, 4)), **o) for o in (*REDUCED, {"axis": 1, "ddof": 1})],
    "softmax": [on((real, (3, 4))), on((real, (2, 3, 2)), axis=1), on((real, (5,)))],
    "log_softmax": [on((real, (3, 4))), on((real, (2, 3, 2)), axis=1), on((real, (5,)))],
    "cross_entropy": [
        on((real, (3, 4)), (labels, (3,))),
        on((real, (3, 4)), (labels, (3,)), reduction="sum"),
        on((real, (2, 3, 4)), (labels, (2, 3)), reduction="none"),
        on((real, (4,)), (labels, ())),
        on((real, (3, 4)), (probabilities, (3, 4))),
        on((real, (2, 3, 4)), (positive, (2, 3, 4)), reduction="none"),
        on((real, (4,)), (probabilities, (4,)), reduction="sum"),
    ],
    "matmul": [
        on((real, a), (real, b))
        for a, b in [
            ((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 2)), ((2, 3), (3, 4)), ((5, 2, 3), (3,)), ((3,), (5, 3, 2)),
            ((5, 2, 3), (3, 4)), ((2, 3), (5, 3, 4)), ((5, 2, 3), (5, 3, 4)), ((5, 1, 2, 3), (4, 3, 2)),
        ]
    ],
    "einsum": [
        on((real, (2, 3)), (real, (3, 4)), subscripts="ij,jk->ik"),
        on((real, (2, 3)), subscripts="ij->"),
        on((real, (2, 3)), subscripts="ij->ji"),
        on((real, (2, 3)), (real, (4,)), subscripts="ij,k->jk"),
        on((real, (5, 2, 3)), (real, (5, 3)), (real, (2,)), subscripts="bij,bj,i->b"),
        on((real, (1, 3)), (real, (4, 3)), subscripts="ij,ij->i"),
        on((real, (3,)), (real, (1,)), subscripts="i,i->"),
    ],
    "solve": [
        on((invertible, (3, 3)), (real, (3,))),
        on((invertible, (3, 3)), (real, (3, 2))),
        on((invertible, (2, 3, 3)), (real, (3, 2))),
        on((invertible, (3, 3)), (real, (2, 3, 1))),
    ],
    "inv": [on((invertible, (3, 3))), on((invertible, (2, 2, 2)))],
    "det": [on((invertible, (3, 3))), on((invertible, (2, 3, 3))), on((invertible, (1, 1)))],
    "slogdet": [on((invertible, (3, 3))), on((invertible, (2, 2, 2)))],
    "cholesky": [on((definite, (3, 3))), on((definite, (2, 2, 2)))],
    "reshape": [on((real, (2, 3)), shape=(3, 2)), on((real, (2, 3)), shape=-1), on((real, ()), shape=(1, 1))],
    "transpose": [on((real, (2, 3))), on((real, (2, 3, 4)), axes=(2, 0, 1)), on((real, (2, 3, 4)), axes=(-1, 0, 1))],
    "broadcast_to": [on((real, (3, 1)), shape=(2, 3, 4)), on((real, ()), shape=(2,)), on((real, (2,)), shape=(2,))],
    "getitem": [
        on((real, (3, 4)), index=index)
        for index in [
            1, (1, 2), slice(None, None, -1), (slice(0, 2), slice(1, None, 2)), (Ellipsis, 0), (None, 1),
            np.array([0, 2, 0, 0]), [2, 2], np.array([[True, False, True, False]] * 3), (np.array([0, 0]), slice(None)),
            (slice(None), np.array([1, 1, 3])), (np.array([0, 1, 0]), np.array([2, 2, 2])),
            np.array([True, False, True]),
        ]
    ],
    "scatter_add": [
        on((real, (2,)), index=np.array([1, 1]), shape=(3,)),
        on((real, (2, 2)), index=(slice(0, 2), slice(1, None)), shape=(3, 3)),
    ],
    "concatenate": [
        on((real, (2, 3)), (real, (1, 3))),
        on((real, (2, 3)), (real, (2, 0)), (real, (2, 2)), axis=1),
        on((real, (2, 3)), axis=-1),
    ],
    "stack": [on((real, (2, 3)), (real, (2, 3))), on((real, (2,)), (real, (2,)), axis=-1), on((real, ()), (real, ()))],
    "pad": [on((real, (2, 3)), widths=((1, 0), (0, 2))), on((real, (3,)), widths=((2, 1),), value=5.0)],
    "cumsum": [on((real, (2, 3)), axis=1), on((real, (4,)), axis=0)],
    "sort": [on((distinct, (3, 4))), on((distinct, (3, 4)), axis=0), on((distinct, (5,)))],
    "diagonal": [
        on((real, (3, 4))), on((real, (3, 4)), offset=1), on((real, (3, 2)), offset=-1),
        on((real, (2, 3, 4)), axis1=2, axis2=0), on((real, (2, 3, 3)), axis1=-2, axis2=-1),
    ],
    "trace": [on((real, (3, 3))), on((real, (3, 4)), offset=1), on((real, (2, 3, 4)), axis1=1, axis2=2)],
    "tril": [on((real, (3, 4))), on((real, (2, 3, 3)), k=-1)],
    "triu": [on((real, (3, 4))), on((real, (2, 3, 3)), k=1)],
    "astype": [on((real, (2, 3)), dtype=np.float64)],
}  # fmt: skip

SHAPES = {
    1: [[()], [(3, 4)], [(5,)]],
    2: [
        [(), ()],
        [(3, 4), (3, 4)],
        [(3, 1), (4,)],
        [(), (2, 3)],
        [(2, 3), ()],
        [(1, 3), (2, 1)],
        [(1,), ()],
    ],
    3: [[(), (), ()], [(3, 4), (3, 4), (3, 4)], [(3, 1), (4,), ()], [(), (2, 3), (3,)]],
}
ALL = [(name, case) for name, cases in OTHERS.items() for case in cases] + [
    (name, Case(list(zip(draws, shapes, strict=True))))
    for name, draws in ELEMENTWISE.items()
    for shapes in SHAPES[len(draws)]
]

EMPTY = {
    "sum": on((real, (0, 3))), "prod": on((real, (0, 3)), axis=0), "norm": on((real, (0, 3))),
    "mean": on((real, (0, 3)), axis=1), "var": on((real, (0, 3)), axis=1), "std": on((real, (0, 3)), axis=1),
    "max": on((real, (0, 3)), axis=1), "min": on((real, (0, 3)), axis=1), "logsumexp": on((real, (0, 3)), axis=1),
    "softmax": on((real, (0, 3))), "log_softmax": on((real, (0, 3))),
    "cross_entropy": on((real, (0, 3)), (labels, (0,)), reduction="sum"),
    "matmul": on((real, (2, 0)), (real, (0, 3))), "einsum": on((real, (2, 0)), (real, (0, 3)), subscripts="ij,jk->ik"),
    "solve": on((invertible, (0, 3, 3)), (real, (0, 3, 1))), "inv": on((invertible, (0, 3, 3))),
    "det": on((invertible, (0, 2, 2))), "slogdet": on((invertible, (0, 2, 2))), "cholesky": on((definite, (0, 2, 2))),
    "reshape": on((real, (0, 3)), shape=(3, 0)), "transpose": on((real, (0, 3))),
    "broadcast_to": on((real, (0, 1)), shape=(0, 3)), "getitem": on((real, (3,)), index=slice(0, 0)),
    "scatter_add": on((real, (0,)), index=slice(0, 0), shape=(3,)), "concatenate": on((real, (0, 3)), (real, (2, 3))),
    "stack": on((real, (0,)), (real, (0,))), "pad": on((real, (0,)), widths=((1, 1),)),
    "cumsum": on((real, (0, 3)), axis=0), "sort": on((real, (0,))), "diagonal": on((real, (0, 3))),
    "trace": on((real, (0, 3))), "tril": on((real, (0, 3))), "triu": on((real, (0, 3))),
    "astype": on((real, (0, 3)), dtype=np.float32),
}  # fmt: skip
