"""Items that a model compares others with, as a model file holds them: those alone, and nothing of the others."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from ...distances import Items
from ...distances._matrix import Matrix
from ...distances._sets import Sets
from .records import expect

_PREFIX = "items."
_RECORD = ("metric", "kind", "parameters")


def kept(items: Items) -> Items:
    """The same items without what belongs to others of the fit: their distances, and elements of their sets."""
    content = items.content
    if isinstance(content, Matrix):
        indices = np.arange(content.n_base) if content.indices is None else content.indices
        lean: Any = Matrix(None, content.n_base, indices)
    elif isinstance(content, Sets):
        held, ids = np.unique(content.ids, return_inverse=True)
        universe = tuple(content.universe[at] for at in held.tolist())
        lean = Sets(ids.astype(np.int32), content.offsets, universe)
    else:
        return items
    return Items(items.metric, items.parameters, lean, items.index)


def items_state(items: Items) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Items as a model file holds them: a record, and arrays whose names begin with ``items.``"""
    record, arrays = kept(items).to_state()
    return record, {_PREFIX + name: array for name, array in arrays.items()}


def take_items(record: Any, arrays: dict[str, NDArray[Any]]) -> Items:
    """The items of a record, out of `arrays`; ValueError where they are none."""
    expect(is_record(record), f"its items must be {_RECORD}; found {record!r}")
    own = [name for name in arrays if name.startswith(_PREFIX)]
    parts = {name.removeprefix(_PREFIX): arrays.pop(name) for name in own}
    items = Items.from_state(cast("dict[str, Any]", record), parts)
    known = set(items.to_state()[1])
    expect(set(parts) == known, f"items must hold {sorted(known)}; found {sorted(parts)}")
    return items


def is_record(value: Any) -> bool:
    """Whether a stored value is the record of some items."""
    return (
        type(value) is dict
        and set(cast("dict[str, Any]", value)) == set(_RECORD)
        and type(cast("dict[str, Any]", value)["parameters"]) is dict
    )
