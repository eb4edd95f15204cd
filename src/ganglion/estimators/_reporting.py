"""Steps of a fit, told to scikit-learn's callbacks (1.9 and later)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ..cluster.steps import CenterStep
from ..progress import Progress, Step
from ._contract import with_callbacks


@dataclass
class CallbackReport:
    """Tells the callbacks of one fit what its steps do.

    The tree of tasks is ``fit`` - ``start`` (only where there are several) - ``step``.

    Attributes
    ----------
    estimator : the estimator that is being fitted
    data : X, y and metadata, as every hook gets them
    n_starts : how many starts there are
    root : the context of the fit
    """

    estimator: Any
    data: dict[str, Any]
    n_starts: int
    root: Any
    starts: list[Any] = field(default_factory=list[Any])

    def __call__(self, step: Step) -> bool:
        """Tell of one step, which has just been taken; True where a callback wants to stop."""
        parent = self.root if self.n_starts == 1 else self._start_of(step)
        task = parent.subcontext(task_name="step")
        task.call_on_fit_task_begin(estimator=self.estimator, **self.data)
        fitted = {"cluster_centers_": step.centers} if isinstance(step, CenterStep) else None
        return bool(
            task.call_on_fit_task_end(
                estimator=self.estimator, reconstruction_attributes=fitted, **self.data
            )
        )

    def finish(self) -> None:
        """Tell that the fit is over, and hand over the fitted estimator."""
        self._end_start()
        self.root.call_on_fit_task_end(
            estimator=self.estimator, reconstruction_attributes={}, **self.data
        )

    def _start_of(self, step: Step) -> Any:
        if step.step == 1:
            self._end_start()
            context = self.root.subcontext(task_name="start", max_subtasks=step.total)
            self.starts.append(
                context.call_on_fit_task_begin(estimator=self.estimator, **self.data)
            )
        return self.starts[-1]

    def _end_start(self) -> None:
        if self.starts:
            self.starts.pop().call_on_fit_task_end(estimator=self.estimator, **self.data)


def fit_reported(
    fit: Callable[[Any, Any, Any, Progress | None], None],
    estimator: Any,
    data: dict[str, Any],
    *,
    n_starts: int,
    n_steps: int | None,
) -> None:
    """Call ``fit(estimator, X, sample_weight, progress)``, between the hooks of the callbacks if there are any.

    Without callbacks there is no progress, which would cost a pass over X in each step.
    """
    X, sample_weight = data["X"], data["sample_weight"]
    if with_callbacks is None or not getattr(estimator, "_skl_callbacks", None):
        fit(estimator, X, sample_weight, None)
        return
    given = {name: value for name, value in data.items() if name != "sample_weight"}
    if sample_weight is not None:
        given["metadata"] = {"sample_weight": sample_weight}

    def between_hooks(estimator: Any) -> None:
        # Its name has an underscore; scikit-learn's guide for third parties says to call it.
        root = estimator._init_callback_context(max_subtasks=n_steps if n_starts == 1 else n_starts)
        root.call_on_fit_task_begin(estimator=estimator, **given)
        report = CallbackReport(estimator, given, n_starts, root)
        fit(estimator, X, sample_weight, report)
        report.finish()

    with_callbacks(between_hooks)(estimator)
