"""A network as what a model file holds: names, numbers and arrays; what comes back is checked before it is believed.

`record_of` and `network_from` are for models that have a network inside, `state_of` and `model_of` for it alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from .._errors import ParameterError
from ..storage.state import State
from ._architecture import DTYPES
from ._engine.stages import stages_of
from .layers import BatchNorm, Dense, Dropout, Layer, LayerNorm, Residual
from .losses import Loss, loss_of, losses
from .network import Network

Record = dict[str, Any]
Arrays = Mapping[str, NDArray[Any]]

# The closed list of layers, each with the names of its parameters. A new one needs a row, and its case in the tests.
_LAYERS: Mapping[str, tuple[type[Layer], tuple[str, ...]]] = MappingProxyType(
    {
        "Dense": (Dense, ("n_in", "n_out", "activation", "bias", "initial")),
        "BatchNorm": (BatchNorm, ("n", "activation", "momentum", "epsilon")),
        "LayerNorm": (LayerNorm, ("n", "activation", "epsilon")),
        "Dropout": (Dropout, ("rate",)),
        "Residual": (Residual, ("layers",)),
    }
)
_FIELDS = ("dtype", "layers", "loss", "loss_numbers", "reduction")


def state_of(network: Network) -> State:
    """Return everything that makes the network, in copies; ParameterError where a part of it is a Python function."""
    record, arrays = record_of(network)
    return State("Network", record, arrays)


def model_of(state: State) -> Network:
    """Return the network that a state stands for; ValueError, TypeError or KeyError where it is none."""
    return network_from(state.parameters, state.arrays)


def record_of(network: Network) -> tuple[Record, dict[str, NDArray[Any]]]:
    """Return names and numbers that say what the network is, and copies of its arrays."""
    loss = network.loss_function
    if not _is_known(loss):
        raise ParameterError(
            "A model file holds no code: the loss must be one that the library knows by name to be saved; it is the "
            f"function {loss.name!r}. Save a network with a loss in gl.nn.losses, or keep network.parameters and make "
            "the network anew from them."
        )
    record: Record = {
        "dtype": network.dtype,
        "layers": [_layer_record(layer) for layer in network.layers],
        "loss": loss.name,
        "loss_numbers": loss.numbers,
        "reduction": network.reduction,
    }
    arrays = {
        name: np.array(array) for name, array in (network.parameters | network.running).items()
    }
    for name, array in arrays.items():
        if not np.all(np.isfinite(array)):
            raise ParameterError(
                f"A network must hold finite numbers to be saved; {name} has NaN or infinity. Set its parameters first."
            )
    return record, arrays


def network_from(record: object, arrays: Arrays) -> Network:
    """Return the network of a record and its arrays; ValueError, TypeError or KeyError where they do not fit."""
    known = _checked(record, _FIELDS, "a network")
    layers = _layers(known["layers"])
    loss = _loss(known["loss"], known["loss_numbers"])
    # Before anything is allocated on the word of a record, the arrays must be there.
    _expect(known["dtype"] in DTYPES, f"its dtype must be one of {', '.join(DTYPES)}")
    dtype = np.dtype(cast("str", known["dtype"]))
    wanted: dict[str, tuple[int, ...]] = {}
    for stage in stages_of(layers):
        wanted |= stage.shapes | dict.fromkeys(stage.running, (stage.n_out,))
    found = {name: array.shape for name, array in arrays.items()}
    _expect(found == wanted, f"its arrays must be {_shown(wanted)}; found {_shown(found)}")
    for name, array in arrays.items():
        _expect(array.dtype == dtype, f"{name} must be {dtype}; found {array.dtype}")
    network = Network(layers, loss, reduction=known["reduction"], random_state=0, dtype=dtype)
    network.set_parameters({name: arrays[name] for name in network.parameters})
    network.set_running({name: arrays[name] for name in network.running})
    return network


def _layer_record(layer: Layer) -> Record:
    """Return a layer as its kind and its parameters."""
    kind = type(layer).__name__
    record: Record = {"kind": kind}
    for name in _LAYERS[kind][1]:
        value = getattr(layer, name)
        if name == "layers":
            value = [_layer_record(inner) for inner in cast("Sequence[Layer]", value)]
        elif name == "activation" and not isinstance(value, str):
            raise ParameterError(
                f"A model file holds no code: activations must be names to be saved; {layer!r} has a Python function. "
                "Use a name in gl.nn.activations, or keep network.parameters and make the network anew from them."
            )
        is_array = isinstance(value, np.ndarray)
        record[name] = np.array(cast("NDArray[Any]", value)) if is_array else value
    return record


def _layers(records: object) -> tuple[Layer, ...]:
    """Return the layers that a list of records stands for."""
    _expect(isinstance(records, list), "layers must be a list")
    return tuple(_layer(record) for record in cast("list[object]", records))


def _layer(record: object) -> Layer:
    kind = cast("Record", record).get("kind") if isinstance(record, dict) else None
    _expect(
        isinstance(kind, str) and kind in _LAYERS, f"a layer must be one of {', '.join(_LAYERS)}"
    )
    cls, names = _LAYERS[cast("str", kind)]
    known = _checked(cast("object", record), ("kind", *names), f"a {kind}")
    values = {name: known[name] for name in names}
    if "layers" in values:
        values["layers"] = _layers(values["layers"])
    return cls(**values)


def _is_known(loss: Loss) -> bool:
    """Whether a loss is the one that its name and numbers stand for, and no function of the caller's."""
    try:
        return loss_of(loss.name, loss.numbers) == loss
    except ParameterError:
        return False


def _loss(name: object, numbers: object) -> Loss:
    """Return the loss of a name and numbers."""
    _expect(isinstance(name, str) and name in losses, f"there is no loss {name!r:.80}")
    _expect(isinstance(numbers, tuple), "the numbers of a loss must be a tuple")
    return loss_of(cast("str", name), cast("tuple[float, ...]", numbers))


def _checked(record: object, names: Sequence[str], what: str) -> Record:
    """Return a record that is a dict with exactly these names."""
    _expect(isinstance(record, dict), f"{what} must be a dict")
    known = cast("Record", record)
    _expect(
        set(known) == set(names),
        f"{what} must have {sorted(names)}; found {sorted(map(str, known))}",
    )
    return known


def _shown(shapes: Mapping[str, tuple[int, ...]]) -> str:
    text = ", ".join(f"{name} {shape}" for name, shape in shapes.items())
    return text if len(text) <= 400 else f"{text[:400]} ..."


def _expect(holds: bool, message: str) -> None:
    """Raise where a record does not fit together; `load` says which file."""
    if not holds:
        raise ValueError(message)
