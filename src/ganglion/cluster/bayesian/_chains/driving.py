"""The loop beneath `sample_partitions`: one object between two sweeps that can be taken apart into arrays and numbers.

Nothing else holds state, so what a checkpoint needs is in it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, final

import numpy as np
from numpy.typing import NDArray

from ...._arrays import Labels
from ...._memory import check_memory
from ...._native import core
from ....progress import Progress, Step
from .._partitions.numbering import smallest_integers
from .._priors.partition_prior import PartitionPrior, PriorTable
from .._special import log_rising
from ..posterior import ChainHistory, StoppedBy

Arrays = dict[str, NDArray[Any]]
Floats = NDArray[np.float64]


class Sampler(Protocol):
    """Chains side by side, whichever algorithm moves them."""

    @property
    def labels(self) -> Labels:
        """The partition of each chain (n_chains, n), numbered in any way."""
        ...

    @property
    def log_likelihood(self) -> Floats:
        """Log density (n_chains,) of the data given partitions, and given parameters where chains keep them."""
        ...

    @property
    def peak(self) -> NDArray[Any]:
        """The largest number of clusters (n_chains,) that each chain had while it last advanced."""
        ...

    def advance(self, tables: list[PriorTable], n_sweeps: int) -> None:
        """Let every chain make sweeps, each with the prior of its own hyperparameters."""
        ...

    def state(self) -> Arrays:
        """Everything that is needed to go on with the same bits."""
        ...

    def restore(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Go on from a state."""
        ...


@dataclass(frozen=True)
class Plan:
    """How long chains run, and what is kept of them.

    Attributes
    ----------
    n_chains, n_samples : what the chains are
    n_draws, n_burn_in, thin : after `n_burn_in` sweeps a draw every `thin` sweeps, until there are `n_draws`
    record : whether the partition after every sweep is kept beside the draws
    memory_limit : as `check_memory` takes it
    """

    n_chains: int
    n_samples: int
    n_draws: int
    n_burn_in: int
    thin: int
    record: bool = False
    memory_limit: Any = None

    @property
    def n_sweeps(self) -> int:
        """Sweeps of the whole run."""
        return self.n_burn_in + self.n_draws * self.thin

    def is_draw(self, sweep: int) -> bool:
        """Whether the state after this sweep, counted from 1, is kept."""
        return sweep > self.n_burn_in and (sweep - self.n_burn_in) % self.thin == 0

    def check(self, n_clusters: int) -> np.dtype[Any]:
        """The type of labels with room for this many clusters; MemoryPlanError where they do not fit."""
        dtype = smallest_integers(n_clusters)
        partitions = self.n_draws + (self.n_sweeps + 1 if self.record else 0)
        needed = float(self.n_chains) * self.n_samples * (partitions * dtype.itemsize + 64.0)
        check_memory(
            needed,
            f"{self.n_chains} chains of {self.n_draws:,} draws of {self.n_samples:,} labels",
            "Lower n_draws and raise thin: draws farther apart say more each.",
            self.memory_limit,
        )
        return dtype


@final
class Kept:
    """Partitions (n_chains, count, n), in integers that widen when they must."""

    def __init__(self, plan: Plan, count: int) -> None:
        self._plan, self._count = plan, count
        self.labels: NDArray[Any] | None = None

    def put(self, at: int, partitions: list[Labels]) -> None:
        """Write one partition of each chain."""
        most = 1 + max(int(labels.max()) for labels in partitions)
        if self.labels is None:
            # Memory that is not yet written to is not yet taken.
            shape = (len(partitions), self._count, self._plan.n_samples)
            self.labels = np.zeros(shape, self._plan.check(most))
        elif most > np.iinfo(self.labels.dtype).max + 1:
            self.labels = self.labels.astype(self._plan.check(most))
        for chain, labels in enumerate(partitions):
            self.labels[chain, at] = labels

    def first(self, count: int) -> NDArray[Any]:
        """The first `count` of them, for each chain; the array itself where that is all."""
        if self.labels is None:
            return np.zeros((self._plan.n_chains, 0, self._plan.n_samples), np.int8)
        whole = count == self._count
        return self.labels if whole else np.ascontiguousarray(self.labels[:, :count])

    def state(self, name: str, count: int) -> Arrays:
        """The first `count` of each chain, as arrays that are not copied."""
        if self.labels is None:
            return {}
        return {f"{name}/{chain}": part[:count] for chain, part in enumerate(self.labels)}

    def put_back(self, name: str, arrays: Mapping[str, NDArray[Any]], count: int) -> None:
        """Take over what a state holds."""
        if count == 0:
            return
        parts = [arrays[f"{name}/{chain}"] for chain in range(self._plan.n_chains)]
        for part in parts:
            if part.shape != (count, self._plan.n_samples) or part.dtype.kind != "i":
                raise ValueError(f"{name} must be partitions of {self._plan.n_samples} points")
        dtype = parts[0].dtype
        self._plan.check(int(np.iinfo(dtype).max) + 1)
        self.labels = np.zeros((len(parts), self._count, self._plan.n_samples), dtype)
        for chain, part in enumerate(parts):
            self.labels[chain, :count] = part


