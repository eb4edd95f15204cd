"""Outputs of a network whose layers are not all known to the compiled trainer; a row has the same bits among many.

NumPy's products depend on how many rows there are. Those of the compiled trainer do not, so each dense layer's weighted
sums come from a program of that layer alone; everything else acts on each number or on each row by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, final

import numpy as np

from ..._arrays import Real
from ..layers import Dense
from .computing import Computation, kept
from .program import Program
from .stages import Stage

# Activations of so many rows at a time.
ROWS = 4096


@final
class Predicting:
    """Computes outputs (n, n_out) from parameters, running statistics and rows (n, n_in)."""

    def __init__(self, computation: Computation, dtype: np.dtype[Any]) -> None:
        self._computation = computation
        self._dtype = dtype
        # In the order of the dense stages; made when they are first needed.
        self._programs: dict[int, Program] = {}

    def __call__(
        self, parameters: Mapping[str, Real], running: Mapping[str, Real], rows: Real
    ) -> Real:
        for stage in self._computation.stages:
            if stage.kind == "dense":
                self._program_of(stage).write(
                    {f"{name[0]}1": np.ascontiguousarray(parameters[name]) for name in stage.shapes}
                )
        n_out = self._computation.stages[-1].n_out
        outputs: Real = np.empty((len(rows), n_out), self._dtype)
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            for begin in range(0, len(rows), ROWS):
                part = np.ascontiguousarray(rows[begin : begin + ROWS])
                sums = self._computation.sums(
                    parameters, part, kept(running), product=self._weighted
                )
                outputs[begin : begin + ROWS] = self._computation.outputs(sums)
        return outputs

    def _weighted(self, stage: Stage, rows: Real, given: Any) -> Real:
        """Return the weighted sums of a dense stage."""
        return self._program_of(stage).predict(np.ascontiguousarray(rows))

    def _program_of(self, stage: Stage) -> Program:
        """Return the program of a dense stage alone."""
        if stage.number not in self._programs:
            layer = Dense(stage.n_in, stage.n_out, bias=stage.bias)
            self._programs[stage.number] = Program((layer,), "squared", self._dtype)
        return self._programs[stage.number]
