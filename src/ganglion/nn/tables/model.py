"""A network that knows the columns of a table: how they become its inputs, and what its outputs mean."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from ..._arrays import Real
from ..._errors import DataError, ParameterError
from ...data._encoding import numbers, texts
from ...data.columns import TableEncoding
from ...data.tables import Table
from ...storage.state import State
from .._engine.stages import stages_of
from .._storing import model_of, state_of
from ..exporting._blueprint import Blueprint, Decision, blueprint_of
from ..network import Network


@dataclass(frozen=True)
class TablePredictions:
    """What a network says about the rows of a table.

    Attributes
    ----------
    values : ndarray of shape (n,)
        The most probable class as text (objects; the first one among equals), or the predicted number (float64).
    probabilities : ndarray of shape (n, n_classes) or None
        Of every class; None for numbers.
    """

    values: NDArray[Any]
    probabilities: Real | None


@dataclass(frozen=True, kw_only=True, eq=False)
class TableNetwork:
    """A trained network together with the columns that it reads and the column that it predicts.

    Attributes
    ----------
    encoding : TableEncoding
        How columns become inputs; learned from the training rows.
    network : Network
        Its last layer is a softmax over the classes, or one number.
    target : str
        Name of the predicted column.
    classes : tuple of str
        The classes, in the order of the outputs; empty for a number.
    center, scale : float
        A predicted number is center + scale * output.
    source : str
        Name of the table, without its folder.
    scores : dict of str to float
        What it reached on rows that were kept back.
    settings : dict of str to object
        How it was trained.

    See Also
    --------
    ganglion.nn.tables.train_on_table : Makes one.
    """

    encoding: TableEncoding
    network: Network
    target: str
    classes: tuple[str, ...]
    center: float = 0.0
    scale: float = 1.0
    source: str = ""
    scores: dict[str, float] = field(default_factory=dict[str, float])
    settings: dict[str, Any] = field(default_factory=dict[str, Any])

    def __post_init__(self) -> None:
        stages = stages_of(self.network.layers)
        n_in, n_out = stages[0].n_in, stages[-1].n_out
        fits = (n_in, n_out) == (len(self.encoding.names), len(self.classes) or 1)
        if not fits or len(self.classes) == 1:
            raise ParameterError(
                f"The network must take the {len(self.encoding.names)} inputs of the columns and have an output for "
                f"each of the classes, of which there are none or at least 2; it goes from {n_in} to {n_out}, and "
                f"there are {len(self.classes)} classes."
            )

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns that are read."""
        return tuple(rule.column for rule in self.encoding.columns)

    def inputs(self, table: Table) -> Real:
        """Return the inputs of the network for the rows of a table.

        Parameters
        ----------
        table : Table
            A table with at least the columns that are read, in any order.

        Returns
        -------
        ndarray of shape (n, n_in), float64
            Finite numbers.

        Raises
        ------
        DataError
            A column is not there or holds another kind of values, or an infinite number.
        """
        missing = [name for name in self.columns if name not in table.names]
        if missing:
            raise DataError(
                f"New rows must have the columns that were learned from; {', '.join(missing[:12])} "
                f"{'is' if len(missing) == 1 else 'are'} not among {', '.join(table.names[:12])}. Add them."
            )
        used = tuple(table.column(name) for name in self.columns)
        return self.encoding.encode(replace(table, columns=used, origin=None))

    def predict(self, table: Table) -> TablePredictions:
        """Predict the target for the rows of a table.

        Parameters
        ----------
        table : Table
            A table with at least the columns that are read, in any order; gaps are allowed, and texts that were not
            seen in training count as none of the known ones.

        Returns
        -------
        TablePredictions
            A class or a number for each row.

        Raises
        ------
        DataError
            As for `inputs` and `predict_inputs`.
        """
        return self.predict_inputs(self.inputs(table))

    def predict_inputs(self, inputs: Real) -> TablePredictions:
        """Predict the target for rows that are inputs of the network already.

        Parameters
        ----------
        inputs : ndarray of shape (n, n_in)
            What `inputs` returns.

        Returns
        -------
        TablePredictions
            A class or a number for each row.

        Raises
        ------
        DataError
            The outputs for a row are no finite numbers.
        """
        with np.errstate(over="ignore", invalid="ignore"):
            outputs = self.network.forward(inputs)
            answers = self.center + self.scale * outputs[:, 0]
        if not np.all(np.isfinite(outputs if self.classes else answers)):
            row = int(np.argmin(np.all(np.isfinite(outputs), axis=1) & np.isfinite(answers)))
            raise DataError(
                f"Outputs must be finite numbers; those of row {row + 1} are not: its values are too far from those "
                "that were learned from. Correct them."
            )
        if not self.classes:
            return TablePredictions(answers, None)
        names = np.array(self.classes, dtype=object)
        return TablePredictions(names[np.argmax(outputs, axis=1)], outputs)

    def truth(self, table: Table) -> tuple[NDArray[Any], NDArray[np.int64]]:
        """Return what the table says the target is, where it says so in the way that was learned.

        Parameters
        ----------
        table : Table
            A table with the target's column.

        Returns
        -------
        truth : ndarray of shape (m,)
            Places in `classes`, or numbers.
        rows : ndarray of shape (m,), int64
            The rows that have one: not empty, and of a class that is known.

        Raises
        ------
        DataError
            A number was learned, and the column holds something else.
        """
        column = table.column(self.target)
        if not self.classes:
            values = numbers(column, "number")
            rows = np.flatnonzero(~np.isnan(values)).astype(np.int64)
            return values[rows], rows
        place = {name: at for at, name in enumerate(self.classes)}
        codes = np.array([place.get(str(cell), -1) for cell in texts(column)], dtype=np.int64)
        rows = np.flatnonzero(codes >= 0).astype(np.int64)
        return codes[rows], rows

    def _blueprint(self) -> Blueprint:
        """What `gl.export` writes."""
        return blueprint_of(
            self.network,
            columns=self.encoding.columns,
            center=self.center,
            scale=self.scale,
            decision=Decision.of("multiclass", self.classes) if self.classes else None,
        )

    def _to_state(self) -> State:
        """The network's arrays, everything else as parameters."""
        inner = state_of(self.network)
        parameters = {
            "network": inner.parameters,
            "encoding": self.encoding.to_record(),
            "target": self.target,
            "classes": list(self.classes),
            "center": self.center,
            "scale": self.scale,
            "source": self.source,
            "scores": self.scores,
            "settings": self.settings,
        }
        return State("TableNetwork", parameters, inner.arrays)

    @classmethod
    def _from_state(cls, state: State) -> Self:
        """The same record; what does not fit is an error that `load` turns into one about the file."""
        found = state.parameters
        names = ("target", "source")
        if not all(isinstance(found[name], str) for name in names):
            raise TypeError("target and source must be strings")
        classes = tuple(found["classes"])
        if not all(isinstance(name, str) for name in classes) or len(set(classes)) < len(classes):
            raise TypeError("classes must be different strings")
        if not all(isinstance(found[name], float) for name in ("center", "scale")):
            raise TypeError("center and scale must be floats")
        if not all(isinstance(found[name], dict) for name in ("scores", "settings")):
            raise TypeError("scores and settings must be dicts")
        inner = State("Network", found["network"], state.arrays)
        return cls(
            encoding=TableEncoding.from_record(found["encoding"]),
            network=model_of(inner),
            target=found["target"],
            classes=classes,
            center=found["center"],
            scale=found["scale"],
            source=found["source"],
            scores=found["scores"],
            settings=found["settings"],
        )
