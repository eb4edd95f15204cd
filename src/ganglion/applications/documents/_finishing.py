"""From a partition to what is told of it: groups by size, their words, documents that say the same, a model, notes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..._arrays import Labels
from ...data.documents import Documents
from ._number_of_groups import GroupChoice, held_out_silhouette
from ._spherical import Partition
from ._terms import central_documents, group_terms, name_groups
from ._words import Weighting
from .duplicates import Duplicates
from .model import N_QUANTILES, DocumentModel
from .records import DocumentGroup, DocumentGroups

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

CENTRAL = 5  # documents of a group that are named
_LOOSE = 0.5  # of the mean silhouette


@dataclass(frozen=True)
class Work:
    """What is known before the groups; `rows` and `latent` are those of `kept`, the different documents with terms."""

    documents: Documents
    same: Duplicates
    languages: tuple[str | None, ...]
    weighting: Weighting
    rows: Any
    kept: Integers
    latent: Floats


def finished(
    work: Work, part: Partition, choice: GroupChoice | None, settings: dict[str, Any]
) -> DocumentGroups:
    """Number the groups by size, describe them, and carry everything over to documents that say the same."""
    place = _places(work)
    known = place >= 0
    raw = np.where(known, part.labels[place], -1)
    order, number = _by_size(raw, len(part.centers))
    labels = np.where(raw >= 0, number[raw], -1).astype(np.int32)
    codes = number[part.labels]
    own, margin = _likeness(part.similarity[:, order], codes)
    similarity = np.where(known, own[place], 0.0)
    centers = part.centers[order]
    silhouette = np.where(known, held_out_silhouette(work.rows, codes)[place], 0.0)
    groups = _described(work, labels, codes, (similarity, silhouette), centers)
    model = DocumentModel(
        weighting=work.weighting,
        centers=centers,
        names=tuple(group.name for group in groups),
        sizes=np.array([group.size for group in groups], dtype=np.int64),
        quantiles=_quantiles(similarity, labels, len(order)),
        source=work.documents.source,
        settings=settings,
    )
    return DocumentGroups(
        documents=work.documents,
        labels=labels,
        groups=groups,
        similarity=similarity,
        margin=np.where(known, margin[place], 0.0),
        silhouette=silhouette,
        languages=work.languages,
        duplicates=work.same,
        choice=choice,
        latent=np.where(known[:, None], work.latent[place], 0.0),
        model=model,
        notes=_notes(work, labels),
    )


def _places(work: Work) -> Integers:
    """Return where the rows stand of what each document (n,) says, -1 where there is none."""
    place = np.full(len(work.documents), -1, dtype=np.int64)
    place[work.kept] = np.arange(len(work.kept))
    return place[work.same.representative]


def _likeness(cosines: Floats, codes: NDArray[np.integer[Any]]) -> tuple[Floats, Floats]:
    """Return the cosine (m,) with the own direction, and by how much it is more than with the next."""
    rows = np.arange(len(codes))
    own = cosines[rows, codes]
    if cosines.shape[1] == 1:
        return own, own
    others = cosines.copy()
    others[rows, codes] = -np.inf
    return own, own - others.max(axis=1)


def _by_size(raw: NDArray[np.integer[Any]], k: int) -> tuple[Integers, Integers]:
    """Return the old number of each new group, the largest first, and the new number of each old one."""
    sizes = np.bincount(raw[raw >= 0], minlength=k)
    first = np.full(k, len(raw))
    for at in range(len(raw) - 1, -1, -1):
        if raw[at] >= 0:
            first[raw[at]] = at
    order = np.lexsort((first, -sizes))
    number = np.empty(k, dtype=np.int64)
    number[order] = np.arange(k)
    return order, number


def _described(
    work: Work,
    labels: Labels,
    codes: NDArray[np.integer[Any]],
    likeness: tuple[Floats, Floats],
    centers: Floats,
) -> tuple[DocumentGroup, ...]:
    """Return the record of each group; `likeness` is the similarity and the silhouette of each document."""
    similarity, silhouette = likeness
    usual = float(silhouette[labels >= 0].mean())
    k = len(centers)
    terms = group_terms(work.rows, codes, k, work.weighting.terms)
    first = np.zeros(len(labels), dtype=np.bool_)
    first[work.kept] = True
    central = central_documents(similarity, labels, k, CENTRAL, first)
    names = name_groups(terms)
    between = np.stack([np.add.reduce(centers * center, axis=1) for center in centers])
    np.fill_diagonal(between, -np.inf)
    found: list[DocumentGroup] = []
    for label in range(k):
        mine = np.flatnonzero(labels == label)
        spoken = Counter(
            language for at in mine.tolist() if (language := work.languages[at]) is not None
        )
        found.append(
            DocumentGroup(
                label=label,
                name=names[label],
                size=len(mine),
                share=len(mine) / len(labels),
                terms=terms[label],
                central=central[label],
                cohesion=float(similarity[mine].mean()),
                silhouette=float(silhouette[mine].mean()),
                is_loose=k > 2 and float(silhouette[mine].mean()) < _LOOSE * usual,
                nearest=int(between[label].argmax()) if k > 1 else None,
                languages=dict(spoken.most_common()),
            )
        )
    return tuple(found)


def _quantiles(similarity: Floats, labels: Labels, k: int) -> Floats:
    """Return the quantiles (k, 101) of the similarity of each group's documents."""
    places = np.linspace(0.0, 1.0, N_QUANTILES)
    return np.stack([np.quantile(similarity[labels == label], places) for label in range(k)])


def _notes(work: Work, labels: Labels) -> tuple[str, ...]:
    """Say what the reader of the groups should know."""
    notes = list(work.documents.notes)
    spoken = Counter(language for language in work.languages if language is not None)
    unknown = len(work.languages) - sum(spoken.values())
    listed = ", ".join(f"{language} ({n:,})" for language, n in spoken.most_common(6))
    if listed:
        beside = f"; {unknown:,} are too short to tell" if unknown else ""
        notes.append(f"languages, by their function words, which are left out: {listed}{beside}")
    elif work.weighting.languages:
        together = work.weighting.languages[0]
        notes.append(
            f"no document is long enough to show its language; together they read as {together}, "
            "whose function words are left out"
        )
    else:
        notes.append("no document shows its language, so no function words are left out")
    if len(work.weighting.languages) > 1:
        notes.append(
            "texts in different languages share few words, so groups follow languages first"
        )
    groups = work.same.groups
    if groups:
        more = sum(len(group) - 1 for group in groups)
        near = int((~work.same.exact).sum())
        notes.append(
            f"{more:,} documents say the same as an earlier one ({more - near:,} word for word, {near:,} nearly): "
            f"each of these {len(groups):,} texts counts once"
        )
    lost = int((labels < 0).sum())
    if lost:
        have = "document has" if lost == 1 else "documents have"
        notes.append(f"{lost:,} {have} no word that another document has too, and so no group")
    return tuple(notes)
