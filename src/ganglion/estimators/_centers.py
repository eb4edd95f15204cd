"""What every estimator with centres does once it is fitted: predict, transform, score."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any, Self, TypeVar

import numpy as np
import numpy.typing as npt

from .._arrays import (
    Labels,
    Real,
    Samples,
    Sparse,
    check_samples,
    check_samples_or_sparse,
    check_weights,
    is_sparse,
    refuse_not_finite,
)
from .._errors import DataError, ParameterError
from ..cluster._kmeans.starts import Init
from ..cluster.prediction import distances_to_centers, nearest_and_inertia, nearest_centers
from ._contract import (
    BaseEstimator,
    CallbackSupportMixin,
    ClassNamePrefixFeaturesOutMixin,
    ClusterMixin,
    TransformerMixin,
    check_is_fitted,
    validate_data,
)

Answer = TypeVar("Answer")


class CenterEstimator(
    CallbackSupportMixin,
    ClassNamePrefixFeaturesOutMixin,
    TransformerMixin,
    ClusterMixin,
    BaseEstimator,
    ABC,
):
    """Base of the estimators that describe clusters by centres."""

    n_clusters: int
    init: Any
    n_init: Any
    random_state: Any
    cluster_centers_: Real
    labels_: Labels

    @abstractmethod
    def fit(self, X: Any, y: Any = None, sample_weight: npt.ArrayLike | None = None) -> Self:
        """Find the centres."""

    def fit_predict(
        self, X: Any, y: Any = None, sample_weight: npt.ArrayLike | None = None
    ) -> Labels:
        """Find the clusters, and return the label of each sample.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            The samples.
        y : object, optional
            Not used.
        sample_weight : array-like of shape (n_samples,), optional
            Not negative.

        Returns
        -------
        ndarray of shape (n_samples,), int32
            Equal to ``fit(X).predict(X)``.
        """
        self.fit(X, y, sample_weight=sample_weight)
        return self.labels_ if hasattr(self, "labels_") else self.predict(X)

    def predict(self, X: Any) -> Labels:
        """Find the nearest centre of each sample.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Samples with the features of those that were fitted.

        Returns
        -------
        ndarray of shape (n_samples,), int32
            The lowest index wins a tie. For the samples that were fitted this is `labels_`, bit by bit.
        """
        return self._ask(
            lambda samples: nearest_centers(samples, self.cluster_centers_, metric=self._metric), X
        )

    def transform(self, X: Any) -> Real:
        """Measure how far each sample is from each centre.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Samples with the features of those that were fitted.

        Returns
        -------
        ndarray of shape (n_samples, n_clusters)
            Euclidean distances (cosine distances with ``metric="cosine"``), computed in float64 from differences, in
            the dtype of X. Dense also where X is sparse.

        Raises
        ------
        DataError
            When a distance leaves the dtype of X.
        """
        return self._ask(self._distances, X)

    def _distances(self, samples: Samples | Sparse) -> Real:
        distances = distances_to_centers(samples, self.cluster_centers_, metric=self._metric)
        with np.errstate(over="ignore"):
            cast = distances.astype(samples.dtype, copy=False)
        if not np.isfinite(np.max(cast, initial=0)):
            raise DataError(
                f"Distances must be within {samples.dtype}; the largest is {np.max(distances):.3g}. "
                "Scale X down before fitting, or convert it to float64."
            )
        return cast

    def fit_transform(
        self, X: Any, y: Any = None, sample_weight: npt.ArrayLike | None = None
    ) -> Real:
        """Find the clusters, and return the distances to their centres.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            The samples.
        y : object, optional
            Not used.
        sample_weight : array-like of shape (n_samples,), optional
            Not negative.

        Returns
        -------
        ndarray of shape (n_samples, n_clusters)
            Equal to ``fit(X).transform(X)``.
        """
        return self.fit(X, y, sample_weight=sample_weight).transform(X)

    def score(self, X: Any, y: Any = None, sample_weight: npt.ArrayLike | None = None) -> float:
        """Return the negative inertia of samples: the higher, the better they fit the centres.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Samples with the features of those that were fitted.
        y : object, optional
            Not used.
        sample_weight : array-like of shape (n_samples,), optional
            Not negative.

        Returns
        -------
        float
            Minus the weighted sum of squared distances (cosine distances) to the nearest centres.
        """
        return self._ask(lambda samples: -self._inertia(samples, sample_weight), X)

    def _inertia(self, samples: Samples | Sparse, sample_weight: npt.ArrayLike | None) -> float:
        weights = check_weights(sample_weight, samples.shape[0])
        return nearest_and_inertia(samples, self.cluster_centers_, weights, metric=self._metric)[1]

    @property
    def _metric(self) -> str:
        """The distance that centres and samples are compared by."""
        return getattr(self, "metric", "euclidean")

    @property
    def _n_features_out(self) -> int:
        """How many columns `transform` returns; scikit-learn names them after the class."""
        return self.cluster_centers_.shape[0]

    def _validated(self, X: Any, *, reset: bool) -> Any:
        """X through scikit-learn's gate (names and numbers of features): an array of numbers, or a sparse matrix.

        NaN and infinity are left to the kernels' own pass over the data, see `_naming_columns`.
        """
        return validate_data(
            self,
            X,
            reset=reset,
            accept_sparse="csr",
            dtype="numeric",
            ensure_all_finite=False,
            order=None,
        )

    @contextmanager
    def _naming_columns(self, plain: Any) -> Generator[None, None, None]:
        """Say the name of the column where an error inside says its number."""
        try:
            yield
        except DataError:
            names = getattr(self, "feature_names_in_", None)
            if names is not None and not is_sparse(plain):
                refuse_not_finite(check_samples(plain, finite=False), names=names)
            raise

    def _ask(self, question: Callable[[Samples | Sparse], Answer], X: Any) -> Answer:
        """Put a question about samples with the features that were fitted."""
        check_is_fitted(self)
        plain = self._validated(X, reset=False)
        with self._naming_columns(plain):
            return question(check_samples_or_sparse(plain))

    def _starts(self, when_auto: int) -> int:
        """How many starts `n_init` stands for; `when_auto` where they are cheap and rough."""
        if isinstance(self.n_init, str):
            if self.n_init != "auto":
                raise ParameterError(
                    f"n_init must be 'auto' or an integer of at least 1; got {self.n_init!r}."
                )
            is_rough = self.init == "random" if isinstance(self.init, str) else callable(self.init)
            return when_auto if is_rough else 1
        return self.n_init

    def _start(self) -> Init:
        """`init` as the plain functions take it; a callable gets what scikit-learn gives it."""
        init = self.init
        return _as_scikit_learn_calls(init) if callable(init) else init

    def __sklearn_tags__(self) -> Any:
        inherited: Any = super()
        tags = inherited.__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags


def _as_scikit_learn_calls(
    init: Callable[..., Any],
) -> Callable[[Any, int, np.random.Generator], Any]:
    """A callable `init` expects a keyword and a RandomState."""

    def start(X: Any, n_clusters: int, rng: np.random.Generator) -> Any:
        return init(
            X, n_clusters, random_state=np.random.RandomState(rng.integers(2**32, dtype=np.uint32))
        )

    return start
