"""What a person wants from groups: customers by what they buy, documents by their words, images by their regions."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._customer_names import (
        STANDINGS,
    )
    from ._customer_table import (
        customer_table,
    )
    from .customer_words import (
        customer_rules,
        customer_sentences,
    )
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
    from .images import segment_image
    from .segmentation import NoNumberError, Segment, Segmentation, SegmentSettings

# Each application is read when it is first used: a picture does not wait for what documents need.
_HOMES = {
    "AssignedDocuments": "documents",
    "CustomerModel": "customers",
    "CustomerSegment": "customers",
    "CustomerSegmentation": "customers",
    "DocumentGroup": "documents",
    "DocumentGroups": "documents",
    "DocumentModel": "documents",
    "Duplicates": "documents",
    "GroupChoice": "documents",
    "GroupTerm": "documents",
    "NoNumberError": "segmentation",
    "STANDINGS": "_customer_names",
    "Segment": "segmentation",
    "SegmentOptions": "customers",
    "SegmentSettings": "segmentation",
    "Segmentation": "segmentation",
    "customer_rules": "customer_words",
    "customer_sentences": "customer_words",
    "customer_table": "_customer_table",
    "find_duplicates": "documents",
    "group_documents": "documents",
    "segment_customers": "customers",
    "segment_image": "images",
}

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
    "NoNumberError",
    "Segment",
    "SegmentOptions",
    "SegmentSettings",
    "Segmentation",
    "customer_rules",
    "customer_sentences",
    "customer_table",
    "find_duplicates",
    "group_documents",
    "segment_customers",
    "segment_image",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{_HOMES[name]}", __name__), name)
    globals()[name] = value
    return value
