"""From what other parts of the library found to parts of a page: rules, problems of the data, the choice of k."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from ...data.problems import DataProblems
from ...explain.threshold_tree import ThresholdTree
from .. import _wording
from ._answers import Problem, ProblemsPart
from ._choices import KCurve, KPart, KVote
from ._rules import RuleLine, RulesPart

# What other columns of a sweep are made of: they are not drawn by themselves.
_INNER = frozenset({"k", "bss", "explained", "reference", "gain", "chance", "tss", "seconds"})
_CURVES = {"wss": ("sum of squares within clusters (WSS)", "elbow")}


class Choice(Protocol):
    """What `choose_k` returns, as far as a page shows it."""

    @property
    def k(self) -> int | None:
        """The number that was chosen."""
        ...

    @property
    def votes(self) -> Mapping[str, int | None]:
        """What each rule says."""
        ...

    @property
    def table(self) -> Mapping[str, Sequence[float]]:
        """A column for each quantity; NAME_error is the standard error of NAME."""
        ...

    @property
    def reason(self) -> str:
        """Why."""
        ...


def rules_of(tree: ThresholdTree, *, noun: str = "row") -> RulesPart:
    """Return the rules of a threshold tree as a part.

    Parameters
    ----------
    tree : ThresholdTree
        What `ganglion.explain.threshold_tree` found.
    noun : str
        What a member is called.

    Returns
    -------
    RulesPart
        A line for each leaf, and how faithful they are.
    """
    note = ""
    if tree.held_out is not None:
        share = _wording.percent(tree.held_out)
        note = (
            f"Of {noun}s that had no part in finding the rules they give {share} their own group."
        )
    return RulesPart(
        rules=[
            RuleLine(
                label=rule.label,
                name=rule.name[:1].upper() + rule.name[1:],
                conditions=[condition.text for condition in rule.conditions],
                size=rule.size,
                right=rule.precision,
            )
            for rule in tree.rules
        ],
        fidelity=tree.fidelity,
        noun=noun,
        note=note,
        title="The clusters as rules",
    )


def problems_of(found: DataProblems, *, done: str = "") -> ProblemsPart:
    """Return the problems of a table as a part.

    Parameters
    ----------
    found : DataProblems
        What `ganglion.data.data_problems` found.
    done : str
        What was done about missing cells: a sentence behind their number.

    Returns
    -------
    ProblemsPart
        A problem each for gaps, constant columns, equal rows, far values, numbers among texts, where there are any.
    """
    problems: list[Problem] = []
    if found.missing:
        cells = found.n_rows * found.n_columns
        share = _wording.percent(found.n_missing / cells)
        amount = _wording.plural(found.n_missing, "cell")
        verb = "is" if found.n_missing == 1 else "are"
        problems.append(
            Problem(
                name="Missing cells",
                sentence=f"{amount} of {_wording.count(cells)} {verb} missing ({share}). {done}".strip(),
                items=[
                    (name, f"{_wording.count(n)} ({_wording.percent(n / found.n_rows)})")
                    for name, n in found.missing
                ],
            )
        )
    if found.constant:
        problems.append(
            Problem(
                name="Constant columns",
                sentence="These columns have one value only and tell nothing apart.",
                items=list(found.constant),
            )
        )
    problems += _of_rows(found)
    return ProblemsPart(problems=problems)


def _of_rows(found: DataProblems) -> list[Problem]:
    """Equal rows, far values, numbers among texts."""
    problems: list[Problem] = []
    if found.n_repeated:
        rows = _wording.plural(found.n_repeated, "row")
        verb = "is" if found.n_repeated == 1 else "are"
        share = _wording.percent(found.n_repeated / found.n_rows)
        problems.append(
            Problem(
                name="Equal rows",
                sentence=f"{rows} {verb} equal to an earlier one ({share}). Equal rows weigh as much as they are many; "
                "if they were entered twice, remove them.",
                items=[
                    (f"row {_wording.count(row + 1)}", f"{_wording.count(times)} times")
                    for row, times in found.repeated
                ],
            )
        )
    if found.far:
        problems.append(
            Problem(
                name="Outlying values",
                sentence="Some values lie more than three interquartile ranges beyond the quartiles of their column. "
                "Means follow such values, and a cluster may consist of them.",
                items=[
                    (
                        far.column,
                        f"{_wording.plural(far.count, 'value')}; the farthest is {_wording.number(far.value)} in row "
                        f"{_wording.count(far.row + 1)}",
                    )
                    for far in found.far
                ],
            )
        )
    if found.mixed:
        problems.append(
            Problem(
                name="Numbers among texts",
                sentence="These columns were read as texts, for not all of their cells are numbers.",
                items=[
                    (
                        mixed.column,
                        f"{_wording.count(mixed.n_numbers)} numbers; no numbers are {', '.join(mixed.others)}",
                    )
                    for mixed in found.mixed
                ],
            )
        )
    return problems


def choice_of(choice: Choice, *, used: int | None, reason: str = "") -> KPart:
    """Return the choice of the number of clusters as a part.

    Parameters
    ----------
    choice : KChoice
        What `ganglion.choose_k` returned.
    used : int or None
        How many clusters the page shows.
    reason : str
        Why, where it is not the choice's own reason.

    Returns
    -------
    KPart
        A curve for each column with its error bars where it has them, and a vote for each rule.
    """
    table = choice.table
    k = [int(value) for value in table["k"]]
    curves: list[KCurve] = []
    for name, values in table.items():
        if name in _INNER or name.endswith("_error"):
            continue
        called, rule = _CURVES.get(name, (name.replace("_", " "), name))
        errors = table.get(f"{name}_error")
        curves.append(
            KCurve(name=called, k=k, values=values, errors=errors, chosen=choice.votes.get(rule))
        )
    agreement: float | None = getattr(choice, "agreement", None)
    return KPart(
        curves=curves,
        votes=[
            KVote(rule=rule.replace("_", " "), k=vote, why=_why(choice, rule))
            for rule, vote in choice.votes.items()
        ],
        chosen=choice.k,
        reason=reason or choice.reason,
        used=used,
        agreement=agreement if len(choice.votes) > 1 else None,
        title="How many clusters?",
    )


def _why(choice: Choice, rule: str) -> str:
    """Why a rule votes as it does, where the choice says that of each."""
    rules: object = getattr(choice, "rules", None)
    found: object = rules.get(rule) if isinstance(rules, Mapping) else None  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    return str(getattr(found, "reason", "") or getattr(found, "why", ""))  # pyright: ignore[reportUnknownArgumentType]
