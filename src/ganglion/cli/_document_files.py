"""Grouped documents on a terminal, as JSON and in files; further documents to the groups of a model."""

from __future__ import annotations

import os
import shlex
from typing import Any

import click
import numpy as np
from click.core import ParameterSource

from ..applications.documents import (
    AssignedDocuments,
    DocumentGroup,
    DocumentGroups,
    DocumentModel,
)
from ..data import Documents, Table, read_documents, table_from_frame
from ..data.writing import write_columns
from ..report.documents import document_report, excerpt
from ..report.writing import write_page
from ..storage import load, save
from ._content import VERSION
from ._labelling import Reject
from ._options import record_of
from ._printing import (
    finite,
    grid,
    percent,
    plural,
    print_headline,
    print_json,
    print_stripped,
    print_table,
)
from ._reading import MOST_NOTES, Reading, open_source
from ._talk import Screen, Talk, clean, result_screen
from ._targets import Targets
from ._writing import write_rows, writing

MOST_WORDS = 8


def write_document_targets(found: DocumentGroups, targets: Targets, seed: int, talk: Talk) -> None:
    """Write the report, the model and the labels of grouped documents, those that were asked for."""
    if targets.report is not None:
        text = document_report(found, seed=seed, command=command_line())
        with writing("report", targets.report):
            write_page(targets.report, text)
        talk.wrote("report", targets.report)
    if targets.save is not None:
        with writing("model", targets.save):
            save(found.model, targets.save)
        talk.wrote("model", targets.save)
    if targets.labels is not None:
        first = found.duplicates.representative
        names = found.documents.names
        added = _label_columns(
            found.model, AssignedDocuments(found.labels, found.similarity, found.margin)
        )
        if found.duplicates.groups:
            added["same_as"] = [
                "" if first[at] == at else names[int(first[at])] for at in range(len(names))
            ]
        _write_labels(found.documents, added, targets, talk)


def _label_columns(model: DocumentModel, found: AssignedDocuments) -> dict[str, list[str]]:
    """Return the columns that tell of each document its group."""
    labels: list[int] = found.labels.tolist()
    return {
        "group": ["" if label < 0 else str(label) for label in labels],
        "group_name": ["" if label < 0 else model.names[label] for label in labels],
        "similarity": [f"{value:.4g}" for value in found.similarity.tolist()],
        "margin": [f"{value:.4g}" for value in found.margin.tolist()],
    }


def _write_labels(
    documents: Documents, added: dict[str, list[str]], targets: Targets, talk: Talk
) -> None:
    """Write documents with further columns: the rows of their table, or their names and beginnings."""
    table, rows = _table_of(documents)

    def write(path: str) -> tuple[str, ...]:
        return write_columns(table, added, path, rows=rows, excel_safe=targets.excel_safe)

    write_rows(write, "labels", tuple(added), targets, talk)


def _table_of(documents: Documents) -> tuple[Table, Any]:
    """Return the table of the documents, or one that is made of them, and the row of each."""
    if documents.table is not None:
        return documents.table, documents.rows
    frame = {
        "document": list(documents.names),
        "text": [excerpt(text, 200) for text in documents.texts],
    }
    return table_from_frame(frame), np.arange(len(documents))


def print_documents(found: DocumentGroups, screen: Screen) -> None:
    """Print the groups: their sizes and words, and why so many."""
    n = len(found.documents)
    headline = f"{plural(n, 'document')} in {plural(found.n_clusters, 'group')}"
    print_headline(screen, found.documents.source, headline)
    heads = ("group", "documents", "share")
    table = grid("group", "documents", "share", "words that set it apart", right=heads)
    for group in found.groups:
        words = ", ".join(term.term for term in group.terms[:MOST_WORDS])
        if group.is_loose:
            words += " (loose)"
        table.add_row(
            str(group.label), f"{group.size:,}", percent(group.share), clean(words or "-")
        )
    print_table(screen, table)
    if any(group.is_loose for group in found.groups):
        print_stripped(
            screen, "Loose groups hold together badly: they may be what the others left over."
        )
    if found.choice is not None:
        reason = found.choice.reason
        print_stripped(screen, clean(f"{reason[:1].upper()}{reason[1:]}."))


def documents_json(found: DocumentGroups, seed: int, files: dict[str, str]) -> dict[str, Any]:
    """Return the result as one object."""
    names = found.documents.names
    choice = found.choice
    return {
        "ganglion": VERSION,
        "command": "documents",
        "source": found.documents.source,
        "seed": seed,
        "documents": len(names),
        "notes": list(found.notes),
        "encodings": found.documents.encodings,
        "terms": len(found.model.weighting.terms),
        "languages": list(found.model.weighting.languages),
        "duplicates": [[names[at] for at in group] for group in found.duplicates.groups],
        "without_group": int((found.labels < 0).sum()),
        "k": found.n_clusters,
        "reason": None if choice is None else choice.reason,
        "curve": _curve_json(found),
        "groups": [_group_json(found, group) for group in found.groups],
        "files": files,
    }


def _curve_json(found: DocumentGroups) -> dict[str, Any] | None:
    """Return the curve over the number of groups."""
    choice = found.choice
    if choice is None:
        return None
    return {
        "k": list(choice.ks),
        "silhouette": [finite(value) for value in choice.silhouette],
        "error": [finite(value) for value in choice.error],
        "shuffled": [finite(value) for value in choice.reference],
    }


