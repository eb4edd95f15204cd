"""A model as an ONNX file, through the package `onnx`, which is imported when it is needed.

Operator set 13 and the kernels that runtimes have for it since 2021. Operators that came later (LayerNormalization,
Gelu, Mish), and in float64 those for which onnxruntime has no kernel (Elu, Erf, LeakyRelu, Selu, Softplus), are put
together from others.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np
import numpy.typing as npt

from ..._errors import ParameterError
from ._blueprint import Blueprint, RowScaling, Scaling, Step, Sum, WeightedSums, refuse_columns
from ._onnx_activations import ACTIVATIONS, Writer

OPSET, IR_VERSION = 13, 7
# A file of protocol buffers holds less than 2 GiB; names and shapes need a little of it.
MAX_BYTES = 2**31 - 2**20
INDEX = np.dtype(np.int64)


@dataclass(frozen=True)
class Output:
    """An array that goes in or comes out: (n, *shape), n being the number of rows."""

    name: str
    dtype: np.dtype[Any]
    shape: tuple[int, ...]


def onnx_bytes(blueprint: Blueprint) -> bytes:
    """Return the bytes of the file, the same for the same model; ParameterError without the package `onnx`."""
    refuse_columns(blueprint, "ONNX")
    onnx = _package()
    refuse_large(sum(array.nbytes for step in blueprint.steps for array in _arrays(step)))
    graph = _Graph(onnx, np.dtype(blueprint.dtype))
    x = "X"
    given: list[str] = []  # the input of each step
    for index, step in enumerate(blueprint.steps):
        given.append(x)
        graph.start(f"step{index + 1}")
        x = ACTIVATIONS[step.activation](graph, _summed(graph, step, x, given))
    graph.start("answer")
    outputs = _answers(graph, blueprint, x)
    return graph.bytes_of(blueprint, outputs)


def refuse_large(n_bytes: int) -> None:
    """Raise where numbers of so many bytes cannot be in one file."""
    if n_bytes > MAX_BYTES:
        raise ParameterError(
            f"An ONNX file holds at most {MAX_BYTES} bytes of numbers; the model has {n_bytes}. Export a network with "
            "dtype='float32', or a smaller one."
        )


def _package() -> Any:
    try:
        return import_module("onnx")
    except ImportError as error:
        raise ParameterError(
            "export to .onnx needs the package onnx, which is not installed. Install it with "
            "pip install 'ganglion[onnx]', or export to .c or .py, which need nothing."
        ) from error


def _arrays(step: Step) -> list[npt.NDArray[Any]]:
    """Return the arrays of one step."""
    return [value for value in vars(step).values() if isinstance(value, np.ndarray)]


class _Graph(Writer):
    """Nodes and constants of the file, in the order in which they are written."""

    def __init__(self, onnx: Any, dtype: np.dtype[Any]) -> None:
        super().__init__(dtype)
        self._onnx = onnx
        self._nodes: list[Any] = []
        self._constants: dict[str, Any] = {}
        self._prefix = ""
        self._count = 0

    def start(self, prefix: str) -> None:
        """Name what follows after the step that it belongs to."""
        self._prefix, self._count = prefix, 0

    def add(self, operator: str, *inputs: str, name: str = "", **attributes: Any) -> str:
        """Write a node with one output and return the output's name."""
        self._count += 1
        name = name or f"{self._prefix}.{self._count}.{operator}"
        node = self._onnx.helper.make_node(operator, list(inputs), [name], name=name, **attributes)
        self._nodes.append(node)
        return name

    def constant(self, value: float) -> str:
        """Return the name of a constant number in the network's dtype; equal ones are written once."""
        name = f"constant.{value!r}"
        return self._kept(name, np.array(value, self.dtype))

    def numbers(self, what: str, values: npt.NDArray[Any]) -> str:
        """Return the name of an array of the current step."""
        return self._kept(f"{self._prefix}.{what}", values)

    def chosen(self, probabilities: str, name: str = "") -> str:
        """Write 1 for each probability above 1/2, and 0 for the others."""
        above = self.add("Greater", probabilities, self.constant(0.5))
        integer = self._onnx.helper.np_dtype_to_tensor_dtype(INDEX)
        return self.add("Cast", above, name=name, to=integer)

    def _kept(self, name: str, values: npt.NDArray[Any]) -> str:
        if name not in self._constants:
            self._constants[name] = self._onnx.numpy_helper.from_array(values, name)
        return name

    def bytes_of(self, blueprint: Blueprint, outputs: list[Output]) -> bytes:
        """Return the model as bytes, checked by the package itself."""
        helper = self._onnx.helper
        x, *y = [
            helper.make_tensor_value_info(
                one.name, helper.np_dtype_to_tensor_dtype(one.dtype), ["n", *one.shape]
            )
            for one in [Output("X", self.dtype, (blueprint.n_in,)), *outputs]
        ]
        graph = helper.make_graph(self._nodes, "network", [x], y, list(self._constants.values()))
        opset = helper.make_opsetid("", OPSET)
        model = helper.make_model(
            graph, opset_imports=[opset], ir_version=IR_VERSION, producer_name="ganglion"
        )
        for index, name in enumerate(blueprint.names):
            entry = model.metadata_props.add()
            entry.key, entry.value = f"input.{index}", name
        self._onnx.checker.check_model(model, full_check=True)
        return bytes(model.SerializeToString(deterministic=True))


