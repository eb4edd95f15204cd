"""`python -m benchmarks kmeans`: seconds, WSS and iterations of ganglion and its peers, row by row."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from . import problems, results, timing
from .floor import Machine, measure
from .problems import PROBLEMS, Problem, potential, seeds
from .systems import OURS, STOPS, SYSTEMS, Fit, Task, limit_threads

INIT_SEED = 1
ELKAN = "sklearn elkan"
LLOYD = "sklearn lloyd"
ELKAN_BYTES = 4e9
ELKAN_PROBE = 5
REPETITIONS = 9
SAME_OBJECTIVE = 0.001
REPETITIONS_OF_SMALL = 51
LEVEL = 1e-9  # relative; float64 products tell distances apart that differ by more

METHOD = f"""All systems run in one process on the same array, {{stop}}, at most 300 iterations, and start from the
same centres, chosen by scikit-learn's k-means++ with seed {INIT_SEED}. Seconds are medians over repetitions
({timing.LEAST_REPETITIONS} to {REPETITIONS}, {REPETITIONS_OF_SMALL} for "default fit"; as many as the row's budget
allows); each repetition runs every system, in an order that rotates, after one warm-up round. Only the fit is
timed. faiss has no stopping rule: it runs as many iterations as ganglion took, without subsampling, and its labels
are not asked for. An empty cluster is given the farthest point by ganglion and scikit-learn, while faiss splits a
large cluster, so that its WSS may be another one. The WSS is recomputed from each system's centres in float64 from
differences. "default fit": every system seeds itself by k-means++ (faiss is told to) and stops by its own default
rule (faiss: 25 iterations); one seed a repetition, WSS and iterations are means. The best peer of a row is the
fastest whose WSS is at most {SAME_OBJECTIVE:.1%} above ours: speed at a worse objective is shown, and not counted.
Elkan is left out (and the reason is printed) where its bounds pass {ELKAN_BYTES / 1e9:.0f} GB, or where
{ELKAN_PROBE} of its iterations predict a time beyond the cap and four times that of Lloyd. "Lloyd in float64" is
scikit-learn's Lloyd on float64 data from the same start, run once and not timed: the WSS that exact arithmetic leads
to. "Lloyd as ganglion rounds" is plain Lloyd from the same start to the same stop, with exact float64 distances and
with centres rounded to the dtype of X after every step: ganglion promises its very bits (where no cluster runs
empty). The floor is max(2nk(d + 2) / peak, bytes of X / bandwidth) for each of ganglion's iterations, with the peaks
measured just before by the BLAS's matrix product and dot product: plain Lloyd cannot be faster, skipping distances
can (times floor below 1)."""


@dataclass(frozen=True)
class Options:
    """What the command line asked for."""

    stop: str = "convergence"
    dtype: type[np.floating] = np.float32
    quick: bool = False
    budget: float = 120.0
    cap: float = 60.0
    threads: int = 2


@dataclass(frozen=True)
class Row:
    """What one problem gave: per system the median seconds, WSS and iterations, and why a system is missing."""

    heading: str
    n_clusters: int
    seconds: dict[str, float]
    wss: dict[str, float]
    iterations: dict[str, float]
    missing: dict[str, str]
    repetitions: dict[str, int]
    floor: float
    exact: float
    plain: float

    @property
    def ratio(self) -> float:
        """Seconds of the best peer over ours."""
        limit = self.wss[OURS] * (1 + SAME_OBJECTIVE)
        peers = [
            seconds
            for name, seconds in self.seconds.items()
            if name != OURS and self.wss[name] <= limit
        ]
        return min(peers) / self.seconds[OURS]

    @property
    def over_exact(self) -> float:
        """Relative difference of our WSS to that of Lloyd in float64."""
        return self.wss[OURS] / self.exact - 1.0

    @property
    def over_plain(self) -> float:
        """Relative difference of our WSS to that of plain Lloyd with centres rounded as ours are."""
        return self.wss[OURS] / self.plain - 1.0


def refuse_elkan(task: Task, *, lloyd_seconds: float, iterations: int, cap: float) -> str:
    """Say why Elkan is not run on this task; empty where it is."""
    bounds = task.X.shape[0] * task.n_clusters * task.X.itemsize
    if bounds > ELKAN_BYTES:
        return f"its bounds need {bounds / 1e9:.1f} GB"
    if task.init is None or lloyd_seconds < cap / 20:
        return ""
    probe, _ = timing.timed(lambda _: SYSTEMS[ELKAN](replace(task, max_iter=ELKAN_PROBE)))
    predicted = probe * iterations / ELKAN_PROBE
    if predicted > cap and predicted > 4 * lloyd_seconds:
        return f"{ELKAN_PROBE} iterations took {probe:.1f} s, so {iterations} would take about {predicted:.0f} s"
    return ""


def first_look(task: Task, cap: float) -> tuple[int, dict[str, str]]:
    """Run ganglion and Lloyd once: the iterations that faiss gets, and the systems that are not worth running."""
    if task.init is None:
        return 0, {}
    iterations = SYSTEMS[OURS](task).n_iter
    seconds, lloyd = timing.timed(lambda _: SYSTEMS[LLOYD](task))
    reason = refuse_elkan(task, lloyd_seconds=seconds, iterations=lloyd.n_iter, cap=cap)
    return iterations, {ELKAN: reason} if reason else {}


def exact_lloyd(task: Task) -> problems.Samples:
    """Return the centres that Lloyd in float64 reaches from the same start."""
    assert task.init is not None
    exact = replace(task, X=task.X.astype(np.float64), init=task.init.astype(np.float64))
    return SYSTEMS[LLOYD](exact).centers


def nearest_labels(X: problems.Samples, centers: problems.Samples) -> NDArray[np.int64]:
    """Return the nearest centre of each row, by products and, where these leave it open, by differences."""
    middle = centers.mean(axis=0, dtype=np.float64)
    C = centers.astype(np.float64) - middle
    norms = np.einsum("kd,kd->k", C, C)
    labels = np.empty(len(X), np.int64)
    for start in range(0, len(X), problems.BLOCK_ROWS):
        rows = X[start : start + problems.BLOCK_ROWS].astype(np.float64)
        block = rows - middle
        scores = norms - 2 * (block @ C.T)
        found = scores.argmin(axis=1)
        limit = scores.min(axis=1) + LEVEL * (np.einsum("nd,nd->n", block, block) + norms.max())
        level = np.flatnonzero(np.count_nonzero(scores <= limit[:, None], axis=1) > 1)
        total = np.zeros((len(level), len(C)))
        for feature in range(X.shape[1]):  # in order, as the definition says
            total += (rows[level, feature, None] - centers[:, feature].astype(np.float64)) ** 2
        found[level] = total.argmin(axis=1)
        labels[start : start + len(found)] = found
    return labels


def plain_lloyd(task: Task) -> problems.Samples | None:
    """Return the centres of plain Lloyd with centres in the dtype of X; None where a cluster runs empty."""
    assert task.init is not None
    X, centers, labels = task.X, task.init, np.full(len(task.X), -1)
    enough = task.tol * float(np.mean(X.var(axis=0, dtype=np.float64)))
    for _ in range(task.max_iter):
        found = nearest_labels(X, centers)
        if np.array_equal(found, labels):
            break
        labels = found
        sizes = np.bincount(labels, minlength=len(centers))
        if not sizes.all():
            return None
        sums = [np.bincount(labels, weights=column, minlength=len(centers)) for column in X.T]
        before, centers = centers, (np.stack(sums, axis=1) / sizes[:, None]).astype(X.dtype)
        if np.sum((centers.astype(np.float64) - before) ** 2) <= enough:
            break
    return centers


def references(task: Task) -> tuple[float, float]:
    """Return the WSS of Lloyd in float64 and of plain Lloyd as ganglion rounds; NaN where there is none."""
    if task.init is None:
        return math.nan, math.nan
    plain = plain_lloyd(task)
    exact = potential(task.X, exact_lloyd(task))
    return exact, math.nan if plain is None else potential(task.X, plain)


def run_row(problem: Problem, options: Options, machine: Machine) -> Row:
    """Time all systems on one problem and recompute what each of them reached."""
    X = problems.load(problem, quick=options.quick, dtype=options.dtype)
    k = min(problem.n_clusters, len(X) // 20) if options.quick else problem.n_clusters
    given = problem.start == "given"
    init = seeds(X, k, seed=INIT_SEED) if given else None
    task = Task(X, k, init, tol=STOPS[options.stop])
    iterations, missing = first_look(task, options.cap)

    def runner(name: str) -> Callable[[int], Fit]:
        return lambda repetition: SYSTEMS[name](
            replace(task, iterations=iterations, seed=repetition)
        )

    timings = timing.interleave(
        {name: runner(name) for name in SYSTEMS if name not in missing},
        budget=options.budget,
        cap=options.cap,
        repetitions=REPETITIONS if given else REPETITIONS_OF_SMALL,
    )
    # From a given start every repetition reaches the same centres; with own seeding each has its own.
    fits = {name: timed.results[-1:] if given else timed.results for name, timed in timings.items()}
    mean_iterations = {name: statistics.mean(fit.n_iter for fit in fits[name]) for name in fits}
    passes = max(1, round(mean_iterations[OURS]))
    exact, plain = references(task)
    return Row(
        heading=problem.heading(X),
        n_clusters=k,
        seconds={name: timed.median for name, timed in timings.items()},
        wss={
            name: statistics.mean(potential(X, fit.centers) for fit in fits[name]) for name in fits
        },
        iterations=mean_iterations,
        missing=missing,
        repetitions={name: len(timed.seconds) for name, timed in timings.items()},
        floor=machine.floor(*X.shape, k, passes=passes, itemsize=X.itemsize),
        exact=exact,
        plain=plain,
    )


def number(value: float, form: str) -> str:
    """Return the number in this form; a dash where there is none."""
    return "-" if math.isnan(value) else format(value, form)


def seconds_table(rows: list[Row]) -> str:
    """Return the table of seconds, ratios and floors."""
    header = [
        "row",
        "k",
        *[f"{name} s" for name in SYSTEMS],
        "best peer / ganglion",
        "floor s",
        "times floor",
    ]
    body = [
        [
            row.heading,
            str(row.n_clusters),
            *[f"{row.seconds[name]:.4g}" if name in row.seconds else "-" for name in SYSTEMS],
            f"{row.ratio:.2f}",
            f"{row.floor:.3g}",
            f"{row.seconds[OURS] / row.floor:.2f}",
        ]
        for row in rows
    ]
    return results.markdown(header, body)


def objective_table(rows: list[Row]) -> str:
    """Return the table of WSS and iterations."""
    names = list(SYSTEMS)
    header = [
        "row",
        "k",
        *[f"{name} WSS" for name in names],
        "Lloyd in float64",
        "ganglion / it - 1",
        "Lloyd as ganglion rounds",
        "ganglion / it - 1",
    ]
    header += ["iterations (" + ", ".join(names) + ")", "repetitions"]
    body = [
        [
            row.heading,
            str(row.n_clusters),
            *[f"{row.wss[name]:.9g}" if name in row.wss else "-" for name in names],
            number(row.exact, ".9g"),
            number(row.over_exact, "+.1e"),
            number(row.plain, ".9g"),
            number(row.over_plain, "+.1e"),
            ", ".join(
                f"{row.iterations[name]:.4g}" if name in row.iterations else "-" for name in names
            ),
            ", ".join(str(row.repetitions.get(name, 0)) for name in names),
        ]
        for row in rows
    ]
    return results.markdown(header, body)


def report(rows: list[Row], options: Options, machine: Machine) -> str:
    """Return the section for RESULTS.md."""
    rule = {
        "convergence": "run until no label changes (tol=0)",
        "default": "stop at scikit-learn's default tol=1e-4",
    }
    ratios = [row.ratio for row in rows]
    mean, least = results.geometric_mean(ratios), min(ratios, default=math.nan)
    missing = [
        f"{row.heading}, {name}: {why}." for row in rows for name, why in row.missing.items()
    ]
    dtype = np.dtype(options.dtype).name
    parts = [
        f"## k-means, {options.stop}, {dtype}"
        + (" (quick: small data, no result)" if options.quick else ""),
        results.setting(options.threads),
        results.paragraph(METHOD.format(stop=rule[options.stop])),
        f"Measured peaks ({dtype}): {machine.flops / 1e9:.0f} GFLOP/s, {machine.bandwidth / 1e9:.1f} GB/s.",
        seconds_table(rows),
        f"Ratio to the best peer of each row: geometric mean **{mean:.2f}**, least **{least:.2f}**.",
        objective_table(rows),
        *missing,
    ]
    return "\n\n".join(part for part in parts if part)


def main(names: str | None, options: Options) -> str:
    """Run the rows, say each as it is done, and return the section."""
    machine = measure(options.dtype)
    rows: list[Row] = []
    with limit_threads(options.threads):
        for problem in problems.choose(names, known=PROBLEMS):
            row = run_row(problem, options, machine)
            rows.append(row)
            told = ", ".join(f"{name} {seconds:.4g} s" for name, seconds in row.seconds.items())
            print(
                f"{problem.name}: {told}; ratio {row.ratio:.2f}; "
                f"WSS {number(row.over_exact, '+.1e')}, {number(row.over_plain, '+.1e')}",
                flush=True,
            )
            for name, why in row.missing.items():
                print(f"{problem.name}: {name} is left out, {why}", flush=True)
    return report(rows, options, machine)
