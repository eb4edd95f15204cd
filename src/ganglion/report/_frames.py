"""The replay as data for report.js: few bytes per step, all words written here.

Coordinates are tenths of a unit in 16 bits, labels 8 bits (16 where k > 256), both little-endian in base64.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from . import _wording
from ._charts import Curve
from ._plane import Frame, Map
from ._sampling import Index, sample_steps
from .content import Codes, Coordinates, Mapped, Replay, ReportContent

MAX_STEPS = 80
MAX_ROW_NAME = 40

Json = Mapping[str, object]


@dataclass(frozen=True)
class Step:
    """One shown step: where its two frames stand and what they say."""

    number: int
    wss: str
    changed: str
    shift: str


def steps_shown(replay: Replay, *, n_shown: int, k: int, budget: int) -> Index:
    """As many steps as `budget` bytes hold: labels of the shown rows, and centres before and after."""
    label_bytes = 1 if k <= 256 else 2
    per_step = n_shown * label_bytes + 8 * k + 150
    return sample_steps(replay.wss.shape[0], min(MAX_STEPS, max(2, budget // per_step)))


def describe_steps(replay: Replay, steps: Index) -> tuple[Step, ...]:
    """The numbers of the shown steps as a table has them."""
    return tuple(
        Step(
            number=int(t) + 1,
            wss=_wording.number(float(replay.wss[t]), 6),
            changed=_wording.count(int(replay.changed[t])),
            shift=_wording.number(float(replay.shift[t])),
        )
        for t in steps.tolist()
    )


def map_data(content: Mapped, drawn: Map, rows: Index) -> Json:
    """What hovering over the map needs."""
    names = content.plane.rows
    shown = [int(i) for i in rows]
    if names is None:
        called = [_wording.count(i + 1) for i in shown]
    else:
        called = [_wording.visible(names[i], MAX_ROW_NAME) for i in shown]
    return {
        "k": content.k,
        "wide": content.k > 256,
        "points": coordinates(drawn.points),
        "labels": labels_in_bytes(content.plane.labels[rows], content.k),
        "rows": called,
        "names": [_wording.cluster_name(card.label) for card in content.cards],
        "shapes": [
            [round(shape.dx, 1), round(shape.dy, 1), shape.outline] for shape in drawn.shapes
        ],
    }


def replay_data(
    content: ReportContent, replay: Replay, *, rows: Index, steps: Index, frame: Frame, curve: Curve
) -> Json:
    """The frames: the start, then for each shown step the assignment and the move."""
    final = content.plane.centers
    after = np.concatenate((replay.centers[1:], final[None]))
    words = describe_steps(replay, steps)
    shown = [
        {
            "number": step.number,
            "from": coordinates(frame(replay.centers[t])),
            "to": coordinates(frame(after[t])),
            "labels": labels_in_bytes(replay.labels[t][rows], content.k),
            "assign": _assign_sentence(int(replay.changed[t]), step),
            "move": f"Summed squared shift of the centres: {step.shift}.",
            "mark": [curve.to_x(t + 1), curve.to_y(float(replay.wss[t]))],
        }
        for t, step in zip(steps.tolist(), words, strict=True)
    ]
    same = bool(np.array_equal(replay.labels[-1], content.plane.labels))
    return {
        "steps": shown,
        "total": int(replay.wss.shape[0]),
        "final": None if same else coordinates(frame(final)),
        "end": _wording.how_it_ended(content),
    }


def _assign_sentence(changed: int, step: Step) -> str:
    """What an assignment did."""
    if changed == 0:
        return f"No row changed its cluster. WSS {step.wss}."
    return f"{_wording.plural(changed, 'row')} changed cluster. WSS {step.wss}."


def coordinates(points: Coordinates) -> str:
    """Points on the page in tenths of a unit."""
    return base64.b64encode(np.rint(points * 10).astype("<u2").tobytes()).decode("ascii")


def labels_in_bytes(labels: Codes, k: int) -> str:
    """Labels in as few bytes as k needs."""
    return base64.b64encode(labels.astype("<u1" if k <= 256 else "<u2").tobytes()).decode("ascii")
