"""Explained labels as a page."""

from __future__ import annotations

from ..data import data_problems, design_matrix
from ..explain.plane import Plane, principal_plane
from ..report.explained import ExplainedPage
from ..report.parts import ReproducePart, problems_of
from ._command_line import command_line
from ._explaining import Explained
from ._page_sections import VERSIONS


def page_content(explained: Explained) -> ExplainedPage:
    """Return all that the page says."""
    table, asked = explained.table, explained.asked
    done = [f"{table.n_rows:,} rows were read from {table.source}."]
    done += [f"{note[:1].upper()}{note[1:]}." for note in (*table.notes, *explained.notes)]
    return ExplainedPage(
        source=table.source,
        found=explained.found,
        rows=explained.rows,
        labels=explained.labels,
        plane=_plane(explained),
        problems=problems_of(data_problems(table)),
        made=ReproducePart(
            command=command_line(),
            seed=asked.seed,
            versions=VERSIONS,
            done=done,
            columns_used=explained.columns,
            columns_left_out=explained.left_out,
        ),
    )


def _plane(explained: Explained) -> Plane | None:
    """The rows in the plane in which they are widest; None where there are no columns for one but dates."""
    table = explained.table
    columns = [name for name in explained.columns if table.column(name).kind != "date"]
    if not columns:
        return None
    design = design_matrix(
        table, columns=columns, missing="impute", max_categories=explained.asked.max_categories
    )
    return principal_plane(design.X[explained.rows])
