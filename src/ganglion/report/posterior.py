"""The report of a posterior over partitions: what it is made from, and the page that is made of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from .._errors import DataError
from ..explain.clusters import ClusterCard
from ..explain.posterior import Together
from . import _charts, _posterior_checks, _posterior_drawing, _posterior_replay, _wording
from ._embedding import breakable, embed_json, policy
from ._sampling import sample_rows
from ._sections import Sections, draw_cluster_cards, draw_sections
from ._templates import environment, source
from .content import Codes, Coordinates, PlaneMap
from .parts import ReproducePart
from .parts.sizing import Limits

MAX_BYTES = 1_000_000
MAX_SOURCE = 120


@dataclass(frozen=True, kw_only=True)
class BallBound:
    """One bound of the credible ball.

    Attributes
    ----------
    kind : {"upper", "lower", "horizontal"}
        The farthest partition in the ball among those with fewest clusters, with most, or of all.
    n_clusters : int
        Its clusters.
    distance : float
        How far it is from the estimate.
    words : str
        How it differs from the estimate.
    n_partitions : int
        How many partitions are as far.
    """

    kind: str
    n_clusters: int
    distance: float
    words: str
    n_partitions: int


@dataclass(frozen=True, kw_only=True)
class CredibleReach:
    """How far the estimate may be off.

    Attributes
    ----------
    level : float
        Share of the posterior that is meant, from 0 to 1.
    radius : float
        Within this distance of the estimate lies so much of it.
    unit : str
        What distances are measured in, such as "bits of variation of information".
    expected : float
        Mean distance of the draws to the estimate.
    bounds : sequence of BallBound
        The partitions on the rim.
    """

    level: float
    radius: float
    unit: str
    expected: float
    bounds: Sequence[BallBound]


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Whether the draws can be believed.

    Attributes
    ----------
    is_good : bool
        Whether the chains agree and the draws are enough.
    sentence : str
        What the diagnostics say.
    statistics : sequence of (str, float, float)
        Name, R-hat and effective draws of each statistic.
    enough : float
        Effective draws from which on there are enough.
    """

    is_good: bool
    sentence: str
    statistics: Sequence[tuple[str, float, float]]
    enough: float


@dataclass(frozen=True, kw_only=True)
class ChainRecord:
    """What the chains did.

    Attributes
    ----------
    log_posterior : ndarray of shape (n_chains, n_steps)
        After each step.
    n_clusters : ndarray of shape (n_chains, n_steps)
        Likewise.
    n_before : int
        Steps before the first draw.
    unit : str
        What a step is called: "sweep" or "draw".
    """

    log_posterior: Coordinates
    n_clusters: Codes
    n_before: int
    unit: str


@dataclass(frozen=True, kw_only=True)
class ChainReplay:
    """Partitions of one chain, some hundred at most, that the page plays.

    Attributes
    ----------
    name : str
        What the chain is called, such as "chain 1".
    steps : ndarray of shape (n_frames,)
        The step of each partition, ascending; 0 is the start.
    partitions : ndarray of shape (n_frames, n)
        The partitions.
    """

    name: str
    steps: Codes
    partitions: Codes


@dataclass(frozen=True, kw_only=True)
class PosteriorReport:
    """All that the report of a posterior says.

    Attributes
    ----------
    title, source, version : str
        Title of the page, name of the data, version of ganglion.
    seed : int or None
        Seed of the run.
    noun : str
        What a point is called.
    plane : PlaneMap
        The map; its labels are those of the estimate.
    certainty : ndarray of shape (n,)
        How sure each row's cluster is, from 0 to 1.
    cards : sequence of ClusterCard
        What sets each cluster apart, by label.
    counts : ndarray of shape (n_chains, m)
        For each chain the share of draws with 0, 1, ... clusters.
    components : mapping of int to float or None
        The posterior of the number of components, where the prior has one.
    verdict : Verdict
        Whether to believe it.
    reach : CredibleReach
        How far the estimate may be off.
    similar : Together
        Who is with whom.
    chains : ChainRecord
        Their course.
    replays : sequence of ChainReplay
        What is played; none where nothing was kept.
    model : sequence of (str, str)
        Name and words of what was assumed: prior, components, their hyperparameters.
    done : sequence of str
        What was done before clustering, one sentence each.
    columns_used : sequence of str
        Columns that took part.
    columns_left_out : sequence of (str, str)
        Columns that did not, each with the reason.
    parameters : sequence of (str, str)
        Name and value of every parameter of the run.
    sections : Sections or None
        Rules, the data's problems, the command: what pages of all methods have.
    """

    title: str
    source: str
    version: str
    seed: int | None
    noun: str
    plane: PlaneMap
    certainty: Coordinates
    cards: Sequence[ClusterCard]
    counts: Coordinates
    components: Mapping[int, float] | None
    verdict: Verdict
    reach: CredibleReach
    similar: Together
    chains: ChainRecord
    replays: Sequence[ChainReplay] = ()
    model: Sequence[tuple[str, str]] = ()
    done: Sequence[str] = ()
    columns_used: Sequence[str] = ()
    columns_left_out: Sequence[tuple[str, str]] = ()
    parameters: Sequence[tuple[str, str]] = ()
    sections: Sections | None = None

    @property
    def k(self) -> int:
        """Number of clusters of the estimate."""
        return len(self.cards)

    @property
    def n_rows(self) -> int:
        """Rows that were clustered."""
        return int(self.plane.labels.shape[0])


