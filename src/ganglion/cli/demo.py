"""`ganglion demo`: a real table from its file to its report, with every step said aloud."""

from __future__ import annotations

import os
from collections.abc import Sequence

import click

from ..data import DesignMatrix, Table, design_matrix, example_path, read_table
from ..explain import threshold_tree
from ._clustering import Clustering, Curve, Settings, cluster_table, curve_over_k
from ._demo_networks import Measurements, tell_gradient, tell_learning
from ._demo_pictures import tell_picture
from ._demo_posterior import tell_posterior
from ._demo_saying import say_line, tell, title
from ._demo_trees import tell_tree
from ._printing import clusters_grid, cross_grid, curve_grid, grid, percent, print_table
from ._talk import Screen, Talk, clean
from ._targets import Targets, check_places
from ._writing import write_targets

MEASURED = ("bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g")
K_WITHOUT_KNEE = 3
PAGES = ("tree.html", "posterior.html", "backpropagation.html", "learning.html", "flower.html")


@click.command("demo")
@click.option(
    "--out",
    type=click.Path(file_okay=False),
    default="ganglion-report",
    show_default=True,
    help="Folder for the report, the labelled rows and the model; made where there is none.",
)
def command(out: str) -> None:
    """Cluster a real table in three ways, look into a network and at a picture, and say what happens.

    The table comes with ganglion: 344 penguins of the Palmer Archipelago, Antarctica, measured 2007
    to 2009 (Gorman, Williams and Fraser 2014; CC0).
    """
    targets = Targets(
        report=os.path.join(out, "index.html"),
        labels=os.path.join(out, "penguins-labelled.csv"),
        save=os.path.join(out, "penguins.model"),
    )
    pages = [os.path.join(out, name) for name in PAGES]
    os.makedirs(out, exist_ok=True)
    path = str(example_path("penguins"))
    targets.check(path)
    check_places(dict(zip(PAGES, pages, strict=True)), [path])
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
    tell_tree(screen, table, MEASURED, pages[0])
    tell_posterior(screen, table, MEASURED, pages[1])
    measured = Measurements(table, design)
    tell_gradient(screen, measured, pages[2])
    tell_learning(screen, measured, pages[3])
    tell_picture(screen, pages[4])
    tell_files(screen, targets, pages)


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
    _tell_rules(screen, found)
    screen.print()


def _tell_rules(screen: Screen, found: Clustering) -> None:
    """Say by which thresholds anybody could sort penguins into nearly the same groups."""
    rules = threshold_tree(
        found.table, found.run.labels, names=MEASURED, rows=found.design.rows, max_leaves=found.k
    )
    tell(screen, f"Nearly the same groups, with {len(rules.rules) - 1} thresholds:")
    screen.print()
    table = grid("cluster", "rule", right=("cluster",))
    for rule in rules.rules:
        table.add_row(str(rule.label), rule.text)
    print_table(screen, table)
    tell(screen, rules.faith)


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


def tell_files(screen: Screen, targets: Targets, pages: Sequence[str]) -> None:
    """Say where everything is, and how to go on."""
    paths = (targets.report, targets.labels, targets.save)
    report, labels, model = (clean(str(path)) for path in paths)
    title(screen, "10", "See for yourself")
    say_line(screen, report, "the report, with a map and a replay: open it in a browser")
    say_line(screen, labels, "every penguin with its cluster")
    say_line(screen, model, "the model, for other penguins")
    say_line(screen, clean(pages[0]), "the tree, its merges played one by one")
    say_line(screen, clean(pages[1]), "all groupings at once, and the chains that found them")
    say_line(screen, clean(pages[2]), "the network's two passes, played step by step")
    say_line(screen, clean(pages[3]), "the network learning, played epoch by epoch")
    say_line(screen, clean(pages[4]), "the photograph and its segments")
    screen.print()
    tell(screen, "Go on with another k, with other penguins, with a table of your own:")
    say_line(screen, f"ganglion cluster {labels} -k 3 --columns {','.join(MEASURED)}")
    say_line(screen, f"ganglion assign {model} {labels}")
    say_line(screen, "ganglion cluster YOUR_FILE.csv --report report.html")
    say_line(screen, "ganglion cluster YOUR_FILE.csv --method average --report tree.html")
    say_line(screen, "ganglion cluster YOUR_FILE.csv --method bayes --report posterior.html")
    say_line(screen, "ganglion customers YOUR_PURCHASES.csv --report customers.html")
    say_line(screen, "ganglion documents YOUR_FOLDER --report documents.html")
    say_line(screen, "ganglion segment YOUR_PHOTO.jpg --report photo.html")
    say_line(screen, "ganglion train YOUR_FILE.csv --target COLUMN --report learned.html")
    say_line(screen, 'ganglion backprop "(x + y) * z" x=-2 y=5 z=-4')
