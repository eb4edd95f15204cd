"""A model as one file of plain Python: `math` is all that it imports until it is run as a program."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from ..._arrays import Real
from ...data.columns import ColumnRule
from ._blueprint import Blueprint, RowScaling, Scaling, Step, Sum, WeightedSums
from ._python_parts import (
    ACTIVATIONS,
    CELLS,
    CELLS_OF_COLUMNS,
    COUNT_CELLS,
    FIND_NAMES,
    INPUTS,
    INPUTS_OF_COLUMNS,
    MAIN,
    ROW_SCALING,
    SCALING,
    WEIGHTED_SUMS,
)
from ._texts import number_texts, story_of, wrapped

_HEAD = '''\
"""A feed-forward network in plain Python, {n_in} numbers in and {n_out} out. Written by ganglion.

    import model

{calls}

    python model.py rows.csv          or  python model.py < rows.csv

{story}
"""

import math

'''

_OUTPUTS = """\
    model.predict(x)                  the outputs for one row, x"""
_LABEL = """\
    model.predict(x)                  the label of one row, x
    model.predict_proba(x)            the probability of each of model.LABELS"""
_EACH = """\
    model.predict(x)                  for one row, x: 1 for each of model.LABELS that holds, else 0
    model.predict_proba(x)            the probability of each of them"""
_CALLS = {None: _OUTPUTS, "multiclass": _LABEL, "binary": _LABEL, "multilabel": _EACH}

_PREDICT_LABEL = '''

def predict(x):
    """The label of one row; of equally probable ones the first."""
    p = predict_proba(x)
    return LABELS[p.index(max(p))]
'''
_PREDICT_OF_PAIR = '''

def predict(x):
    """The label of one row: the second one where it is more probable than not."""
    return LABELS[predict_proba(x)[1] > 0.5]
'''
_PREDICT_EACH = '''

def predict(x):
    """1 for each of LABELS that holds for one row, and 0 for the others."""
    return [int(p > 0.5) for p in predict_proba(x)]
'''
_PREDICTS = {"multiclass": _PREDICT_LABEL, "binary": _PREDICT_OF_PAIR, "multilabel": _PREDICT_EACH}
_ANSWERS = {
    None: "predict(x)",
    "multiclass": "[predict(x)] + predict_proba(x)",
    "binary": "[predict(x)] + predict_proba(x)",
    "multilabel": "predict(x) + predict_proba(x)",
}
_HEADERS = {
    None: '["y%d" % k for k in range(1, {end})]',
    "multiclass": '["label"] + ["p(%s)" % label for label in LABELS]',
    "binary": '["label"] + ["p(%s)" % label for label in LABELS]',
    "multilabel": '[str(label) for label in LABELS] + ["p(%s)" % label for label in LABELS]',
}


def python_source(blueprint: Blueprint) -> str:
    """Return the text of the file: ASCII, the same for the same model."""
    kind = blueprint.decision.kind if blueprint.decision else None
    head = _HEAD.format(
        n_in=blueprint.n_in,
        n_out=blueprint.n_answers,
        calls=_CALLS[kind],
        story="\n".join(story_of(blueprint)),
    )
    parts = [
        head,
        *_lists(blueprint),
        *_arrays(blueprint),
        INPUTS_OF_COLUMNS if blueprint.columns else INPUTS,
        *_pieces(blueprint),
        *_functions(blueprint),
        _program(blueprint).replace("ANSWER", _ANSWERS[kind]),
    ]
    return "".join(parts)


def _lists(blueprint: Blueprint) -> Iterator[str]:
    """Yield what is known about inputs and answers: sizes, names, labels, how columns become inputs."""
    decision = blueprint.decision
    yield f"N_IN = {len(blueprint.columns) or blueprint.n_in}  # cells of a row\n"
    if blueprint.columns:
        yield "# a number: name, what stands for a gap, centre, scale, whether gaps are marked; a text: name, texts\n"
        yield _list("COLUMNS", map(_column, blueprint.columns))
    if blueprint.names:
        yield _list("NAMES", map(ascii, blueprint.names))
    if decision is not None:
        yield _list("LABELS", map(ascii, decision.labels))
    header = _HEADERS[decision.kind if decision else None]
    yield f"HEADER = {header.format(end=blueprint.n_out + 1)}\n"


def _column(rule: ColumnRule) -> str:
    """Return a column as a tuple."""
    if rule.kind == "category":
        return ascii((rule.column, list(rule.categories)))
    return ascii((rule.column, rule.fill, rule.center, rule.scale, rule.has_gaps))


def _program(blueprint: Blueprint) -> str:
    """Return the part that reads a table."""
    places = FIND_NAMES if blueprint.names else COUNT_CELLS
    cells = CELLS_OF_COLUMNS if blueprint.columns else CELLS
    is_header = "is_first" if blueprint.columns else "is_first and not any(map(is_number, cells))"
    return MAIN.replace("PLACES", places).replace("CELLS", cells).replace("IS_HEADER", is_header)


def _arrays(blueprint: Blueprint) -> Iterator[str]:
    """Yield the numbers of all steps. What float32 holds is written as the float64 that equals it."""
    for number, step in enumerate(blueprint.steps, 1):
        if isinstance(step, WeightedSums):
            rows = (_bracketed(row, "    ") + ",\n" for row in step.W)
            yield f"\nW{number} = [\n{''.join(rows)}]\n"
            b = np.zeros_like(step.W[0]) if step.b is None else step.b
            yield f"b{number} = {_bracketed(b, '')}\n"
        elif not isinstance(step, Sum):
            if isinstance(step, Scaling):
                yield f"\ncenter{number} = {_bracketed(step.center, '')}\n"
            yield f"factor{number} = {_bracketed(step.factor, '')}\n"
            yield f"shift{number} = {_bracketed(step.shift, '')}\n"


def _bracketed(values: Real, indent: str) -> str:
    """Return numbers as a list, in one line or in many."""
    texts = number_texts(values.astype(np.float64))
    line = f"{indent}[{', '.join(texts)}]"
    if len(line) <= 96:
        return line
    lines = "\n".join(wrapped(texts, indent + "    "))
    return f"{indent}[\n{lines}\n{indent}]"


def _list(name: str, texts: Iterable[str]) -> str:
    lines = "\n".join(f"    {text}," for text in texts)
    return f"{name} = [\n{lines}\n]\n"


def _pieces(blueprint: Blueprint) -> Iterator[str]:
    """Yield the functions that the steps need, each once."""
    kinds = {type(step) for step in blueprint.steps}
    for kind, text in (
        (WeightedSums, WEIGHTED_SUMS),
        (Scaling, SCALING),
        (RowScaling, ROW_SCALING),
    ):
        if kind in kinds:
            yield text
    used = {step.activation for step in blueprint.steps}
    yield from (text for name, text in ACTIVATIONS.items() if name in used)


def _functions(blueprint: Blueprint) -> Iterator[str]:
    """Yield the functions that callers call."""
    decision = blueprint.decision
    if decision is None:
        yield '\n\ndef predict(x):\n    """The outputs for one row of numbers."""\n'
        yield f"{_body(blueprint)}    return a\n"
        return
    yield '\n\ndef predict_proba(x):\n    """The probability of each of LABELS for one row of numbers."""\n'
    answer = "[1.0 - a[0], a[0]]" if decision.kind == "binary" else "a"
    yield f"{_body(blueprint)}    return {answer}\n"
    yield _PREDICTS[decision.kind]


def _body(blueprint: Blueprint) -> str:
    """Return the statements from x to the outputs, a."""
    lines = ["a = inputs(x)"]
    for index, (step, story) in enumerate(zip(blueprint.steps, story_of(blueprint), strict=True)):
        lines.append(f"# {story}")
        if index in blueprint.kept:
            lines.append("kept = a")
        lines.append(f"a = {_call(step, index + 1)}")
        if step.activation == "softmax":
            lines.append("a = softmax(a)")
        elif step.activation != "identity":
            name = "math.tanh" if step.activation == "tanh" else step.activation
            lines.append(f"a = [{name}(v) for v in a]")
    return "".join(f"    {line}\n" for line in lines)


def _call(step: Step, number: int) -> str:
    """Return the expression for one step of a."""
    if isinstance(step, WeightedSums):
        return f"weighted_sums(W{number}, b{number}, a)"
    if isinstance(step, Sum):
        return "[v + w for v, w in zip(kept, a)]"
    if isinstance(step, RowScaling):
        return f"scale_row({step.epsilon!r}, factor{number}, shift{number}, a)"
    return f"scale(center{number}, factor{number}, shift{number}, a)"
