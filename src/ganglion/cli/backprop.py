"""`ganglion backprop`: an expression with its inputs; every value, every gradient, and how it came about."""

from __future__ import annotations

from typing import Any

import click
import numpy as np
from rich.text import Text

from .._errors import GanglionError
from ..autodiff.graph import Value
from ..autodiff.showing._formulas import FEW, short
from ..autodiff.showing.chains import Chain
from ..autodiff.showing.nodes import Node
from ..autodiff.showing.tracing import Trace, trace
from . import _options
from ._assignments import assignments
from ._failures import Failure
from ._printing import grid, plural, print_json, print_stripped, print_table
from ._talk import Screen, Talk, clean
from ._targets import check_places
from ._version import VERSION

EPILOG = """\b
Examples:
  ganglion backprop "(x + y) * z" x=-2 y=5 z=-4
  ganglion backprop "a = sigmoid(w * x); (a - y)**2 / 2" w=0.5 x=2 y=1 --paths w
  ganglion backprop "-sum(y * log(softmax(W @ x)))" W='[[1,2],[3,4]]' x='[1,0]' y='[0,1]'
  ganglion backprop "x * exp(-x)" x=2 --html steps.html"""
MOST_CHAINS = 20
WITH_VALUE = ("--svg", "--html", "--paths")


class Backprop(click.Command):
    """A command whose arguments may begin with a minus: an expression such as -x * y is no option."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put what is no option behind a `--`."""
        options: list[str] = []
        rest: list[str] = []
        waiting = list(args)
        while waiting:
            word = waiting.pop(0)
            if word == "--":
                rest += waiting
                break
            if word in WITH_VALUE:
                if not waiting:
                    raise click.BadOptionUsage(word, f"Option {word!r} requires an argument.", ctx)
                options += [word, waiting.pop(0)]
            elif word.startswith("--") or word in ("-q", "-h"):
                options.append(word)
            else:
                rest.append(word)
        return super().parse_args(ctx, [*options, "--", *rest])


@click.command("backprop", cls=Backprop, epilog=EPILOG)
@click.argument("expression")
@click.argument("inputs", nargs=-1, metavar="NAME=VALUE...", callback=assignments)
@click.option(
    "--svg", type=click.Path(), metavar="OUT.svg", help="Write a drawing of the computation."
)
@click.option(
    "--html",
    type=click.Path(),
    metavar="OUT.html",
    help="Write a page that plays the two passes step by step; one file that needs no network.",
)
@click.option(
    "--latex", "as_latex", is_flag=True, help="Print the derivation in LaTeX and nothing else."
)
@click.option(
    "--paths",
    multiple=True,
    metavar="NAME",
    help=f"Show the derivative chains from the output to NAME, the {MOST_CHAINS} largest. May be repeated.",
)
@_options.json_option
@_options.quiet_option
def command(
    expression: str,
    inputs: dict[str, Any],
    *,
    svg: str | None,
    html: str | None,
    as_latex: bool,
    paths: tuple[str, ...],
    as_json: bool,
    quiet: bool,
) -> None:
    """Differentiate EXPRESSION and show every step.

    Each NAME=VALUE gives an input: a number, an array such as '[[1,2],[3,4]]', or a file of numbers
    (@weights.csv, .json, .npy). Statements are separated by ; and the last one is the output, which
    must be one number. The expression is read, never executed.
    """
    if as_json and as_latex:
        raise click.UsageError("--json and --latex both want standard output. Choose one.")
    targets = {"--svg": svg, "--html": html}
    check_places({option: path for option, path in targets.items() if path is not None}, [])
    talk = Talk(quiet=quiet)
    with talk.listening():
        found = _traced(expression, inputs)
    chains = {name: _chains(found, name) for name in paths}
    _write(found, svg, html, talk)
    if as_json:
        print_json(_as_json(found, expression, chains))
    elif as_latex:
        click.echo(found.to_latex(), nl=False)
    else:
        _print(found, expression, chains)


def _traced(expression: str, inputs: dict[str, Any]) -> Trace:
    """Return the trace; an error keeps the lines that show its place."""
    try:
        return trace(expression, **inputs)
    except (GanglionError, SyntaxError) as error:
        lines = str(error.msg if isinstance(error, SyntaxError) else error).split("\n")
        raise Failure("\n".join(clean(line, 2_000) for line in lines)) from error


def _chains(found: Trace, name: str) -> list[Chain]:
    """Return the largest chains to a node."""
    try:
        return found.paths(name, largest=MOST_CHAINS)
    except KeyError as error:
        raise Failure(f"--paths must name a node. {clean(error.args[0])}") from error


def _write(found: Trace, svg: str | None, html: str | None, talk: Talk) -> None:
    """Write the drawing and the page, those that were asked for."""
    if svg is None and html is None:
        return
    from ._writing import writing

    for what, path, write in (("drawing", svg, found.to_svg), ("page", html, found.to_html)):
        if path is not None:
            with writing(what, path):
                write(path)
            talk.wrote(what, path)