def _summed(graph: _Graph, step: Step, x: str, given: list[str]) -> str:
    """Write one step up to its activation; return the name of what comes out."""
    if isinstance(step, WeightedSums):
        b = [] if step.b is None else [graph.numbers("b", step.b)]
        return graph.add("Gemm", x, graph.numbers("W", step.W), *b)
    if isinstance(step, Sum):
        return graph.add("Add", given[step.adds], x)
    factor, shift = graph.numbers("factor", step.factor), graph.numbers("shift", step.shift)
    if isinstance(step, Scaling):
        x = graph.add("Sub", x, graph.numbers("center", step.center))
        return graph.add("Add", graph.add("Mul", x, factor), shift)
    assert isinstance(step, RowScaling)
    x = graph.add("Sub", x, graph.add("ReduceMean", x, axes=[-1], keepdims=1))
    variance = graph.add("ReduceMean", graph.add("Mul", x, x), axes=[-1], keepdims=1)
    deviation = graph.add("Sqrt", graph.add("Add", variance, graph.constant(step.epsilon)))
    return graph.add("Add", graph.add("Mul", graph.add("Div", x, deviation), factor), shift)


def _answers(graph: _Graph, blueprint: Blueprint, x: str) -> list[Output]:
    """Write what callers get: the outputs, or labels and their probabilities."""
    decision = blueprint.decision
    if decision is None:
        graph.add("Identity", x, name="outputs")
        return [Output("outputs", graph.dtype, (blueprint.n_out,))]
    k = blueprint.n_answers
    if decision.kind == "multilabel":
        graph.chosen(x, "labels")
        graph.add("Identity", x, name="probabilities")
        answers = Output("labels", INDEX, (k,))
        return [answers, Output("probabilities", graph.dtype, (k,))]
    if decision.kind == "binary":
        place = graph.add("Squeeze", graph.chosen(x), graph.numbers("axis", np.array([1], INDEX)))
        rest = graph.add("Sub", graph.constant(1.0), x)
        graph.add("Concat", rest, x, name="probabilities", axis=1)
    else:
        place = graph.add("ArgMax", x, axis=1, keepdims=0)
        graph.add("Identity", x, name="probabilities")
    labels = np.array(decision.labels)
    if labels.dtype.kind == "U":
        labels = labels.astype(object)
    graph.add("Gather", graph.numbers("labels", labels), place, name="label")
    return [Output("label", labels.dtype, ()), Output("probabilities", graph.dtype, (k,))]
