r"""The derivation of all gradients in LaTeX: what each node is, then what the output owes to it.

Every gradient is a line, a sum over the node's children: symbols first (upstream x local), then the rule where there is
one, then numbers. A child that is the output itself has upstream 1, and stands as the derivative of its formula.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from ..graph import Value
from ._formulas import Recipe, number, said_options

if TYPE_CHECKING:
    from .nodes import Node
    from .tracing import Trace

_LETTERS = "αβγδεζηθικλμνξπρστυφχψωΓΔΘΛΞΠΣΥΦΨΩ"
_WORDS = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi chi psi "
    "omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega"
).split()
GREEK = dict(zip(_LETTERS, _WORDS, strict=True)) | {word: word for word in _WORDS}
_ESCAPES = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "%": r"\%", "_": r"\_",
    "^": r"\textasciicircum{}", "~": r"\textasciitilde{}",
}  # fmt: skip
_NAME = re.compile(
    r"(?P<stem>[^\W\d_]+)_?(?P<number>\d*)(?:\[(?P<index>\d+(?:, ?\d+)*)\])?(?P<primes>'*)"
)
# What a slope's text may hold to be put into symbols: y and the arguments, numbers, functions, signs.
_TOKEN = re.compile(r"\s*(?:(?P<word>[a-z]+)|(?P<number>\d+(?:\.\d+)?)|(?P<sign>[-+/^()]))")
_FORMULA = re.compile(r"\{(?P<argument>\d+)\}|\*\*\s*(?P<power>\d+)|(?P<word>[^\W\d]\w*)|[^\w\s]")
_FUNCTIONS = {
    "exp": r"\exp", "log": r"\ln", "sin": r"\sin", "cos": r"\cos", "sinh": r"\sinh", "cosh": r"\cosh",
    "sigmoid": r"\sigma", "sign": r"\operatorname{sign}",
}  # fmt: skip


def derivation(trace: Trace) -> str:
    r"""Write the derivation of all gradients: symbols first, then numbers.

    Parameters
    ----------
    trace : Trace
        The computation.

    Returns
    -------
    str
        An `align*` environment, which needs the package amsmath.
    """
    active = _active(trace)
    lines = [_definition(trace, node) for node in trace.nodes if not _is_plain(node)]
    if lines:
        lines[-1] += r"\\[1ex]"
    gradients = [_gradient(trace, node) for node in reversed(trace.nodes) if node.name in active]
    body = " \\\\\n".join([*lines, *gradients]).replace(r"\\[1ex] \\", r"\\[1ex]")
    return f"\\begin{{align*}}\n{body}\n\\end{{align*}}\n"


def _is_plain(node: Node) -> bool:
    """Whether a node is a constant without a name of its own: it stands in formulas as its number."""
    return (
        node.op == "constant"
        and not node.is_array
        and re.match(r"-?[\d.]|-?inf|nan", node.name) is not None
    )


def _active(trace: Trace) -> set[str]:
    """Return the names of what depends on an input."""
    found: set[str] = set()
    for node in trace.nodes:
        if node.op == "input" or any(parent in found for parent in node.parents):
            found.add(node.name)
    return found


def tex_name(name: str) -> str:
    r"""Return a name in LaTeX: `W1[0,1]` as `W^{(1)}_{0,1}`, `theta` as `\theta`, anything else as text.

    Parameters
    ----------
    name : str
        A node's name.

    Returns
    -------
    str
        One group, which can stand under a power.
    """
    found = _NAME.fullmatch(name)
    if found is None:
        return rf"\text{{{_escaped(name)}}}"
    stem = _stem(found["stem"])
    number_of, index, primes = found["number"], found["index"], found["primes"]
    if index is None:
        text = stem + (f"_{{{number_of}}}" if number_of else "")
    else:
        text = stem + (f"^{{({number_of})}}" if number_of else "") + f"_{{{index}}}"
    return f"{{{text + primes}}}" if "^" in text or primes else text + primes


def _stem(letters: str) -> str:
    """Return the letters of a name."""
    if letters in GREEK:
        return f"\\{GREEK[letters]}"
    if not letters.isascii():
        return rf"\text{{{letters}}}"
    return letters if len(letters) == 1 else rf"\mathrm{{{letters}}}"


def _escaped(text: str) -> str:
    """Return text in which no sign means anything to LaTeX, in one line."""
    return "".join(_ESCAPES.get(sign, sign if sign.isprintable() else " ") for sign in text)


def tex_number(value: Value, *, as_factor: bool = False) -> str:
    r"""Return a number in LaTeX: six digits, `1.5 \times 10^{-7}`.

    Parameters
    ----------
    value : float
        The number.
    as_factor : bool, default=False
        Whether something stands beside it: what is negative or a power of ten then stands in parentheses.

    Returns
    -------
    str
        The number.
    """
    text = number(value)
    text = {"inf": r"\infty", "-inf": r"-\infty", "nan": r"\mathrm{NaN}"}.get(text, text)
    if "e" in text:
        mantissa, exponent = text.split("e")
        text = rf"{mantissa} \times 10^{{{exponent}}}"
    return f"({text})" if as_factor and (text.startswith("-") or "times" in text) else text


def _shape(node: Node) -> str:
    """Return where an array lies: its shape."""
    sizes = r" \times ".join(map(str, node.shape))
    return rf"\in \mathbb{{R}}^{{{sizes}}}"


def _definition(trace: Trace, node: Node) -> str:
    """Return the line that says what a node is: symbols, numbers, value."""
    start = f"{tex_name(node.name)} &"
    parts: list[str] = []
    if node.recipe is not None:
        parts.append(
            _applied(
                node.recipe,
                [_argument(trace, node.recipe, i) for i in range(len(node.recipe.names))],
            )
        )
        if not node.is_array and not any(trace[parent].is_array for parent in node.parents):
            values = [tex_number(trace[name].value, as_factor=True) for name in node.recipe.names]
            parts.append(_applied(node.recipe, values, of_numbers=True))
    elif node.parents:
        parts.append(rf"\text{{{_escaped(node.formula)}}}")
    if node.is_array:
        text = " = ".join(parts)
        return f"{start}{'= ' + text + ' ' if text else ''}{_shape(node)}"
    parts.append(tex_number(node.value))
    return f"{start}= {' = '.join(dict.fromkeys(parts))}"


def _argument(trace: Trace, recipe: Recipe, position: int) -> str:
    """Return what stands for an argument in symbols: its name, or a constant's number."""
    name = recipe.names[position]
    if _is_plain(trace[name]):
        return tex_number(trace[name].value, as_factor=True)
    return tex_name(recipe.labels[position])


