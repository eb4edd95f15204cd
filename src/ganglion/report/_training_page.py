"""The replay of a training as a page: record in, one HTML file out that needs nothing else and stays under 1 MB."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version
from typing import TYPE_CHECKING

import numpy as np
from markupsafe import Markup

from .._errors import DataError
from . import _training_chart, _wording
from ._embedding import breakable, embed_json, policy
from ._sampling import Index, sample_steps
from ._templates import environment, source
from ._training_data import Drawn, frames_shown, page_data

if TYPE_CHECKING:
    from .training import TrainingReplay

MAX_BYTES = 1_000_000
MAX_ROWS = 60
SCRIPTS = ("network.js", "neurons.js", "training.js")
MAX_TEXT = 200


def render(replay: TrainingReplay) -> str:
    """Fill the template."""
    frames = frames_shown(replay)
    best = _best(replay)
    chart = _training_chart.draw_losses(
        replay.first_loss, replay.loss, replay.validation_loss, best
    )
    script = "".join(source(name) for name in SCRIPTS)
    style = source("report.css") + source("training.css")
    page = (
        environment()
        .get_template("training.html")
        .render(
            _words(replay, frames, best),
            chart=chart,
            box=_training_chart.BOX,
            breakable=breakable,
            count=_wording.count,
            data=embed_json(page_data(replay, frames, chart)),
            policy=policy(script=script, style=style),
            script=Markup(script),
            style=Markup(style),
        )
    )
    size = len(page.encode("utf-8"))
    if size >= MAX_BYTES:
        raise DataError(
            f"A page must stay under {MAX_BYTES:,} bytes; this one needs {size:,}. Shorten its names and settings."
        )
    return page


def _best(replay: TrainingReplay) -> int | None:
    """The epoch with the least validation loss; None without one."""
    losses = replay.validation_loss
    return int(np.nanargmin(losses)) + 1 if np.any(np.isfinite(losses)) else None


def _words(replay: TrainingReplay, frames: Index, best: int | None) -> Mapping[str, object]:
    """Strings of the page, made safe to show."""
    epochs = len(replay.loss)
    return {
        "title": _wording.visible(replay.title, MAX_TEXT),
        "version": version("ganglion"),
        "headline": _headline(replay),
        "lede": _lede(replay, best),
        "network": _wording.visible(replay.network, MAX_TEXT),
        "n_points": len(replay.points),
        "n_epochs": epochs,
        "n_frames": len(frames),
        "is_classes": replay.task == "classes",
        "classes": [_wording.visible(name, MAX_TEXT) for name in replay.classes],
        "inputs": [_wording.visible(name, MAX_TEXT) for name in replay.inputs],
        "loss_name": _wording.visible(replay.loss_name, MAX_TEXT),
        "has_tables": any(stage.table is not None for stage in replay.stages),
        "stages": [_layer(stage) for stage in replay.stages],
        "settings": [
            (_wording.visible(name, MAX_TEXT), _wording.visible(value, MAX_TEXT))
            for name, value in replay.settings
        ],
        "rows": _rows(replay),
        "has_validation": best is not None,
        "has_metric": bool(np.any(np.isfinite(replay.metric))),
    }


def _headline(replay: TrainingReplay) -> str:
    """What happened, in a sentence."""
    last = float(replay.loss[-1])
    verb = "fell" if last < replay.first_loss else "went"
    return (
        f"In {_wording.plural(len(replay.loss), 'epoch')} the loss {verb} from {_wording.number(replay.first_loss, 3)} "
        f"to {_wording.number(last, 3)}."
    )


def _lede(replay: TrainingReplay, best: int | None) -> str:
    """What stood against what, and where validation was best."""
    points = _wording.plural(len(replay.points), "point")
    what = (
        f"{_wording.number_word(len(replay.classes))} classes"
        if replay.task == "classes"
        else "one value"
    )
    text = f"{points} on two inputs, {what}."
    if best is not None:
        least = _wording.number(float(replay.validation_loss[best - 1]), 3)
        text += f" The validation loss was least after epoch {_wording.count(best)}: {least}."
    return text


def _layer(stage: Drawn) -> tuple[str, str]:
    """A step of the network in words."""
    what = (
        _wording.plural(stage.n_out, "neuron")
        if stage.kind == "dense"
        else _wording.plural(stage.n_out, "output")
    )
    if stage.activation == "table":
        return stage.name, f"{what}, a function of its own"
    return stage.name, what if stage.activation == "identity" else f"{what}, {stage.activation}"


def _rows(replay: TrainingReplay) -> list[list[str]]:
    """The numbers of some epochs as a table has them: epoch, loss, validation loss, metric."""
    shown = sample_steps(len(replay.loss), MAX_ROWS)
    curves = (replay.loss, replay.validation_loss, replay.metric)
    return [
        [
            _wording.count(int(i) + 1),
            *(_wording.number(float(c[i])) if np.isfinite(c[i]) else "" for c in curves),
        ]
        for i in shown.tolist()
    ]
