"""From what other parts of the library found to parts of a page: rules, problems of the data, the choice of k."""

from __future__ import annotations

from ...data.problems import DataProblems
from ...explain.threshold_tree import ThresholdTree
from ...selection import KChoice
from .. import _wording
from ._answers import Problem, ProblemsPart
from ._choices import KCurve, KPart, KVote
from ._rules import RuleLine, RulesPart

# Columns that other columns are made of, or that say the same in another unit: they are not drawn by themselves.
_INNER = frozenset(
    {"k", "bss", "explained", "reference", "gain", "chance", "bic_by_cluster", "tss", "seconds"}
)
_RULE_OF = {"wss": "elbow", "valley": "valleys"}
_CALLED = {
    "wss": "Sum of squares within clusters (WSS)",
    "elbow": "Elbow",
    "valley": "Valleys between clusters (share of points)",
    "silhouette": "Silhouette",
    "calinski_harabasz": "Calinski and Harabasz",
    "davies_bouldin": "Davies and Bouldin",
    "bic": "BIC",
    "gmeans": "G-means",
}


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


def choice_of(choice: KChoice, *, used: int | None, reason: str = "") -> KPart:
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
    k = [int(value) for value in choice.table["k"]]
    curves = [
        KCurve(
            name=_called(name),
            k=k,
            values=values,
            errors=choice.table.get(f"{name}_error"),
            chosen=choice.votes.get(_RULE_OF.get(name, name)),
        )
        for name, values in choice.table.items()
        if name not in _INNER and not name.endswith("_error")
    ]
    why = {row.name: row.reason for row in choice.rules}
    several = len(choice.votes) > 1
    return KPart(
        curves=curves,
        votes=[
            KVote(rule=_called(rule), k=vote, why=why.get(rule, ""))
            for rule, vote in choice.votes.items()
        ],
        chosen=choice.k,
        reason=reason or choice.reason,
        used=used,
        agreement=choice.agreement if several and choice.k is not None else None,
        title="How many clusters?",
    )


def _called(name: str) -> str:
    """What a rule or its column is called."""
    return _CALLED.get(name, name.replace("_", " ").capitalize())
