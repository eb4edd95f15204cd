"""The record of a loss: its formula as text, its function, and what its targets are; `losses` holds the table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from .._errors import ParameterError
from ..autodiff.graph import Value

RowLoss = Callable[[Value, Value], Value]


@dataclass(frozen=True)
class Loss:
    """How far a row of outputs is from its targets.

    Attributes
    ----------
    name : str
        Its name, as in `Network(..., loss=name)`.
    factor, term : str
        The loss of a row as text: the factor times the sum of the term over the outputs a and the targets y.
    of_outputs : callable
        `of_outputs(a, y)`: the loss of each row, (n, k) and (n, k) to (n,), or (k,) and (k,) to one number. Where a
        target has several outputs, y has fewer columns than a, see `n_targets`.
    targets : {'values', 'classes', 'probabilities', 'counts'}
        What y holds: numbers; labels or rows of probabilities; numbers from 0 to 1; numbers that are not negative.
    of_sums : callable or None
        `of_sums(z, y)`: the same from the weighted sums z of the last layer, without the rounding of its activation.
        It is what the network computes, where there is one.
    behind : str or None
        The activation that the last layer must have.
    numbers : tuple of float
        What was chosen: delta of huber, levels of quantile, epsilon of gaussian, smoothing of cross_entropy.
    outputs : {'one', 'levels', 'moments'}
        What the network gives for a target: one output; one for each of the numbers, side by side; a mean and the
        logarithm of a variance, all means before all variances.

    Notes
    -----
    -log(softmax(z)) taken in two steps loses everything as soon as a probability rounds to 0 or 1. From z it is exact:
    for cross_entropy -sum y log_softmax(z), for binary_cross_entropy sum y softplus(-z) + (1 - y) softplus(z), in
    which no term cancels against another.

    Records compare by what they hold, and may be hashed and pickled.
    """

    name: str
    factor: str
    term: str
    of_outputs: RowLoss
    targets: Literal["values", "classes", "probabilities", "counts"] = "values"
    of_sums: RowLoss | None = None
    behind: str | None = None
    numbers: tuple[float, ...] = ()
    outputs: Literal["one", "levels", "moments"] = "one"

    @property
    def formula(self) -> str:
        """The loss of a row as text."""
        return self.text("a", "y")

    def text(self, a: str, y: str) -> str:
        """Write the loss of a row, given what its outputs and targets are called.

        Parameters
        ----------
        a, y : str
            Outputs and targets.

        Returns
        -------
        str
            The factor and the sum of the term; a logarithm of a variance is called s, the number of an output q.
        """
        return f"{self.factor}sum({self.term.format(a=a, y=y, s='s', q='q')})"

    @property
    def outputs_per_target(self) -> int:
        """How many outputs the network gives for each target."""
        return {"one": 1, "levels": len(self.numbers), "moments": 2}[self.outputs]

    @property
    def smoothing(self) -> float:
        """The share of a target that is spread evenly over all classes; 0 but for `CrossEntropy`."""
        return self.numbers[0] if self.name == "cross_entropy" and self.numbers else 0.0

    def n_targets(self, n_outputs: int) -> int:
        """Return how many targets a row has.

        Parameters
        ----------
        n_outputs : int
            The neurons of the last layer.

        Returns
        -------
        int
            The number of columns of y.

        Raises
        ------
        ParameterError
            Outputs that are no whole number of targets.
        """
        each = self.outputs_per_target
        if n_outputs % each:
            raise ParameterError(
                f"loss={self.name!r} needs {each} outputs for each target; the last layer has {n_outputs} neurons. "
                f"Give it {each * (n_outputs // each + 1)}."
            )
        return n_outputs // each

    def terms(self, outputs: Sequence[str], targets: Sequence[float]) -> list[str]:
        """Write the terms of one row's loss.

        Parameters
        ----------
        outputs : sequence of str
            What each output is called.
        targets : sequence of float
            The row's targets, `n_targets(len(outputs))` of them.

        Returns
        -------
        list of str
            `term` with names and numbers put in: for each output, or for each mean with its variance.
        """
        n = len(targets)
        places = n if self.outputs == "moments" else len(outputs)
        each = places // n
        shown = [(1 - self.smoothing) * y + self.smoothing / n for y in targets]
        return [
            self.term.format(
                a=outputs[j],
                s=outputs[(j + n) % len(outputs)],
                y=f"{shown[j // each]:g}",
                q=f"{self.numbers[j % each]:g}" if self.numbers else "",
            )
            for j in range(places)
        ]
