"""Rows that compare one call of ours with one of each peer: seconds in turns, floor, agreement, peak of memory."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from . import floor, results, timing

OURS = "ganglion"
REPETITIONS = 5
BUDGET, CAP = 60.0, 20.0
HEADER = [
    "row",
    "ganglion s",
    "best peer s",
    "best peer / ganglion",
    "bar",
    "floor s",
    "ganglion / floor",
    "agreement",
]


@dataclass(frozen=True)
class Machine:
    """Measured peaks of this machine, all threads: multiply-adds, reading, and writing to fresh memory.

    Attributes
    ----------
    slots : float
        Vector operations on float64 a second, counted in single numbers: half of the BLAS's operations.
    reading, writing : float
        Bytes a second; writing is to memory that was just allocated, whose pages the system still has to give.
    """

    slots: float
    reading: float
    writing: float

    def differences(self, pairs: float, d: int) -> float:
        """Return the seconds of `pairs` distances: a subtraction and a multiply-add for each feature."""
        return pairs * d * 2 / self.slots


@dataclass(frozen=True)
class Case:
    """A row with its data made.

    Attributes
    ----------
    runs : mapping of str to callable
        Ours first; each takes the number of the repetition.
    agreement : callable
        From the results by name to a few words; raises where the answers differ.
    floor : float
        Seconds; NaN where no count is worth giving.
    beside : tuple of str
        Runs that are shown and are no peers: they do more, or less.
    """

    runs: Mapping[str, Callable[[int], Any]]
    agreement: Callable[[Mapping[str, Any]], str]
    floor: float = float("nan")
    beside: tuple[str, ...] = ()


@dataclass(frozen=True)
class Row:
    """One row of a table: how its case is made, how many times faster than the best peer it has to be."""

    name: str
    title: str
    bar: str
    make: Callable[[Machine, bool], Case]
    budget: float = BUDGET
    cap: float = CAP
    repetitions: int = REPETITIONS


@dataclass
class Table:
    """What was measured: lines of cells, and a paragraph for each row on every peer's seconds."""

    lines: list[list[str]] = field(default_factory=list)
    peers: list[str] = field(default_factory=list)


def machine() -> Machine:
    """Measure the peaks."""
    import ganglion as gl

    peak = floor.measure(np.float64)
    threads = gl.get_num_threads()
    n_bytes = 400_000_000 // threads

    # NumPy's zeros are given by the system page by page, at the first touch, as a result's memory is.
    def write(_: int) -> None:
        np.zeros(n_bytes, dtype=np.uint8).fill(1)

    with ThreadPoolExecutor(threads) as pool:
        seconds = floor.best_of(lambda: list(pool.map(write, range(threads))), 3)
    return Machine(peak.flops / 2, reading=peak.bandwidth, writing=threads * n_bytes / seconds)


def measure(row: Row, peaks: Machine, *, quick: bool, table: Table) -> None:
    """Time one row and append its cells."""
    case = row.make(peaks, quick)
    timings = timing.interleave(
        case.runs,
        budget=2.0 if quick else row.budget,
        cap=row.cap,
        repetitions=timing.LEAST_REPETITIONS if quick else row.repetitions,
    )
    seconds = {name: timed.median for name, timed in timings.items()}
    agreement = case.agreement({name: timed.results[-1] for name, timed in timings.items()})
    peers = {name: value for name, value in seconds.items() if name not in (OURS, *case.beside)}
    best = min(peers, key=lambda name: peers[name]) if peers else None
    table.lines.append(
        [
            row.title,
            f"{seconds[OURS]:.3g}",
            f"{peers[best]:.3g} ({best})" if best else "-",
            f"{peers[best] / seconds[OURS]:.2f}" if best else "-",
            row.bar,
            f"{case.floor:.3g}" if case.floor == case.floor else "-",
            f"{seconds[OURS] / case.floor:.1f}" if case.floor == case.floor else "-",
            agreement,
        ]
    )
    table.peers.append(f"{row.title}: " + ", ".join(f"{k} {v:.3g}" for k, v in seconds.items()))
    print("; ".join(table.lines[-1]), flush=True)


def run(rows: Sequence[Row], names: str | None, *, quick: bool) -> Table:
    """Measure the rows that were asked for."""
    known = {row.name: row for row in rows}
    wanted = [name.strip() for name in names.split(",")] if names else list(known)
    if unknown := [name for name in wanted if name not in known]:
        raise SystemExit(f"--rows must be among {', '.join(known)}; got {', '.join(unknown)}.")
    peaks, table = machine(), Table()
    for name in wanted:
        measure(known[name], peaks, quick=quick, table=table)
    return table


def section(
    title: str,
    method: str,
    table: Table,
    *,
    quick: bool,
    threads: int,
    packages: Sequence[str] = (),
    more: Sequence[str] = (),
) -> str:
    """Return the section: setting, method, table, the seconds of all systems, and what else there is.

    The setting says the versions of `packages` too.
    """
    note = " (quick: small data, no result)" if quick else ""
    every = results.paragraph("All medians in seconds. " + "; ".join(table.peers) + ".")
    parts = [f"## {title}{note}", results.setting(threads, packages), results.paragraph(method)]
    return "\n\n".join([*parts, results.markdown(HEADER, table.lines), every, *more])


# The child imports nothing of this package, so that nothing but the call can grow.
CHILD = """
import json, re, sys
import numpy as np
setup, call, threads, n, d = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), int(sys.argv[5])
names = {"np": np, "X": np.random.default_rng(0).normal(size=(n, d)), "threads": threads}
exec(setup, names)
def status(key):
    return 1024 * int(re.search(key + r":\\s+(\\d+) kB", open("/proc/self/status").read()).group(1))
whole, names["X"] = names["X"], names["X"][:200].copy()
exec(call, names)
names["X"] = whole
open("/proc/self/clear_refs", "w").write("5")
before = status("VmRSS")
exec(call, names)
json.dump(status("VmHWM") - before, sys.stdout)
"""


def peak_bytes(setup: str, call: str, *, n: int, d: int, threads: int) -> float:
    """Return the bytes beyond X (n normal points of d features) at the peak of one call, in a process of its own."""
    if not Path("/proc/self/clear_refs").exists():
        raise SystemExit("Peaks of memory are read from /proc, which only Linux has.")
    command = [sys.executable, "-c", CHILD, setup, call, str(threads), str(n), str(d)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return float(json.loads(done.stdout))
