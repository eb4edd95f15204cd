"""The kernels' own exp, log, tanh ...: how far from the truth, and the same bits on every instruction set."""

import math

import numpy as np
import pytest

import ganglion as gl
from ganglion._native import available_isas, core, isa, use_isa
from ganglion.nn._engine.program import ACTIVATIONS

KERNELS = {
    np.float32: (core.elementary32, core.activate32),
    np.float64: (core.elementary64, core.activate64),
}
DTYPES = list(KERNELS)
PANEL = 128  # bytes


def padded(values, dtype):
    """The values as whole panels."""
    per_panel = PANEL // np.dtype(dtype).itemsize
    return np.resize(values.astype(dtype), -(-len(values) // per_panel) * per_panel)


def normal_tail(x):
    """The normal distribution function at -|x|, in extended precision: erfc at a double, and its slope to the rest."""
    z = np.abs(x.astype(np.longdouble)) / np.sqrt(np.longdouble(2))
    near = z.astype(np.float64)
    at = np.array([math.erfc(v) for v in near], dtype=np.longdouble)
    slope = -2 / np.sqrt(np.longdouble(np.pi)) * np.exp(-(near.astype(np.longdouble) ** 2))
    return (at + slope * (z - near)) / 2


# Number in the kernel, the truth, where it is asked for (float32, float64), and the units in the last place allowed.
FUNCTIONS = {
    "exp": (0, np.exp, ((-87, 88), (-708, 709)), 1.5),
    "expm1 of a negative": (1, np.expm1, ((-40, 0), (-80, 0)), 1.5),
    "log": (2, np.log, ((1e-30, 1e30), (1e-300, 1e300)), 1.5),
    "log1p up to 1": (3, np.log1p, ((0, 1), (0, 1)), 2.0),
    "tanh": (4, np.tanh, ((-20, 20), (-40, 40)), 2.5),
    "sigmoid": (5, lambda x: 1 / (1 + np.exp(-x)), ((-87, 87), (-700, 700)), 2.5),
    "normal tail": (6, normal_tail, ((-13, 13), (-37, 37)), 7.5),
}


def arguments(low, high, dtype):
    """Numbers of every size from low to high, 0 and 1 and their neighbours among them."""
    rng = np.random.default_rng(0)
    sizes = np.exp(rng.uniform(np.log(1e-30), np.log(max(-low, high)), size=40_000))
    dense = rng.uniform(low, high, size=60_000) if high < 1e20 else rng.uniform(0.5, 2, size=60_000)
    near = [s * np.nextafter(v, to) for v in (0.5, 1.0, 2.0) for to in (0, 9) for s in (1, -1)]
    x = np.concatenate([dense, sizes, -sizes, [0.0, 1.0, -1.0], near]).astype(dtype)
    return x[(x >= dtype(low)) & (x <= dtype(high)) & ((x != 0) | (low == 0))]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_an_elementary_function_is_near_the_truth(name, dtype):
    number, truth, ranges, units = FUNCTIONS[name]
    x = arguments(*ranges[dtype is np.float64], dtype)
    found = padded(x, dtype)
    KERNELS[dtype][0](number, found)
    exact = truth(x.astype(np.longdouble))
    error = np.abs(found[: len(x)].astype(np.longdouble) - exact)
    unit = np.maximum(np.spacing(np.abs(exact).astype(dtype)), np.finfo(dtype).tiny)
    worst = int(np.argmax(error / unit))
    assert error[worst] / unit[worst] <= units, (x[worst], found[worst], exact[worst])


def test_functions_keep_their_ends():
    for elementary, _ in KERNELS.values():
        dtype = np.float32 if elementary is core.elementary32 else np.float64
        ends = {
            0: ([-1e30, 0, -0.0], [0, 1, 1]),
            1: ([-1e30, 0], [-1, 0]),
            3: ([0, 1], [0, np.log(2)]),
        }
        ends |= {
            4: ([-1e30, 0, 1e30], [-1, 0, 1]),
            5: ([-1e30, 0, 1e30], [0, 0.5, 1]),
            6: ([0, 1e30], [0.5, 0]),
        }
        for number, (x, expected) in ends.items():
            found = padded(np.array(x), dtype)
            elementary(number, found)
            assert np.array_equal(found[: len(x)], np.array(expected, dtype)), number
            nan = np.full(PANEL, np.nan, dtype)
            elementary(number, nan)
            assert np.isnan(nan).all(), number


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", ACTIVATIONS[:-1])
def test_an_activation_and_its_slope_are_those_of_the_engine(name, dtype):
    x = np.concatenate([np.linspace(-30, 30, 20_001), [0.0], np.geomspace(1e-20, 1, 500)])
    values = padded(np.concatenate([x, -x]), dtype)
    slopes = np.empty_like(values)
    x = values.astype(np.float64)
    KERNELS[dtype][1](ACTIVATIONS.index(name), values, slopes)
    known = gl.nn.activations[name]
    # The slope of a sum of terms around |x| is as good as these terms.
    room = 4 * np.finfo(dtype).eps * np.maximum(1.0, np.abs(x))
    assert np.all(np.abs(values - known.value(x)) <= room)
    assert np.all(np.abs(slopes - known.derivative(x)) <= room)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", ACTIVATIONS[:-1])
def test_an_activation_does_not_hide_nan(name, dtype):
    values = np.full(PANEL, np.nan, dtype)
    KERNELS[dtype][1](ACTIVATIONS.index(name), values, None)
    assert np.isnan(values).all()


@pytest.fixture
def every_isa():
    """Run something on every instruction set of this machine."""
    before = isa()

    def run(work):
        results = []
        for name in available_isas():
            use_isa(name)
            results.append(work())
        return results

    yield run
    use_isa(before)


@pytest.mark.parametrize("dtype", DTYPES)
def test_functions_have_the_same_bits_on_every_instruction_set(dtype, every_isa):
    elementary, activate = KERNELS[dtype]
    wide = arguments(-80, 80, dtype)

    def work():
        bits = []
        for number, _, ranges, _ in FUNCTIONS.values():
            values = padded(arguments(*ranges[dtype is np.float64], dtype), dtype)
            elementary(number, values)
            bits.append(values.tobytes())
        for number in range(len(ACTIVATIONS) - 1):
            values, slopes = padded(wide, dtype), padded(wide, dtype)
            activate(number, values, slopes)
            bits += [values.tobytes(), slopes.tobytes()]
        return bits

    first, *others = every_isa(work)
    assert all(bits == first for bits in others)
