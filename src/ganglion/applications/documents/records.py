"""What grouping documents gives: the groups, what each is about, and where every document belongs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..._arrays import Labels
from ...data.documents import Documents
from ._number_of_groups import GroupChoice
from ._plane import document_map
from ._terms import GroupTerm
from .duplicates import Duplicates
from .model import DocumentModel

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class DocumentGroup:
    """One group of documents.

    Attributes
    ----------
    label : int
        Its number; 0 is the largest group.
    name : str
        Its first terms; no two groups have the same.
    size : int
        Documents in it, duplicates included.
    share : float
        Its part of all documents, 0 to 1.
    terms : tuple of GroupTerm
        The words that set it apart, the most telling first.
    central : tuple of int
        The documents nearest to its direction, by their place; of duplicates the first only.
    cohesion : float
        Mean cosine of its documents with its direction.
    silhouette : float
        Mean silhouette of its documents: how much nearer they are to each other than to the next group.
    is_loose : bool
        Whether that is less than half of the mean over all documents: what the other groups left over.
    nearest : int or None
        The group whose direction is most like its own.
    languages : dict of str to int
        How many of its documents are in which language; those that do not show one are left out.
    """

    label: int
    name: str
    size: int
    share: float
    terms: tuple[GroupTerm, ...]
    central: tuple[int, ...]
    cohesion: float
    silhouette: float
    is_loose: bool
    nearest: int | None
    languages: dict[str, int]


@dataclass(frozen=True)
class DocumentGroups:
    """What `group_documents` found.

    Attributes
    ----------
    documents : Documents
        The documents, in the order of all arrays here.
    labels : ndarray of shape (n,), int32
        The group of each; -1 where it has no word that another document has too.
    groups : tuple of DocumentGroup
        One for each label, the largest first.
    similarity : ndarray of shape (n,), float64
        Cosine with the direction of its own group; 0 where it has none.
    margin : ndarray of shape (n,), float64
        By how much that is more than with the next group; small where a document lies between two.
    silhouette : ndarray of shape (n,), float64
        (b - a) / max(a, b) with a the cosine distance from the rest of its group, without itself, and b that from the
        nearest other group: 1 far inside its group, 0 between two, below 0 nearer to another one; 0 where it has no
        group or is alone in it.
    languages : tuple of str or None
        The language of each document, None where it does not show.
    duplicates : Duplicates
        Which documents say the same.
    choice : GroupChoice or None
        Why this number of groups; None where it was given.
    latent : ndarray of shape (n, r), float64
        The documents in latent space, rows of length 1 or 0.
    model : DocumentModel
        What labels further documents.
    notes : tuple of str
        What was assumed and left out, in sentences.
    """

    documents: Documents
    labels: Labels
    groups: tuple[DocumentGroup, ...]
    similarity: Floats
    margin: Floats
    silhouette: Floats
    languages: tuple[str | None, ...]
    duplicates: Duplicates
    choice: GroupChoice | None
    latent: Floats
    model: DocumentModel
    notes: tuple[str, ...]

    def __repr__(self) -> str:
        groups = "; ".join(f"{one.name} ({one.size:,})" for one in self.groups)
        return f"<DocumentGroups of {len(self.labels):,} documents in {self.n_clusters}: {groups}>"

    @property
    def n_clusters(self) -> int:
        """Number of groups."""
        return len(self.groups)

    @cached_property
    def places(self) -> tuple[Floats, Floats]:
        """Places of documents (n, 2) and groups (k, 2) on a map.

        Groups with like words are near each other, typical documents in the middle of their group. Documents without
        a group lie below it, side by side.
        """
        known = np.flatnonzero(self.labels >= 0)
        points = np.zeros((len(self.labels), 2))
        inside, anchors = document_map(
            self.latent[known], self.labels[known], self.similarity[known], self.n_clusters
        )
        points[known] = inside
        rest = np.flatnonzero(self.labels < 0)
        if len(rest):
            low, high = inside.min(axis=0), inside.max(axis=0)
            points[rest, 0] = np.linspace(low[0], high[0], len(rest) + 2)[1:-1]
            points[rest, 1] = low[1] - 0.15 * (high[1] - low[1] + 1.0)
        return points, anchors