@dataclass(frozen=True)
class _Limits:
    """How much a page shows: marks, bytes of replay, cells of the matrix, characters of a text, entries of a list."""

    n_points: int
    replay_bytes: int
    n_cells: int
    characters: int
    listed: int


_LADDER = (
    _Limits(n_points=4000, replay_bytes=330_000, n_cells=400, characters=600, listed=200),
    _Limits(n_points=2000, replay_bytes=160_000, n_cells=300, characters=300, listed=100),
    _Limits(n_points=800, replay_bytes=60_000, n_cells=200, characters=120, listed=40),
    _Limits(n_points=200, replay_bytes=20_000, n_cells=100, characters=40, listed=20),
)


def posterior_report(content: PosteriorReport) -> str:
    """Make the report of a posterior over partitions: one self-contained HTML page.

    Parameters
    ----------
    content : PosteriorReport
        What was done and found, in plain numbers and strings.

    Returns
    -------
    str
        The page: under 1,000,000 bytes in UTF-8; it fetches nothing and runs one script, named by its hash in the
        page's own content-security policy. The same content gives the same page.

    Raises
    ------
    DataError
        The content contradicts itself: shapes that do not agree, shares that are none, NaN; or the page cannot be kept
        under its size.

    Notes
    -----
    Of more than 4,000 rows the map draws a sample, of which the replay shows at most 1,000. Clusters of a replay are
    followed from the estimate backwards, so that at its end they have the estimate's numbers and colours. The page says
    what it leaves out.
    """
    _posterior_checks.check_posterior(content)
    size = 0
    for limits in _LADDER:
        page = _render(content, limits)
        size = len(page.encode("utf-8"))
        if size < MAX_BYTES:
            return page
    raise DataError(
        f"A report must stay under {MAX_BYTES:,} bytes; this one needs {size:,}. Shorten the names in its content."
    )


def _render(content: PosteriorReport, limits: _Limits) -> str:
    """Fill the template."""
    rows = sample_rows(content.plane.labels, limits.n_points)
    drawn = _posterior_drawing.draw_sure_map(content, rows)
    cards = _charts.draw_cards(content, limits.characters)
    script = "".join(source(name) for name in ("map.js", "player.js", "posterior.js"))
    style = source("report.css") + source("parts.css") + source("posterior.css")
    replays = _posterior_replay.draw_replays(content, rows, limits.replay_bytes)
    template = environment().get_template("posterior.html")
    return template.render(
        _words(content, limits),
        **_sections(content, limits, has_replay=bool(replays)),
        map=drawn,
        n_shown=len(rows),
        cards=cards,
        cards_part=draw_cluster_cards(
            content.cards, content.noun, _row_name(content), _of_parts(limits)
        ),
        described={card.label for card in cards},
        sure=_posterior_drawing.certainty_words(content),
        numbers=_posterior_drawing.draw_counts(content),
        matrix=_posterior_drawing.draw_matrix(content, limits.n_cells),
        traces=_posterior_drawing.draw_traces(content.chains),
        replays=replays,
        box=_charts.BOX,
        breakable=breakable,
        count=_wording.count,
        data=embed_json(_posterior_replay.page_data(content, drawn, rows, replays)),
        policy=policy(script=script, style=style),
        script=Markup(script),
        style=Markup(style),
    )


def _of_parts(limits: _Limits) -> Limits:
    """The same limits for the parts that all pages have."""
    return Limits(limits.n_points, 2, limits.characters, limits.listed)


def _row_name(content: PosteriorReport) -> Callable[[int], str]:
    """What to call a row: by its identifier, or by its number from 1."""
    names, noun = content.plane.rows, content.noun
    return lambda row: f"{noun} {_wording.count(row + 1) if names is None else names[row]}"


def _sections(
    content: PosteriorReport, limits: _Limits, *, has_replay: bool
) -> Mapping[str, object]:
    """The sections that all pages of clusters have, and the list of all."""
    made = ReproducePart(
        seed=content.seed,
        parameters=[("clusters (k)", _wording.count(content.k)), *content.parameters],
        done=content.done,
        columns_used=content.columns_used,
        columns_left_out=content.columns_left_out,
    )
    own = [
        ("verdict", "How far the chains agree"),
        ("glance", "At a glance"),
        ("the-map", "The map"),
        ("clusters", "What sets each cluster apart"),
        ("rules", ""),
        ("together", "Who is with whom"),
        ("ball", "How far it may be off"),
        ("chains", "The chains"),
        ("steps", "A chain, step by step" if has_replay else ""),
        ("model", "What was assumed"),
    ]
    return draw_sections(content.sections or Sections(), made, _of_parts(limits), own)


def _words(content: PosteriorReport, limits: _Limits) -> Mapping[str, object]:
    """Strings and sums of the content, made safe to show."""

    def shown(text: str) -> str:
        return _wording.visible(text, limits.characters)

    return {
        "title": shown(content.title),
        "source": _wording.visible(content.source, min(limits.characters, MAX_SOURCE)),
        "version": shown(content.version),
        "noun": content.noun,
        "headline": _posterior_drawing.headline(content),
        "lede": shown(_posterior_drawing.lede(content)),
        "n_rows": content.n_rows,
        "k": content.k,
        "verdict": content.verdict.sentence and shown(content.verdict.sentence),
        "is_good": content.verdict.is_good,
        "statistics": _posterior_drawing.statistic_rows(content.verdict),
        "enough": _wording.number(content.verdict.enough),
        "reach": _posterior_drawing.reach_words(content.reach, content.noun),
        "model": [(shown(name), shown(value)) for name, value in content.model],
    }
