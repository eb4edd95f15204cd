"""What a network is judged by: the losses by name, each a function of one row's outputs and targets.

Some have numbers that the caller may choose: `Huber`, `Quantile`, `Gaussian` and `CrossEntropy` make a record from
them, which stands where a name could. A name and its numbers are all that there is to a record (`loss_of`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise
from types import MappingProxyType
from typing import Any

import numpy as np

from .._arrays import Real
from .._errors import ParameterError
from . import _formulas
from ._names import refuse_unknown
from ._numbers import real_numbers
from ._ranges import number_in
from .loss_record import Loss

HUBER_DELTA = 1.0
LEAST_VARIANCE = 1e-6
LEAST_EPSILON = 1e-30  # its inverse is a number in float32 too


def Huber(delta: float = HUBER_DELTA) -> Loss:
    """Squared differences up to delta, absolute ones beyond: large errors pull no harder than those of size delta.

    Parameters
    ----------
    delta : float, default 1
        Where the parabola ends, above 0.

    Returns
    -------
    Loss
        sum over the outputs of (a - y)^2 / 2 where |a - y| <= delta, else delta (|a - y| - delta / 2).

    Raises
    ------
    ParameterError
        A delta that is not above 0.

    References
    ----------
    P. Huber, "Robust estimation of a location parameter", Annals of Mathematical Statistics 35, 1964,
    doi:10.1214/aoms/1177703732.

    Examples
    --------
    >>> import ganglion as gl
    >>> gl.nn.Huber(0.5).numbers
    (0.5,)
    """
    known = number_in(delta, "Huber: delta", above=0.0)
    # Where delta is 1 nothing needs to be said.
    shown = "huber({a} - {y})" if known == HUBER_DELTA else "huber({a} - {y}, {q})"
    return Loss("huber", "", shown, _formulas.HuberTerms(known), numbers=(known,))


def Quantile(levels: Sequence[float] | float = 0.5) -> Loss:
    """The loss whose least mean is a quantile of the targets, several levels at once: an interval, or a distribution.

    Parameters
    ----------
    levels : float or sequence of float, default 0.5
        Shares of the targets that shall lie below, each between 0 and 1, rising.

    Returns
    -------
    Loss
        sum over the levels q of q (y - a) where y > a, else (1 - q) (a - y), with an output a for each of them: those
        of the first target, then those of the second, and so on.

    Raises
    ------
    ParameterError
        No level, one outside its range, levels that do not rise.

    Notes
    -----
    Each output is learned by itself, so that the quantiles of a row may cross where there are few data; sorting them
    never makes the loss worse.

    References
    ----------
    R. Koenker and G. Bassett, "Regression quantiles", Econometrica 46, 1978, doi:10.2307/1913643.

    Examples
    --------
    >>> import ganglion as gl
    >>> loss = gl.nn.Quantile((0.1, 0.5, 0.9))
    >>> loss.n_targets(6)
    2
    """
    given = tuple(levels) if isinstance(levels, Iterable) else (levels,)
    known = tuple(number_in(q, "Quantile: a level", above=0.0, below=1.0) for q in given)
    if not known or any(low >= high for low, high in pairwise(known)):
        raise ParameterError(
            f"Quantile: levels must be one or more numbers between 0 and 1, each larger than the one before; got "
            f"{given!r}. Sort them, and drop what is there twice."
        )
    return Loss(
        "quantile",
        "",
        "pinball({y} - {a}, {q})",
        _formulas.QuantileTerms(known),
        numbers=known,
        outputs="levels",
    )


def Gaussian(epsilon: float = LEAST_VARIANCE) -> Loss:
    """The negative log-likelihood of a normal distribution whose mean and variance the network gives.

    Parameters
    ----------
    epsilon : float, default 1e-6
        The least variance, at least 1e-30, in the square of the targets' unit. It keeps a network that fits its targets
        exactly from being rewarded without end.

    Returns
    -------
    Loss
        sum over the targets of (log v + (y - m)^2 / v) / 2 with v = epsilon + exp(s). The outputs are the means m of
        all targets, then their s; `gaussian_moments` turns outputs into means and variances.

    Raises
    ------
    ParameterError
        An epsilon below that.

    Notes
    -----
    It is torch's GaussianNLLLoss, given m and v; the constant log(2 pi) / 2 is left out. Torch cuts the variance off at
    its least value; here the bend is smooth, so that no s is without a slope. log v = log epsilon + softplus(s - log
    epsilon) is exact at any s.

    References
    ----------
    D. Nix and A. Weigend, "Estimating the mean and variance of the target probability distribution", ICNN 1994,
    doi:10.1109/ICNN.1994.374138.

    Examples
    --------
    >>> import ganglion as gl
    >>> gl.nn.Gaussian().n_targets(2)
    1
    """
    known = number_in(epsilon, "Gaussian: epsilon", least=LEAST_EPSILON)
    variance = f"({known:g} + exp({{s}}))"
    term = f"(log{variance} + ({{a}} - {{y}})**2 / {variance})"
    return Loss(
        "gaussian",
        "1/2 * ",
        term,
        _formulas.GaussianTerms(known),
        numbers=(known,),
        outputs="moments",
    )


def CrossEntropy(smoothing: float = 0.0) -> Loss:
    """The negative log-likelihood of the classes, behind softmax; its targets may be smoothed.

    Parameters
    ----------
    smoothing : float, default 0
        The share of each target that is spread evenly over all k classes, from 0 to below 1: (1 - smoothing) y +
        smoothing / k stands in the place of y. It keeps the network from being rewarded for certainty.

    Returns
    -------
    Loss
        -sum y log(a) over the classes, computed from the sums before softmax.

    Raises
    ------
    ParameterError
        A share outside its range.

    References
    ----------
    C. Szegedy, V. Vanhoucke, S. Ioffe, J. Shlens and Z. Wojna, "Rethinking the Inception architecture for computer
    vision", CVPR 2016, section 7, doi:10.1109/CVPR.2016.308.

    Examples
    --------
    >>> import ganglion as gl
    >>> gl.nn.CrossEntropy(0.1).smoothing
    0.1
    """
    known = number_in(smoothing, "CrossEntropy: smoothing", least=0.0, below=1.0)
    return Loss(
        "cross_entropy",
        "-",
        "{y} * log({a})",
        _formulas.CrossEntropyTerms(known),
        targets="classes",
        of_sums=_formulas.CrossEntropyOfSums(known),
        behind="softmax",
        numbers=(known,),
    )


def gaussian_moments(outputs: Any, loss: Loss | None = None) -> tuple[Real, Real]:
    """Return what a network with the loss 'gaussian' says: the mean and the variance of each target.

    Parameters
    ----------
    outputs : array-like of shape (n, 2 t) or (2 t,)
        The network's outputs for t targets.
    loss : Loss, optional
        What it was trained with, for its epsilon; by default `Gaussian()`.

    Returns
    -------
    mean, variance : numpy.ndarray of shape (n, t) or (t,)
        Of each target.

    Raises
    ------
    ParameterError
        An odd number of outputs, another loss.

    Examples
    --------
    >>> import ganglion as gl
    >>> mean, variance = gl.nn.gaussian_moments([[3.0, 0.0]])
    >>> mean, variance
    (array([[3.]]), array([[1.000001]]))
    """
    known = losses["gaussian"] if loss is None else loss
    if known.name != "gaussian":
        raise ParameterError(
            f"gaussian_moments needs outputs of a network with loss 'gaussian'; got loss={known.name!r}. "
            "Pass gl.nn.Gaussian(...)."
        )
    values: Real = real_numbers(outputs, "outputs")
    n = known.n_targets(values.shape[-1])
    with np.errstate(over="ignore"):
        variance: Real = known.numbers[0] + np.exp(values[..., n:])
    return values[..., :n], variance


losses: Mapping[str, Loss] = MappingProxyType(
    {
        row.name: row
        for row in (
            Loss("squared", "1/2 * ", "({a} - {y})**2", _formulas.squared),
            Loss("mse", "", "({a} - {y})**2", _formulas.mse),
            Loss("mae", "", "abs({a} - {y})", _formulas.mae),
            Huber(),
            CrossEntropy(),
            Loss(
                "binary_cross_entropy",
                "-",
                "({y} * log({a}) + (1 - {y}) * log(1 - {a}))",
                _formulas.binary_cross_entropy,
                targets="probabilities",
                of_sums=_formulas.binary_cross_entropy_of_sums,
                behind="sigmoid",
            ),
            Loss("poisson", "", "(exp({a}) - {y} * {a})", _formulas.poisson, targets="counts"),
            Quantile(),
            Gaussian(),
        )
    }
)
_WITH_NUMBERS: Mapping[str, Callable[..., Loss]] = MappingProxyType(
    {"huber": Huber, "gaussian": Gaussian, "cross_entropy": CrossEntropy}
)


def loss_of(name: str, numbers: Sequence[float] | None = None) -> Loss:
    """Return the loss that a name and numbers stand for, as a file holds them.

    Parameters
    ----------
    name : str
        A name in `losses`.
    numbers : sequence of float, optional
        `Loss.numbers`; by default those of the table.

    Returns
    -------
    Loss
        Equal to the one whose `.name` and `.numbers` these are.

    Raises
    ------
    ParameterError
        An unknown name, numbers outside their range, more or fewer than the loss has.

    Examples
    --------
    >>> import ganglion as gl
    >>> loss = gl.nn.Quantile((0.1, 0.9))
    >>> gl.nn.loss_of(loss.name, loss.numbers) == loss
    True
    """
    refuse_unknown(name, losses, "The name of a loss")
    if numbers is None:
        return losses[name]
    if name == "quantile":
        return Quantile(numbers)
    wanted = len(losses[name].numbers)
    if len(numbers) != wanted:
        raise ParameterError(
            f"loss={name!r} has {wanted} numbers; got {list(numbers)!r}. Pass those of its record."
        )
    return _WITH_NUMBERS[name](*numbers) if wanted else losses[name]


def is_named(loss: Loss) -> bool:
    """Return whether a name and numbers say all that there is to a loss, as they do but for those that a caller wrote.

    Parameters
    ----------
    loss : Loss
        A record.

    Returns
    -------
    bool
        Whether `loss_of(loss.name, loss.numbers)` is the same.

    Examples
    --------
    >>> from ganglion.nn.losses import Huber, is_named
    >>> is_named(Huber(0.5))
    True
    """
    try:
        return loss_of(loss.name, loss.numbers) == loss
    except ParameterError:
        return False
