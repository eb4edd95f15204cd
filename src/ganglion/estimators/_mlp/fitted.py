"""What a fit leaves: a network, how columns and targets are encoded, and the way from rows to outputs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, cast, final

import numpy as np

from ..._arrays import Real
from ..._errors import DataError
from ...data.columns import TableEncoding
from ...nn._engine.choosing import engine_for
from ...nn.exporting._blueprint import Decision
from ...nn.layers import Dense, Dropout, Layer
from ...nn.network import Network
from .targets import ClassTargets, ValueTargets


@final
@dataclass(eq=False)
class Fitted:
    """A network and its surroundings.

    `coefs` and `intercepts` are the network's own arrays. Who has seen them may write into them, or put others in their
    place, as users of scikit-learn do; from then on (`is_shown`) every prediction takes them anew.
    """

    network: Network
    targets: ClassTargets | ValueTargets
    encoding: TableEncoding | None
    is_shown: bool = False
    coefs: list[Real] = field(init=False, repr=False)
    intercepts: list[Real] = field(init=False, repr=False)
    _own: dict[str, Real] = field(init=False, repr=False)
    _engine: Any = field(init=False, repr=False, default=None)

    def __post_init__(self) -> None:
        self.dtype = np.dtype(self.network.dtype)
        self.coefs, self.intercepts = [], []
        self._own = self._see()

    def outputs(self, rows: Real) -> Real:
        """Return outputs (n, k) for rows (n, n_inputs) of the network's dtype; a row has the same bits among others."""
        engine = self._engine
        if engine is None or self.is_shown:
            parameters = self.take_back()
            if engine is None:
                engine = self._engine = engine_for(self.network)
            engine.write(parameters)
        return engine.predict(rows)

    @property
    def decision(self) -> Decision | None:
        """How outputs become labels, for exported files; None where they are the answer."""
        targets = self.targets
        is_labels = isinstance(targets, ClassTargets)
        return Decision.of(targets.kind, targets.classes) if is_labels else None

    def take_back(self) -> dict[str, Real]:
        """Let the network have what was put into the place of its arrays; return its parameters."""
        parameters = self.network.parameters
        if any(parameters[name] is not known for name, known in self._own.items()):
            return self._see()  # `set_parameters` of the network itself gave it other arrays
        known = list(self._own.values())
        put_into(known[0::2], self.coefs, "coefs_")
        put_into(known[1::2], self.intercepts, "intercepts_")
        return parameters

    def _see(self) -> dict[str, Real]:
        """Take the network's arrays as they are: W1, b1, W2, b2 ..."""
        self._own = self.network.parameters
        known = list(self._own.values())
        self.coefs[:], self.intercepts[:] = known[0::2], known[1::2]
        return self._own

    def __getstate__(self) -> dict[str, Any]:
        """Everything but the engine, which is made again."""
        self.take_back()
        return {
            "network": self.network,
            "targets": self.targets,
            "encoding": self.encoding,
            "is_shown": False,
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._engine = None
        self.__post_init__()


def put_into(own: list[Real], given: Sequence[Any], name: str) -> None:
    """Copy given arrays into the network's own ones; the list of given ones then holds the own ones."""
    if len(given) != len(own):
        raise DataError(
            f"{name} must hold an array for each of the {len(own)} layers; got {len(given)}. Put all of them there."
        )
    for at, (mine, theirs) in enumerate(zip(own, given, strict=True)):
        if theirs is mine:
            continue
        array = np.asarray(theirs)
        if array.shape != mine.shape:
            raise DataError(
                f"{name}[{at}] must have the shape {mine.shape} of the layer; got {array.shape}."
            )
        mine[...] = array
        if isinstance(given, list):
            given[at] = mine


def layers_of(
    sizes: Sequence[int], activations: Sequence[Any], dropout: Sequence[float], last: str
) -> list[Layer]:
    """Return dense layers through these sizes, inputs and outputs included, with dropout behind the hidden ones."""
    layers: list[Layer] = []
    hidden = len(sizes) - 2
    for at in range(hidden):
        layers.append(Dense(sizes[at], sizes[at + 1], activations[at]))
        if dropout[at]:
            layers.append(Dropout(dropout[at]))
    layers.append(Dense(sizes[-2], sizes[-1], last))
    return layers


def attributes_of(estimator: Any) -> dict[str, Any]:
    """Return the attributes of an estimator; scikit-learn ships no types."""
    return cast("dict[str, Any]", vars(estimator))


def put_back(estimator: Any, before: dict[str, Any]) -> None:
    """Let the attributes of an estimator be what they were."""
    own = attributes_of(estimator)
    own.clear()
    own.update(before)