def _group_json(found: DocumentGroups, group: DocumentGroup) -> dict[str, Any]:
    """Return one group."""
    terms = [
        {
            "term": term.term,
            "documents": term.count,
            "share": term.share,
            "overall": term.overall,
            "lift": finite(term.lift),
        }
        for term in group.terms
    ]
    return {
        "label": group.label,
        "name": group.name,
        "size": group.size,
        "share": group.share,
        "cohesion": finite(group.cohesion),
        "silhouette": finite(group.silhouette),
        "is_loose": group.is_loose,
        "nearest": group.nearest,
        "languages": group.languages,
        "terms": terms,
        "central": [found.documents.names[at] for at in group.central],
    }


def label_documents(
    name: str, model: str, file: str, *, as_json: bool, given: dict[str, Any]
) -> None:
    """Label documents with the groups of a model; write and print them."""
    targets = Targets(labels=given["labels"], excel_safe=given["excel_safe"])
    targets.check(file, model, as_json=as_json)
    talk = Talk(quiet=given["quiet"])
    known: DocumentModel = load(model)
    text = known.settings.get("text")
    with open_source(file, record_of(Reading, given)) as source:
        is_column = isinstance(text, str) and not os.path.isdir(file)
        documents = read_given(file, source.path, text if is_column else None, given)
        for note in documents.notes[:MOST_NOTES]:
            talk.note(note)
        found = _assigned(known, documents, given["reject"])
        if targets.labels is not None:
            _write_labels(documents, _label_columns(known, found), targets, talk)
    if as_json:
        answer = _labelled_json(known, documents, found)
        print_json({**answer, "command": name, "model": model, "files": targets.files()})
    elif (screen := result_screen(targets.labels, talk)) is not None:
        _print_labelled(known, documents, found, screen)


def _labelled_json(
    known: DocumentModel, documents: Documents, found: AssignedDocuments
) -> dict[str, Any]:
    """Return how many documents each group got."""
    sizes, without = _sizes_of(known, found)
    return {
        "ganglion": VERSION,
        "source": documents.source,
        "documents": len(documents),
        "notes": list(documents.notes),
        "groups": [
            {"label": label, "name": known.names[label], "size": size}
            for label, size in enumerate(sizes)
        ],
        "without_group": without,
    }


def _sizes_of(known: DocumentModel, found: AssignedDocuments) -> tuple[list[int], int]:
    """Return the number of documents of each group, and of those in none."""
    counted = found.labels[found.labels >= 0]
    return np.bincount(counted, minlength=len(known.names)).tolist(), int((found.labels < 0).sum())


def read_given(path: str, place: str, text: str | None, given: dict[str, Any]) -> Documents:
    """Read documents; standard input is a table where a column is named, else one document a line."""
    if path == "-" and text is None and place.endswith(".csv"):
        lines = place.removesuffix(".csv") + ".txt"
        os.rename(place, lines)
        place = lines
    return read_documents(place, text=text, encoding=given["encoding"], header=given["header"])


def _assigned(
    known: DocumentModel, documents: Documents, reject: Reject | None
) -> AssignedDocuments:
    """Return the groups of documents; a distance is 1 - cosine."""
    found = known.assign(documents.texts, reject=None if reject is None else reject.share)
    if reject is None or reject.distance is None:
        return found
    labels = np.where(1.0 - found.similarity > reject.distance, -1, found.labels)
    return AssignedDocuments(labels.astype(np.int32), found.similarity, found.margin)


def _print_labelled(
    known: DocumentModel, documents: Documents, found: AssignedDocuments, screen: Screen
) -> None:
    """Print how many documents each group got, beside what it had."""
    sizes, without = _sizes_of(known, found)
    k, n = len(known.names), len(documents)
    headline = f"{plural(n, 'document')} in the {plural(k, 'group')} of {clean(known.source, 60)}"
    print_headline(screen, documents.source, headline)
    heads = ("group", "documents", "share", "share before")
    table = grid("group", "", "documents", "share", "share before", right=heads)
    before = int(known.sizes.sum()) or 1
    for label, size in enumerate(sizes):
        old = int(known.sizes[label])
        table.add_row(
            str(label),
            clean(known.names[label], 60),
            f"{size:,}",
            percent(size / max(n, 1)),
            percent(old / before),
        )
    if without:
        table.add_row("", "no group", f"{without:,}", percent(without / max(n, 1)), "-")
    print_table(screen, table)


def command_line() -> str:
    """Return the command line that gives the same groups, without the files that it wrote."""
    context = click.get_current_context()
    words = ["ganglion", "documents", str(context.params["path"])]
    for option in context.command.params:
        name = option.name or ""
        if not isinstance(option, click.Option) or name in _ASIDE:
            continue
        if context.get_parameter_source(name) is ParameterSource.DEFAULT:
            continue
        value = context.params[name]
        if option.is_flag:
            words += [option.opts[0]] if value else list(option.secondary_opts[:1])
        else:
            words += [option.opts[0], "auto" if value is None else str(value)]
    return shlex.join(words)


_ASIDE = frozenset({"labels", "report", "save", "as_json", "quiet", "excel_safe"})
