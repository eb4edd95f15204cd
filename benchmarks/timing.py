"""Interleaved timing: each repetition runs all systems, in an order that rotates; medians over the repetitions."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Result = TypeVar("Result")

# OpenMP's threads spin for some milliseconds after their work, on the next system's cores.
PAUSE = 0.03
LEAST_REPETITIONS = 3


@dataclass
class Timings(Generic[Result]):
    """Seconds and results of one system, in the order of its runs."""

    seconds: list[float] = field(default_factory=list)
    results: list[Result] = field(default_factory=list)

    def add(self, seconds: float, result: Result) -> None:
        """Append one run."""
        self.seconds.append(seconds)
        self.results.append(result)

    @property
    def median(self) -> float:
        """Median of the seconds."""
        return statistics.median(self.seconds)


def timed(run: Callable[[int], Result], repetition: int = 0) -> tuple[float, Result]:
    """Return the seconds of ``run(repetition)``, with the garbage collector off, and what it returned."""
    gc.collect()
    time.sleep(PAUSE)
    gc.disable()
    try:
        start = time.perf_counter()
        result = run(repetition)
        return time.perf_counter() - start, result
    finally:
        gc.enable()


def interleave(
    runs: Mapping[str, Callable[[int], Result]], *, budget: float, cap: float, repetitions: int
) -> dict[str, Timings[Result]]:
    """Time `runs` in turns; each is called with the number of the repetition.

    The first round warms up and is not counted, except for a system that took longer than `cap` seconds: that one is
    not run again. Rounds go on until there are `repetitions`, or until `budget` seconds are spent and there are at
    least `LEAST_REPETITIONS`.
    """
    timings: dict[str, Timings[Result]] = {name: Timings() for name in runs}
    again: list[str] = []
    began = time.perf_counter()
    for name, run in runs.items():
        seconds, result = timed(run, 0)
        if seconds > cap:
            timings[name].add(seconds, result)
        else:
            again.append(name)
    for repetition in range(repetitions):
        if repetition >= LEAST_REPETITIONS and time.perf_counter() - began > budget:
            break
        shift = repetition % max(1, len(again))
        for name in again[shift:] + again[:shift]:
            seconds, result = timed(runs[name], repetition)
            timings[name].add(seconds, result)
    return timings
