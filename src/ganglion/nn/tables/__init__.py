"""Networks on tables: one column predicted from the others, and judged on rows that had no part in the training."""

from __future__ import annotations

from .model import TableNetwork, TablePredictions
from .training import Score, TableSettings, TableTraining, train_on_table

__all__ = [
    "Score",
    "TableNetwork",
    "TablePredictions",
    "TableSettings",
    "TableTraining",
    "train_on_table",
]
