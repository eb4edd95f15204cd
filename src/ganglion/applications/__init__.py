"""What a person wants from groups: customers by what they buy, documents by their words, images by their regions."""

from __future__ import annotations

from .customers import (
    CustomerModel,
    CustomerSegment,
    CustomerSegmentation,
    SegmentOptions,
    segment_customers,
)

__all__ = [
    "CustomerModel",
    "CustomerSegment",
    "CustomerSegmentation",
    "SegmentOptions",
    "segment_customers",
]
