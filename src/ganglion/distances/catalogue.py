"""The metrics: one row each, with what it is between, its parameters, and what it says where a formula does not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any, Literal

from .._errors import ParameterError
from ._parameters import (
    a_band,
    a_choice,
    a_flag,
    a_prefix_weight,
    a_unicode_form,
    an_order,
    column_kinds,
    column_ranges,
    column_weights,
    positive,
)

Kind = Literal["vectors", "rows or sets", "texts", "tables", "series", "matrix", "objects"]
Check = Callable[[str, Any], Any]


@dataclass(frozen=True)
class Metric:
    """One row of the catalogue.

    Attributes
    ----------
    name : str
        What `metric=` is called by.
    kind : {"vectors", "rows or sets", "texts", "tables", "series", "matrix", "objects"}
        What the items are: rows of numbers; rows of 0 and 1, or sets; strings; rows of a data frame; series, which may
        differ in length; a matrix of distances; whatever a function takes.
    formula : str
        The distance between x and y.
    is_metric : bool
        Whether it is one in the strict sense: 0 for equal items alone, symmetric, and never longer than a detour.
        For ``precomputed`` and ``callable`` nobody knows: False.
    convention : str
        What it is where the formula leaves it open; empty where it never does.
    aliases : tuple of str
        Other names that mean the same.
    parameters : mapping
        Name to (default, check) of what `metric_params` may hold.
    """

    name: str
    kind: Kind
    formula: str
    is_metric: bool
    convention: str = ""
    aliases: tuple[str, ...] = ()
    parameters: Mapping[str, tuple[Any, Check]] = field(
        default_factory=dict[str, tuple[Any, Check]]
    )


_TEXT = {"normalize": ("NFC", a_unicode_form)}
_EDIT = _TEXT | {"normalized": (False, a_flag)}

_ROWS = (
    Metric("euclidean", "vectors", "sqrt(sum (x_f - y_f)^2)", True, aliases=("l2",)),
    Metric("sqeuclidean", "vectors", "sum (x_f - y_f)^2", False),
    Metric("manhattan", "vectors", "sum |x_f - y_f|", True, aliases=("cityblock", "l1", "taxicab")),
    Metric("chebyshev", "vectors", "max |x_f - y_f|", True, aliases=("linf", "infinity")),
    Metric(
        "minkowski",
        "vectors",
        "(sum |x_f - y_f|^p)^(1/p)",
        True,
        parameters={"p": (2.0, an_order)},
    ),
    Metric(
        "canberra",
        "vectors",
        "sum |x_f - y_f| / (|x_f| + |y_f|)",
        True,
        "a feature that is 0 in both adds 0",
    ),
    Metric(
        "braycurtis",
        "vectors",
        "sum |x_f - y_f| / sum |x_f + y_f|",
        False,
        "two rows whose sum is 0 in every feature: 0 if they are equal, else 1",
    ),
    Metric(
        "cosine",
        "vectors",
        "1 - x.y / (|x| |y|)",
        False,
        "two zero vectors: 0; one zero vector: 1",
    ),
    Metric(
        "correlation",
        "vectors",
        "cosine of x - mean(x) and y - mean(y)",
        False,
        "two constant rows: 0; one constant row: 1",
    ),
    Metric("hamming", "vectors", "share of the features in which x_f != y_f", True),
    Metric(
        "jaccard",
        "rows or sets",
        "1 - |x and y| / |x or y|",
        True,
        "two empty sets: 0; one empty set: 1",
    ),
    Metric(
        "dice",
        "rows or sets",
        "1 - 2 |x and y| / (|x| + |y|)",
        False,
        "two empty sets: 0; one empty set: 1",
    ),
    Metric(
        "levenshtein",
        "texts",
        "fewest insertions, deletions and substitutions",
        True,
        "two empty texts: 0, also normalized",
        parameters=_EDIT,
    ),
    Metric(
        "damerau_levenshtein",
        "texts",
        "as levenshtein, and swaps of neighbours",
        True,
        "two empty texts: 0, also normalized",
        parameters=_EDIT,
    ),
    Metric(
        "jaro_winkler",
        "texts",
        "1 - Jaro-Winkler similarity",
        False,
        "two empty texts: 0; one empty text: 1",
        parameters=_TEXT | {"prefix_weight": (0.1, a_prefix_weight)},
    ),
    Metric(
        "gower",
        "tables",
        "weighted mean over the columns known in both of |x_f - y_f| / range_f, or 0 and 1 for equal and different",
        False,
        "a missing cell leaves its column out for that pair; two rows without a known cell in common: 1",
        parameters={
            "kinds": (None, column_kinds),
            "weights": (None, column_weights),
            "ranges": (None, column_ranges),
        },
    ),
    Metric(
        "dtw",
        "series",
        "cheapest alignment of x and y that runs forward in both (dynamic time warping)",
        False,
        parameters={
            "band": (None, a_band),
            "step": ("squared", a_choice("squared", "absolute")),
        },
    ),
    Metric(
        "haversine",
        "vectors",
        "2 r arcsin(sqrt(sin^2((lat_x - lat_y) / 2) + cos lat_x cos lat_y sin^2((lon_x - lon_y) / 2)))",
        True,
        "columns are latitude and longitude, in radians",
        parameters={"radius": (1.0, positive)},
    ),
    Metric("precomputed", "matrix", "X holds the distances", False),
    Metric("callable", "objects", "metric(x, y)", False),
)

METRICS: Mapping[str, Metric] = MappingProxyType({row.name: row for row in _ROWS})
_BY_ALIAS = {alias: row.name for row in _ROWS for alias in row.aliases}


def find_metric(metric: object) -> Metric:
    """Return the catalogue's row for a name, an alias or a callable.

    Parameters
    ----------
    metric : str, callable or C function pointer
        What the caller passed.

    Returns
    -------
    Metric
        The row; that of ``"callable"`` for everything that is no text.

    Raises
    ------
    ParameterError
        Where no metric is called so.
    """
    if not isinstance(metric, str):
        return METRICS["callable"]
    name = _BY_ALIAS.get(metric, metric)
    if name not in METRICS or name == "callable":
        close = get_close_matches(metric.lower(), [*METRICS, *_BY_ALIAS], n=1, cutoff=0.6)
        hint = f" Did you mean {close[0]!r}?" if close and close[0] != "callable" else ""
        names = ", ".join(repr(known) for known in METRICS if known != "callable")
        raise ParameterError(
            f"metric must be one of {names}, or a function of two items; got {metric!r}.{hint}"
        )
    return METRICS[name]


def check_parameters(row: Metric, given: object) -> dict[str, Any]:
    """Return all parameters of a metric: those given, checked, and the defaults of the others.

    Parameters
    ----------
    row : Metric
        The metric.
    given : dict or None
        `metric_params` as the caller passed them.

    Returns
    -------
    dict
        Name to value; those of a function as they were given.

    Raises
    ------
    ParameterError
        The metric has no such parameter, or its value is out of range.
    """
    if given is not None and not isinstance(given, Mapping):
        raise ParameterError(
            f"metric_params must be a dict such as {{'p': 3}}, or None; got {given!r}."
        )
    chosen: dict[str, Any] = dict(given or {})  # pyright: ignore[reportUnknownArgumentType]
    if row.name == "callable":
        return chosen
    for name in chosen:
        if name not in row.parameters:
            known = ", ".join(repr(known) for known in row.parameters)
            raise ParameterError(
                f"metric={row.name!r} takes {known if known else 'no parameters'}; "
                f"got {name!r} in metric_params. {'Use one of these.' if known else 'Leave it out.'}"
            )
    return {
        name: check(name, chosen[name]) if name in chosen else default
        for name, (default, check) in row.parameters.items()
    }
