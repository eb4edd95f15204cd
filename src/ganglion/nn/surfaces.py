"""The loss around a network: along one direction in the space of its parameters, or over a plane through them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any, Literal, TypeAlias, cast

import numpy as np
import numpy.typing as npt

from .._errors import DataError, ParameterError
from .._random import RandomState, generator
from ._engine.choosing import engine_for
from ._engine.program import Program
from ._loop.examples import checked
from ._names import refuse_unknown
from ._numbers import real_numbers
from .network import Network

Floats: TypeAlias = npt.NDArray[np.float64]
Numbers: TypeAlias = Mapping[str, npt.NDArray[Any]]
Span: TypeAlias = float | tuple[float, float]

# On the way from one set of parameters to another, as much is shown beyond each end as a half of the way.
AROUND = 1.0
ON_THE_WAY = (-0.5, 1.5)


@dataclass(frozen=True)
class LossSurface:
    """The loss of a network where its parameters are moved along one direction or two.

    Attributes
    ----------
    a : numpy.ndarray of shape (resolution,)
        Steps along the first direction, ascending; 0 is the network itself.
    b : numpy.ndarray of shape (resolution,) or None
        Steps along the second direction; None where there is one only.
    values : numpy.ndarray of shape (resolution,) or (resolution, resolution)
        The loss at parameters + a[i] first + b[j] second; infinity where it is no finite number.
    loss : float
        The loss of the network itself.
    origin : dict of str to numpy.ndarray
        The parameters of the network.
    directions : tuple of dict of str to numpy.ndarray
        One direction or two, with the names and shapes of the parameters, in float64.
    kind : {'random', 'given', 'towards'}
        Where the directions come from.
    engine : {'native', 'autodiff'}
        What computed the losses.
    """

    a: Floats
    b: Floats | None
    values: Floats
    loss: float
    origin: Numbers
    directions: tuple[Numbers, ...]
    kind: Literal["random", "given", "towards"]
    engine: Literal["native", "autodiff"]

    @property
    def cosine(self) -> float:
        """The cosine of the angle between the two directions; 0 where there is one only."""
        if self.b is None:
            return 0.0
        first, second = (_flat(direction, self.origin) for direction in self.directions)
        lengths = float(np.sqrt(np.sum(first * first) * np.sum(second * second)))
        return float(np.sum(first * second)) / lengths

    def parameters_at(self, a: float, b: float = 0.0) -> dict[str, Floats]:
        """Return the parameters at a place of the surface.

        Parameters
        ----------
        a, b : float
            Steps along the first and the second direction.

        Returns
        -------
        dict of str to numpy.ndarray
            What `Network.set_parameters` takes.
        """
        steps = (a, b)[: len(self.directions)]
        return {
            name: value
            + sum(
                step * direction[name]
                for step, direction in zip(steps, self.directions, strict=True)
            )
            for name, value in self.origin.items()
        }

    def project(self, parameters: Numbers) -> Floats:
        """Return the place on the surface that is nearest to some parameters.

        Parameters
        ----------
        parameters : mapping of str to array-like
            Names and shapes of `origin`, such as a network's parameters after an epoch.

        Returns
        -------
        numpy.ndarray of shape (1,) or (2,)
            The steps along the directions that lead closest to them.

        Raises
        ------
        DataError
            Other names or shapes.
        """
        ways = np.stack([_flat(direction, self.origin) for direction in self.directions])
        offset = _flat(parameters, self.origin) - _flat(self.origin, self.origin)
        products = np.sum(ways[:, None] * ways[None], axis=2)
        lengths = np.sum(ways * offset, axis=1)
        if len(ways) == 1:
            return lengths / products[0]
        (aa, ab), (_, bb) = products.tolist()
        first, second = lengths.tolist()
        whole = aa * bb - ab * ab
        return np.array([(bb * first - ab * second) / whole, (aa * second - ab * first) / whole])


def loss_surface(
    network: Network,
    X: Any,
    y: Any,
    directions: int | Numbers | Sequence[Numbers] = 2,
    *,
    towards: Numbers | Sequence[Numbers] | None = None,
    span: Span | None = None,
    resolution: int = 41,
    sample_weight: Any = None,
    random_state: RandomState = None,
) -> LossSurface:
    """Compute the loss along one direction from a network's parameters, or over a plane through them.

    Parameters
    ----------
    network : Network
        Whose loss; it stays as it is.
    X, y : array-like
        Rows and targets, as for `Network.loss`.
    directions : {1, 2} or one or two mappings of str to array-like, default 2
        How many directions to draw, or the directions themselves, with the names and shapes of the parameters; those
        are taken as they are.
    towards : one or two mappings of str to array-like, optional
        Other parameters, such as those that another start led to: the directions then lead from the network to them,
        and they lie at step 1. In the place of `directions`.
    span : float or pair of float, optional
        How far to go: from -span to span, above 0, or from the first number to the second. None is 1, and (-0.5, 1.5)
        for `towards`.
    resolution : int, default 41
        Steps along each direction, at least 2; an odd number has the network itself in its middle.
    sample_weight : array-like of shape (n,), optional
        A weight for each row, not negative.
    random_state : int, numpy.random.Generator, numpy.random.RandomState or None, default None
        Where directions are drawn from. The same integer gives the same bits on every machine and number of threads.

    Returns
    -------
    LossSurface
        The steps, the losses and the directions; `gl.plots.loss_surface` draws it.

    Raises
    ------
    ParameterError
        Numbers outside their range, names that are no parameters, directions and `towards` at once.
    DataError
        Shapes that differ from the parameters', a direction of zeros; what `Network.loss` refuses.

    Notes
    -----
    A drawn direction is normalised by filters: the weights into each neuron are drawn from a normal distribution and
    scaled to the length of the neuron's own weights; biases, and the gains and shifts of norm layers, stay where they
    are, as in the authors' program. A step of 1 is then as large for every neuron as the neuron itself, and a network
    whose relu layers are scaled up and down against each other has the same surface.

    What looks like a minimum here may be none in the directions that are not shown; what looks like a ridge between two
    minima on the straight line may have a way round it.

    Time is that of resolution or resolution^2 passes over X; one compiled program computes them all, except for layers,
    activations and losses that only automatic differentiation knows.

    References
    ----------
    H. Li, Z. Xu, G. Taylor, C. Studer and T. Goldstein, "Visualizing the loss landscape of neural nets", NeurIPS 2018,
    arXiv:1712.09913, section 4. The line between two sets of parameters: I. Goodfellow, O. Vinyals and A. Saxe,
    "Qualitatively characterizing neural network optimization problems", ICLR 2015, arXiv:1412.6544.

    Examples
    --------
    >>> import ganglion as gl
    >>> network = gl.nn.Network([gl.nn.Dense(1, 1, bias=False)], "mse")
    >>> network.set_parameters({"W1": [[2.0]]})
    >>> surface = gl.nn.loss_surface(network, [[1.0]], [[2.0]], {"W1": [[1.0]]}, resolution=5)
    >>> surface.a
    array([-1. , -0.5,  0. ,  0.5,  1. ])
    >>> surface.values
    array([1.  , 0.25, 0.  , 0.25, 1.  ])
    """
    origin = {name: value.copy() for name, value in network.parameters.items()}
    ways, kind = _ways(origin, directions, towards, random_state)
    low, high = _limits(span, ON_THE_WAY if kind == "towards" else AROUND)
    steps = _steps(low, high, resolution)
    loss_at, engine = _losses(network, X, y, sample_weight)
    start = _flat(origin, origin)
    offsets = [_flat(way, origin) for way in ways]
    if len(ways) == 1:
        values = np.array([loss_at(start + a * offsets[0]) for a in steps.tolist()])
    else:
        values = np.array(
            [
                [loss_at(start + a * offsets[0] + b * offsets[1]) for b in steps.tolist()]
                for a in steps.tolist()
            ]
        )
    return LossSurface(
        steps, steps if len(ways) == 2 else None, values, loss_at(start), origin, ways, kind, engine
    )


def _ways(
    origin: Numbers, directions: Any, towards: Any, random_state: RandomState
) -> tuple[tuple[Numbers, ...], Literal["random", "given", "towards"]]:
    """Return one direction or two, with the names and shapes of the parameters, and where they come from."""
    if towards is not None:
        if not (isinstance(directions, int) and directions == 2):
            raise ParameterError(
                f"loss_surface takes directions or towards; got both, directions={directions!r}. Leave one of them out."
            )
        ends = _some(towards, "towards")
        start = _flat(origin, origin)
        found = [_named(_flat(end, origin) - start, origin) for end in ends]
        kind = "towards"
    elif isinstance(directions, Integral):
        if directions not in (1, 2):
            raise ParameterError(
                f"loss_surface: directions must be 1, 2, or one or two dicts; got {directions!r}."
            )
        draws = generator(random_state)
        found = [_drawn(origin, draws) for _ in range(int(directions))]
        kind = "random"
    else:
        ends = _some(directions, "directions")
        found = [_named(_flat(given, origin), origin) for given in ends]
        kind = "given"
    _refuse_flat(found, kind)
    return tuple(found), kind


def _some(given: Any, name: str) -> list[Numbers]:
    """Return one mapping or two as a list."""
    listed: list[Any] = [given] if isinstance(given, Mapping) else []
    if isinstance(given, Sequence) and not isinstance(given, str):
        listed = list(cast("Sequence[Any]", given))
    if len(listed) not in (1, 2) or not all(isinstance(one, Mapping) for one in listed):
        raise ParameterError(
            f"loss_surface: {name} must be one or two dicts from names to arrays; got {given!r}. "
            "Start from network.parameters."
        )
    return listed


def _drawn(origin: Numbers, draws: np.random.Generator) -> Numbers:
    """Draw a direction: the weights into a neuron as long as the neuron's own (section 4: d <- d / |d| * |theta|)."""
    direction: dict[str, Floats] = {}
    for name, value in origin.items():
        if value.ndim < 2:
            direction[name] = np.zeros(value.shape)
            continue
        drawn = draws.standard_normal(value.shape)
        own = np.sqrt(np.sum(np.square(value, dtype=np.float64), axis=0))
        direction[name] = drawn * (own / np.sqrt(np.sum(drawn * drawn, axis=0)))
    return direction


