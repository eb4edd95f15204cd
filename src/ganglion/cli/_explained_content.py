"""Cards, rules and misfits as JSON; rows count from 1 as in the file, the header not among them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..explain import (
    ClusterCard,
    Condition,
    FeatureDifference,
    Misfits,
    ThresholdTree,
)
from ._explaining import Explained
from ._printing import finite
from ._version import VERSION

MOST_DIFFERENCES = 50

Json = dict[str, Any]
Rows = NDArray[np.int64]


def explained_json(explained: Explained, files: Mapping[str, str | None]) -> Json:
    """Return explained labels as one object."""
    found, rows, asked = explained.found, explained.rows, explained.asked
    tree, misfits = found.tree, found.misfits
    return {
        "ganglion": VERSION,
        "command": "explain",
        "source": explained.table.source,
        "rows": explained.table.n_rows,
        "rows_used": len(rows),
        "labels": asked.label_column,
        "columns": list(explained.columns),
        "left_out": [{"column": name, "reason": why} for name, why in explained.left_out],
        "notes": [*explained.table.notes, *explained.notes],
        "seed": asked.seed,
        "clusters": [card_json(card, rows) for card in found.cards],
        "rules": None if tree is None else rules_json(tree),
        "misfits": None if misfits is None else misfits_json(misfits, rows),
        "files": {what: path for what, path in files.items() if path is not None},
    }


def card_json(card: ClusterCard, rows: Rows) -> Json:
    """Return one card; `rows` are those of the table that labels belong to."""
    return {
        "label": card.label,
        "name": card.name,
        "size": card.size,
        "share": card.share,
        "sentence": card.sentence,
        **members_json(card, rows),
        "differences": [difference_json(part) for part in card.features[:MOST_DIFFERENCES]],
    }


def members_json(card: ClusterCard, rows: Rows) -> Json:
    """Return who stands for a cluster, and what separates it from the nearest one."""
    return {
        "typical_rows": numbered(card.typical, rows),
        "borderline_rows": numbered(card.borderline, rows),
        "nearest_cluster": card.nearest,
        "contrast": [part.text for part in card.contrast],
        "stability": card.stability,
    }


def numbered(positions: tuple[int, ...], rows: Rows) -> list[int]:
    """Return rows of the file, from 1, for positions among the labels."""
    return [int(rows[at]) + 1 for at in positions]


def difference_json(part: FeatureDifference) -> Json:
    """Return one comparison."""
    return {
        "column": part.name,
        "category": part.category,
        "kind": part.kind,
        "difference": finite(part.difference),
        "mean": finite(part.mean),
        "overall": finite(part.overall),
        "lift": part.lift,
        "rows": part.count,
        "text": part.text,
    }


def rules_json(tree: ThresholdTree) -> Json:
    """Return rules and how faithful they are."""
    return {
        "fidelity": tree.fidelity,
        "held_out": tree.held_out,
        "held_out_error": tree.held_out_error,
        "grown_on_rows": tree.grown_on,
        "fidelity_by_cluster": {
            str(label): share for label, share in tree.cluster_fidelity.items()
        },
        "without_rule": list(tree.without_rule),
        "rules": [
            {
                "label": rule.label,
                "name": rule.name,
                "text": rule.text,
                "rows": rule.size,
                "precision": rule.precision,
                "coverage": rule.coverage,
                "conditions": [_condition_json(part) for part in rule.conditions],
            }
            for rule in tree.rules
        ],
    }


def _condition_json(part: Condition) -> Json:
    """Return one condition; bounds that are not there are null."""
    is_category = part.kind == "category"
    return {
        "column": part.name,
        "kind": part.kind,
        "over": None if is_category else finite(part.low),
        "at_most": None if is_category else finite(part.high),
        "any_of": list(part.categories) if is_category else None,
        "missing": part.missing,
        "text": part.text,
    }


def misfits_json(misfits: Misfits, rows: Rows) -> Json:
    """Return rows that belong to no cluster well; the first in detail."""
    return {
        "rows": len(misfits.rows),
        "noise": misfits.n_noise,
        **misfits.counts,
        "first": [
            {
                "row": int(rows[part.row]) + 1,
                "label": part.label,
                "other": part.other,
                "distance": finite(part.distance),
                "margin": finite(part.margin),
                "reason": part.reason,
                "text": part.text,
            }
            for part in misfits.first
        ],
    }
