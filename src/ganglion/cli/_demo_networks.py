"""The part of `ganglion demo` with labels: one penguin inside a network, and a network that learns."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..autodiff import Trace
from ..data import DesignMatrix, Table
from ..nn import Adam, Dense, Network
from ..nn.tables import train_on_table
from ..report import training_page
from ._demo_saying import tell, title
from ._printing import percent, plural
from ._talk import Screen
from ._writing import writing

EPOCHS = 100


@dataclass(frozen=True)
class Measurements:
    """The penguins as a table, and their measurements brought to one scale."""

    table: Table
    design: DesignMatrix

    @property
    def X(self) -> NDArray[np.float64]:
        """The measurements (n, d)."""
        return self.design.X

    @property
    def columns(self) -> list[str]:
        """Their names."""
        return list(self.design.kept)

    @cached_property
    def species(self) -> list[str]:
        """The species of each row."""
        values = self.table.column("species").values[self.design.rows]
        return [str(name) for name in values.tolist()]

    @property
    def names(self) -> list[str]:
        """The species, each once."""
        return sorted(set(self.species))


def tell_gradient(screen: Screen, measured: Measurements, page: str) -> None:
    """Show one penguin to a network that has learned nothing yet, and say how it would be corrected."""
    species, names = measured.species, measured.names
    n_inputs = measured.X.shape[1]
    layers = [Dense(n_inputs, 3, "tanh"), Dense(3, len(names), "softmax")]
    network = Network(layers, loss="cross_entropy", random_state=0)
    trace = network.trace(measured.X[0], names.index(species[0]))
    with writing("page", page):
        trace.to_html(page)
    guesses = [f"{name} {percent(trace[f'a3[{at}]'].value)}" for at, name in enumerate(names)]
    title(screen, "7", "And with labels? Inside a network")
    tell(
        screen,
        f"The first penguin is {article(species[0])}. A network of {n_inputs} measurements, 3 hidden neurons and "
        f"{len(names)} species, with weights drawn at random, says {', '.join(guesses)}: a loss of {trace.value:.3f}.",
    )
    tell(screen, largest_gradient(trace, n_inputs))
    screen.print()


def tell_learning(screen: Screen, measured: Measurements, page: str) -> None:
    """Let a network learn the species, judge it, and record how another one learns them from two measurements."""
    found = train_on_table(measured.table, "species", columns=measured.columns)
    score = found.scores[0]
    right = round(score.value * len(found.kept_back))
    title(screen, "8", "And then it learns")
    training = found.training
    tell(
        screen,
        f"Down the gradient, batch by batch. After {training.n_epochs} times through two thirds of the penguins, in "
        f"{plural(training.n_steps, 'step')}, a network with 64 neurons in each of two hidden layers names {right} "
        f"of {len(found.kept_back)} right that it has never seen. The most frequent species for all would be right "
        f"for {percent(score.baseline)}.",
    )
    layers = [Dense(2, 8, "tanh"), Dense(8, len(measured.names), "softmax")]
    network = Network(layers, loss="cross_entropy", random_state=0)
    labels = np.array([measured.names.index(name) for name in measured.species])
    two = [name.replace("_", " ") for name in measured.columns[:2]]
    training_page(
        network,
        measured.X[:, :2],
        labels,
        optimizer=Adam(0.02),
        epochs=EPOCHS,
        path=page,
        random_state=0,
        inputs=[f"{name}, standardised" for name in two],
        classes=measured.names,
        title="Three species from two measurements",
    )
    tell(
        screen,
        f"How that looks from inside is recorded of a smaller one: 8 neurons, which get {two[0]} and {two[1]} only.",
    )
    screen.print()


def largest_gradient(trace: Trace, n_inputs: int) -> str:
    """Say which weight of the first layer matters most for the loss, and along how many paths."""
    weights = {name: gradient for name, gradient in trace.grad.items() if name.startswith("W1")}
    name = max(weights, key=lambda key: abs(float(weights[key])))
    first, second = (f"{chain.product:.4f}" for chain in trace.paths(name, largest=2))
    n_weights, n_paths = len(trace.grad) - n_inputs, trace.count_paths(name)
    return (
        f"Backpropagation finds how each of its {n_weights} weights would change that. {name} has the steepest "
        f"slope in the first layer, {trace.grad[name]:.4f}: the sum over {n_paths} paths from the loss down to "
        f"it, of which the largest carry {first} and {second}."
    )


def article(noun: str) -> str:
    """Return a noun behind its article."""
    return f"{'an' if noun[:1] in 'AEIOU' else 'a'} {noun}"
