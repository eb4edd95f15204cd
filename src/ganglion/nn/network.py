"""A network: layers, their numbers, a loss, and the gradient of the loss by every number."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, cast, final

import numpy as np
import numpy.typing as npt

from .._arrays import Real, check_weights
from .._errors import DataError
from .._random import RandomState
from ..autodiff import functions as fn
from ..autodiff.graph import Value
from ._architecture import fitting, fitting_loss, known_dtype
from ._data import Targets, check_rows, check_targets, in_dtype, rows_of
from ._engine.computing import Computation, Statistics, gradients_of, kept, of_batch
from ._engine.stages import Stage, stages_of
from ._given import OwnLoss
from ._names import refuse_unknown
from ._parameters import first_parameters, first_running, refitted
from ._ranges import flag
from ._showing import chain_of, summary_of, table_of
from .initialisers import initialisers
from .layers import Dense, Layer
from .losses import Loss

if TYPE_CHECKING:
    from ..autodiff.showing.tracing import Trace

REDUCTIONS = ("mean", "sum")
LEVELS = ("scalar", "layer")


@final
class Network:
    """A feed-forward network: layer by layer, a = g(a_before W + b), with norms and residual sums in between.

    Parameters
    ----------
    layers : sequence of Dense, BatchNorm, LayerNorm, Dropout and Residual
        At least one; each takes as many inputs as the one before it has neurons.
    loss : str, Loss or callable, default 'squared'
        A name in `gl.nn.losses`. 'cross_entropy' stands behind softmax, 'binary_cross_entropy' behind sigmoid; both are
        computed from the weighted sums before it, and are exact at any size of them. Or a function of outputs (n, k)
        and targets (n, k) that returns the loss of each row, (n,), written with NumPy's functions or `gl.autodiff`'s.
    reduction : {'mean', 'sum'}, default 'mean'
        How the losses of the rows become one number. With `sample_weight`: the weighted mean or sum.
    initial : str or None, default None
        Where weights start that their layer says nothing about: a name in `gl.nn.initialisers`. None is, for each
        layer, what fits its activation.
    random_state : int, numpy.random.Generator, numpy.random.RandomState or None, default None
        Where the first weights are drawn from. The same integer gives the same bits on every machine.
    dtype : {'float64', 'float32'}, default 'float64'
        What the network computes in.

    Attributes
    ----------
    layers : tuple of Dense, BatchNorm, LayerNorm, Dropout and Residual
        The layers.
    n_in, n_out : int
        Inputs and outputs.
    loss_name, reduction, dtype : str
        As given.

    Raises
    ------
    ParameterError
        Layers that do not fit, softmax before the last layer, a loss behind the wrong activation, an unknown name, a
        Python function as the loss that has no derivative or returns no loss for each row.

    Notes
    -----
    Layers are counted as in a drawing: layer 1 is the input. W1 and b1 lead from it to the neurons of layer 2, whose
    weighted sums are called z2 and whose outputs a2. Dense layers and norms are counted apart: gamma1 and beta1 belong
    to the first norm, wherever it stands.

    The weights start as `ganglion.nn.initialisers` says, with the spread that fits the activation of their layer;
    biases and the offsets of norms start at 0, their scales at 1.

    Outputs, loss and gradients are those of the finished network: a `BatchNorm` uses its running statistics, and
    nothing is dropped. With `training=True` it uses the statistics of the rows it is given, through which the gradient
    then passes; still nothing is dropped, and `running` stays as it is. Without `BatchNorm` there is no difference.

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
        layers: Sequence[Layer],
        loss: str | Loss | Callable[[Any, Any], Any] = "squared",
        *,
        reduction: Literal["mean", "sum"] = "mean",
        initial: str | None = None,
        random_state: RandomState = None,
        dtype: npt.DTypeLike = "float64",
    ) -> None:
        self.layers = fitting(layers)
        stages = stages_of(self.layers)
        self._computation = Computation(stages, fitting_loss(loss, stages[-1], self.layers[-1]))
        refuse_unknown(reduction, REDUCTIONS, "Network: reduction")
        self.reduction = reduction
        self._dtype = known_dtype(dtype)
        if initial is not None:
            refuse_unknown(initial, initialisers, "Network: initial")
        self._parameters = first_parameters(
            self.layers, stages, initial=initial, random_state=random_state, dtype=self._dtype
        )
        self._running = first_running(stages, self._dtype)

    @property
    def stages(self) -> tuple[Stage, ...]:
        """The layers without nesting: what a row goes through, step by step."""
        return self._computation.stages

    @property
    def n_in(self) -> int:
        """Inputs."""
        return self.stages[0].n_in

    @property
    def n_out(self) -> int:
        """Outputs."""
        return self.stages[-1].n_out

    @property
    def loss_name(self) -> str:
        """The name of the loss."""
        return self.loss_function.name

    @property
    def loss_function(self) -> Loss:
        """The loss: a row of `gl.nn.losses`, or the record of the function that was given."""
        return self._computation.loss

    @property
    def is_custom(self) -> bool:
        """Whether an activation or the loss is a Python function, which no file holds and no kernel knows."""
        is_named = all(isinstance(stage.activation, str) for stage in self.stages)
        return not is_named or isinstance(self.loss_function.of_outputs, OwnLoss)

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

        Norms have gamma1, beta1 (n,) and so on, in the order of the layers, those inside a `Residual` included.

        The dict is a new one at each call; the arrays are the network's own. What changes them in place, such as an
        optimiser's step, changes the network. `set_parameters` puts new arrays in their place and leaves these alone.
        """
        return dict(self._parameters)

    @property
    def running(self) -> dict[str, Real]:
        """The running statistics of batch norms, by name: mean1, variance1 (n,) for the first norm if it is one.

        The dict is a new one at each call; the arrays are the network's own, and training changes them in place.
        """
        return dict(self._running)

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
        self._parameters = refitted(self._parameters, parameters, "set_parameters", self._dtype)

    def set_running(self, running: Mapping[str, Any]) -> None:
        """Give the batch norms copies of these running statistics; all of them, or none where one is refused.

        Parameters
        ----------
        running : mapping of str to array-like
            An array for each name in `.running`, in its shape, finite, variances not negative.

        Raises
        ------
        ParameterError
            No mapping, or a name that is unknown or missing.
        DataError
            A wrong shape, NaN or infinity, a negative variance, or a value that float32 cannot hold.
        """
        self._running = refitted(self._running, running, "set_running", self._dtype)

    def forward(self, X: Any, *, training: bool = False) -> Real:
        """Compute the outputs of the network.

        Parameters
        ----------
        X : array-like of shape (n, n_in) or (n_in,)
            Rows, or one row; finite.
        training : bool, default False
            Whether batch norms use the statistics of these rows, and not the running ones.

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
        statistics = self._statistics(training)
        rows, is_single = self._rows(X, min_rows=int(training and bool(self._running)))
        sums = self._computation.sums(self._parameters, rows, statistics)
        outputs: Real = self._computation.outputs(sums)
        return outputs[0] if is_single else outputs

    def loss(self, X: Any, y: Any, sample_weight: Any = None, *, training: bool = False) -> float:
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
        training : bool, default False
            As for `forward`.

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
        data = self._checked(X, y, sample_weight)
        return float(self._objective(self._parameters, data, self._statistics(training)))

    def gradients(
        self, X: Any, y: Any, sample_weight: Any = None, *, training: bool = False
    ) -> dict[str, Real]:
        """Compute the derivative of the loss by every parameter.

        Parameters
        ----------
        X, y, sample_weight : array-like
            As for `loss`.
        training : bool, default False
            As for `forward`.

        Returns
        -------
        dict of str to numpy.ndarray
            The names and shapes of `.parameters`, in the network's dtype.
        """
        return self.loss_and_gradients(X, y, sample_weight, training=training)[1]

    def loss_and_gradients(
        self, X: Any, y: Any, sample_weight: Any = None, *, training: bool = False
    ) -> tuple[float, dict[str, Real]]:
        """Compute the loss and its derivative by every parameter in one go.

        Parameters
        ----------
        X, y, sample_weight : array-like
            As for `loss`.
        training : bool, default False
            As for `forward`.

        Returns
        -------
        loss : float
            What `loss` gives.
        gradients : dict of str to numpy.ndarray
            What `gradients` gives.
        """
        data = self._checked(X, y, sample_weight)
        statistics = self._statistics(training)
        return gradients_of(
            lambda inputs: self._objective(inputs, data, statistics), self._parameters
        )

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
        Computed in float64 also for a float32 network, with the running statistics of batch norms. The nodes of norms
        are called n1 (scaled) and h1 (behind the activation, where there is one), the sums of residuals s1. J has the
        outputs as parents. Where its logarithm would be taken of an output that rounds to 0 or 1 (cross_entropy,
        binary_cross_entropy), that output is shown as the nearest number at which both slopes, of the loss and of the
        activation, are finite; they cancel against each other, so that J and all gradients are those of `loss` and
        `gradients`.
        """
        from . import _tracing

        refuse_unknown(level, LEVELS, "trace: level")
        rows, targets, _ = self._checked(x, y, None)
        if len(rows) != 1:
            raise DataError(
                f"trace shows one row; got {len(rows)} rows. Use network.trace(X[i], y[i])."
            )
        targets = rows_of(targets, self.n_out)
        return _tracing.trace_row(self, rows[0], targets[0], level=level)

    def summary(self) -> str:
        """Describe the network as a table: layers, what they give and hold, and what it adds up to.

        Returns
        -------
        str
            Lines of text, for `print`.

        Examples
        --------
        >>> import ganglion as gl
        >>> from ganglion.nn import BatchNorm, Dense, Dropout, Network
        >>> layers = [Dense(4, 16), BatchNorm(16, "relu"), Dropout(0.2), Dense(16, 3, "softmax")]
        >>> print(Network(layers, "cross_entropy").summary())
        layer           output  activation  parameters                 count
        --------------------------------------------------------------------
        input                4
        Dense(4 -> 16)      16  identity    W1 (4, 16)  b1 (16,)          80
        BatchNorm(16)       16  relu        gamma1 (16,)  beta1 (16,)     32
        Dropout(0.2)        16
        Dense(16 -> 3)       3  softmax     W2 (16, 3)  b2 (3,)           51
        --------------------------------------------------------------------
        total                                                            163
        loss cross_entropy, 1.3 kB as float64, 32 running statistics; a row takes 112 multiplications
        """
        return summary_of(self)

    def __repr__(self) -> str:
        return (
            f"Network({chain_of(self)}, loss={self.loss_name!r}, {self.n_parameters:,} parameters)"
        )

    def __str__(self) -> str:
        head = f"Network with loss {self.loss_name!r}, {self.n_parameters:,} parameters"
        return "\n".join([head, *table_of(self.stages)])

    def _rows(self, X: Any, *, min_rows: int) -> tuple[Real, bool]:
        """Return X as rows (n, n_in), and whether it was one row."""
        first = cast("Dense", self.layers[0])  # any layer with inputs
        return check_rows(X, first, self._dtype, min_rows=min_rows)

    def _statistics(self, training: bool) -> Statistics:
        """Return what batch norms use."""
        return of_batch if flag(training, "Network: training") else kept(self._running)

    def _checked(self, X: Any, y: Any, sample_weight: Any) -> tuple[Real, Targets, Real | None]:
        """Return rows (n, d), targets, and what each row's loss is multiplied with before the sum."""
        rows, is_single = self._rows(X, min_rows=1)
        shape = (len(rows), self.n_out)
        loss = self.loss_function
        targets = check_targets(
            y,
            loss.targets,
            shape,
            is_single=is_single,
            dtype=self._dtype,
            each=loss.outputs_per_target,
        )
        weights = check_weights(sample_weight, len(rows))
        if weights is None:
            return rows, targets, None
        if self.reduction == "mean":
            weights = weights / np.max(weights)  # their sum could overflow
            weights /= np.sum(weights)
        return rows, targets, in_dtype(weights, self._dtype, "sample_weight")

    def _objective(
        self,
        parameters: Mapping[str, Value],
        data: tuple[Real, Targets, Real | None],
        statistics: Statistics,
    ) -> Value:
        """Return the loss as one number; what `gradients` differentiates."""
        rows, targets, weights = data
        sums = self._computation.sums(parameters, rows, statistics)
        losses_of_rows = self._computation.row_losses(sums, targets)
        if weights is not None:
            return fn.sum(losses_of_rows * weights)
        return fn.mean(losses_of_rows) if self.reduction == "mean" else fn.sum(losses_of_rows)
