"""The command line: the one place that prints. Standard output is the result, standard error is talk.

app.py        the commands by name; what an error looks like and how the program ends
cluster.py assign.py choose_k.py show.py demo.py    a command each: its options, its steps
_clustering.py       from a matrix to the record of a clustering
_subjects.py _trees.py _tree_content.py _tree_printing.py    the same for items with distances: trees and medoids
_content.py          from that record to a report and to one JSON object
_printing.py         from that record to what a terminal shows
_reading.py _targets.py _options.py _talk.py _failures.py    input, outputs, shared options, stderr, exit codes
"""

from __future__ import annotations

from .app import main

__all__ = ["main"]
