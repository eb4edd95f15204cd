"""The command line of the benchmarks."""

from __future__ import annotations

import argparse
import os

import numpy as np

from . import (
    accuracy,
    autodiff,
    bayesian,
    choosing,
    criteria,
    distances,
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


def parser() -> argparse.ArgumentParser:
    """Return the parser: a command for each benchmark, the same options for all, and some for k-means."""
    top = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    commands = top.add_subparsers(dest="command", required=True)
    for name, text in (
        ("kmeans", "Lloyd's fixed point from the same start: ganglion, scikit-learn, faiss"),
        ("seeding", "greedy k-means++: ganglion, scikit-learn"),
        ("memory", "peak memory beyond X"),
        ("import", "the cost of `import ganglion`"),
        ("autodiff", "gradients: ganglion, autograd, MyGrad, micrograd, torch"),
        ("training", "an epoch: ganglion, scikit-learn, torch, JAX"),
        ("hierarchical", "trees of merges: ganglion, fastcluster, SciPy, genieclust"),
        ("distances", "matrices of distances: ganglion, SciPy, scikit-learn, rapidfuzz"),
        ("criteria", "what judges a partition: ganglion, scikit-learn, SciPy, hdbscan"),
        ("medoids", "k-medoids: ganglion, kmedoids"),
        ("bayesian", "posteriors over partitions: ganglion, scikit-learn's variational mixture"),
        ("choosing", "the number of clusters: the sweep, refitting, who is right"),
        ("segmenting", "twelve megapixels in segments: ganglion, scikit-image"),
        ("accuracy", "how good trained networks are: ganglion, scikit-learn, torch"),
    ):
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
        run = {
            "seeding": seeding.main,
            "memory": memory.main,
            "import": import_time.main,
            "autodiff": autodiff.main,
            "training": training.main,
            "hierarchical": hierarchical.main,
            "distances": distances.main,
            "criteria": criteria.main,
            "medoids": medoids.main,
            "bayesian": bayesian.main,
            "choosing": choosing.main,
            "segmenting": segmenting.main,
            "accuracy": accuracy.main,
        }[section]
        text = run(arguments.rows, quick=arguments.quick, threads=arguments.threads)
    text += f"\n\n{load}"
    print("\n" + text)
    if arguments.write:
        results.write(section, text)


if __name__ == "__main__":
    main()
