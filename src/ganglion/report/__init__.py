"""The report of a run as one HTML file: offline, self-contained, safe to open and to send on.

content.py    what a report is made from
page.py       content -> HTML
writing.py    HTML -> file, whole or not at all
_charts.py _plane.py _frames.py _marks.py _scales.py    geometry and data of what is drawn
_checks.py _sampling.py _wording.py _embedding.py       the gate, what is shown, its words, its safety
templates/    the page, its style sheet and its one script
"""

from __future__ import annotations

from .content import ElbowCurve, PlaneMap, Replay, ReportContent
from .page import cluster_report
from .writing import write_report

__all__ = [
    "ElbowCurve",
    "PlaneMap",
    "Replay",
    "ReportContent",
    "cluster_report",
    "write_report",
]
