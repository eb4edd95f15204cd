"""What estimators share that find a tree: its attributes, prediction, and its place in a model file."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, Self, cast

import numpy as np
from numpy.typing import NDArray

from .._arrays import Labels
from ..cluster._storing.cuts import take_tree, tree_state
from ..cluster._storing.records import expect
from ..cluster.tree import Tree
from ..distances import Items
from ._contract import BaseEstimator, ClusterMixin, check_is_fitted
from ._items import items_state, new_items, tag_items, take_items
from ._state import present


class TreeEstimator(ClusterMixin, BaseEstimator, ABC):
    """Base of the estimators that cut a tree."""

    metric: Any
    metric_params: Any
    memory_limit: Any
    tree_: Tree
    labels_: Labels
    n_clusters_: int
    children_: NDArray[np.int64]
    distances_: NDArray[np.float64]
    _items: Items | None

    @abstractmethod
    def fit(self, X: Any, y: Any = None) -> Self:
        """Find the tree, and cut it."""

    @abstractmethod
    def _fitted_items(self) -> Items:
        """Items of the kind that were fitted."""

    @abstractmethod
    def _labels_of(self, new: Items) -> Labels:
        """The clusters of new items."""

    def predict(self, X: Any) -> Labels:
        """Find the cluster that each new item belongs to; the class says by which rule.

        Parameters
        ----------
        X : array-like, sparse matrix, data frame or list of n_new items
            Of the kind that was fitted; with ``metric="precomputed"`` the distances (n_new, n_samples) to the items
            that were fitted.

        Returns
        -------
        ndarray of shape (n_new,), int32
            The lowest label wins a tie.
        """
        check_is_fitted(self)
        return self._labels_of(new_items(self, X, self._fitted_items()))

    def _tree_state(self, names: tuple[str, ...]) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        """What was fitted, named attributes, tree and items, as a model file holds it; empty before `fit`."""
        fitted, arrays = present(self, names), present(self, ("labels_",))
        if fitted:
            fitted["tree"], own = tree_state(self.tree_)
            arrays |= own
            if self._items is not None:
                fitted["items"], held = items_state(self._items)
                arrays |= held
        return fitted, arrays

    def _take_tree_state(
        self, fitted: dict[str, Any], arrays: dict[str, NDArray[Any]], needed: set[str]
    ) -> Tree:
        """Take over what `_tree_state` gave; ValueError where it is not that."""
        expect(set(fitted) >= needed, f"it must hold {sorted(needed)}; found {sorted(fitted)}")
        record = fitted.pop("items", None)
        tree = take_tree(fitted.pop("tree"), arrays)
        vars(cast("object", self)).update(fitted)
        self._set_tree(tree)
        self._items = None if record is None else take_items(record, arrays)
        return tree

    def _set_tree(self, tree: Tree) -> None:
        self.tree_ = tree
        self.children_ = tree.children
        self.distances_ = np.array(tree.heights)

    def __sklearn_tags__(self) -> Any:
        inherited: Any = super()
        return tag_items(inherited.__sklearn_tags__(), self.metric)
