"""`python -m benchmarks autodiff`: ganglion's differentiation against HIPS autograd, MyGrad, micrograd and torch."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from . import programs, results, timing
from .engines import ENGINES, Engine, Run
from .systems import limit_threads

FLOOR = "by hand"
OURS = "ganglion"
OPERATIONS, CHAIN = 1000, 100_000
SPAN = 0.02  # seconds that one timing takes at least, by running several times
PACKAGES = ("autograd", "mygrad", "micrograd", "torch")
TOLERANCE = 1e-9

METHOD = """Microseconds per scalar operation for the programs and the chain, microseconds per call for the network and
the Hessian; medians over repetitions, each of which runs every system, in an order that rotates, after a warm-up, with
Python's garbage collector off. All in float64, on the same inputs, and every gradient is compared with the one by hand
(the largest difference, relative to the largest number, stands in the last column). A program is one function of
straight-line code, random operations of which each uses the one before it and any earlier one; the same code runs in
every engine. "arithmetic": + - * / and squares and cubes; "mixed": exp, tanh, log, sin as well. "forward": the function
with the record that a backward pass needs; "gradient": that and the backward pass. "ganglion, np." calls np.exp where
"ganglion" calls gl.autodiff.exp. micrograd has numbers and arithmetic only, and recurses, which a long chain does not
survive; MyGrad has no second derivatives. The network is 64-64-10 with relu and cross-entropy, written as each engine's
users do (with its own cross-entropy where it has one), its loss and gradient by all parameters. "by hand" is the floor:
the same arithmetic and its derivative written out, in Python on floats or in NumPy on arrays, without any record; for
the chain it does not even keep values, and for the Hessian it is Pearlmutter's R operator."""


@dataclass(frozen=True)
class Row:
    """One thing to be done by every engine.

    Attributes
    ----------
    name : str
        For `--rows`.
    title : str
    per : int
        Operations that a run's time is divided by.
    floor : callable
        The same by hand; its result is the truth.
    run : callable
        Of an engine: what is timed, or None.
    is_gradient : bool
        Whether the result is compared.
    """

    name: str
    title: str
    per: int
    floor: Run
    run: Callable[[Engine], Run | None]
    is_gradient: bool = True


def program_rows() -> Iterator[Row]:
    """Yield the programs, forward and with the gradient."""
    mixed_table = programs.ARITHMETIC | programs.FUNCTIONS
    for name, table, is_vector in (
        ("arithmetic", programs.ARITHMETIC, False),
        ("mixed", mixed_table, False),
        ("vectors", mixed_table, True),
    ):
        program = programs.program(OPERATIONS, table)
        x = [values if is_vector else float(values[0]) for values in program.inputs]
        functions = programs.Vectors if is_vector else programs.Scalars
        title = f"{'mixed, vectors of 10' if is_vector else name}, {OPERATIONS:,} operations"
        forward, backward = program.function(functions), program.floor(functions)

        def record(engine: Engine, program: Any = program, x: Any = x) -> Run | None:
            return engine.record(program.function(engine), x)

        def gradient(engine: Engine, program: Any = program, x: Any = x) -> Run | None:
            return engine.gradient(program.function(engine), x)

        yield Row(
            f"{name}-forward",
            f"{title}: forward",
            OPERATIONS,
            lambda f=forward, x=x: f(*x),
            record,
            is_gradient=False,
        )
        yield Row(name, f"{title}: gradient", OPERATIONS, lambda f=backward, x=x: f(*x), gradient)


def chain_row() -> Row:
    """Return the long chain."""
    chain, by_hand = programs.chain(CHAIN), programs.chain_by_hand(CHAIN)
    return Row(
        "chain",
        f"a chain of {CHAIN:,}: gradient",
        CHAIN,
        lambda: [by_hand(1.0)],
        lambda engine: engine.gradient(chain, [1.0]),
    )


def network_rows() -> Iterator[Row]:
    """Yield the network at three sizes of the batch, and its Hessian."""
    for n_rows in (1, 32, 256):
        task = programs.task(n_rows)
        yield Row(
            f"network-{n_rows}",
            f"network, {n_rows} row{'s' * (n_rows > 1)}: loss and gradient",
            1,
            lambda task=task: programs.network_by_hand(task),
            lambda engine, task=task: engine.network(task),
        )
    task = programs.task(32)
    yield Row(
        "hvp",
        "network, 32 rows: Hessian times vector",
        1,
        lambda: programs.hvp_by_hand(task),
        lambda engine: engine.hvp(task),
    )


