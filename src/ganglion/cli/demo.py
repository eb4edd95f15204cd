"""`ganglion demo`: a real table from its file to its report, with every step said aloud."""

from __future__ import annotations

import os
from collections.abc import Sequence

import click
import numpy as np
from rich.padding import Padding
from rich.text import Text

from ..autodiff import Trace
from ..data import DesignMatrix, Table, design_matrix, example_path, read_table
from ..nn import Adam, Dense, Network, train
from ._clustering import Clustering, Curve, Settings, cluster_table, curve_over_k
from ._printing import clusters_grid, cross_grid, curve_grid, percent, print_stripped, print_table
from ._talk import Screen, Talk, clean
from ._targets import Targets, check_places
from ._writing import write_targets, writing

MEASURED = ("bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g")
K_WITHOUT_KNEE = 3
EPOCHS = 100


@click.command("demo")
@click.option(
    "--out",
    type=click.Path(file_okay=False),
    default="ganglion-report",
    show_default=True,
    help="Folder for the report, the labelled rows and the model; made where there is none.",
)
def command(out: str) -> None:
    """Cluster a real table, look into a network, and say what happens.

    The table comes with ganglion: 344 penguins of the Palmer Archipelago, Antarctica, measured 2007
    to 2009 (Gorman, Williams and Fraser 2014; CC0).
    """
    targets = Targets(
        report=os.path.join(out, "index.html"),
        labels=os.path.join(out, "penguins-labelled.csv"),
        save=os.path.join(out, "penguins.model"),
    )
    page = os.path.join(out, "backpropagation.html")
    os.makedirs(out, exist_ok=True)
    path = str(example_path("penguins"))
    targets.check(path)
    check_places({"page": page}, [path])
    screen, talk = Screen(), Talk(quiet=True)
    table = read_table(path)
    design = design_matrix(table, columns=MEASURED)
    tell_table(screen, table, design)
    curve = curve_over_k(design.X, 10, 0, talk)
    tell_curve(screen, curve)
    settings = Settings(k=None if curve.choice.k is not None else K_WITHOUT_KNEE)
    found = cluster_table(table, design, settings, talk, with_report=True, curve=curve)
    write_targets(found, targets, talk)
    tell_clusters(screen, found)
    tell_agreement(screen, found)
    tell_gradient(screen, table, design, page)
    tell_files(screen, targets, page)


def tell_table(screen: Screen, table: Table, design: DesignMatrix) -> None:
    """Say what is looked at, and what is put aside."""
    title(screen, "1", f"{table.n_rows} penguins, four measurements")
    tell(
        screen,
        f"k-means gets {', '.join(MEASURED)}, brought to one scale. Species, island, sex and year are put aside: "
        "nobody tells it what a penguin is.",
    )
    for note in design.notes:
        tell(screen, f"{note[:1].upper()}{note[1:]}.")
    screen.print()


def tell_curve(screen: Screen, curve: Curve) -> None:
    """Say how many groups there are, and why; or that nobody can tell from the curve."""
    title(screen, "2", "How many groups are there?")
    screen.print()
    print_table(screen, curve_grid(curve, screen))
    tell(screen, f"WSS is the sum of squared distances left within k groups. {curve.reason}")
    if curve.choice.k is None:
        tell(screen, f"So k is given here: {K_WITHOUT_KNEE}, because there are as many species.")
    screen.print()


def tell_clusters(screen: Screen, found: Clustering) -> None:
    """Say what was found."""
    run = found.run
    title(screen, "3", f"What sets the {found.k} groups apart?")
    screen.print()
    print_table(screen, clusters_grid(found))
    tell(
        screen,
        f"They account for {percent(run.bss / run.tss)} of the spread. The best of {found.settings.n_init} starts took "
        f"{run.n_iter} steps.",
    )
    screen.print()


def tell_agreement(screen: Screen, found: Clustering) -> None:
    """Compare the clusters with what was put aside."""
    rows = found.design.rows
    species = [str(name) for name in found.table.column("species").values[rows].tolist()]
    sexes = found.table.column("sex").values[rows].tolist()
    both = [f"{name} {sex or '(sex unknown)'}" for name, sex in zip(species, sexes, strict=True)]
    labels: list[int] = found.run.labels.tolist()
    title(screen, "4", "Do they mean anything?")
    screen.print()
    print_table(screen, cross_grid("penguins in cluster", labels, both, found.k))
    known = [at for at, sex in enumerate(sexes) if sex is not None]
    of_both = agreeing([labels[at] for at in known], [both[at] for at in known])
    tell(
        screen,
        "Species and sex had been put aside. If every penguin were called by the most frequent species of its group, "
        f"{agreeing(labels, species)} of {len(labels)} names would be right; by species and sex, {of_both} of the "
        f"{len(known)} whose sex is known.",
    )
    screen.print()


