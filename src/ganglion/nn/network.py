"""A network: dense layers, their numbers, a loss, and the gradient of the loss by every number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, final

import numpy as np
import numpy.typing as npt

from .._arrays import Real, check_weights
from .._errors import DataError, ParameterError
from .._random import RandomState, generator
from ..autodiff import functions as fn
from ..autodiff.graph import NO_OPTIONS, PRIMITIVES, Value, Variable, next_serial
from ..autodiff.passes import pull_back
from ._architecture import fitting, fitting_loss, known_dtype, table_of
from ._data import Targets, check_rows, check_targets, in_dtype, rows_of
from ._names import refuse_unknown
from ._nodes import affine
from ._numbers import real_numbers
from .activations import activations
from .initialisers import draw_weights
from .layers import Dense

if TYPE_CHECKING:
    from ..autodiff.showing.tracing import Trace

REDUCTIONS = ("mean", "sum")
LEVELS = ("scalar", "layer")


@final
class Network:
    """A feed-forward network: layer by layer, a = g(a_before W + b).

    Parameters
    ----------
    layers : sequence of Dense
        At least one; each takes as many inputs as the one before it has neurons.
    loss : str, default 'squared'
        A name in `gl.nn.losses`. 'cross_entropy' stands behind softmax, 'binary_cross_entropy' behind sigmoid; both are
        computed from the weighted sums before it, and are exact at any size of them.
    reduction : {'mean', 'sum'}, default 'mean'
        How the losses of the rows become one number. With `sample_weight`: the weighted mean or sum.
    random_state : int, numpy.random.Generator, numpy.random.RandomState or None, default None
        Where the first weights are drawn from. The same integer gives the same bits on every machine.
    dtype : {'float64', 'float32'}, default 'float64'
        What the network computes in.

    Attributes
    ----------
    layers : tuple of Dense
        The layers.
    loss_name, reduction, dtype : str
        As given.

    Raises
    ------
    ParameterError
        Layers that do not fit, softmax before the last layer, a loss behind the wrong activation, an unknown name.

    Notes
    -----
    Layers are counted as in a drawing: layer 1 is the input. W1 and b1 lead from it to the neurons of layer 2, whose
    weighted sums are called z2 and whose outputs a2.

    The weights start as `ganglion.nn.initialisers` says, with the spread that fits the activation of their layer;
    biases start at 0.

    Examples
    --------
    >>> import ganglion as gl
    >>> network = gl.nn.Network([gl.nn.Dense(2, 2, "step", bias=False), gl.nn.Dense(2, 1, "step", bias=False)])
    >>> network.set_parameters({"W1": [[2, 1], [-3, 4]], "W2": [[2], [-1]]})
    >>> network.forward([1, 0])
    array([1.])
    >>> print(network)
    Network with loss 'squared', 6 parameters
    layer  neurons  activation  parameters
        1        2  (input)
        2        2  step        W1 (2, 2): 4
        3        1  step        W2 (2, 1): 2
    """

    def __init__(
        self,
        layers: Sequence[Dense],
        loss: str = "squared",
        *,
        reduction: Literal["mean", "sum"] = "mean",
        random_state: RandomState = None,
        dtype: npt.DTypeLike = "float64",
    ) -> None:
        self.layers = fitting(layers)
        self._loss = fitting_loss(loss, self.layers[-1])
        refuse_unknown(reduction, REDUCTIONS, "Network: reduction")
        self.reduction = reduction
        self._dtype = known_dtype(dtype)
        self._parameters = self._start(random_state)

    @property
    def loss_name(self) -> str:
        """The name of the loss."""
        return self._loss.name

    @property
    def dtype(self) -> str:
        """What the network computes in, 'float64' or 'float32'."""
        return self._dtype.name

    @property
    def n_parameters(self) -> int:
        """How many numbers the network learns."""
        return sum(layer.n_parameters for layer in self.layers)

    @property
    def parameters(self) -> dict[str, Real]:
        """The numbers that are learned, by name: W1 (n_in, n_out), b1 (n_out,), W2 ...; b where the layer has a bias.

        The dict is a new one at each call; the arrays are the network's own. What changes them in place, such as an
        optimiser's step, changes the network. `set_parameters` puts new arrays in their place and leaves these alone.
        """
        return dict(self._parameters)

    def set_parameters(self, parameters: Mapping[str, Any]) -> None:
        """Give the network copies of these numbers; all of them, or none where one is refused.

        Parameters
        ----------
        parameters : mapping of str to array-like
            An array for each name in `.parameters`, in its shape, finite. It is converted to the network's dtype.

        Raises
        ------
        ParameterError
            No mapping, or a name that is unknown or missing.
        DataError
            A wrong shape, NaN or infinity, or a value that float32 cannot hold.
        """
        if not isinstance(parameters, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise ParameterError(
                f"set_parameters needs a dict from names to arrays; got a {type(parameters).__name__}. "
                "Start from network.parameters."
            )
        for name in parameters:
            refuse_unknown(name, self._parameters, "A parameter's name")
        missing = [name for name in self._parameters if name not in parameters]
        if missing:
            raise ParameterError(
                f"set_parameters needs every parameter of the network; {', '.join(missing)} is missing. "
                "Start from network.parameters, which holds all of them."
            )
        self._parameters = {
            name: self._parameter(name, parameters[name]) for name in self._parameters
        }

    def forward(self, X: Any) -> Real:
        """Compute the outputs of the network.

        Parameters
        ----------
        X : array-like of shape (n, n_in) or (n_in,)
            Rows, or one row; finite.

        Returns
        -------
        numpy.ndarray of shape (n, n_out) or (n_out,)
            What the last layer's neurons give, in the network's dtype.

        Raises
        ------
        DataError
            NaN or infinity, a wrong width, no numbers.

        Notes
        -----
        The products are NumPy's, and so a row may differ by rounding from the same row among many.
        """
        rows, is_single = check_rows(X, self.layers[0], self._dtype, min_rows=0)
        z = self._last_sums(self._parameters, rows)
        outputs: Real = activations[self.layers[-1].activation](z)
        return outputs[0] if is_single else outputs

    def loss(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Compute the loss over all rows.

        Parameters
        ----------
        X : array-like of shape (n, n_in) or (n_in,)
            Rows, or one row; finite.
        y : array-like
            Targets (n, n_out), also (n,) for one output; for one row without the n. For cross_entropy integer labels
            (n,) from 0, or rows of probabilities.
        sample_weight : array-like of shape (n,), optional
            A weight for each row, not negative. A weight of 2 counts as the row twice.

        Returns
        -------
        float
            The mean or the sum of the rows' losses.

        Raises
        ------
        DataError
            No rows, NaN or infinity, a wrong width or length, a label out of range, rows of y that are no
            probabilities, negative weights.
        """
        return float(self._objective(self._parameters, *self._checked(X, y, sample_weight)))

    def gradients(self, X: Any, y: Any, sample_weight: Any = None) -> dict[str, Real]:
        """Compute the derivative of the loss by every parameter.

        Parameters
        ----------
        X, y, sample_weight : array-like
            As for `loss`.

        Returns
        -------
        dict of str to numpy.ndarray
            The names and shapes of `.parameters`, in the network's dtype.
        """
        return self.loss_and_gradients(X, y, sample_weight)[1]

    def loss_and_gradients(
        self, X: Any, y: Any, sample_weight: Any = None
    ) -> tuple[float, dict[str, Real]]:
        """Compute the loss and its derivative by every parameter in one go.

        Parameters
        ----------
        X, y, sample_weight : array-like
            As for `loss`.

        Returns
        -------
        loss : float
            What `loss` gives.
        gradients : dict of str to numpy.ndarray
            What `gradients` gives.
        """
        data = self._checked(X, y, sample_weight)
        # What value_and_grad does, less its care for any tree and any function: a sixth of the time of a small network.
        level = next_serial()
        inputs = {
            name: Variable(value, None, (), NO_OPTIONS, next_serial(), level)
            for name, value in self._parameters.items()
        }
        total = self._objective(inputs, *data)
        found = pull_back(total, self._dtype.type(1.0), level)
        gradients: dict[str, Real] = {}
        for name, variable in inputs.items():
            gradient = found.get(variable)  # None behind a step, which carries nothing back
            gradients[name] = np.zeros_like(variable.value) if gradient is None else gradient
        return float(total.value), gradients

    def trace(self, x: Any, y: Any, level: Literal["scalar", "layer"] = "scalar") -> Trace:
        """Show how the loss of one row comes about, and its gradient, node by node.

        Parameters
        ----------
        x : array-like of shape (n_in,)
            One row; finite.
        y : array-like
            Its target: n_out numbers, or for cross_entropy a label or n_out probabilities.
        level : {'scalar', 'layer'}, default 'scalar'
            'scalar' shows single neurons: leaves x[i], W1[i,j], b1[j], weighted sums z2[j], outputs a2[j] and so on,
            and the loss J. 'layer' shows arrays x, W1, b1, z2, a2 ... and J.

        Returns
        -------
        Trace
            The nodes with value, upstream gradient and local derivatives; the nodes of a layer are a block ("layer 2")
            that `Trace.fold` makes one node.

        Raises
        ------
        ParameterError
            Single neurons where that is more than 20,000 parameters and slopes of softmax.

        Notes
        -----
        Computed in float64 also for a float32 network. J has the outputs as parents. Where its logarithm would be taken
        of an output that rounds to 0 or 1 (cross_entropy, binary_cross_entropy), that output is shown as the nearest
        number at which both slopes, of the loss and of the activation, are finite; they cancel against each other, so
        that J and all gradients are those of `loss` and `gradients`.
        """
        from . import _tracing

        refuse_unknown(level, LEVELS, "trace: level")
        rows, targets, _ = self._checked(x, y, None)
        if len(rows) != 1:
            raise DataError(
                f"trace shows one row; got {len(rows)} rows. Use network.trace(X[i], y[i])."
            )
        targets = rows_of(targets, self.layers[-1].n_out)
        return _tracing.trace_row(self, rows[0], targets[0], level=level)

    def __repr__(self) -> str:
        chain = "".join(f" -> {layer.n_out} {layer.activation}" for layer in self.layers)
        return (
            f"Network({self.layers[0].n_in}{chain}, loss={self.loss_name!r}, "
            f"{self.n_parameters:,} parameters)"
        )

    def __str__(self) -> str:
        head = f"Network with loss {self.loss_name!r}, {self.n_parameters:,} parameters"
        return "\n".join([head, *table_of(self.layers)])

    def _start(self, random_state: RandomState) -> dict[str, Real]:
        """Draw the first weights, layer by layer; biases are 0."""
        draws = generator(random_state)
        parameters: dict[str, Real] = {}
        for number, layer in enumerate(self.layers, 1):
            rule = activations[layer.activation].spread
            weights = draw_weights(rule, layer.n_in, layer.n_out, draws)
            parameters[f"W{number}"] = weights.astype(self._dtype)
            if layer.bias:
                parameters[f"b{number}"] = np.zeros(layer.n_out, dtype=self._dtype)
        return parameters

    def _parameter(self, name: str, value: Any) -> Real:
        """Return a copy of one parameter's new value."""
        array = real_numbers(value, name)
        shape = self._parameters[name].shape
        if array.shape != shape:
            raise DataError(f"{name} must have the shape {shape}; got {array.shape}.")
        if not np.all(np.isfinite(array)):
            at = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
            raise DataError(
                f"{name} must be finite; got {array[at]} at {list(at)}. Set it to a number."
            )
        return in_dtype(np.array(array, order="C"), self._dtype, name)

    def _checked(self, X: Any, y: Any, sample_weight: Any) -> tuple[Real, Targets, Real | None]:
        """Return rows (n, d), targets, and what each row's loss is multiplied with before the sum."""
        last = self.layers[-1]
        rows, is_single = check_rows(X, self.layers[0], self._dtype, min_rows=1)
        shape = (len(rows), last.n_out)
        targets = check_targets(
            y, self._loss.targets, shape, is_single=is_single, dtype=self._dtype
        )
        weights = check_weights(sample_weight, len(rows))
        if weights is None:
            return rows, targets, None
        if self.reduction == "mean":
            weights = weights / np.max(weights)  # their sum could overflow
            weights /= np.sum(weights)
        return rows, targets, in_dtype(weights, self._dtype, "sample_weight")

    def _last_sums(self, parameters: Mapping[str, Value], rows: Value) -> Value:
        """Return the weighted sums (n, k) of the last layer."""
        a = z = rows
        for number, layer in enumerate(self.layers, 1):
            if number > 1:
                a = activations[self.layers[number - 2].activation](z)
            W = parameters[f"W{number}"]
            z = affine(a, W, parameters[f"b{number}"]) if layer.bias else PRIMITIVES["matmul"](a, W)
        return z

    def _objective(
        self, parameters: Mapping[str, Value], rows: Real, targets: Targets, weights: Real | None
    ) -> Value:
        """Return the loss as one number; what `gradients` differentiates."""
        z = self._last_sums(parameters, rows)
        if self._loss.of_sums is not None:
            losses_of_rows = self._loss.of_sums(z, targets)
        else:
            a = activations[self.layers[-1].activation](z)
            losses_of_rows = self._loss.of_outputs(a, targets)
        if weights is not None:
            return fn.sum(losses_of_rows * weights)
        return fn.mean(losses_of_rows) if self.reduction == "mean" else fn.sum(losses_of_rows)
