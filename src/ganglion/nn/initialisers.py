"""Where the weights of a layer start: drawn so that signals neither fade nor grow from layer to layer, or given.

Draws are made in float64, row by row, and rounded to the network's dtype. Biases start at 0, the scales of norms at 1
and their offsets at 0.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import sqrt
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from .._errors import DataError
from ._names import refuse_unknown
from ._numbers import real_numbers

Floats: TypeAlias = npt.NDArray[np.float64]
Rule: TypeAlias = Callable[[int, int, np.random.Generator], Floats]

# The variance of a weight, from the number of inputs and outputs of its layer.
_VARIANCES: Mapping[str, Callable[[int, int], float]] = {
    "glorot": lambda n_in, n_out: 2.0 / (n_in + n_out),
    "he": lambda n_in, n_out: 2.0 / n_in,
    "lecun": lambda n_in, n_out: 1.0 / n_in,
}


def _uniform(variance: Callable[[int, int], float]) -> Rule:
    def draw(n_in: int, n_out: int, draws: np.random.Generator) -> Floats:
        reach = sqrt(3.0 * variance(n_in, n_out))
        # 2 u - 1 is exact; one product is then the only rounding, and the same on every machine.
        return (2.0 * draws.random((n_in, n_out)) - 1.0) * reach

    return draw


def _normal(variance: Callable[[int, int], float]) -> Rule:
    def draw(n_in: int, n_out: int, draws: np.random.Generator) -> Floats:
        return draws.standard_normal((n_in, n_out)) * sqrt(variance(n_in, n_out))

    return draw


def _orthogonal(n_in: int, n_out: int, draws: np.random.Generator) -> Floats:
    """Normal draws, their vectors along the shorter side made orthonormal: uniform among all such matrices."""
    vectors = draws.standard_normal((min(n_in, n_out), max(n_in, n_out)))
    # Gram and Schmidt, each vector twice: once leaves what rounding left. LAPACK's bits depend on the machine.
    for j, vector in enumerate(vectors):
        before = vectors[:j]
        for _ in range(2):
            shares = np.add.reduce(before * vector, axis=1)
            vector -= np.add.reduce(before * shares[:, np.newaxis], axis=0)
            vector /= sqrt(np.add.reduce(vector * vector))
    return vectors if n_in <= n_out else np.ascontiguousarray(vectors.T)


def _zeros(n_in: int, n_out: int, draws: np.random.Generator) -> Floats:
    return np.zeros((n_in, n_out))


initialisers: Mapping[str, Rule] = MappingProxyType(
    {
        **{name: _uniform(variance) for name, variance in _VARIANCES.items()},
        **{f"{name}_normal": _normal(variance) for name, variance in _VARIANCES.items()},
        "orthogonal": _orthogonal,
        "zeros": _zeros,
    }
)
"""The rules by name: each draws weights (n_in, n_out), given n_in, n_out and a generator."""


def draw_weights(
    rule: str, n_in: int, n_out: int, generator: np.random.Generator
) -> npt.NDArray[np.float64]:
    """Draw the weights of a layer.

    Parameters
    ----------
    rule : str
        'glorot', 'he' and 'lecun' draw uniformly from [-r, r] with r = sqrt(3 variance), 'glorot_normal', 'he_normal'
        and 'lecun_normal' from the normal distribution. The variance: glorot 2 / (n_in + n_out) [1]_, eq. 16, for
        activations that are linear around 0 and saturate; he 2 / n_in [2]_, eq. 10, for those that let about half of
        the inputs pass; lecun 1 / n_in [3]_ for selu. 'orthogonal': a matrix whose shorter side's vectors are
        orthonormal, uniform among all such [4]_. 'zeros' for a last layer that starts by saying nothing, or the end of
        a branch that starts as the identity.
    n_in, n_out : int
        The layer's inputs and outputs.
    generator : numpy.random.Generator
        Where the draws come from.

    Returns
    -------
    numpy.ndarray of shape (n_in, n_out), float64
        The weights.

    References
    ----------
    .. [1] X. Glorot and Y. Bengio, "Understanding the difficulty of training deep feedforward neural networks",
       AISTATS 2010.
    .. [2] K. He, X. Zhang, S. Ren and J. Sun, "Delving deep into rectifiers", ICCV 2015, doi:10.1109/ICCV.2015.123.
    .. [3] G. Klambauer, T. Unterthiner, A. Mayr and S. Hochreiter, "Self-normalizing neural networks", NeurIPS 2017.
    .. [4] A. M. Saxe, J. L. McClelland and S. Ganguli, "Exact solutions to the nonlinear dynamics of learning in deep
       linear neural networks", ICLR 2014, section 3; the draw: F. Mezzadri, "How to generate random matrices from the
       classical compact groups", Notices of the AMS 54, 2007.
    """
    return initialisers[rule](n_in, n_out, generator)


def known_initial(given: Any, what: str, shape: tuple[int, int]) -> str | Floats | None:
    """Return where weights start as a layer holds it: None, a known name, or a copy that cannot be written to.

    Parameters
    ----------
    given : object
        None, a name, or an array-like.
    what : str
        What it was given as, for the errors.
    shape : tuple of int
        What an array must have.

    Returns
    -------
    str, numpy.ndarray or None
        As the layer holds it.

    Raises
    ------
    ParameterError
        An unknown name.
    DataError
        No numbers, another shape, or a number that is not finite.
    """
    if given is None:
        return None
    if isinstance(given, str):
        refuse_unknown(given, initialisers, what)
        return given
    weights = real_numbers(given, what).astype(np.float64, order="C")
    if weights.shape != shape:
        raise DataError(f"{what} must have the shape {shape} of the weights; got {weights.shape}.")
    if not np.all(np.isfinite(weights)):
        raise DataError(f"{what} must be finite. Set its NaN and infinities to numbers.")
    weights.flags.writeable = False
    return weights