@final
class Sampling:
    """Chains between two sweeps, with everything that was kept of them.

    Parameters
    ----------
    sampler : the chains, at their starts
    prior : the prior over partitions
    plan : how long they run, and what is kept
    streams : a generator for each chain, for its hyperparameters
    drawn : what chains draw for their component (n_chains,), by name
    """

    def __init__(
        self,
        sampler: Sampler,
        prior: PartitionPrior,
        plan: Plan,
        streams: list[np.random.Generator],
        drawn: Callable[[], dict[str, Floats]] = dict,
    ) -> None:
        self._drawn = drawn
        self.sampler, self.prior, self.plan, self.streams = sampler, prior, plan, streams
        self.n_sweeps = self.n_draws = 0
        self.values: list[dict[str, float]] = [dict(prior.start()) for _ in streams]
        chains, sweeps = plan.n_chains, plan.n_sweeps
        self.draws = Kept(plan, plan.n_draws)
        self.log_likelihood = np.zeros((chains, plan.n_draws))
        names = (*prior.free, *drawn())
        self.hyperparameters = {name: np.zeros((chains, plan.n_draws)) for name in names}
        self.trace = np.zeros((chains, sweeps))
        self._terms: tuple[float, Floats] | None = None
        self.n_clusters = np.zeros((chains, sweeps), np.int32)
        self.steps = Kept(plan, sweeps + 1) if plan.record else None
        if self.steps is not None:
            self.steps.put(0, self.partitions())
        self.tables: list[PriorTable] = []
        self.go_on(self.values, 0, 0)

    def go_on(self, values: list[dict[str, float]], n_sweeps: int, n_draws: int) -> None:
        """Stand where another run was, whose chains and draws have been put back."""
        self.values, self.n_sweeps, self.n_draws = values, n_sweeps, n_draws
        sizes = (1 + int(labels.max()) for labels in self.partitions())
        self.tables = [self._table(*pair) for pair in zip(values, sizes, strict=True)]

    def history(self) -> ChainHistory:
        """What the chains did so far."""
        count, plan = self.n_sweeps, self.plan
        steps = None if self.steps is None else self.steps.first(count + 1)
        return ChainHistory(
            plan.n_burn_in, plan.thin, self.n_clusters[:, :count], self.trace[:, :count], steps
        )

    def partitions(self) -> list[Labels]:
        """The partition of each chain, numbered by first appearance."""
        labels = np.ascontiguousarray(self.sampler.labels)
        numbered, counts = np.empty_like(labels), np.empty(len(labels), np.int64)
        core.number_partitions(labels, int(labels.max()) + 1, numbered, counts)
        return list(numbered)

    def sweep(self) -> None:
        """Let every chain make one sweep, and keep what is to be kept.

        The counts move last: whatever ends this halfway leaves whole sweeps behind.
        """
        self._advance()
        at, n = self.n_sweeps, self.plan.n_samples
        partitions, log_likelihood = self.partitions(), self.sampler.log_likelihood
        for c, labels in enumerate(partitions):
            sizes = np.bincount(labels)
            if self.prior.free:
                self.values[c] = self.prior.update(self.values[c], sizes, n, self.streams[c])
                self.tables[c] = self._table(self.values[c], len(sizes))
            self.n_clusters[c, at] = len(sizes)
            self.trace[c, at] = (
                self._log_prior(self.tables[c], sizes)
                + self.prior.log_density(self.values[c])
                + log_likelihood[c]
            )
        if self.steps is not None:
            self.steps.put(at + 1, partitions)
        if self.plan.is_draw(at + 1):
            self._keep(partitions, log_likelihood)
            self.n_draws += 1
        self.n_sweeps += 1

    def _advance(self) -> None:
        """One sweep; repeated with longer tables where a chain came to the end of its own."""
        if all(len(table.log_v) > self.plan.n_samples for table in self.tables):
            self.sampler.advance(self.tables, 1)
            return
        before = self.sampler.state()
        while True:
            self.sampler.advance(self.tables, 1)
            peaks = self.sampler.peak.tolist()
            short = [c for c, peak in enumerate(peaks) if peak + 1 >= len(self.tables[c].log_v)]
            if all(len(self.tables[c].log_v) > self.plan.n_samples for c in short):
                return
            for c in short:
                self.tables[c] = self._table(self.values[c], peaks[c])
            self.sampler.restore(before)

    def _table(self, values: Mapping[str, float], n_clusters: int) -> PriorTable:
        """The prior as a table that has room for more clusters than there are."""
        room = 1 << (4 * n_clusters + 63).bit_length()
        return self.prior.table(self.plan.n_samples, values, min(room, self.plan.n_samples))

    def _log_prior(self, table: PriorTable, sizes: NDArray[Any]) -> float:
        """Log probability of a partition with clusters of these sizes; a shift that stays has its terms in a table."""
        if self._terms is None:
            terms = log_rising(1 + table.shift, np.arange(self.plan.n_samples))
            self._terms = table.shift, terms
        shift, terms = self._terms
        known = table.shift == shift
        each = terms[sizes - 1] if known else log_rising(1 + table.shift, sizes - 1)
        return float(table.log_v[len(sizes)] + each.sum())

    def keep_last(self) -> None:
        """Keep the state as a draw out of turn, where a run ended before there was any; it cannot be gone on with."""
        self._keep(self.partitions(), self.sampler.log_likelihood)
        self.n_draws = 1

    def _keep(self, partitions: list[Labels], log_likelihood: Floats) -> None:
        self.draws.put(self.n_draws, partitions)
        self.log_likelihood[:, self.n_draws] = log_likelihood
        own = self._drawn()
        for name, drawn in self.hyperparameters.items():
            drawn[:, self.n_draws] = own.get(name, [values.get(name) for values in self.values])


