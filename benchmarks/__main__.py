"""The command line of the benchmarks."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable

import numpy as np

from . import (
    accuracy,
    autodiff,
    bayesian,
    choosing,
    criteria,
    customers,
    distances,
    documents,
    explaining,
    hierarchical,
    import_time,
    kmeans,
    medoids,
    memory,
    results,
    seeding,
    segmenting,
    training,
)
from .systems import STOPS

# What runs for each command but k-means, whose options are its own, and what the help says.
COMMANDS: dict[str, tuple[Callable[..., str], str]] = {
    "seeding": (seeding.main, "greedy k-means++: ganglion, scikit-learn"),
    "memory": (memory.main, "peak memory beyond X"),
    "import": (import_time.main, "the cost of `import ganglion`"),
    "autodiff": (autodiff.main, "gradients: ganglion, autograd, MyGrad, micrograd, torch"),
    "training": (training.main, "an epoch: ganglion, scikit-learn, torch, JAX"),
    "hierarchical": (
        hierarchical.main,
        "trees of merges: ganglion, fastcluster, SciPy, genieclust",
    ),
    "distances": (
        distances.main,
        "matrices of distances: ganglion, SciPy, scikit-learn, rapidfuzz",
    ),
    "criteria": (criteria.main, "what judges a partition: ganglion, scikit-learn, SciPy, hdbscan"),
    "medoids": (medoids.main, "k-medoids: ganglion, kmedoids"),
    "bayesian": (
        bayesian.main,
        "posteriors over partitions: ganglion, scikit-learn's variational mixture",
    ),
    "choosing": (choosing.main, "the number of clusters: the sweep, refitting, who is right"),
    "explaining": (explaining.main, "cards, misfits and rules: ganglion, pandas, scikit-learn"),
    "documents": (documents.main, "texts in groups: ganglion, scikit-learn"),
    "segmenting": (segmenting.main, "twelve megapixels in segments: ganglion, scikit-image"),
    "customers": (customers.main, "purchases to customers: ganglion, pandas, polars, lifetimes"),
    "accuracy": (accuracy.main, "how good trained networks are: ganglion, scikit-learn, torch"),
}
K_MEANS = "Lloyd's fixed point from the same start: ganglion, scikit-learn, faiss"


def parser() -> argparse.ArgumentParser:
    """Return the parser: a command for each benchmark, the same options for all, and some for k-means."""
    top = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    commands = top.add_subparsers(dest="command", required=True)
    texts = {name: text for name, (_, text) in COMMANDS.items()}
    for name, text in {"kmeans": K_MEANS, **texts}.items():
        command = commands.add_parser(name, help=text, description=text)
        command.add_argument("--rows", help="names, separated by commas (default: all)")
        command.add_argument("--quick", action="store_true", help="small data: does it run at all?")
        command.add_argument(
            "--write", action="store_true", help="replace this benchmark's section of RESULTS.md"
        )
        command.add_argument(
            "--threads", type=int, default=len(os.sched_getaffinity(0)), help="of every system"
        )
    options = commands.choices["kmeans"]
    options.add_argument(
        "--stop", choices=list(STOPS), default="convergence", help="tol=0, or tol=1e-4"
    )
    options.add_argument(
        "--float64", action="store_true", help="X in float64 (faiss stays with float32)"
    )
    options.add_argument(
        "--budget", type=float, default=120.0, help="seconds to spend on a row's repetitions"
    )
    options.add_argument(
        "--cap", type=float, default=60.0, help="a system slower than this is run only once"
    )
    return top


def main() -> None:
    """Run one benchmark, print its section, and keep it where asked."""
    arguments = parser().parse_args()
    if arguments.write and (arguments.quick or arguments.rows):
        raise SystemExit("--write keeps whole results only; drop --quick and --rows.")
    section, load = arguments.command, results.load_at_start()
    print(load, flush=True)
    if section == "kmeans":
        options = kmeans.Options(
            stop=arguments.stop,
            dtype=np.float64 if arguments.float64 else np.float32,
            quick=arguments.quick,
            budget=min(arguments.budget, 3.0) if arguments.quick else arguments.budget,
            cap=arguments.cap,
            threads=arguments.threads,
        )
        section = f"kmeans-{options.stop}-{np.dtype(options.dtype).name}"
        text = kmeans.main(arguments.rows, options)
    else:
        run, _ = COMMANDS[section]
        text = run(arguments.rows, quick=arguments.quick, threads=arguments.threads)
    text += f"\n\n{load}"
    print("\n" + text)
    if arguments.write:
        results.write(section, text)


if __name__ == "__main__":
    main()
