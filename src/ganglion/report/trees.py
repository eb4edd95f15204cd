"""The report of a tree or of medoids: what it is made from, and the page that is made of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from .._errors import DataError
from ..explain.clusters import ClusterCard
from ..explain.outline import Outline
from . import _tree_cards, _tree_drawing, _wording
from ._embedding import breakable, embed_json, policy
from ._sections import Sections, draw_sections
from ._templates import environment, source
from .parts import ReproducePart
from .parts.sizing import Limits

MAX_BYTES = 1_000_000
MAX_SOURCE = 120
MAX_LISTED = 60


@dataclass(frozen=True, kw_only=True)
class Member:
    """One member of a cluster that is shown.

    Attributes
    ----------
    name : str
        What to call it: a text, or a row with its cells.
    count : int
        How many rows it stands for.
    distance : float
        How far it is from the medoid; 0 for the medoid itself.
    """

    name: str
    count: int
    distance: float


@dataclass(frozen=True, kw_only=True)
class TreeCluster:
    """One cluster as the page shows it.

    Attributes
    ----------
    label : int
        Its number, from 0.
    size, n_different : int
        Its rows, and how many different items they are.
    medoid : Member or None
        The member in the middle; None for clusters that are only counted.
    frequent, typical, distant : sequence of Member
        Members that stand for most rows, members close to the medoid, and members far from it.
    mean, largest : float
        Mean and largest distance to the medoid.
    neighbour : int or None
        The cluster with the nearest medoid.
    gap : float
        How far that is.
    """

    label: int
    size: int
    n_different: int
    medoid: Member | None = None
    frequent: Sequence[Member] = ()
    typical: Sequence[Member] = ()
    distant: Sequence[Member] = ()
    mean: float = 0.0
    largest: float = 0.0
    neighbour: int | None = None
    gap: float = float("nan")


@dataclass(frozen=True, kw_only=True)
class TreePicture:
    """What is drawn of the tree.

    Attributes
    ----------
    outline : Outline
        Its ends and joins, with the clusters of the cut and the rows of each node.
    names : sequence of str
        A name for each end: the leaf itself, or one that stands for the branch.
    """

    outline: Outline
    names: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class TreeReport:
    """All that the report of a tree, or of medoids, says.

    Attributes
    ----------
    title, source, version : str
        Title of the page, name of the data, version of ganglion.
    method, metric : str
        How clusters were made, of which distances.
    noun : str
        What an item is called: "row" or "text".
    n_rows, n_items : int
        Rows that were clustered, and how many different items they are.
    clusters : sequence of TreeCluster
        All clusters by label, the largest first.
    facts : sequence of (str, str)
        Name and value of what is told at a glance: heights, coefficients.
    picture : TreePicture or None
        The tree; None for medoids.
    cards : sequence of ClusterCard
        What sets each cluster apart; empty where items have no features.
    gaps : mapping of str to sequence of float
        Columns "k" and "to" of the heights; empty for medoids.
    chosen : int or None
        The number of clusters that the heights speak for.
    reason : str
        Why, or why none.
    done : sequence of str
        What was done, a sentence each.
    columns_used : sequence of str
        Columns that took part.
    columns_left_out : sequence of (str, str)
        Columns that did not, each with the reason.
    parameters : sequence of (str, str)
        Name and value of what was set.
    sections : Sections or None
        Rules, the data's problems, the command: what pages of all methods have.
    """

    title: str
    source: str
    version: str
    method: str
    metric: str
    noun: str
    n_rows: int
    n_items: int
    clusters: Sequence[TreeCluster]
    facts: Sequence[tuple[str, str]] = ()
    picture: TreePicture | None = None
    cards: Sequence[ClusterCard] = ()
    gaps: Mapping[str, Sequence[float]] | None = None
    chosen: int | None = None
    reason: str = ""
    done: Sequence[str] = ()
    columns_used: Sequence[str] = ()
    columns_left_out: Sequence[tuple[str, str]] = ()
    parameters: Sequence[tuple[str, str]] = ()
    sections: Sections | None = None

    @property
    def k(self) -> int:
        """Number of clusters."""
        return len(self.clusters)


def tree_report(content: TreeReport) -> str:
    """Make the report of a tree or of medoids: one self-contained HTML page.

    Parameters
    ----------
    content : TreeReport
        What was done and found, in plain numbers and strings.

    Returns
    -------
    str
        The page: under 1,000,000 bytes in UTF-8; it fetches nothing and runs one script, named by its hash in the
        page's own content-security policy. The same content gives the same page.

    Raises
    ------
    DataError
        The content contradicts itself: sizes that do not add up, labels out of order, heights that are not finite; or
        the page cannot be kept under its size.

    Notes
    -----
    Of more than 60 clusters the 60 largest are shown. All strings are escaped; characters that cannot be shown have a
    stand-in that can, and long texts lose their middle.

    Examples
    --------
    >>> from ganglion.report import Member, TreeCluster, TreeReport, tree_report
    >>> medoid = Member(name="Main Street", count=9, distance=0.0)
    >>> page = tree_report(TreeReport(
    ...     title="Streets", source="streets.csv", version="0.1.0", method="medoids", metric="levenshtein", noun="text",
    ...     n_rows=9, n_items=1, clusters=[TreeCluster(label=0, size=9, n_different=1, medoid=medoid)],
    ... ))
    >>> page.startswith("<!doctype html>"), "Main Street" in page
    (True, True)
    """
    _check(content)
    size = 0
    for characters, listed in ((160, 200), (80, 60), (40, 20)):
        page = _render(content, characters, listed)
        size = len(page.encode("utf-8"))
        if size < MAX_BYTES:
            return page
    raise DataError(
        f"A report must stay under {MAX_BYTES:,} bytes; this one needs {size:,}. Shorten the names in its content."
    )


def _check(content: TreeReport) -> None:
    """Raise DataError where the content contradicts itself."""
    if not content.clusters:
        raise DataError("A report needs at least one cluster; got none. Pass one TreeCluster each.")
    total = sum(cluster.size for cluster in content.clusters)
    labels = [cluster.label for cluster in content.clusters]
    if labels != list(range(content.k)) or total != content.n_rows:
        raise DataError(
            f"A report needs clusters 0 ... {content.k - 1} whose sizes add up to {content.n_rows} rows; got "
            f"{total} rows. Pass the clusters of one run by rising label."
        )
    if content.cards and [card.label for card in content.cards] != labels:
        raise DataError(
            f"cards must describe clusters 0 ... {content.k - 1} in this order; got {len(content.cards)} cards."
        )
    picture = content.picture
    if picture is None:
        return
    if not np.isfinite(picture.outline.height).all():
        raise DataError("The heights of a tree must be finite; got NaN or infinity.")
    if len(picture.names) != picture.outline.n_ends:
        raise DataError(
            f"picture.names must name each of the {picture.outline.n_ends} ends; got {len(picture.names)}."
        )


def _render(content: TreeReport, characters: int, listed: int) -> str:
    """Fill the template."""
    script, style = (
        source("tree.js"),
        source("report.css") + source("parts.css") + source("tree.css"),
    )
    drawn = None if content.picture is None else _tree_drawing.draw_tree(content.picture, content.k)
    curve = None if content.gaps is None else _tree_drawing.draw_heights(content.gaps, content)
    steps = (
        ()
        if drawn is None or content.picture is None
        else _tree_drawing.steps_of(content.picture, drawn)
    )
    cards = _tree_cards.draw_clusters(content, MAX_LISTED, characters)
    template = environment().get_template("tree.html")
    return template.render(
        _words(content, characters),
        **_sections(content, characters, listed),
        tree=drawn,
        curve=curve,
        steps=steps,
        cards=cards,
        box=_tree_drawing.BOX,
        breakable=breakable,
        count=_wording.count,
        data=embed_json({"steps": [step.data() for step in steps], "start": _start(content)}),
        policy=policy(script=script, style=style),
        script=Markup(script),
        style=Markup(style),
    )


def _start(content: TreeReport) -> int:
    """The step at which the replay begins: the cut, where it is among those that are drawn."""
    if content.picture is None:
        return 0
    ends = content.picture.outline.n_ends
    return max(0, ends - content.k)


def _sections(content: TreeReport, characters: int, listed: int) -> Mapping[str, object]:
    """The sections that all pages of clusters have, and the list of all."""
    first = (
        ("method", content.method),
        ("metric", content.metric),
        ("clusters (k)", _wording.count(content.k)),
    )
    made = ReproducePart(
        seed="",  # of medoids it is among the parameters, and a tree has none
        parameters=[*first, *content.parameters],
        done=content.done,
        columns_used=content.columns_used,
        columns_left_out=content.columns_left_out,
    )
    own = [
        ("glance", "At a glance"),
        ("clusters", "What is in each cluster"),
        ("rules", ""),
        ("choice", "" if content.gaps is None else "How many clusters?"),
        ("the-tree", "" if content.picture is None else "The tree"),
    ]
    limits = Limits(n_points=0, cell=2, characters=4 * characters, listed=listed)
    return draw_sections(content.sections or Sections(), made, limits, own)


def _words(content: TreeReport, characters: int) -> Mapping[str, object]:
    """Strings and sums of the content, made safe to show."""

    def shown(text: str) -> str:
        return _wording.visible(text, characters)

    return {
        "title": shown(content.title),
        "source": _wording.visible(content.source, min(characters, MAX_SOURCE)),
        "version": shown(content.version),
        "headline": _tree_cards.headline(content),
        "lede": shown(_tree_cards.how_made(content)),
        "facts": [(shown(name), shown(value)) for name, value in content.facts],
        "noun": content.noun,
        "k": content.k,
        "reason": shown(content.reason)
        if len(content.reason) < characters
        else content.reason[:600],
        "metric": shown(content.metric),
        "method": shown(content.method),
    }
