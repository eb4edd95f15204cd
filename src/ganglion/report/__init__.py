"""Pages as one HTML file each, offline, self-contained, safe to send on: a clustering, a posterior, a training.

content.py    what a report is made from
page.py       content -> HTML
writing.py    HTML -> file, whole or not at all
learning.py   what a network learned of a table, and how well -> HTML
training.py   a training recorded epoch by epoch, and the page that replays it
trees.py      a tree of clusters or medoids, with examples, and its merges replayed -> HTML
posterior.py  a posterior over partitions: verdict, who is with whom, how far the estimate is off, chains -> HTML
parts/        parts of any page (answer, map, cards, rules, choice of k, tables, pictures, problems), and page() of them
_charts.py _plane.py _density.py _frames.py _marks.py _scales.py    geometry and data of what is drawn
_learning_drawings.py                                   the same for what was learned
_training_chart.py _training_data.py _training_page.py  the same for a replayed training, and its page
_tree_drawing.py _tree_cards.py                         the same for a tree and its clusters
_posterior_drawing.py _posterior_replay.py _shaded.py   the same for a posterior; its gate is _posterior_checks.py
_checks.py _sampling.py _wording.py _embedding.py       the gate, what is shown, its words, its safety
templates/    the pages, their style sheets and scripts
"""

from __future__ import annotations

from ._sections import Sections
from .content import ElbowCurve, PlaneMap, Replay, ReportContent
from .learning import LearningContent, ScoreRow, learning_report
from .page import cluster_report
from .posterior import (
    BallBound,
    ChainRecord,
    ChainReplay,
    CredibleReach,
    PosteriorReport,
    Verdict,
    posterior_report,
)
from .training import TrainingRecorder, TrainingReplay, replay_page, training_page
from .trees import Member, TreeCluster, TreePicture, TreeReport, tree_report
from .writing import write_report

__all__ = [
    "BallBound",
    "ChainRecord",
    "ChainReplay",
    "CredibleReach",
    "ElbowCurve",
    "LearningContent",
    "Member",
    "PlaneMap",
    "PosteriorReport",
    "Replay",
    "ReportContent",
    "ScoreRow",
    "Sections",
    "TrainingRecorder",
    "TrainingReplay",
    "TreeCluster",
    "TreePicture",
    "TreeReport",
    "Verdict",
    "cluster_report",
    "learning_report",
    "posterior_report",
    "replay_page",
    "training_page",
    "tree_report",
    "write_report",
]
