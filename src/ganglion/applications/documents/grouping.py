"""Documents in groups: duplicates first, then words, then how many groups, the groups, and what they are about."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..._errors import GanglionWarning, ParameterError
from ..._memory import check_memory
from ..._random import RandomState, generator
from ..._values import check_count
from ...cluster import linkage
from ...data._words import number_words
from ...data.documents import Documents, documents_from_texts
from ...data.languages import guess_languages
from ._finishing import Work, finished
from ._latent import latent_axes
from ._number_of_groups import choose_number
from ._spherical import Partition, directions, spherical_groups, unit
from ._words import TOGETHER, Weighting, content_words, learn_weighting, main_languages
from .duplicates import Duplicates, duplicates_of
from .records import DocumentGroups

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Method = Literal["kmeans", "ward", "average"]

METHODS = ("kmeans", "ward", "average")
_AXES = 50
_SEEDS = 2**63


def group_documents(
    documents: Documents | Sequence[str],
    *,
    n_clusters: int | None = None,
    method: Method = "kmeans",
    max_clusters: int = 25,
    pairs: bool = False,
    min_documents: int | None = None,
    duplicates: float = 0.8,
    random_state: RandomState = None,
) -> DocumentGroups:
    """Group documents by their words.

    Parameters
    ----------
    documents : Documents or sequence of str
        The documents, as from `ganglion.data.read_documents`, or texts.
    n_clusters : int, optional
        The number of groups; by default it is chosen, from 1 to `max_clusters`.
    method : {"kmeans", "ward", "average"}
        Spherical k-means, or a tree on the documents' latent axes that is cut into groups.
    max_clusters : int, default=25
        The most groups that are tried where the number is chosen.
    pairs : bool, default=False
        Whether pairs of neighbouring words are terms too.
    min_documents : int, optional
        A term must be in this many different documents; by default in 2, or in 1 where there are fewer than 20.
    duplicates : float, default=0.8
        Least similarity of near duplicates, as for `find_duplicates`; 1 finds equal ones only.
    random_state : int, Generator, RandomState or None
        Seed of the starts. One seed, one answer, to the bit, at any number of threads.

    Returns
    -------
    DocumentGroups
        The group of each document, what each group is about, and a model for further documents.

    Raises
    ------
    DataError
        No document, something that is no text, or no word that two documents share.
    ParameterError
        More groups than different documents; a parameter outside of its range.
    MemoryPlanError
        The documents do not fit into memory.

    Notes
    -----
    Of documents that say the same the first stands for all of them: a text that was copied a hundred times is no topic.
    The others get its group.

    A document is a row of (1 + ln tf) (ln((1 + n) / (1 + df)) + 1) for each of its terms, brought to length 1, without
    function words of its language and terms of more than half of the documents. Its groups minimise the sum of
    1 - x c over documents x with their group's direction c (spherical k-means [1]_). Where to begin is found
    on the 50 leading singular vectors [2]_, by k-means from 10 starts on unit vectors; from documents drawn at random
    spherical k-means ends in visibly worse groups, since two short texts on one topic may share no word.

    The number of groups is the smallest with which documents are, within two standard errors, as near to the *rest* of
    their group, compared with the next group, as with the best number; at most 2,000 documents are looked at. It is 1
    where documents whose words were shuffled come as near.

    Time O(w) for w words in all, and O(nnz (50 + k)) a step for nnz terms of all documents; 20,000 texts of 16 words
    take a second. Memory O(w + n (50 + k) + k terms).

    References
    ----------
    .. [1] I. S. Dhillon and D. S. Modha, "Concept decompositions for large sparse text data using clustering", Machine
       Learning 42, 2001, doi:10.1023/A:1007612920971, section 3.
    .. [2] N. Halko, P. G. Martinsson and J. A. Tropp, "Finding structure with randomness", SIAM Review 53(2), 2011,
       doi:10.1137/090771806, algorithm 4.4.

    Examples
    --------
    >>> import ganglion as gl
    >>> texts = ["bread and butter", "butter on bread", "rain and wind", "wind before rain"]
    >>> found = gl.group_documents(texts, n_clusters=2, random_state=0)
    >>> found.labels.tolist(), [group.name for group in found.groups]
    ([0, 0, 1, 1], ['bread, butter', 'rain, wind'])
    """
    given = documents if isinstance(documents, Documents) else documents_from_texts(documents)
    _check(n_clusters, method, max_clusters, min_documents)
    seeds = generator(random_state).integers(_SEEDS, size=3).tolist()
    same, languages, weighting, rows, kept = _weighed(given.texts, duplicates, pairs, min_documents)
    _check_enough(rows, n_clusters)
    _check_memory(rows, n_clusters or max_clusters)
    with warnings.catch_warnings():
        # Starts that find fewer groups than asked for are told by the groups themselves.
        warnings.simplefilter("ignore", GanglionWarning)
        choice = (
            choose_number(rows, max_clusters, np.random.default_rng(seeds[0]))
            if n_clusters is None
            else None
        )
        k = choice.k if choice is not None else int(n_clusters or 1)
        axes = latent_axes(rows, max(_AXES, 2 * k), np.random.default_rng(seeds[1]))
        latent = unit(axes.coordinates)
        part = _partition(rows, latent, k, method, np.random.default_rng(seeds[2]))
    work = Work(given, same, languages, weighting, rows, kept, latent)
    settings = {
        "method": method,
        "n_clusters": k,
        "pairs": pairs,
        "duplicates": float(duplicates),
        "seed": random_state if isinstance(random_state, int) else None,
    }
    return finished(work, part, choice, settings)


def _weighed(
    texts: Sequence[str], threshold: float, pairs: bool, min_documents: int | None
) -> tuple[Duplicates, tuple[str | None, ...], Weighting, Any, Integers]:
    """Return duplicates, languages, the vocabulary, and rows of the different documents with a term, and their places.

    Texts are cut into words once, for all of these.
    """
    numbered = number_words(texts)
    same = duplicates_of(texts, numbered, threshold)
    languages = guess_languages(texts, numbered)
    distinct: list[int] = same.distinct.tolist()
    own = [languages[at] for at in distinct]
    main = main_languages(own, [texts[at] for at in distinct[:TOGETHER]])
    content = content_words(numbered.chosen(same.distinct), own, main)
    weighting, rows = learn_weighting(
        content, pairs=pairs, languages=main, min_documents=min_documents
    )
    used = np.flatnonzero(np.diff(rows.indptr) > 0)
    return same, languages, weighting, rows[used], same.distinct[used]


def _partition(
    rows: Any, latent: Floats, k: int, method: Method, rng: np.random.Generator
) -> Partition:
    """Group the rows by the method."""
    if method == "kmeans":
        return spherical_groups(rows, latent, k, rng)
    tree = linkage(latent, method, "cosine" if method == "average" else "euclidean")
    labels = tree.cut(n_clusters=k)
    centers = directions(rows, labels)
    return Partition(labels.astype(np.int32), centers, np.asarray(rows @ centers.T))


def _check(n_clusters: Any, method: str, max_clusters: Any, min_documents: Any) -> None:
    """Refuse parameters that are out of range."""
    if method not in METHODS:
        raise ParameterError(f"method must be one of {', '.join(METHODS)}; got {method!r}.")
    for name, value, least in (
        ("n_clusters", n_clusters, 1),
        ("max_clusters", max_clusters, 2),
        ("min_documents", min_documents, 1),
    ):
        if value is None and name != "max_clusters":
            continue
        check_count(name, value, least)


def _check_enough(rows: Any, n_clusters: int | None) -> None:
    """Refuse more groups than there are different documents."""
    if n_clusters is None or n_clusters == 1:
        return
    different: set[tuple[bytes, bytes]] = set()
    for a, b in pairwise(rows.indptr.tolist()):
        different.add((rows.indices[a:b].tobytes(), rows.data[a:b].tobytes()))
        if len(different) == n_clusters:
            return
    raise ParameterError(
        f"n_clusters must be at most the number of documents that differ in their words; got {n_clusters} for "
        f"{len(different)}. Lower it."
    )


def _check_memory(rows: Any, k: int) -> None:
    """Refuse what does not fit: latent coordinates, similarities and directions, each a few times over."""
    n, d = rows.shape
    axes = max(_AXES, 2 * k) + 10
    check_memory(
        8.0 * (6 * axes * (n + d) + 4 * k * (n + d)) + 24.0 * rows.nnz,
        f"Grouping {n:,} documents by {d:,} terms",
        "Give fewer documents, or raise min_documents so that fewer terms are kept.",
    )
