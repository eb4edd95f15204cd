"""Clusters from a tree, or around medoids, as a report and as one JSON object."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..cluster import Tree
from ..explain.outline import Outline, outline
from ..report import Member, TreeCluster, TreePicture, TreeReport, _wording
from ._explained_content import rules_json
from ._page_sections import table_sections
from ._printing import finite
from ._subjects import Subjects
from ._trees import TreeFound
from ._version import VERSION

ENDS = 60
FREQUENT = 3

Json = dict[str, Any]


def tree_content(found: TreeFound, *, title: str) -> TreeReport:
    """Return all that the report of a tree, or of medoids, says."""
    subjects, choice = found.subjects, found.choice
    return TreeReport(
        title=title,
        source=subjects.table.source,
        version=VERSION,
        method=found.settings.method,
        metric=subjects.items.metric,
        noun=subjects.noun,
        n_rows=len(subjects.rows),
        n_items=subjects.items.n,
        clusters=_clusters(found),
        facts=_facts(found),
        picture=None if found.tree is None else _picture(found, found.tree),
        cards=found.cards,
        gaps=None if choice is None or not choice.table["k"] else choice.table,
        chosen=None if choice is None else choice.k,
        reason="" if choice is None else choice.reason,
        done=_done(found),
        columns_used=subjects.columns,
        columns_left_out=subjects.left_out,
        parameters=_parameters(found),
        sections=table_sections(subjects.table, found.rules),
    )


def _clusters(found: TreeFound) -> list[TreeCluster]:
    """Every cluster; the largest with their examples."""
    different = np.bincount(found.item_labels, minlength=found.k)
    clusters: list[TreeCluster] = []
    for label, size in enumerate(found.sizes.tolist()):
        many = int(different[label])
        if label >= len(found.examples):
            clusters.append(TreeCluster(label=label, size=size, n_different=many))
            continue
        part = found.examples[label]
        split = len(part.typical)
        clusters.append(
            TreeCluster(
                label=label,
                size=size,
                n_different=many,
                medoid=_members(found.subjects, [part.medoid])[0],
                frequent=_members(found.subjects, most_frequent(found, label, FREQUENT)),
                typical=_members(
                    found.subjects, part.typical.tolist(), part.distances[:split].tolist()
                ),
                distant=_members(
                    found.subjects, part.distant.tolist(), part.distances[split:].tolist()
                ),
                mean=part.mean,
                largest=part.largest,
                neighbour=part.neighbour,
                gap=part.gap,
            )
        )
    return clusters


def most_frequent(found: TreeFound, label: int, most: int) -> list[int]:
    """The items of a cluster that stand for most rows; none where each stands for one."""
    inside = np.flatnonzero(found.item_labels == label)
    counts = found.subjects.counts[inside]
    order = np.lexsort((inside, -counts))[:most]
    return [int(item) for item in inside[order[counts[order] > 1]]]


def _members(
    subjects: Subjects, items: Sequence[int], distances: Sequence[float] | None = None
) -> list[Member]:
    """Items with their names, rows and distances."""
    far = [0.0] * len(items) if distances is None else distances
    return [
        Member(name=subjects.names[item], count=int(subjects.counts[item]), distance=away)
        for item, away in zip(items, far, strict=True)
    ]


def _picture(found: TreeFound, tree: Tree) -> TreePicture:
    """The upper branches of the tree, each named by the item in it that occurs most often."""
    drawn = outline(
        tree.merges,
        tree.leaf_order(),
        n_ends=ENDS,
        clusters=found.item_labels,
        counts=found.subjects.counts,
    )
    leaves = _most_frequent(drawn, found.subjects.counts)
    names = [found.subjects.heads[leaf] for leaf in leaves]
    return TreePicture(outline=drawn, names=names)


def _most_frequent(drawn: Outline, counts: NDArray[np.int64]) -> list[int]:
    """The leaf of each end that stands for most rows, the first in the file among equals."""
    ends = drawn.n_ends
    leaves: list[int] = []
    spans = zip(drawn.start[:ends].tolist(), drawn.size[:ends].tolist(), strict=True)
    for start, size in spans:
        inside = np.sort(drawn.order[start : start + size])
        leaves.append(int(inside[np.argmax(counts[inside])]))
    return leaves


def _facts(found: TreeFound) -> list[tuple[str, str]]:
    """Heights and sums at a glance."""
    facts = [("clusters", _wording.count(found.k))]
    subjects = found.subjects
    if subjects.is_distinct:
        facts.append(("different texts", _wording.count(subjects.items.n)))
    if found.run is not None:
        facts.append(("sum of distances to medoids", _wording.number(found.run.inertia)))
        facts.append(("swaps until none improved", _wording.count(found.run.n_swaps)))
    tree = found.tree
    if tree is None:
        return facts
    heights = np.sort(tree.heights)[::-1]
    if found.k > 1:
        facts.append(
            ("lowest merge between clusters", _wording.number(float(heights[found.k - 2])))
        )
    if found.k < tree.n_leaves:
        facts.append(("highest merge inside one", _wording.number(float(heights[found.k - 1]))))
    if found.settings.height is not None:
        facts.append(("cut at height", _wording.number(found.settings.height)))
    facts.append(
        ("height of the root", _wording.number(float(heights[0]) if len(heights) else 0.0))
    )
    return facts


def _done(found: TreeFound) -> list[str]:
    """What was done, a sentence each."""
    subjects, settings = found.subjects, found.settings
    table = subjects.table
    columns = _wording.plural(len(table.columns), "column")
    sentences = [f"{table.n_rows:,} rows and {columns} were read from {table.source}."]
    sentences += [
        f"{note[:1].upper()}{note[1:]}." for note in (*subjects.table.notes, *subjects.notes)
    ]
    if subjects.scale == "standard":
        sentences.append("Every column was brought to mean 0 and standard deviation 1.")
    elif subjects.scale == "range":
        dated = any(table.column(name).kind == "date" for name in subjects.columns)
        what = "Each number and each date" if dated else "Each number"
        sentences.append(
            f"{what} counts by its share of its column's range, each text by equal or not."
        )
    if settings.height is not None:
        sentences.append("The height of the cut was given.")
    elif settings.k is None:
        sentences.append("The number of clusters was read off the heights of the tree.")
    else:
        sentences.append("The number of clusters was given.")
    if any(not part.is_exact for part in found.examples):
        sentences.append(
            "In clusters of more than 3,000 members, examples were found by comparing all with 1,000 of them."
        )
    if subjects.fuller is not None:
        sentences.append(
            "Examples and what is nearest to them are rows with few missing cells, where a cluster has such."
        )
    sentences.append("Clusters are numbered by size, the largest 0.")
    return sentences


def _parameters(found: TreeFound) -> list[tuple[str, str]]:
    """Name and value of what was set."""
    parameters = [
        (name, str(value))
        for name, value in found.subjects.items.parameters.items()
        if isinstance(value, bool | int | float | str)
    ]
    if found.settings.method in ("medoids", "bisecting"):
        parameters.append(("seed", str(found.settings.seed)))
    return parameters


def tree_json(found: TreeFound, files: Mapping[str, str | None]) -> Json:
    """Return clusters of a tree, or around medoids, as one object of JSON."""
    subjects, settings, run = found.subjects, found.settings, found.run
    return {
        "ganglion": VERSION,
        "command": "cluster",
        "source": subjects.table.source,
        "rows": subjects.table.n_rows,
        "rows_used": len(subjects.rows),
        "different_items": subjects.items.n,
        "columns": list(subjects.columns),
        "left_out": [{"column": name, "reason": reason} for name, reason in subjects.left_out],
        "notes": [*subjects.table.notes, *subjects.notes],
        "method": settings.method,
        "metric": subjects.items.metric,
        "k": found.k,
        "k_from": _source_of_k(found),
        "height": settings.height,
        "seed": settings.seed,
        "inertia": None if run is None else run.inertia,
        "heights": None if found.tree is None else _top_heights(found.tree),
        "reason": None if found.choice is None else found.choice.reason,
        "clusters": [_cluster_json(found, label) for label in range(found.k)],
        "rules": None if found.rules is None else rules_json(found.rules),
        "files": {what: path for what, path in files.items() if path is not None},
    }


def _source_of_k(found: TreeFound) -> str:
    """What decided the number of clusters."""
    if found.settings.height is not None:
        return "height"
    return "given" if found.settings.k is not None else "gap"


def _top_heights(tree: Tree, most: int = 50) -> list[float]:
    """The highest merges, from the root down."""
    return [float(height) for height in np.sort(tree.heights)[::-1][:most]]


def _cluster_json(found: TreeFound, label: int) -> Json:
    """Return one cluster with its example."""
    names, size = found.subjects.names, int(found.sizes[label])
    answer: Json = {"label": label, "size": size, "share": size / len(found.labels)}
    if label < len(found.examples):
        part = found.examples[label]
        answer |= {
            "medoid": names[part.medoid],
            "medoid_row": int(found.subjects.rows[np.argmax(found.subjects.owner == part.medoid)])
            + 1,
            "typical": [names[item] for item in part.typical.tolist()],
            "distant": [names[item] for item in part.distant.tolist()],
            "mean_distance": finite(part.mean),
            "largest_distance": finite(part.largest),
            "nearest_cluster": part.neighbour,
        }
    if found.cards:
        answer["sentence"] = found.cards[label].sentence
        answer["contrast"] = [part.text for part in found.cards[label].contrast]
    return answer
