"""Groups of documents that can take further documents: words, how rare they are, and the groups' directions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Self, cast

import numpy as np
from numpy.typing import NDArray

from ..._arrays import Labels
from ..._errors import ParameterError
from ...storage.state import State
from ._words import Weighting

Floats = NDArray[np.float64]

N_QUANTILES = 101


@dataclass(frozen=True)
class AssignedDocuments:
    """Where further documents belong.

    Attributes
    ----------
    labels : ndarray of shape (n,), int32
        The group of each; -1 where it holds no word that the model knows, or is less like its group than allowed.
    similarity : ndarray of shape (n,), float64
        Cosine with the nearest group's direction, 0 where no word is known.
    margin : ndarray of shape (n,), float64
        By how much that is more than with the next group.
    """

    labels: Labels
    similarity: Floats
    margin: Floats


@dataclass(frozen=True, kw_only=True, eq=False)
class DocumentModel:
    """What groups of documents taught, without the documents.

    A model holds words of the documents (those that at least two of them share, where there were 20 or more).

    Attributes
    ----------
    weighting : Weighting
        Terms and how rare they are.
    centers : ndarray of shape (k, n_terms), float64
        Mean direction of each group, of length 1.
    names : tuple of str
        What each group is called.
    sizes : ndarray of shape (k,), int64
        How many documents each group had.
    quantiles : ndarray of shape (k, 101), float64
        Of the similarity of its documents with its direction, from 0 % to 100 %.
    source : str
        Name of the folder or file.
    settings : dict of str to object
        How the groups were found.

    Examples
    --------
    >>> import ganglion as gl
    >>> texts = ["bread and butter", "butter on bread", "rain and wind", "wind before rain"]
    >>> model = gl.group_documents(texts, n_clusters=2, random_state=0).model
    >>> found = model.assign(["more butter on the bread", "a quiet room"])
    >>> found.labels.tolist()
    [0, -1]
    """

    weighting: Weighting
    centers: Floats
    names: tuple[str, ...]
    sizes: NDArray[np.int64]
    quantiles: Floats
    source: str
    settings: dict[str, Any] = field(default_factory=dict[str, Any])

    def __post_init__(self) -> None:
        k, d = len(self.names), len(self.weighting.terms)
        shapes = (self.centers.shape, self.sizes.shape, self.quantiles.shape)
        if k == 0 or shapes != ((k, d), (k,), (k, N_QUANTILES)) or self.weighting.idf.shape != (d,):
            raise ParameterError(
                f"A model of {k} groups and {d} terms needs centers ({k}, {d}), sizes ({k},) and quantiles "
                f"({k}, {N_QUANTILES}); got {shapes}. Pass those of one grouping."
            )
        if not all(
            np.isfinite(a).all() for a in (self.centers, self.quantiles, self.weighting.idf)
        ):
            raise ParameterError(
                "centers, quantiles and idf must be finite; got NaN or infinity. Pass those of a grouping."
            )

    def assign(self, texts: Sequence[str], *, reject: float | None = None) -> AssignedDocuments:
        """Find the group whose direction is nearest to each document.

        Parameters
        ----------
        texts : sequence of str
            The documents.
        reject : float, optional
            A share: documents that are less like their group than this share of its own documents get no group.

        Returns
        -------
        AssignedDocuments
            Groups and similarities.

        Raises
        ------
        ParameterError
            `reject` is not from 0 to 1.
        """
        if reject is not None and not 0 <= reject <= 1:
            raise ParameterError(
                f"reject must be a share from 0 to 1; got {reject!r}. 0.05 leaves out what fits worse than 95 %."
            )
        if not len(texts):
            return AssignedDocuments(np.empty(0, np.int32), np.empty(0), np.empty(0))
        rows = self.weighting.rows(texts)
        cosines = np.asarray(rows @ self.centers.T)
        labels = cosines.argmax(axis=1).astype(np.int32)
        similarity = cosines[np.arange(len(labels)), labels]
        margin = similarity - _second(cosines)
        if reject is not None:
            places = np.linspace(0.0, 1.0, N_QUANTILES)
            least = np.empty(len(self.names))
            for group, each in enumerate(self.quantiles):
                least[group] = np.interp(reject, places, each)
            labels[similarity < least[labels]] = -1
        labels[np.diff(rows.indptr) == 0] = -1
        return AssignedDocuments(labels, similarity, margin)

    def _to_state(self) -> State:
        """The numbers and terms as arrays, everything else as parameters."""
        parameters = {
            "languages": list(self.weighting.languages),
            "names": list(self.names),
            "pairs": self.weighting.pairs,
            "settings": self.settings,
            "source": self.source,
        }
        arrays: dict[str, NDArray[Any]] = {
            "centers": self.centers,
            "idf": self.weighting.idf,
            "quantiles": self.quantiles,
            "sizes": self.sizes,
            "terms": np.array(self.weighting.terms, dtype=object),
        }
        return State("DocumentModel", parameters, arrays)

    @classmethod
    def _from_state(cls, state: State) -> Self:
        """The same record; what does not fit is an error that `load` turns into one about the file."""
        found, arrays = state.parameters, state.arrays
        names, languages = _texts(found["names"]), _texts(found["languages"])
        terms = _texts(arrays["terms"].tolist())
        source, settings, pairs = found["source"], found["settings"], found["pairs"]
        if not isinstance(source, str) or not isinstance(settings, dict) or type(pairs) is not bool:
            raise TypeError("source must be a string, settings a dict, pairs a bool")
        if len(set(terms)) != len(terms):
            raise ValueError("terms must differ")
        for name in ("centers", "idf", "quantiles"):
            if arrays[name].dtype != np.float64:
                raise TypeError(f"{name} must be float64")
        if arrays["sizes"].dtype != np.int64:
            raise TypeError("sizes must be int64")
        return cls(
            weighting=Weighting(terms, arrays["idf"], pairs, languages),
            centers=arrays["centers"],
            names=names,
            sizes=arrays["sizes"],
            quantiles=arrays["quantiles"],
            source=source,
            settings=cast("dict[str, Any]", settings),
        )


def _second(cosines: Floats) -> Floats:
    """Return the second largest of each row; 0 where there is one column only."""
    if cosines.shape[1] < 2:
        return np.zeros(len(cosines))
    return np.partition(cosines, -2, axis=1)[:, -2]


def _texts(values: Any) -> tuple[str, ...]:
    """Return a list of strings as a tuple; TypeError where it holds anything else."""
    if not isinstance(values, list) or not all(
        isinstance(value, str) for value in cast("list[Any]", values)
    ):
        raise TypeError("names, languages and terms must be lists of strings")
    return tuple(cast("list[str]", values))
