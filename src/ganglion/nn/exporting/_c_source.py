"""A model as one file of C99 that needs libm and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ._blueprint import Blueprint, RowScaling, Scaling, Step, Sum, WeightedSums, refuse_columns
from ._c_parts import (
    ACTIVATIONS,
    ADD,
    CHECK_NAMES,
    COPY,
    CSV_MAIN,
    ROW_SCALING,
    SCALING,
    WEIGHTED_SUMS,
)
from ._texts import cell_of, header_of, number_texts, story_of, wrapped

_HEAD = """\
/* A feed-forward network as one file of C99; it needs libm and nothing else. Written by ganglion.
 *
 *     cc -std=c99 -O2 -c model.c                            and link with -lm
 *     cc -std=c99 -O2 -DCSV_MAIN model.c -o model -lm       a program: ./model < rows.csv
 *
{about}
 *
 * The functions keep no state, so threads may share them. Arrays must not overlap; x must be finite.
 * For two models in one program compile each with a name of its own: -Dpredict=...
 *
{story}
 */
#include <math.h>
#include <stddef.h>
"""

_FUNCTIONS = {
    None: [
        "void predict(const REAL *x, REAL *y)",
        "    from one row, x[{n_in}], to its outputs, y[{n_out}]",
    ],
    "multiclass": [
        "void predict_proba(const REAL *x, REAL *p)",
        "    from one row, x[{n_in}], to the probability of each label, p[{k}]",
        "int predict(const REAL *x)",
        "    from one row, x[{n_in}], to the position of its label",
    ],
    "multilabel": [
        "void predict_proba(const REAL *x, REAL *p)",
        "    from one row, x[{n_in}], to the probability of each label, p[{k}]",
        "void predict(const REAL *x, int *y)",
        "    from one row, x[{n_in}], to 1 for each label that holds and 0 for the others, y[{k}]",
    ],
}
_FUNCTIONS["binary"] = _FUNCTIONS["multiclass"]

_PROBABILITIES = {
    "multiclass": "forward(x, p);",
    "multilabel": "forward(x, p);",
    "binary": "forward(x, p + 1);\n    p[0] = 1 - p[1];",
}
_LABEL = """
int predict(const REAL *x)
{{
    REAL p[{k}];
    int i, best = 0;

    predict_proba(x, p);
    for (i = 1; i < {k}; i++)
        if (p[i] > p[best]) best = i;
    return best;
}}
"""
_LABEL_OF_PAIR = """
int predict(const REAL *x)
{{
    REAL p[{k}];

    predict_proba(x, p);
    return p[1] > 0.5@;
}}
"""
_EACH_LABEL = """
void predict(const REAL *x, int *y)
{{
    REAL p[{k}];
    int i;

    predict_proba(x, p);
    for (i = 0; i < {k}; i++) y[i] = p[i] > 0.5@;
}}
"""
_CHOICES = {"multiclass": _LABEL, "binary": _LABEL_OF_PAIR, "multilabel": _EACH_LABEL}

_PRINT_OUTPUTS = """\
        predict(x, y);
        for (i = 0; i < N_OUT; i++) printf(i ? ",%.DIGITSg" : "%.DIGITSg", y[i]);
        putchar('\\n');"""
_PRINT_LABEL = """\
        predict_proba(x, y);
        fputs(labels[predict(x)], stdout);
        for (i = 0; i < N_OUT; i++) printf(",%.DIGITSg", y[i]);
        putchar('\\n');"""
_PRINT_LABELS = """\
        predict_proba(x, y);
        predict(x, holds);
        for (i = 0; i < N_OUT; i++) printf(i ? ",%d" : "%d", holds[i]);
        for (i = 0; i < N_OUT; i++) printf(",%.DIGITSg", y[i]);
        putchar('\\n');"""
_PRINTS = {
    None: _PRINT_OUTPUTS,
    "multiclass": _PRINT_LABEL,
    "binary": _PRINT_LABEL,
    "multilabel": _PRINT_LABELS,
}


def c_source(blueprint: Blueprint) -> str:
    """Return the text of the file: ASCII, the same for the same model."""
    refuse_columns(blueprint, "C")
    parts = [
        _head(blueprint),
        *_arrays(blueprint),
        *_pieces(blueprint),
        *_functions(blueprint),
        *_program(blueprint),
    ]
    is_float = blueprint.dtype == "float32"
    text = "".join(parts).replace("strto@REAL", "strtof" if is_float else "strtod")
    text = text.replace("REAL", "float" if is_float else "double")
    return text.replace("@", "f" if is_float else "").replace("DIGITS", "9" if is_float else "17")


def _head(blueprint: Blueprint) -> str:
    """Return the comment at the top, and the includes."""
    decision = blueprint.decision
    shown = {"n_in": blueprint.n_in, "n_out": blueprint.n_out, "k": blueprint.n_answers}
    lines = [line.format(**shown) for line in _FUNCTIONS[decision.kind if decision else None]]
    about = [f" *     {line}" for line in lines]
    if decision is not None:
        about += [" *", " * Labels by their position:"]
        about += [f" *     {i}  {_shown(label)}" for i, label in enumerate(decision.labels)]
    if blueprint.names:
        about += [" *", " * Inputs by their position in x:"]
        about += [f" *     {i}  {_shown(name)}" for i, name in enumerate(blueprint.names)]
    story = "\n".join(f" * {line}" for line in story_of(blueprint))
    return _HEAD.format(about="\n".join(about), story=story)


def _shown(value: object) -> str:
    """Return a text for a comment: ASCII, and nothing that ends the comment or stands for something of ours."""
    text = ascii(value).replace("*/", "*\\/").replace("/*", "/\\*")
    return _plain(text.replace("?", "\\?"))


def _plain(text: str) -> str:
    """Return the text without the two signs that `c_source` replaces."""
    return text.replace("@", "\\100").replace("REAL", "\\122EAL").replace("DIGITS", "\\104IGITS")


def _literal(text: str) -> str:
    """Return a text as a string literal of C: ASCII, in octal what is not plain (a trigraph's ? among it)."""
    plain = set(range(32, 127)) - set(b'"\\?@')
    escaped = "".join(
        chr(byte) if byte in plain else f"\\{byte:03o}"
        for byte in text.encode("utf-8", "surrogatepass")
    )
    return f'"{_plain(escaped)}"'


def _arrays(blueprint: Blueprint) -> Iterator[str]:
    """Yield the definitions of all arrays, in the order of the steps."""
    for number, step in enumerate(blueprint.steps, 1):
        if isinstance(step, WeightedSums):
            n_in, n_out = step.W.shape
            texts = number_texts(step.W)
            lines = [
                f"    /* from x[{i}] */\n{_joined(texts[i * n_out : (i + 1) * n_out])}"
                for i in range(n_in)
            ]
            yield f"\nstatic const REAL W{number}[{n_in} * {n_out}] = {{\n{''.join(lines)}}};\n"
            if step.b is not None:
                yield _array(f"b{number}", number_texts(step.b))
        elif not isinstance(step, Sum):
            if isinstance(step, Scaling):
                yield _array(f"center{number}", number_texts(step.center))
            yield _array(f"factor{number}", number_texts(step.factor))
            yield _array(f"shift{number}", number_texts(step.shift))


def _array(name: str, texts: list[str]) -> str:
    return f"\nstatic const REAL {name}[{len(texts)}] = {{\n{_joined(texts)}}};\n"


def _joined(texts: list[str]) -> str:
    """Return numbers with what C wants behind each, in lines."""
    return "\n".join(wrapped([f"{text}@" for text in texts], "    ")) + "\n"


def _pieces(blueprint: Blueprint) -> Iterator[str]:
    """Yield the functions that the steps need, each once."""
    steps = blueprint.steps
    kinds = {type(step) for step in steps}
    if not isinstance(steps[0], WeightedSums) or blueprint.kept - {0}:
        yield COPY
    for kind, text in (
        (WeightedSums, WEIGHTED_SUMS),
        (Scaling, SCALING),
        (RowScaling, ROW_SCALING),
        (Sum, ADD),
    ):
        if kind in kinds:
            yield text
    used = {step.activation for step in steps}
    yield from (text for name, text in ACTIVATIONS.items() if name in used)


def _functions(blueprint: Blueprint) -> Iterator[str]:
    """Yield the functions that callers call."""
    decision = blueprint.decision
    start = "void predict(" if decision is None else "static void forward("
    body = "\n".join(f"    {line}".rstrip() for line in _body(blueprint))
    yield f"\n{start}const REAL *x, REAL *y)\n{{\n{body}\n}}\n"
    if decision is not None:
        inside = _PROBABILITIES[decision.kind]
        yield f"\nvoid predict_proba(const REAL *x, REAL *p)\n{{\n    {inside}\n}}\n"
        yield _CHOICES[decision.kind].format(k=blueprint.n_answers)


def _body(blueprint: Blueprint) -> Iterator[str]:
    """Yield the statements from x to y. Values are in one of two buffers in turn, and in y behind the last sums."""
    steps, stories = blueprint.steps, story_of(blueprint)
    last = max((i for i, step in enumerate(steps) if isinstance(step, WeightedSums)), default=-1)
    lines: list[str] = []
    sizes: dict[str, int] = {}
    here, n, kept = "x", blueprint.n_in, "x"
    for index, step in enumerate(steps):
        lines += ["", f"/* {stories[index]} */"]
        if index in blueprint.kept and here != "x":
            kept = "kept"
            sizes[kept] = max(sizes.get(kept, 0), n)
            lines.append(f"copy({n}, {here}, kept);")
        there = "y" if index >= last else "even" if here == "odd" else "odd"
        if isinstance(step, WeightedSums):
            b = "NULL" if step.b is None else f"b{index + 1}"
            lines.append(f"weighted_sums({n}, {step.n_out}, W{index + 1}, {b}, {here}, {there});")
            here = there
        else:
            if here == "x":
                lines.append(f"copy({n}, x, {there});")
                here = there
            lines.append(_in_place(step, index + 1, here, kept))
        n = step.n_out
        sizes[here] = max(sizes.get(here, 0), n)
        lines += _activated(step.activation, n, here)
        if isinstance(step, Sum):
            kept = "x"
    held = [f"{name}[{sizes[name]}]" for name in ("odd", "even", "kept") if name in sizes]
    if held:
        yield f"REAL {', '.join(held)};"
    if any("i++" in line for line in lines):
        yield "int i;"
    yield from lines if held or any("i++" in line for line in lines) else lines[1:]


def _in_place(step: Step, number: int, here: str, kept: str) -> str:
    """Return the call for a step that changes its numbers where they are."""
    if isinstance(step, Sum):
        return f"add({step.n_out}, {kept}, {here});"
    if isinstance(step, RowScaling):
        return f"scale_row({step.n_out}, {step.epsilon!r}@, factor{number}, shift{number}, {here});"
    return f"scale({step.n_out}, center{number}, factor{number}, shift{number}, {here});"


def _activated(name: str, n: int, here: str) -> Iterable[str]:
    """Yield the statement for an activation."""
    if name == "softmax":
        yield f"softmax({n}, {here});"
    elif name != "identity":
        call = "tanh@" if name == "tanh" else name
        yield f"for (i = 0; i < {n}; i++) {here}[i] = {call}({here}[i]);"


def _program(blueprint: Blueprint) -> Iterator[str]:
    """Yield the part for the command line: rows of a table in, answers out."""
    decision = blueprint.decision
    kind = decision.kind if decision else None
    yield "\n#ifdef CSV_MAIN\n\n#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n\n"
    yield f"enum {{ N_IN = {blueprint.n_in}, N_OUT = {blueprint.n_answers} }};\n"
    if blueprint.names:
        yield _strings("input_names[N_IN]", map(str, blueprint.names))
    yield _strings("header[]", header_of(blueprint))
    if decision is not None and decision.kind != "multilabel":
        yield _strings("labels[N_OUT]", map(cell_of, decision.labels))
    text = CSV_MAIN.replace("PRINT_ROW", _PRINTS[kind])
    names = CHECK_NAMES + "\n" if blueprint.names else ""
    text = text.replace("CHECK_NAMES\n", names)
    if kind == "multilabel":
        text = text.replace(
            "    char *line = NULL;", "    static int holds[N_OUT];\n    char *line = NULL;"
        )
    yield text + "\n#endif\n"


def _strings(name: str, texts: Iterable[str]) -> str:
    lines = "\n".join(f"    {_literal(text)}," for text in texts)
    return f"\nstatic const char *const {name} = {{\n{lines}\n}};\n"
