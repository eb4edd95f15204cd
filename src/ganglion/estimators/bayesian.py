"""`BayesianClustering`: the posterior over all partitions as a scikit-learn estimator."""

from __future__ import annotations

from typing import Any, Self, final

import numpy as np
from numpy.typing import NDArray

from .._arrays import Labels
from .._values import check_choice
from ..cluster.bayesian import (
    PosteriorSample,
    certainty,
    expected_loss,
    point_estimate,
    sample_partitions,
)
from ..cluster.bayesian._partitions.contingency import LOSSES
from ..cluster.bayesian._partitions.draws import check_draws
from ..cluster.bayesian._rows import Rows
from ..cluster.bayesian._summing_up import n_clusters_posterior
from ..cluster.bayesian.sampling import model_of
from ..progress import Progress
from ..storage.state import State
from ._contract import CallbackSupportMixin
from ._posterior.answers import PosteriorAnswers
from ._posterior.rows import component_rows, tag_component
from ._posterior.state import bayesian_restored, bayesian_state
from ._reporting import fit_reported

Floats = NDArray[np.float64]


@final
class BayesianClustering(CallbackSupportMixin, PosteriorAnswers):
    """Cluster samples by the posterior distribution over all partitions, with scikit-learn's contract.

    How many clusters there are is part of the answer, and so is how sure that is.

    Parameters
    ----------
    prior : DirichletProcess, PitmanYor or MixtureOfFiniteMixtures, optional
        The distribution over partitions before the data are seen. By default a Dirichlet process whose concentration
        is sampled, from ``Gamma(shape=1, rate=1)``.
    component : Normal, DiagonalNormal, Multinomial, Bernoulli, Poisson, Categorical, Mixed, ..., optional
        What the samples of one cluster are distributed as; hyperparameters that it leaves open come from the data. By
        default `Normal`.
    n_draws : int, default=1000
        Draws of each chain.
    n_burn_in : int, default=500
        Sweeps before the first draw.
    n_chains : int, default=4
        Chains, each with a start and random numbers of its own. Diagnostics compare them.
    thin : int, default=1
        A draw is kept after every `thin` sweeps.
    loss : {"vi", "binder"}, default="vi"
        What `labels_` minimises the posterior expectation of: the variation of information, or Binder's loss.
    init : "auto", or array-like of shape (n_samples,) or (n_chains, n_samples), default="auto"
        Where the chains start; see `ganglion.cluster.bayesian.sample_partitions`.
    algorithm : {"auto", "gibbs", "hybrid", "subcluster", "variational"}, default="auto"
        What draws the partitions; "auto" is exact, and chosen by the size of the data.
    random_state : int, RandomState, Generator or None, default=None
        An int gives the same bits every time, whatever the number of threads.
    time_budget : float, optional
        Seconds after which sampling ends, with the draws that there are.
    checkpoint : str or path, optional
        A file that holds the run while it goes on.
    checkpoint_every : int, default=100
        Sweeps between two checkpoints.
    resume : bool, default=False
        Go on from the checkpoint, where there is one.
    record : bool, default=False
        Keep every sweep's partition in ``sample_.history``.
    memory_limit : int or str, optional
        The most memory to take, in bytes or as ``"2GB"``; by default what is there.

    Attributes
    ----------
    labels_ : ndarray of shape (n_samples,), int32
        The partition with the smallest expected loss over all draws, among all partitions; never the last state of a
        chain. Numbered by first appearance.
    n_clusters_ : int
        How many clusters it has.
    expected_loss_ : float
        Its expected loss over the draws; of "vi" in bits.
    certainty_ : ndarray of shape (n_samples,)
        For each sample, how often the draws agree with the clusters of `labels_` about it; at most 1.
    draws_ : ndarray of shape (n_chains, n_draws, n_samples)
        The partitions that were drawn, in small integers, each numbered by first appearance.
    log_posterior_ : ndarray of shape (n_chains, n_draws)
        ``log_prior + log_marginal`` of each draw, all constants included.
    similarity_ : ndarray of shape (n_samples, n_samples)
        The share of draws in which two samples are together; computed when it is first asked for.
    n_clusters_posterior_ : dict of int to float
        The share of draws with each number of clusters.
    n_components_posterior_ : dict of int to float
        The probability of each number of components, those without samples included; for `MixtureOfFiniteMixtures`.
    diagnostics_ : Diagnostics
        Whether the chains agree: R-hat, effective draws, and a verdict in words; computed when it is first asked for.
    sample_ : PosteriorSample
        Everything that sampling left: also hyperparameters, the component in numbers, and why it ended.
    n_features_in_ : int
        Number of features in `fit`.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, where X has names that are strings.

    See Also
    --------
    ganglion.cluster.bayesian.sample_partitions : The draws alone, as a plain function, with costs and references.
    ganglion.cluster.bayesian.point_estimate : How `labels_` is found.
    ganglion.cluster.bayesian.wasabi : Several partitions as a summary, where one does not do.

    Notes
    -----
    Draws come from ``p(c | X) ~ p(c) prod_k m(X_k)`` over partitions c. `labels_` is their Bayes estimate: the argument
    that minimises ``mean_b L(c_b, labels)``. Look at `diagnostics_` before believing it, and at `credible_ball` before
    quoting it: far-apart partitions can be almost as good.

    With scikit-learn 1.9 or later, ``set_callbacks`` takes its callbacks: the tree of tasks is ``fit`` - ``step``, a
    step for each sweep.

    References
    ----------
    .. [1] S. Wade, Z. Ghahramani, "Bayesian cluster analysis: point estimation and credible balls", Bayesian Analysis
       13(2), 2018. DOI 10.1214/17-BA1073.
    .. [2] D. B. Dahl, D. J. Johnson, P. Mueller, "Search algorithms and loss functions for Bayesian clustering", JCGS
       31(4), 2022. DOI 10.1080/10618600.2022.2069779.

    Examples
    --------
    >>> import ganglion as gl
    >>> X = [[0.0], [0.1], [0.2], [9.0], [9.1], [9.3]]
    >>> model = gl.BayesianClustering(n_draws=200, random_state=0).fit(X)
    >>> model.labels_.tolist()
    [0, 0, 0, 1, 1, 1]
    >>> model.predict([[0.15], [9.2]]).tolist()
    [0, 1]
    """

    def __init__(
        self,
        *,
        prior: Any = None,
        component: Any = None,
        n_draws: int = 1000,
        n_burn_in: int = 500,
        n_chains: int = 4,
        thin: int = 1,
        loss: str = "vi",
        init: Any = "auto",
        algorithm: str = "auto",
        random_state: Any = None,
        time_budget: float | None = None,
        checkpoint: Any = None,
        checkpoint_every: int = 100,
        resume: bool = False,
        record: bool = False,
        memory_limit: Any = None,
    ) -> None:
        self.prior = prior
        self.component = component
        self.n_draws = n_draws
        self.n_burn_in = n_burn_in
        self.n_chains = n_chains
        self.thin = thin
        self.loss = loss
        self.init = init
        self.algorithm = algorithm
        self.random_state = random_state
        self.time_budget = time_budget
        self.checkpoint = checkpoint
        self.checkpoint_every = checkpoint_every
        self.resume = resume
        self.record = record
        self.memory_limit = memory_limit

    def fit(self, X: Any, y: Any = None) -> Self:
        """Sample partitions, and find the one that stands for them.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            What the component describes: measurements, counts, codes. Missing cells (NaN) where it has
            ``allow_missing=True``; sparse where it is `Multinomial`.
        y : object, optional
            Not used; handed on to callbacks.

        Returns
        -------
        BayesianClustering
            The estimator itself.

        Raises
        ------
        ParameterError
            When a parameter is out of its range.
        DataError
            When X is not what the component describes.
        MemoryPlanError
            When the draws do not fit into memory.
        """
        data = {"X": X, "y": y, "sample_weight": None}
        counts: list[Any] = [self.n_burn_in, self.n_draws, self.thin]  # not checked yet
        is_counted = all(isinstance(count, int) for count in counts)
        n_steps = counts[0] + counts[1] * counts[2] if is_counted else None
        fit_reported(BayesianClustering._fit, self, data, n_starts=1, n_steps=n_steps)
        return self

    def _fit(self, X: Any, sample_weight: Any, progress: Progress | None) -> None:
        """Run `sample_partitions`, and keep what it found under scikit-learn's names."""
        check_choice("loss", self.loss, LOSSES)
        prior, component = model_of(self.prior, self.component)
        rows = component_rows(self, X, component, reset=True)
        sample = sample_partitions(
            rows,
            prior,
            component,
            n_draws=self.n_draws,
            n_burn_in=self.n_burn_in,
            n_chains=self.n_chains,
            thin=self.thin,
            init=self.init,
            algorithm=self.algorithm,
            random_state=self.random_state,
            time_budget=self.time_budget,
            checkpoint=self.checkpoint,
            checkpoint_every=self.checkpoint_every,
            resume=self.resume,
            memory_limit=self.memory_limit,
            progress=progress,
            record=self.record,
        )
        draws: Any = check_draws(sample.draws)  # once for all three
        labels = point_estimate(draws, self.loss, self.random_state)
        self._keep(rows, sample, labels)
        self.expected_loss_ = float(expected_loss(draws, labels, self.loss))
        self.certainty_ = certainty(draws, labels)

    def _keep(self, rows: Rows, sample: PosteriorSample, labels: Labels) -> None:
        """What follows from the draws and the labels without work."""
        self._rows, self.sample_, self.labels_ = rows, sample, labels
        self.draws_, self.log_posterior_ = sample.draws, sample.log_posterior
        self.n_clusters_ = int(labels.max()) + 1
        self.n_clusters_posterior_ = n_clusters_posterior(sample)
        self._similarity = None
        self._diagnostics = None

    def fit_predict(self, X: Any, y: Any = None) -> Labels:
        """Sample partitions, and return the one that stands for them.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            As in `fit`.
        y : object, optional
            Not used.

        Returns
        -------
        ndarray of shape (n_samples,), int32
            `labels_`. `predict` of the same samples may differ: it asks where one more sample like that would belong.
        """
        return self.fit(X, y).labels_

    def __sklearn_tags__(self) -> Any:
        inherited: Any = super()
        return tag_component(inherited.__sklearn_tags__(), self.component)

    def _to_state(self) -> State:
        """What a model file holds: the parameters, draws and labels, and the rows that were partitioned."""
        return bayesian_state(self)

    @classmethod
    def _from_state(cls, state: State) -> Self:
        """Build the estimator; ValueError where the state is none of its own."""
        return bayesian_restored(cls, state)
