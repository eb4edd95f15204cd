"""A tree as a record: its merges, how they were chosen, and what follows from them at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..._errors import ParameterError
from ..._native import core
from ...storage.state import State
from .merges import Merges, check_leaf, check_merges, check_prototypes


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class TreeRecord:
    """What a `Tree` holds, its nodes by number, and its other spellings."""

    merges: Merges
    method: str = "unknown"
    metric: str = "unknown"
    prototypes: NDArray[np.int64] | None = None
    items: Any = None

    def __post_init__(self) -> None:
        for name in ("method", "metric"):
            if not isinstance(getattr(self, name), str):
                raise ParameterError(f"{name} must be a string; got {getattr(self, name)!r}.")
        merges = check_merges(self.merges)
        object.__setattr__(self, "merges", merges)
        object.__setattr__(self, "prototypes", check_prototypes(self.prototypes, len(merges)))

    @classmethod
    def from_scipy(cls, Z: ArrayLike, *, method: str = "unknown", metric: str = "unknown") -> Self:
        """Take over a linkage matrix that SciPy or fastcluster made.

        Parameters
        ----------
        Z : array-like of shape (n_leaves - 1, 4)
            The linkage matrix; copied.
        method, metric : str
            What it was made with, for the record.

        Returns
        -------
        Tree
            The same tree.

        Raises
        ------
        DataError
            Z is no tree; the error names the first row that is wrong.

        Examples
        --------
        >>> from ganglion.cluster import Tree
        >>> Tree.from_scipy([[0, 2, 0.5, 2], [1, 3, 2.0, 3]]).cut(n_clusters=2).tolist()
        [0, 1, 0]
        """
        return cls(merges=check_merges(Z), method=method, metric=metric)

    @property
    def n_leaves(self) -> int:
        """How many leaves there are."""
        return len(self.merges) + 1

    @property
    def children(self) -> NDArray[np.int64]:
        """The two nodes of each merge (n_leaves - 1, 2), the lower number first."""
        return self.merges[:, :2].astype(np.int64)

    @property
    def heights(self) -> NDArray[np.float64]:
        """The height of each merge (n_leaves - 1,)."""
        return self.merges[:, 2]

    @property
    def sizes(self) -> NDArray[np.int64]:
        """How many leaves are below each merge (n_leaves - 1,)."""
        return self.merges[:, 3].astype(np.int64)

    @property
    def parents(self) -> NDArray[np.int64]:
        """For each node (2 n_leaves - 1,) the node that it is joined to; -1 for the last."""
        parents = np.full(2 * self.n_leaves - 1, -1, dtype=np.int64)
        parents[self.children] = self.n_leaves + np.arange(len(self.merges))[:, None]
        return parents

    @property
    def is_monotone(self) -> bool:
        """Whether no merge is lower than one below it; centroid and median trees may have such inversions."""
        heights = np.concatenate([np.zeros(self.n_leaves), self.heights])
        return bool(np.all(heights[self.children].max(axis=1, initial=0.0) <= self.heights))

    def ancestors(self, leaf: int) -> NDArray[np.int64]:
        """List the nodes above a leaf.

        Parameters
        ----------
        leaf : int
            From 0 to n_leaves - 1.

        Returns
        -------
        ndarray of shape (depth,), int64
            Nodes, numbered as in `merges`, from the leaf's first merge to the last one; without the leaf.

        Raises
        ------
        ParameterError
            There is no such leaf.

        Examples
        --------
        >>> from ganglion.cluster import Tree
        >>> Tree.from_scipy([[0, 1, 1, 2], [2, 3, 3, 3]]).ancestors(1).tolist()
        [3, 4]
        """
        check_leaf(leaf, self.n_leaves)
        parents, above = self.parents, list[int]()
        node = int(parents[leaf])
        while node >= 0:
            above.append(node)
            node = int(parents[node])
        return np.array(above, dtype=np.int64)

    def to_newick(self, names: Sequence[str] | None = None) -> str:
        """Write the tree in the Newick format.

        Parameters
        ----------
        names : sequence of str, optional
            A name for each leaf; the numbers by default.

        Returns
        -------
        str
            The tree, ending in ";". Names that hold blanks, quotes or signs of the format are quoted. A branch is as
            long as the heights of its ends are apart, leaves having height 0; at an inversion that is negative.

        Raises
        ------
        ParameterError
            There is not one name for each leaf.

        Examples
        --------
        >>> from ganglion.cluster import Tree
        >>> Tree.from_scipy([[0, 1, 1, 2], [2, 3, 3, 3]]).to_newick(["a", "b", "c d"])
        "('c d':3,(a:1,b:1):2);"
        """
        listed = [] if names is None else [str(name) for name in names]
        if names is not None and len(listed) != self.n_leaves:
            raise ParameterError(
                f"names must hold one name for each of {self.n_leaves} leaves; got {len(listed)}."
            )
        return core.tree_newick(self.merges, listed)

    def to_scipy(self) -> NDArray[np.float64]:
        """Return a copy of `merges` that may be written to: SciPy's linkage matrix.

        Returns
        -------
        ndarray of shape (n_leaves - 1, 4)
            As `scipy.cluster.hierarchy` takes it.
        """
        return self.merges.copy()

    def __repr__(self) -> str:
        leaves = f"{self.n_leaves} leaves" if self.n_leaves != 1 else "1 leaf"
        heights = self.heights
        parts = [leaves, f"method={self.method!r}", f"metric={self.metric!r}"]
        if len(heights):
            parts.append(f"heights {heights.min():.6g} to {heights.max():.6g}")
        if not self.is_monotone:
            parts.append("with inversions")
        return f"Tree({', '.join(parts)})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, TreeRecord):
            return NotImplemented
        return (
            (self.method, self.metric) == (other.method, other.metric)
            and np.array_equal(self.merges, other.merges)
            and (self.prototypes is None) == (other.prototypes is None)
            and (
                self.prototypes is None
                or other.prototypes is None
                or np.array_equal(self.prototypes, other.prototypes)
            )
        )

    def __hash__(self) -> int:
        return hash((self.method, self.metric, self.merges.tobytes()))

    def _to_state(self) -> State:
        """Merges and prototypes; the items stay behind."""
        arrays: dict[str, NDArray[Any]] = {"merges": self.merges.copy()}
        if self.prototypes is not None:
            arrays["prototypes"] = self.prototypes.copy()
        return State("Tree", {"method": self.method, "metric": self.metric}, arrays)

    @classmethod
    def _from_state(cls, state: State) -> Self:
        """The tree that a model file holds; ValueError where it holds none."""
        if (
            set(state.parameters) != {"method", "metric"}
            or not {"merges"} <= set(state.arrays) <= {"merges", "prototypes"}
            or state.arrays["merges"].dtype != np.float64
        ):
            raise ValueError(
                "a tree is a method, a metric and float64 merges, and may have prototypes"
            )
        return cls(
            merges=state.arrays["merges"],
            method=state.parameters["method"],
            metric=state.parameters["metric"],
            prototypes=state.arrays.get("prototypes"),
        )
