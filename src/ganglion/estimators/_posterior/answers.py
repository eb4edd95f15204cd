"""What a fitted posterior over partitions answers: how sure, how far off, and where new samples belong."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..._arrays import Labels
from ..._random import generator
from ..._values import check_count
from ...cluster.bayesian import (
    CredibleBall,
    Diagnostics,
    Membership,
    MixtureOfFiniteMixtures,
    PosteriorSample,
    credible_ball,
    diagnose,
    membership,
    similarity,
    to_arviz,
)
from ...cluster.bayesian._rows import Rows
from ...cluster.bayesian._summing_up import n_components_posterior
from ...cluster.bayesian.prediction import predictive_rows
from .._contract import BaseEstimator, ClusterMixin, check_is_fitted
from .rows import component_rows

Floats = NDArray[np.float64]

_NO_CHAINS = (
    "Not converged: the draws come from a variational approximation, which is too sure of itself and has no "
    'chains that could disagree. Use algorithm="gibbs" or "hybrid" for the posterior.'
)

_NOT_EXACT = (
    "Splits and merges of sub-clusters are not exact, so this is about the posterior only nearly."
)


class PosteriorAnswers(ClusterMixin, BaseEstimator):
    """Base of the estimator that draws partitions: everything that is asked of the draws."""

    loss: Any
    random_state: Any
    memory_limit: Any
    sample_: PosteriorSample
    draws_: NDArray[Any]
    labels_: Labels
    _rows: Rows
    _similarity: Floats | None
    _diagnostics: Diagnostics | None

    @property
    def similarity_(self) -> Floats:
        """Share of draws (n_samples, n_samples) in which two samples are together; computed at the first access."""
        check_is_fitted(self)
        if self._similarity is None:
            self._similarity = similarity(self.draws_, memory_limit=self.memory_limit)
        return self._similarity

    @property
    def diagnostics_(self) -> Diagnostics:
        """Whether the chains agree: R-hat, effective draws and a verdict; computed at the first access."""
        check_is_fitted(self)
        if self._diagnostics is None:
            sample = self.sample_
            found = diagnose(sample.draws, sample.log_posterior, reference=self.labels_)
            if sample.algorithm == "variational":
                found = replace(found, verdict="not converged", sentence=_NO_CHAINS)
            if sample.algorithm == "subcluster":
                found = replace(found, sentence=f"{found.sentence} {_NOT_EXACT}")
            self._diagnostics = found
        return self._diagnostics

    @property
    def n_components_posterior_(self) -> dict[int, float]:
        """Probability of each number of components, for `MixtureOfFiniteMixtures`."""
        check_is_fitted(self)
        if not isinstance(self.sample_.prior, MixtureOfFiniteMixtures):
            raise AttributeError(
                f"n_components_posterior_ is there for MixtureOfFiniteMixtures; this is a "
                f"{type(self.sample_.prior).__name__}, which has infinitely many components. "
                "Look at n_clusters_posterior_."
            )
        return n_components_posterior(self.sample_)

    def credible_ball(self, level: float = 0.95) -> CredibleBall:
        """Find how far the posterior reaches around `labels_`, and what lies at its border.

        Parameters
        ----------
        level : float, default=0.95
            The share of the draws that the ball must hold, above 0 and at most 1.

        Returns
        -------
        CredibleBall
            Centre, radius under the model's loss, and the draws at its horizontal, upper and lower bounds.
        """
        check_is_fitted(self)
        return credible_ball(self.draws_, self.labels_, level, loss=self.loss)

    def predict_proba(self, X: Any) -> Floats:
        """Say to which clusters new samples belong, averaged over all draws.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (m, n_features)
            New samples.

        Returns
        -------
        ndarray of shape (m, n_clusters_ + 1)
            Probability of each cluster of `labels_`, and last of a new one. Rows sum to 1.
        """
        return self._membership(X).probabilities

    def predict(self, X: Any) -> Labels:
        """Find the most probable cluster of new samples.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (m, n_features)
            New samples.

        Returns
        -------
        ndarray of shape (m,), int32
            The column of `predict_proba` with the largest value, the first of equals; `n_clusters_` is a new cluster.
        """
        return self.predict_proba(X).argmax(axis=1).astype(np.int32)

    def score_samples(self, X: Any) -> Floats:
        """Return the log posterior predictive density of new samples.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (m, n_features)
            New samples.

        Returns
        -------
        ndarray of shape (m,)
            Log of the mean density over all draws.
        """
        return self._membership(X).log_density

    def score(self, X: Any, y: Any = None) -> float:
        """Return the mean log posterior predictive density of new samples.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (m, n_features)
            New samples.
        y : object, optional
            Not used.

        Returns
        -------
        float
            The higher, the better the draws foresee the samples.
        """
        return float(np.mean(self.score_samples(X)))

    def sample(self, n_samples: int = 1) -> tuple[Floats, Labels]:
        """Draw new samples from the posterior predictive distribution.

        Parameters
        ----------
        n_samples : int, default=1
            How many.

        Returns
        -------
        X : ndarray of shape (n_samples, n_features)
            New samples, dense. Rows of counts have the totals of rows of the fit.
        labels : ndarray of shape (n_samples,), int32
            Their clusters among `labels_`; `n_clusters_` is a new one.

        Notes
        -----
        An integer `random_state` gives the same samples at every call, as in scikit-learn's mixtures.
        """
        check_is_fitted(self)
        check_count("n_samples", n_samples)
        rng = generator(self.random_state)
        return predictive_rows(int(n_samples), self._rows, self.sample_, self.labels_, rng)

    def to_arviz(self) -> Any:
        """Return what chains can be looked at by in ArviZ, which must be installed.

        Returns
        -------
        arviz.InferenceData
            See `ganglion.cluster.bayesian.to_arviz`.
        """
        check_is_fitted(self)
        return to_arviz(self.sample_)

    def _membership(self, X: Any) -> Membership:
        check_is_fitted(self)
        new = component_rows(self, X, self.sample_.component, reset=False)
        return membership(new, self._rows, self.sample_, self.labels_)

    def __dir__(self) -> list[str]:
        """The names, without asking for values: scikit-learn would compute all that waits to be asked for."""
        return sorted(object.__dir__(self))
