"""RESULTS.md: what ran where, and one section per benchmark between markers."""

from __future__ import annotations

import math
import os
import platform
import textwrap
from collections.abc import Iterable, Sequence
from importlib import metadata
from pathlib import Path

RESULTS = Path(__file__).parent / "RESULTS.md"
HEAD = """# Results

Written by `python -m benchmarks COMMAND --write`, which replaces the section of that command and leaves the others.
"""
PACKAGES = ("ganglion", "numpy", "scipy", "scikit-learn", "faiss-cpu")


def processor() -> str:
    """Return the processor's name."""
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def memory_gib() -> float:
    """Return the machine's memory in GiB (NaN where the system does not say)."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    except (ValueError, OSError):
        return math.nan


def version(package: str) -> str:
    """Return the installed version, or say that there is none."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"


def setting(threads: int, packages: Sequence[str] = ()) -> str:
    """Return two sentences: the machine and the versions, of further packages too."""
    versions = ", ".join(f"{package} {version(package)}" for package in (*PACKAGES, *packages))
    isa = f", instruction set {chosen_isa()}" if chosen_isa() else ""
    return paragraph(
        f"Machine: {processor()}, {os.cpu_count()} cores, {memory_gib():.0f} GiB; {threads} threads for every system"
        f"{isa}. Versions: Python {platform.python_version()}, {versions}."
    )


def load_at_start() -> str:
    """Return a sentence on what else the machine is doing; call it before the benchmark."""
    load, cores = os.getloadavg()[0], os.cpu_count() or 1
    busy = " Other work runs here: OpenMP's threads wait for each other, so that the peers suffer most."
    return f"Load average at the start: {load:.1f} on {cores} cores." + (busy if load > 0.5 else "")


def chosen_isa() -> str:
    """Return the instruction set that ganglion's kernels were chosen for; empty where it does not say."""
    try:
        from ganglion import _native
    except ImportError:
        return ""
    isa = getattr(_native, "isa", "")
    return str(isa() if callable(isa) else isa)


def paragraph(text: str) -> str:
    """Return the text wrapped for reading."""
    return textwrap.fill(
        " ".join(text.split()), width=110, break_long_words=False, break_on_hyphens=False
    )


def markdown(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table, padded so that it reads well as text; all columns but the first to the right."""
    table = [list(header), *[list(row) for row in rows]]
    widths = [max(len(row[column]) for row in table) for column in range(len(header))]

    def line(row: Sequence[str]) -> str:
        right = [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        return "| " + " | ".join([row[0].ljust(widths[0]), *right]) + " |"

    rule = "| " + " | ".join(["-" * widths[0], *["-" * (w - 1) + ":" for w in widths[1:]]]) + " |"
    return "\n".join([line(table[0]), rule, *[line(row) for row in table[1:]]])


def geometric_mean(values: Iterable[float]) -> float:
    """Return the geometric mean of positive values (NaN of none)."""
    logs = [math.log(value) for value in values]
    return math.exp(sum(logs) / len(logs)) if logs else math.nan


def write(section: str, text: str, *, path: Path = RESULTS) -> None:
    """Replace the section between its markers, or append it."""
    begin, end = f"<!-- {section}: begin -->", f"<!-- {section}: end -->"
    page = path.read_text() if path.exists() else HEAD
    block = f"{begin}\n{text.strip()}\n{end}"
    if begin in page and end in page:
        before, _, rest = page.partition(begin)
        after = rest.partition(end)[2]
        page = before + block + after
    else:
        page = page.rstrip() + "\n\n" + block + "\n"
    path.write_text(page)
