"""A clustering as a report and as one JSON object."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..data import DesignMatrix, Table
from ..explain import with_stability
from ..explain.plane import Plane, principal_plane
from ..report import ElbowCurve, PlaneMap, Replay, ReportContent
from ..selection import KChoice
from ._clustering import Clustering, Curve
from ._explained_content import members_json, rules_json
from ._page_sections import means_sections, means_stability
from ._printing import finite
from ._version import VERSION

_SCALED = {
    "standard": "Every column was brought to mean 0 and standard deviation 1.",
    "robust": "Every column was brought to median 0 and interquartile range 1.",
    "none": "Columns were used as they are, without scaling: those with large numbers count most.",
}

Json = dict[str, Any]


def report_content(found: Clustering, *, title: str) -> ReportContent:
    """Return all that the report of a clustering says."""
    run, design = found.run, found.design
    plane = principal_plane(design.X)
    stability = means_stability(found)
    cards = found.cards if stability is None else with_stability(found.cards, stability)
    return ReportContent(
        title=title,
        source=found.table.source,
        version=VERSION,
        seed=found.settings.seed,
        wss=run.inertia,
        bss=run.bss,
        tss=run.tss,
        n_iter=run.n_iter,
        stopped_by=run.stopped_by,
        cards=cards,
        plane=_map(found, plane),
        elbow=None if found.curve is None else _elbow(found.curve),
        replay=_replay(found, plane),
        done=_done(found),
        columns_used=design.kept,
        columns_left_out=design.left_out,
        parameters=_parameters(found),
        sections=means_sections(found, stability, done=_about_gaps(found)),
    )


def _about_gaps(found: Clustering) -> str:
    """What became of missing cells, in the notes of the design."""
    notes = [note for note in found.design.notes if "missing" in note]
    return " ".join(f"{note[:1].upper()}{note[1:]}." for note in notes)


def _map(found: Clustering, plane: Plane) -> PlaneMap:
    """The rows in the plane; they keep their numbers in the file where some were left out."""
    design = found.design
    complete = len(design.rows) == design.n_table_rows
    return PlaneMap(
        points=plane.coordinates,
        labels=found.run.labels,
        centers=plane.project(found.run.centers),
        explained=(float(plane.explained[0]), float(plane.explained[1])),
        loadings=plane.axes,
        features=design.names,
        rows=None if complete else [f"{row + 1:,}" for row in design.rows.tolist()],
    )


def _replay(found: Clustering, plane: Plane) -> Replay | None:
    """The recorded steps in the plane."""
    history = found.run.history
    if history is None:
        return None
    steps, k, d = history.centers.shape
    return Replay(
        centers=plane.project(history.centers.reshape(steps * k, d)).reshape(steps, k, 2),
        labels=history.labels,
        wss=history.inertia,
        changed=history.changed,
        shift=history.shift,
    )


def _elbow(curve: Curve) -> ElbowCurve:
    """The curve as the report draws it."""
    table = curve.choice.table
    return ElbowCurve(
        k=[int(k) for k in table["k"]],
        wss=table["wss"],
        chosen=curve.choice.k,
        reason=curve.reason,
    )


def _done(found: Clustering) -> list[str]:
    """What was done before clustering, a sentence each."""
    table, design = found.table, found.design
    columns = f"{len(table.columns):,} column{'' if len(table.columns) == 1 else 's'}"
    sentences = [f"{table.n_rows:,} rows and {columns} were read from {table.source}."]
    if len(design.kept) + len(design.left_out) < len(table.columns):
        sentences.append("The columns named below were chosen.")
    sentences += [f"{note[:1].upper()}{note[1:]}." for note in (*table.notes, *design.notes)]
    sentences.append(_SCALED[design.encoding.scale])
    if any(code.kind == "category" for code in design.encoding.columns):
        sentences.append("A column of texts became one column of zeros and ones for each text.")
    if found.settings.k is None:
        sentences.append(
            "The number of clusters was chosen by the rules that stand under “How many clusters?”."
        )
    else:
        sentences.append("The number of clusters was given.")
    sentences.append("Clusters are numbered by size, the largest 0.")
    return sentences


def _parameters(found: Clustering) -> list[tuple[str, str]]:
    """Name and value of what was set."""
    asked, encoding = found.settings, found.design.encoding
    return [
        ("scale", encoding.scale),
        ("missing values", encoding.missing),
        ("init", asked.init),
        ("n_init", str(asked.n_init)),
        ("max_iter", str(asked.max_iter)),
        ("tol", f"{asked.tol:g}"),
    ]


def cluster_json(found: Clustering, files: Mapping[str, str | None]) -> Json:
    """Return a clustering as one object of JSON."""
    run, asked = found.run, found.settings
    return {
        "ganglion": VERSION,
        "command": "cluster",
        **table_json(found.table, found.design),
        "k": found.k,
        "k_from": _source_of_k(found),
        "seed": asked.seed,
        "init": asked.init,
        "n_init": asked.n_init,
        "wss": run.inertia,
        "bss": run.bss,
        "tss": run.tss,
        "explained": run.bss / run.tss if run.tss > 0 else None,
        "n_iter": run.n_iter,
        "stopped_by": run.stopped_by,
        "converged": run.converged,
        "clusters": _clusters_json(found),
        "rules": None if found.rules is None else rules_json(found.rules),
        "curve": None if found.curve is None else curve_json(found.curve),
        "files": {what: path for what, path in files.items() if path is not None},
    }


def table_json(table: Table, design: DesignMatrix) -> Json:
    """Return what was read and what became of it."""
    return {
        "source": table.source,
        "rows": table.n_rows,
        "rows_used": len(design.rows),
        "scale": design.encoding.scale,
        "missing_policy": design.encoding.missing,
        "missing": design.missing,
        "columns": list(design.kept),
        "left_out": [{"column": name, "reason": reason} for name, reason in design.left_out],
        "notes": [*table.notes, *design.notes],
    }


def _clusters_json(found: Clustering) -> list[Json]:
    """Return each cluster with its centre in the units of the table."""
    encoding = found.design.encoding
    centers = found.run.centers * encoding.scales + encoding.centers
    return [
        {
            "label": card.label,
            "size": card.size,
            "share": card.share,
            "sentence": card.sentence,
            "center": dict(zip(encoding.names, map(finite, center.tolist()), strict=True)),
            "differences": [
                {
                    "column": part.name,
                    "category": part.category,
                    "difference": finite(part.difference),
                    "lift": part.lift,
                    "rows": part.count,
                }
                for part in card.features
            ],
            **members_json(card, found.design.rows),
        }
        for card, center in zip(found.cards, centers, strict=True)
    ]


def _source_of_k(found: Clustering) -> str:
    """What decided the number of clusters: the user, the knee of the curve, or what other rules name."""
    if found.settings.k is not None or found.curve is None:
        return "given"
    choice = found.curve.choice
    return "elbow" if choice.votes.get("elbow") == choice.k else "rules"


def curve_json(curve: Curve) -> Json:
    """Return a curve over k, and what was read off it."""
    choice: KChoice = curve.choice
    return {
        "k": choice.k,
        "reason": curve.reason,
        "agreement": choice.agreement,
        "votes": choice.votes,
        "rules": [
            {"rule": row.name, "k": row.vote, "reason": row.reason, "cost": row.cost}
            for row in choice.rules
        ],
        "rows": curve.n_rows,
        "table": {
            name: [int(value) if name == "k" else finite(value) for value in values]
            for name, values in choice.table.items()
        },
    }