@dataclass(frozen=True)
class Watch:
    """What may end a run before it has its draws, and who is told of each sweep.

    Attributes
    ----------
    progress : told of each sweep; ends the run by answering True
    seconds : how long the run may take, or None
    after_sweep : called after each sweep
    """

    progress: Progress | None = None
    seconds: float | None = None
    after_sweep: Callable[[Sampling], None] | None = None


def run(sampling: Sampling, watch: Watch) -> StoppedBy:
    """Sweep until all draws are there, or something ends it; KeyboardInterrupt leaves whole sweeps behind."""
    begin = time.monotonic()
    plan = sampling.plan
    while sampling.n_draws < plan.n_draws:
        sampling.sweep()
        if watch.after_sweep is not None:
            watch.after_sweep(sampling)
        if watch.progress is not None and watch.progress(_step_of(sampling)) is True:
            return "n_draws" if sampling.n_draws == plan.n_draws else "progress"
        if watch.seconds is not None and time.monotonic() - begin >= watch.seconds:
            return "n_draws" if sampling.n_draws == plan.n_draws else "time_budget"
    return "n_draws"


def _step_of(sampling: Sampling) -> Step:
    """The last sweep as a step of a long computation; its value is the chains' mean log posterior."""
    at = sampling.n_sweeps - 1
    counts = ", ".join(map(str, sampling.n_clusters[:, at]))
    phase = "burn-in, " if sampling.n_sweeps <= sampling.plan.n_burn_in else ""
    value = float(np.mean(sampling.trace[:, at]))
    return Step(
        "sampling partitions",
        sampling.n_sweeps,
        sampling.plan.n_sweeps,
        value,
        f"{phase}clusters in each chain: {counts}",
    )
