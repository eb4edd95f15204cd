"""What a person wants from groups: customers by what they buy, documents by their words, images by their regions."""

from __future__ import annotations

from ._customer_names import STANDINGS
from .customer_table import customer_table
from .customer_words import customer_sentences
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
    "STANDINGS",
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
    "customer_sentences",
    "customer_table",
    "find_duplicates",
    "group_documents",
    "segment_customers",
]
