"""Choosing the number of clusters: a sweep over k, rules that read it, and one answer or none."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import isnan, nan
from numbers import Integral
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .._arrays import Samples, check_samples, check_weights
from .._errors import ParameterError
from .._random import RandomState, generator
from ..progress import Progress
from ._decision import decide
from ._sweep import Sweep, sweep
from .rules import RULES
from .verdict import Verdict

# Told from a range that the caller gives by its identity: only this one ends where the points do.
DEFAULT_K = range(1, 11)


@dataclass(frozen=True)
class RuleRow:
    """A row of the table of rules.

    Attributes
    ----------
    name : str
        The rule.
    vote : int or None
        The number that it names.
    reason : str
        Why.
    cost : str
        What it costs beside the sweep.
    seconds : float
        What it took here.
    """

    name: str
    vote: int | None
    reason: str
    cost: str
    seconds: float


@dataclass(frozen=True)
class KChoice:
    """The answer, the votes of the rules, and the curves that they read.

    Attributes
    ----------
    k : int or None
        The number of clusters; 1 where no division stands out, None where there is no answer.
    votes : dict of str to int or None
        What each rule says.
    table : dict of str to list
        A column for each quantity, a row for each k: "k", "wss", "bss", "explained" (BSS / TSS), and what the rules
        computed, NaN where it has no value; a column "name_error" is the standard error of "name".
    reason : str
        Why, in plain sentences.
    centers : dict of int to ndarray of shape (k, d)
        The best centres that were found for each k, to start a fit from: ``kmeans(X, k, init=choice.centers[k])``.
    agreement : float
        Of the rules that gave an answer and could have named k, the share that did; 0 where there is no answer.
    rules : tuple of RuleRow
        The table of rules: name, vote, why, cost, seconds.
    seconds : tuple of float
        What the clustering took for each k of the table; the clock's, so not the same twice.
    """

    k: int | None
    votes: dict[str, int | None]
    table: dict[str, list[float]]
    reason: str
    centers: dict[int, Samples]
    agreement: float = 0.0
    rules: tuple[RuleRow, ...] = ()
    seconds: tuple[float, ...] = ()

    def __repr__(self) -> str:
        return f"KChoice(k={self.k}, agreement={self.agreement:.2f}, votes={self.votes})"

    def __str__(self) -> str:
        answer = "no answer" if self.k is None else f"k = {self.k}"
        width = max((len(row.name) for row in self.rules), default=0)
        votes = [
            f"  {row.name:<{width}}  {'-' if row.vote is None else row.vote:>3}  {row.reason}"
            for row in self.rules
        ]
        return "\n".join([f"{answer}: {self.reason}", *votes])

    def plot(self, ax: Any = None) -> Any:
        """Draw the curves of the rules with error bars, the choice, and the time of each k (needs matplotlib).

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; None makes a new figure.

        Returns
        -------
        matplotlib.axes.Axes
            The axes with the drawing.
        """
        # Plots stand above this module: the name is looked up when a user asks for a drawing.
        return importlib.import_module("ganglion.plots").choice(self, ax=ax)


def choose_k(
    X: ArrayLike,
    k: Iterable[int] = DEFAULT_K,
    rules: str | Iterable[str] = "default",
    random_state: RandomState = None,
    *,
    n_init: int = 3,
    sample_weight: ArrayLike | None = None,
    progress: Progress | None = None,
) -> KChoice:
    """Look for the number of clusters, and say so where the data have none.

    Parameters
    ----------
    X : array-like of shape (n, d)
        The points. Columns count by their variance, as in k-means: bring them to one scale first.
    k : iterable of int, default range(1, 11)
        The numbers to try, within 1 .. n, in any order; repeated ones count once. The default ends at n where there
        are fewer points. A knee is only seen with some k beyond it.
    rules : "default", "all", str or iterable of str, default "default"
        Which rules vote, by their names in `ganglion.selection.RULES`: "default" are those that cost little beside the
        clustering, "all" every one. A rule alone is taken at its word.
    random_state : int, Generator, RandomState or None, default None
        Seed of the starts; an integer gives the same answer every time.
    n_init : int, default 3
        Effort of the search: how many draws of k-means++ are followed for each k (20 / k times as many below 20),
        beside the starts from Ward's hierarchy and from the neighbouring k.
    sample_weight : array-like of shape (n,), optional
        Weights, not negative; None gives every point the weight 1.
    progress : Progress, optional
        Told each k; a true answer stops there, and the rules read what there is.

    Returns
    -------
    KChoice
        The answer `k` (1, or None for no answer, included), with `reason`, `agreement`, `votes`, `rules`, `table`,
        `centers`, `seconds` and `plot()`.

    Raises
    ------
    ParameterError
        Where k holds anything but integers in 1 .. n, or nothing; where a rule is unknown or n_init is below 1.

    Notes
    -----
    The objective over k is WSS(k) = min over k centres of sum_i w_i min_j |x_i - c_j|^2. The work is shared: of many
    points a coreset is divided into 4 to 16 cells for each of the largest k, once; Ward's hierarchy of the cells gives
    a start for every k, k-means++ on the cells others, and those of the neighbouring k, joined and widened, are tried
    too. One run over all points follows for each k from the best of these, and the curve never rises. One pass over
    each clustering serves all indices.

    The decision first asks whether there are clusters, and only then how many. Where the curve has a *knee* beyond
    chance, that is the answer, unless BIC and two or more other rules name another number, and more of them than name
    the knee. Where there is no knee but *valleys* divide neighbouring clusters, the number counts that most rules name,
    three at least, of which one is no index of compactness. (Neither was seen in 144 clouds without clusters.) Where
    there are neither, four of BIC, silhouette, Davies-Bouldin, Calinski-Harabasz and jump, BIC among them, must name
    one number, and gain by it. Otherwise k is 1, or None where the curve is not that of a cloud (a ring, a band), where
    all points are equal, or where 1 was not tried.

    Time: about that of n_init runs at the largest k, plus what the rules cost; memory: a run for each k, O(n) labels.
    The runs have the same bits for every number of threads. Covariances are computed by BLAS and LAPACK, whose last
    bits may not; a vote would depend on them only at a margin of 1e-12.

    References
    ----------
    .. [1] R. L. Thorndike, "Who belongs in the family?", Psychometrika 18(4), 1953, doi:10.1007/BF02289263: the elbow.
    .. [2] V. Satopaa, J. Albrecht, D. Irwin, B. Raghavan, "Finding a 'Kneedle' in a haystack: detecting knee points in
       system behavior", ICDCS Workshops 2011, doi:10.1109/ICDCSW.2011.20: the knee of a curve.

    Examples
    --------
    >>> import numpy as np
    >>> from ganglion.selection import choose_k
    >>> rng = np.random.default_rng(0)
    >>> cloud = rng.normal(size=(300, 2))
    >>> choose_k(cloud, random_state=0).k
    1
    >>> corners = 10 * rng.integers(0, 2, size=(300, 2))
    >>> choice = choose_k(cloud + corners, random_state=0)
    >>> choice.k, choice.agreement
    (4, 1.0)
    """
    data = check_samples(X)
    tried = _numbers(range(1, min(len(data), 10) + 1) if k is DEFAULT_K else k, len(data))
    names = _names(rules)
    if not _is_integer(n_init) or n_init < 1:
        raise ParameterError(
            f"n_init must be an integer of at least 1; got {n_init!r}. 3 is the default."
        )
    weight = check_weights(sample_weight, len(data))
    swept = sweep(
        data,
        tried,
        n_init=int(n_init),
        rng=generator(random_state),
        sample_weight=weight,
        progress=progress,
    )
    return _chosen(swept, names)


def _chosen(swept: Sweep, names: tuple[str, ...]) -> KChoice:
    """Ask the rules and weigh what they say."""
    verdicts: dict[str, Verdict] = {}
    took: dict[str, float] = {}
    for name in names:
        began = perf_counter()
        verdicts[name] = RULES[name].decide(swept)
        took[name] = perf_counter() - began
    decision = decide(swept, verdicts)
    return KChoice(
        k=decision.k,
        votes={name: verdict.k for name, verdict in verdicts.items()},
        table=_table(swept, verdicts),
        reason=decision.reason,
        centers={number: run.centers for number, run in zip(swept.k, swept.runs, strict=True)},
        agreement=decision.agreement,
        rules=tuple(
            RuleRow(name, verdict.k, verdict.reason, RULES[name].cost, took[name])
            for name, verdict in verdicts.items()
        ),
        seconds=swept.seconds,
    )


def _is_integer(value: object) -> bool:
    """Whether the value is an integer, and no truth value."""
    return not isinstance(value, bool) and isinstance(value, Integral)


def _numbers(k: Iterable[int], n: int) -> tuple[int, ...]:
    """Return the numbers of clusters to try, ascending, each once."""
    if not np.iterable(k):
        raise ParameterError(
            f"k must hold the numbers of clusters to try; got {k!r}. Pass range(1, 11), for example."
        )
    given = list(k)
    wrong = [value for value in given if not _is_integer(value)]
    if wrong:
        raise ParameterError(
            f"k must hold integers; got {wrong[0]!r} among them. Pass range(1, 11), for example."
        )
    numbers = sorted({int(value) for value in given})
    if not numbers:
        raise ParameterError(
            "k must hold at least one number of clusters; got none. Pass range(1, 11), for example."
        )
    if numbers[0] < 1 or numbers[-1] > n:
        beyond = numbers[0] if numbers[0] < 1 else numbers[-1]
        raise ParameterError(
            f"choose_k needs 1 <= k <= n_samples; got k={beyond} and {n} samples. "
            f"Pass k=range(1, {min(n, 10) + 1}), for example."
        )
    return tuple(numbers)


def _names(rules: str | Iterable[str]) -> tuple[str, ...]:
    """Return the names of the rules that vote, each once, in the order given."""
    if isinstance(rules, str) and rules in ("all", "default"):
        return tuple(name for name, row in RULES.items() if rules == "all" or row.is_default)
    given: Any = rules
    if not np.iterable(given):
        raise ParameterError(
            f"rules must be 'default', 'all' or names of rules; got {given!r}. Pass rules='all' for all that there are."
        )
    names = tuple(dict.fromkeys([rules] if isinstance(rules, str) else rules))
    unknown = [name for name in names if name not in RULES]
    if unknown or not names:
        found = repr(unknown[0]) if unknown else "none"
        raise ParameterError(
            f"rules must be 'default', 'all' or some of {', '.join(map(repr, RULES))}; got {found}. "
            "Pass rules='all' for all that there are."
        )
    return names


def _table(swept: Sweep, verdicts: Mapping[str, Verdict]) -> dict[str, list[float]]:
    """Return the columns: the curve, and what the rules computed."""
    wss = list(swept.wss)
    shares = [_explained(value, swept.tss) for value in wss]
    table: dict[str, list[float]] = {
        "k": list(swept.k),
        "wss": wss,
        "bss": [between for between, _ in shares],
        "explained": [share for _, share in shares],
    }
    for verdict in verdicts.values():
        # One and the same NaN, so that equal tables compare as equal.
        table |= {
            name: [nan if isnan(value) else float(value) for value in values]
            for name, values in verdict.columns.items()
        }
    return table


def _explained(wss: float, tss: float) -> tuple[float, float]:
    """Return BSS, and its share of TSS; 0 where the two sums differ by their rounding."""
    share = 1.0 - wss / tss if tss > 0 else 0.0
    return (tss - wss, share) if share > 1e-12 else (0.0, 0.0)
