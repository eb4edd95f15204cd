"""Rows and their component as the compiled samplers take them: one block of kernels for each part."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...._native import core
from .._components.component import Component
from .._components.normals import Normal
from .._rows import Rows, select
from .native_blocks import NativeBlock, native_block


def build_model(rows: Rows, component: Component) -> core.BayesModel:
    """The model of rows that a resolved component has checked; it keeps the arrays that it reads."""
    n, d = rows.shape
    model = core.BayesModel(n)
    for columns, part in component.parts(d):
        own = rows if len(columns) == d and columns == tuple(range(d)) else select(rows, columns)
        block = _normal_block(own, part) if isinstance(part, Normal) else native_block(own, part)
        model.add_block(block.kind, block.x, block.numbers, block.sizes, block.csr)
    return model


def _normal_block(rows: Rows, component: Normal) -> NativeBlock:
    """Mean (d,), kappa and dof, scale (d, d): as native/bayes_normal.hpp reads them.

    Rows are taken less the prior mean, as it comes from them: what is far from 0 loses digits with every move.
    """
    number: Any = component
    numbers = [np.zeros(rows.shape[1]), np.array([number.kappa, number.dof]), number.scale]
    arrays = [np.array(each, dtype=np.float64) for each in numbers]
    centred = np.ascontiguousarray(rows.dense - number.mean)
    return NativeBlock(component.kind, rows.shape[0], centred, arrays, [])