def _applied(recipe: Recipe, arguments: list[str], *, of_numbers: bool = False) -> str:
    """Return the operation with these arguments; between numbers a product needs its dot."""
    primitive = recipe.primitive
    text = primitive.latex
    if not text or any(f"#{i + 1}" not in text for i in range(len(arguments))):
        text = _from_formula(recipe)
    if of_numbers:
        text = re.sub(r"([\d}]) (?=\{?#)", r"\1 \\cdot ", text.replace(r"\,", r"\cdot"))
    text = re.sub(r"\(#(\d+)\)", lambda found: f"({_bare(arguments[int(found[1]) - 1])})", text)
    text = re.sub(r"#(\d+)", lambda found: arguments[int(found[1]) - 1], text)
    said = ", ".join(_escaped(words) for words in said_options(recipe.options).values())
    return rf"{text} \;(\text{{{said}}})" if said else text


def _bare(argument: str) -> str:
    """Return an argument without parentheses of its own."""
    return argument[1:-1] if argument.startswith("(") and argument.endswith(")") else argument


def _from_formula(recipe: Recipe) -> str:
    """Return the operation's formula, `{0} * {1}`, in LaTeX with #1 and #2; its name where it has none."""
    count = len(recipe.names)
    formula = recipe.primitive.formula
    if not formula or any("{" + str(i) + "}" not in formula for i in range(count)):
        return rf"\operatorname{{{_escaped(recipe.primitive.name)}}}({', '.join(f'#{i + 1}' for i in range(count))})"

    def signs(found: re.Match[str]) -> str:
        if found["argument"] is not None:
            return f"#{int(found['argument']) + 1}"
        if found["power"] is not None:
            return f"^{{{found['power']}}}"
        if found["word"] is not None:
            return rf"\operatorname{{{_escaped(found['word'])}}}"
        return r"\cdot" if found[0] == "*" else _escaped(found[0])

    return re.sub(_FORMULA, signs, formula)


def _fraction(above: str, below: str) -> str:
    """Return a derivative."""
    return rf"\frac{{\partial {above}}}{{\partial {below}}}"