def agreeing(labels: Sequence[int], kinds: Sequence[str]) -> int:
    """How many rows are of the most frequent kind of their cluster."""
    pairs = list(zip(labels, kinds, strict=True))
    return sum(max(pairs.count((label, kind)) for kind in set(kinds)) for label in set(labels))


def tell_gradient(screen: Screen, table: Table, design: DesignMatrix, page: str) -> None:
    """Show one penguin to a network that has learned nothing yet, say how it would be corrected, and train it."""
    species = [str(name) for name in table.column("species").values[design.rows].tolist()]
    names = sorted(set(species))
    layers = [Dense(len(MEASURED), 3, "tanh"), Dense(3, len(names), "softmax")]
    network = Network(layers, loss="cross_entropy", random_state=0)
    trace = network.trace(design.X[0], names.index(species[0]))
    with writing("page", page):
        trace.to_html(page)
    guesses = [f"{name} {percent(trace[f'a3[{at}]'].value)}" for at, name in enumerate(names)]
    title(screen, "5", "And with labels? Inside a network")
    tell(
        screen,
        f"The first penguin is {article(species[0])}. A network of 4 measurements, 3 hidden neurons and {len(names)} "
        f"species, with weights drawn at random, says {', '.join(guesses)}: a loss of {trace.value:.3f}.",
    )
    tell(screen, largest_gradient(trace))
    tell(screen, trained(network, design.X, np.array([names.index(name) for name in species])))
    screen.print()


def trained(network: Network, X: np.ndarray, y: np.ndarray) -> str:
    """Train on two of three rows, and say how the network does on the others."""
    kept_back = np.arange(len(y)) % 3 == 2
    rows, labels = X[~kept_back], y[~kept_back]
    curve = train(
        network, rows, labels, optimizer=Adam(0.01), epochs=EPOCHS, random_state=0
    ).loss_curve
    right = int((network.forward(X[kept_back]).argmax(axis=1) == y[kept_back]).sum())
    return (
        f"{EPOCHS} times through two thirds of the penguins, down the gradient each time, bring the mean loss "
        f"from {curve[0]:.3f} to {curve[-1]:.3f}. Of the {int(kept_back.sum())} penguins kept back it then names "
        f"{right} right."
    )


def largest_gradient(trace: Trace) -> str:
    """Say which weight of the first layer matters most for the loss, and along how many paths."""
    weights = {name: gradient for name, gradient in trace.grad.items() if name.startswith("W1")}
    name = max(weights, key=lambda key: abs(float(weights[key])))
    first, second = (f"{chain.product:.4f}" for chain in trace.paths(name, largest=2))
    n_weights, n_paths = len(trace.grad) - len(MEASURED), trace.count_paths(name)
    return (
        f"Backpropagation finds how each of its {n_weights} weights would change that. {name} has the steepest "
        f"slope in the first layer, {trace.grad[name]:.4f}: the sum over {n_paths} paths from the loss down to "
        f"it, of which the largest carry {first} and {second}."
    )


def article(noun: str) -> str:
    """Return a noun behind its article."""
    return f"{'an' if noun[:1] in 'AEIOU' else 'a'} {noun}"


def tell_files(screen: Screen, targets: Targets, page: str) -> None:
    """Say where everything is, and how to go on."""
    paths = (targets.report, targets.labels, targets.save)
    report, labels, model = (clean(str(path)) for path in paths)
    title(screen, "6", "See for yourself")
    say_line(screen, report, "the report, with a map and a replay: open it in a browser")
    say_line(screen, labels, "every penguin with its cluster")
    say_line(screen, model, "the model, for other penguins")
    say_line(screen, clean(page), "the network's two passes, played step by step")
    screen.print()
    tell(screen, "Go on with another k, with other penguins, with a table of your own:")
    say_line(screen, f"ganglion cluster {labels} -k 3 --columns {','.join(MEASURED)}")
    say_line(screen, f"ganglion assign {model} {labels}")
    say_line(screen, "ganglion cluster YOUR_FILE.csv --report report.html")
    say_line(screen, 'ganglion backprop "(x + y) * z" x=-2 y=5 z=-4')


def say_line(screen: Screen, name: str, what: str = "") -> None:
    """Print a path or a command as one line, however long: it is there to be copied."""
    line = Text(f"   {name}", style="cyan")
    screen.print(line.append(f"  {what}", style="default") if what else line, soft_wrap=True)


def title(screen: Screen, number: str, text: str) -> None:
    """Print the heading of a step."""
    screen.print(Text(f"{number}  ", style="cyan").append(text, style="bold default"))


def tell(screen: Screen, text: str) -> None:
    """Print a sentence below its heading."""
    print_stripped(screen, Padding(Text(text), (0, 0, 0, 3)))
