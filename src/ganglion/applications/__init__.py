"""What a person wants from groups: customers by what they buy, documents by their words, images by their regions."""

from __future__ import annotations

from .customers import (
    CustomerModel,
    CustomerSegment,
    CustomerSegmentation,
    SegmentOptions,
    segment_customers,
)
from .documents import (
    AssignedDocuments,
    DocumentGroup,
    DocumentGroups,
    DocumentModel,
    Duplicates,
    GroupChoice,
    GroupTerm,
    find_duplicates,
    group_documents,
)

__all__ = [
    "AssignedDocuments",
    "CustomerModel",
    "CustomerSegment",
    "CustomerSegmentation",
    "DocumentGroup",
    "DocumentGroups",
    "DocumentModel",
    "Duplicates",
    "GroupChoice",
    "GroupTerm",
    "SegmentOptions",
    "find_duplicates",
    "group_documents",
    "segment_customers",
]
