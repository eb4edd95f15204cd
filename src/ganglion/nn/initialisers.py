"""Where the weights of a layer start: uniform draws, spread so that signals neither fade nor grow from layer to layer.

Each rule gives the variance of a weight; the weights are drawn uniformly from [-r, r] with r = sqrt(3 variance), in
float64, row by row, and rounded to the network's dtype. Biases start at 0.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import sqrt
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

initialisers: Mapping[str, Callable[[int, int], float]] = MappingProxyType(
    {
        "glorot": lambda n_in, n_out: 2.0 / (n_in + n_out),
        "he": lambda n_in, n_out: 2.0 / n_in,
        "lecun": lambda n_in, n_out: 1.0 / n_in,
    }
)
"""The variance of a weight, from the number of inputs and outputs of its layer."""


def draw_weights(
    rule: str, n_in: int, n_out: int, generator: np.random.Generator
) -> npt.NDArray[np.float64]:
    """Draw the weights of a layer.

    Parameters
    ----------
    rule : {'glorot', 'he', 'lecun'}
        The variance: 2 / (n_in + n_out) [1]_, eq. 16, for activations that are linear around 0 and saturate; 2 / n_in
        [2]_, eq. 10, for those that let about half of the inputs pass; 1 / n_in [3]_ for selu.
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
    """
    reach = sqrt(3.0 * initialisers[rule](n_in, n_out))
    # 2 u - 1 is exact; one product is then the only rounding, and the same on every machine.
    return (2.0 * generator.random((n_in, n_out)) - 1.0) * reach