def _refuse_flat(ways: Sequence[Numbers], kind: str) -> None:
    """Raise where a direction leads nowhere, or two lead the same way."""
    flat = [np.concatenate([value.ravel() for value in way.values()]) for way in ways]
    if any(not np.any(way) for way in flat):
        why = {
            "random": "all weights of the network are 0, and steps are as long as the weights",
            "given": "it holds zeros only",
            "towards": "the parameters are the network's own",
        }[kind]
        raise DataError(f"loss_surface needs a direction that leads somewhere; {why}. Give others.")
    if len(flat) == 2:
        lengths = np.sqrt(np.sum(flat[0] ** 2) * np.sum(flat[1] ** 2))
        if abs(np.sum(flat[0] * flat[1])) > (1 - 1e-12) * lengths:
            raise DataError(
                "loss_surface needs two directions that differ; these are parallel. Use directions=1, or give others."
            )


def _limits(span: Any, default: Span) -> Floats:
    """Return where the steps begin and end."""
    given = default if span is None else span
    pair = (-given, given) if isinstance(given, Real) else given
    try:
        limits = np.asarray(pair, dtype=np.float64)
    except (TypeError, ValueError):
        limits = np.empty(0)
    if limits.shape != (2,) or not np.all(np.isfinite(limits)) or not limits[0] < limits[1]:
        raise ParameterError(
            f"loss_surface: span must be a number above 0, or two numbers, the first below the second; got {span!r}."
        )
    return limits