def numbers(result: Any) -> np.ndarray:
    """Return all numbers of a result, whatever it is built of, in one row."""
    if isinstance(result, dict):
        return np.concatenate([numbers(result[name]) for name in sorted(result)])
    if isinstance(result, list | tuple):
        return np.concatenate([numbers(part) for part in result])
    return np.ravel(np.asarray(result, dtype=np.float64))


def repeated(run: Run, repetitions: int) -> Callable[[int], Any]:
    """Return the run repeated, for a timing that is long enough; it returns the last result."""

    def several(_: int) -> Any:
        for _ in range(repetitions - 1):
            run()
        return run()

    return several


def measure(
    row: Row, engines: list[Engine], *, quick: bool
) -> tuple[dict[str, float], dict[str, float]]:
    """Return the microseconds of each system, and how far each gradient is from the one by hand."""
    runs = {FLOOR: row.floor} | {engine.name: row.run(engine) for engine in engines}
    able: Mapping[str, Run] = {name: run for name, run in runs.items() if run is not None}
    truth, apart = numbers(row.floor()), {}
    counts: dict[str, int] = {}
    for name, run in able.items():
        result = run()
        start = time.perf_counter()
        run()
        seconds = time.perf_counter() - start
        counts[name] = 1 if quick else max(1, round(SPAN / seconds))
        if row.is_gradient:
            apart[name] = float(np.max(np.abs(numbers(result) - truth)) / np.max(np.abs(truth)))
            if apart[name] > TOLERANCE:
                raise SystemExit(
                    f"{row.title}: {name} is off by {apart[name]:.1e} from the derivative by hand."
                )
    timings = timing.interleave(
        {name: repeated(run, counts[name]) for name, run in able.items()},
        budget=20.0,
        cap=30.0,
        repetitions=3 if quick else 15,
    )
    micros = {name: timed.median / counts[name] / row.per * 1e6 for name, timed in timings.items()}
    return micros, apart


def choose(names: str | None) -> list[Row]:
    """Return the rows that were asked for."""
    rows = [*program_rows(), chain_row(), *network_rows()]
    if names is None:
        return rows
    wanted = [name.strip() for name in names.split(",")]
    unknown = set(wanted) - {row.name for row in rows}
    if unknown:
        known = ", ".join(row.name for row in rows)
        raise SystemExit(f"--rows must be among {known}; got {', '.join(sorted(unknown))}.")
    return [row for row in rows if row.name in wanted]


def cells(
    row: Row, micros: dict[str, float], apart: dict[str, float], engines: list[Engine]
) -> list[str]:
    """Return a row of the table."""
    ours = micros[OURS]

    def times(name: str) -> str:
        return f"{micros[name] / ours:.1f}" if name in micros else "-"

    return [
        row.title,
        f"{micros[FLOOR]:.3g}",
        *(f"{micros[e.name]:.3g}" if e.name in micros else "-" for e in engines),
        f"{ours / micros[FLOOR]:.2f}",
        *(times(name) for name in PACKAGES),
        f"{max(apart.values()):.0e}" if apart else "-",
    ]


def main(names: str | None, *, quick: bool, threads: int) -> str:
    """Run the rows, say each as it is done, and return the section."""
    import torch

    torch.set_num_threads(threads)
    engines: list[Engine] = [engine() for engine in ENGINES]
    table: list[list[str]] = []
    with limit_threads(threads):
        for row in choose(names):
            table.append(cells(row, *measure(row, engines, quick=quick), engines))
            print("; ".join(table[-1]), flush=True)
    header = ["row (microseconds)", FLOOR, *(engine.name for engine in engines), "times by hand"]
    header += [f"{name} / ganglion" for name in PACKAGES] + ["differ by"]
    title = "## Automatic differentiation" + (" (quick: no result)" if quick else "")
    versions = ", ".join(f"{package} {results.version(package)}" for package in PACKAGES)
    return "\n\n".join(
        [
            title,
            results.paragraph(f"{results.setting(threads)} Peers: {versions}."),
            results.paragraph(METHOD),
            results.markdown(header, table),
        ]
    )
