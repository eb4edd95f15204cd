"""What a training is made of, in a form that tells another time whether it is the same one."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from numbers import Integral, Real
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from .._engine.program import Learned
from ..network import Network

# What changes while an optimiser or a schedule is at work. Everything else in it is a setting.
_MOVING = frozenset(("steps", "first", "second"))


def of_array(array: npt.NDArray[Any] | None) -> str:
    """Return the sha256 of an array's dtype, shape and numbers; of None as well."""
    if array is None:
        return "none"
    digest = hashlib.sha256(f"{array.dtype.str} {array.shape} ".encode())
    digest.update(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)
    return digest.hexdigest()


def of_data(data: Learned, prefix: str = "") -> dict[str, str]:
    """Return the sha256 of rows, targets and weights, by the names that the caller gave them."""
    targets = data.targets if data.labels is None else data.labels
    parts = {"X": data.rows, "y": targets, "sample_weight": data.weights}
    return {f"{prefix}{name}": of_array(cast("Any", part)) for name, part in parts.items()}


def of_network(network: Network) -> str:
    """Return layers, loss and dtype as a text; functions of the caller's by their names."""
    layers = ", ".join(_text(layer) for layer in network.layers)
    numbers = network.loss_function.numbers
    loss = f"{network.loss_name}{list(numbers) if numbers else ''}"
    return f"[{layers}], {loss}, {network.reduction}, {network.dtype}"


def of_generator(generator: np.random.Generator) -> str:
    """Return the sha256 of a generator's state."""
    digest = hashlib.sha256()
    for name, value in _leaves(generator.bit_generator.state, ""):
        digest.update(f"{name}={np.asarray(value).tolist()};".encode())
    return digest.hexdigest()


def of_random_state(random_state: Any, draws: np.random.Generator | None) -> int | str | None:
    """Return an integer as it is, and a generator by its state; None where nothing was asked for."""
    if random_state is None or draws is None:
        return None
    return int(random_state) if isinstance(random_state, Integral) else of_generator(draws)


def called(value: Any) -> str | None:
    """Return a name, or that of a function."""
    return None if value is None else _text(value)


def settings_of(thing: Any, prefix: str) -> dict[str, Any]:
    """Return the numbers and names that say what an optimiser or a schedule is, those of its parts included.

    Left out is what it remembers: whatever `state` returns, but for the learning rate that it starts with.
    """
    found: dict[str, Any] = {prefix: "None" if thing is None else type(thing).__name__}
    if thing is None:
        return found
    state: dict[str, Any] = getattr(thing, "state", dict[str, Any])()
    moving = {key.partition(".")[0] for key in state} | _MOVING
    for name, value in sorted(cast("dict[str, Any]", vars(thing)).items()):
        if name == "_learning_rate":
            found[f"{prefix}.learning_rate"] = float(value)
        elif not name.startswith("_") and name not in moving:
            found |= _setting(f"{prefix}.{name}", value)
    return found


def _setting(name: str, value: Any) -> dict[str, Any]:
    """Return one setting, or those of an object."""
    if value is None or isinstance(value, (bool, str)):
        return {name: value}
    if isinstance(value, Integral):
        return {name: int(value)}
    if isinstance(value, Real):
        return {name: float(value)}
    if isinstance(value, np.ndarray):
        return {name: of_array(cast("Any", value))}
    if isinstance(value, Sequence):
        items = cast("Sequence[Any]", value)
        known = {
            k: v for i, item in enumerate(items) for k, v in _setting(f"{name}.{i}", item).items()
        }
        return {name: len(items), **known}
    if callable(value) and hasattr(value, "__qualname__"):
        return {name: _text(value)}
    return settings_of(value, name) if hasattr(value, "__dict__") else {name: type(value).__name__}


def _text(value: Any) -> str:
    """Return a layer, an activation or a loss as a text that has no address in it."""
    if isinstance(value, str):
        return value
    if is_dataclass(value) and not isinstance(value, type):
        shown = (
            f"{field.name}={_text(getattr(value, field.name))}"
            for field in fields(value)
            if field.compare
        )
        return f"{type(value).__name__}({', '.join(shown)})"
    if isinstance(value, (tuple, list)):
        return f"[{', '.join(_text(item) for item in cast('Sequence[Any]', value))}]"
    if callable(value):
        module, name = getattr(value, "__module__", ""), getattr(value, "__qualname__", "")
        return f"{module}.{name}" if name else type(value).__qualname__
    return repr(value)


def _leaves(tree: Mapping[str, Any], path: str) -> Iterator[tuple[str, Any]]:
    """Yield the values of nested dicts with their paths, in order."""
    for name in sorted(tree):
        value = tree[name]
        if isinstance(value, Mapping):
            yield from _leaves(cast("Mapping[str, Any]", value), f"{path}{name}.")
        else:
            yield f"{path}{name}", value
