"""What drawings of trees share: the clusters of a cut, the names of leaves, and the words for heights."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._errors import ParameterError

if TYPE_CHECKING:
    from ..cluster.tree import Tree

LONGEST_NAME = 40


def cut_labels(
    tree: Tree, n_clusters: int | None, height: float | None, clusters: ArrayLike | None
) -> NDArray[Any] | None:
    """Return the cluster of each leaf (n,), or None where no cut was asked for."""
    asked = [value is not None for value in (n_clusters, height, clusters)]
    if sum(asked) > 1:
        raise ParameterError(
            "A drawing is cut in one way: give n_clusters, height or clusters; got "
            f"{sum(asked)} of them. Leave the others out."
        )
    if clusters is not None:
        given = np.asarray(clusters)
        if given.shape != (tree.n_leaves,) or given.dtype.kind not in "iu":
            raise ParameterError(
                f"clusters must hold one integer for each of the {tree.n_leaves} leaves; got shape {given.shape} and "
                f"dtype {given.dtype}. Pass the labels of these leaves, such as tree.cut(n_clusters=3)."
            )
        return given
    if not any(asked):
        return None
    return tree.cut(n_clusters=n_clusters, height=height)


def check_names(names: Sequence[str] | None, n: int) -> None:
    """Refuse names that are not one for each leaf."""
    if names is not None and len(names) != n:
        raise ParameterError(
            f"names must hold one name for each of the {n} leaves; got {len(names)}. Pass those of the clustered items."
        )


def short(name: str) -> str:
    """Return a name in one line that is not too long; a dollar sign is no formula."""
    line = " ".join(name.split())
    line = line if len(line) <= LONGEST_NAME else line[: LONGEST_NAME - 1] + "…"
    return line.replace("$", r"\$")


def height_words(tree: Tree) -> str:
    """Return what the heights are: of which linkage, over which distances."""
    known = [str(word) for word in (tree.method, tree.metric) if word != "unknown"]
    return f"height ({', '.join(known)})" if known else "height"