def _gradient(trace: Trace, node: Node) -> str:
    """Return the line that says what the output owes to a node."""
    output, name = tex_name(trace.output), tex_name(node.name)
    start = f"{_fraction(output, name)} &"
    if node.name == trace.output:
        return f"{start}= 1"
    if not node.children:
        return f"{start}= 0"
    children = [trace[child] for child in node.children]
    parts = [" + ".join(_term(trace, child, node) for child in children)]
    rules = [_rule(trace, child, node) for child in children]
    if all(rules) and any(not re.fullmatch(r"[-\d.]+", rule) for rule in rules):
        terms = [
            rule
            if child.name == trace.output
            else rf"{_fraction(output, tex_name(child.name))} \cdot {_grouped(rule)}"
            for child, rule in zip(children, rules, strict=True)
        ]
        parts.append(" + ".join(terms))
    if node.is_array or any(child.is_array for child in children):
        size = float(np.linalg.norm(np.ravel(node.upstream)))
        what = rf"{_shape(node)}, \quad \Vert \cdot \Vert = {tex_number(size)}"
        end = what if node.is_array else f"= {tex_number(node.upstream)}"
        return f"{start}= {' = '.join(dict.fromkeys(parts))} {end}"
    parts.append(" + ".join(_numbers(trace, child, node) for child in children))
    parts.append(tex_number(node.upstream))
    return f"{start}= {' = '.join(dict.fromkeys(parts))}"


def _term(trace: Trace, child: Node, node: Node) -> str:
    """Return upstream x local in symbols."""
    output, name = tex_name(trace.output), tex_name(node.name)
    if child.name != trace.output:
        return rf"{_fraction(output, tex_name(child.name))} \cdot {_fraction(tex_name(child.name), name)}"
    if child.recipe is None:
        formula = rf"\text{{{_escaped(child.formula)}}}"
    else:
        formula = _applied(
            child.recipe,
            [_argument(trace, child.recipe, i) for i in range(len(child.recipe.names))],
        )
    return rf"\frac{{\partial}}{{\partial {name}}} \left[ {formula} \right]"


def _numbers(trace: Trace, child: Node, node: Node) -> str:
    """Return upstream x local in numbers."""
    local = child.edge(node.name).local
    if child.name == trace.output:
        return tex_number(local, as_factor=len(node.children) > 1)
    return (
        rf"{tex_number(child.upstream, as_factor=True)} \cdot {tex_number(local, as_factor=True)}"
    )


def _grouped(rule: str) -> str:
    """Return a rule that can stand as a factor."""
    return rf"\left( {rule} \right)" if re.search(r"[-+/]", rule) else rule


def _rule(trace: Trace, child: Node, node: Node) -> str:
    """Return the derivative of a child by a node as a rule in symbols; "" where there is none that can be written."""
    recipe = child.recipe
    if recipe is None:
        return ""
    found: list[str] = []
    for position, name in enumerate(recipe.names):
        if name == node.name:
            slopes = recipe.primitive.slopes
            slope = slopes[position] if position < len(slopes) else ""
            arguments = [_argument(trace, recipe, i) for i in range(len(recipe.names))]
            rule = _slope(slope, tex_name(child.name), arguments)
            if not rule:
                return ""
            found.append(rule)
    return " + ".join(found)


def _slope(slope: str, y: str, arguments: list[str]) -> str:
    """Return a slope such as "y (1 - y)" in the symbols of a node; "" where it says more than signs can."""
    letters = dict(zip("ab" if len(arguments) == 2 else "x", arguments, strict=False)) | {"y": y}
    found: list[str] = []
    closing: list[str] = []
    at = 0
    while at < len(slope):
        token = _TOKEN.match(slope, at)
        if token is None:
            return ""
        at = token.end()
        word, sign = token["word"], token["sign"]
        if word is not None:
            known = letters.get(word) or _FUNCTIONS.get(word)
            if known is None:
                return ""
            found.append(known)
        elif sign == "(":
            is_power = bool(found) and found[-1] == "^"
            found.append("{" if is_power else "(")
            closing.append("}" if is_power else ")")
        elif sign == ")":
            found.append(closing.pop())
        else:
            found.append(sign or token["number"])
    return _tidy(" ".join(found))


def _tidy(rule: str) -> str:
    """Return a rule without needless blanks, and without a power of 1."""
    text = (
        re.sub(r" ?\^ ?", "^", rule)
        .replace("{ ", "{")
        .replace(" }", "}")
        .replace("( ", "(")
        .replace(" )", ")")
    )
    text = re.sub(r"(^|\()- ", r"\1-", text)
    text = re.sub(
        r"\^\{(-?[\d.]+) - 1\}", lambda found: f"^{{{number(float(found[1]) - 1)}}}", text
    )
    return text.replace("^{1}", "")
