"""Rows that a component describes, through scikit-learn's gate for names and numbers of columns."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from ..._arrays import check_samples, is_sparse, refuse_not_finite
from ..._errors import DataError
from ...cluster.bayesian import Component, Multinomial
from ...cluster.bayesian._rows import Rows, check_rows
from .._contract import validate_data


def component_rows(estimator: Any, X: Any, component: Component, *, reset: bool) -> Rows:
    """The rows of X, finite or missing, as the component has checked them; with `reset`, those of a fit."""
    plain = validate_data(
        estimator,
        X,
        reset=reset,
        accept_sparse="csr",
        dtype="numeric",
        ensure_all_finite=False,
        order=None,
    )
    if is_sparse(plain):
        return component.check(plain)
    names = getattr(estimator, "feature_names_in_", None)
    try:
        rows = check_rows(plain)
    except DataError:
        if names is not None:  # an infinite cell, by the name of its column
            finite = np.where(np.isnan(plain), 0.0, plain)
            refuse_not_finite(check_samples(finite, finite=False), names=names.tolist())
        raise
    return component.check(rows if names is None else replace(rows, names=names.tolist()))


def tag_component(tags: Any, component: Any) -> Any:
    """Say in scikit-learn's tags what a component describes."""
    inputs = tags.input_tags
    inputs.sparse = isinstance(component, Multinomial)
    inputs.allow_nan = bool(getattr(component, "allow_missing", False))
    inputs.positive_only = isinstance(component, Component) and component.kind in (
        "multinomial",
        "bernoulli",
        "poisson",
        "categorical",
    )
    return tags
