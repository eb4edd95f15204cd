"""Distances between anything: vectors, sets, texts, tables, series, or what a function of your own can compare."""

from __future__ import annotations

from .catalogue import METRICS, Metric
from .items import Items, as_items

__all__ = ["METRICS", "Items", "Metric", "as_items"]