def _print(found: Trace, expression: str, chains: dict[str, list[Chain]]) -> None:
    """Print the value, a line for each node with its gradient, and the chains."""
    screen = Screen()
    words = clean("; ".join(filter(None, map(str.strip, expression.splitlines()))), 200)
    line = Text(words, style="bold").append(f" = {short(found.value)}", style="not bold")
    screen.print(line, soft_wrap=True)
    screen.print()
    dot = "*" if screen.options.ascii_only else "·"
    table = grid(
        "node", "formula", "value", "gradient", f"upstream {dot} local", right=("value", "gradient")
    )
    for node in found.nodes:
        if node.op != "constant" or node.name in chains:
            texts = (node.name, node.formula, _brief(node.value), _brief(node.upstream))
            table.add_row(
                *(Text(clean(text, 200)) for text in texts), Text(clean(_terms(found, node, dot)))
            )
    print_stripped(screen, table)
    _print_arrays(found, screen)
    for name, listed in chains.items():
        screen.print()
        _print_chains(found, name, listed, screen)


def _print_arrays(found: Trace, screen: Screen) -> None:
    """Print the gradients that a line of the table cannot hold."""
    for name, gradient in found.grad.items():
        if np.ndim(gradient) > 1 or np.size(gradient) > FEW:
            start = f"d{found.output}/d{name} = "
            numbers = np.array2string(
                gradient, precision=6, threshold=200, prefix=start, separator=", "
            )
            screen.print()
            screen.print(Text(start + numbers), soft_wrap=True)


def _brief(value: Value) -> str:
    """Return a number, a few numbers, or an array by its shape and norm."""
    return short(value, first=False)


def _terms(found: Trace, node: Node, dot: str) -> str:
    """Return upstream x local for every consumer; where these are arrays, what comes from it."""
    children = [found[child] for child in node.children]
    if len(children) == 1 and (children[0].is_array or node.is_array):
        return f"all from {children[0].name}"
    return " + ".join(_term(child, node, dot) for child in children)


def _term(child: Node, node: Node, dot: str) -> str:
    """Return what comes from one consumer."""
    if child.is_array or node.is_array:
        return f"{_brief(child.product[node.name])} from {child.name}"
    return f"{_brief(child.upstream)} {dot} {_factor(child.edge(node.name).local)}"


def _factor(value: Value) -> str:
    """Return a number as a factor."""
    text = "too large to show" if value is None else _brief(value)
    return f"({text})" if text.startswith("-") else text


def _print_chains(found: Trace, name: str, listed: list[Chain], screen: Screen) -> None:
    """Print the chains to a node, and what they add up to."""
    arrow, dot = ("<-", "*") if screen.options.ascii_only else ("←", "·")
    total = found.count_paths(name)
    what = f"d{found.output}/d{name} = {_brief(found[name].upstream)}"
    if not total:
        screen.print(
            Text(clean(f"{what}: {found.output} does not depend on {name}.")), soft_wrap=True
        )
        return
    kept = "" if total == len(listed) else f", the {len(listed)} largest of them"
    screen.print(Text(clean(f"{what}, the sum of {plural(total, 'chain')}{kept}:")), soft_wrap=True)
    screen.print()
    table = grid("chain", "factors", "product", right=("product",))
    for chain in listed:
        factors = f" {dot} ".join(map(_factor, chain.factors))
        cells = (f" {arrow} ".join(chain.nodes), factors, _brief(chain.product))
        table.add_row(*(Text(clean(cell)) for cell in cells))
    print_table(screen, table)


def _as_json(found: Trace, expression: str, chains: dict[str, list[Chain]]) -> dict[str, Any]:
    """Return the trace as one object."""
    answer: dict[str, Any] = {
        "ganglion": VERSION,
        "command": "backprop",
        "expression": expression,
        "output": found.output,
        "value": _plain(found.value),
        "gradient": {name: _plain(value) for name, value in found.grad.items()},
        "nodes": [_node(node) for node in found.nodes],
    }
    if chains:
        answer["paths"] = {
            name: {
                "count": found.count_paths(name),
                "chains": [
                    {
                        "nodes": c.nodes,
                        "factors": [_plain(f) for f in c.factors],
                        "product": _plain(c.product),
                    }
                    for c in listed
                ],
            }
            for name, listed in chains.items()
        }
    return answer


def _node(node: Node) -> dict[str, Any]:
    """Return a node as JSON has it."""
    return {
        "name": node.name,
        "op": node.op,
        "formula": node.formula,
        "value": _plain(node.value),
        "upstream": _plain(node.upstream),
        "local": {parent: _plain(value) for parent, value in node.local.items()},
        "product": {parent: _plain(value) for parent, value in node.product.items()},
    }


def _plain(value: Value) -> Any:
    """Return a number or an array as JSON has it; what JSON lacks as text."""
    if value is None:
        return None
    listed = np.asarray(value).tolist()
    return _finite(listed)


def _finite(value: Any) -> Any:
    if isinstance(value, list):
        return [_finite(part) for part in value]  # pyright: ignore[reportUnknownVariableType]
    return value if abs(value) < float("inf") else repr(value)
