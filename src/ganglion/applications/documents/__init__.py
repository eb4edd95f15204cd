"""Documents in groups by their words.

grouping.py     the whole: documents in, groups out
duplicates.py   what is there more than once
records.py      what comes out
model.py        groups that take further documents
_near_duplicates.py    which are nearly the same
_words.py       function words, terms, TF-IDF
_latent.py      the leading singular vectors of sparse rows
_spherical.py   spherical k-means from a good start
_number_of_groups.py   how many
_terms.py       what a group is about
_plane.py       the map
_finishing.py   from labels to groups that are described
"""

from __future__ import annotations

from ._number_of_groups import GroupChoice
from ._terms import GroupTerm
from .duplicates import Duplicates, find_duplicates
from .grouping import group_documents
from .model import AssignedDocuments, DocumentModel
from .records import DocumentGroup, DocumentGroups

__all__ = [
    "AssignedDocuments",
    "DocumentGroup",
    "DocumentGroups",
    "DocumentModel",
    "Duplicates",
    "GroupChoice",
    "GroupTerm",
    "find_duplicates",
    "group_documents",
]
