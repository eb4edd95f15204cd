"""A network as text: the lines under its name, and a summary with sizes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from ._engine.stages import Stage
from .activations import activation_of
from .layers import Dropout, Layer, Residual

if TYPE_CHECKING:
    from .network import Network

Row = tuple[str, ...]
GAP = "  "


def place_of(stage: Stage, stages: Sequence[Stage]) -> str:
    """Return where a stage stands, as drawings and traces call it: layer 2 is behind W1, then norm 1, sum 1."""
    if stage.kind == "dense":
        return f"layer {stage.number + 1}"
    if stage.kind == "sum":
        sums = [known for known in stages if known.kind == "sum"]
        return f"sum {1 + next(i for i, known in enumerate(sums) if known is stage)}"
    return f"norm {stage.number}"


def chain_of(network: Network) -> str:
    """Return the network in one line: 2 -> 8 tanh -> 8 norm relu -> 2 softmax."""
    links = [str(network.n_in)]
    for stage in network.stages:
        word = {
            "dense": "",
            "sum": " sum",
            "batch_norm": " batch norm",
            "layer_norm": " layer norm",
        }[stage.kind]
        name = activation_of(stage.activation).name
        is_told = stage.kind == "dense" or name != "identity"
        links.append(f"{stage.n_out}{word}{f' {name}' if is_told else ''}")
    return " -> ".join(links)


def table_of(stages: Sequence[Stage]) -> list[str]:
    """Return a line for each stage: neurons, activation, shapes and number of its parameters."""
    rows: list[Row] = [("layer", "neurons", "activation", "parameters")]
    rows.append(("1", str(stages[0].n_in), "(input)", ""))
    for stage in stages:
        place = place_of(stage, stages)
        held = ""
        if stage.shapes:
            shapes = [f"{name} {shape}" for name, shape in stage.shapes.items()]
            held = f"{', '.join(shapes)}: {_size(stage):,}"
        elif stage.kind == "sum":
            first = stages[stage.adds - 1] if stage.adds > 0 else None
            held = f"+ the outputs of {'layer 1' if first is None else place_of(first, stages)}"
        dropped = f", dropout {stage.dropout:g}" if stage.dropout > 0 else ""
        name = activation_of(stage.activation).name
        activation = f"{'' if stage.kind == 'sum' else name}{dropped}".removeprefix(", ")
        rows.append((place.removeprefix("layer "), str(stage.n_out), activation, held))
    return _aligned(rows, ">><<")


def summary_of(network: Network) -> str:
    """Return a table of layers with what they give and hold, and what it adds up to."""
    stages = iter(network.stages)
    rows: list[Row] = [("layer", "output", "activation", "parameters", "count")]
    rows.append(("input", f"{network.n_in:,}", "", "", ""))
    n_out = network.n_in
    for layer in network.layers:
        if isinstance(layer, Residual):
            rows.append(("Residual", f"{n_out:,}", "", "", ""))
            for inner in layer.layers:
                n_out = _add(rows, inner, n_out, stages, "  ")
            next(stages)
            rows.append(("  + its input", f"{n_out:,}", "", "", ""))
        else:
            n_out = _add(rows, layer, n_out, stages, "")
    rows.append(("total", "", "", "", f"{network.n_parameters:,}"))
    lines = _aligned(rows, "<><<>")
    rule = "-" * max(map(len, lines))
    return "\n".join([lines[0], rule, *lines[1:-1], rule, lines[-1], _sizes(network)])


def _add(rows: list[Row], layer: Layer, n_before: int, stages: Iterator[Stage], indent: str) -> int:
    """Append the row of a layer; return its number of outputs."""
    if isinstance(layer, Dropout):
        rows.append((f"{indent}{layer}", f"{n_before:,}", "", "", ""))
        return n_before
    stage = next(stages)
    shapes = GAP.join(f"{name} {shape}" for name, shape in stage.shapes.items())
    name = activation_of(stage.activation).name
    rows.append((f"{indent}{layer}", f"{stage.n_out:,}", name, shapes, f"{_size(stage):,}"))
    return stage.n_out


def _sizes(network: Network) -> str:
    """Return what it takes: memory of the parameters, multiplications of a row, running statistics."""
    n_bytes = network.n_parameters * np.dtype(network.dtype).itemsize
    products = sum(stage.n_in * stage.n_out for stage in network.stages if stage.kind == "dense")
    running = sum(values.size for values in network.running.values())
    also = f", {running:,} running statistics" if running else ""
    memory = f"{n_bytes / 1e6:,.1f} MB" if n_bytes >= 1e6 else f"{n_bytes / 1e3:,.1f} kB"
    return (
        f"loss {network.loss_name}, {memory} as {network.dtype}{also}; "
        f"a row takes {products:,} multiplications"
    )


def _size(stage: Stage) -> int:
    """Return how many numbers a stage learns."""
    return sum(prod(shape) for shape in stage.shapes.values())


def _aligned(rows: Sequence[Row], sides: str) -> list[str]:
    """Return rows as lines with equally wide columns, each flush to its side, without blanks at the end."""
    width = [max(len(row[i]) for row in rows) for i in range(len(sides))]
    return [
        GAP.join(
            f"{cell:{side}{n}}" for cell, side, n in zip(row, sides, width, strict=True)
        ).rstrip()
        for row in rows
    ]
