"""Components: what the rows of one cluster are distributed as, and the density of rows under a partition."""

from __future__ import annotations

from typing import Any, cast

from ..._errors import ParameterError
from ._components.categories import Bernoulli, Categorical
from ._components.component import Component
from ._components.counts import Multinomial, Poisson
from ._components.mixed import Mixed
from ._components.normals import DiagonalNormal, Normal
from ._components.semi_conjugate import SemiConjugateNormal
from ._densities.partitioned import log_marginal
from .hyperpriors import Gamma

__all__ = [
    "Bernoulli",
    "Categorical",
    "Component",
    "DiagonalNormal",
    "Mixed",
    "Multinomial",
    "Normal",
    "Poisson",
    "SemiConjugateNormal",
    "component_from_state",
    "log_marginal",
]

_KINDS: dict[str, type[Component]] = {
    family.kind: family
    for family in (
        Normal,
        DiagonalNormal,
        Multinomial,
        Bernoulli,
        Poisson,
        Categorical,
        SemiConjugateNormal,
    )
}


def component_from_state(state: dict[str, Any]) -> Component:
    """Build the component that `Component.to_state` described.

    Parameters
    ----------
    state : dict of str to object
        The family under ``"kind"``, and its hyperparameters.

    Returns
    -------
    Component
        Equal to the one that was described.

    Raises
    ------
    ParameterError
        When the state is not that of a component.

    Examples
    --------
    >>> from ganglion.cluster.bayesian import Poisson, component_from_state
    >>> component_from_state(Poisson(shape=2.0).to_state())
    Poisson(shape=2)
    """
    fields = dict(state)
    kind = fields.pop("kind", None)
    try:
        if kind == Mixed.kind:
            keys, inner = fields.pop("keys"), fields.pop("components")
            columns = {
                tuple(key): component_from_state(each)
                for key, each in zip(keys, inner, strict=True)
            }
            return Mixed(columns, **fields)
        return _KINDS[str(kind)](**_with_hyperpriors(fields))
    except (KeyError, TypeError, ValueError) as error:
        raise ParameterError(
            f"A component's state must hold its kind and hyperparameters; got {state!r}: {error}."
        ) from None


def _with_hyperpriors(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields with the Gamma, or the one for each column, that a rate stands for."""
    rate = fields.get("rate")
    if not isinstance(rate, dict):
        return fields
    shapes, rates = cast("dict[str, Any]", rate)["shape"], cast("dict[str, Any]", rate)["rate"]
    if isinstance(shapes, float):
        return fields | {"rate": Gamma(shape=shapes, rate=rates)}
    pairs = zip(shapes, rates, strict=True)
    return fields | {"rate": [Gamma(shape=float(g), rate=float(h)) for g, h in pairs]}
