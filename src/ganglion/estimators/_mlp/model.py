"""A fitted network behind an estimator: its weights, its outputs for samples, and the way into files."""

from __future__ import annotations

from abc import ABC, abstractmethod
from math import isfinite
from typing import Any, Self

import numpy as np

from ..._arrays import Real
from ..._errors import ParameterError
from ...nn.exporting._blueprint import Blueprint, blueprint_of
from ...nn.network import Network
from ...storage.state import State
from .._contract import BaseEstimator, check_is_fitted
from .fit import Head
from .fitted import Fitted, attributes_of
from .inputs import InputRules, blocks_of, further_rows
from .state import estimator_from, state_of_network


class NetworkModel(BaseEstimator, ABC):
    """What a fitted network offers, whichever targets it learned."""

    _default_metric: Any  # what early stopping looks at: a name, "loss" for the loss
    _gives_outputs: Any  # whether predictions are the outputs of the network themselves
    _fitted: Fitted
    loss: Any
    missing: str
    scale: str
    n_features_in_: int
    n_outputs_: int
    n_layers_: int
    out_activation_: str

    def __sklearn_is_fitted__(self) -> bool:
        """Whether `fit` or `partial_fit` has trained a network."""
        return hasattr(self, "_fitted")

    def __sklearn_tags__(self) -> Any:
        inherited: Any = super()
        tags = inherited.__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.input_tags.allow_nan = self.missing == "impute"
        return tags

    @property
    def coefs_(self) -> list[Real]:
        """The weights of each layer, (n_in, n_out)."""
        return self._shown().coefs

    @coefs_.setter
    def coefs_(self, value: Any) -> None:
        self._shown().coefs[:] = value

    @property
    def intercepts_(self) -> list[Real]:
        """The biases of each layer, (n_out,)."""
        return self._shown().intercepts

    @intercepts_.setter
    def intercepts_(self, value: Any) -> None:
        self._shown().intercepts[:] = value

    @property
    def inputs_(self) -> list[str]:
        """The name of each input of the network: those of the columns, where they are taken as they are."""
        fitted = self._known()
        if fitted.encoding is not None:
            return list(fitted.encoding.names)
        names = getattr(self, "feature_names_in_", None)
        return [f"x{at}" for at in range(fitted.network.n_in)] if names is None else list(names)

    @property
    def network_(self) -> Network:
        """The network itself: to trace a row, to look at gradients, to store or to export it."""
        shown = self._shown()
        shown.take_back()
        return shown.network

    @abstractmethod
    def _decoded(self, fitted: Fitted, outputs: Real) -> Any:
        """Return what the outputs (n, k) of the network stand for: labels, or numbers."""

    def _to_state(self) -> State:
        """What a model file holds."""
        return state_of_network(self)

    @classmethod
    def _from_state(cls, state: State) -> Self:
        """Build the estimator; ValueError where the state is none of its own."""
        return estimator_from(cls, state)

    def _blueprint(self) -> Blueprint:
        """What `gl.export` writes."""
        check_is_fitted(self)
        if not self._gives_outputs:
            raise ParameterError(
                f"export writes what the network gives; predictions of this {type(self).__name__} are made from it by "
                "one more step. Export its network_, and take that step in your program."
            )
        fitted = self._fitted
        fitted.take_back()
        return blueprint_of(
            fitted.network,
            names=attributes_of(self).get("feature_names_in_"),
            columns=() if fitted.encoding is None else fitted.encoding.columns,
            decision=fitted.decision,
        )

    @abstractmethod
    def _head_of(self, targets: Any) -> Head:
        """Return what stands behind the hidden layers."""

    def _known(self) -> Fitted:
        """Return what was fitted, or say that nothing was, as an attribute that is missing."""
        fitted: Fitted | None = attributes_of(self).get("_fitted")
        if fitted is None:
            raise AttributeError(
                f"This {type(self).__name__} has no weights yet. Call fit(X, y) first."
            )
        return fitted

    def _shown(self) -> Fitted:
        """Return what was fitted to somebody who may write into it."""
        fitted = self._known()
        fitted.is_shown = True
        return fitted

    def _rules(self, fitted: Fitted) -> InputRules:
        return InputRules(self.missing, self.scale, fitted.dtype)

    def _outputs(self, X: Any) -> Real:
        """Return the outputs (n, k) of the network; an array of its own kind takes the short way."""
        own = attributes_of(self)
        if "_fitted" not in own:
            check_is_fitted(self)
        fitted: Fitted = own["_fitted"]
        if (
            type(X) is np.ndarray
            and X.ndim == 2
            and X.dtype == fitted.dtype
            and X.shape[1] == fitted.network.n_in
            and len(X)
            and fitted.encoding is None
            and "feature_names_in_" not in own
            and isfinite(np.add.reduce(X, axis=None))
        ):
            return fitted.outputs(np.ascontiguousarray(X))
        rules = self._rules(fitted)
        parts = [
            fitted.outputs(further_rows(self, block, fitted.encoding, rules))
            for block in blocks_of(X)
        ]
        return parts[0] if len(parts) == 1 else np.concatenate(parts)