def _steps(low: float, high: float, resolution: Any) -> Floats:
    """Return the steps; between -s and s they mirror each other to the bit, and 0 is 0."""
    if not isinstance(resolution, Integral) or resolution < 2:
        raise ParameterError(
            f"loss_surface: resolution must be an integer, at least 2; got {resolution!r}."
        )
    last = int(resolution) - 1
    ahead = np.arange(last + 1)
    return (low * (last - ahead) + high * ahead) / last


def _losses(
    network: Network, X: Any, y: Any, sample_weight: Any
) -> tuple[Callable[[Floats], float], Literal["native", "autodiff"]]:
    """Return the loss as a function of the flat parameters, and what computes it."""
    origin = network.parameters
    # A program takes a batch norm's statistics from its rows and drops outputs; the loss of a network at rest does not.
    is_same = not any(
        stage.running or (stage.dropout and stage.kind != "dense") for stage in network.stages
    )
    n_dense = sum(stage.kind == "dense" for stage in network.stages)
    engine = engine_for(network, dropout=[0.0] * n_dense)
    if isinstance(engine, Program) and is_same:
        data = checked(network, X, y, sample_weight)
        # The sum over the rows, divided here: it is a number also where it is not finite.
        weight = len(data.rows) if data.weights is None else float(np.sum(data.weights))
        divisor = weight if network.reduction == "mean" else 1.0

        def compiled(flat: Floats) -> float:
            engine.write(_named(flat.astype(network.dtype), origin))
            value, _ = engine.gradients(data, is_mean=False)
            return value / divisor if np.isfinite(value) else np.inf

        return compiled, "native"
    moved = copy(network)  # set_parameters gives the copy arrays of its own

    def differentiated(flat: Floats) -> float:
        moved.set_parameters(_named(flat, origin))
        with np.errstate(over="ignore", invalid="ignore"):
            value = moved.loss(X, y, sample_weight)
        return value if np.isfinite(value) else np.inf

    return differentiated, "autodiff"


def _flat(given: Numbers, like: Numbers) -> Floats:
    """Return arrays as one vector in the order of `like`, whose names and shapes they must have."""
    for name in given:
        refuse_unknown(name, like, "A parameter's name")
    missing = [name for name in like if name not in given]
    if missing:
        raise ParameterError(
            f"Every parameter of the network must be there; {', '.join(missing)} is missing. "
            "Start from network.parameters, which holds all of them."
        )
    pieces: list[Floats] = []
    for name, value in like.items():
        array = real_numbers(given[name], name).astype(np.float64)
        if array.shape != value.shape or not np.all(np.isfinite(array)):
            raise DataError(
                f"{name} must have the shape {value.shape} and finite numbers; got shape {array.shape}"
                + (" with NaN or infinity." if array.shape == value.shape else ".")
            )
        pieces.append(array.ravel())
    return np.concatenate(pieces)


def _named(flat: npt.NDArray[Any], like: Numbers) -> dict[str, npt.NDArray[Any]]:
    """Return views of a vector by the names and shapes of `like`."""
    named: dict[str, npt.NDArray[Any]] = {}
    begin = 0
    for name, value in like.items():
        named[name] = flat[begin : begin + value.size].reshape(value.shape)
        begin += value.size
    return named
