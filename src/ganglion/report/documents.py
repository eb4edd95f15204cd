"""The page of grouped documents: what the groups are about, a map with search, their words and central documents."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import metadata

import numpy as np

from ..applications.documents import DocumentGroup, DocumentGroups
from .parts import (
    Answer,
    Card,
    CardBar,
    CardPart,
    KCurve,
    KPart,
    KVote,
    Part,
    PointMap,
    Problem,
    ProblemsPart,
    ReproducePart,
    TablePart,
    page,
)

_IN_HEADLINE = 6
_EXCERPT = 160  # characters of a document on a card or under the pointer
_BETWEEN = 0.02  # of the silhouette, below which a document is not nearer to the rest of its group than to the next
_MOST_COPIES = 12
_MOST_BETWEEN = 40
_CLEAR = 0.10  # mean silhouette; shuffled words give 0.02 to 0.08


def document_report(found: DocumentGroups, *, seed: int | None = None, command: str = "") -> str:
    """Make the page of grouped documents.

    Parameters
    ----------
    found : DocumentGroups
        From `group_documents`.
    seed : int, optional
        What it was made with, to be told.
    command : str, default ""
        The command line that makes it again.

    Returns
    -------
    str
        One self-contained HTML file under 1.5 MB. It holds the beginnings of documents, of at most 5,000 of them.

    Examples
    --------
    >>> import ganglion as gl
    >>> from ganglion.report.documents import document_report
    >>> found = gl.group_documents(["rain and wind", "wind and sun"], n_clusters=1, random_state=0)
    >>> "1 group" in document_report(found, seed=0)
    True
    """
    parts: list[Answer | Part] = [_answer(found), _map(found), _cards(found)]
    parts += _choice(found)
    parts += [_table(found), *_between(found), _problems(found), _reproduce(found, seed, command)]
    source = found.documents.source
    return page(f"Groups of documents in {source}", parts, kicker=source)


def excerpt(text: str, length: int = _EXCERPT) -> str:
    """Return the beginning of a document in one line, cut between words.

    Parameters
    ----------
    text : str
        The document.
    length : int
        The most characters.

    Returns
    -------
    str
        The line; it ends with an ellipsis where words are left out.
    """
    line = " ".join(text[: 4 * length].split())
    return line if len(line) <= length else line[:length].rsplit(" ", 1)[0] + " …"


def _answer(found: DocumentGroups) -> Answer:
    """How many groups, what they are about, and how far they stand apart."""
    k, n = found.n_clusters, len(found.documents)
    named = [f"{group.name} ({_percent(group.share)})" for group in found.groups[:_IN_HEADLINE]]
    more = f"; and {k - _IN_HEADLINE} more" if k > _IN_HEADLINE else ""
    sentences = [
        f"{k} {'group' if k == 1 else 'groups'} of documents",
        f"By size, each by the words that set it apart: {'; '.join(named)}{more}.",
    ]
    if found.choice is not None:
        sentences.append(found.choice.reason[:1].upper() + found.choice.reason[1:] + ".")
    copies = n - len(found.duplicates.distinct)
    facts = [
        ("groups", f"{k}"),
        ("documents", f"{n:,}"),
        ("terms", f"{len(found.model.weighting.terms):,}"),
        ("duplicates", f"{copies:,}"),
    ]
    return Answer(sentences=sentences, facts=facts, doubts=_doubts(found))


def _doubts(found: DocumentGroups) -> list[str]:
    """What speaks against relying on the groups."""
    doubts: list[str] = []
    between = len(_between_rows(found))
    n = max(int((found.labels >= 0).sum()), 1)
    if found.n_clusters > 1 and between > 0.15 * n:
        doubts.append(
            f"{_percent(between / n)} of the documents lie between two groups: the groups flow into each other."
        )
    reached = float(found.silhouette[found.labels >= 0].mean())
    if found.n_clusters > 1 and reached < _CLEAR:
        doubts.append(
            "Documents are hardly nearer to the rest of their group than to the next group (silhouette "
            f"{reached:.2f} on average, where 0 is no difference): the borders are soft."
        )
    loose = [group.name for group in found.groups if group.is_loose]
    if loose:
        what = "group holds" if len(loose) == 1 else "groups hold"
        doubts.append(
            f"{len(loose)} {what} together badly and may be what is left over by the others: {'; '.join(loose[:4])}."
        )
    lost = int((found.labels < 0).sum())
    if lost > 0.05 * len(found.labels):
        doubts.append(f"{lost:,} documents share no word with another one and are in no group.")
    return doubts


def _map(found: DocumentGroups) -> PointMap:
    """All documents, with their beginnings under the pointer and for the search."""
    points, centers = found.places
    documents = found.documents
    texts = [
        f"{name}: {excerpt(text, 110)}"
        for name, text in zip(documents.names, documents.texts, strict=True)
    ]
    return PointMap(
        points=points,
        labels=found.labels,
        names=[group.name for group in found.groups],
        texts=texts,
        search=True,
        centers=centers,
        noun="document",
        title="The map of the documents",
        caption=(
            "Each group has a disc as large as its share. Typical documents are in the middle of their disc, those "
            "that hardly belong at its rim; neighbours on a disc share further words. Discs of groups with like words "
            "lie near each other, as far as a plane allows."
        ),
    )


def _cards(found: DocumentGroups) -> CardPart:
    return CardPart(
        cards=[_card(found, group) for group in found.groups],
        noun="document",
        n_members=len(found.labels),
        measure="times as frequent",
        caption=(
            "Bars show how many times more frequent a word is in the documents of the group than in all, each doubling "
            "one step; beside them the share of the group's documents that hold it, and of all. Words are ordered by "
            "what they say about the group: one that is in most of its documents comes before a rarer one with a "
            "longer bar."
        ),
        title="What each group is about",
    )


def _card(found: DocumentGroups, group: DocumentGroup) -> Card:
    """One group: its words, the documents in its middle, its neighbour."""
    bars = [
        CardBar(
            name=term.term,
            length=float(np.log2(max(term.lift, 1.0))),
            said=f"{term.lift:.1f} ×",
            here=_percent(term.share),
            overall=_percent(term.overall),
        )
        for term in group.terms
    ]
    facts: list[tuple[str, str]] = [
        ("mean likeness to its middle", f"{group.cohesion:.2f}"),
        ("mean silhouette", f"{group.silhouette:.2f}"),
    ]
    if group.nearest is not None:
        facts.append(("nearest group", found.groups[group.nearest].name))
    if len(found.model.weighting.languages) > 1 and group.languages:
        spoken = [f"{language} {n:,}" for language, n in list(group.languages.items())[:4]]
        facts.append(("languages", ", ".join(spoken)))
    documents = found.documents
    central = [f"{documents.names[at]}: {excerpt(documents.texts[at])}" for at in group.central]
    words = ", ".join(term.term for term in group.terms)
    return Card(
        label=group.label,
        name=group.name,
        size=group.size,
        sentence=f"Holds together badly: {words}" if group.is_loose else words,
        bars=bars,
        facts=facts,
        members=[("in its middle", central)],
    )


def _choice(found: DocumentGroups) -> list[Part]:
    """The curve over the number of groups beside that of shuffled words."""
    choice = found.choice
    if choice is None or not choice.ks:
        return []
    curves = [
        KCurve(
            name="nearer to the rest of the own group than to the next",
            k=choice.ks,
            values=choice.silhouette,
            errors=choice.error,
            chosen=choice.k,
        ),
        KCurve(name="the same with shuffled words", k=choice.ks, values=choice.reference),
    ]
    votes = [KVote(rule="held-out silhouette", k=choice.k, why=choice.reason)]
    reason = choice.reason[:1].upper() + choice.reason[1:] + "."
    return [
        KPart(curves=curves, votes=votes, chosen=choice.k, reason=reason, used=found.n_clusters)
    ]


def _table(found: DocumentGroups) -> TablePart:
    rows = [
        (
            group.label,
            group.name,
            group.size,
            round(100 * group.share, 2),
            round(group.cohesion, 3),
            round(group.silhouette, 3),
            ", ".join(term.term for term in group.terms),
        )
        for group in found.groups
    ]
    columns = ("group", "name", "documents", "share in %", "likeness", "silhouette", "words")
    return TablePart(columns=columns, rows=rows, title="The groups in numbers")


def _between_rows(found: DocumentGroups) -> list[int]:
    """Return the documents that lie between two groups, the most undecided first."""
    if found.n_clusters < 2:
        return []
    rows = np.flatnonzero((found.labels >= 0) & (found.silhouette < _BETWEEN))
    return rows[np.argsort(found.silhouette[rows], kind="stable")].tolist()


def _between(found: DocumentGroups) -> list[Part]:
    """The documents that belong to no group well."""
    rows = _between_rows(found)
    if not rows:
        return []
    documents = found.documents
    shown = [
        (
            documents.names[at],
            found.groups[int(found.labels[at])].name,
            round(float(found.similarity[at]), 3),
            round(float(found.silhouette[at]), 3),
            excerpt(documents.texts[at]),
        )
        for at in rows[:_MOST_BETWEEN]
    ]
    columns = ("document", "group", "likeness", "silhouette", "it begins")
    return [
        TablePart(
            columns=columns,
            rows=shown,
            title="Documents between two groups",
            caption=(
                f"{len(rows):,} documents are at least as near to another group as to the rest of their own; the "
                "most misplaced first."
            ),
            n_rows=len(rows),
        )
    ]


def _problems(found: DocumentGroups) -> ProblemsPart:
    """What was assumed and left out, and the documents that are there more than once."""
    problems = [
        Problem(name=_headword(note), sentence=f"{note[:1].upper()}{note[1:]}.")
        for note in found.notes
    ]
    groups = found.duplicates.groups
    if groups:
        documents = found.documents
        items = [
            (_listed([documents.names[at] for at in group]), f"{len(group):,} times")
            for group in groups[:_MOST_COPIES]
        ]
        more = f" The {_MOST_COPIES} most frequent:" if len(groups) > _MOST_COPIES else ""
        problems.append(
            Problem(
                name="documents that are there more than once",
                sentence=f"{len(groups):,} texts occur more than once; each counted once.{more}",
                items=items,
            )
        )
    looked_for = ("encodings", "languages", "empty documents", "duplicates")
    return ProblemsPart(
        problems=problems, looked_for=looked_for, title="What to know about the documents"
    )


_HEADWORDS = (
    ("say the same", "duplicates"),
    ("languages", "languages"),
    ("language", "language"),
    (" read as ", "encodings"),
    ("left out", "left out"),
    ("not followed", "links"),
    ("no word", "without a group"),
)


def _headword(note: str) -> str:
    """Return what a note is about."""
    return next((word for part, word in _HEADWORDS if part in note), "what the documents are")


_CALLED = {"n_clusters": "groups asked for", "pairs": "pairs of words", "text": "column of texts"}


def _said(value: object) -> str:
    """A setting as a reader says it."""
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def _reproduce(found: DocumentGroups, seed: int | None, command: str) -> ReproducePart:
    settings = [
        (_CALLED.get(name, name), _said(value))
        for name, value in found.model.settings.items()
        if value is not None and name != "seed"
    ]
    return ReproducePart(
        command=command,
        seed=seed,
        versions=[("numpy", np.__version__), ("scikit-learn", metadata.version("scikit-learn"))],
        parameters=settings,
        done=[
            "Words in lower case without function words; a document is a row of TF-IDF weights of length 1.",
            "Groups gather documents round the mean directions of their words; where to begin was found on the leading "
            "singular vectors.",
        ],
    )


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - 4} more" if len(names) > 4 else ""
    return ", ".join(names[:4]) + more


def _percent(share: float) -> str:
    return "under 1 %" if 0 < share < 0.01 else f"{100 * share:.0f} %"
