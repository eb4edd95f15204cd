"""`partial_fit`: one pass over the samples of a call, and what is remembered until the next one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Self

import numpy as np

from ..._errors import DivergenceError
from ...nn._loop.evaluation import Evaluation
from ...nn._loop.run import Best, Run, refuse_overflow
from ...nn.optimisers import SGD, Optimiser
from .course import Course, Patience, went_worse
from .fit import patience_of, schedule_of
from .settings import MlpSettings


@dataclass
class Stream:
    """What `partial_fit` remembers from call to call.

    `seed` draws the rows that are held out: the same ones where the same samples come again.
    """

    optimiser: Optimiser
    draws: np.random.Generator
    seed: int
    patience: Patience
    schedule: Any
    best: Best = field(default_factory=Best)
    n_steps: int = 0
    is_over: bool = False

    @classmethod
    def begun(cls, settings: MlpSettings, optimiser: Optimiser, draws: np.random.Generator) -> Self:
        """Return the memory before the first call."""
        seed = int(draws.integers(2**63)) if settings.early_stopping else 0
        return cls(optimiser, draws, seed, patience_of(settings, optimiser), schedule_of(settings))

    def course_of(
        self, settings: MlpSettings, evaluation: Evaluation | None, n_seen: int
    ) -> Course:
        """Return how this call goes on."""
        sign = 1.0 if evaluation is None else evaluation.sign
        is_sgd = isinstance(self.optimiser, SGD)
        return Course(settings, self.patience, n_seen, sign, is_sgd, has_batches=True)


def pass_once(
    estimator: Any, run: Run, course: Course, stream: Stream, keep: Callable[[], None]
) -> None:
    """Go over the samples once; whatever happens, the network then holds finite numbers, and `keep` is called."""
    run.n_steps, run.best = stream.n_steps, stream.best
    course.before(run)
    try:
        epoch = run.advance()
        run.stopped_by = None
        course.after(run)
        why: Any = run.stopped_by
        refuse_overflow(run)
    except DivergenceError:
        run.show()
        if went_worse(run, estimator._default_metric if estimator._gives_outputs else None):
            run.put(run.start)
            run.show()
        raise
    except BaseException:  # Ctrl-C, a metric's error: the state so far stays
        run.show()
        raise
    else:
        stream.n_steps = run.n_steps
        stream.is_over = why == "patience" and course.settings.early_stopping
        if stream.is_over:
            run.finish()
        else:
            run.stopped_by = None
            run.show()
    finally:
        keep()
    n_passes = len(estimator.loss_curve_)
    record = replace(epoch, epoch=n_passes, model=estimator)
    for callback in course.settings.callbacks:
        callback(record)
