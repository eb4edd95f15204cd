"""What rows of a table are taken to come from: a component for its columns, a prior over partitions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from .._errors import ParameterError
from ..cluster.bayesian import (
    Bernoulli,
    Beta,
    Categorical,
    Component,
    DiagonalNormal,
    DirichletProcess,
    Gamma,
    Mixed,
    MixtureOfFiniteMixtures,
    Multinomial,
    Normal,
    PartitionPrior,
    PitmanYor,
    Poisson,
)
from ..data import DesignMatrix, Table
from ..data._encoding import Encoding
from ..data.codes import CodedRows, coded_rows
from ._reading import Coding

COMPONENTS = (
    "auto",
    "normal",
    "diagonal",
    "multinomial",
    "bernoulli",
    "poisson",
    "categorical",
    "mixed",
)
PRIORS = ("dp", "py", "mfm")
# Covariances of more columns than this have more free numbers than clusters of some hundred rows can tell.
MOST_CORRELATED = 30
MOST_COMPONENTS = 200
STOP = 0.1  # of the geometric prior of the number of components: on average 10

_WORDS = {
    "normal": "normal, with covariances of its own",
    "diagonal": "normal, column by column",
    "multinomial": "multinomial counts",
    "bernoulli": "0 or 1, column by column",
    "poisson": "Poisson counts, column by column",
    "categorical": "one of its texts, column by column",
}
# The kinds of columns that each component describes.
_TAKES = {
    "normal": ("number", "boolean"),
    "diagonal": ("number", "boolean"),
    "multinomial": ("number", "boolean"),
    "poisson": ("number", "boolean"),
    "bernoulli": ("number", "boolean", "category"),
    "categorical": ("number", "boolean", "category"),
}

Missing = Literal["drop", "impute", "error"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Modelled:
    """The rows of a table and what they are taken to come from.

    Attributes
    ----------
    table : Table
        The table.
    design : DesignMatrix
        Its columns as comparable numbers, gaps filled: for the map alone.
    coded : CodedRows
        The rows as the component sees them.
    component : Component
        What the rows of a cluster are distributed as.
    words : tuple of (str, str)
        Columns, and what each cluster's are, for a person.
    keeps_gaps : bool
        Whether missing cells are integrated out.
    """

    table: Table
    design: DesignMatrix
    coded: CodedRows
    component: Component
    words: tuple[tuple[str, str], ...]
    keeps_gaps: bool

    @property
    def encoding(self) -> Encoding:
        """How columns become codes."""
        return self.design.encoding


def model_table(table: Table, coding: Coding, name: str, *, missing_given: bool) -> Modelled:
    """Choose a component for the columns of a table, and bring its rows into the shape that it describes.

    Parameters
    ----------
    table : Table
        The rows.
    coding : Coding
        Which columns; its scale does not matter.
    name : str
        One of COMPONENTS; "auto" goes by the columns.
    missing_given : bool
        Whether what is done with missing cells was asked for; otherwise they are integrated out wherever the component
        can do that.

    Returns
    -------
    Modelled
        The rows and the component.

    Raises
    ------
    ParameterError
        The component does not describe such columns.
    """
    policy = coding.missing
    filled = replace(coding, missing="impute", scale="standard").matrix(table)
    kinds = {code.column: code.kind for code in filled.encoding.columns}
    can_keep = not missing_given
    if name == "auto":
        name = _chosen(kinds)
    parts = _parts(name, kinds, table, can_keep)
    keeps_gaps = can_keep and all(part != "normal" for part in parts)
    encoding = replace(filled.encoding, missing=policy)
    coded = coded_rows(encoding, table, keep_gaps=keeps_gaps)
    component, words = _built(parts, tuple(kinds), keeps_gaps)
    design = replace(filled, X=filled.X[coded.rows], rows=coded.rows, encoding=encoding)
    return Modelled(
        table=table,
        design=design,
        coded=coded,
        component=component,
        words=words,
        keeps_gaps=keeps_gaps,
    )


def _chosen(kinds: dict[str, str]) -> str:
    """The component that goes with the columns."""
    if set(kinds.values()) == {"number"}:
        return "normal" if len(kinds) <= MOST_CORRELATED else "diagonal"
    if set(kinds.values()) == {"boolean"}:
        return "bernoulli"
    return "categorical" if set(kinds.values()) == {"category"} else "mixed"


def _parts(
    name: str, kinds: dict[str, str], table: Table, can_keep: bool
) -> dict[str, tuple[str, ...]]:
    """Which columns each family describes."""
    if name == "mixed":
        by_kind = {
            kind: tuple(column for column, own in kinds.items() if own == kind)
            for kind in ("number", "boolean", "category")
        }
        has_gaps = any(table.column(column).missing.any() for column in by_kind["number"])
        whole = len(by_kind["number"]) <= MOST_CORRELATED and not (has_gaps and can_keep)
        parts = {
            "normal" if whole else "diagonal": by_kind["number"],
            "bernoulli": by_kind["boolean"],
            "categorical": by_kind["category"],
        }
        return {family: columns for family, columns in parts.items() if columns}
    wrong = [column for column, kind in kinds.items() if kind not in _TAKES[name]]
    if wrong:
        raise ParameterError(
            f"--component {name} describes numbers; column {wrong[0]!r} holds texts. Use --component mixed, or name "
            "columns of numbers with --columns."
        )
    return {name: tuple(kinds)}


def _built(
    parts: dict[str, tuple[str, ...]], columns: tuple[str, ...], keeps_gaps: bool
) -> tuple[Component, tuple[tuple[str, str], ...]]:
    """The component, and its words."""
    families = {family: _family(family, keeps_gaps) for family in parts}
    words = tuple((", ".join(names), _WORDS[family]) for family, names in parts.items())
    if len(parts) == 1:
        return next(iter(families.values())), words
    places = {name: at for at, name in enumerate(columns)}
    mixed = {
        tuple(places[name] for name in names): families[family] for family, names in parts.items()
    }
    return Mixed(mixed), words


def _family(name: str, keeps_gaps: bool) -> Component:
    """A family with hyperparameters from the data."""
    gaps: dict[str, Any] = {"allow_missing": True} if keeps_gaps else {}
    if name == "normal":
        return Normal()
    if name == "multinomial":
        return Multinomial()
    family = {
        "diagonal": DiagonalNormal,
        "bernoulli": Bernoulli,
        "poisson": Poisson,
        "categorical": Categorical,
    }[name]
    return family(**gaps)


@dataclass(frozen=True, kw_only=True)
class PriorSettings:
    """What prior was asked for.

    Attributes
    ----------
    prior : {"dp", "py", "mfm"}
        Dirichlet process, Pitman-Yor process or mixture of finite mixtures.
    concentration, discount, gamma : float or None
        Its parameters; None draws them along with the partitions (gamma is 1 then).
    """

    prior: str = "dp"
    concentration: float | None = None
    discount: float | None = None
    gamma: float | None = None

    def build(self) -> PartitionPrior:
        """Return the prior.

        Raises
        ------
        ParameterError
            A parameter of another prior was given, or one is out of range.
        """
        self._check()
        concentration = Gamma(shape=1, rate=1) if self.concentration is None else self.concentration
        if self.prior == "dp":
            return DirichletProcess(concentration=concentration)
        if self.prior == "py":
            discount = Beta(a=1, b=1) if self.discount is None else self.discount
            return PitmanYor(discount=discount, concentration=concentration)
        k = np.arange(MOST_COMPONENTS)
        shares = STOP * (1 - STOP) ** k
        gamma = 1.0 if self.gamma is None else self.gamma
        return MixtureOfFiniteMixtures(
            gamma=gamma, n_components_prior=(shares / shares.sum()).tolist()
        )

    def _check(self) -> None:
        """Refuse parameters that the prior does not have."""
        owners = {"concentration": ("dp", "py"), "discount": ("py",), "gamma": ("mfm",)}
        for name, priors in owners.items():
            if getattr(self, name) is not None and self.prior not in priors:
                raise ParameterError(
                    f"--{name} belongs to --prior {' and '.join(priors)}; got --prior {self.prior}. Leave it out."
                )

    def words(self) -> str:
        """The prior for a person."""
        drawn = "drawn along"
        a = f"concentration {drawn if self.concentration is None else format(self.concentration, 'g')}"
        if self.prior == "dp":
            return f"Dirichlet process, {a}"
        if self.prior == "py":
            d = f"discount {drawn if self.discount is None else format(self.discount, 'g')}"
            return f"Pitman-Yor process, {d}, {a}"
        return (
            f"mixture of finite mixtures, gamma {1.0 if self.gamma is None else self.gamma:g}, number of components "
            "geometric with mean 10"
        )
