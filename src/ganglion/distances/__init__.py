"""Distances between anything: vectors, sets, texts, tables, series, or what a function of your own can compare."""

from __future__ import annotations

from .catalogue import METRICS, Metric
from .items import Items, as_items
from .neighbors import Neighborhoods, Neighbors, nearest, within
from .pairwise import condensed, pairwise, square_form
from .plan import Plan, plan

__all__ = [
    "METRICS",
    "Items",
    "Metric",
    "Neighborhoods",
    "Neighbors",
    "Plan",
    "as_items",
    "condensed",
    "nearest",
    "pairwise",
    "plan",
    "square_form",
    "within",
]
