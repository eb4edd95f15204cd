"""Reading tables and turning them into matrices; duckdb is imported when a file is read, and nowhere else."""

from __future__ import annotations

from .documents import Documents, documents_from_texts, read_documents
from .examples import example_path
from .features import ColumnCode, DesignMatrix, Encoding, apply_encoding, design_matrix
from .images import Image, read_image
from .pictures import jpeg_bytes, png_bytes, scaled_down
from .problems import DataProblems, data_problems
from .tables import Column, Limits, Table, read_table, table_from_frame
from .targets import Supervised, supervised
from .writing import write_columns, write_labels

__all__ = [
    "Column",
    "ColumnCode",
    "DataProblems",
    "DesignMatrix",
    "Documents",
    "Encoding",
    "Image",
    "Limits",
    "Supervised",
    "Table",
    "apply_encoding",
    "data_problems",
    "design_matrix",
    "documents_from_texts",
    "example_path",
    "jpeg_bytes",
    "png_bytes",
    "read_documents",
    "read_image",
    "read_table",
    "scaled_down",
    "supervised",
    "table_from_frame",
    "write_columns",
    "write_labels",
]
