"""How a training goes: the numbers that `train` takes, checked once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .._ranges import count, flag, number_in


@dataclass(frozen=True)
class Settings:
    """How a training goes, beside data, network, optimiser and schedule; as in `train`, and already checked."""

    epochs: int
    batch_size: int = 32
    shuffle: bool = True
    patience: int | None = None
    tol: float = 0.0
    restore_best: bool = False
    l2: float = 0.0
    label_smoothing: float = 0.0
    clip_norm: float | None = None
    clip_value: float | None = None
    ema: float | None = None
    record: bool = False


def checked_settings(given: Mapping[str, Any], n_rows: int, *, has_eval_set: bool) -> Settings:
    """Return the settings, or the error that names the one outside its range.

    Parameters
    ----------
    given : mapping of str to object
        The fields of `Settings` as the caller gave them; `restore_best` may be None.
    n_rows : int
        Rows that are learned from: a batch has no more.
    has_eval_set : bool
        Whether there is something else to judge the network on.

    Returns
    -------
    Settings
        The settings.
    """
    patience = given["patience"]
    best = given["restore_best"]
    if best is None:
        best = has_eval_set and patience is not None
    return Settings(
        epochs=count(given["epochs"], "train: epochs"),
        batch_size=min(count(given["batch_size"], "train: batch_size"), n_rows),
        shuffle=flag(given["shuffle"], "train: shuffle"),
        patience=None if patience is None else count(patience, "train: patience"),
        tol=number_in(given["tol"], "train: tol", least=0.0),
        restore_best=flag(best, "train: restore_best"),
        l2=number_in(given["l2"], "train: l2", least=0.0),
        label_smoothing=number_in(
            given["label_smoothing"], "train: label_smoothing", least=0.0, below=1.0
        ),
        clip_norm=_optional(given["clip_norm"], "train: clip_norm"),
        clip_value=_optional(given["clip_value"], "train: clip_value"),
        ema=_optional(given["ema"], "train: ema", below=1.0),
        record=flag(given["record"], "train: record"),
    )


def _optional(value: Any, name: str, below: float | None = None) -> float | None:
    """Return a number above 0, or None for none."""
    return None if value is None else number_in(value, name, above=0.0, below=below)
