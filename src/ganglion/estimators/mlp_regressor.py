"""`MLPRegressor`: a network of dense layers that learns numbers, as a scikit-learn estimator."""

from __future__ import annotations

from typing import Any, cast, final

from .._arrays import Real, check_weights
from .._errors import DataError
from ..nn._engine.program import Learned
from ._contract import RegressorMixin
from ._mlp.base import Encoded, NetworkEstimator, Start
from ._mlp.fit import Head
from ._mlp.fitted import Fitted
from ._mlp.heads import regression_head
from ._mlp.targets import ValueTargets, values_of


@final
class MLPRegressor(RegressorMixin, NetworkEstimator):
    """Learn numbers with a network of dense layers, with scikit-learn's contract.

    Parameters
    ----------
    loss : str, gl.nn.Loss or callable, default="squared_error"
        ``"squared_error"``, ``"absolute_error"``, ``"poisson"``, a name in `gl.nn.losses` for numbers, a record made
        there with numbers of its own, or a function ``(outputs, targets) -> loss of each row``.
    hidden_layer_sizes : sequence of int, int or str, default=(100,)
        Neurons of each hidden layer; ``()`` for none. Text such as ``"64-32"`` serves searches.
    activation : str, callable or sequence of them, default="relu"
        A name in `gl.nn.activations` (also ``"logistic"``), or a function written with NumPy's functions; one for all
        hidden layers or one for each.
    solver : str or optimiser, default="adam"
        ``"adam"``, ``"sgd"``, ``"lbfgs"``, ``"adamw"``, ``"nadam"``, ``"rmsprop"``, ``"muon"`` and
        ``"levenberg_marquardt"`` (squared errors, small networks), made from the parameters below, or an object such as
        ``gl.nn.AdamW(0.01, weight_decay=0.1)``, which is copied.
    alpha : float, default=0.0001
        Strength of the penalty on the weights: ``alpha / 2 * sum(W ** 2)``, divided by the weight of a batch's rows, is
        added to its loss.
    batch_size : int or "auto", default="auto"
        Rows in a batch, at most n_samples; ``"auto"`` is 200.
    learning_rate : {"constant", "invscaling", "adaptive"}, schedule or callable, default="constant"
        ``"invscaling"``: `learning_rate_init` divided by ``(t + 1) ** power_t`` after t rows; ``"adaptive"``: divided
        by 5 where the stopping rule would end the fit, until it is 1e-6. As in scikit-learn both are for
        ``solver="sgd"``. An object of `gl.nn.schedules` sets the rate of every step, with every solver.
    learning_rate_init : float, default=0.001
        The learning rate at the start.
    power_t : float, default=0.5
        The exponent of ``"invscaling"``.
    max_iter : int, default=200
        At most this many epochs (iterations of methods that look at all rows at once).
    shuffle : bool, default=True
        Draw a new order of the rows for each epoch.
    random_state : int, RandomState, Generator or None, default=None
        Where first weights, held-out rows, orders and dropout are drawn from. An int gives the same bits every time, on
        every machine and number of threads.
    tol : float, default=1e-4
        What an epoch must gain over the best one; for ``"lbfgs"`` the largest gradient at which it has converged. 0
        with a large `n_iter_no_change` makes exactly `max_iter` epochs.
    verbose : bool or int, default=False
        Show a line with epoch, loss, metric, learning rate and time left, on the standard error.
    warm_start : bool, default=False
        Go on from the weights of the fit before, and its curves with it.
    momentum : float, default=0.9
        Of ``"sgd"``; from 0 to below 1.
    nesterovs_momentum : bool, default=True
        Whether ``"sgd"`` looks ahead.
    early_stopping : bool, default=False
        Judge each epoch on `eval_set`, or on rows that are held out, stop when the metric becomes no better, and go
        back to the weights of the best epoch.
    validation_fraction : float, default=0.1
        The share of the rows that is held out, of each class alike.
    beta_1, beta_2, epsilon : float, default=0.9, 0.999 and 1e-8
        Of ``"adam"`` and its relatives.
    n_iter_no_change : int or inf, default=10
        Stop after more than this many epochs in a row that gain less than `tol`.
    max_fun : int, default=15000
        ``"lbfgs"`` ends with the iteration in which the loss has been computed this often.
    dropout : float or sequence of float, default=0.0
        In training, the share of each hidden layer's outputs that is zeroed; one for all layers or one for each.
    metric : str, scorer or callable, optional
        What `early_stopping` looks at, and `validation_scores_` holds: a name in `gl.nn.metrics`, ``"loss"``, a scorer
        of scikit-learn or its name, or a function of (y, predictions), larger where better. By default R2.
    missing : {"auto", "error", "impute"}, default="auto"
        What to do about missing values. ``"impute"``: the median in their place, and an input of zeros and ones that
        says where. ``"error"``: refuse them. ``"auto"``: impute in data frames, refuse in arrays.
    scale : {"auto", "none", "standard", "robust"}, default="auto"
        How numbers are scaled before they enter the network. ``"auto"``: standard where a data frame holds texts or
        gaps, since no pipeline can do it then, and none elsewhere. Statistics count every row once, whatever its
        weight.
    dtype : {"float32", "float64"}, optional
        What the network computes in; by default float32 where X is, else float64.
    callbacks : callable or list of callables, optional
        Called after each epoch, after its checkpoint, with a record: ``.epoch`` (from 1), ``.loss``,
        ``.validation_loss``, ``.metric``, ``.learning_rate``, ``.model`` (this estimator, ready to predict). True
        stops. Model files leave them out.
    checkpoint : str or path, optional
        A file that holds the whole state of the training, replaced after epochs.
    checkpoint_every : int, default=1
        How many epochs lie between two checkpoints.
    resume : bool, default=False
        Go on from the checkpoint if there is one: the bits are those of a fit that was never interrupted. A larger
        `max_iter` goes on; a finished fit stays as it is; other data or settings are refused.

    Attributes
    ----------
    coefs_ : list of ndarray of shape (n_in, n_out)
        The weights of each layer. Who writes into them changes the predictions.
    intercepts_ : list of ndarray of shape (n_out,)
        The biases of each layer.
    network_ : gl.nn.Network
        The network itself: ``model.network_.trace(x, y)`` shows how the loss of a row comes about.
    inputs_ : list of str
        The name of each input of the network; more than there are columns where texts and gaps are encoded.
    n_iter_ : int
        Epochs of the last fit; 1 after `partial_fit`.
    t_ : int
        Rows that were learned from, counted in every epoch.
    loss_ : float
        The loss of the last epoch, penalty included.
    best_loss_ : float or None
        The smallest one; None with early stopping.
    loss_curve_ : list of float
        The loss of each epoch (iteration), over its batches as they were met.
    validation_loss_curve_ : list of float or None
        The loss on `eval_set`, or on the held-out rows, after each epoch.
    validation_scores_ : list of float or None
        The metric there after each epoch, with early stopping or a `metric`.
    best_validation_score_ : float or None
        The best of them; with early stopping that of the weights that were kept.
    stopped_by_ : {"epochs", "patience", "callback", "converged", "interrupted"}
        Why the fit ended.
    n_layers_ : int
        Layers, inputs and outputs included.
    n_outputs_ : int
        Outputs of the network.
    out_activation_ : str
        What makes predictions of the last sums, in scikit-learn's words.
    n_features_in_ : int
        Number of features in `fit`.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, where X has names that are strings.

    See Also
    --------
    MLPClassifier : Learns labels.
    ganglion.nn.train : The training loop, for networks of any layers.

    Notes
    -----
    The loss of a batch is the weighted mean over its rows of ``sum((prediction - y) ** 2) / 2``, or of another loss,
    plus the penalty. The work is done by `gl.nn.train`'s loop; one row is predicted with the bits that it has among
    others, and all bits are the same for every number of threads. Time for an epoch and memory are those of
    `gl.nn.train`.

    Departures from scikit-learn: weights start as there for relu, tanh, logistic and identity and as `gl.nn.Network`
    has them for others, biases start at 0; the rules of the solvers are torch's, which differ where a learning rate
    changes under momentum, and in the place of `epsilon`; reaching `max_iter` is told by `stopped_by_` and not by a
    warning; ``"lbfgs"`` stops early too where it is asked to; a sparse X is made dense.

    With several targets the squared errors are added up, in `loss_curve_` as in the gradient; scikit-learn shows their
    mean and follows the gradient of their sum. The Poisson loss leaves out what depends on y alone.

    References
    ----------
    .. [1] D. Kingma and J. Ba, "Adam: a method for stochastic optimization", ICLR 2015. arXiv:1412.6980. Algorithm 1.

    Examples
    --------
    >>> import ganglion as gl
    >>> X, y = [[0.0], [1.0], [2.0], [3.0]], [1.0, 3.0, 5.0, 7.0]
    >>> model = gl.MLPRegressor(hidden_layer_sizes=(), solver="lbfgs", alpha=0.0).fit(X, y)
    >>> model.predict([[10.0]]).round(3)
    array([21.])
    """

    @property
    def _default_metric(self) -> str:
        """What early stopping looks at: scikit-learn's score; the loss where a target has several predictions."""
        return "r2" if regression_head(self.loss, 1).is_one_each else "loss"

    def __init__(
        self,
        loss: Any = "squared_error",
        hidden_layer_sizes: Any = (100,),
        activation: Any = "relu",
        *,
        solver: Any = "adam",
        alpha: float = 0.0001,
        batch_size: Any = "auto",
        learning_rate: Any = "constant",
        learning_rate_init: float = 0.001,
        power_t: float = 0.5,
        max_iter: int = 200,
        shuffle: bool = True,
        random_state: Any = None,
        tol: float = 1e-4,
        verbose: Any = False,
        warm_start: bool = False,
        momentum: float = 0.9,
        nesterovs_momentum: bool = True,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        n_iter_no_change: Any = 10,
        max_fun: int = 15000,
        dropout: Any = 0.0,
        metric: Any = None,
        missing: str = "auto",
        scale: str = "auto",
        dtype: Any = None,
        callbacks: Any = None,
        checkpoint: Any = None,
        checkpoint_every: int = 1,
        resume: bool = False,
    ) -> None:
        self.hidden_layer_sizes, self.activation, self.dropout = (
            hidden_layer_sizes,
            activation,
            dropout,
        )
        self.solver, self.alpha, self.batch_size = solver, alpha, batch_size
        self.learning_rate, self.learning_rate_init, self.power_t = (
            learning_rate,
            learning_rate_init,
            power_t,
        )
        self.max_iter, self.tol, self.max_fun = max_iter, tol, max_fun
        self.shuffle, self.random_state, self.warm_start = shuffle, random_state, warm_start
        self.momentum, self.nesterovs_momentum = momentum, nesterovs_momentum
        self.early_stopping, self.validation_fraction = early_stopping, validation_fraction
        self.beta_1, self.beta_2, self.epsilon = beta_1, beta_2, epsilon
        self.n_iter_no_change, self.metric = n_iter_no_change, metric
        self.missing, self.scale, self.dtype = missing, scale, dtype
        self.callbacks, self.verbose = callbacks, verbose
        self.checkpoint, self.checkpoint_every, self.resume = checkpoint, checkpoint_every, resume
        self.loss = loss

    def predict(self, X: Any) -> Real:
        """Return the predicted numbers of each sample.

        Parameters
        ----------
        X : array-like, data frame or sparse matrix of shape (n_samples, n_features)
            Samples with the features of those that were fitted.

        Returns
        -------
        ndarray of shape (n_samples,) or (n_samples, n_outputs)
            In the shape that y had, and the dtype of the network.

        Notes
        -----
        A sample has the same bits alone and among others.
        """
        outputs = self._outputs(X)
        return self._decoded(self._fitted, outputs)

    def _decoded(self, fitted: Fitted, outputs: Real) -> Real:
        """Return the numbers that outputs stand for."""
        targets = cast("ValueTargets", fitted.targets)
        head = regression_head(self.loss, targets.n_outputs)
        values = head.predicted(outputs)
        return values[:, 0] if targets.is_flat and head.is_one_each else values

    @property
    def _gives_outputs(self) -> bool:
        """Whether predictions are the outputs of the network themselves."""
        return regression_head(self.loss, 1).is_plain

    @staticmethod
    def _accepts(targets: Any) -> bool:
        """Whether these are targets of a regressor."""
        return isinstance(targets, ValueTargets)

    def _targets_of(self, y: Any, sample_weight: Any, n: int, start: Start) -> Encoded:
        values, is_flat = values_of(y, n)
        targets = cast("ValueTargets", start.targets or ValueTargets(values.shape[1], is_flat))
        _refuse_other_width(values, targets)
        return Encoded(targets, values, check_weights(sample_weight, n), None)

    def _classes_ahead(self, y: Any, classes: Any, known: Any) -> Any:
        return known

    def _judged_on(self, y: Any, n: int, targets: Any) -> Any:
        values, _ = values_of(y, n)
        _refuse_other_width(values, targets)
        return values

    def _truth_of(self, targets: Any, held: Learned) -> Any:
        rows = cast("Real", held.targets)
        return rows[:, 0] if targets.is_flat else rows

    def _head_of(self, targets: Any) -> Head:
        return regression_head(self.loss, targets.n_outputs).head


def _refuse_other_width(values: Real, targets: ValueTargets) -> None:
    """Raise where there are more or fewer targets a row than were learned."""
    if values.shape[1] != targets.n_outputs:
        raise DataError(
            f"y must hold {targets.n_outputs} number(s) for each row, as in the first fit; got {values.shape[1]}."
        )
