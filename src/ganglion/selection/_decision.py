"""One answer from the votes of many rules: first whether there are clusters at all, then how many."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from math import isnan, log

from ._reading import number_word
from ._sweep import Sweep
from .rules import RULES
from .verdict import Verdict

# The rules that never found clusters in clouds without any: their word is enough that there are some.
WITNESSES = ("elbow", "valleys")
# Indices that are about different things, and on clouds without clusters name different numbers.
INDEPENDENT = ("bic", "silhouette", "davies_bouldin", "calinski_harabasz", "jump")
AGREEING = 4
# Of one mind where groups stand in groups: for these the fewest and widest are best.
COMPACTNESS = ("silhouette", "davies_bouldin", "calinski_harabasz")
# So many rules, BIC among them, overrule the knee; so many settle where valleys, but no knee, were seen.
SEVERAL = 3
# What the clusters must add to the log-likelihood of a point: a square that is cut into four gains 0.02.
LEAST_GAIN = 0.1
# Smaller clusters are outliers.
LEAST_SHARE, LEAST_ROWS = 0.02, 5
# With a smaller share of the rules behind an answer, the others are named in its reason.
DISAGREEING = 0.6
# A curve so far below that of structureless data (in log WSS) is not that of one cloud either.
FAR_BELOW = log(2.0)


@dataclass(frozen=True)
class Decision:
    """The number of clusters or None, why in a sentence or two, and the share of the rules that name it."""

    k: int | None
    reason: str
    agreement: float


def decide(sweep: Sweep, verdicts: Mapping[str, Verdict]) -> Decision:
    """Weigh the verdicts of the rules that were asked.

    Parameters
    ----------
    sweep : Sweep
        What the rules read.
    verdicts : Mapping of str to Verdict
        What each said.

    Returns
    -------
    Decision
        One rule alone is taken at its word. Of several,

        1. where the curve has a knee, that is the answer, unless BIC and two or more others name another number, and
           more of them than name the knee;
        2. where there are valleys but no knee, what most rules name, if three do, not all of them indices of
           compactness, and if it has valleys;
        3. where there are neither, but four of five indices that look at different things name one number, that;
        4. otherwise one, or no answer where the curve is not that of a cloud, or one was not tried.

        Where neither the elbow nor the valleys were asked, what most name.
    """
    if len(verdicts) == 1:
        (only,) = verdicts.values()
        return Decision(only.k, only.reason, 0.0 if only.k is None else 1.0)
    if len(sweep.k) < 2:
        return Decision(None, "One number of clusters has nothing to be compared with.", 0.0)
    return _at_the_end(sweep, _weighed(sweep, verdicts))


def _at_the_end(sweep: Sweep, decision: Decision) -> Decision:
    """Say where the answer is the largest k tried: what lies beyond has not been seen."""
    if decision.k is None or decision.k < max(2, sweep.k[-1]) or len(sweep.k) < 2:
        return decision
    more = f"{decision.reason} It is the largest k tried: there may be more."
    return replace(decision, reason=more)


def _weighed(sweep: Sweep, verdicts: Mapping[str, Verdict]) -> Decision:
    """Go through the four cases of `decide`."""
    votes = {name: verdict.k for name, verdict in verdicts.items()}
    if not any(name in verdicts for name in WITNESSES):
        k = _most_named(votes, list(votes.values()))
        return _decided(k, verdicts, "") if k is not None else Decision(None, _NOTHING_SAID, 0.0)
    knee, divided = votes.get("elbow"), votes.get("valleys")
    if knee is not None and knee > 1:
        k = _beyond_the_knee(votes, knee) or knee
        return _decided(k, verdicts, verdicts["elbow"].reason if k == knee else "")
    if divided is not None and divided > 1:
        return _divided(sweep, verdicts, votes)
    concordant = _concordant(sweep, verdicts)
    if concordant is not None:
        return _decided(concordant, verdicts, "")
    return _one_or_none(sweep, verdicts)


def _beyond_the_knee(votes: Mapping[str, int | None], knee: int) -> int | None:
    """Return the number that BIC and enough others name, more of them than name the knee; None where there is none."""
    counts = Counter(vote for vote in votes.values() if vote is not None)
    k = votes.get("bic")
    if k is None or k < 2 or counts[k] < SEVERAL or counts[k] <= counts[knee]:
        return None
    return k


def _divided(
    sweep: Sweep, verdicts: Mapping[str, Verdict], votes: Mapping[str, int | None]
) -> Decision:
    """There are valleys, but no knee: the number that several rules name and that has valleys; else no answer."""
    ratio = dict(zip(sweep.k, verdicts["valleys"].columns["valley"], strict=True))
    counts = Counter(vote for vote in votes.values() if vote is not None and vote > 1)
    needed = min(SEVERAL, len(votes))
    others = {votes[name] for name in votes if name not in COMPACTNESS}
    held = [k for k in counts if counts[k] >= needed and ratio[k] < 1.0 and k in others]
    k = _most_named(votes, held)
    if k is None:
        curve = f"{verdicts['elbow'].reason} " if "elbow" in verdicts else ""
        why = (
            f"but the rules do not agree on how many clusters there are: {_who_names_what(votes)}."
        )
        return Decision(None, f"{curve}Valleys of the density divide the points, {why}", 0.0)
    return _decided(k, verdicts, verdicts["valleys"].reason if votes["valleys"] == k else "")


def _who_names_what(votes: Mapping[str, int | None]) -> str:
    """Return every number that is named, with the rules that name it."""
    named = sorted({vote for vote in votes.values() if vote is not None})
    return "; ".join(f"{k} by {_listed([a for a in votes if votes[a] == k])}" for k in named)


def _decided(k: int | None, verdicts: Mapping[str, Verdict], because: str) -> Decision:
    """Say k and who names it."""
    assert k is not None
    able = [
        name for name, verdict in verdicts.items() if _can_name(name, k) and verdict.k is not None
    ]
    naming = [name for name in able if verdicts[name].k == k]
    agreement = len(naming) / len(able) if able else 0.0
    counted = f"{len(naming)} of {len(able)} rules name {number_word(k)} ({_listed(naming)})."
    if agreement < DISAGREEING:
        others = {name: verdicts[name].k for name in able if verdicts[name].k != k}
        counted += f" The rules disagree: {_who_names_what(others)}."
    return Decision(k, f"{counted} {because}".strip(), agreement)


def _one_or_none(sweep: Sweep, verdicts: Mapping[str, Verdict]) -> Decision:
    """No witness saw clusters: one, where that was tried and the curve is that of a cloud; else no answer."""
    if sweep.tss == 0 or sweep.wss[0] == 0:
        return Decision(None, "All points are equal: there is nothing to divide.", 0.0)
    if len(sweep.k) < 3:
        return Decision(None, f"A knee needs at least three values of k; got {len(sweep.k)}.", 0.0)
    if sweep.k[0] != 1:
        why = "there may be one cluster, but k = 1 was not tried."
        return Decision(None, f"No number of clusters stands out: {why}", 0.0)
    if _is_far_below(verdicts.get("elbow")):
        return Decision(None, verdicts["elbow"].reason, 0.0)
    told = _decided(1, verdicts, "")
    because = " ".join(verdicts[name].reason for name in WITNESSES if name in verdicts)
    return Decision(1, f"One cluster: no division stands out. {because}", told.agreement)


_NOTHING_SAID = (
    "None of the rules that were asked names a number: no number of clusters stands out."
)


def _can_name(name: str, k: int) -> bool:
    """Whether a rule could name k at all."""
    return k > 1 or RULES[name].can_be_one


def _most_named(votes: Mapping[str, int | None], among: Collection[int | None]) -> int | None:
    """Return which of some numbers most rules name; on a tie what the elbow or BIC names, else the smallest."""
    counts = Counter(vote for vote in votes.values() if vote is not None and vote in among)
    if not counts:
        return None
    most = max(counts.values())
    tied = [k for k in counts if counts[k] == most]
    named = (votes[name] for name in ("elbow", "bic") if votes.get(name) in tied)
    return next(named, min(tied))


def _concordant(sweep: Sweep, verdicts: Mapping[str, Verdict]) -> int | None:
    """Return the number that four of five independent indices name, BIC among them, with clusters worth the name."""
    k = None if "bic" not in verdicts else verdicts["bic"].k
    if k is None or k < 2:
        return None
    naming = [name for name in INDEPENDENT if name in verdicts and verdicts[name].k == k]
    at = sweep.k.index(k)
    clusters = sweep.moments.of(at)
    mass, rows = sweep.moments.mass[clusters], sweep.moments.n_rows[clusters]
    mass, rows = mass[mass > 0], rows[mass > 0]
    small = mass.min() < LEAST_SHARE * mass.sum() or rows.min() < LEAST_ROWS
    # At the end of the range a number is no peak; in a plane of fewer dimensions `bic` cannot rule out a long cloud.
    unsure = k == sweep.k[-1] or sweep.k[0] != 1 or len(sweep.spectrum) < sweep.X.shape[1]
    unsure = unsure or sweep.is_coarse
    if len(naming) < AGREEING or small or unsure:
        return None
    columns = verdicts["bic"].columns
    gain = (_lower(columns, 0) - _lower(columns, at)) / (2.0 * float(mass.sum()))
    return k if gain >= LEAST_GAIN else None


def _lower(columns: Mapping[str, Sequence[float]], at: int) -> float:
    """Return the lower of the two criteria of `bic` at a position of the sweep."""
    values = [columns[name][at] for name in ("bic", "bic_by_cluster")]
    return min(value for value in values if not isnan(value))


def _is_far_below(elbow: Verdict | None) -> bool:
    """Whether the curve runs far below that of structureless data although it does not bend: a ring, a band."""
    if elbow is None or "gain" not in elbow.columns:
        return False
    pairs = zip(elbow.columns["gain"], elbow.columns["chance"], strict=True)
    return any(gain - chance > FAR_BELOW for gain, chance in pairs)


def _listed(names: Sequence[str]) -> str:
    """Return the names of rules in words."""
    return ", ".join(name.replace("_", " ") for name in names)
